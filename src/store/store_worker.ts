import * as sqlite from "node:sqlite";
import { Snapshot, type StoreWork, type StoreWorkAnswer } from "./snapshot.ts";

/** What a dedicated worker has, without the page's types that this project is checked with. */
interface WorkerScope {
  onmessage: ((event: MessageEvent<StoreWork>) => void) | null;
  postMessage(answer: StoreWorkAnswer): void;
}

const scope = self as unknown as WorkerScope;

scope.onmessage = async ({ data }) => {
  try {
    if ("check" in data) {
      const damage = check(data.check);
      return scope.postMessage(damage === undefined ? {} : { damage });
    }
    if ("checkpoint" in data) copyLogBack(data.checkpoint);
    else await copy(data);
    scope.postMessage({});
  } catch (error) {
    scope.postMessage({ error: error instanceof Error ? error.message : String(error) });
  }
};

function check(path: string): string | undefined {
  using snapshot = new Snapshot(path);
  return snapshot.damage();
}

/** Copies what the write-ahead log holds into the store, as far as no reader needs it. Neither readers nor writers wait. */
function copyLogBack(path: string): void {
  const store = new sqlite.DatabaseSync(path);
  try {
    store.exec("PRAGMA busy_timeout = 0");
    store.prepare("PRAGMA wal_checkpoint(PASSIVE)").all();
  } finally {
    store.close();
  }
}

/** All pages in one step: in steps, each write of the box would make SQLite begin again. */
async function copy({ from, to }: { from: string; to: string }): Promise<void> {
  // Deno has had it only since 2.5; a named import would keep the whole program from starting on an older one
  if (typeof sqlite.backup !== "function") {
    throw new Error("this version of Deno has no online backup, use 2.9 or newer");
  }
  const source = new sqlite.DatabaseSync(from); // not read-only: then the last to close would leave the log behind
  try {
    source.exec("PRAGMA busy_timeout = 10000");
    await sqlite.backup(source, to, { rate: -1 });
  } finally {
    source.close();
  }
  const copied = new sqlite.DatabaseSync(to);
  try {
    copied.exec("PRAGMA journal_mode = DELETE"); // one file, without a log beside it
  } finally {
    copied.close();
  }
}
