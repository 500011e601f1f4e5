import { setImmediate } from "node:timers";
import { DatabaseSync, type SQLInputValue, type SQLOutputValue, type StatementSync } from "node:sqlite";
import { say } from "../sentences.ts";
import { type Change, ChangeFeed } from "./changes.ts";
import { DurableLog } from "./durable_log.ts";
import { migrate } from "./migrate.ts";
import { isDamage, StoreUnusable } from "./store_unusable.ts";
import { KEPT_LOG, logSizeOf } from "./write_ahead_log.ts";

export type Row = Record<string, SQLOutputValue>;
type Values = Record<string, SQLInputValue>;

/** Another program's lock is waited for so long while nobody is answered, milliseconds; once in vain, no more. */
const PATIENCE = 90;
/** Work that can wait is tried again after so long, and given up after `LONGEST_WAIT`; milliseconds. */
const TRY_AGAIN = 50;
const LONGEST_WAIT = 20_000;
/** So much of the write-ahead log a commit copies itself, where no worker has done so before; bytes. */
const AUTOMATIC_CHECKPOINT = 64 * 1024 * 1024;
/**
 * Bytes of a page of a new store. A small change touches a page in each of a dozen tables and indexes, and each page is
 * written whole: with SQLite's own 4,096 that is three times as much, which wears a card.
 */
const PAGE = 1024;

/** Another program holds the store: what was to be written was not. */
export function isLocked(error: unknown): error is Error {
  return error instanceof Error && (error as { code?: unknown }).code === "ERR_SQLITE_ERROR" &&
    /is locked/.test(error.message);
}

/** Work that waits for the commit it shares with others. */
interface Together {
  work: () => unknown;
  resolve: (result: unknown) => void;
  reject: (error: unknown) => void;
  /** When it was asked for, by the steady clock. */
  since: number;
}

/**
 * The one SQLite connection of the box.
 *
 * Write-ahead log with `synchronous=NORMAL`: a commit does not wait for the disk, `durable` does, off the main thread.
 * Whoever gives a receipt waits for it. Statements are prepared once. Changes announced inside a transaction reach the
 * feed only after its commit.
 */
export class Database {
  readonly changes: ChangeFeed;
  readonly #sqlite: DatabaseSync;
  readonly #log: DurableLog;
  /** Whether the box had closed the store in good order before. */
  readonly wasClosed: boolean;
  readonly #statements = new Map<string, StatementSync>();
  #depth = 0;
  #hasChanged = false;
  /** Another program holds the store, as far as is known. */
  #isHeld = false;
  #together: Together[] = [];
  #announced: Change[] = [];
  readonly #damaged = Promise.withResolvers<string>();
  #damage: string | undefined;

  /**
   * Opens the store's file, creating and migrating it as needed.
   *
   * @throws StoreUnusable when the file cannot be opened or written, is no SQLite file, or was written by a newer version
   */
  constructor(path: string, onListenerError: (error: unknown) => void = (error) => console.error(error)) {
    this.changes = new ChangeFeed(onListenerError);
    const log = path === ":memory:" ? "" : `${path}-wal`;
    this.#log = new DurableLog(log);
    this.wasClosed = log === "" || logSizeOf(path) === 0;
    try {
      this.#sqlite = new DatabaseSync(path);
      this.#sqlite.exec(`
        PRAGMA page_size = ${PAGE};
        PRAGMA journal_mode = WAL;
        PRAGMA synchronous = FULL;
        PRAGMA foreign_keys = ON;
        PRAGMA busy_timeout = 5000;
        PRAGMA trusted_schema = OFF;
        PRAGMA cache_size = -16000;
        PRAGMA journal_size_limit = ${KEPT_LOG};
      `);
      const { page_size: page } = this.#sqlite.prepare("PRAGMA page_size").get() as { page_size: number };
      this.#sqlite.exec(`PRAGMA wal_autocheckpoint = ${AUTOMATIC_CHECKPOINT / page}`);
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      throw new StoreUnusable(
        "unreadable",
        say("store-not-opened", { path, why }),
        { cause: error },
      );
    }
    try {
      migrate(this.#sqlite, path);
    } catch (error) {
      this.#sqlite.close();
      throw error;
    }
    // from now on somebody waits for an answer, and for the disk by `durable`
    this.#sqlite.exec(`PRAGMA busy_timeout = ${PATIENCE}; PRAGMA synchronous = NORMAL`);
  }

  /** What SQLite said when a statement found that the file is damaged; undefined while none has. */
  get damage(): string | undefined {
    return this.#damage;
  }

  /** Resolves with it. */
  get damaged(): Promise<string> {
    return this.#damaged.promise;
  }

  /** The first row, or undefined. */
  get<T = Row>(sql: string, values: Values = {}): T | undefined {
    const row = this.#watching(() => this.#prepare(sql).get(values) as T | undefined);
    if (row !== undefined && isWriting(sql)) this.#changed();
    return row;
  }

  /** All rows. */
  all<T = Row>(sql: string, values: Values = {}): T[] {
    const rows = this.#watching(() => this.#prepare(sql).all(values) as T[]);
    if (rows.length > 0 && isWriting(sql)) this.#changed();
    return rows;
  }

  /**
   * Rows one at a time, for results that must not be held in memory together, or take so long that others have their turn
   * between them: the statement is its own, since two may be under way.
   */
  *iterate<T = Row>(sql: string, values: Values = {}): Generator<T, undefined> {
    const rows = this.#watching(() => this.#sqlite.prepare(sql).iterate(values) as IterableIterator<T>);
    try {
      for (;;) {
        const { value, done } = this.#watching(() => rows.next());
        if (done) return undefined;
        yield value;
      }
    } finally {
      rows.return?.();
    }
  }

  /** Runs a statement that changes rows; returns how many it changed. */
  run(sql: string, values: Values = {}): number {
    const changes = this.#watching(() => Number(this.#prepare(sql).run(values).changes));
    if (changes > 0) this.#changed();
    return changes;
  }

  #changed(): void {
    if (this.#depth > 0) this.#hasChanged = true;
    else this.#log.written();
  }

  /** Resolves once all that was committed so far outlasts a power cut. @throws Error of the file system */
  durable(): Promise<void> {
    return this.#log.durable();
  }

  /** What was committed before this time outlasts a power cut. */
  get durableSince(): string {
    return this.#log.durableSince;
  }

  /** Does something with the file, and hears when that is damaged. */
  #watching<T>(work: () => T): T {
    try {
      return work();
    } catch (error) {
      if (isDamage(error)) {
        this.#damage ??= (error as Error).message;
        this.#damaged.resolve(this.#damage);
      }
      throw error;
    }
  }

  /**
   * Runs `work` in one immediate transaction: all of it or nothing. Called inside another one it joins it, so that
   * nouns can be composed. `work` must not await.
   */
  transaction<T>(work: () => T): T {
    if (this.#depth > 0) return work();
    this.#begin();
    this.#depth = 1;
    let result: T;
    try {
      result = work();
      this.#watching(() => this.#prepare("COMMIT").run());
      if (this.#hasChanged) this.#log.written();
    } catch (error) {
      this.#announced = [];
      // SQLite ends the transaction by itself on some errors, a full disk among them
      if (this.#sqlite.isTransaction) this.#sqlite.exec("ROLLBACK");
      throw error;
    } finally {
      this.#depth = 0;
      this.#hasChanged = false;
    }
    const announced = this.#announced;
    this.#announced = [];
    this.changes.publish(announced);
    return result;
  }

  get isInTransaction(): boolean {
    return this.#depth > 0;
  }

  #begin(): void {
    try {
      this.#watching(() => this.#prepare("BEGIN IMMEDIATE").run());
      this.#holds(false);
    } catch (error) {
      if (isLocked(error)) this.#holds(true);
      throw error;
    }
  }

  /** While another program holds the store, each write fails at once instead of keeping everybody waiting. */
  #holds(isHeld: boolean): void {
    if (isHeld === this.#isHeld) return;
    this.#isHeld = isHeld;
    this.#sqlite.exec(`PRAGMA busy_timeout = ${isHeld ? 0 : PATIENCE}`);
  }

  /** The same as `committedTogether`, and one wait for the disk for all. @returns once the commit is durable */
  async transactionTogether<T>(work: () => T): Promise<T> {
    const result = await this.committedTogether(work);
    await this.durable();
    return result;
  }

  /**
   * Runs `work` like `transaction`, together with what others ask for at the same moment: one commit for all of them.
   * Work that throws is undone alone. While another program holds the store it waits for some seconds.
   */
  committedTogether<T>(work: () => T): Promise<T> {
    return new Promise((resolve, reject) => {
      const since = performance.now();
      this.#together.push({ work, resolve: resolve as (result: unknown) => void, reject, since });
      // after what the event loop has at hand now, which is where the others come from
      if (this.#together.length === 1) setImmediate(() => this.#runTogether());
    });
  }

  #runTogether(): void {
    const waiting = this.#together;
    this.#together = [];
    if (waiting.length === 1) return this.#runAlone(waiting[0]!);
    const done: (() => void)[] = [];
    try {
      this.transaction(() => {
        for (const { work, resolve, reject } of waiting) {
          const announcedBefore = this.#announced.length;
          this.#sqlite.exec("SAVEPOINT one");
          try {
            const result = work();
            this.#sqlite.exec("RELEASE one");
            done.push(() => resolve(result));
          } catch (error) {
            // a full disk has ended the whole transaction already
            if (!this.#sqlite.isTransaction) throw error;
            this.#sqlite.exec("ROLLBACK TO one; RELEASE one");
            this.#announced.length = announcedBefore;
            done.push(() => reject(error));
          }
        }
      });
      for (const tell of done) tell();
    } catch (error) {
      if (this.#tryAgain(waiting, error)) return;
      for (const { reject } of waiting) reject(error);
    }
  }

  #runAlone(alone: Together): void {
    try {
      alone.resolve(this.transaction(alone.work));
    } catch (error) {
      if (!this.#tryAgain([alone], error)) alone.reject(error);
    }
  }

  /** Whether what another program's lock kept from being written is tried again. */
  #tryAgain(waiting: Together[], error: unknown): boolean {
    if (!isLocked(error) || performance.now() - waiting[0]!.since > LONGEST_WAIT) return false;
    // before those that were asked for meanwhile; with these there, nothing else begins a run
    this.#together.unshift(...waiting);
    setTimeout(() => this.#runTogether(), TRY_AGAIN);
    return true;
  }

  /** Tells the change feed, once the transaction under way is committed. */
  announce(change: Change): void {
    if (this.#depth === 0) throw new Error(`Cannot announce a change of ${change.noun} outside a transaction`);
    this.#announced.push(change);
  }

  close(): void {
    this.#statements.clear();
    this.#sqlite.close();
    this.#log.close();
  }

  #prepare(sql: string): StatementSync {
    let statement = this.#statements.get(sql);
    if (statement === undefined) {
      statement = this.#sqlite.prepare(sql);
      this.#statements.set(sql, statement);
    }
    return statement;
  }
}

/** Whether a statement that gives rows changes them too. */
function isWriting(sql: string): boolean {
  return sql.includes("RETURNING");
}

/** Now, as every table keeps it: ISO 8601, UTC, milliseconds. */
export function timestamp(): string {
  return new Date().toISOString();
}
