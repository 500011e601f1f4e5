import { getLogger } from "@logtape/logtape";
import { isTaken, postJson } from "../post_json.ts";
import { inEnglish, Refused, say, type Told, told, toldOf } from "../sentences.ts";
import type { Config } from "../settings/config.ts";
import type { Settings } from "../store/settings.ts";
import { PART_NAMES, wordsOf } from "./finding.ts";
import { type Mail, mailSettings, sendMail } from "./mail.ts";
import type { HealthReport, HealthStatus, PartHealth } from "./health_report.ts";

const log = getLogger(["sonodesk", "alerts"]);

/** How often health is looked at, milliseconds. What is not the same twice is not told. */
const LOOK_EVERY = 60_000;
/** How long whoever is told may take, milliseconds. */
const PATIENCE = 10_000;

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
  /** Somebody only wants to see that it arrives. */
  test?: true;
}

/** One way of telling somebody. */
export interface AlertChannel {
  /** What it has told is kept under this name in the store. Nobody sets it. */
  name: "alerts told" | "alerts told by e-mail";
  /**
   * Tells it once.
   *
   * @throws Error in words, without any secret
   */
  tell(alert: Alert, signal: AbortSignal): Promise<void>;
}

interface AlertParts {
  settings: Settings;
  health: () => HealthReport;
  /** The clinic's name. */
  name: () => string;
  /** Who is told, as it is set now. */
  channels: () => AlertChannel[];
}

/** Tells somebody outside when a part of the box is no longer well, and when it is again, until they have heard it. */
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
    const channels = this.#parts.channels();
    if (channels.length === 0) return;
    const report = this.#parts.health();
    const ill = report.checks.filter(({ status }) => status !== "ok");
    const seen = JSON.stringify(Object.fromEntries(ill.map(({ name, status }) => [name, status])));
    const isSteady = seen === this.#before;
    this.#before = seen;
    if (!isSteady) return;
    // each by itself: one that does not hear keeps no other from it, and none hears it twice
    await Promise.all(channels.map((channel) => this.#tell(channel, report, seen)));
  }

  async #tell(channel: AlertChannel, { status, checks }: HealthReport, seen: string): Promise<void> {
    const { settings, name } = this.#parts;
    try {
      const told: Record<string, HealthStatus> = JSON.parse(settings.latest(channel.name) ?? "{}");
      const changed = checks.filter((one) => (told[one.name] ?? "ok") !== one.status);
      if (changed.length === 0) return;
      await channel.tell({ box: name(), at: new Date().toISOString(), status, changed }, this.#ended.signal);
      settings.set(channel.name, seen);
    } catch (error) {
      if (this.#ended.signal.aborted) return; // the box stops
      log.warn("nobody could be told how the box is, it is tried again in a minute: {why}", { why: wordsOf(error) });
    }
  }
}

/** Who is told, as the settings have it. */
export function alertChannels(config: Config): AlertChannel[] {
  const { alertUrl, alertEmail } = config;
  const channels: AlertChannel[] = [];
  if (alertUrl) {
    channels.push({
      name: "alerts told",
      tell: async (alert, signal) => {
        const posted = await postJson(alertUrl, JSON.stringify(alert), { signal, within: PATIENCE });
        if (!isTaken(posted.status)) throw new Refused(say("alert-not-taken", { why: posted.error }));
      },
    });
  }
  if (alertEmail) {
    channels.push({
      name: "alerts told by e-mail",
      tell: async (alert, signal) => {
        const settings = mailSettings(config);
        if (settings !== undefined) await sendMail(settings, mailOf(alert), signal);
      },
    });
  }
  return channels;
}

/** Whether each of those who are told has heard a message that says that it is a test. */
export interface AlertTest extends Told {
  /** Whether it arrived. */
  ok: boolean;
}

/** Tells all of them that this is a test. Never throws for what they do. */
export async function testAlerts(config: Config): Promise<AlertTest[]> {
  const alert: Alert = { box: config.name, at: new Date().toISOString(), status: "ok", changed: [], test: true };
  return await Promise.all(
    alertChannels(config).map(async (channel) => {
      try {
        await channel.tell(alert, AbortSignal.timeout(60_000));
        return { ok: true, ...told(say(channel.name === "alerts told" ? "alert-taken" : "mail-taken")) };
      } catch (error) {
        return { ok: false, ...toldOf(error) };
      }
    }),
  );
}

/** For people: what is not well, then what is well again. It names no patient, as health does not. */
function mailOf({ box, at, status, changed, test }: Alert): Mail {
  if (test) return { subject: `${box}: test message`, text: "This box tells you here when something is not well.\n" };
  const [well, ill] = [true, false].map((isOk) => changed.filter((part) => (part.status === "ok") === isOk));
  const lines = (title: string, parts: PartHealth[]) =>
    parts.length === 0 ? [] : [title, ...parts.map(({ name, detail }) => `- ${partName(name)}: ${detail}`), ""];
  const subject = ill!.length > 0
    ? `${box}: ${ill!.map(({ name }) => partName(name)).join(", ")} ${
      status === "failing" ? "failing" : "needs a look"
    }`
    : status === "ok"
    ? `${box}: all is well again`
    : `${box}: ${well!.map(({ name }) => partName(name)).join(", ")} well again`;
  const text = [
    ...lines("Not well:", ill!),
    ...lines("Well again:", well!),
    `Told at ${at}. What to do is on the settings page of the box, under Overview.`,
  ];
  return { subject, text: `${text.join("\n")}\n` };
}

function partName(name: string): string {
  return inEnglish(PART_NAMES[name] ?? name);
}
