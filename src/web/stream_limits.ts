import { say } from "../sentences.ts";
import type { WebContext } from "./context.ts";
import { Problem } from "./problem.ts";

/** Answers that are being sent at once, most of each; what takes long to read holds a file open, or its bytes in memory. */
export interface StreamBounds {
  /** At once, of one sign-in. */
  perSession: number;
  /** At once, of one person. */
  perUser: number;
  /** At once, of one IP address. */
  perAddress: number;
  /** At once, of everybody. */
  all: number;
  /** How long nobody may read on before an answer is broken off, milliseconds. */
  reading: number;
}

/** Files that are sent as they are read: each is an open file, of which a process has some thousands. */
export const DOWNLOADS: StreamBounds = { perSession: 32, perUser: 64, perAddress: 96, all: 256, reading: 60_000 };
/** Pictures: a page asks for a hundred at once. */
export const PICTURES: StreamBounds = { perSession: 256, perUser: 384, perAddress: 512, all: 1024, reading: 60_000 };

/** Whose an answer is: the session or token by its hash, the user, the address. */
interface Owner {
  session: string;
  user: string;
  address: string;
}

/**
 * Counts the answers that are on their way, from before they are begun until they have been read: nobody can take all the
 * files that the box may open, nor its memory, by asking and not reading.
 */
export class StreamLimits {
  readonly #bounds: StreamBounds;
  readonly #what: "downloads" | "pictures";
  readonly #held = new Set<Owner>();

  /**
   * Nothing is being sent yet.
   *
   * @param what what is sent, for the refusal
   */
  constructor(what: "downloads" | "pictures", bounds: StreamBounds) {
    this.#what = what;
    this.#bounds = bounds;
  }

  /** How many are being sent. */
  get open(): number {
    return this.#held.size;
  }

  /**
   * Answers within the bounds.
   *
   * @throws Problem 429 when this session, user, address or all together have as many under way as they may
   */
  async within(context: WebContext, answer: () => Response | Promise<Response>): Promise<Response> {
    const signedIn = context.get("signedIn");
    const owner: Owner = {
      session: signedIn?.tokenHash ?? "",
      user: signedIn?.program ? `token ${signedIn.program.id}` : signedIn?.user.id ?? "",
      address: context.env.address,
    };
    this.#take(owner);
    const release = () => this.#held.delete(owner);
    try {
      const response = await answer();
      if (response.body === null) {
        release();
        return response;
      }
      const { status, headers } = response;
      return new Response(untilRead(response.body, this.#bounds.reading, release), { status, headers });
    } catch (error) {
      release();
      throw error;
    }
  }

  #take(owner: Owner): void {
    const { perSession, perUser, perAddress, all } = this.#bounds;
    const full = this.#held.size >= all
      ? "the-box"
      : this.#count("session", owner) >= perSession
      ? "this-sign-in"
      : this.#count("user", owner) >= perUser
      ? "this-user"
      : this.#count("address", owner) >= perAddress
      ? "this-address"
      : undefined;
    if (full !== undefined) {
      throw new Problem(
        429,
        "Too many at once",
        say("too-many-streams", { what: say(this.#what), by: say(full) }),
        { headers: { "retry-after": "2" } },
      );
    }
    this.#held.add(owner);
  }

  #count(by: keyof Owner, owner: Owner): number {
    let count = 0;
    for (const held of this.#held) if (held[by] === owner[by]) count += 1;
    return count;
  }
}

/** The same bytes, given up when nobody reads on for so long; `ended` is told once, however it ends. */
function untilRead(body: ReadableStream<Uint8Array>, patience: number, ended: () => void): ReadableStream<Uint8Array> {
  const reader = body.getReader();
  let timer: ReturnType<typeof setTimeout> | undefined;
  return new ReadableStream<Uint8Array>({
    start(controller) {
      timer = setTimeout(() => giveUp(controller), patience);
    },
    async pull(controller) {
      clearTimeout(timer);
      try {
        const { value, done } = await reader.read();
        if (done) {
          ended();
          controller.close();
          return;
        }
        controller.enqueue(value);
        timer = setTimeout(() => giveUp(controller), patience);
      } catch (error) {
        ended();
        controller.error(error);
      }
    },
    async cancel(reason) {
      clearTimeout(timer);
      ended();
      await reader.cancel(reason);
    },
  }, { highWaterMark: 0 });

  function giveUp(controller: ReadableStreamDefaultController<Uint8Array>): void {
    ended();
    controller.error(new Error(`nobody read on for ${patience / 1000} s`));
    reader.cancel().catch(() => {}); // it is given up; that its source could not be closed has been told by the source
  }
}
