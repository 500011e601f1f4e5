import { flag, flagOrNull, json, number, type RowOf, Table, text, textOrNull } from "./columns.ts";
import { type Database, timestamp } from "./database.ts";
import { notHeld } from "./attention.ts";
import type { ReceivedInstance } from "./received_instance.ts";
import type { QueuedObject, QueueLength, ReadyObject } from "./queued_object.ts";

/** Which objects go to a destination: those for which everything that is given holds. */
export interface ForwardingRule {
  /** Calling AE title of the machine. */
  machine?: string;
  /** Modality (0008,0060). */
  modality?: string;
  /** SOP Class UID (0008,0016). */
  sopClassUid?: string;
  /** Only once the study belongs to an appointment. */
  matched?: boolean;
}

/** What a person may set of a destination. */
const FIELDS = {
  name: text("name"),
  aeTitle: text("ae_title"),
  address: text("address"),
  port: number("port"),
  tls: flag("tls"),
  enabled: flag("enabled"),
  /** No rules at all: everything goes there. */
  rules: json<ForwardingRule[]>("rules"),
  /** Objects go there just as they came, without what a person has corrected; by default with it. */
  asTheyCame: flag("as_they_came", false),
};

const NOTED = {
  lastSentAt: textOrNull("last_sent_at"),
  /** It is down, and is not tried before; null: it may be tried. */
  nextAt: textOrNull("next_at"),
  /** How often it was tried in vain, one after the other. */
  attempts: number("attempts"),
  /** Why it was in vain; "" when all is well. */
  lastError: text("last_error"),
  /** Whether it answers for what it has (storage commitment); null: not known yet. */
  commits: flagOrNull("commits"),
};

/** What a person may set of a destination. */
export type Fields = RowOf<typeof FIELDS>;
/** What a new destination needs. */
export type DestinationFields = Omit<Fields, "asTheyCame"> & Partial<Pick<Fields, "asTheyCame">>;

/** A PACS, or another archive, to which objects are forwarded. */
export interface Destination extends Fields, RowOf<typeof NOTED> {
  /** Made by the box. */
  id: string;
}

/** The table `destinations`. */
export const DESTINATIONS = new Table("destinations", FIELDS, NOTED);

const destinationOf = (row: Record<string, unknown>): Destination => DESTINATIONS.of(row);

/** What is ready: queued, of a matched study where that is asked for, and not held back. */
const READY = `
  forwards f JOIN instances i USING (sop_instance_uid) JOIN series USING (series_instance_uid)
    JOIN studies s USING (study_instance_uid)
  WHERE f.destination_id = $id AND f.sent_at IS NULL AND f.parked_at IS NULL
    AND (f.needs_match = 0 OR s.appointment_id IS NOT NULL) AND ${notHeld("f.sop_instance_uid", "forwarding")}`;

/** What is stored and fits a rule, oldest first; it waits for an appointment where each rule that fits asks for that. */
const QUEUE_STORED = `
  INSERT INTO forwards (destination_id, sop_instance_uid, needs_match, queued_at)
  SELECT $id, i.sop_instance_uid, min(coalesce(json_extract(r.value, '$.matched'), 0)), $now
  FROM instances i JOIN series e USING (series_instance_uid) JOIN studies s USING (study_instance_uid)
    JOIN json_each($rules) r ON coalesce(json_extract(r.value, '$.machine'), i.received_from) = i.received_from
      AND coalesce(json_extract(r.value, '$.modality'), e.modality) = e.modality
      AND coalesce(json_extract(r.value, '$.sopClassUid'), i.sop_class_uid) = i.sop_class_uid
  WHERE i.removed_at IS NULL AND ($study IS NULL OR s.study_instance_uid = $study)
    AND ($from IS NULL OR coalesce(nullif(s.study_date, ''), date(i.received_at)) >= $from)
    AND ($to IS NULL OR coalesce(nullif(s.study_date, ''), date(i.received_at)) <= $to)
  GROUP BY i.sop_instance_uid ORDER BY i.received_at, i.sop_instance_uid`;

/** So often is an object sent that the destination takes and then does not have, before it is parked. */
const MOST_NOT_KEPT = 5;

/** Owner of the tables `destinations` and `forwards`. */
export class Destinations {
  readonly #database: Database;
  /** Read for each object that comes. */
  #all: Destination[] | undefined;

  /** @internal `Store` makes it. */
  constructor(database: Database) {
    this.#database = database;
  }

  /** All of them, by name. */
  all(): Destination[] {
    return this.#database.all(`${DESTINATIONS.select} ORDER BY name, id`).map(destinationOf);
  }

  /** One by its id. */
  find(id: string): Destination | undefined {
    const row = this.#database.get(`${DESTINATIONS.select} WHERE id = $id`, { $id: id });
    return row && destinationOf(row);
  }

  /**
   * A new one.
   *
   * @param id of one that comes back
   */
  add(fields: DestinationFields, id: string = crypto.randomUUID()): Destination {
    return this.#changing(id, () => {
      DESTINATIONS.insert(this.#database, id, fields);
      return this.find(id)!;
    });
  }

  /** What is queued already stays queued. A destination that was down is tried at once. */
  change(id: string, changed: Partial<DestinationFields>): Destination | undefined {
    return this.#changing(id, () => {
      if (this.find(id) === undefined) return undefined;
      DESTINATIONS.update(this.#database, id, changed, "next_at = NULL", "attempts = 0");
      return this.find(id);
    });
  }

  /** Its queue goes with it. */
  remove(id: string): boolean {
    return this.#changing(id, () => this.#database.run(`DELETE FROM destinations WHERE id = $id`, { $id: id }) > 0);
  }

  /** An object has come: it is queued where a rule says so. Part of the transaction that records it. */
  queue({ sopInstanceUid, sopClassUid, series, receivedFrom }: ReceivedInstance): void {
    this.#all ??= this.all();
    for (const { id, enabled, rules } of this.#all) {
      if (!enabled) continue;
      const fitting = rules.filter((rule) =>
        (rule.machine ?? receivedFrom) === receivedFrom && (rule.modality ?? series.modality) === series.modality &&
        (rule.sopClassUid ?? sopClassUid) === sopClassUid
      );
      if (rules.length > 0 && fitting.length === 0) continue;
      const needsMatch = rules.length > 0 && fitting.every(({ matched }) => matched);
      this.#database.run(
        // an earlier version may be under way: what becomes of that says nothing of this one, which is another entry
        `INSERT OR REPLACE INTO forwards (destination_id, sop_instance_uid, needs_match, queued_at)
         VALUES ($id, $uid, $needsMatch, $now)`,
        { $id: id, $uid: sopInstanceUid, $needsMatch: needsMatch ? 1 : 0, $now: timestamp() },
      );
    }
  }

  /** What is ready to be sent to a destination, those that failed less often first, then as they came. */
  ready(id: string, most: number): ReadyObject[] {
    return this.#database.all<ReadyObject & Record<string, never>>(
      `SELECT f.sequence, f.attempts, sop_instance_uid AS sopInstanceUid, i.sop_class_uid AS sopClassUid,
         i.transfer_syntax_uid AS transferSyntaxUid, i.path, i.size, i.sha256, i.data_offset AS dataOffset
       FROM ${READY} ORDER BY f.attempts, f.sequence LIMIT $most`,
      { $id: id, $most: most },
    );
  }

  /** The destination has these. @param asksCommitment it is to be asked whether it answers for them */
  sent(id: string, sequences: readonly number[], asksCommitment = false): void {
    if (sequences.length === 0) return;
    this.#changing(id, () => {
      const now = timestamp();
      for (const sequence of sequences) {
        this.#database.run(
          `UPDATE forwards SET sent_at = $now, last_error = '', asks_commitment = $asks, committed_at = NULL
           WHERE sequence = $sequence`,
          { $sequence: sequence, $now: now, $asks: asksCommitment ? 1 : 0 },
        );
      }
      this.#database.run(
        `UPDATE destinations SET last_sent_at = $now, next_at = NULL, attempts = 0, last_error = '' WHERE id = $id`,
        { $id: id, $now: now },
      );
    });
  }

  /** Whether the destination offers storage commitment, as it said just now. */
  offersCommitment(id: string, commits: boolean): void {
    if (this.find(id)?.commits === commits) return;
    this.#changing(id, () =>
      this.#database.run(`UPDATE destinations SET commits = $commits WHERE id = $id`, {
        $id: id,
        $commits: commits ? 1 : 0,
      }));
  }

  /** What was sent and is to be asked about, which is no more to be asked about then. Part of a transaction. */
  takeToAsk(id: string, most: number): { sopInstanceUid: string; sopClassUid: string }[] {
    const rows = this.#database.all<{ sequence: number; sopInstanceUid: string; sopClassUid: string }>(
      `SELECT f.sequence, sop_instance_uid AS sopInstanceUid, i.sop_class_uid AS sopClassUid
       FROM forwards f JOIN instances i USING (sop_instance_uid)
       WHERE f.destination_id = $id AND f.asks_commitment = 1 ORDER BY f.sequence LIMIT $most`,
      { $id: id, $most: most },
    );
    for (const { sequence } of rows) {
      this.#database.run(`UPDATE forwards SET asks_commitment = 0 WHERE sequence = $sequence`, { $sequence: sequence });
    }
    return rows;
  }

  /** Whether anything that was sent is still to be asked about. */
  hasToAsk(id: string): boolean {
    return this.#database.get(`SELECT 1 FROM forwards WHERE destination_id = $id AND asks_commitment = 1 LIMIT 1`, {
      $id: id,
    }) !== undefined;
  }

  /** The destination answers for these. */
  committed(id: string, sopInstanceUids: readonly string[]): void {
    this.#changing(id, () => {
      for (const uid of sopInstanceUids) {
        this.#database.run(
          `UPDATE forwards SET committed_at = $now
           WHERE destination_id = $id AND sop_instance_uid = $uid AND sent_at IS NOT NULL`,
          { $id: id, $uid: uid, $now: timestamp() },
        );
      }
    });
  }

  /** The destination does not have these though it took them: they are sent again, a few times. With why, in words. */
  notKept(id: string, failures: readonly (readonly [sopInstanceUid: string, why: string])[]): void {
    this.#changing(id, () => {
      for (const [uid, why] of failures) {
        this.#database.run(
          `UPDATE forwards SET sent_at = NULL, committed_at = NULL, attempts = attempts + 1, last_error = $why,
             parked_at = CASE WHEN attempts + 1 >= $most THEN $now END
           WHERE destination_id = $id AND sop_instance_uid = $uid AND sent_at IS NOT NULL`,
          { $id: id, $uid: uid, $why: why, $now: timestamp(), $most: MOST_NOT_KEPT },
        );
      }
    });
  }

  /**
   * Queues what came before the destination was there, by its rules; what was queued or sent already is left alone.
   *
   * @param days of the study, YYYY-MM-DD; open where not given
   * @returns how many objects
   */
  queueOlder(id: string, days: { from?: string | undefined; to?: string | undefined }): number {
    return this.#changing(id, () => {
      const destination = this.find(id);
      if (destination === undefined) return 0;
      const rules = destination.rules.length > 0 ? destination.rules : [{}];
      return this.#database.run(`${QUEUE_STORED} ON CONFLICT DO NOTHING`, {
        $id: id,
        $rules: JSON.stringify(rules),
        $from: days.from ?? null,
        $to: days.to ?? null,
        $study: null,
        $now: timestamp(),
      });
    });
  }

  /** Queues a whole study, whatever the rules say, also what was sent before. @returns how many objects */
  queueStudy(id: string, studyInstanceUid: string): number {
    return this.#changing(id, () =>
      this.#database.run(
        `${QUEUE_STORED} ON CONFLICT DO UPDATE SET needs_match = 0, queued_at = $now, attempts = 0, last_error = '',
           parked_at = NULL, sent_at = NULL, committed_at = NULL, asks_commitment = 0`,
        { $id: id, $rules: "[{}]", $from: null, $to: null, $study: studyInstanceUid, $now: timestamp() },
      ));
  }

  /** Whose an object is was corrected: those destinations that take corrections get it again. Part of a transaction. */
  sendAgain(sopInstanceUid: string): void {
    const sent = this.#database.all<{ id: string }>(
      `UPDATE forwards SET sent_at = NULL, committed_at = NULL, asks_commitment = 0, attempts = 0, last_error = '',
         queued_at = $now
       WHERE sop_instance_uid = $uid AND sent_at IS NOT NULL AND destination_id IN (
         SELECT id FROM destinations WHERE as_they_came = 0) RETURNING destination_id AS id`,
      { $uid: sopInstanceUid, $now: timestamp() },
    );
    for (const { id } of sent) this.#database.announce({ noun: "destination", id });
  }

  /** One object could not be sent, in words; `parked`: it is not tried again before a person says so. */
  failed(id: string, sequence: number, why: string, parked: boolean): void {
    this.#changing(id, () =>
      this.#database.run(
        `UPDATE forwards SET attempts = attempts + 1, last_error = $why, parked_at = $parkedAt
         WHERE sequence = $sequence`,
        { $sequence: sequence, $why: why, $parkedAt: parked ? timestamp() : null },
      ));
  }

  /** The destination is down: why, and when to try again. */
  delayed(id: string, why: string, next: Date): void {
    this.#changing(id, () =>
      this.#database.run(
        `UPDATE destinations SET attempts = attempts + 1, last_error = $why, next_at = $next WHERE id = $id`,
        { $id: id, $why: why, $next: next.toISOString() },
      ));
  }

  /** Everything is tried again now, what was parked too. */
  retry(id: string): void {
    this.#changing(id, () => {
      this.#database.run(
        `UPDATE forwards SET attempts = 0, parked_at = NULL WHERE destination_id = $id AND sent_at IS NULL`,
        { $id: id },
      );
      this.#database.run(`UPDATE destinations SET next_at = NULL, attempts = 0 WHERE id = $id`, { $id: id });
    });
  }

  /** What was sent before this time is counted no more. @returns how many objects that were */
  forgetSent(before: Date): number {
    return this.#database.transaction(() =>
      this.#database.run(`DELETE FROM forwards WHERE sent_at < $before`, { $before: before.toISOString() })
    );
  }

  /** How much is on the way to one. */
  queueLength(id: string): QueueLength {
    const row = this.#database.get<QueueLength & Record<string, never>>(
      // whose study it is matters only for the few that wait for that; what is held waits for a person
      `SELECT count(*) FILTER (WHERE ready = 1) AS waiting, count(*) FILTER (WHERE ready = 0) AS unmatched,
         count(*) FILTER (WHERE sent_at IS NULL AND parked_at IS NULL AND ready IS NULL) AS held,
         count(*) FILTER (WHERE parked_at IS NOT NULL AND sent_at IS NULL) AS parked,
         count(*) FILTER (WHERE sent_at IS NOT NULL) AS sent,
         count(*) FILTER (WHERE committed_at IS NOT NULL) AS committed
       FROM (
         SELECT parked_at, sent_at, committed_at,
           CASE WHEN sent_at IS NULL AND parked_at IS NULL
             AND ${notHeld("forwards.sop_instance_uid", "forwarding")} THEN needs_match = 0 OR EXISTS (
             SELECT 1 FROM instances JOIN series USING (series_instance_uid) JOIN studies USING (study_instance_uid)
             WHERE instances.sop_instance_uid = forwards.sop_instance_uid AND appointment_id IS NOT NULL)
           END AS ready
         FROM forwards WHERE destination_id = $id)`,
      { $id: id },
    )!;
    return { ...row };
  }

  /** What has not been sent, parked objects first. */
  unsent(id: string, most: number): QueuedObject[] {
    return this.#database.all<QueuedObject & Record<string, never>>(
      `SELECT f.sequence, sop_instance_uid AS sopInstanceUid, study_instance_uid AS studyInstanceUid,
         f.queued_at AS queuedAt, f.attempts, f.last_error AS lastError, f.parked_at AS parkedAt
       FROM forwards f JOIN instances i USING (sop_instance_uid) JOIN series USING (series_instance_uid)
       WHERE f.destination_id = $id AND f.sent_at IS NULL
       ORDER BY f.parked_at IS NULL, f.sequence LIMIT $most`,
      { $id: id, $most: most },
    );
  }

  /** Changes something, and tells who watches. */
  #changing<T>(id: string, work: () => T): T {
    return this.#database.transaction(() => {
      const result = work();
      this.#all = undefined;
      this.#database.announce({ noun: "destination", id });
      return result;
    });
  }
}
