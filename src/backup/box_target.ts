import { Refused, say, type Sentence } from "../sentences.ts";
import { type Target, TargetRefusal } from "./target.ts";

/** How long a box may say nothing, milliseconds: also between two pieces of a file. */
const PATIENCE = 60_000;

/** How long it may take to copy its store, milliseconds: a large one, on a card. */
const COPIES_WITHIN = 1_800_000;

/** How to get into a box that is to be replaced. */
export interface BoxAccess {
  /** Such as `https://192.168.1.20:5000`. */
  origin: string;
  /** That was given for its code. */
  token: string;
  /** The certificate of its own authority, PEM; undefined where it speaks HTTP alone. */
  authority?: string | undefined;
}

/** How it stands with a box that is being replaced. */
export interface ReplacementState {
  /** `copying`: it serves machines and people. `handing over`: nobody any more. `replaced`: and never again by itself. */
  state: "copying" | "handing over" | "replaced";
}

/** Under which header a box is shown its token. */
export const TOKEN_HEADER = "sonodesk-replacement";

/** A box in the LAN that runs and is to be replaced, as a backup of this moment. It is only read. */
export class BoxTarget implements Target {
  /** Its origin. */
  readonly name: string;
  /** As many files under way, so that the old box's disk and the new one's work at the same time. */
  readonly atOnce = 4;
  readonly #access: BoxAccess;
  readonly #client: Deno.HttpClient;

  /** Asks nothing yet. */
  constructor(access: BoxAccess) {
    this.name = access.origin;
    this.#access = access;
    this.#client = Deno.createHttpClient(access.authority === undefined ? {} : { caCerts: [access.authority] });
  }

  /**
   * Asks the box to do something.
   *
   * @throws TargetRefusal when it does not answer, or says no
   */
  async ask(what: "snapshot" | "handover" | "taken"): Promise<ReplacementState> {
    const patience = what === "snapshot" ? COPIES_WITHIN : PATIENCE;
    return await (await this.#fetch("POST", `/api/replacement/${what}`, patience)).json();
  }

  /** How it stands there. @throws as `ask` does */
  async state(): Promise<ReplacementState> {
    return await (await this.#fetch("GET", "/api/replacement/state")).json();
  }

  /** Paths of the snapshots. @throws TargetRefusal */
  async list(below: string): Promise<string[]> {
    return await (await this.#fetch("GET", `/api/replacement/list?below=${encodeURIComponent(below)}`)).json();
  }

  /** A file's bytes. @throws Deno.errors.NotFound, or TargetRefusal */
  async read(path: string): Promise<ReadableStream<Uint8Array>> {
    // nobody has encrypted what one box reads from another
    if (path === "identity.age") throw new Deno.errors.NotFound(path);
    const { body } = await this.#fetch("GET", `/api/replacement/file?path=${encodeURIComponent(path)}`);
    return body === null ? new Response("").body! : this.#whole(body.getReader());
  }

  /** Refused: it is only read. */
  begin(): Promise<Disposable> {
    return this.#readOnly();
  }

  /** Refused: nobody asks it. */
  sizes(): Promise<Map<string, number>> {
    return this.#readOnly();
  }

  /** Refused: it is only read. */
  write(): Promise<boolean> {
    return this.#readOnly();
  }

  /** Refused: it is only read. */
  settle(): Promise<void> {
    return this.#readOnly();
  }

  /** Refused: it is only read. */
  remove(): Promise<void> {
    return this.#readOnly();
  }

  /** Lets go of its connections. */
  [Symbol.dispose](): void {
    this.#client.close();
  }

  #readOnly(): Promise<never> {
    return Promise.reject(new Refused(say("box-only-read", { place: this.name })));
  }

  /**
   * A file that breaks off in the middle, though the box still answers, is one that it cannot read: that is said of the
   * file. Where it does not answer, nothing is said of it.
   */
  #whole(reader: ReadableStreamDefaultReader<Uint8Array>): ReadableStream<Uint8Array> {
    return new ReadableStream<Uint8Array>({
      pull: async (controller) => {
        const silent = setTimeout(() => reader.cancel().catch(() => undefined), PATIENCE);
        try {
          const { value, done } = await reader.read();
          if (done) controller.close();
          else controller.enqueue(value);
        } catch (error) {
          await (await this.#fetch("GET", "/api/replacement/state")).body?.cancel();
          throw error;
        } finally {
          clearTimeout(silent);
        }
      },
      cancel: () => reader.cancel(),
    }, { highWaterMark: 0 });
  }

  async #fetch(method: string, path: string, patience = PATIENCE): Promise<Response> {
    const silent = new AbortController();
    const timer = setTimeout(() => silent.abort(), patience);
    let answer: Response;
    try {
      answer = await fetch(this.#access.origin + path, {
        ...{ method, client: this.#client, redirect: "manual", signal: silent.signal },
        headers: { [TOKEN_HEADER]: this.#access.token },
      });
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      throw new TargetRefusal(this.name, say("box-away", { why }), { cause: error });
    } finally {
      clearTimeout(timer);
    }
    if (answer.ok) return answer;
    const problem = await answer.json().catch(() => ({}));
    if (problem.code === "no-such-file") throw new Deno.errors.NotFound(path);
    throw new TargetRefusal(this.name, refusalOf(answer.status, problem));
  }
}

/** What a box says, where it says it by a code of ours. */
function refusalOf(status: number, problem: { code?: string; detail?: string }): Sentence {
  if (problem.code === "replacement-serves-again") return say("replacement-serves-again");
  if (problem.code === "replacement-unknown") return say("replacement-unknown");
  return say("box-says-no", { status, why: problem.detail ?? "" });
}
