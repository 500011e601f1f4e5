import { Buffer } from "node:buffer";

/** What goes through a pipe: a head that JSON can say, and bytes that it cannot. */
export interface Message {
  head: unknown;
  bytes: Uint8Array<ArrayBuffer>;
}

/** The most that is taken of one message, bytes. */
interface MessageBounds {
  head: number;
  bytes: number;
}

/** The other side of the pipe says what is no message, or too long a one. */
class BrokenPipe extends Error {
  override name = "BrokenPipe";
}

/** Length of the head and of the bytes, 32 bits each, little-endian; then both, and `END`. */
const LENGTHS = 8;
/** A standard output hands over what ends with a line's end at once, and else in two. */
const END = "\n".charCodeAt(0);

/** So many bytes are copied sooner than the other side is woken a second time. */
const SMALL = 64 * 1024;

/** A message as it goes through the pipe, in one part, or in two where its bytes are many: they are not copied then. */
export function encodeMessage(head: unknown, bytes: Uint8Array = new Uint8Array(0)): Uint8Array[] {
  const json = Buffer.from(JSON.stringify(head));
  const lengths = Buffer.alloc(LENGTHS);
  lengths.writeUInt32LE(json.length, 0);
  lengths.writeUInt32LE(bytes.length, 4);
  const end = Uint8Array.of(END);
  return bytes.length <= SMALL
    ? [Buffer.concat([lengths, json, bytes, end])]
    : [Buffer.concat([lengths, json]), bytes, end];
}

/** What comes out of a pipe, piece by piece; undefined at its end. */
type Pipe = () => Uint8Array | undefined | Promise<Uint8Array | undefined>;

/** The pieces of a stream. */
export function piecesOf(stream: ReadableStream<Uint8Array>): Pipe {
  const reader = stream.getReader();
  return async () => (await reader.read()).value;
}

/** Reads messages from a pipe, one after the other. */
export class MessageReader {
  readonly #read: Pipe;
  readonly #bounds: MessageBounds;
  #rest: Uint8Array = new Uint8Array(0);

  /** @param read a piece is good until the next is asked for */
  constructor(read: Pipe, bounds: MessageBounds) {
    this.#read = read;
    this.#bounds = bounds;
  }

  /**
   * The next message; undefined at the end of the pipe.
   *
   * @throws BrokenPipe when it is longer than the bounds, is cut off, or its head is no JSON
   */
  async next(): Promise<Message | undefined> {
    const lengths = this.#atHand(LENGTHS) ?? await this.#gather(LENGTHS);
    if (lengths === undefined) return undefined;
    const view = new DataView(lengths.buffer);
    const [head, bytes] = [view.getUint32(0, true), view.getUint32(4, true)];
    if (head > this.#bounds.head || bytes > this.#bounds.bytes) {
      throw new BrokenPipe(`a message of ${head} and ${bytes} bytes is longer than what is taken`);
    }
    const json = this.#atHand(head) ?? await this.#gather(head);
    const content = this.#atHand(bytes) ?? await this.#gather(bytes);
    const end = this.#atHand(1) ?? await this.#gather(1);
    if (json === undefined || content === undefined || end === undefined) throw new BrokenPipe("a message is cut off");
    try {
      return { head: JSON.parse(Buffer.from(json.buffer).toString()), bytes: content };
    } catch (error) {
      throw new BrokenPipe(`a message has no head: ${(error as Error).message}`);
    }
  }

  /** A copy of the next bytes, where all of them have been read already: as a rule a message comes in one piece. */
  #atHand(length: number): Uint8Array<ArrayBuffer> | undefined {
    if (this.#rest.length < length) return undefined;
    const taken = this.#rest.slice(0, length);
    this.#rest = this.#rest.subarray(length);
    return taken;
  }

  async #gather(length: number): Promise<Uint8Array<ArrayBuffer> | undefined> {
    const taken = new Uint8Array(length);
    for (let filled = 0; filled < length;) {
      if (this.#rest.length === 0) {
        const piece = await this.#read();
        if (piece === undefined) {
          if (filled > 0) throw new BrokenPipe("a message is cut off");
          return undefined;
        }
        this.#rest = piece;
      }
      const part = this.#rest.subarray(0, length - filled);
      taken.set(part, filled);
      filled += part.length;
      this.#rest = this.#rest.subarray(part.length);
    }
    return taken;
  }
}
