import { workOnStore } from "./snapshot.ts";

/** The write-ahead log is copied into the store from this size on, bytes. */
const LONG_LOG = 16 * 1024 * 1024;
/** It is cut to this size once it begins anew, bytes. */
export const KEPT_LOG = 32 * 1024 * 1024;
/** How often it is looked at, milliseconds. */
const EVERY = 2000;

/**
 * Keeps the store's write-ahead log short. It is copied into the store by a worker: a disk may take seconds for it, and
 * nobody is to wait for that. While another program reads the store it cannot begin anew, and grows; once that has ended
 * it shrinks.
 */
export class WriteAheadLog {
  readonly #path: string;
  readonly #onTrouble: (why: string) => void;
  #timer: ReturnType<typeof setInterval> | undefined;
  #copying: Promise<void> | undefined;
  /** How long it was when it was last copied: as long as it grows no further, there is nothing to do. */
  #copiedAt = 0;

  /**
   * Shortens nothing before `start`.
   *
   * @param path of the store
   */
  constructor(path: string, onTrouble: (why: string) => void) {
    this.#path = path;
    this.#onTrouble = onTrouble;
  }

  /** From now on it is kept short. */
  start(): void {
    this.#timer = setInterval(() => this.#look(), EVERY);
  }

  /** Resolves once nothing is under way. */
  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await this.#copying;
  }

  /** How long the log's file is, bytes. */
  get size(): number {
    return logSizeOf(this.#path);
  }

  #look(): void {
    const { size } = this;
    if (size < LONG_LOG) {
      this.#copiedAt = 0;
      return;
    }
    // a file that was cut to what is kept is not a log of that length: it is written from its beginning
    if (this.#copying !== undefined || (size <= KEPT_LOG && size === this.#copiedAt)) return;
    this.#copiedAt = size;
    this.#copying = this.#copy().finally(() => this.#copying = undefined);
  }

  async #copy(): Promise<void> {
    const { error: why } = await workOnStore({ checkpoint: this.#path });
    if (why !== undefined) this.#onTrouble(why);
  }
}

/** How long the log of the store at a path is, bytes; 0 where there is none. */
export function logSizeOf(path: string): number {
  try {
    return Deno.statSync(`${path}-wal`).size;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return 0;
    throw error;
  }
}
