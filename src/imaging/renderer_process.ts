import { encodeMessage, MessageReader } from "./message_pipe.ts";
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

/** A process that draws: one request at a time. */
export class RendererProcess {
  readonly #child: Deno.ChildProcess;
  readonly #orders: WritableStreamDefaultWriter<Uint8Array>;
  readonly #answers: MessageReader;
  readonly #memory: number;
  readonly #ready: Promise<void>;
  readonly #spoken: Promise<void>;
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
    this.#orders = this.#child.stdin.getWriter();
    this.#answers = new MessageReader(this.#child.stdout, BOUNDS);
    this.#spoken = this.#listen();
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
    const seconds = timeLimit / 1000;
    const worked = processorTimeOf(this.#child.pid);
    const longest = worked === undefined ? timeLimit : GIVING_WAY * timeLimit;
    const clock = setTimeout(() => this.#end("time", seconds), longest);
    const watch = setInterval(() => {
      this.#watchMemory();
      if ((processorTimeOf(this.#child.pid) ?? 0) - (worked ?? 0) > timeLimit) this.#end("time", seconds);
    }, WATCH);
    Deno.unrefTimer(clock as unknown as number);
    Deno.unrefTimer(watch as unknown as number);
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
      clearInterval(watch);
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

  #watchMemory(): void {
    const memory = memoryOf(this.#child.pid);
    if (memory === undefined || memory.resident <= this.#memory + PROGRAM) return;
    this.#end("memory", megabytes(this.#memory));
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

function megabytes(bytes: number): number {
  return Math.round(bytes / 1024 / 1024);
}

/** The program itself where it is compiled; else the one file that draws, which starts in half the time of the whole. */
function programArguments(): string[] {
  if (Deno.build.standalone) return ["renderer"];
  return [
    ...["run", "--quiet", "--no-prompt", "--no-check", "--cached-only", "--v8-flags=--optimize-for-size"],
    ...["--allow-read", "--allow-env", "--allow-sys", "--allow-ffi"],
    new URL("./render_command.ts", import.meta.url).href,
  ];
}

function environment(): Record<string, string> {
  return Object.fromEntries(Object.entries(Deno.env.toObject()).filter(([name]) => ENVIRONMENT.test(name)));
}
