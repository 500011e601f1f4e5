import { newUid } from "../dicom/uid.ts";
import { type Database, timestamp } from "./database.ts";
import type { CommitmentReference } from "./commitments.ts";
import type { Destinations } from "./destinations.ts";

/** A request for storage commitment that the box makes of a destination (PS3.4 Annex J). Times are ISO 8601, UTC. */
export interface ForwardCommitment {
  /** Of its row. */
  id: number;
  /** Whom it is asked of. */
  destinationId: string;
  /** Transaction UID (0008,1195). */
  transactionUid: string;
  /** ISO 8601. */
  createdAt: string;
  /** ISO 8601; null while it has not been. */
  requestedAt: string | null;
  /** How often it was tried. */
  attempts: number;
  /** What failed the last time, in English; "" for nothing. */
  lastError: string;
}

const SELECT = `
  SELECT id, destination_id AS destinationId, transaction_uid AS transactionUid, created_at AS createdAt,
    requested_at AS requestedAt, attempts, last_error AS lastError
  FROM forward_commitments`;

/** Owner of the tables `forward_commitments` and `forward_commitment_instances`. */
export class ForwardCommitments {
  readonly #database: Database;
  readonly #destinations: Destinations;

  /** @internal `Store` makes it. */
  constructor(database: Database, destinations: Destinations) {
    this.#database = database;
    this.#destinations = destinations;
  }

  /** A new request about what was sent to a destination and has not been asked about. None: false. */
  gather(destinationId: string, most: number, now: Date): boolean {
    return this.#database.transaction(() => {
      const objects = this.#destinations.takeToAsk(destinationId, most);
      if (objects.length === 0) return false;
      const { id } = this.#database.get<{ id: number }>(
        `INSERT INTO forward_commitments (destination_id, transaction_uid, created_at, next_at)
         VALUES ($destination, $transaction, $now, $now) RETURNING id`,
        { $destination: destinationId, $transaction: newUid(), $now: now.toISOString() },
      )!;
      for (const { sopInstanceUid, sopClassUid } of objects) {
        this.#database.run(
          `INSERT INTO forward_commitment_instances (commitment_id, sop_instance_uid, sop_class_uid)
           VALUES ($id, $uid, $class)`,
          { $id: id, $uid: sopInstanceUid, $class: sopClassUid },
        );
      }
      return true;
    });
  }

  /**
   * What is to be asked of a destination by now: for the first time, or since no answer came.
   *
   * @param latest what is to wait longer than until then was told so by a clock that was ahead, and waits no more
   */
  due(destinationId: string, now: Date, latest: Date): ForwardCommitment[] {
    return this.#database.all<ForwardCommitment & Record<string, never>>(
      `${SELECT} WHERE destination_id = $id AND answered_at IS NULL AND given_up_at IS NULL
         AND (next_at <= $now OR next_at > $latest)
       ORDER BY id`,
      { $id: destinationId, $now: now.toISOString(), $latest: latest.toISOString() },
    ).map((row) => ({ ...row }));
  }

  /** What is asked about in one. */
  objects(id: number): CommitmentReference[] {
    return this.#database.all<CommitmentReference & Record<string, never>>(
      `SELECT sop_instance_uid AS sopInstanceUid, sop_class_uid AS sopClassUid FROM forward_commitment_instances
       WHERE commitment_id = $id ORDER BY sop_instance_uid`,
      { $id: id },
    );
  }

  /** The open request with this Transaction UID. */
  find(transactionUid: string): ForwardCommitment | undefined {
    return this.#database.get<ForwardCommitment & Record<string, never>>(
      `${SELECT} WHERE transaction_uid = $uid AND answered_at IS NULL`,
      { $uid: transactionUid },
    );
  }

  /** It is asked again under a new Transaction UID: the one before is spent. */
  renew(id: number): string {
    const transactionUid = newUid();
    this.#database.transaction(() =>
      this.#database.run(`UPDATE forward_commitments SET transaction_uid = $uid, requested_at = NULL WHERE id = $id`, {
        $id: id,
        $uid: transactionUid,
      })
    );
    return transactionUid;
  }

  /** The destination has taken the request; without a report by then, it is asked again. */
  requested(id: number, now: Date, askAgain: Date): void {
    this.#database.transaction(() =>
      this.#database.run(
        `UPDATE forward_commitments SET requested_at = $now, next_at = $next, attempts = attempts + 1, last_error = ''
         WHERE id = $id`,
        { $id: id, $now: now.toISOString(), $next: askAgain.toISOString() },
      )
    );
  }

  /** The destination did not take the request: why, and when to ask again. */
  delayed(id: number, why: string, next: Date): void {
    this.#database.transaction(() =>
      this.#database.run(
        `UPDATE forward_commitments SET attempts = attempts + 1, last_error = $why, next_at = $next WHERE id = $id`,
        { $id: id, $why: why, $next: next.toISOString() },
      )
    );
  }

  /** It is not asked again: what was sent counts as sent, and nobody answers for it. */
  givenUp(id: number, why: string): void {
    this.#database.transaction(() =>
      this.#database.run(`UPDATE forward_commitments SET given_up_at = $now, last_error = $why WHERE id = $id`, {
        $id: id,
        $why: why,
        $now: timestamp(),
      })
    );
  }

  /**
   * The destination's report: what it answers for is committed, the rest is sent again.
   *
   * @param failures by SOP Instance UID, why not, in words
   */
  answered(commitment: ForwardCommitment, committed: readonly string[], failures: ReadonlyMap<string, string>): void {
    const asked = new Set(this.objects(commitment.id).map(({ sopInstanceUid }) => sopInstanceUid));
    this.#database.transaction(() => {
      this.#database.run(`UPDATE forward_commitments SET answered_at = $now, last_error = '' WHERE id = $id`, {
        $id: commitment.id,
        $now: timestamp(),
      });
      this.#destinations.committed(commitment.destinationId, committed.filter((uid) => asked.has(uid)));
      this.#destinations.notKept(commitment.destinationId, [...failures].filter(([uid]) => asked.has(uid)));
    });
  }

  /** Requests that were answered or given up before this time are forgotten. */
  forget(before: Date): void {
    this.#database.transaction(() =>
      this.#database.run(
        `DELETE FROM forward_commitments WHERE coalesce(answered_at, given_up_at) < $before`,
        { $before: before.toISOString() },
      )
    );
  }
}
