import { getLogger } from "@logtape/logtape";
import type { Settings } from "../store/settings.ts";
import type { HealthReport, HealthStatus, PartHealth } from "./health_report.ts";

const log = getLogger(["sonodesk", "alerts"]);

/** How often health is looked at, milliseconds. What is not the same twice is not told. */
const LOOK_EVERY = 60_000;
/** How long whoever is told may take, milliseconds. */
const PATIENCE = 10_000;

/** In the store only: nobody sets it. */
const TOLD = "alerts told";

/** What is sent to the address: JSON, without any patient. */
export interface Alert {
  /** The clinic's name, as the settings have it. */
  box: string;
  /** When it was sent, ISO 8601. */
  at: string;
  /** The worst of all parts now. */
  status: HealthStatus;
  /** The parts that are not as they were when it was told last; one that is well again is `ok`. */
  changed: PartHealth[];
}

interface AlertParts {
  settings: Settings;
  health: () => HealthReport;
  /** The clinic's name, and the address that is told; none when empty. */
  current: () => { name: string; alertUrl?: string | undefined };
}

/** Tells an address outside when a part of the box is no longer well, and when it is again, until that has heard it. */
export class Alerts {
  readonly #parts: AlertParts;
  readonly #ended = new AbortController();
  #timer: ReturnType<typeof setInterval> | undefined;
  #before = "";
  #telling: Promise<void> | undefined;

  /** Tells nothing before `start`. */
  constructor(parts: AlertParts) {
    this.#parts = parts;
  }

  /** From now on. */
  start(): void {
    this.#timer = setInterval(() => this.look(), LOOK_EVERY);
  }

  /** Breaks off what is under way: it is told after the next start. */
  async stop(): Promise<void> {
    clearInterval(this.#timer);
    this.#ended.abort();
    await this.#telling;
  }

  /** Looks at health once. @returns resolves when what there was to tell has been told, or could not be */
  look(): Promise<void> {
    this.#telling ??= this.#look().finally(() => this.#telling = undefined);
    return this.#telling;
  }

  async #look(): Promise<void> {
    const { name, alertUrl: url } = this.#parts.current();
    if (!url) return;
    try {
      const { status, checks } = this.#parts.health();
      const now = Object.fromEntries(checks.filter((one) => one.status !== "ok").map((one) => [one.name, one.status]));
      const seen = JSON.stringify(now);
      const isSteady = seen === this.#before;
      this.#before = seen;
      const told: Record<string, HealthStatus> = JSON.parse(this.#parts.settings.latest(TOLD) ?? "{}");
      const changed = checks.filter((one) => (told[one.name] ?? "ok") !== one.status);
      if (!isSteady || changed.length === 0) return;
      await this.#send(url, { box: name, at: new Date().toISOString(), status, changed });
      this.#parts.settings.set(TOLD, seen);
    } catch (error) {
      if (this.#ended.signal.aborted) return; // the box stops
      // without the address, which may hold a secret
      log.warn("nobody could be told how the box is, it is tried again in a minute: {why}", {
        why: (error instanceof Error ? error.message : String(error)).replaceAll(url, "the address"),
      });
    }
  }

  async #send(url: string, alert: Alert): Promise<void> {
    const answer = await fetch(url, {
      method: "POST",
      redirect: "error",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(alert),
      signal: AbortSignal.any([this.#ended.signal, AbortSignal.timeout(PATIENCE)]),
    });
    await answer.body?.cancel();
    if (!answer.ok) throw new Error(`it answers ${answer.status}`);
  }
}
