import type { Database } from "./database.ts";

/** An association that has ended. */
export interface EndedAssociation {
  /** When it ended, ISO 8601. */
  at: string;
  /** Its id in the log. */
  name: string;
  /** AE title. */
  aeTitle: string;
  /** AE title that was called. */
  calledAeTitle: string;
  /** IP address. */
  address: string;
  /** Implementation Version Name of the peer; "" for none. */
  implementation: string;
  /** `released`, or why it ended otherwise. */
  outcome: string;
  /** DIMSE requests that were answered. */
  operations: number;
  /** Received. */
  bytes: number;
  /** How long it took. */
  milliseconds: number;
}

/** Of which associations one wants to know; what is left out does not matter. */
export interface AssociationFilter {
  /** AE title. */
  aeTitle?: string;
  /** Only those that did not end as they should. */
  broken?: boolean;
  /** A day on the clinic's wall clock, YYYY-MM-DD. */
  date?: string;
  /** Somewhere in the outcome, the address or the implementation, without regard to case. */
  words?: string;
}

/** Associations kept: with four machines that ask every few seconds, the last hours; in a common clinic, days. */
const MOST = 20_000;

/** Owner of the table `associations`: the journal of the wire, bounded. */
export class Associations {
  readonly #database: Database;

  /** @internal `Store` makes it. */
  constructor(database: Database) {
    this.#database = database;
  }

  /** Adds some at once. @returns once they are committed, which is not yet durable */
  add(ended: readonly EndedAssociation[]): Promise<void> {
    return this.#database.committedTogether(() => {
      for (const association of ended) {
        const { at, name, aeTitle, calledAeTitle, address, implementation, outcome } = association;
        const { operations, bytes, milliseconds } = association;
        this.#database.run(
          `INSERT INTO associations (at, name, ae_title, called_ae_title, address, implementation, outcome, operations,
             bytes, milliseconds)
           VALUES ($at, $name, $aeTitle, $calledAeTitle, $address, $implementation, $outcome, $operations,
             $bytes, $milliseconds)`,
          {
            ...{ $at: at, $name: name, $aeTitle: aeTitle, $calledAeTitle: calledAeTitle, $address: address },
            ...{ $implementation: implementation, $outcome: outcome, $operations: operations, $bytes: bytes },
            $milliseconds: milliseconds,
          },
        );
      }
      this.#database.run(`DELETE FROM associations WHERE id <= (SELECT max(id) FROM associations) - $most`, {
        $most: MOST,
      });
    });
  }

  /**
   * Those that fit every part of the filter, newest first, at most `count`.
   *
   * @param before only those older than the one with this id, for the next page
   */
  list(
    filter: AssociationFilter,
    count: number,
    before = Number.MAX_SAFE_INTEGER,
  ): (EndedAssociation & { id: number })[] {
    const conditions = [`id < $before`];
    const values: Record<string, string | number> = { $before: before, $count: count };
    if (filter.aeTitle !== undefined) {
      conditions.push(`ae_title = $aeTitle`);
      values.$aeTitle = filter.aeTitle;
    }
    if (filter.broken) conditions.push(`outcome <> 'released'`);
    if (filter.date !== undefined) {
      conditions.push(`date(at, 'localtime') = $date`);
      values.$date = filter.date;
    }
    if (filter.words !== undefined) {
      conditions.push(`instr(lower(outcome || ' ' || address || ' ' || implementation || ' ' || name), $words) > 0`);
      values.$words = filter.words.toLowerCase();
    }
    return this.#database.all<EndedAssociation & { id: number } & Record<string, never>>(
      `SELECT id, at, name, ae_title AS aeTitle, called_ae_title AS calledAeTitle, address, implementation, outcome,
         operations, bytes, milliseconds FROM associations WHERE ${conditions.join(" AND ")}
       ORDER BY id DESC LIMIT $count`,
      values,
    );
  }

  /** Who has called, for choosing from. */
  callers(): string[] {
    return this.#database.all<{ aeTitle: string }>(
      `SELECT DISTINCT ae_title AS aeTitle FROM associations ORDER BY 1 LIMIT 200`,
    ).map(({ aeTitle }) => aeTitle);
  }

  /** The latest, newest first. */
  latest(count: number): EndedAssociation[] {
    return this.#database.all<EndedAssociation & Record<string, never>>(
      `SELECT at, name, ae_title AS aeTitle, called_ae_title AS calledAeTitle, address, implementation, outcome,
         operations, bytes, milliseconds FROM associations ORDER BY id DESC LIMIT $count`,
      { $count: count },
    );
  }
}
