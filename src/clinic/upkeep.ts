import { getLogger } from "@logtape/logtape";
import { inEnglish } from "../sentences.ts";
import type { Store } from "../store/store.ts";
import { inTurns, othersTurn } from "../timing/turns.ts";
import { failureOf, isOurs } from "./failure.ts";
import { type Comparison, ResultsComparison } from "./results_comparison.ts";
import type { ClinicSession } from "./session.ts";

const log = getLogger(["sonodesk", "clinic", "upkeep"]);

/**
 * Days that the clinic's database keeps what it was told by which event. Longer than any backup from which a box may come
 * back, and tell it again.
 */
const KEEP_APPLIED_DAYS = 400;
/** So many are forgotten at once, and the rest soon after. */
const MOST_FORGOTTEN = 50_000;
const EVERY = 24 * 60 * 60_000;
/** The setting that keeps what the last comparison found: a box that is switched off at night compares by day. */
const COMPARED = "clinic.compared";
/** In a moment; and again, where it could not be done, milliseconds. */
const SOON = 1000;
const LATER = 5 * 60_000;

export interface UpkeepOptions {
  boxId: string;
  /** A new connection. */
  connect: () => ClinicSession;
  onCompared: () => void;
}

/** What a comparison found, and when, ISO 8601. */
export type Compared = Comparison & { at: string };

/** The last comparison; null before the first. */
export function lastComparison(store: Store): Compared | null {
  const kept = store.settings.get(COMPARED);
  return kept === undefined ? null : JSON.parse(kept);
}

/** What is looked after in the clinic's database once a day, and when there is a reason, on a connection of its own. */
export class Upkeep {
  readonly #store: Store;
  readonly #options: UpkeepOptions;
  readonly #comparison: ResultsComparison;
  #compareAt: number;
  #forgetAt = performance.now() + SOON;
  #wake = () => {};

  constructor(store: Store, options: UpkeepOptions) {
    this.#store = store;
    this.#options = options;
    this.#comparison = new ResultsComparison(store, options.boxId);
    const last = lastComparison(store);
    const age = last === null ? EVERY : Date.now() - Date.parse(last.at);
    // a clock that was wrong makes it at most a day
    this.#compareAt = performance.now() + Math.min(EVERY, Math.max(LATER, EVERY - age));
  }

  /** Compares results in a moment. What is on its way then is left out: it is told already. */
  compareSoon(): void {
    this.#compareAt = performance.now() + SOON;
    this.#wake();
  }

  /** Until the signal; never throws. */
  async run(signal: AbortSignal): Promise<void> {
    signal.addEventListener("abort", () => this.#wake());
    while (!signal.aborted) {
      const wait = Math.min(this.#compareAt, this.#forgetAt) - performance.now();
      if (wait > 0) await this.#sleep(wait, signal);
      else await this.#work(signal);
    }
  }

  async #work(signal: AbortSignal): Promise<void> {
    const session = this.#options.connect();
    const close = () => session.close();
    signal.addEventListener("abort", close);
    try {
      if (performance.now() >= this.#compareAt) await this.#compare(session, signal);
      if (performance.now() >= this.#forgetAt) await this.#forgetApplied(session);
    } catch (error) {
      if (signal.aborted) return;
      if (isOurs(error)) log.error("looking after the clinic's database failed: {error}", { error });
      else log.warn("the clinic's database was not looked after: {why}", { why: inEnglish(failureOf(error).plain) });
      const later = performance.now() + LATER;
      this.#compareAt = Math.max(this.#compareAt, later);
      this.#forgetAt = Math.max(this.#forgetAt, later);
    } finally {
      signal.removeEventListener("abort", close);
      session.close();
    }
  }

  async #compare(session: ClinicSession, signal: AbortSignal): Promise<void> {
    this.#compareAt = performance.now() + EVERY;
    const found = await this.#comparison.run(session, signal);
    if (signal.aborted) return;
    this.#store.settings.set(COMPARED, JSON.stringify({ ...found, at: new Date().toISOString() } satisfies Compared));
    this.#options.onCompared();
  }

  /** What the clinic's database was told long ago by this box, and nobody tells it again, it need not remember for ever. */
  async #forgetApplied(session: ClinicSession): Promise<void> {
    this.#forgetAt = performance.now() + EVERY;
    const { count } = await session.transaction("", 30_000, (sql) =>
      sql`
        DELETE FROM sonodesk.applied_events WHERE event_id IN (
          SELECT event_id FROM sonodesk.applied_events
          WHERE box_id = ${this.#options.boxId} AND applied_at < now() - ${KEEP_APPLIED_DAYS}::int * interval '1 day'
          LIMIT ${MOST_FORGOTTEN})`);
    if (count === MOST_FORGOTTEN) this.#forgetAt = 0;
  }

  #sleep(milliseconds: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, milliseconds);
      this.#wake = () => (clearTimeout(timer), resolve());
      if (signal.aborted) this.#wake();
    });
  }
}

/** Studies that are looked up at once. */
const AT_ONCE = 20;

/**
 * The clinic's database is told again of all studies of which something came since a day, in turns with other work.
 *
 * @param since YYYY-MM-DD
 * @returns how many studies
 */
export async function tellAgainSince(store: Store, since: string): Promise<number> {
  let told = 0;
  for (let after = "";;) {
    const page = store.studies.uidsAfter(after, AT_ONCE, since);
    const latest = page.at(-1);
    if (latest === undefined) return told;
    after = latest;
    for (const uid of page.filter((each) => store.series.hasObjects(each))) {
      await inTurns(store.instances.tellAgain(uid));
      told += 1;
    }
    await othersTurn();
  }
}
