import { type Kept, kept, known, type Sentence, type Told, told } from "../sentences.ts";
import { type Database, timestamp } from "./database.ts";

/** An item that was sent and was not in an answer: why not, by its code too, unless another version wrote it. */
export interface NotAnswered {
  /** Whose item it is. */
  appointmentId: string;
  /** In English. */
  reason: string;
  /** The same by its code; not where another version wrote it. */
  coded?: Sentence | undefined;
}

/** How a query ended. */
export type QueryEnd = "answered" | "cancelled" | "broken off before the last answer" | QueryRefusal;

/** A query was refused, and why. */
export interface QueryRefusal {
  /** Why. */
  refused: Sentence | string;
}

/** A worklist query as it was asked and answered. */
export interface WorklistQuery {
  /** ISO 8601. */
  at: string;
  /** AE title. */
  aeTitle: string;
  /** IP address. */
  address: string;
  /** The keys it asked with, such as `Modality US`. */
  keys: string[];
  /** That were sent. */
  answers: number;
  /** How long it took. */
  milliseconds: number;
  /** As `QueryEnd`, a refusal as `refused: ` and why. */
  outcome: string;
  /** Why it was refused, by its code too; null where it was not. */
  refusal: string | null;
  /** The same by its code; not where another version wrote it. */
  coded?: Sentence | undefined;
  /** Items that were sent lately and are not in the answer. */
  notAnswered: NotAnswered[];
}

/** A query's identifier as it came, to be asked again. */
export interface KeptIdentifier {
  /** Without bytes where there was none, or it was too long. */
  identifier: Uint8Array;
  /** Transfer Syntax UID (0002,0010). */
  transferSyntaxUid: string;
  /** The machine negotiated fuzzy matching of names. */
  fuzzyNames: boolean;
}

/** A query that has ended. */
export type NewWorklistQuery =
  & Omit<WorklistQuery, "at" | "outcome" | "refusal" | "coded">
  & KeptIdentifier
  & { outcome: QueryEnd };

type KeptQuery = Kept & { keys: string; notAnswered: string };

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

  /** @internal `Store` makes it. */
  constructor(database: Database) {
    this.#database = database;
  }

  /** A query has ended. */
  add(query: NewWorklistQuery): void {
    const { outcome } = query;
    const refused = typeof outcome === "object" ? told(outcome.refused) : undefined;
    this.#database.transaction(() => {
      this.#database.run(
        `UPDATE worklist_queries SET identifier = x''
         WHERE id = (SELECT max(id) FROM worklist_queries WHERE ae_title = $aeTitle)`,
        { $aeTitle: query.aeTitle },
      );
      this.#database.run(
        `INSERT INTO worklist_queries (at, ae_title, address, keys, identifier, transfer_syntax_uid, fuzzy_names,
           answers, milliseconds, outcome, refusal, coded, not_answered)
         VALUES ($at, $aeTitle, $address, $keys, $identifier, $transferSyntaxUid, $fuzzyNames,
           $answers, $milliseconds, $outcome, $refusal, $coded, $notAnswered)`,
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
          $outcome: refused === undefined ? String(outcome) : `refused: ${refused.detail}`,
          $refusal: refused?.detail ?? null,
          $coded: refused?.coded === undefined ? null : JSON.stringify(refused.coded),
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
    return this.#database.all<Omit<WorklistQuery, "keys" | "notAnswered" | "coded"> & KeptQuery>(
      `SELECT at, ae_title AS aeTitle, address, keys, answers, milliseconds, outcome, refusal, coded,
         not_answered AS notAnswered
       FROM worklist_queries WHERE ae_title = $aeTitle ORDER BY id DESC LIMIT $count`,
      { $aeTitle: aeTitle, $count: count },
    ).map((row) => ({
      ...{ ...row, keys: JSON.parse(row.keys), coded: kept(row) },
      notAnswered: (JSON.parse(row.notAnswered) as NotAnswered[]).map((one) => ({ ...one, coded: known(one.coded) })),
    }));
  }

  /** The identifier of a machine's latest query, and why that was refused. */
  latestIdentifier(aeTitle: string): (KeptIdentifier & { refusal: Told | undefined }) | undefined {
    const row = this.#database.get<
      Omit<KeptIdentifier, "fuzzyNames"> & { fuzzyNames: number; refusal: string | null } & Kept
    >(
      `SELECT identifier, transfer_syntax_uid AS transferSyntaxUid, fuzzy_names AS fuzzyNames, refusal, coded
       FROM worklist_queries WHERE ae_title = $aeTitle ORDER BY id DESC LIMIT 1`,
      { $aeTitle: aeTitle },
    );
    if (row === undefined) return undefined;
    const { identifier, transferSyntaxUid, fuzzyNames, refusal } = row;
    return {
      ...{ identifier, transferSyntaxUid, fuzzyNames: fuzzyNames === 1 },
      refusal: refusal === null ? undefined : { detail: refusal, coded: kept(row) },
    };
  }
}
