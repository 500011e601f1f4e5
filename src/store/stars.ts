import { notHeld } from "./attention.ts";
import { type Database, timestamp } from "./database.ts";

/** An image that somebody chose, and which of its frames, from 1. */
export interface Star {
  /** SOP Instance UID (0008,0018). */
  sopInstanceUid: string;
  /** From 1. */
  frame: number;
}

/** Owner of the table `stars`: images chosen to be printed. */
export class Stars {
  readonly #database: Database;

  /** @internal `Store` makes it. */
  constructor(database: Database) {
    this.#database = database;
  }

  /** The starred images of a study, which its sheet on paper has: not those that are kept from leaving. */
  ofStudy(studyInstanceUid: string): Star[] {
    return this.#database.all<Star>(
      `SELECT sop_instance_uid AS sopInstanceUid, frame
       FROM stars JOIN instances USING (sop_instance_uid) JOIN series USING (series_instance_uid)
       WHERE study_instance_uid = $uid AND ${
        notHeld("stars.sop_instance_uid", "leaving")
      } ORDER BY starred_at, stars.rowid`,
      { $uid: studyInstanceUid },
    ).map((row) => ({ ...row }));
  }

  /** Chooses an image; one that is starred already gets the other frame. */
  put(star: Star, by: string): void {
    this.#change(star.sopInstanceUid, () =>
      this.#database.run(
        `INSERT INTO stars (sop_instance_uid, frame, starred_at, starred_by) VALUES ($uid, $frame, $now, $by)
         ON CONFLICT DO UPDATE SET frame = excluded.frame, starred_by = excluded.starred_by`,
        { $uid: star.sopInstanceUid, $frame: star.frame, $now: timestamp(), $by: by },
      ));
  }

  /** The choice is taken back. */
  remove(sopInstanceUid: string): void {
    this.#change(
      sopInstanceUid,
      () => this.#database.run(`DELETE FROM stars WHERE sop_instance_uid = $uid`, { $uid: sopInstanceUid }),
    );
  }

  #change(sopInstanceUid: string, change: () => number): void {
    this.#database.transaction(() => {
      if (change() === 0) return;
      const study = this.#database.get<{ id: string; appointmentId: string | null }>(
        `SELECT study_instance_uid AS id, appointment_id AS appointmentId
         FROM instances JOIN series USING (series_instance_uid) JOIN studies USING (study_instance_uid)
         WHERE sop_instance_uid = $uid`,
        { $uid: sopInstanceUid },
      );
      if (study) this.#database.announce({ noun: "study", ...study });
    });
  }
}
