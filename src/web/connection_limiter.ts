import { connectionsOf, isConnectionLoss } from "../dimse/connections.ts";
import { isLoopback } from "./security.ts";

/** What a browser or a program may take up of the box. Times in milliseconds. */
export interface ConnectionBounds {
  /** Connections from other computers at once, from all of them; the box's own screen always gets in. */
  connections: number;
  /** And from one address. */
  connectionsPerAddress: number;
  /** How long somebody may be connected without having sent anything. */
  silence: number;
  /** How long it may take from the last answer until the next begins, while somebody sends slowly. */
  answer: number;
  /** Bytes a second at which a body may come and take longer than that. */
  slowest: number;
  /** How long a connection may lie idle after an answer; live events come more often. */
  idle: number;
  /** How long somebody may take to read what was sent. */
  reading: number;
  /** How long requests under way may take to finish when the box stops. */
  leaving: number;
}

export const CONNECTION_BOUNDS: ConnectionBounds = {
  connections: 256,
  connectionsPerAddress: 64,
  silence: 20_000,
  answer: 90_000,
  slowest: 1000,
  idle: 120_000,
  reading: 60_000,
  leaving: 3000,
};

/** Where what comes in is led to: servers on this computer's loopback, by their ports. */
export interface Upstreams {
  plain: number;
  /** For who begins with TLS; without it everything is plain. */
  secure?: number | undefined;
}

interface ConnectionLimiterOptions {
  hostname: string | undefined;
  /** 0 for any free port. */
  port: number;
  upstreams: Upstreams;
  bounds: ConnectionBounds;
  /** Told of somebody who was not let in, or was closed, and why; at most once a minute. */
  onRefused?: (why: string) => void;
}

interface Client {
  connection: Deno.TcpConn;
  upstream: Deno.TcpConn | undefined;
  address: string;
  /** When this must have gone on, by the steady clock. */
  due: number;
  /** Sent by the client since the last answer, bytes. */
  sent: number;
  /** Whether something is being written to the client. */
  writing: boolean;
}

const CHUNK = 64 * 1024;
/** The first byte of a TLS record that begins a handshake (RFC 8446 5.1); no HTTP request begins with it. */
const TLS_HANDSHAKE = 0x16;
/** A refusal is told again after this, milliseconds. */
const TELL_EVERY = 60_000;

/**
 * The port on which browsers come in: HTTP and HTTPS on the same one. It counts connections and closes those that are
 * slow, which the runtime's own server does not do: somebody who sends a header byte by byte would hold it for ever.
 */
export class ConnectionLimiter {
  readonly #options: ConnectionLimiterOptions;
  readonly #listener: Deno.TcpListener;
  readonly #clients = new Set<Client>();
  /** What goes on for a connection, until the last of it is over. */
  readonly #under = new Set<Promise<void>>();
  /** Who is behind a connection inside, by its port. */
  readonly #addresses = new Map<number, string>();
  readonly #timer: ReturnType<typeof setInterval>;
  #toldAt = -TELL_EVERY;

  /** @throws Error of the system when the port cannot be listened on */
  constructor(options: ConnectionLimiterOptions) {
    this.#options = options;
    const { hostname, port, bounds } = options;
    this.#listener = hostname === undefined ? listenEverywhere(port) : Deno.listen({ hostname, port });
    const { silence, answer, idle, reading } = bounds;
    this.#timer = setInterval(() => this.#closeSlow(), Math.min(1000, Math.min(silence, answer, idle, reading) / 4));
    this.#follow(this.#receive());
  }

  get port(): number {
    return this.#listener.addr.port;
  }

  /** Connections open now. */
  get open(): number {
    return this.#clients.size;
  }

  /** The address of who is behind a connection to an upstream; undefined for one that did not come in here. */
  addressOf(portInside: number): string | undefined {
    return this.#addresses.get(portInside);
  }

  /** Nobody new comes in. */
  close(): void {
    this.#listener.close();
  }

  /** Everybody goes; resolves when the last one has. */
  async clear(): Promise<void> {
    clearInterval(this.#timer);
    for (const client of this.#clients) end(client);
    await Promise.all(this.#under);
  }

  /** @param work never rejects */
  #follow(work: Promise<void>): void {
    this.#under.add(work);
    work.then(() => this.#under.delete(work));
  }

  async #receive(): Promise<void> {
    const pausing = (error: unknown) =>
      this.#tell(`a connection could not be taken: ${error instanceof Error ? error.message : error}`);
    for await (const connection of connectionsOf(this.#listener, pausing)) {
      // an IPv4 address is written as one, also where it came over an IPv6 socket
      const address = connection.remoteAddr.hostname.replace(/^::ffff:(?=\d+\.)/i, "");
      const full = this.#isFull(address);
      if (full !== undefined) {
        connection.close();
        this.#tell(full);
        continue;
      }
      this.#follow(this.#forward(connection, address));
    }
  }

  #isFull(address: string): string | undefined {
    const { connections, connectionsPerAddress } = this.#options.bounds;
    const clients = [...this.#clients];
    if (clients.filter((client) => client.address === address).length >= connectionsPerAddress) {
      return `too many connections from ${address}`;
    }
    if (isLoopback(address)) return undefined;
    return clients.filter((client) => !isLoopback(client.address)).length >= connections
      ? "too many connections from other computers"
      : undefined;
  }

  /** Leads a connection to the right upstream and carries bytes both ways until one side has ended. Never throws. */
  async #forward(connection: Deno.TcpConn, address: string): Promise<void> {
    const { bounds, upstreams } = this.#options;
    const due = performance.now() + bounds.silence;
    const client: Client = { connection, upstream: undefined, address, due, sent: 0, writing: false };
    this.#clients.add(client);
    let inside: number | undefined;
    try {
      connection.setNoDelay(true);
      const buffer = new Uint8Array(CHUNK);
      const first = await connection.read(buffer);
      if (first === null) return;
      this.#received(client, first);
      const secure = upstreams.secure !== undefined && buffer[0] === TLS_HANDSHAKE;
      const upstream = await Deno.connect({
        hostname: "127.0.0.1",
        port: secure ? upstreams.secure! : upstreams.plain,
      });
      client.upstream = upstream;
      if (!this.#clients.has(client)) return; // closed meanwhile
      upstream.setNoDelay(true);
      inside = upstream.localAddr.port;
      this.#addresses.set(inside, address);
      await write(upstream, buffer.subarray(0, first));
      this.#follow(this.#carryUp(client, upstream, buffer));
      await this.#carryDown(client, upstream);
    } catch (error) {
      if (!isConnectionError(error)) this.#tell(`a connection broke: ${error instanceof Error ? error.stack : error}`);
    } finally {
      if (inside !== undefined) this.#addresses.delete(inside);
      this.#clients.delete(client);
      end(client);
    }
  }

  /** From the connection to the upstream. An upstream that wants no more may still have an answer on its way out. */
  async #carryUp(client: Client, upstream: Deno.TcpConn, buffer: Uint8Array): Promise<void> {
    try {
      while (true) {
        const read = await client.connection.read(buffer);
        if (read === null) return await upstream.closeWrite();
        this.#received(client, read);
        await write(upstream, buffer.subarray(0, read));
      }
    } catch (error) {
      if (!isConnectionError(error)) this.#tell(`a connection broke: ${error instanceof Error ? error.stack : error}`);
    }
  }

  async #carryDown(client: Client, upstream: Deno.TcpConn): Promise<void> {
    const { bounds } = this.#options;
    const buffer = new Uint8Array(CHUNK);
    for (let read = await upstream.read(buffer); read !== null; read = await upstream.read(buffer)) {
      client.due = performance.now() + bounds.reading;
      client.sent = 0;
      client.writing = true;
      await write(client.connection, buffer.subarray(0, read));
      client.writing = false;
      client.due = performance.now() + bounds.idle;
    }
  }

  #received(client: Client, bytes: number): void {
    if (client.writing) return;
    const { answer, slowest } = this.#options.bounds;
    if (client.sent === 0) client.due = performance.now() + answer;
    client.sent += bytes;
    client.due += bytes / slowest * 1000;
  }

  #closeSlow(): void {
    const now = performance.now();
    for (const client of this.#clients) {
      if (client.due > now) continue;
      // who had nothing more to ask is no trouble
      if (client.sent > 0 || client.writing) this.#tell(`a connection from ${client.address} was too slow`);
      this.#clients.delete(client);
      end(client);
    }
  }

  #tell(why: string): void {
    const now = performance.now();
    if (now - this.#toldAt < TELL_EVERY) return;
    this.#toldAt = now;
    this.#options.onRefused?.(why);
  }
}

async function write(to: Deno.TcpConn, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length;) at += await to.write(bytes.subarray(at));
}

function end({ connection, upstream }: Client): void {
  for (const end of [connection, upstream]) {
    try {
      end?.close();
    } catch (error) {
      if (!(error instanceof Deno.errors.BadResource)) throw error; // closed already
    }
  }
}

/** What the other side, or closing our own, does to a connection. */
function isConnectionError(error: unknown): boolean {
  return isConnectionLoss(error) || error instanceof Deno.errors.ConnectionRefused;
}

/** On IPv6 and IPv4; on IPv4 alone where the computer has no IPv6. */
function listenEverywhere(port: number): Deno.TcpListener {
  try {
    return Deno.listen({ hostname: "::", port });
  } catch (error) {
    if (error instanceof Deno.errors.AddrInUse || error instanceof Deno.errors.PermissionDenied) throw error;
    return Deno.listen({ hostname: "0.0.0.0", port });
  }
}
