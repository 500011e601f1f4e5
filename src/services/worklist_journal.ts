import { inEnglish, type Sentence } from "../sentences.ts";
import { getLogger } from "@logtape/logtape";
import type { Dataset } from "../dicom/dataset.ts";
import type { Store } from "../store/store.ts";
import type { WorklistItem } from "../store/worklist_items.ts";
import type { NotAnswered, QueryEnd } from "../store/worklist_queries.ts";
import type { TransferSyntax } from "../dicom/transfer_syntax.ts";
import type { WorklistCache } from "./worklist_cache.ts";
import { type Asker, explain, keysInWords, type Match, notAnswered, type Query } from "./worklist_query.ts";

const log = getLogger(["sonodesk", "dimse", "worklist"]);

/** Where a query comes from. */
export interface QuerySource {
  /** Of the association or request, for log lines. */
  id: string;
  /** IP. */
  address: string;
  /** Of its identifier. */
  transferSyntax: TransferSyntax;
}

/** One query as it goes on. `end` is called once, whatever became of it. */
export interface WorklistEntry {
  /** Its identifier has come, as these bytes. */
  brings(bytes: Uint8Array): void;
  /** Its identifier could be read. */
  asks(identifier: Dataset): void;
  /** What is to be answered. */
  finds(query: Query, matches: readonly Match[]): void;
  /** The answer with this item has been written. */
  answers(item: Pick<WorklistItem, "appointmentId" | "sentAt">): void;
  /** The answer with this appointment's item could not be made. */
  misses(appointmentId: string, why: Sentence): void;
  end(outcome: QueryEnd): void;
}

/**
 * Keeps every worklist query: who asked, with which keys, what came of it, and why each item that was sent lately was
 * not in the answer. What was answered to the end has been seen by the machine from then on.
 */
export class WorklistJournal {
  readonly #store: Store;
  readonly #cache: WorklistCache;

  constructor(store: Store, cache: WorklistCache) {
    this.#store = store;
    this.#cache = cache;
  }

  begin(from: QuerySource, asker: Asker): WorklistEntry {
    const started = performance.now();
    let bytes: Uint8Array = new Uint8Array(0);
    let keys: string[] = [];
    let found: { query: Query; matches: readonly Match[] } | undefined;
    const answered = new Map<string, string>();
    const missed: NotAnswered[] = [];
    return {
      brings: (read) => bytes = read,
      asks: (identifier) => keys = keysInWords(identifier),
      finds: (query, matches) => found = { query, matches },
      answers: ({ appointmentId, sentAt }) => answered.set(appointmentId, sentAt),
      misses: (appointmentId, why) => missed.push(notAnswered(appointmentId, why)),
      end: (outcome) => {
        const milliseconds = Math.round(performance.now() - started);
        const { aeTitle, machine, fuzzyNames, onlyLooks } = asker;
        const without = found ? [...missed, ...explain(this.#cache, found.query, found.matches)] : [];
        // answers under way when a machine goes away may not have reached it
        const isSeen = !onlyLooks && (outcome === "answered" || outcome === "cancelled");
        const seen = isSeen ? answered.keys() : [];
        this.#store.transaction(() => {
          this.#store.worklistQueries.add({
            ...{ aeTitle, address: from.address, keys, answers: answered.size, milliseconds },
            ...{ outcome, notAnswered: without },
            // to be asked again on the machine's page, which only a machine that is known has
            ...{ identifier: machine ? bytes : new Uint8Array(0), fuzzyNames },
            ...{ transferSyntaxUid: from.transferSyntax.uid },
          });
          this.#store.worklistItems.seen(seen, aeTitle || "a machine without AE title", answered);
          if (machine) this.#store.machines.queried(machine.id);
        });
        log.info("{id}: {answers} worklist answers in {milliseconds} ms, {outcome}", {
          ...{ id: from.id, answers: answered.size, milliseconds, outcome: inWords(outcome) },
        });
      },
    };
  }
}

function inWords(outcome: QueryEnd): string {
  return typeof outcome === "object" ? `refused: ${inEnglish(outcome.refused)}` : outcome;
}
