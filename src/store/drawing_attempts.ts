import { type Database, timestamp } from "./database.ts";

/** What of an object is tried: a picture of its pixels, or what it says of itself. */
export type AttemptPart = "picture" | "contents";

/** How an attempt came to a bad end: of memory, of time, of the program that draws, or of the whole box. */
export type AttemptEnd = "memory" | "time" | "crash" | "box";

/** The part of an object that is tried, and the hash of the file's bytes. */
export interface Attempted {
  /** SOP Instance UID (0008,0018). */
  sopInstanceUid: string;
  /** What of it. */
  part: AttemptPart;
  /** Of the file's bytes, hex. */
  sha256: string;
}

/** How it stands with a part of an object: `ends` of its attempts ended badly. `at` is ISO 8601. */
export interface AttemptRecord {
  /** How many were bad. */
  ends: number;
  /** What was tried the last time, such as "frame 3". */
  work: string;
  /** The last time. */
  how: AttemptEnd;
  /** ISO 8601. */
  at: string;
}

/** An object that is not tried any more. */
export interface SetAside extends AttemptRecord {
  /** SOP Instance UID (0008,0018). */
  sopInstanceUid: string;
  /** What of it. */
  part: AttemptPart;
  /** Study Instance UID (0020,000D). */
  studyInstanceUid: string;
  /** SOP Class UID (0008,0016). */
  sopClassUid: string;
  /** Bytes. */
  size: number;
  /** ISO 8601. */
  receivedAt: string;
  /** AE title of the sender. */
  receivedFrom: string;
}

/** So many bad ends, and it is tried no more until a person says so. */
export const MOST_ENDS = 2;
/** So many are listed at once. */
const MOST_LISTED = 200;

/** Owner of the table `drawing_attempts`: what ended the program that draws, and what is being tried now. */
export class DrawingAttempts {
  readonly #database: Database;

  /** @internal `Store` makes it. */
  constructor(database: Database) {
    this.#database = database;
  }

  /** Undefined where all has gone well so far. */
  find({ sopInstanceUid, part, sha256 }: Attempted): AttemptRecord | undefined {
    return this.#database.get<AttemptRecord & Record<string, never>>(
      `SELECT ends, ended_work AS work, ended_how AS how, ended_at AS at FROM drawing_attempts
       WHERE sop_instance_uid = $uid AND part = $part AND sha256 = $sha256 AND ends > 0`,
      { $uid: sopInstanceUid, $part: part, $sha256: sha256 },
    );
  }

  /** Whether an object has ended the program that draws, and nobody has said that it is to be tried again. */
  isKnown(sopInstanceUid: string): boolean {
    return this.#database.get(`SELECT 1 FROM drawing_attempts WHERE sop_instance_uid = $uid AND ends > 0`, {
      $uid: sopInstanceUid,
    }) !== undefined;
  }

  /**
   * An attempt begins; the one before it has come to a good end.
   *
   * @returns once it is durable
   */
  begin({ sopInstanceUid, part, sha256 }: Attempted, work: string): Promise<void> {
    this.#database.transaction(() => {
      this.#settle();
      this.#database.run(
        `INSERT INTO drawing_attempts (sop_instance_uid, part, sha256, under_way) VALUES ($uid, $part, $sha256, $work)
         ON CONFLICT DO UPDATE SET under_way = $work, sha256 = $sha256,
           ends = CASE sha256 WHEN $sha256 THEN ends ELSE 0 END,
           ended_work = CASE sha256 WHEN $sha256 THEN ended_work ELSE '' END`,
        { $uid: sopInstanceUid, $part: part, $sha256: sha256, $work: work },
      );
    });
    return this.#database.durable();
  }

  /** Nothing is under way. */
  settle(): void {
    this.#database.transaction(() => this.#settle());
  }

  #settle(): void {
    this.#database.run(`DELETE FROM drawing_attempts WHERE under_way IS NOT NULL AND ends = 0`);
    this.#database.run(`UPDATE drawing_attempts SET under_way = NULL WHERE under_way IS NOT NULL`);
  }

  /** What ended badly the last time has now gone well. */
  forgive({ sopInstanceUid, part }: Attempted): void {
    this.#database.run(`DELETE FROM drawing_attempts WHERE sop_instance_uid = $uid AND part = $part`, {
      $uid: sopInstanceUid,
      $part: part,
    });
  }

  /** The attempt that is under way has come to a bad end. */
  ended({ sopInstanceUid, part, sha256 }: Attempted, work: string, how: AttemptEnd): void {
    this.#database.transaction(() => {
      this.#settle();
      this.#database.run(
        `INSERT INTO drawing_attempts (sop_instance_uid, part, sha256, ends, ended_work, ended_how, ended_at)
         VALUES ($uid, $part, $sha256, 1, $work, $how, $now)
         ON CONFLICT DO UPDATE SET ends = ends + 1, ended_work = $work, ended_how = $how, ended_at = $now`,
        {
          ...{ $uid: sopInstanceUid, $part: part, $sha256: sha256, $work: work, $how: how },
          $now: timestamp(),
        },
      );
      this.#database.announce({ noun: "set aside", id: sopInstanceUid });
    });
  }

  /** At a start: what was under way ended with the box. @returns the objects that it was of */
  boxHasEnded(): string[] {
    return this.#database.transaction(() => {
      const cutOff = this.#database.all<{ uid: string }>(
        `SELECT sop_instance_uid AS uid FROM drawing_attempts WHERE under_way IS NOT NULL`,
      );
      this.#database.run(
        `UPDATE drawing_attempts SET ends = ends + 1, ended_work = under_way, ended_how = 'box', ended_at = $now,
           under_way = NULL WHERE under_way IS NOT NULL`,
        { $now: timestamp() },
      );
      return cutOff.map(({ uid }) => uid);
    });
  }

  /** What is not tried any more, the latest first; that whose file has been removed, or has come anew, not at all. */
  setAside(): SetAside[] {
    return this.#database.all<SetAside & Record<string, string | number>>(
      `SELECT sop_instance_uid AS sopInstanceUid, part, ends, ended_work AS work, ended_how AS how, ended_at AS at,
         study_instance_uid AS studyInstanceUid, sop_class_uid AS sopClassUid, size,
         instances.received_at AS receivedAt, instances.received_from AS receivedFrom
       FROM drawing_attempts JOIN instances USING (sop_instance_uid, sha256) JOIN series USING (series_instance_uid)
       WHERE ends >= ${MOST_ENDS} AND removed_at IS NULL ORDER BY ended_at DESC, sop_instance_uid LIMIT ${MOST_LISTED}`,
    );
  }

  /** An object is to be tried again. @returns whether there was anything to forget */
  forget(sopInstanceUid: string): boolean {
    return this.#database.transaction(() => {
      const forgotten = this.#database.run(
        `DELETE FROM drawing_attempts WHERE sop_instance_uid = $uid AND ends > 0`,
        { $uid: sopInstanceUid },
      );
      if (forgotten > 0) this.#database.announce({ noun: "set aside", id: sopInstanceUid });
      return forgotten > 0;
    });
  }
}
