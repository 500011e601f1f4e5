import { Buffer } from "node:buffer";

/** A multipart body does not follow RFC 2046 5.1: what is wrong, in words. */
export class MalformedMultipart extends Error {
  override name = "MalformedMultipart";
}

/** A body did not go on in time. */
export class BodyTooSlow extends Error {
  override name = "BodyTooSlow";
}

/** One part of a multipart body. What its receiver does not read of it is passed over. */
export interface Part {
  /** By names in lower case. */
  headers: ReadonlyMap<string, string>;
  body: AsyncIterable<Uint8Array>;
}

const MOST_HEADERS = 16 * 1024;
const MOST_PARTS = 20_000;

/**
 * The parts of a multipart body, one after the other, as they come: memory does not grow with them.
 *
 * @param patience longest wait for more bytes, milliseconds
 * @param stopping aborted when the body is not to be read on
 * @throws MalformedMultipart, BodyTooSlow, also from reading a part
 */
export async function* readMultipart(
  body: ReadableStream<Uint8Array>,
  boundary: string,
  patience: number,
  stopping?: AbortSignal,
): AsyncGenerator<Part> {
  await using reader = new Reader(body, patience, stopping);
  const delimiter = Buffer.from(`\r\n--${boundary}`, "latin1");
  reader.putBack(Buffer.from("\r\n")); // the first delimiter may stand at the very beginning
  for await (const _ of reader.until(delimiter)) { /* a preamble, for old mail programs */ }
  for (let count = 0;; count++) {
    if (await reader.startsWith("--")) return;
    if (count >= MOST_PARTS) throw new MalformedMultipart(`it has more than ${MOST_PARTS} parts`);
    const headers = await reader.headers();
    let ended = false;
    const content = async function* () {
      yield* reader.until(delimiter);
      ended = true;
    }();
    yield { headers, body: content };
    if (!ended) { for await (const _ of content) { /* what nobody wanted */ } }
    // a reader that broke off has ended the generator, not the part
    if (!ended) { for await (const _ of reader.until(delimiter)) { /* the rest of it */ } }
  }
}

class Reader implements AsyncDisposable {
  readonly #source: ReadableStreamDefaultReader<Uint8Array>;
  readonly #patience: number;
  readonly #stopping: AbortSignal | undefined;
  #buffer: Buffer = Buffer.alloc(0);

  constructor(body: ReadableStream<Uint8Array>, patience: number, stopping: AbortSignal | undefined) {
    this.#source = body.getReader();
    this.#patience = patience;
    this.#stopping = stopping;
  }

  putBack(bytes: Buffer): void {
    this.#buffer = Buffer.concat([bytes, this.#buffer]);
  }

  /** What comes before the delimiter; that itself is passed over. */
  async *until(delimiter: Buffer): AsyncGenerator<Uint8Array> {
    while (true) {
      const at = this.#buffer.indexOf(delimiter);
      if (at >= 0) {
        const rest = this.#buffer.subarray(0, at);
        this.#buffer = this.#buffer.subarray(at + delimiter.length);
        if (rest.length > 0) yield rest;
        return;
      }
      const sure = this.#buffer.length - delimiter.length + 1;
      if (sure > 0) {
        const part = this.#buffer.subarray(0, sure);
        this.#buffer = this.#buffer.subarray(sure);
        yield part;
      }
      await this.#more();
    }
  }

  async startsWith(text: string): Promise<boolean> {
    while (this.#buffer.length < text.length) await this.#more();
    return this.#buffer.toString("latin1", 0, text.length) === text;
  }

  /** The header lines of a part, up to the empty one. */
  async headers(): Promise<Map<string, string>> {
    const end = Buffer.from("\r\n\r\n");
    let at = this.#buffer.indexOf(end);
    while (at < 0) {
      if (this.#buffer.length > MOST_HEADERS) throw new MalformedMultipart("the header of a part is too long");
      await this.#more();
      at = this.#buffer.indexOf(end);
    }
    if (at > MOST_HEADERS) throw new MalformedMultipart("the header of a part is too long");
    const lines = this.#buffer.toString("latin1", 0, at).split("\r\n").slice(1);
    this.#buffer = this.#buffer.subarray(at + end.length);
    return new Map(lines.map((line) => {
      const [name = "", ...value] = line.split(":");
      return [name.trim().toLowerCase(), value.join(":").trim()];
    }));
  }

  async #more(): Promise<void> {
    let timer: ReturnType<typeof setTimeout> | undefined;
    let end = () => {};
    const late = new Promise<"late">((resolve) => {
      end = () => resolve("late");
      timer = setTimeout(end, this.#patience);
      this.#stopping?.addEventListener("abort", end);
      if (this.#stopping?.aborted) end();
    });
    const reading = this.#source.read().catch((error) => {
      throw new MalformedMultipart(`the connection broke: ${error instanceof Error ? error.message : error}`);
    });
    reading.catch(() => {}); // when it is late, its own end is of no more interest
    try {
      const next = await Promise.race([reading, late]);
      if (next === "late") throw new BodyTooSlow("its body did not go on in time");
      if (next.done) throw new MalformedMultipart("it ends before its last delimiter");
      this.#buffer = this.#buffer.length === 0 ? Buffer.from(next.value) : Buffer.concat([this.#buffer, next.value]);
    } finally {
      clearTimeout(timer);
      this.#stopping?.removeEventListener("abort", end);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#source.cancel().catch(() => {}); // the sender is gone already
  }
}

/** One part to be sent. */
export interface OutgoingPart {
  contentType: string;
  location?: string;
  /** Opened when its turn comes. */
  body: () => Uint8Array | ReadableStream<Uint8Array> | Promise<Uint8Array | ReadableStream<Uint8Array>>;
}

/** A multipart/related body (RFC 2387) of parts that are opened one after the other, and its content type. */
export function writeMultipart(
  type: string,
  parts: Iterable<OutgoingPart> | AsyncIterable<OutgoingPart>,
): { contentType: string; body: ReadableStream<Uint8Array<ArrayBuffer>> } {
  const boundary = crypto.randomUUID();
  const encode = (text: string) => new TextEncoder().encode(text);
  const chunks = async function* () {
    for await (const { contentType, location, body } of parts) {
      const lines = [
        `--${boundary}`,
        `Content-Type: ${contentType}`,
        ...location ? [`Content-Location: ${location}`] : [],
      ];
      yield encode(`${lines.join("\r\n")}\r\n\r\n`);
      const content = await body();
      if (content instanceof Uint8Array) yield new Uint8Array(content);
      else yield* content as ReadableStream<Uint8Array<ArrayBuffer>>;
      yield encode("\r\n");
    }
    yield encode(`--${boundary}--\r\n`);
  };
  return {
    contentType: `multipart/related; type="${type}"; boundary=${boundary}`,
    body: ReadableStream.from(chunks()),
  };
}
