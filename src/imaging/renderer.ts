import { inEnglish, Refused, say, type Sentence } from "../sentences.ts";
import { noPictureOf, type RenderAnswer, type RenderRequest } from "./render_protocol.ts";
import { type RendererEnd, RendererEnded, RendererNotStarted, RendererProcess } from "./renderer_process.ts";

const MEBIBYTE = 1024 * 1024;

export interface RendererLimits {
  /** How long processors may work for one picture, in milliseconds, before its renderer is ended. */
  timeLimit: number;
  /** How long the renderer waits for work, in milliseconds, before it is ended to give its memory back. */
  idleLimit: number;
  /** How many requests of people may wait; more are refused. */
  queueLimit: number;
  /** How many pictures made ahead may wait; more are left to be made when somebody asks. */
  preparedLimit: number;
  /** What the renderer may take of memory for its work, bytes. */
  memory: number;
}

const DEFAULT_LIMITS: RendererLimits = {
  timeLimit: 20_000,
  idleLimit: 60_000,
  queueLimit: 200,
  preparedLimit: 2_000,
  memory: 512 * MEBIBYTE,
};

/** The queue is full: for the caller to say "try again" (HTTP 503). */
export class RendererBusy extends Refused {}

/** A stored object, and the bytes it is of. */
export interface Subject {
  /** SOP Instance UID (0008,0018). */
  sopInstanceUid: string;
  /** Of the bytes that are tried, hex. */
  sha256: string;
}

/** What is tried of objects, written down before it is, so that nothing is tried again and again. */
export interface Attempts {
  /**
   * An attempt begins: resolves once that will outlast the end of the box.
   *
   * @param work what is tried, such as "frame 3"
   * @returns why the object is not tried any more; undefined where it is
   */
  begin(subject: Subject, work: string): Promise<Sentence | undefined>;
  /** The renderer came to no harm. */
  done(subject: Subject, work: string): void;
  /** It ended the renderer. */
  ended(subject: Subject, work: string, how: RendererEnd): void;
}

/** A request on its way. `promote` puts one that was queued ahead before those nobody waits for. */
export interface Rendering {
  answer: Promise<RenderAnswer>;
  promote(): void;
}

interface RenderOptions {
  /** Nobody waits for it yet. */
  ahead?: boolean;
  /** Whose attempts are written down. */
  subject?: Subject | undefined;
}

interface Job {
  request: RenderRequest;
  subject: Subject | undefined;
  settle: (answer: RenderAnswer) => void;
  fail: (error: Error) => void;
}

/**
 * Owns the renderer, a process of its own: one request at a time, people before pictures made ahead, a time limit for
 * each. One that takes too long or too much, or fails, is ended and the next request gets a new one, so no object can
 * hold up another part.
 */
export class Renderer {
  readonly #limits: RendererLimits;
  readonly #attempts: Attempts | undefined;
  readonly #waiting: Job[] = [];
  readonly #ahead: Job[] = [];
  #process: RendererProcess | undefined;
  #working: Job | undefined;
  #idle: ReturnType<typeof setTimeout> | undefined;
  #closed = false;

  constructor(limits: Partial<RendererLimits> = {}, attempts?: Attempts) {
    this.#limits = { ...DEFAULT_LIMITS, ...limits };
    this.#attempts = attempts;
  }

  /** Whether a renderer is running; it ends by itself when idle. */
  get isRunning(): boolean {
    return this.#process !== undefined;
  }

  /** The renderer's process id, where one is running. */
  get pid(): number | undefined {
    return this.#process?.pid;
  }

  /** Starts the renderer before there is anything to draw. */
  warm(): void {
    if (this.#closed || this.#process !== undefined) return;
    try {
      this.#start();
    } catch {
      return; // told to who asks for a picture
    }
    if (this.#working === undefined) this.#waitForWork();
  }

  /**
   * Queues a request.
   *
   * @throws RendererBusy when the queue is full, or the renderer closed
   */
  render(request: RenderRequest, { ahead = false, subject }: RenderOptions = {}): Rendering {
    if (this.#closed) throw new RendererBusy(say("pictures-stopping"));
    const queue = ahead ? this.#ahead : this.#waiting;
    if (queue.length >= (ahead ? this.#limits.preparedLimit : this.#limits.queueLimit)) {
      throw new RendererBusy(say("pictures-busy"));
    }
    const { promise, resolve, reject } = Promise.withResolvers<RenderAnswer>();
    const job: Job = { request, subject, settle: resolve, fail: reject };
    queue.push(job);
    if (this.#working === undefined) this.#next();
    return { answer: promise, promote: () => this.#promote(job) };
  }

  /** Ends the renderer; requests that wait are refused. */
  close(): void {
    this.#closed = true;
    const jobs = [...(this.#working ? [this.#working] : []), ...this.#waiting.splice(0), ...this.#ahead.splice(0)];
    clearTimeout(this.#idle);
    this.#process?.kill();
    this.#process = undefined;
    // it was the box that ended it
    if (this.#working?.subject) this.#attempts?.done(this.#working.subject, workOf(this.#working.request));
    for (const job of jobs) job.fail(new RendererBusy(say("pictures-stopping")));
  }

  #promote(job: Job): void {
    const at = this.#ahead.indexOf(job);
    if (at === -1) return;
    this.#ahead.splice(at, 1);
    this.#waiting.push(job);
  }

  #next(): void {
    this.#working = this.#waiting.shift() ?? this.#ahead.shift();
    if (this.#working === undefined) return this.#waitForWork();
    clearTimeout(this.#idle);
    const job = this.#working;
    void this.#work(job).then(job.settle, job.fail).finally(() => {
      if (!this.#closed) this.#next();
    });
  }

  #waitForWork(): void {
    clearTimeout(this.#idle);
    if (this.#process === undefined || this.#closed) return;
    this.#idle = setTimeout(() => this.#endIdle(), this.#limits.idleLimit);
    Deno.unrefTimer(this.#idle as unknown as number);
  }

  #endIdle(): void {
    this.#process?.kill();
    this.#process = undefined;
  }

  #start(): RendererProcess {
    const process = new RendererProcess(this.#limits.memory);
    this.#process = process;
    void process.ended.then(() => {
      if (this.#process === process) this.#process = undefined;
    });
    return process;
  }

  /** One request from beginning to end. Nothing is thrown for what an object does. */
  async #work({ request, subject }: Job): Promise<RenderAnswer> {
    const work = workOf(request);
    let process: RendererProcess;
    try {
      process = this.#process ?? this.#start();
      await process.ready();
    } catch (error) {
      this.#process = undefined;
      if (!(error instanceof RendererNotStarted)) throw error;
      return { kind: "failure", message: error.message, missing: false };
    }
    const setAside = subject && await this.#attempts?.begin(subject, work);
    if (setAside !== undefined) return { kind: "setAside", reason: inEnglish(setAside), coded: setAside };
    try {
      const { answer, leaving } = await process.ask(request, this.#limits.timeLimit);
      if (leaving && this.#process === process) this.#process = undefined;
      if (subject && !this.#closed) this.#attempts?.done(subject, work);
      return answer;
    } catch (error) {
      if (!(error instanceof RendererEnded)) throw error;
      if (this.#process === process) this.#process = undefined;
      if (this.#closed) throw new RendererBusy(say("pictures-stopping"));
      if (subject) this.#attempts?.ended(subject, work, error.how);
      return ended(request, error);
    }
  }
}

/** How an attempt is written down. */
function workOf(request: RenderRequest): string {
  return request.kind === "frame" || request.kind === "native" ? `frame ${request.frame}` : request.kind;
}

const DRAWING: Record<RendererEnd, (detail: number | string) => Sentence> = {
  time: (seconds) => say("drawing-time", { seconds }),
  memory: (megabytes) => say("drawing-memory", { megabytes }),
  crash: (why) => say("drawing-crash", { why }),
};
const READING: Record<RendererEnd, (detail: number | string) => string> = {
  time: (seconds) => `reading it took longer than ${seconds} seconds`,
  memory: (megabytes) => `reading it took more than ${megabytes} MB of memory`,
  crash: (why) => `reading it ended the program that draws: ${why}`,
};

/** What is said of an object that ended the renderer, and is tried again all the same. */
function ended({ kind }: RenderRequest, { how, detail }: RendererEnded): RenderAnswer {
  if (kind === "measurements" || kind === "report") {
    return { kind: "unreadable", reason: READING[how](detail), forGood: false };
  }
  return noPictureOf(DRAWING[how](detail));
}
