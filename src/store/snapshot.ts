import { DatabaseSync } from "node:sqlite";
import { askWorker } from "../ask_worker.ts";

/** What the worker is asked that works with a store's file: to copy it, to say what is wrong with it, or to copy its log back. */
export type StoreWork = { from: string; to: string } | { check: string } | { checkpoint: string };

/** What it answers: an error in words, or none; and what SQLite finds wrong with a store, where something is. */
export interface StoreWorkAnswer {
  error?: string;
  damage?: string;
}

/** A stored file as a backup needs it: `path` below the archive folder, `size` in bytes, SHA-256 in hex. */
export interface SnapshotFile {
  /** From the archive's folder. */
  path: string;
  /** Bytes. */
  size: number;
  /** Of the file's bytes, hex. */
  sha256: string;
}

/**
 * Copies the store as it is at one moment into a file of its own, by SQLite's online backup in a worker: machines go
 * on storing meanwhile, in this process or in another.
 *
 * @throws Error when it cannot; nothing is left at `to` then
 */
export async function takeSnapshot(from: string, to: string): Promise<void> {
  const { error } = await workOnStore({ from, to });
  if (error === undefined) return;
  for (const path of [to, `${to}-wal`, `${to}-shm`, `${to}-journal`]) await Deno.remove(path).catch(() => undefined);
  throw new Error(`Cannot copy the store: ${error}`);
}

/** What SQLite finds wrong with a store, in its own words; undefined when nothing is. Reads all of it, in a worker. */
export async function damageOf(path: string): Promise<string | undefined> {
  const { error, damage } = await workOnStore({ check: path });
  return damage ?? error;
}

/** Works with a store's file apart from the main thread. */
export async function workOnStore(request: StoreWork): Promise<StoreWorkAnswer> {
  try {
    return await askWorker(new URL("./store_worker.ts", import.meta.url), request);
  } catch (error) {
    return { error: error instanceof Error ? error.message : String(error) };
  }
}

/** A snapshot that is only read: its schema, and the files it needs. */
export class Snapshot implements Disposable {
  readonly #sqlite: DatabaseSync;
  #hasFile: Set<string> | undefined;

  /**
   * Opens a copy of a store to be read.
   *
   * @throws Error when it is no store
   */
  constructor(path: string) {
    this.#sqlite = new DatabaseSync(path, { readOnly: true });
  }

  /** The number of the last migration it has seen. */
  get schema(): number {
    return (this.#sqlite.prepare("PRAGMA user_version").get() as { user_version: number }).user_version;
  }

  /** The id of the box whose store it is; undefined where that had none yet. */
  get boxId(): string | undefined {
    const row = this.#sqlite.prepare(`SELECT value FROM settings WHERE name = 'box id'`).get();
    return row?.value as string | undefined;
  }

  /** Whether a file of this SHA-256 was ever received, removed by the retention rule or not. */
  hasFile(sha256: string): boolean {
    this.#hasFile ??= new Set(
      this.#sqlite.prepare(`SELECT sha256 FROM instances UNION SELECT sha256 FROM superseded_instances`).all()
        .map((row) => row.sha256 as string),
    );
    return this.#hasFile.has(sha256);
  }

  /** What SQLite finds wrong with it, in its own words; undefined when nothing is. */
  damage(): string | undefined {
    const rows = this.#sqlite.prepare("PRAGMA integrity_check(3)").all() as { integrity_check: string }[];
    const found = rows.map((row) => row.integrity_check).join("; ");
    return found === "ok" ? undefined : found;
  }

  /** Every file that was received and has not been removed by the retention rule, one at a time. */
  files(): IterableIterator<SnapshotFile> {
    return this.#sqlite.prepare(this.#allFiles()).iterate() as unknown as IterableIterator<SnapshotFile>;
  }

  /** How many files these are, and their bytes. */
  totals(): { count: number; bytes: number } {
    const row = this.#sqlite.prepare(`SELECT count(*) AS count, total(size) AS bytes FROM (${this.#allFiles()})`).get();
    return { count: Number(row!.count), bytes: Number(row!.bytes) };
  }

  #allFiles(): string {
    const versions = ["instances", "superseded_instances"].map((table) =>
      `SELECT path, size, sha256 FROM ${table}${this.#tellsRemoved(table) ? " WHERE removed_at IS NULL" : ""}`
    );
    return versions.join(" UNION ALL ");
  }

  /** A store of an earlier schema has never removed a file of such a table. */
  #tellsRemoved(table: string): boolean {
    const columns = this.#sqlite.prepare(`SELECT name FROM pragma_table_info(?)`).all(table);
    return columns.some(({ name }) => name === "removed_at");
  }

  /** Closes the file. */
  [Symbol.dispose](): void {
    this.#sqlite.close();
  }
}
