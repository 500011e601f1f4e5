import { connectionsOf } from "../dimse/connections.ts";
import { isLoopback } from "./security.ts";

/** What a browser or a program may take up of the box. Times in milliseconds. */
export interface DoorBounds {
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

export const DOOR_BOUNDS: DoorBounds = {
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
export interface Rooms {
  plain: number;
  /** For who begins with TLS; without it everything is plain. */
  secure?: number | undefined;
}

export interface FrontDoorOptions {
  hostname: string;
  /** 0 for any free port. */
  port: number;
  rooms: Rooms;
  bounds: DoorBounds;
  /** Told of somebody who was not let in, or was shown out, and why; at most once a minute. */
  onRefused?: (why: string) => void;
}

interface Visit {
  visitor: Deno.TcpConn;
  room: Deno.TcpConn | undefined;
  address: string;
  /** When this must have gone on, by the steady clock. */
  due: number;
  /** Sent by the visitor since the last answer, bytes. */
  sent: number;
  /** Whether something is being written to the visitor. */
  writing: boolean;
}

const CHUNK = 64 * 1024;
/** The first byte of a TLS record that begins a handshake (RFC 8446 5.1); no HTTP request begins with it. */
const TLS_HANDSHAKE = 0x16;
/** A refusal is told again after this, milliseconds. */
const TELL_EVERY = 60_000;

/**
 * The port on which browsers come in: HTTP and HTTPS on the same one. It counts connections and shows out whoever is
 * slow, which the runtime's own server does not do: somebody who sends a header byte by byte would hold it for ever.
 */
export class FrontDoor {
  readonly #options: FrontDoorOptions;
  readonly #listener: Deno.TcpListener;
  readonly #visits = new Set<Visit>();
  /** What goes on for a connection, until the last of it is over. */
  readonly #under = new Set<Promise<void>>();
  /** Who is behind a connection inside, by its port. */
  readonly #visitors = new Map<number, string>();
  readonly #timer: ReturnType<typeof setInterval>;
  #toldAt = -TELL_EVERY;

  /** @throws Error of the system when the port cannot be listened on */
  constructor(options: FrontDoorOptions) {
    this.#options = options;
    const { hostname, port, bounds } = options;
    this.#listener = Deno.listen({ hostname, port });
    const { silence, answer, idle, reading } = bounds;
    this.#timer = setInterval(() => this.#showOut(), Math.min(1000, Math.min(silence, answer, idle, reading) / 4));
    this.#follow(this.#receive());
  }

  get port(): number {
    return this.#listener.addr.port;
  }

  /** Connections open now. */
  get open(): number {
    return this.#visits.size;
  }

  /** The address of who is behind a connection to a room; undefined for one that did not come through this door. */
  addressOf(portInside: number): string | undefined {
    return this.#visitors.get(portInside);
  }

  /** Nobody new comes in. */
  close(): void {
    this.#listener.close();
  }

  /** Everybody goes; resolves when the last one has. */
  async clear(): Promise<void> {
    clearInterval(this.#timer);
    for (const visit of this.#visits) end(visit);
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
    for await (const visitor of connectionsOf(this.#listener, pausing)) {
      const address = visitor.remoteAddr.hostname;
      const full = this.#isFull(address);
      if (full !== undefined) {
        visitor.close();
        this.#tell(full);
        continue;
      }
      this.#follow(this.#lead(visitor, address));
    }
  }

  #isFull(address: string): string | undefined {
    const { connections, connectionsPerAddress } = this.#options.bounds;
    const visits = [...this.#visits];
    if (visits.filter((visit) => visit.address === address).length >= connectionsPerAddress) {
      return `too many connections from ${address}`;
    }
    if (isLoopback(address)) return undefined;
    return visits.filter((visit) => !isLoopback(visit.address)).length >= connections
      ? "too many connections from other computers"
      : undefined;
  }

  /** Leads a visitor to the right room and carries bytes both ways until one side has ended. Never throws. */
  async #lead(visitor: Deno.TcpConn, address: string): Promise<void> {
    const { bounds, rooms } = this.#options;
    const due = performance.now() + bounds.silence;
    const visit: Visit = { visitor, room: undefined, address, due, sent: 0, writing: false };
    this.#visits.add(visit);
    let inside: number | undefined;
    try {
      visitor.setNoDelay(true);
      const buffer = new Uint8Array(CHUNK);
      const first = await visitor.read(buffer);
      if (first === null) return;
      this.#cameIn(visit, first);
      const secure = rooms.secure !== undefined && buffer[0] === TLS_HANDSHAKE;
      const room = await Deno.connect({ hostname: "127.0.0.1", port: secure ? rooms.secure! : rooms.plain });
      visit.room = room;
      if (!this.#visits.has(visit)) return; // shown out meanwhile
      room.setNoDelay(true);
      inside = room.localAddr.port;
      this.#visitors.set(inside, address);
      await write(room, buffer.subarray(0, first));
      this.#follow(this.#carryIn(visit, room, buffer));
      await this.#carryOut(visit, room);
    } catch (error) {
      if (!isConnectionError(error)) this.#tell(`a connection broke: ${error instanceof Error ? error.stack : error}`);
    } finally {
      if (inside !== undefined) this.#visitors.delete(inside);
      this.#visits.delete(visit);
      end(visit);
    }
  }

  /** From the visitor to the room. A room that wants no more may still have an answer on its way out. */
  async #carryIn(visit: Visit, room: Deno.TcpConn, buffer: Uint8Array): Promise<void> {
    try {
      while (true) {
        const read = await visit.visitor.read(buffer);
        if (read === null) return await room.closeWrite();
        this.#cameIn(visit, read);
        await write(room, buffer.subarray(0, read));
      }
    } catch (error) {
      if (!isConnectionError(error)) this.#tell(`a connection broke: ${error instanceof Error ? error.stack : error}`);
    }
  }

  async #carryOut(visit: Visit, room: Deno.TcpConn): Promise<void> {
    const { bounds } = this.#options;
    const buffer = new Uint8Array(CHUNK);
    for (let read = await room.read(buffer); read !== null; read = await room.read(buffer)) {
      visit.due = performance.now() + bounds.reading;
      visit.sent = 0;
      visit.writing = true;
      await write(visit.visitor, buffer.subarray(0, read));
      visit.writing = false;
      visit.due = performance.now() + bounds.idle;
    }
  }

  #cameIn(visit: Visit, bytes: number): void {
    if (visit.writing) return;
    const { answer, slowest } = this.#options.bounds;
    if (visit.sent === 0) visit.due = performance.now() + answer;
    visit.sent += bytes;
    visit.due += bytes / slowest * 1000;
  }

  #showOut(): void {
    const now = performance.now();
    for (const visit of this.#visits) {
      if (visit.due > now) continue;
      // who had nothing more to ask is no trouble
      if (visit.sent > 0 || visit.writing) this.#tell(`a connection from ${visit.address} was too slow`);
      this.#visits.delete(visit);
      end(visit);
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

function end({ visitor, room }: Visit): void {
  for (const connection of [visitor, room]) {
    try {
      connection?.close();
    } catch (error) {
      if (!(error instanceof Deno.errors.BadResource)) throw error; // closed already
    }
  }
}

/** What the other side, or closing our own, does to a connection. */
function isConnectionError(error: unknown): boolean {
  return error instanceof Deno.errors.BadResource || error instanceof Deno.errors.Interrupted ||
    error instanceof Deno.errors.ConnectionReset || error instanceof Deno.errors.BrokenPipe ||
    error instanceof Deno.errors.ConnectionAborted || error instanceof Deno.errors.NotConnected ||
    error instanceof Deno.errors.ConnectionRefused || error instanceof Deno.errors.TimedOut ||
    error instanceof Deno.errors.UnexpectedEof;
}
