/** Syncs under way at the same time: who has just missed one does not wait for it. */
const MOST_AT_ONCE = 4;
/** What nobody waits for is on the disk at the latest after so long, milliseconds. */
const LATEST = 1000;

/**
 * Makes what was committed outlast a power cut. SQLite has written it to the write-ahead log and does not wait for the
 * disk; the log is synced here, off the main thread, once for all who wait at the same time.
 *
 * What SQLite guarantees without it: after a power cut the store is whole, and lacks at most the last transactions.
 */
export class DurableLog {
  readonly #path: string;
  /** Of the log's file, none of which is being synced. */
  readonly #idle: Deno.FsFile[] = [];
  #closed = false;
  /** Transactions so far, and those of them that the disk has. What an earlier run left in the log it may not have. */
  #written = 1;
  #synced = 0;
  /** Under way, the latest last. */
  #running: { covers: number; done: Promise<void> }[] = [];
  #next: Promise<void> | undefined;
  #latest: ReturnType<typeof setTimeout> | undefined;
  #failure: unknown;
  /** When the last sync began that came to a good end, ISO 8601. */
  #syncedAt = "";

  /** @param path of the write-ahead log's file; "" for a store in memory, of which nothing lasts */
  constructor(path: string) {
    this.#path = path;
  }

  /** A transaction was committed. */
  written(): void {
    this.#written += 1;
    if (this.#path === "" || this.#latest !== undefined) return;
    this.#latest = setTimeout(() => {
      this.#latest = undefined;
      this.durable().catch(() => {}); // who waits for the disk next is told
    }, LATEST);
    Deno.unrefTimer(this.#latest as unknown as number);
  }

  /**
   * Resolves once all that was committed so far is on the disk.
   *
   * @throws Error of the file system; after one such nothing is durable any more, since the system may have dropped what
   *   it could not write: the box must start again
   */
  durable(): Promise<void> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    if (this.#path === "" || this.#synced >= this.#written) return Promise.resolve();
    const covering = this.#running.find(({ covers }) => covers >= this.#written);
    if (covering !== undefined) return covering.done;
    if (this.#running.length < MOST_AT_ONCE) return this.#sync();
    // those under way began before the last commit
    return this.#next ??= this.#running[0]!.done.then(() => {
      this.#next = undefined;
      return this.#sync();
    });
  }

  /** What was committed before this time is on the disk, ISO 8601. */
  get durableSince(): string {
    return this.#path === "" || this.#synced >= this.#written ? new Date().toISOString() : this.#syncedAt;
  }

  #sync(): Promise<void> {
    const [covers, begun] = [this.#written, new Date().toISOString()];
    const done = this.#syncFile().then(
      () => {
        this.#running = this.#running.filter((one) => one.done !== done);
        if (covers <= this.#synced) return;
        this.#synced = covers;
        this.#syncedAt = begun;
      },
      (error) => {
        this.#failure = error;
        throw error;
      },
    );
    this.#running.push({ covers, done });
    return done;
  }

  async #syncFile(): Promise<void> {
    // one after the other on the same handle: each at the same time has its own; SQLite keeps the file while it is open
    const file = this.#idle.pop() ?? Deno.openSync(this.#path, { read: true });
    try {
      await file.syncData();
    } finally {
      if (this.#closed) file.close();
      else this.#idle.push(file);
    }
  }

  /** The store is closed: SQLite has put everything in its file. */
  close(): void {
    clearTimeout(this.#latest);
    this.#closed = true;
    for (const file of this.#idle.splice(0)) file.close();
  }
}
