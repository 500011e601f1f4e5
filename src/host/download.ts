import { say } from "../sentences.ts";
import { NoUpdateNow } from "./updates.ts";

/** How long nothing may come until the connection is given up, milliseconds. */
const SILENCE = 60_000;
/** How long to wait until it is begun again, milliseconds, and how often while nothing comes. */
const PAUSE = 10_000;
const MOST_TRIES = 30;

/** How an address is called. */
export interface DownloadOptions {
  /** Ends it. */
  signal: AbortSignal;
  client?: Deno.HttpClient | undefined;
  pause?: number | undefined;
  /** `HEAD`: only parts of it will be asked for. */
  method?: "GET" | "HEAD";
  /** How often it is begun again while nothing comes; 30 times where not given. */
  tries?: number;
}

/** A file from an address over HTTPS. Where the connection breaks it goes on from there (RFC 9110, section 14). */
export class Download {
  readonly #from: string;
  readonly #options: DownloadOptions;
  /** Of the whole file, bytes. */
  readonly size: number;
  /** By which the server knows that it is still the same file; it need not say. */
  readonly #version: string | undefined;
  #connection: Connection | undefined;

  private constructor(from: string, options: DownloadOptions, connection: Connection) {
    const { headers } = connection.answer;
    this.#from = from;
    this.#options = options;
    this.#connection = options.method === "HEAD" ? undefined : connection;
    this.size = Number(headers.get("content-length"));
    const tag = headers.get("etag");
    this.#version = (tag?.startsWith("W/") ? undefined : tag) ?? headers.get("last-modified") ?? undefined;
  }

  /** @throws NoUpdateNow when what answers is no file of a known length, Error when nothing does */
  static async begin(from: string, options: DownloadOptions): Promise<Download> {
    const connection = await connect(from, options, {}, options.method);
    const { answer } = connection;
    if (!answer.ok || !answer.url.startsWith("https:") || !(Number(answer.headers.get("content-length")) > 0)) {
      await connection.cancel();
      throw new NoUpdateNow(
        say("update-address-answered", { status: answer.status }),
      );
    }
    if (options.method === "HEAD") await connection.cancel();
    return new Download(from, options, connection);
  }

  /** Nothing more of it is wanted. */
  async cancel(): Promise<void> {
    await this.#connection?.cancel();
  }

  /**
   * The bytes from `start` up to, not including, `end`; another `start` than 0 only where it was begun by `HEAD`.
   *
   * @throws NoUpdateNow when the file is another now or the server cannot go on, Error when nothing came for long
   */
  async *pieces(start = 0, end = this.size): AsyncGenerator<Uint8Array> {
    let got = start;
    for (let tries = 0; got < end;) {
      try {
        this.#connection ??= await this.#goOn(got, end);
        for await (const piece of this.#connection.pieces()) {
          got += piece.length;
          tries = 0;
          yield piece;
        }
      } catch (error) {
        if (
          this.#options.signal.aborted || error instanceof NoUpdateNow || tries >= (this.#options.tries ?? MOST_TRIES)
        ) throw error;
      }
      this.#connection = undefined;
      if (got >= end) return;
      tries++;
      await pause(this.#options.pause ?? PAUSE, this.#options.signal);
    }
  }

  async #goOn(got: number, end: number): Promise<Connection> {
    const connection = await connect(this.#from, this.#options, {
      range: end === this.size ? `bytes=${got}-` : `bytes=${got}-${end - 1}`,
      ...(this.#version && { "if-range": this.#version }),
    });
    const { answer } = connection;
    if (answer.status === 206 && answer.headers.get("content-range") === `bytes ${got}-${end - 1}/${this.size}`) {
      return connection;
    }
    await connection.cancel();
    if (answer.status >= 500) throw new Error(`the address answered ${answer.status}`);
    throw new NoUpdateNow(say("update-not-whole"));
  }
}

/** An answer, which is given up when nothing comes of it for a while. */
class Connection {
  readonly answer: Response;
  readonly #heard: () => void;
  readonly #done: () => void;

  constructor(answer: Response, heard: () => void, done: () => void) {
    this.answer = answer;
    this.#heard = heard;
    this.#done = done;
  }

  async *pieces(): AsyncGenerator<Uint8Array> {
    try {
      for await (const piece of this.answer.body ?? []) {
        this.#heard();
        yield piece;
      }
    } finally {
      this.#done();
    }
  }

  async cancel(): Promise<void> {
    this.#done();
    await this.answer.body?.cancel();
  }
}

async function connect(
  from: string,
  options: DownloadOptions,
  headers: HeadersInit = {},
  method = "GET",
): Promise<Connection> {
  const silence = new AbortController();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const done = () => clearTimeout(timer);
  const heard = () => {
    done();
    timer = setTimeout(() => silence.abort(new Error("nothing came for a minute")), SILENCE);
  };
  heard();
  try {
    const answer = await fetch(from, {
      method,
      // its length is then that of the file
      headers: { "accept-encoding": "identity", ...headers },
      signal: AbortSignal.any([silence.signal, options.signal]),
      ...(options.client && { client: options.client }),
    });
    return new Connection(answer, heard, done);
  } catch (error) {
    done();
    throw error;
  }
}

/** @throws the signal's reason when it ends */
function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const end = () => {
      clearTimeout(timer);
      reject(signal.reason);
    };
    const timer = setTimeout(() => {
      signal.removeEventListener("abort", end);
      resolve();
    }, milliseconds);
    signal.addEventListener("abort", end, { once: true });
  });
}
