import { getLogger } from "@logtape/logtape";
import { localDate } from "../dicom/date_time.ts";
import type { Settings } from "../store/settings.ts";

const log = getLogger(["sonodesk", "nightly"]);

/** The hour of the box's own clock at which the nightly work begins. */
const HOUR = 2;
/** How often the clock is looked at: it may jump, so no timer is set for the night, ms. */
const LOOK_EVERY = 60_000;
/** A night that was missed is made up for when the box has run for so long, and nobody has set its clock, ms. */
const CALM = 3_600_000;

/** When the last night's work began, ISO 8601. In the store only: nobody sets it. */
const LAST_NIGHT = "last night";

/**
 * Runs work once each night, and never two nights' at once. Where the box was off, or the clock left out the hour, it
 * runs later on that day.
 */
export class Nightly {
  readonly #settings: Settings;
  readonly #ranFor: () => number;
  readonly #work: (signal: AbortSignal) => Promise<void>;
  readonly #ended = new AbortController();
  #timer: ReturnType<typeof setInterval> | undefined;
  /** Counts when the store could not take note. */
  #begun: string | undefined;
  #running: Promise<void> | undefined;

  /**
   * Keeps no night before `start`.
   *
   * @param ranFor milliseconds for which the box has run without its clock being set
   */
  constructor(settings: Settings, ranFor: () => number, work: (signal: AbortSignal) => Promise<void>) {
    this.#settings = settings;
    this.#ranFor = ranFor;
    this.#work = work;
  }

  /** From now on the nights are kept. */
  start(): void {
    this.#timer = setInterval(() => {
      try {
        this.look(new Date());
      } catch (error) {
        log.error("it is not known when the last night's work was: {error}", { error });
      }
    }, LOOK_EVERY);
  }

  /** Begins the night's work if it is time for it. */
  look(now: Date): void {
    if (this.#running !== undefined || !this.#isTime(now)) return;
    this.#begun = now.toISOString();
    this.#running = this.#run(this.#begun).finally(() => this.#running = undefined);
  }

  #isTime(now: Date): boolean {
    const last = this.#begun ?? this.#settings.get(LAST_NIGHT);
    if (last !== undefined && localDate(new Date(last)) === localDate(now)) return false;
    return now.getHours() === HOUR || (now.getHours() > HOUR && this.#ranFor() >= CALM);
  }

  async #run(begun: string): Promise<void> {
    try {
      await this.#work(this.#ended.signal);
    } catch (error) {
      log.error("the night's work broke off: {error}", { error });
    }
    if (this.#ended.signal.aborted) return; // the next start makes up for it
    try {
      this.#settings.set(LAST_NIGHT, begun);
    } catch (error) {
      log.error("it is not noted that the night's work is done: {error}", { error });
    }
  }

  /** Ends the work under way. */
  async stop(): Promise<void> {
    clearInterval(this.#timer);
    this.#ended.abort();
    await this.#running;
  }
}
