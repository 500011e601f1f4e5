import { type Database, timestamp } from "./database.ts";

/** An object that a machine asks the box to answer for. */
export interface CommitmentReference {
  /** SOP Instance UID (0008,0018). */
  sopInstanceUid: string;
  /** SOP Class UID (0008,0016). */
  sopClassUid: string;
}

/** An object of a request as the archive has it now; `held` is undefined when it does not. */
export interface RequestedInstance extends CommitmentReference {
  /** What the box has under the UID; undefined for nothing. */
  held: { sopClassUid: string; path: string; size: number; sha256: string } | undefined;
}

/** A request for storage commitment (PS3.4 Annex J). Times are ISO 8601, UTC. */
export interface Commitment {
  /** Of its row. */
  id: number;
  /** Transaction UID (0008,1195). */
  transactionUid: string;
  /** AE title. */
  aeTitle: string;
  /** Its Transaction UID was in use for other objects. */
  duplicate: boolean;
  /** ISO 8601. */
  requestedAt: string;
  /** How often it was tried. */
  attempts: number;
  /** When it is tried again, ISO 8601; null for not. */
  nextAt: string | null;
  /** What failed the last time, in English; "" for nothing. */
  lastError: string;
  /** ISO 8601; null while it has not been. */
  reportedAt: string | null;
  /** ISO 8601; null while it goes on. */
  givenUpAt: string | null;
}

/** How a machine's latest request went. */
export interface CommitmentSummary {
  /** ISO 8601. */
  requestedAt: string;
  /** ISO 8601; null while it has not been. */
  reportedAt: string | null;
  /** What failed the last time, in English; "" for nothing. */
  lastError: string;
  /** That were asked for. */
  objects: number;
  /** Of these. */
  committed: number;
}

const SELECT = `
  SELECT id, transaction_uid AS transactionUid, ae_title AS aeTitle, duplicate, requested_at AS requestedAt, attempts,
    next_at AS nextAt, last_error AS lastError, reported_at AS reportedAt, given_up_at AS givenUpAt
  FROM commitments`;

/** Owner of the tables `commitments` and `commitment_instances`. */
export class Commitments {
  readonly #database: Database;

  /** @internal `Store` makes it. */
  constructor(database: Database) {
    this.#database = database;
  }

  /** One by its id. */
  find(id: number): Commitment | undefined {
    const row = this.#database.get(`${SELECT} WHERE id = $id`, { $id: id });
    return row && commitmentOf(row);
  }

  /**
   * Keeps a request. One that asks for the same objects under the same Transaction UID again is the same one, and its
   * report is owed again; a Transaction UID that comes again for other objects is a duplicate.
   *
   * @param now from when on the report is owed
   */
  request(
    aeTitle: string,
    transactionUid: string,
    references: readonly CommitmentReference[],
    now: Date,
  ): Commitment {
    return this.#database.transaction(() => {
      const before = this.#database.all(
        `${SELECT} WHERE ae_title = $aeTitle AND transaction_uid = $transaction ORDER BY id`,
        { $aeTitle: aeTitle, $transaction: transactionUid },
      ).map(commitmentOf);
      const same = before.find((one) => !one.duplicate && this.#asksFor(one.id, references));
      if (same) {
        this.#database.run(
          `UPDATE commitments SET attempts = 0, next_at = $now, last_error = '', reported_at = NULL,
             given_up_at = NULL, requested_at = $now WHERE id = $id`,
          { $id: same.id, $now: now.toISOString() },
        );
        return this.find(same.id)!;
      }
      const { id } = this.#database.get<{ id: number }>(
        `INSERT INTO commitments (transaction_uid, ae_title, duplicate, requested_at, next_at)
         VALUES ($transaction, $aeTitle, $duplicate, $now, $now) RETURNING id`,
        {
          $transaction: transactionUid,
          $aeTitle: aeTitle,
          $duplicate: before.length > 0 ? 1 : 0,
          $now: now.toISOString(),
        },
      )!;
      for (const { sopInstanceUid, sopClassUid } of references) {
        this.#database.run(
          `INSERT INTO commitment_instances (commitment_id, sop_instance_uid, sop_class_uid)
           VALUES ($id, $uid, $class) ON CONFLICT DO NOTHING`,
          { $id: id, $uid: sopInstanceUid, $class: sopClassUid },
        );
      }
      return this.find(id)!;
    });
  }

  /** The objects of a request, each with what the archive has under its UID. */
  instances(id: number): RequestedInstance[] {
    return this.#database.all<Record<string, string | number | null>>(
      `SELECT c.sop_instance_uid AS uid, c.sop_class_uid AS class, i.sop_class_uid AS heldClass, path, size, sha256
       FROM commitment_instances c
         LEFT JOIN instances i ON i.sop_instance_uid = c.sop_instance_uid AND i.removed_at IS NULL
       WHERE commitment_id = $id ORDER BY c.sop_instance_uid`,
      { $id: id },
    ).map(({ uid, class: sopClassUid, heldClass, path, size, sha256 }) => ({
      sopInstanceUid: String(uid),
      sopClassUid: String(sopClassUid),
      held: path === null
        ? undefined
        : { sopClassUid: String(heldClass), path: String(path), size: Number(size), sha256: String(sha256) },
    }));
  }

  /** What was found of a request's objects: a Failure Reason (PS3.4 J.3.2) by SOP Instance UID, 0 for committed. */
  found(id: number, failures: ReadonlyMap<string, number>): void {
    this.#database.transaction(() => {
      for (const [uid, failure] of failures) {
        this.#database.run(
          `UPDATE commitment_instances SET failure = $failure WHERE commitment_id = $id AND sop_instance_uid = $uid`,
          { $id: id, $uid: uid, $failure: failure },
        );
      }
    });
  }

  /** Whose report is owed by now, oldest first: those that wait for an address only once the machine has one. */
  due(now: Date, latest: Date): Commitment[] {
    return this.#database.all(
      `${SELECT} WHERE reported_at IS NULL AND given_up_at IS NULL AND (next_at <= $now OR next_at > $latest OR next_at IS NULL AND EXISTS (
         SELECT 1 FROM machines m WHERE m.ae_title = commitments.ae_title AND m.port IS NOT NULL AND m.address <> ''))
       ORDER BY id`,
      { $now: now.toISOString(), $latest: latest.toISOString() },
    ).map(commitmentOf);
  }

  /** The machine has its report. */
  reported(id: number): void {
    this.#database.transaction(() => {
      this.#database.run(`UPDATE commitments SET reported_at = $now, last_error = '' WHERE id = $id`, {
        $id: id,
        $now: timestamp(),
      });
      this.#announce(id);
    });
  }

  /** The report could not be given: why, and when to try again; null: once the machine has an address and port. */
  delayed(id: number, why: string, next: Date | null): void {
    this.#database.transaction(() => {
      this.#database.run(
        `UPDATE commitments SET attempts = attempts + 1, last_error = $why, next_at = $next WHERE id = $id`,
        { $id: id, $why: why, $next: next?.toISOString() ?? null },
      );
      this.#announce(id);
    });
  }

  /** The machine could not be told for days. */
  givenUp(id: number, why: string): void {
    this.#database.transaction(() => {
      this.#database.run(`UPDATE commitments SET given_up_at = $now, last_error = $why WHERE id = $id`, {
        $id: id,
        $why: why,
        $now: timestamp(),
      });
      this.#announce(id);
    });
  }

  /**
   * Forgets requests from before a time that nothing more comes of: reported, given up, or of a machine whose address
   * nobody has entered since; and the oldest beyond so many. Of those from before the time each machine's latest stays,
   * for its page.
   */
  forget(before: Date, most: number): void {
    this.#database.transaction(() =>
      this.#database.run(
        `DELETE FROM commitments
         WHERE id IN (SELECT id FROM commitments ORDER BY id DESC LIMIT -1 OFFSET $most)
           OR (requested_at < $before AND (reported_at IS NOT NULL OR given_up_at IS NOT NULL OR next_at IS NULL)
             AND id NOT IN (SELECT max(id) FROM commitments GROUP BY ae_title))`,
        { $before: before.toISOString(), $most: most },
      )
    );
  }

  /** Each machine's latest request, by AE title. */
  latest(): Map<string, CommitmentSummary> {
    const rows = this.#database.all<CommitmentSummary & { aeTitle: string }>(
      `SELECT ae_title AS aeTitle, requested_at AS requestedAt, reported_at AS reportedAt, last_error AS lastError,
         count(*) AS objects, count(*) FILTER (WHERE failure = 0) AS committed
       FROM commitments JOIN commitment_instances ON commitment_id = id
       WHERE id IN (SELECT max(id) FROM commitments GROUP BY ae_title) GROUP BY id`,
    );
    return new Map(rows.map(({ aeTitle, ...summary }) => [aeTitle, summary]));
  }

  #asksFor(id: number, references: readonly CommitmentReference[]): boolean {
    const kept = this.instances(id).map(({ sopInstanceUid, sopClassUid }) => `${sopInstanceUid} ${sopClassUid}`);
    const asked = new Set(references.map(({ sopInstanceUid, sopClassUid }) => `${sopInstanceUid} ${sopClassUid}`));
    return kept.length === asked.size && kept.every((one) => asked.has(one));
  }

  /** The machine's page shows how its requests go. */
  #announce(id: number): void {
    const machine = this.#database.get<{ id: string }>(
      `SELECT id FROM machines WHERE ae_title = (SELECT ae_title FROM commitments WHERE id = $id)`,
      { $id: id },
    );
    if (machine) this.#database.announce({ noun: "machine", id: machine.id });
  }
}

function commitmentOf(row: Record<string, unknown>): Commitment {
  return { ...row as unknown as Commitment, duplicate: row.duplicate === 1 };
}
