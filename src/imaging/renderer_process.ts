import { setPriority } from "node:os";
import { encodeMessage, MessageReader, piecesOf } from "./message_pipe.ts";
import { memoryOf, processorTimeOf } from "./process_memory.ts";
import {
  type RenderAnswer,
  type RendererReady,
  type RendererSays,
  type RenderRequest,
  unpackAnswer,
} from "./render_protocol.ts";

/** How a renderer came to its end before it had answered. */
export type RendererEnd = "memory" | "time" | "crash";

/** The renderer has ended over a request. `detail`: seconds, or megabytes, or how the process ended. */
export class RendererEnded extends Error {
  override name = "RendererEnded";
  constructor(readonly how: RendererEnd, readonly detail: number | string) {
    super(`the renderer has ended: ${how} (${detail})`);
  }
}

/** A renderer does not start: no object's fault. */
export class RendererNotStarted extends Error {
  override name = "RendererNotStarted";
}

/** An answer's bounds: the largest frame that is drawn, and what is listed of a report. */
const BOUNDS = { head: 16 * 1024 * 1024, bytes: 512 * 1024 * 1024 };
/** How long a start may take on a slow disk, milliseconds. */
const START_LIMIT = 60_000;
/** So often is it looked how much memory it has while it works, milliseconds. */
const WATCH = 100;
/** So many times as long as processors may work for a request it may take, since it gives way to all else. */
const GIVING_WAY = 6;
/** What its program and libraries take besides what it may take for its work, bytes: mostly shared with the box. */
const PROGRAM = 192 * 1024 * 1024;
/** What it wrote last is kept for the log, characters. */
const LAST_WORDS = 8000;

/** What of the environment a renderer needs. Nothing of it is a secret: it reads what strangers sent. */
const ENVIRONMENT = /^(PATH|HOME|TZ|LANG|LC_\w+|TMPDIR|XDG_CACHE_HOME|LD_LIBRARY_PATH|DENO_DIR|DENO_NO_UPDATE_CHECK)$/;

/** What a renderer works on. */
interface Order {
  /** How long processors may work for it, milliseconds. */
  timeLimit: number;
  /** How long processors had worked for the renderer when it was looked at first, milliseconds. */
  worked: number | undefined;
}

/** A process that draws: one request at a time. */
export class RendererProcess {
  readonly #child: Deno.ChildProcess;
  readonly #orders: WritableStreamDefaultWriter<Uint8Array>;
  readonly #answers: MessageReader;
  readonly #memory: number;
  readonly #ready: Promise<void>;
  readonly #spoken: Promise<void>;
  readonly #watch: ReturnType<typeof setInterval>;
  /** What it works on now. */
  #order: Order | undefined;
  #lastWords = "";
  #endedFor: RendererEnded | undefined;

  /** @param memory what it may take for its work, bytes; @throws Error when no process can be started */
  constructor(memory: number) {
    this.#memory = memory;
    this.#child = new Deno.Command(Deno.execPath(), {
      args: [...programArguments(), String(memory)],
      env: environment(),
      clearEnv: true,
      stdin: "piped",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    giveWay(this.#child.pid);
    this.#orders = this.#child.stdin.getWriter();
    this.#answers = new MessageReader(piecesOf(this.#child.stdout), BOUNDS);
    this.#spoken = this.#listen();
    this.#watch = setInterval(() => this.#look(), WATCH);
    Deno.unrefTimer(this.#watch as unknown as number);
    void this.ended.then(() => clearInterval(this.#watch));
    this.#ready = this.#start();
    this.#ready.catch(() => {}); // told to who asks
  }

  get pid(): number {
    return this.#child.pid;
  }

  /** Settles when the process has ended, whatever the cause. */
  get ended(): Promise<unknown> {
    return this.#child.status;
  }

  /** @throws RendererNotStarted */
  ready(): Promise<void> {
    return this.#ready;
  }

  /**
   * Asks a renderer that is ready, and does nothing now.
   *
   * @param timeLimit how long processors may work for it, milliseconds; then it is ended. Where others have them it may
   *   take longer: a busy computer is no fault of an object
   * @returns the answer, and whether it ends with this one
   * @throws RendererEnded
   */
  async ask(request: RenderRequest, timeLimit: number): Promise<{ answer: RenderAnswer; leaving: boolean }> {
    const longest = Deno.build.os === "linux" ? GIVING_WAY * timeLimit : timeLimit;
    const clock = setTimeout(() => this.#end("time", timeLimit / 1000), longest);
    Deno.unrefTimer(clock as unknown as number);
    this.#order = { timeLimit, worked: undefined };
    try {
      for (const part of encodeMessage({ request, timeLimit: longest / 1000 })) await this.#orders.write(part);
      const message = await this.#answers.next();
      if (message === undefined) throw await this.#whyEnded();
      const { answer, leaving } = message.head as RendererSays;
      return { answer: unpackAnswer(answer, message.bytes), leaving };
    } catch (error) {
      this.kill();
      throw error instanceof RendererEnded ? error : await this.#whyEnded(error as Error);
    } finally {
      clearTimeout(clock);
      this.#order = undefined;
    }
  }

  /** Ends it at once. Does nothing where it has ended. */
  kill(): void {
    try {
      this.#child.kill("SIGKILL");
    } catch (error) {
      // as Deno says of one that has ended
      if (!(error instanceof TypeError || error instanceof Deno.errors.NotFound)) throw error;
    }
  }

  async #start(): Promise<void> {
    const clock = setTimeout(() => this.kill(), START_LIMIT);
    Deno.unrefTimer(clock as unknown as number);
    try {
      const message = await this.#answers.next();
      if ((message?.head as RendererReady | undefined)?.ready !== true) throw new Error("it says nothing");
    } catch (error) {
      this.kill();
      const { code, signal } = await this.#child.status;
      await this.#spoken;
      throw new RendererNotStarted(
        `the renderer does not start: ${(error as Error).message}, ${signal ?? `exit code ${code}`} ${this.#lastWords}`,
      );
    } finally {
      clearTimeout(clock);
    }
  }

  #end(how: RendererEnd, detail: number): void {
    this.#endedFor ??= new RendererEnded(how, detail);
    this.kill();
  }

  /** Ends it where it takes too much. Most orders are done before it is looked at once. */
  #look(): void {
    if (this.#order === undefined) return;
    const memory = memoryOf(this.#child.pid);
    if (memory !== undefined && memory.resident > this.#memory + PROGRAM) {
      return this.#end("memory", megabytes(this.#memory));
    }
    const { timeLimit } = this.#order;
    const worked = processorTimeOf(this.#child.pid) ?? 0;
    this.#order.worked ??= worked;
    if (worked - this.#order.worked > timeLimit) this.#end("time", timeLimit / 1000);
  }

  async #whyEnded(error?: Error): Promise<RendererEnded> {
    const { code, signal } = await this.#child.status;
    await this.#spoken;
    if (this.#endedFor !== undefined) return this.#endedFor;
    if (/out of memory|memory allocation of|failed to allocate/i.test(this.#lastWords)) {
      return new RendererEnded("memory", megabytes(this.#memory));
    }
    const why = error?.name === "BrokenPipe" && signal === "SIGKILL" ? error.message : signal ?? `exit code ${code}`;
    return new RendererEnded("crash", why);
  }

  /** What it writes to the error output would be of strangers' objects: only its end is kept, and only for the log. */
  async #listen(): Promise<void> {
    const decoder = new TextDecoder();
    for await (const bytes of this.#child.stderr) {
      this.#lastWords = (this.#lastWords + decoder.decode(bytes, { stream: true })).slice(-LAST_WORDS);
    }
    this.#lastWords = this.#lastWords.slice(-LAST_WORDS).trim();
  }
}

/** Pictures come after what is being stored: from its start on, for the threads that it starts with too. */
function giveWay(pid: number): void {
  if (Deno.build.os !== "linux") return;
  try {
    setPriority(pid, 10);
  } catch (error) {
    // a hardened service may not change priorities: then pictures only wait until storing pauses; or it has ended already
    const denied = error instanceof Deno.errors.PermissionDenied || // as Deno says it before 2.9
      (error as { code?: unknown }).code === "ERR_SYSTEM_ERROR";
    if (!denied) throw error;
  }
}

function megabytes(bytes: number): number {
  return Math.round(bytes / 1024 / 1024);
}

/** The program itself where it is compiled; else the one file that draws, which starts in half the time of the whole. */
function programArguments(): string[] {
  if (Deno.build.standalone) return ["renderer"];
  return [
    ...[
      "run",
      "--quiet",
      "--no-prompt",
      "--no-check",
      "--cached-only",
      "--v8-flags=--optimize-for-size,--max-semi-space-size=2",
    ],
    ...["--allow-read", "--allow-env", "--allow-sys", "--allow-ffi"],
    new URL("./render_command.ts", import.meta.url).href,
  ];
}

function environment(): Record<string, string> {
  return Object.fromEntries(Object.entries(Deno.env.toObject()).filter(([name]) => ENVIRONMENT.test(name)));
}
