import { type Database, timestamp } from "./database.ts";

/** An item that was sent and was not in an answer: why not, in words. */
export interface NotAnswered {
  appointmentId: string;
  reason: string;
}

/** A worklist query as it was asked and answered. */
export interface WorklistQuery {
  at: string;
  aeTitle: string;
  address: string;
  /** The keys it asked with, such as `Modality US`. */
  keys: string[];
  answers: number;
  milliseconds: number;
  /** `answered`, `cancelled`, or `refused: ` and why. */
  outcome: string;
  notAnswered: NotAnswered[];
}

/** A query's identifier as it came, to be asked again. */
export interface KeptIdentifier {
  /** Without bytes where there was none, or it was too long. */
  identifier: Uint8Array;
  transferSyntaxUid: string;
  /** The machine negotiated fuzzy matching of names. */
  fuzzyNames: boolean;
}

/** Queries kept of one machine: at one every few seconds, the last half hour or more. */
const MOST_OF_A_MACHINE = 500;
/** Queries kept of all together: AE titles that are made up must not fill the disk. */
const MOST = 10_000;

/**
 * Owner of the table `worklist_queries`: what machines asked, bounded. Only the latest identifier of a machine is kept
 * whole: a row has a few KB at most, and what a query can write to the disk does not grow with the queries.
 */
export class WorklistQueries {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  add(query: Omit<WorklistQuery, "at"> & KeptIdentifier): void {
    this.#database.transaction(() => {
      this.#database.run(
        `UPDATE worklist_queries SET identifier = x''
         WHERE id = (SELECT max(id) FROM worklist_queries WHERE ae_title = $aeTitle)`,
        { $aeTitle: query.aeTitle },
      );
      this.#database.run(
        `INSERT INTO worklist_queries (at, ae_title, address, keys, identifier, transfer_syntax_uid, fuzzy_names,
           answers, milliseconds, outcome, not_answered)
         VALUES ($at, $aeTitle, $address, $keys, $identifier, $transferSyntaxUid, $fuzzyNames,
           $answers, $milliseconds, $outcome, $notAnswered)`,
        {
          $at: timestamp(),
          $aeTitle: query.aeTitle,
          $address: query.address,
          $keys: JSON.stringify(query.keys),
          $identifier: query.identifier,
          $transferSyntaxUid: query.transferSyntaxUid,
          $fuzzyNames: query.fuzzyNames ? 1 : 0,
          $answers: query.answers,
          $milliseconds: query.milliseconds,
          $outcome: query.outcome,
          $notAnswered: JSON.stringify(query.notAnswered),
        },
      );
      this.#database.run(
        `DELETE FROM worklist_queries WHERE ae_title = $aeTitle AND id <= (
           SELECT id FROM worklist_queries WHERE ae_title = $aeTitle ORDER BY id DESC LIMIT 1 OFFSET $most)`,
        { $aeTitle: query.aeTitle, $most: MOST_OF_A_MACHINE },
      );
      this.#database.run(`DELETE FROM worklist_queries WHERE id <= (SELECT max(id) FROM worklist_queries) - $most`, {
        $most: MOST,
      });
    });
  }

  /** The latest queries of a machine, newest first. */
  latest(aeTitle: string, count: number): WorklistQuery[] {
    return this.#database.all<WorklistQuery & { keys: string; notAnswered: string }>(
      `SELECT at, ae_title AS aeTitle, address, keys, answers, milliseconds, outcome, not_answered AS notAnswered
       FROM worklist_queries WHERE ae_title = $aeTitle ORDER BY id DESC LIMIT $count`,
      { $aeTitle: aeTitle, $count: count },
    ).map((row) => ({ ...row, keys: JSON.parse(row.keys), notAnswered: JSON.parse(row.notAnswered) }));
  }

  /** The identifier of a machine's latest query, and what came of it. */
  latestIdentifier(aeTitle: string): (KeptIdentifier & { outcome: string }) | undefined {
    const row = this.#database.get<Omit<KeptIdentifier, "fuzzyNames"> & { fuzzyNames: number; outcome: string }>(
      `SELECT identifier, transfer_syntax_uid AS transferSyntaxUid, fuzzy_names AS fuzzyNames, outcome
       FROM worklist_queries WHERE ae_title = $aeTitle ORDER BY id DESC LIMIT 1`,
      { $aeTitle: aeTitle },
    );
    return row && { ...row, fuzzyNames: row.fuzzyNames === 1 };
  }
}
