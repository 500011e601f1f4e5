import { DatabaseSync } from "node:sqlite";

/** What a dedicated worker has, without the page's types that this project is checked with. */
interface WorkerScope {
  onmessage: ((event: MessageEvent<string>) => void) | null;
  postMessage(error: string | undefined): void;
}

const scope = self as unknown as WorkerScope;

/** Copies what the write-ahead log holds into the store, as far as no reader needs it. Neither readers nor writers wait. */
scope.onmessage = ({ data: path }) => {
  try {
    const database = new DatabaseSync(path);
    try {
      database.exec("PRAGMA busy_timeout = 0");
      database.prepare("PRAGMA wal_checkpoint(PASSIVE)").all();
    } finally {
      database.close();
    }
    scope.postMessage(undefined);
  } catch (error) {
    scope.postMessage(error instanceof Error ? error.message : String(error));
  }
};
