import { getLogger } from "@logtape/logtape";
import { Association, type AssociationOptions, type AssociationSummary } from "./association.ts";
import { connectionsOf } from "./connections.ts";
import type { Guard } from "./guard.ts";
import type { Socket } from "./pdu_stream.ts";
import { type Accepted, type Acceptor, type ListeningIdentity, TlsListener } from "./tls.ts";

const log = getLogger(["sonodesk", "dimse"]);

/** How often associations are looked at for having waited too long, milliseconds. */
const WATCH_EVERY = 1000;
/** Connections that are told they are one too many, at once; beyond that they are closed without a word. */
const MOST_REFUSING = 20;
/** That an address was refused is told this often at most, milliseconds; of so many addresses it is remembered. */
const TELL_EVERY = 60_000;
const MOST_TOLD = 1000;

/** How a port listens. */
export interface ListenerOptions extends AssociationOptions {
  /** What it is for, in error messages: "the worklist". */
  purpose: string;
  /** Every address of the computer where undefined. */
  hostname: string | undefined;
  /** 0 takes any free port. */
  port: number;
  /** Shared with the box's other ports. */
  guard: Guard;
  /** Where it speaks TLS; `certified`: with peers that have a certificate of the identity's authorities only. */
  tls?: ListeningIdentity & { certified: boolean };
  /** The socket of a connection as its association is to have it: somebody may want to hear what goes through. */
  heard?(socket: Socket): Socket;
  /** Called once for each association that ended. */
  onEnd(summary: AssociationSummary): void;
}

let connections = 0;

/** Accepts DICOM associations on one port. */
export class DicomListener {
  readonly #options: ListenerOptions;
  readonly #associations = new Set<Association>();
  readonly #running = new Set<Promise<void>>();
  #listener: Acceptor | undefined;
  #accepting: Promise<void> | undefined;
  #watch: ReturnType<typeof setInterval> | undefined;
  #refusing = 0;
  /** When it was last told that an address was refused. */
  readonly #toldAt = new Map<string, number>();
  #listening = false;

  /** @internal `DicomSide` and tests make it */
  constructor(options: ListenerOptions) {
    this.#options = options;
  }

  /** The port it listens on, once started. */
  get port(): number {
    return this.#listener!.addr.port;
  }

  /** Whether it accepts connections. */
  get listening(): boolean {
    return this.#listening;
  }

  /** Associations under way. */
  get open(): number {
    return this.#associations.size;
  }

  /** What it is for. */
  get purpose(): string {
    return this.#options.purpose;
  }

  /**
   * Opens the port.
   *
   * @throws Error when the port is taken or may not be used
   */
  async start(): Promise<void> {
    this.#listener = await listen(this.#options);
    this.#listening = true;
    this.#watch = setInterval(() => this.#endOverdue(), WATCH_EVERY);
    this.#accepting = this.#accept(this.#listener).finally(() => this.#listening = false);
  }

  /** Who connects from now on sees this identity, where it speaks TLS. */
  renewTls(identity: ListeningIdentity): void {
    const { tls } = this.#options;
    if (tls !== undefined && this.#listener instanceof TlsListener) this.#listener.renew(identity, tls.certified);
  }

  /**
   * Stops accepting, lets operations under way finish for up to `grace` milliseconds, and aborts what is left.
   */
  async stop(grace: number): Promise<void> {
    this.#listener?.close();
    clearInterval(this.#watch);
    await this.#accepting;
    const until = performance.now() + grace;
    while (this.#associations.size > 0 && performance.now() < until) {
      for (const association of this.#associations) {
        if (!association.busy) await association.end("the box is stopping");
      }
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    await Promise.all([...this.#associations].map((association) => association.end("the box is stopping")));
    await Promise.all(this.#running);
  }

  async #accept(listener: Acceptor): Promise<void> {
    const pausing = (error: unknown) =>
      log.error("cannot accept a connection on {purpose}'s port: {error}", { purpose: this.#options.purpose, error });
    for await (const connection of connectionsOf(listener, pausing)) {
      const running = this.#run(connection);
      this.#running.add(running);
      running.finally(() => this.#running.delete(running));
    }
  }

  async #run(connection: Accepted): Promise<void> {
    const { guard, onEnd } = this.#options;
    const address = addressOf(connection.remoteAddr);
    const id = (++connections).toString(36).padStart(4, "0");
    const { certificate } = connection;
    const socket = this.#options.heard?.(connection) ?? connection;
    const association = new Association(socket, { address, certificate }, id, this.#options);
    const full = guard.enter(association);
    if (full) return await this.#refuse(association, full);
    try {
      connection.setNoDelay(true);
    } catch (error) {
      log.debug("association {id}: gone at once: {error}", { id, error });
    }
    this.#associations.add(association);
    try {
      onEnd(await association.run());
    } finally {
      this.#associations.delete(association);
      guard.leave(association);
    }
  }

  async #refuse(
    association: Association,
    { rejection, why }: NonNullable<ReturnType<Guard["enter"]>>,
  ): Promise<void> {
    this.#tell(association.address, why);
    if (this.#refusing >= MOST_REFUSING) return await association.end(why);
    this.#refusing += 1;
    const timer = setTimeout(() => association.end(why), 5000);
    await association.refuse(rejection);
    clearTimeout(timer);
    this.#refusing -= 1;
  }

  /** A warning a minute for each address: who is refused hundreds of times a second must not fill the log. */
  #tell(address: string, why: string): void {
    const now = performance.now();
    if (now - (this.#toldAt.get(address) ?? -Infinity) < TELL_EVERY) return;
    if (this.#toldAt.size >= MOST_TOLD) this.#toldAt.clear();
    this.#toldAt.set(address, now);
    log.warn("association from {address} refused: {why}", { address, why });
  }

  #endOverdue(): void {
    for (const association of this.#associations) {
      const why = this.#options.guard.overdue(association.waiting);
      if (why !== undefined) void association.end(why); // never rejects
    }
  }
}

async function listen({ hostname, port, purpose, tls }: ListenerOptions): Promise<Acceptor> {
  const listenOn = (hostname: string): Acceptor | Promise<Acceptor> =>
    tls ? TlsListener.listen({ hostname, port }, tls, tls.certified) : Deno.listen({ hostname, port });
  try {
    if (hostname !== undefined) return await listenOn(hostname);
    try {
      return await listenOn("::"); // IPv6 and IPv4
    } catch (error) {
      if (error instanceof Deno.errors.AddrInUse || error instanceof Deno.errors.PermissionDenied) throw error;
      return await listenOn("0.0.0.0"); // a box without IPv6
    }
  } catch (error) {
    if (error instanceof Deno.errors.AddrInUse) {
      throw new Error(
        `Cannot listen on port ${port} for ${purpose}: another program uses it, ` +
          `stop that program or set another port, and tell whoever set up the machines`,
        { cause: error },
      );
    }
    const why = error instanceof Error ? error.message : String(error);
    throw new Error(
      `Cannot listen on port ${port} for ${purpose}: ${why}, check SONODESK_HOST and that this user may use the port`,
      { cause: error },
    );
  }
}

/** An IPv4 address is written as one, also where it came over an IPv6 socket. */
function addressOf(address: Accepted["remoteAddr"]): string {
  return address.hostname.replace(/^::ffff:/i, "");
}
