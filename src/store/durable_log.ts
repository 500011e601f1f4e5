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
  #file: Deno.FsFile | undefined;
  /** Transactions so far, and those of them that the disk has. What an earlier run left in the log it may not have. */
  #written = 1;
  #synced = 0;
  #running: { covers: number; done: Promise<void> } | undefined;
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
    if (this.#running === undefined) return this.#sync();
    if (this.#running.covers >= this.#written) return this.#running.done;
    // the one under way began before the last commit
    return this.#next ??= this.#running.done.then(() => {
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
        this.#synced = covers;
        this.#syncedAt = begun;
        this.#running = undefined;
      },
      (error) => {
        this.#failure = error;
        throw error;
      },
    );
    this.#running = { covers, done };
    return done;
  }

  async #syncFile(): Promise<void> {
    // as long as the box has the store open SQLite keeps this file
    this.#file ??= Deno.openSync(this.#path, { read: true });
    await this.#file.syncData();
  }

  /** The store is closed: SQLite has put everything in its file. */
  close(): void {
    clearTimeout(this.#latest);
    const file = this.#file;
    this.#file = undefined;
    if (this.#running === undefined) return file?.close();
    void this.#running.done.catch(() => {}).then(() => file?.close());
  }
}
