import type { Appointments } from "./appointments.ts";
import type { AuditEvents } from "./audit_events.ts";
import { type Database, timestamp } from "./database.ts";
import type { Destinations } from "./destinations.ts";
import type { Measurements } from "./measurements.ts";
import type { Outbox } from "./outbox.ts";
import type { Reports } from "./reports.ts";
import type { SeriesHeader, Studies, StudyHeader } from "./studies.ts";

/**
 * An object's file: `path` below the archive folder, `size` in bytes, SHA-256 of the file in hex, and the offset at
 * which the data set begins, after the file meta information.
 */
export interface InstanceFile {
  path: string;
  size: number;
  sha256: string;
  dataOffset: number;
}

/** An object that has come, durable in its file, ready to be recorded. `frames` is 0 for what is no image. */
export interface ReceivedInstance {
  sopInstanceUid: string;
  sopClassUid: string;
  transferSyntaxUid: string;
  number: number | null;
  frames: number;
  /** What the object says of the request it was made for: accession numbers, ids of steps and procedures. */
  requestIds?: readonly string[];
  study: StudyHeader;
  series: SeriesHeader;
  file: InstanceFile;
  receivedFrom: string;
}

export interface Instance {
  sopInstanceUid: string;
  sopClassUid: string;
  transferSyntaxUid: string;
  frames: number;
  path: string;
  size: number;
  sha256: string;
  dataOffset: number;
  studyInstanceUid: string;
  appointmentId: string | null;
  /** Calling AE title of the machine. */
  receivedFrom: string;
}

/** A file that leads, as the archive's checks need it. */
export interface StoredFile {
  sopInstanceUid: string;
  path: string;
  size: number;
  sha256: string;
}

const VERSIONS = ["instances", "superseded_instances"] as const;

/** Owner of the tables `instances` and `superseded_instances`. */
export class Instances {
  readonly #database: Database;
  readonly #studies: Studies;
  readonly #appointments: Appointments;
  readonly #measurements: Measurements;
  readonly #outbox: Outbox;
  readonly #audit: AuditEvents;
  readonly #destinations: Destinations;
  readonly #reports: Reports;

  constructor(
    database: Database,
    studies: Studies,
    appointments: Appointments,
    measurements: Measurements,
    outbox: Outbox,
    audit: AuditEvents,
    destinations: Destinations,
    reports: Reports,
  ) {
    this.#database = database;
    this.#studies = studies;
    this.#appointments = appointments;
    this.#measurements = measurements;
    this.#outbox = outbox;
    this.#audit = audit;
    this.#destinations = destinations;
    this.#reports = reports;
  }

  find(sopInstanceUid: string): Instance | undefined {
    return this.#database.get<Instance>(
      `SELECT sop_instance_uid AS sopInstanceUid, sop_class_uid AS sopClassUid,
         transfer_syntax_uid AS transferSyntaxUid, frames, received_from AS receivedFrom, path, size, sha256, data_offset AS dataOffset,
         study_instance_uid AS studyInstanceUid, appointment_id AS appointmentId
       FROM instances JOIN series USING (series_instance_uid) JOIN studies USING (study_instance_uid)
       WHERE sop_instance_uid = $uid`,
      { $uid: sopInstanceUid },
    );
  }

  /** When the first object came that is still here, ISO 8601; undefined while there is none. */
  firstReceivedAt(): string | undefined {
    const first = this.#database.get<{ at: string }>(`SELECT received_at AS at FROM instances ORDER BY rowid LIMIT 1`);
    return first?.at;
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
   * Objects without pictures whose measurements have not been read yet, oldest first; and the last images without any,
   * of which it is not noted that they were read: they came within an hour before the newest object.
   */
  unread(): string[] {
    const newest = this.#database.get<{ at: string | null }>(
      `SELECT max(received_at) AS at FROM instances WHERE removed_at IS NULL`,
    )!.at;
    const since = newest === null ? "" : new Date(Date.parse(newest) - 3_600_000).toISOString();
    return this.#database.all<{ uid: string }>(
      `SELECT uid FROM (
         SELECT sop_instance_uid AS uid, received_at FROM instances WHERE read_at IS NULL AND frames = 0
         UNION ALL
         SELECT sop_instance_uid, received_at FROM instances
         WHERE removed_at IS NULL AND received_at >= $since AND frames > 0
           AND NOT EXISTS (SELECT 1 FROM measurements WHERE measurements.sop_instance_uid = instances.sop_instance_uid))
       ORDER BY received_at`,
      { $since: since },
    ).map(({ uid }) => uid);
  }

  /** The measurements of an object have been read. Part of the transaction that keeps them. */
  markRead(sopInstanceUid: string): void {
    this.#database.transaction(() => {
      this.#database.run(`UPDATE instances SET read_at = $now WHERE sop_instance_uid = $uid`, {
        $uid: sopInstanceUid,
        $now: timestamp(),
      });
    });
  }

  /** Whether a path below the archive folder is that of an object, leading or superseded. */
  hasFile(path: string): boolean {
    return this.#database.get(
      `SELECT 1 FROM instances WHERE path = $path UNION ALL SELECT 1 FROM superseded_instances WHERE path = $path`,
      { $path: path },
    ) !== undefined;
  }

  /**
   * The files of all objects, those verified longest ago first, a few hundred at a time, and then those of earlier
   * versions: what comes meanwhile may be left out.
   */
  *files(): Generator<StoredFile> {
    const batch = 500;
    const begun = timestamp();
    let after = { verifiedAt: "", uid: "" };
    while (true) {
      const rows = this.#database.all<StoredFile & { verifiedAt: string }>(
        `SELECT sop_instance_uid AS sopInstanceUid, path, size, sha256, coalesce(verified_at, '') AS verifiedAt
         FROM instances
         WHERE (coalesce(verified_at, ''), sop_instance_uid) > ($verifiedAt, $uid)
           AND coalesce(verified_at, '') < $begun AND removed_at IS NULL
         ORDER BY coalesce(verified_at, ''), sop_instance_uid LIMIT $batch`,
        { $verifiedAt: after.verifiedAt, $uid: after.uid, $begun: begun, $batch: batch },
      );
      yield* rows;
      const last = rows.at(-1);
      if (last === undefined) break;
      after = { verifiedAt: last.verifiedAt, uid: last.sopInstanceUid };
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
   * A file has been read against its hash: `damage` says what is wrong, "" that nothing is.
   *
   * @returns false where the retention rule has removed it meanwhile: that is no damage
   */
  markVerified(path: string, damage: string): boolean {
    return this.#mark(`verified_at = $now, damage = $damage`, { $path: path, $damage: damage, $now: timestamp() });
  }

  /** Something is wrong with a file, in words. @returns false as `markVerified` does */
  markDamage(path: string, damage: string): boolean {
    return this.#mark(`damage = $damage`, { $path: path, $damage: damage });
  }

  #mark(what: string, values: Record<string, string>): boolean {
    return this.#database.transaction(() => {
      const marked = VERSIONS.map((table) =>
        this.#database.run(`UPDATE ${table} SET ${what} WHERE path = $path AND removed_at IS NULL`, values)
      );
      return marked.some((count) => count > 0);
    });
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
          `UPDATE ${table} SET removed_at = $now, damage = '' WHERE sop_instance_uid = $uid AND path = $path`,
          { $uid: sopInstanceUid, $path: path, $now: timestamp() },
        )
      );
      return marked.some((count) => count > 0);
    });
  }

  /** How many files are not as they came. */
  damagedCount(): number {
    return this.#database.get<{ count: number }>(
      `SELECT (SELECT count(*) FROM instances WHERE damage <> '') +
         (SELECT count(*) FROM superseded_instances WHERE damage <> '') AS count`,
    )!.count;
  }

  /** The files that came under this UID, the leading one first. */
  versions(sopInstanceUid: string): Pick<InstanceFile, "path" | "size" | "dataOffset">[] {
    return this.#database.all(
      `SELECT path, size, data_offset AS dataOffset FROM instances WHERE sop_instance_uid = $uid
       UNION ALL
       SELECT path, size, data_offset FROM superseded_instances WHERE sop_instance_uid = $uid`,
      { $uid: sopInstanceUid },
    );
  }

  /**
   * Study, series, instance, the match to an appointment and the outbox rows: one transaction. An object that came
   * before under this UID with other bytes is kept as superseded; the newer one leads.
   *
   * @returns once it is durable; objects that come at the same moment share one commit
   */
  record(received: ReceivedInstance): Promise<void> {
    return this.#database.transactionTogether(() => {
      const filing = this.#studies.admit(received.study, received.series, received.requestIds);
      const now = timestamp();
      const earlier = this.#supersede(received.sopInstanceUid, received.file.sha256, now);
      if (earlier !== undefined) {
        this.#audit.add(received.receivedFrom, "instance superseded", received.sopInstanceUid, {
          by: received.file.path,
        });
        this.#studies.movedAway(earlier.studyInstanceUid, received.study.studyInstanceUid);
      }
      this.#database.run(
        `INSERT INTO instances (sop_instance_uid, series_instance_uid, sop_class_uid, transfer_syntax_uid, number,
           frames, path, size, sha256, data_offset, patient_id, patient_name, attention, received_at, received_from)
         VALUES ($uid, $series, $sopClass, $transferSyntax, $number,
           $frames, $path, $size, $sha256, $dataOffset, $patientId, $patientName, $attention, $now, $from)`,
        {
          $uid: received.sopInstanceUid,
          $series: filing.seriesInstanceUid,
          $sopClass: received.sopClassUid,
          $transferSyntax: received.transferSyntaxUid,
          $number: received.number,
          $frames: received.frames,
          $path: received.file.path,
          $size: received.file.size,
          $sha256: received.file.sha256,
          $dataOffset: received.file.dataOffset,
          $patientId: received.study.patientId,
          $patientName: received.study.patientName,
          $attention: filing.attention,
          $now: now,
          $from: received.receivedFrom,
        },
      );
      this.#destinations.queue(received);
      const studyInstanceUid = received.study.studyInstanceUid;
      this.#outbox.add(`study:${studyInstanceUid}`, "image", {
        sopInstanceUid: received.sopInstanceUid,
        seriesInstanceUid: filing.seriesInstanceUid,
        studyInstanceUid,
        sopClassUid: received.sopClassUid,
        number: received.number,
        frames: received.frames,
        path: received.file.path,
        attention: filing.attention,
      });
      if (filing.appointmentId !== null && filing.attention === "") {
        this.#appointments.record(filing.appointmentId, "image received", `received from ${received.receivedFrom}`);
      }
      this.#database.announce({
        noun: "instance",
        id: received.sopInstanceUid,
        studyInstanceUid,
        appointmentId: filing.appointmentId,
      });
    });
  }

  /**
   * Moves the leading object of this UID, if there is one, to the superseded ones; one with the very same file, which
   * was lost and has come again, is simply replaced. Returns what it was.
   */
  #supersede(sopInstanceUid: string, sha256: string, now: string): Instance | undefined {
    const leading = this.find(sopInstanceUid);
    if (leading === undefined) return undefined;
    this.#database.run(
      `INSERT INTO superseded_instances (sop_instance_uid, series_instance_uid, transfer_syntax_uid, path, size,
         sha256, data_offset, received_at, received_from, superseded_at, verified_at, damage, removed_at)
       SELECT sop_instance_uid, series_instance_uid, transfer_syntax_uid, path, size, sha256, data_offset,
         received_at, received_from, $now, verified_at, damage, removed_at FROM instances
       WHERE sop_instance_uid = $uid AND sha256 <> $sha256`,
      { $uid: sopInstanceUid, $now: now, $sha256: sha256 },
    );
    this.#measurements.withdraw(sopInstanceUid);
    this.#database.run(`DELETE FROM instances WHERE sop_instance_uid = $uid`, { $uid: sopInstanceUid });
    if (leading.frames === 0) this.#reports.superseded(leading.studyInstanceUid);
    return leading;
  }
}
