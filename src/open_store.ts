import { getLogger } from "@logtape/logtape";
import { makeDataFolder, takeDataFolder } from "./data_folder.ts";
import { noteRescue, type Rescued } from "./rescue/desk.ts";
import { refuseUnusable, refuseWithoutArchive } from "./rescue/trouble.ts";
import { Store } from "./store/store.ts";
import { WriteAheadLog } from "./store/write_ahead_log.ts";

const log = getLogger(["sonodesk", "appliance"]);

/** A store and what belongs to it. Closed, with the data folder given back, when disposed of. */
export interface OpenStore extends Disposable {
  /** What the box knows. */
  store: Store;
  /** Of the store's file, which it keeps short. */
  writeAheadLog: WriteAheadLog;
}

/**
 * Takes the data folder and opens the store in it; both are given back at once when one fails.
 *
 * @param rescued what a person has chosen where the box could not start
 * @throws NeedsRescue, StoreUnusable or DiskNotWritable when a person must choose what is to be done about the data folder
 * @throws Error when the data folder cannot be used, or another box uses it; nothing is touched then
 */
export function openStore(data: string, rescued: Rescued | undefined): OpenStore {
  makeDataFolder(data);
  using opened = new DisposableStack();
  opened.use(takeDataFolder(data));
  refuseUnusable(data);
  const path = `${data}/sonodesk.sqlite`;
  const store = new Store(path, (error) => log.error("a listener failed: {error}", { error }));
  opened.defer(() => store.close());
  if (!rescued?.outcome.withoutArchive) refuseWithoutArchive(data, store);
  if (rescued !== undefined) noteRescue(store, rescued);
  const writeAheadLog = new WriteAheadLog(
    path,
    (why) => log.warn("the store's write-ahead log cannot be shortened: {why}", { why }),
  );
  const closing = opened.move();
  return { store, writeAheadLog, [Symbol.dispose]: () => closing.dispose() };
}
