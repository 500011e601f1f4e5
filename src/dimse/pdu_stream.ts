import { AbortReason, MalformedPdu, PDU_HEADER, PduType } from "./pdu.ts";

/** A socket as the upper layer needs it; `Deno.Conn` and its TLS kin are such. */
export type Socket = Pick<Deno.Conn, "read" | "write" | "close">;

/** As it came. */
export interface Pdu {
  type: number;
  /** A view of the stream's own buffer, good until the next `read`. */
  body: Uint8Array;
}

/** What the stream is waiting for, which decides how long it may. */
export type Waiting = "first PDU" | "next PDU" | "rest of a PDU" | "the peer to read" | "nothing";

/** An A-ASSOCIATE-RQ with 128 contexts of many syntaxes stays far below this. */
const LONGEST_ASSOCIATE = 1024 * 1024;
const CHUNK = 64 * 1024;

/**
 * Reads PDUs from a socket, one at a time and only when asked: what a handler has not taken stays in the peer's send
 * buffer, so memory is bounded by one PDU a connection.
 *
 * Type and length are checked as soon as the header is there, before any of the body is awaited.
 */
export class PduStream {
  readonly #socket: Socket;
  readonly #longestPData: number;
  #buffer = new Uint8Array(CHUNK);
  /** The bytes read and not yet consumed are from `#start` to `#end`. */
  #start = 0;
  #end = 0;
  #waiting: Waiting = "first PDU";
  #since = performance.now();
  #closed = false;
  /** What is still being written, and since when the socket has taken nothing of it; undefined while nothing is. */
  #writing: Promise<void> = Promise.resolve();
  #writingSince: number | undefined;

  /** @param longestPData the largest P-DATA-TF body, as it is negotiated */
  constructor(socket: Socket, longestPData: number) {
    this.#socket = socket;
    this.#longestPData = longestPData;
  }

  /** What is awaited from the peer, and for how many milliseconds already. */
  get waiting(): { for: Waiting; milliseconds: number } {
    if (this.#writingSince !== undefined) {
      return { for: "the peer to read", milliseconds: performance.now() - this.#writingSince };
    }
    return { for: this.#waiting, milliseconds: performance.now() - this.#since };
  }

  /**
   * The next PDU, or undefined when the peer has closed the connection between two of them.
   *
   * @throws MalformedPdu for an unknown type, a length over its bound, or a connection closed within a PDU
   */
  async read(): Promise<Pdu | undefined> {
    if (this.#waiting !== "first PDU") this.#wait("next PDU");
    if (!await this.#fill(PDU_HEADER)) {
      if (this.#end > this.#start) throw new MalformedPdu("the connection was closed within a PDU's header");
      return undefined;
    }
    const view = new DataView(this.#buffer.buffer, this.#start, PDU_HEADER);
    const type = view.getUint8(0);
    const length = view.getUint32(2);
    this.#checkLength(type, length);
    if (this.#waiting !== "first PDU") this.#wait("rest of a PDU");
    if (!await this.#fill(PDU_HEADER + length)) {
      throw new MalformedPdu("the connection was closed within a PDU");
    }
    const body = this.#buffer.subarray(this.#start + PDU_HEADER, this.#start + PDU_HEADER + length);
    this.#start += PDU_HEADER + length;
    this.#wait("nothing");
    return { type, body };
  }

  /** Writes all bytes, after those of writes before it; resolves when the socket has taken them. */
  write(bytes: Uint8Array): Promise<void> {
    const written = this.#writing.then(() => this.#writeAll(bytes));
    this.#writing = written.catch(() => {}); // the caller hears of it
    return written;
  }

  async #writeAll(bytes: Uint8Array): Promise<void> {
    try {
      for (let at = 0; at < bytes.length;) {
        this.#writingSince = performance.now();
        at += await this.#socket.write(bytes.subarray(at));
      }
    } finally {
      this.#writingSince = undefined;
    }
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    try {
      this.#socket.close();
    } catch (error) {
      if (!(error instanceof Deno.errors.BadResource)) throw error; // already closed by the peer's reset
    }
  }

  #checkLength(type: number, length: number): void {
    if (type < PduType.ASSOCIATE_RQ || type > PduType.ABORT) {
      throw new MalformedPdu(
        `0x${type.toString(16).padStart(2, "0")} is no PDU type: this peer does not speak DICOM`,
        AbortReason.UNRECOGNIZED_PDU,
      );
    }
    const most = type === PduType.P_DATA
      ? this.#longestPData
      : type === PduType.ASSOCIATE_RQ || type === PduType.ASSOCIATE_AC
      ? LONGEST_ASSOCIATE
      : 4;
    if (length > most) {
      throw new MalformedPdu(`a PDU of type ${type} says it is ${length} bytes long, and at most ${most} are taken`);
    }
  }

  /** Reads until `count` bytes are there; false when the peer closes before. */
  async #fill(count: number): Promise<boolean> {
    while (this.#end - this.#start < count) {
      this.#makeRoom(count);
      const read = await this.#socket.read(this.#buffer.subarray(this.#end));
      if (read === null) return false;
      this.#end += read;
    }
    return true;
  }

  #makeRoom(count: number): void {
    if (this.#start === this.#end) this.#start = this.#end = 0;
    if (this.#buffer.length - this.#start >= count && this.#buffer.length > this.#end) return;
    const rest = this.#buffer.subarray(this.#start, this.#end);
    if (this.#buffer.length >= count) {
      this.#buffer.copyWithin(0, this.#start, this.#end);
    } else {
      const larger = new Uint8Array(Math.ceil(count / CHUNK) * CHUNK + CHUNK);
      larger.set(rest);
      this.#buffer = larger;
    }
    this.#end -= this.#start;
    this.#start = 0;
  }

  #wait(waiting: Waiting): void {
    this.#waiting = waiting;
    this.#since = performance.now();
  }
}
