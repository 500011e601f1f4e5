import { getLogger } from "@logtape/logtape";
import type { Dataset } from "../dicom/dataset.ts";
import type { Store } from "../store/store.ts";
import type { Request } from "./service.ts";
import type { WorklistBook } from "./worklist_book.ts";
import { type Asker, explain, type Found, keysInWords } from "./worklist_query.ts";

const log = getLogger(["sonodesk", "dimse", "worklist"]);

/** One query as it goes on. `end` is called once, whatever became of it. */
export interface WorklistEntry {
  /** Its identifier could be read. */
  asks(identifier: Dataset): void;
  /** What is to be answered. */
  finds(found: Found): void;
  /** The answer with this appointment's item has been written. */
  answers(appointmentId: string): void;
  /** @param outcome in words, for the machine's page */
  end(outcome: string): void;
}

/**
 * Keeps every worklist query: who asked, with which keys, what came of it, and why each item that was sent lately was
 * not in the answer. What was answered to the end has been seen by the machine from then on.
 */
export class WorklistJournal {
  readonly #store: Store;
  readonly #book: WorklistBook;
  readonly #boxAeTitle: string;

  constructor(store: Store, book: WorklistBook, boxAeTitle: string) {
    this.#store = store;
    this.#book = book;
    this.#boxAeTitle = boxAeTitle;
  }

  /** @param bytes the identifier as it came, so that it can be asked again */
  begin(request: Request, bytes: Uint8Array, asker: Asker): WorklistEntry {
    const started = performance.now();
    let identifier: Dataset | undefined;
    let found: Found | undefined;
    const answered: string[] = [];
    return {
      asks: (read) => identifier = read,
      finds: (matches) => found = matches,
      answers: (appointmentId) => answered.push(appointmentId),
      end: (outcome) => {
        const milliseconds = Math.round(performance.now() - started);
        const { aeTitle, machine } = asker;
        const notAnswered = identifier && found
          ? explain(this.#book, identifier, asker, this.#boxAeTitle, found.matches, new Date())
          : [];
        // answers under way when a machine goes away may not have reached it
        const seen = outcome === "answered" || outcome === "cancelled" ? answered : [];
        this.#store.transaction(() => {
          this.#store.worklistQueries.add({
            ...{ aeTitle, address: request.peer.address, keys: identifier ? keysInWords(identifier) : [] },
            ...{ identifier: bytes, transferSyntaxUid: request.context.transferSyntax.uid },
            ...{ answers: answered.length, milliseconds, outcome, notAnswered },
          });
          this.#store.worklistItems.seen(seen, aeTitle || "a machine without AE title");
          if (machine) this.#store.machines.queried(machine.id);
        });
        log.info("association {id}: {answers} worklist answers in {milliseconds} ms, {outcome}", {
          ...{ id: request.peer.id, answers: answered.length, milliseconds, outcome },
        });
      },
    };
  }
}
