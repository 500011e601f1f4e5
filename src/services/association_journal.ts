import { getLogger } from "@logtape/logtape";
import type { AssociationSummary } from "../dimse/association.ts";
import type { EndedAssociation } from "../store/associations.ts";
import type { Store } from "../store/store.ts";

const log = getLogger(["sonodesk", "dimse"]);

/** How long associations wait to be written together: a machine that asks every second must not wear out the disk, ms. */
const WRITE_EVERY = 5_000;
/** More are not held in memory, should the store fail for long. */
const MOST_WAITING = 1_000;

/** What associations came to since the start. */
export interface AssociationTotals {
  /** By outcome: released, or not. */
  released: number;
  /** Ended otherwise. */
  broken: number;
  /** DIMSE requests that were answered. */
  operations: number;
  /** Received. */
  bytes: number;
}

/** One log line and one row for each association, and their totals. */
export class AssociationJournal {
  readonly #store: Store;
  /** Since the start. */
  readonly totals: AssociationTotals = { released: 0, broken: 0, operations: 0, bytes: 0 };
  #waiting: EndedAssociation[] = [];
  #timer: ReturnType<typeof setInterval> | undefined;

  /**
   * Writes nothing down yet.
   *
   * @param store where the latest are kept
   */
  constructor(store: Store) {
    this.#store = store;
  }

  /** From now on they are written down. */
  start(): void {
    this.#timer = setInterval(() => this.#write(), WRITE_EVERY);
  }

  /** Never throws. */
  ended({ oddities: _, ...summary }: AssociationSummary): void {
    log.info(
      "association {id} from {callingAeTitle} at {address}: {outcome}, {operations} operations, {bytes} bytes, {milliseconds} ms",
      { ...summary },
    );
    if (summary.outcome === "released") this.totals.released += 1;
    else this.totals.broken += 1;
    this.totals.operations += summary.operations;
    this.totals.bytes += summary.bytes;
    const { id: name, callingAeTitle: aeTitle, ...rest } = summary;
    if (this.#waiting.length < MOST_WAITING) {
      this.#waiting.push({ ...rest, name, aeTitle, at: new Date().toISOString() });
    }
  }

  /** What has ended so far is written down. */
  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await this.#write();
  }

  async #write(): Promise<void> {
    if (this.#waiting.length === 0) return;
    const ended = this.#waiting;
    this.#waiting = [];
    try {
      await this.#store.associations.add(ended);
    } catch (error) {
      log.error("the journal of associations was not written: {error}", { error });
    }
  }
}
