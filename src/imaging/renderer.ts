import type { RenderAnswer, RenderMessage, RenderRequest } from "./render_protocol.ts";
import { end, newLife, type WorkerLife } from "./worker_life.ts";

export interface RendererLimits {
  /** How long one picture may take, in milliseconds, before its worker is ended. */
  timeLimit: number;
  /** How long the worker waits for work, in milliseconds, before it is ended to give its memory back. */
  idleLimit: number;
  /** How many requests of people may wait; more are refused. */
  queueLimit: number;
  /** How many pictures made ahead may wait; more are left to be made when somebody asks. */
  preparedLimit: number;
}

export const DEFAULT_LIMITS: RendererLimits = {
  timeLimit: 20_000,
  idleLimit: 60_000,
  queueLimit: 200,
  preparedLimit: 2_000,
};

/** The queue is full: for the caller to say "try again" (HTTP 503). */
export class RendererBusy extends Error {
  override name = "RendererBusy";
}

/** A request on its way. `promote` puts one that was queued ahead before those nobody waits for. */
export interface Rendering {
  answer: Promise<RenderAnswer>;
  promote(): void;
}

interface Job {
  request: RenderRequest;
  settle: (answer: RenderAnswer) => void;
  fail: (error: Error) => void;
}

/**
 * Owns the render worker: one request at a time, people before pictures made ahead, a time limit for each. A worker
 * that takes too long or fails is ended and the next request gets a new one, so no object can hold up another part.
 */
export class Renderer {
  readonly #limits: RendererLimits;
  readonly #waiting: Job[] = [];
  readonly #ahead: Job[] = [];
  #worker: Worker | undefined;
  #life: WorkerLife | undefined;
  #current: Job | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #closed = false;

  constructor(limits: Partial<RendererLimits> = {}) {
    this.#limits = { ...DEFAULT_LIMITS, ...limits };
  }

  /** Whether a worker is running; it ends by itself when idle. */
  get isRunning(): boolean {
    return this.#worker !== undefined;
  }

  /**
   * Queues a request.
   *
   * @param ahead true when nobody waits for it yet
   * @throws RendererBusy when the queue is full, or the renderer closed
   */
  render(request: RenderRequest, ahead = false): Rendering {
    if (this.#closed) throw new RendererBusy("Cannot draw the picture: the box is stopping");
    const queue = ahead ? this.#ahead : this.#waiting;
    if (queue.length >= (ahead ? this.#limits.preparedLimit : this.#limits.queueLimit)) {
      throw new RendererBusy("Cannot draw the picture now: too many are waiting, try again in a moment");
    }
    const { promise, resolve, reject } = Promise.withResolvers<RenderAnswer>();
    const job: Job = { request, settle: resolve, fail: reject };
    queue.push(job);
    this.#next();
    return { answer: promise, promote: () => this.#promote(job) };
  }

  /** Ends the worker; requests that wait are refused. */
  close(): void {
    this.#closed = true;
    const jobs = [...(this.#current ? [this.#current] : []), ...this.#waiting.splice(0), ...this.#ahead.splice(0)];
    this.#current = undefined;
    this.#endWorker();
    for (const job of jobs) job.fail(new RendererBusy("Cannot draw the picture: the box is stopping"));
  }

  #promote(job: Job): void {
    const at = this.#ahead.indexOf(job);
    if (at === -1) return;
    this.#ahead.splice(at, 1);
    this.#waiting.push(job);
  }

  #next(): void {
    if (this.#current !== undefined) return;
    const job = this.#waiting.shift() ?? this.#ahead.shift();
    clearTimeout(this.#timer);
    if (job === undefined) {
      if (this.#worker !== undefined) this.#setTimer(() => this.#endWorker(), this.#limits.idleLimit);
      return;
    }
    this.#current = job;
    const life = this.#life ??= newLife();
    this.#worker ??= this.#startWorker();
    this.#setTimer(() => {
      this.#endWorker();
      this.#finish(tooLong(job.request, this.#limits.timeLimit / 1000));
    }, this.#limits.timeLimit);
    const timeLimit = Math.ceil(this.#limits.timeLimit / 1000);
    this.#worker.postMessage({ request: job.request, life, timeLimit } satisfies RenderMessage);
  }

  #setTimer(action: () => void, milliseconds: number): void {
    this.#timer = setTimeout(action, milliseconds);
    Deno.unrefTimer(this.#timer as unknown as number);
  }

  #startWorker(): Worker {
    const worker = new Worker(new URL("./render_worker.ts", import.meta.url), { type: "module" });
    worker.onmessage = (event: MessageEvent<RenderAnswer>) => {
      // the answer of one that was ended is of a job that has been answered
      if (worker === this.#worker) this.#finish(event.data);
    };
    worker.onmessageerror = () => this.#fail(worker, "its answer could not be read");
    worker.onerror = (event) => {
      event.preventDefault(); // else it would end the whole box
      this.#fail(worker, event.message);
    };
    return worker;
  }

  #fail(worker: Worker, message: string): void {
    if (worker !== this.#worker) return;
    this.#endWorker();
    this.#finish({ kind: "failure", message: `the render worker failed: ${message}`, missing: false });
  }

  #finish(answer: RenderAnswer): void {
    const job = this.#current;
    this.#current = undefined;
    job?.settle(answer);
    this.#next();
  }

  #endWorker(): void {
    clearTimeout(this.#timer);
    if (this.#life !== undefined && end(this.#life)) this.#worker?.terminate();
    this.#worker = this.#life = undefined;
  }
}

function tooLong({ kind }: RenderRequest, seconds: number): RenderAnswer {
  if (kind === "measurements" || kind === "report") {
    return { kind: "unreadable", reason: `reading it took longer than ${seconds} seconds`, forGood: false };
  }
  const reason = `Drawing the picture took longer than ${seconds} seconds`;
  return { kind: "noPicture", reason, video: false, document: false };
}
