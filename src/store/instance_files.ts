import { inEnglish, type Kept, kept, type Sentence } from "../sentences.ts";
import { type Database, timestamp } from "./database.ts";
import type { InstanceFile } from "./received_instance.ts";

/** A file that leads, as the archive's checks need it. */
export interface StoredFile {
  /** SOP Instance UID (0008,0018). */
  sopInstanceUid: string;
  /** Of its file, from the archive's folder. */
  path: string;
  /** Bytes. */
  size: number;
  /** Of the file's bytes, hex. */
  sha256: string;
}

const VERSIONS = ["instances", "superseded_instances"] as const;

const DAMAGE = `damage = $damage, damage_coded = $coded`;

function damageValues(damage: Sentence | undefined) {
  return damage === undefined
    ? { $damage: "", $coded: null }
    : { $damage: inEnglish(damage), $coded: JSON.stringify(damage) };
}

/**
 * The files of the objects in the tables `instances` and `superseded_instances`: which there are, whether they are whole,
 * and which may be removed.
 */
export class InstanceFiles {
  readonly #database: Database;

  /** @internal `Store` makes it. */
  constructor(database: Database) {
    this.#database = database;
  }

  /** Whether a path below the archive folder is that of an object, leading or superseded. */
  hasFile(path: string): boolean {
    return this.#database.get(
      `SELECT 1 FROM instances WHERE path = $path UNION ALL SELECT 1 FROM superseded_instances WHERE path = $path`,
      { $path: path },
    ) !== undefined;
  }

  /**
   * The files that came under this UID, the leading one first; those too that are kept under another because the UID was
   * another patient's already.
   */
  versions(sopInstanceUid: string): Pick<InstanceFile, "path" | "size" | "dataOffset">[] {
    return this.#database.all(
      `SELECT path, size, data_offset AS dataOffset FROM instances WHERE sop_instance_uid = $uid
       UNION ALL
       SELECT path, size, data_offset FROM instances
       WHERE claimed_sop_uid = $uid AND claimed_sop_uid <> '' AND sop_instance_uid <> $uid
       UNION ALL
       SELECT path, size, data_offset FROM superseded_instances WHERE sop_instance_uid = $uid
       UNION ALL
       SELECT s.path, s.size, s.data_offset FROM instances AS i JOIN superseded_instances AS s USING (sop_instance_uid)
       WHERE i.claimed_sop_uid = $uid AND i.claimed_sop_uid <> '' AND i.sop_instance_uid <> $uid`,
      { $uid: sopInstanceUid },
    );
  }

  /**
   * The files of all objects, those verified longest ago first, a few hundred at a time, and then those of earlier
   * versions: what comes meanwhile may be left out.
   */
  *files(): Generator<StoredFile> {
    const batch = 500;
    const last = this.#lastVerified();
    let after = { verifiedAt: "", uid: "" };
    while (true) {
      const rows = this.#database.all<StoredFile & { verifiedAt: string }>(
        `SELECT sop_instance_uid AS sopInstanceUid, path, size, sha256, coalesce(verified_at, '') AS verifiedAt
         FROM instances
         WHERE (coalesce(verified_at, ''), sop_instance_uid) > ($verifiedAt, $uid)
           AND coalesce(verified_at, '') <= $last AND removed_at IS NULL
         ORDER BY coalesce(verified_at, ''), sop_instance_uid LIMIT $batch`,
        { $verifiedAt: after.verifiedAt, $uid: after.uid, $last: last, $batch: batch },
      );
      yield* rows;
      const end = rows.at(-1);
      if (end === undefined) break;
      after = { verifiedAt: end.verifiedAt, uid: end.sopInstanceUid };
    }
    yield* this.#supersededFiles(batch);
  }

  *#supersededFiles(batch: number): Generator<StoredFile> {
    for (let after = 0;;) {
      const rows = this.#database.all<StoredFile & { id: number }>(
        `SELECT id, sop_instance_uid AS sopInstanceUid, path, size, sha256 FROM superseded_instances
         WHERE id > $after AND removed_at IS NULL ORDER BY id LIMIT $batch`,
        { $after: after, $batch: batch },
      );
      yield* rows;
      const last = rows.at(-1);
      if (last === undefined) return;
      after = last.id;
    }
  }

  /**
   * A file has been read against its hash: `damage` says what is wrong, undefined that nothing is.
   *
   * @returns false where the retention rule has removed it meanwhile: that is no damage
   */
  markVerified(path: string, damage: Sentence | undefined): boolean {
    const values = { ...damageValues(damage), $path: path, $at: this.#afterAllVerified() };
    return this.#mark(`verified_at = $at, ${DAMAGE}`, values);
  }

  /** When the file that was verified last was; "" where none was. */
  #lastVerified(): string {
    const row = this.#database.get<{ at: string }>(
      `SELECT coalesce(verified_at, '') AS at FROM instances WHERE removed_at IS NULL
       ORDER BY coalesce(verified_at, '') DESC, sop_instance_uid DESC LIMIT 1`,
    );
    return row?.at ?? "";
  }

  /**
   * Now, or, within the same millisecond and on a computer whose clock was ahead, right after what was verified last: a
   * check reads each file once, those too that were verified in what is the future now.
   */
  #afterAllVerified(): string {
    const [last, now] = [this.#lastVerified(), timestamp()];
    return now > last ? now : new Date(Date.parse(last) + 1).toISOString();
  }

  /** Something is wrong with a file. @returns false as `markVerified` does */
  markDamage(path: string, damage: Sentence): boolean {
    return this.#mark(DAMAGE, { ...damageValues(damage), $path: path });
  }

  #mark(what: string, values: Record<string, string | null>): boolean {
    return this.#database.transaction(() => {
      const marked = VERSIONS.map((table) =>
        this.#database.run(`UPDATE ${table} SET ${what} WHERE path = $path AND removed_at IS NULL`, values)
      );
      return marked.some((count) => count > 0);
    });
  }

  /** What is wrong with an object's file, as far as is known; undefined for nothing. In English where another version found it. */
  damageOf(sopInstanceUid: string): Sentence | string | undefined {
    const row = this.#database.get<{ damage: string } & Kept>(
      `SELECT damage, damage_coded AS coded FROM instances WHERE sop_instance_uid = $uid`,
      { $uid: sopInstanceUid },
    );
    return row === undefined || row.damage === "" ? undefined : kept(row) ?? row.damage;
  }

  /** How many stored objects have a file that is there and whole, as far as is known. */
  wholeCount(): number {
    return this.#database.get<{ count: number }>(
      `SELECT (SELECT count(*) FROM instances WHERE removed_at IS NULL AND damage = '') +
         (SELECT count(*) FROM superseded_instances WHERE removed_at IS NULL AND damage = '') AS count`,
    )!.count;
  }

  /** How many files are not as they came. */
  damagedCount(): number {
    return this.#database.get<{ count: number }>(
      `SELECT (SELECT count(*) FROM instances WHERE damage <> '') +
         (SELECT count(*) FROM superseded_instances WHERE damage <> '') AS count`,
    )!.count;
  }

  /** Files that are known not to be as they came, leading or superseded; those that came last first. */
  damagedFiles(): Pick<StoredFile, "path" | "size" | "sha256">[] {
    return this.#database.all(
      VERSIONS.map((table) =>
        `SELECT path, size, sha256, received_at FROM ${table} WHERE damage <> '' AND removed_at IS NULL`
      ).join(" UNION ALL ") + " ORDER BY received_at DESC",
    );
  }

  /**
   * How many objects there are, and the bytes of their files: of all that are kept, earlier versions too, and of what
   * came in the last 30 days.
   */
  totals(): { count: number; bytes: number; bytesOfMonth: number } {
    const since = new Date(Date.now() - 30 * 86_400_000).toISOString();
    return this.#database.get<{ count: number; bytes: number; bytesOfMonth: number }>(
      `SELECT count(*) FILTER (WHERE removed_at IS NULL) AS count,
         coalesce(sum(size) FILTER (WHERE removed_at IS NULL), 0) +
           (SELECT coalesce(sum(size), 0) FROM superseded_instances WHERE removed_at IS NULL) AS bytes,
         coalesce(sum(size) FILTER (WHERE received_at >= $since), 0) AS bytesOfMonth FROM instances`,
      { $since: since },
    )!;
  }

  /**
   * Files of objects that came before a time, earlier versions too, for which no destination waits nor has still to
   * answer, and whose study has nothing left to tell the clinic's database, and nothing that it was never told; oldest
   * first. A thousand are looked at at once.
   */
  *removable(before: string): Generator<Pick<StoredFile, "sopInstanceUid" | "path">> {
    for (const table of VERSIONS) {
      for (let after = { at: "", row: 0 };;) {
        const page = this.#database.all<{ at: string; row: number }>(
          `SELECT received_at AS at, rowid AS row FROM ${table}
           WHERE removed_at IS NULL AND received_at < $before AND (received_at, rowid) > ($at, $row)
           ORDER BY received_at, rowid LIMIT 1000`,
          { $before: before, $at: after.at, $row: after.row },
        );
        const last = page.at(-1);
        if (last === undefined) break;
        yield* this.#database.all<Pick<StoredFile, "sopInstanceUid" | "path"> & Record<string, never>>(
          `SELECT old.sop_instance_uid AS sopInstanceUid, old.path
           FROM ${table} AS old JOIN series USING (series_instance_uid)
           WHERE old.rowid IN (SELECT value FROM json_each($rows))
             AND NOT EXISTS (
               SELECT 1 FROM outbox WHERE aggregate = 'study:' || study_instance_uid AND delivered_at IS NULL)
             AND NOT EXISTS (SELECT 1 FROM outbox_forgotten WHERE aggregate = 'study:' || study_instance_uid)
             AND NOT EXISTS (
               SELECT 1 FROM destinations CROSS JOIN forwards ON destination_id = destinations.id -- in this order
               WHERE forwards.sop_instance_uid = old.sop_instance_uid AND (sent_at IS NULL OR asks_commitment = 1))
             AND NOT EXISTS (
               SELECT 1 FROM forward_commitment_instances AS asked JOIN forward_commitments ON id = commitment_id
               WHERE asked.sop_instance_uid = old.sop_instance_uid AND answered_at IS NULL AND given_up_at IS NULL)
           ORDER BY old.received_at`,
          { $rows: JSON.stringify(page.map(({ row }) => row)) },
        );
        after = last;
      }
    }
  }

  /** The retention rule removes a file. @returns false where there is no such one any more */
  markRemoved({ sopInstanceUid, path }: Pick<StoredFile, "sopInstanceUid" | "path">): boolean {
    return this.#database.transaction(() => {
      const marked = VERSIONS.map((table) =>
        this.#database.run(
          `UPDATE ${table} SET removed_at = $now, damage = '', damage_coded = NULL WHERE sop_instance_uid = $uid AND path = $path`,
          { $uid: sopInstanceUid, $path: path, $now: timestamp() },
        )
      );
      return marked.some((count) => count > 0);
    });
  }

  /** The files that came last, at most `count`, and none more than so many milliseconds before the very last. */
  latestFiles(
    count: number,
    milliseconds: number,
  ): (Pick<InstanceFile, "path" | "size" | "sha256"> & { receivedAt: string })[] {
    const files = this.#database.all<Pick<InstanceFile, "path" | "size" | "sha256"> & { receivedAt: string }>(
      `SELECT path, size, sha256, received_at AS receivedAt FROM instances WHERE removed_at IS NULL
       ORDER BY rowid DESC LIMIT $count`,
      { $count: count },
    );
    const from = Date.parse(files[0]?.receivedAt ?? "") - milliseconds;
    return files.filter(({ receivedAt }) => Date.parse(receivedAt) >= from);
  }
}
