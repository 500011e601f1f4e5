import type { Database } from "./database.ts";

/** An association that has ended. */
export interface EndedAssociation {
  /** When it ended, ISO 8601. */
  at: string;
  /** Its id in the log. */
  name: string;
  aeTitle: string;
  calledAeTitle: string;
  address: string;
  implementation: string;
  /** `released`, or why it ended otherwise. */
  outcome: string;
  operations: number;
  bytes: number;
  milliseconds: number;
}

/** Associations kept: with four machines that ask every few seconds, the last hours; in a common clinic, days. */
const MOST = 20_000;

/** Owner of the table `associations`: the journal of the wire, bounded. */
export class Associations {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** Adds some at once: one wait for the disk for all of them. */
  add(ended: readonly EndedAssociation[]): Promise<void> {
    return this.#database.transactionTogether(() => {
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

  /** The latest, newest first. */
  latest(count: number): EndedAssociation[] {
    return this.#database.all<EndedAssociation & Record<string, never>>(
      `SELECT at, name, ae_title AS aeTitle, called_ae_title AS calledAeTitle, address, implementation, outcome,
         operations, bytes, milliseconds FROM associations ORDER BY id DESC LIMIT $count`,
      { $count: count },
    );
  }
}
