import type { Change } from "../store/changes.ts";
import type { Store } from "../store/store.ts";
import { withNameKey } from "./name_key.ts";
import { isLoopback } from "./security.ts";
import { today } from "./calendar.ts";
import type { Clock, Hello, LiveEvent } from "./contract/events.ts";

/** What pages hear of. */
type Told = Exclude<Change, { noun: "outbox event" }>;

/** Whose page listens: the session or token by its hash, the user, the address. */
export interface Listener {
  /** Hash of the session's token. */
  session: string;
  /** Id. */
  user: string;
  /** IP address. */
  address: string;
}

interface Client extends Listener {
  controller: ReadableStreamDefaultController<Uint8Array>;
  stillWelcome: () => boolean;
}

/** What the hub holds at most. */
interface EventLimits {
  /** Pages that listen at once. */
  clients: number;
  /** Of these, kept for the box's own screen. */
  ownScreen: number;
  /** Of one sign-in: with one more, the oldest of them is let go. */
  perSession: number;
  perUser: number;
  perAddress: number;
  /** Messages waiting for a page that does not read; with one more it is let go, and reloads when it comes back. */
  waiting: number;
}

const LIMITS: EventLimits = { clients: 64, ownScreen: 4, perSession: 8, perUser: 24, perAddress: 32, waiting: 256 };
/** The same noun and id is told once in this time. */
const COALESCE_MILLISECONDS = 100;
const HEARTBEAT_MILLISECONDS = 15_000;

/**
 * Tells the pages what changed, as server-sent events named by the noun.
 *
 * A first change goes out at once; what follows within 100 ms is gathered. Each page begins with `hello`, which names
 * this run of the server: a page that hears another one than before has missed something, and loads its lists anew.
 */
export class EventHub {
  readonly #store: Store;
  readonly #version: string;
  readonly #limits: EventLimits;
  readonly #serverId = crypto.randomUUID();
  readonly #clients = new Set<Client>();
  readonly #encoder = new TextEncoder();
  readonly #pending = new Map<string, Told>();
  readonly #unsubscribe: () => void;
  readonly #heartbeat: ReturnType<typeof setInterval>;
  #flushTimer: ReturnType<typeof setTimeout> | undefined;
  #flushedAt = 0;

  /**
   * Follows the store's changes from here on.
   *
   * @param heartbeat how often it says that it is there, milliseconds
   */
  constructor(store: Store, version: string, limits: EventLimits = LIMITS, heartbeat = HEARTBEAT_MILLISECONDS) {
    this.#store = store;
    this.#version = version;
    this.#limits = limits;
    this.#unsubscribe = store.changes.subscribe((change) => this.#note(change));
    this.#heartbeat = setInterval(() => this.#beat(), heartbeat);
  }

  /** Pages that listen now. */
  get clients(): number {
    return this.#clients.size;
  }

  /**
   * A stream of events for one page. Of one sign-in the newest pages listen: the oldest is told `superseded` and let go,
   * and must not come back at once.
   *
   * @param stillWelcome asked now and then: when it says no, the stream ends
   * @returns the stream, or whose listeners are too many
   */
  open(listener: Listener, stillWelcome: () => boolean): ReadableStream<Uint8Array> | "user" | "address" | "all" {
    const { clients, ownScreen, perSession, perUser, perAddress } = this.#limits;
    const same = (by: keyof Listener) => [...this.#clients].filter((client) => client[by] === listener[by]);
    const oldest = same("session").at(-perSession);
    if (oldest !== undefined) {
      this.#send(oldest, event("superseded", {}));
      this.#letGo(oldest);
    } else if (isLoopback(listener.address)) {
      // the box's own screen has its place, whoever is signed in there has how many pages elsewhere
      if (this.#clients.size >= clients) return "all";
    } else if (same("user").length >= perUser) return "user";
    else if (same("address").length >= perAddress) return "address";
    else if (this.#clients.size >= clients - ownScreen) return "all";
    let client: Client;
    return new ReadableStream<Uint8Array>({
      start: (controller) => {
        client = { ...listener, controller, stillWelcome };
        this.#clients.add(client);
        this.#send(client, "retry: 1000\n\n" + event("hello", this.#hello()));
      },
      cancel: () => {
        this.#clients.delete(client);
      },
    }, { highWaterMark: this.#limits.waiting });
  }

  /** Lets go of every page whose sign-in has ended. */
  recheck(): void {
    for (const client of this.#clients) {
      if (!client.stillWelcome()) this.#letGo(client);
    }
  }

  /** Ends every stream; the hub is of no use after. */
  close(): void {
    this.#unsubscribe();
    clearInterval(this.#heartbeat);
    clearTimeout(this.#flushTimer);
    for (const client of this.#clients) this.#letGo(client);
  }

  #note(change: Change): void {
    if (this.#clients.size === 0 || change.noun === "outbox event") return;
    this.#pending.set(`${change.noun} ${change.id}`, change);
    if (this.#flushTimer !== undefined) return;
    const wait = Math.max(0, this.#flushedAt + COALESCE_MILLISECONDS - performance.now());
    this.#flushTimer = setTimeout(() => this.#flush(), wait);
  }

  #flush(): void {
    this.#flushTimer = undefined;
    this.#flushedAt = performance.now();
    const changes = [...this.#pending.values()];
    this.#pending.clear();
    const text = changes.map((change) => event(change.noun, this.#dataOf(change))).join("");
    for (const client of this.#clients) this.#send(client, text);
  }

  /** An appointment goes whole, an instance with what its thumbnail needs; the rest is asked for by who shows it. */
  #dataOf(change: Told): LiveEvent {
    if (change.noun === "appointment") {
      const appointment = this.#store.appointments.find(change.id);
      return { ...change, appointment: appointment === undefined ? null : withNameKey(appointment) };
    }
    if (change.noun === "instance") {
      const { arrival: _, ...told } = change;
      return { ...told, frames: this.#store.instances.find(change.id)?.frames ?? 0 };
    }
    return { ...change };
  }

  #hello(): Hello {
    return { serverId: this.#serverId, version: this.#version, ...clock() };
  }

  #beat(): void {
    this.recheck();
    // an event, since a page does not see comments: its silence tells a network that is gone
    for (const client of this.#clients) this.#send(client, event("alive", clock()));
  }

  #send(client: Client, text: string): void {
    if (!this.#clients.has(client)) return;
    if ((client.controller.desiredSize ?? 0) <= 0) {
      this.#letGo(client);
      return;
    }
    client.controller.enqueue(this.#encoder.encode(text));
  }

  #letGo(client: Client): void {
    if (!this.#clients.delete(client)) return;
    client.controller.close();
  }
}

/** The box's clock, by which pages can tell that a device's differs, and its day. */
function clock(): Clock {
  return { now: new Date().toISOString(), today: today() };
}

function event(name: string, data: object): string {
  return `event: ${name}\ndata: ${JSON.stringify(data)}\n\n`;
}
