import { type Database, timestamp } from "./database.ts";

/** How the recording of a machine's next association stands. */
export interface MachineRecording {
  /** Who asked for it. */
  wantedBy: string;
  /** ISO 8601. */
  wantedAt: string;
  /** ISO 8601; null while the machine's next association is awaited. */
  recordedAt: string | null;
  /** Of both sides. */
  messages: number;
  /** False: the association was longer than is kept. */
  whole: boolean;
  /** Of what is kept, bytes. */
  size: number;
  /** An admin has put it into the file for support. */
  inSupportFile: boolean;
}

/** What was recorded, to be kept. */
export interface NewRecording {
  /** AE title of the machine. */
  aeTitle: string;
  /** Of both sides. */
  messages: number;
  /** False: the association was longer than is kept. */
  whole: boolean;
  /** Masked; JSON, gzip. */
  content: Uint8Array;
}

/** For so long a machine's next association is awaited, milliseconds. */
const AWAITED = 86_400_000;

/** Owner of the table `machine_recordings`: at most one of each machine. */
export class MachineRecordings {
  readonly #database: Database;

  /** @internal `Store` makes it. */
  constructor(database: Database) {
    this.#database = database;
  }

  /** The next association of a machine is to be recorded, in place of an earlier one. */
  want(machineId: string, by: string): void {
    this.#database.transaction(() => {
      this.#database.run(
        `INSERT INTO machine_recordings (machine_id, wanted_by, wanted_at) VALUES ($id, $by, $now)
         ON CONFLICT DO UPDATE SET wanted_by = $by, wanted_at = $now, recorded_at = NULL, content = NULL, messages = 0,
           whole = 1, in_support_file = 0`,
        { $id: machineId, $by: by, $now: timestamp() },
      );
      this.#database.announce({ noun: "machine", id: machineId });
    });
  }

  /** Whether any machine's next association is awaited. */
  get isAnyWanted(): boolean {
    return this.#database.get(
      `SELECT 1 FROM machine_recordings WHERE recorded_at IS NULL AND wanted_at > $since LIMIT 1`,
      { $since: new Date(Date.now() - AWAITED).toISOString() },
    ) !== undefined;
  }

  /** Whether the next association of the machine with an AE title is awaited. */
  isWanted(aeTitle: string): boolean {
    return this.#database.get(
      `SELECT 1 FROM machine_recordings JOIN machines ON machines.id = machine_id
       WHERE ae_title = $aeTitle AND recorded_at IS NULL AND wanted_at > $since`,
      { $aeTitle: aeTitle, $since: new Date(Date.now() - AWAITED).toISOString() },
    ) !== undefined;
  }

  /** Keeps what was recorded, where it is still wanted. @returns whether it was */
  keep({ aeTitle, messages, whole, content }: NewRecording): boolean {
    return this.#database.transaction(() => {
      const [kept] = this.#database.all<{ id: string }>(
        `UPDATE machine_recordings SET recorded_at = $now, messages = $messages, whole = $whole, content = $content
         WHERE recorded_at IS NULL AND machine_id = (SELECT id FROM machines WHERE ae_title = $aeTitle)
         RETURNING machine_id AS id`,
        { $aeTitle: aeTitle, $now: timestamp(), $messages: messages, $whole: whole ? 1 : 0, $content: content },
      );
      if (kept !== undefined) this.#database.announce({ noun: "machine", id: kept.id });
      return kept !== undefined;
    });
  }

  /** That of one machine; undefined for none. One that was awaited for too long is none. */
  of(machineId: string): MachineRecording | undefined {
    const row = this.#database.get<MachineRecording & Record<string, never>>(
      `SELECT wanted_by AS wantedBy, wanted_at AS wantedAt, recorded_at AS recordedAt, messages, whole,
         coalesce(length(content), 0) AS size, in_support_file AS inSupportFile
       FROM machine_recordings WHERE machine_id = $id AND (recorded_at IS NOT NULL OR wanted_at > $since)`,
      { $id: machineId, $since: new Date(Date.now() - AWAITED).toISOString() },
    );
    return row && { ...row, whole: Boolean(row.whole), inSupportFile: Boolean(row.inSupportFile) };
  }

  /** What was recorded, JSON, gzip; undefined for none. */
  content(machineId: string): Uint8Array | undefined {
    return this.#database.get<{ content: Uint8Array | null }>(
      `SELECT content FROM machine_recordings WHERE machine_id = $id`,
      { $id: machineId },
    )?.content ?? undefined;
  }

  /** Whether it is part of the file for support. */
  setInSupportFile(machineId: string, inSupportFile: boolean): void {
    this.#database.transaction(() => {
      this.#database.run(`UPDATE machine_recordings SET in_support_file = $in WHERE machine_id = $id`, {
        $id: machineId,
        $in: inSupportFile ? 1 : 0,
      });
      this.#database.announce({ noun: "machine", id: machineId });
    });
  }

  /** It is forgotten, or awaited no more. */
  remove(machineId: string): void {
    this.#database.transaction(() => {
      this.#database.run(`DELETE FROM machine_recordings WHERE machine_id = $id`, { $id: machineId });
      this.#database.announce({ noun: "machine", id: machineId });
    });
  }
}
