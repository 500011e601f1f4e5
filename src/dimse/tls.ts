import { Buffer } from "node:buffer";
import { once } from "node:events";
import {
  type AddressInfo,
  createServer as createPlainServer,
  type Server as PlainServer,
  type Socket as NodeSocket,
} from "node:net";
import { connect, createServer, type Server, type TLSSocket } from "node:tls";
import { getLogger } from "@logtape/logtape";
import { LONGEST_HELLO, needsRsa } from "./client_hello.ts";
import type { Socket } from "./pdu_stream.ts";

const log = getLogger(["sonodesk", "dimse", "tls"]);

/** Longest a peer may take to agree on keys: it is as long as it may take to its first PDU, milliseconds. */
const LONGEST_HANDSHAKE = 30_000;
/** Connections at once, agreed or not, and those that have not agreed. */
const MOST_CONNECTIONS = 100;
const MOST_AGREEING = 20;
/** Characters of a certificate's subject that are kept. */
const LONGEST_SUBJECT = 256;
/** BCP 195 (RFC 9325), PS3.15 B.12: nothing below TLS 1.2. */
const OLDEST = "TLSv1.2" as const;

/** Who the box is over TLS, and whom it trusts. PEM texts. */
export interface TlsIdentity {
  /** Private key, PEM. */
  key: string;
  /** Certificate, with those up to its authority, PEM. */
  cert: string;
  /** Certificates of the authorities it trusts; those that the system trusts where there are none. */
  authorities?: string;
}

/** Who the box is to those who call it. */
export interface ListeningIdentity extends TlsIdentity {
  /** Shown to peers that know RSA alone. PEM texts. */
  rsa?: Pick<TlsIdentity, "key" | "cert">;
}

/** A connection as a listener accepts it, over TCP or TLS. */
export type Accepted = Socket & {
  readonly remoteAddr: { hostname: string };
  /** The subject of the peer's certificate, where one was asked for and an authority that the box trusts issued it. */
  readonly certificate?: string | undefined;
  setNoDelay(on: boolean): void;
};

/** What a listener accepts connections from; `Deno.TcpListener` is one. */
export interface Acceptor {
  readonly addr: { port: number };
  /** @throws Deno.errors.BadResource once it is closed */
  accept(): Promise<Accepted>;
  close(): void;
}

/** A secure connection of Node's, read and written as the upper layer needs it. */
class TlsConnection implements Accepted {
  readonly remoteAddr: { hostname: string };
  readonly certificate: string | undefined;
  readonly #socket: TLSSocket;
  #rest: Uint8Array = new Uint8Array(0);
  #failure: Error | undefined;
  #ended = false;
  #wake = () => {};

  constructor(socket: TLSSocket, certified: boolean) {
    this.#socket = socket;
    this.certificate = certified ? subjectOf(socket) : undefined;
    this.remoteAddr = { hostname: socket.remoteAddress ?? "" };
    socket.on("readable", () => this.#wake());
    socket.on("end", () => this.#end());
    socket.on("close", () => this.#end());
    socket.on("error", (error: Error) => {
      this.#failure = error;
      this.#wake();
    });
  }

  async read(into: Uint8Array): Promise<number | null> {
    while (this.#rest.length === 0) {
      this.#rest = this.#socket.read() as Uint8Array | null ?? this.#rest;
      if (this.#rest.length > 0) break;
      if (this.#failure) throw new Deno.errors.ConnectionReset(this.#failure.message, { cause: this.#failure });
      if (this.#ended) return null;
      await new Promise<void>((resolve) => this.#wake = resolve);
    }
    const count = Math.min(into.length, this.#rest.length);
    into.set(this.#rest.subarray(0, count));
    this.#rest = this.#rest.subarray(count);
    return count;
  }

  write(bytes: Uint8Array): Promise<number> {
    return new Promise((resolve, reject) => {
      if (this.#socket.destroyed) return reject(new Deno.errors.BrokenPipe("the connection is closed"));
      // what the caller does with its bytes afterwards must not matter
      this.#socket.write(bytes.slice(), (error) => {
        if (error) reject(new Deno.errors.ConnectionReset(error.message, { cause: error }));
        else resolve(bytes.length);
      });
    });
  }

  close(): void {
    this.#end();
    // what the peer does not take any more is given up
    if (this.#socket.writableNeedDrain) this.#socket.destroy();
    else this.#socket.end(() => this.#socket.destroy());
  }

  setNoDelay(on: boolean): void {
    this.#socket.setNoDelay(on);
  }

  #end(): void {
    this.#ended = true;
    this.#wake();
  }
}

/** Accepts DICOM over TLS (PS3.15 B.12). */
export class TlsListener implements Acceptor {
  /** Where peers connect. */
  readonly #front: PlainServer;
  readonly #server: Server;
  /** For peers that know RSA alone. */
  readonly #rsa: Server | undefined;
  readonly #certified: boolean;
  readonly #accepted: Accepted[] = [];
  /** Who has connected and not agreed on keys yet, the first first, by address and port. */
  readonly #agreeing = new Map<string, NodeSocket>();
  #closed = false;
  #wake = () => {};

  private constructor(identity: ListeningIdentity, certified: boolean) {
    this.#certified = certified;
    this.#server = this.#serverOf(identity);
    this.#rsa = identity.rsa && this.#serverOf({ ...identity, ...identity.rsa });
    // with one certificate there is nothing to be chosen
    this.#front = this.#rsa === undefined ? this.#server : createPlainServer((socket) => this.#choose(socket));
    this.#front.maxConnections = MOST_CONNECTIONS;
    this.#front.on("connection", (socket: NodeSocket) => this.#begin(socket));
  }

  #serverOf(identity: TlsIdentity): Server {
    const certified = this.#certified;
    const server = createServer({
      ...contextOf(identity, certified),
      ...{ handshakeTimeout: LONGEST_HANDSHAKE, requestCert: certified, rejectUnauthorized: certified },
    });
    server.on("secureConnection", (socket: TLSSocket) => this.#take(socket));
    server.on("tlsClientError", (error: Error, socket: TLSSocket) => {
      log.warn("a peer could not agree on TLS: {why}", { why: error.message });
      socket.destroy();
    });
    return server;
  }

  /** Which certificate a peer can use is in the first that it says: TLS of Deno has one certificate for each server. */
  #choose(socket: NodeSocket): void {
    let hello = Buffer.alloc(0);
    const late = setTimeout(() => socket.destroy(), LONGEST_HANDSHAKE);
    socket.on("error", () => socket.destroy()); // also later: nobody else may hear of it
    socket.on("close", () => clearTimeout(late));
    const hear = (piece: Uint8Array) => {
      hello = Buffer.concat([hello, piece]);
      const needs = needsRsa(hello);
      if (needs === undefined && hello.length < LONGEST_HELLO) return;
      clearTimeout(late);
      socket.off("data", hear);
      socket.pause();
      socket.unshift(hello);
      (needs ? this.#rsa! : this.#server).emit("connection", socket);
    };
    socket.on("data", hear);
  }

  /**
   * Accepts on a port.
   *
   * @param certified only peers with a certificate of the identity's authorities are let in
   * @throws Deno.errors.AddrInUse when the port is taken
   */
  static async listen(
    { hostname, port }: { hostname: string; port: number },
    identity: ListeningIdentity,
    certified: boolean,
  ): Promise<TlsListener> {
    const listener = new TlsListener(identity, certified);
    const server = listener.#front;
    server.listen({ host: hostname, port });
    try {
      await once(server, "listening");
    } catch (error) {
      if ((error as { code?: string }).code === "EADDRINUSE") throw new Deno.errors.AddrInUse("the port is taken");
      throw error;
    }
    return listener;
  }

  get addr(): { port: number } {
    return { port: (this.#front.address() as AddressInfo).port };
  }

  /** Who connects from now on sees this identity. */
  renew(identity: ListeningIdentity, certified: boolean): void {
    this.#server.setSecureContext(contextOf(identity, certified));
    if (identity.rsa) this.#rsa?.setSecureContext(contextOf({ ...identity, ...identity.rsa }, certified));
  }

  async accept(): Promise<Accepted> {
    while (true) {
      const connection = this.#accepted.shift();
      if (connection) return connection;
      if (this.#closed) throw new Deno.errors.BadResource("the listener is closed");
      await new Promise<void>((resolve) => this.#wake = resolve);
    }
  }

  close(): void {
    this.#closed = true;
    this.#front.close();
    this.#wake();
  }

  /** Somebody connects: of too many who agree on nothing, the first of the address that has most of them goes. */
  #begin(socket: NodeSocket): void {
    const key = peerOf(socket);
    this.#agreeing.set(key, socket);
    socket.on("close", () => this.#agreeing.delete(key));
    if (this.#agreeing.size <= MOST_AGREEING) return;
    const by = Map.groupBy(this.#agreeing, ([, { remoteAddress }]) => remoteAddress);
    const [first, gone] = [...by.values()].sort((one, other) => other.length - one.length)[0]![0]!;
    this.#agreeing.delete(first);
    gone.destroy();
  }

  #take(socket: TLSSocket): void {
    this.#agreeing.delete(peerOf(socket));
    this.#accepted.push(new TlsConnection(socket, this.#certified));
    this.#wake();
  }
}

function peerOf({ remoteAddress, remotePort }: NodeSocket): string {
  return `${remoteAddress} ${remotePort}`;
}

/** The subject of a peer's certificate (RFC 5280 4.1.2.6), such as "O=Clinic, CN=us1": it stays when that is renewed. */
function subjectOf(socket: TLSSocket): string | undefined {
  const subject: Record<string, string | string[]> = { ...socket.getPeerCertificate()?.subject };
  const text = Object.entries(subject).map(([name, value]) => `${name}=${[value].flat().join("+")}`).join(", ");
  return text === "" ? undefined : text.slice(0, LONGEST_SUBJECT);
}

function contextOf({ key, cert, authorities }: TlsIdentity, certified: boolean) {
  return { key, cert, minVersion: OLDEST, ...(certified && { ca: authorities }) };
}

/**
 * A connection to a peer over TLS. The peer's certificate must be of an authority the box trusts. Where those are
 * named, the name in it does not count, since clinics reach their servers by address; else anybody could show one.
 *
 * @throws Error of TLS or the network, with the reason
 */
export async function connectTls(
  { address, port }: { address: string; port: number },
  { key, cert, authorities }: TlsIdentity,
  signal: AbortSignal,
): Promise<Socket & { setNoDelay(on: boolean): void }> {
  signal.throwIfAborted();
  const socket = connect({
    ...{ host: address, port, key, cert, minVersion: OLDEST },
    ...(authorities && { ca: authorities, checkServerIdentity: () => undefined }),
  });
  const abort = () => socket.destroy(new Error("aborted"));
  signal.addEventListener("abort", abort);
  try {
    await once(socket, "secureConnect");
  } catch (error) {
    socket.destroy();
    throw error;
  } finally {
    signal.removeEventListener("abort", abort);
  }
  return new TlsConnection(socket, false);
}
