import { Buffer } from "node:buffer";
import { createHmac, randomBytes } from "node:crypto";
import { getLogger } from "@logtape/logtape";
import { isTaken, type Posted, postJson } from "../post_json.ts";
import { say, type Told, told } from "../sentences.ts";
import { timestamp } from "../store/database.ts";
import type { Store } from "../store/store.ts";
import type { WebhookMessage, WebhookState } from "../store/webhook_messages.ts";
import { Backoff } from "../timing/backoff.ts";
import { othersTurn } from "../timing/turns.ts";

const log = getLogger(["sonodesk", "clinic", "webhook"]);

/** How long an answer may take, milliseconds. */
const ANSWER_WITHIN = 15_000;
/** Events taken from the outbox at once. */
const AT_ONCE = 500;
/** A message that never arrives is given up after so long, milliseconds: those behind it wait for it. */
const GIVEN_UP_AFTER = 3 * 86_400_000;
/** One that the program refuses as such is given up after so many tries, since it would refuse it for ever. */
const REFUSED_AT_MOST = 5;
/** Refusals that pass: the request took too long, came too early, or too many came. */
const PASSES = new Set([408, 425, 429]);

/** The stored setting and the environment variable of the secret. */
export const WEBHOOK_SECRET = "SONODESK_WEBHOOK_SECRET";

/** Where messages go, and what proves that they come from this box: as it is set now. */
export interface WebhookSettings {
  readonly current: {
    /** Address, http: or https:; "" where nobody is told. */
    webhook: string;
    /** `whsec_` and base64 of 24 to 64 bytes; "" for none, and then nothing is sent. */
    webhookSecret: string;
  };
}

type Target = WebhookSettings["current"];

/** What a message says: ids alone, which is nobody's name. */
export interface WebhookContent {
  /** Such as `appointment.status`, `study`, `image`, `measurements`; `test`. */
  type: string;
  /** When it happened, ISO 8601. */
  timestamp: string;
  data: {
    /** Its id at the box, which for the clinic's own bookings is the clinic's; null where it is not known. */
    appointment?: string | null;
    /** What the appointment's status is now; null where it is gone. */
    status?: string | null;
    /** Study Instance UID. */
    study?: string;
  };
}

/** How telling the clinic's program goes. Times are ISO 8601. */
export interface WebhookStatus {
  /** `off`: no address is set. `no secret`: nothing is sent until there is one. `behind`: the last try failed. */
  state: "off" | "no secret" | "well" | "behind";
  /** How many messages wait. */
  waiting: number;
  /** When the oldest of these happened; null for none. */
  oldestAt: string | null;
}

/** A secret that nobody has used before. */
export function newWebhookSecret(): string {
  return `whsec_${randomBytes(32).toString("base64")}`;
}

/**
 * Tells the clinic's program over HTTP what has happened: each of the outbox's events that it may want to hear, in
 * their order, at least once, as https://www.standardwebhooks.com has it. A message names ids and nobody: whoever hears
 * it asks the API or the database for the rest.
 */
export class Webhook {
  readonly #store: Store;
  readonly #settings: WebhookSettings;
  readonly #backoff: Backoff;
  #unsubscribe: (() => void) | undefined;
  #working: Promise<void> | undefined;
  readonly #ended = new AbortController();
  #wake = () => {};
  #failing = false;
  /** Nobody is to be told: what happens need not even be looked at. */
  #isOff = false;

  /** Tells nobody before `start`. */
  constructor(store: Store, settings: WebhookSettings, backoff: Backoff = new Backoff(1000, 5 * 60_000)) {
    this.#store = store;
    this.#settings = settings;
    this.#backoff = backoff;
  }

  /** Begins, and returns at once. */
  start(): void {
    this.#unsubscribe = this.#store.changes.subscribe(({ noun }) => {
      if (noun === "setting") this.#backoff.succeeded(); // somebody may have put it right
      if ((noun === "outbox event" && !this.#isOff) || noun === "setting") this.#wake();
    });
    this.#working = this.#work();
  }

  /** Resolves once nothing is under way any more: what was is sent again later, under the same id. */
  async stop(): Promise<void> {
    this.#unsubscribe?.();
    this.#ended.abort();
    this.#wake();
    await this.#working;
  }

  /** How it stands, from what was seen: nobody is asked. */
  status(): WebhookStatus {
    const { webhook, webhookSecret } = this.#settings.current;
    const { count: waiting, since: oldestAt } = this.#store.webhookMessages.waiting();
    const state = webhook === "" ? "off" : webhookSecret === "" ? "no secret" : this.#failing ? "behind" : "well";
    return { state, waiting, oldestAt };
  }

  /** Sends a message of type `test`, which is not remembered. Returns whether it arrived, and what was answered. */
  async test(): Promise<{ ok: boolean } & Told> {
    const target = this.#settings.current;
    if (target.webhook === "") return { ok: false, ...told(say("webhook-no-address")) };
    if (target.webhookSecret === "") return { ok: false, ...told(say("webhook-no-secret")) };
    const { status, error } = await this.#send(target, {
      id: crypto.randomUUID(),
      content: { type: "test", timestamp: timestamp(), data: {} },
    });
    return isTaken(status)
      ? { ok: true, ...told(say("webhook-taken", { status })) }
      : { ok: false, ...told(say("webhook-not-taken", { why: error })) };
  }

  /** A message that was given up is sent again, and what waits at once. Returns whether there was one. */
  again(id: string): boolean {
    const found = this.#store.webhookMessages.again(id);
    this.#backoff.succeeded();
    this.#wake();
    return found;
  }

  async #work(): Promise<void> {
    while (!this.#ended.signal.aborted) {
      try {
        await this.#step();
      } catch (error) {
        log.error("telling the clinic's program failed: {error}", { error });
        this.#backoff.failed();
        await this.#sleep(this.#backoff.remaining);
      }
    }
  }

  async #step(): Promise<void> {
    const target = this.#settings.current;
    const { webhookMessages: messages } = this.#store;
    this.#isOff = target.webhook === "";
    if (this.#isOff) {
      messages.end();
      this.#failing = false;
      return await this.#sleep(Infinity);
    }
    messages.begin();
    while (messages.collect(AT_ONCE)) await othersTurn();
    const pause = this.#backoff.remaining;
    const message = target.webhookSecret === "" || pause > 0 ? undefined : messages.next();
    if (message === undefined) return await this.#sleep(pause > 0 ? pause : Infinity);
    await this.#store.durable(); // nobody is told what the box could forget
    const { status, error } = await this.#send(target, { id: message.id, content: this.#contentOf(message) });
    if (this.#ended.signal.aborted) return;
    const arrived = isTaken(status);
    const state = arrived ? "delivered" : stateOf(message, status);
    messages.sent(message, { state, status, error: arrived ? "" : error });
    this.#failing = !arrived;
    if (arrived || state === "failed") this.#backoff.succeeded();
    else this.#backoff.failed();
    if (!arrived) log.warn("message {id} ({type}) did not arrive: {error}", { ...message, error });
    await othersTurn();
  }

  /** One request. Never throws: what went wrong is its answer. */
  async #send(target: Target, { id, content }: { id: string; content: WebhookContent }): Promise<Posted> {
    const body = JSON.stringify(content);
    const at = Math.floor(Date.now() / 1000);
    return await postJson(target.webhook, body, {
      headers: {
        "webhook-id": id,
        "webhook-timestamp": String(at),
        "webhook-signature": signatureOf(target.webhookSecret, `${id}.${at}.${body}`),
      },
      ...{ signal: this.#ended.signal, within: ANSWER_WITHIN },
    });
  }

  /** What is told: ids, as they belong together now. */
  #contentOf({ type, subject, happenedAt }: WebhookMessage): WebhookContent {
    const id = subject.slice(subject.indexOf(":") + 1);
    if (subject.startsWith("appointment:")) {
      const appointment = this.#store.appointments.find(id);
      return { type, timestamp: happenedAt, data: { appointment: id, status: appointment?.status ?? null } };
    }
    const appointment = this.#store.studies.summary(id)?.appointmentId ?? null;
    return { type, timestamp: happenedAt, data: { study: id, appointment } };
  }

  #sleep(milliseconds: number): Promise<void> {
    return new Promise((resolve) => {
      // what came while it was busy is looked for now and then, should a change have been missed
      const timer = setTimeout(resolve, Math.min(milliseconds, 60_000));
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
      if (this.#ended.signal.aborted) this.#wake();
    });
  }
}

/** What becomes of a message that has not arrived this time. */
function stateOf({ attempts, firstAt }: WebhookMessage, status: number | null): WebhookState {
  const isRefused = status !== null && status >= 300 && status < 500 && !PASSES.has(status);
  if (isRefused && attempts + 1 >= REFUSED_AT_MOST) return "failed";
  const since = firstAt === null ? 0 : Date.now() - Date.parse(firstAt);
  return since > GIVEN_UP_AFTER ? "failed" : "waiting";
}

/**
 * What proves who has sent a message, as https://www.standardwebhooks.com has it.
 *
 * @param signed its id, the seconds since 1970 when it was sent, and its body, with dots between them
 */
export function signatureOf(secret: string, signed: string): string {
  const key = Buffer.from(secret.slice("whsec_".length), "base64");
  return `v1,${createHmac("sha256", key).update(signed).digest("base64")}`;
}
