import { getLogger } from "@logtape/logtape";

const log = getLogger(["sonodesk", "nightly"]);

/** The hour of the box's own clock at which the nightly work begins. */
const HOUR = 2;
/** How often the clock is looked at: it may jump, so no timer is set for the night, ms. */
const LOOK_EVERY = 60_000;

/** Runs work once each night, and never two nights' at once. */
export class Nightly {
  readonly #work: (signal: AbortSignal) => Promise<void>;
  readonly #ended = new AbortController();
  #timer: ReturnType<typeof setInterval> | undefined;
  #lastNight = "";
  #running: Promise<void> | undefined;

  constructor(work: (signal: AbortSignal) => Promise<void>) {
    this.#work = work;
  }

  start(): void {
    this.#timer = setInterval(() => this.look(new Date()), LOOK_EVERY);
  }

  /** Begins the night's work if it is time for it. */
  look(now: Date): void {
    const night = now.toDateString();
    if (now.getHours() !== HOUR || night === this.#lastNight || this.#running) return;
    this.#lastNight = night;
    this.#running = this.#work(this.#ended.signal)
      .catch((error) => log.error("the night's work broke off: {error}", { error }))
      .finally(() => this.#running = undefined);
  }

  /** Ends the work under way. */
  async stop(): Promise<void> {
    clearInterval(this.#timer);
    this.#ended.abort();
    await this.#running;
  }
}
