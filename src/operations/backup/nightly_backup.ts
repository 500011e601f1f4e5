import { getLogger } from "@logtape/logtape";
import type { Config } from "../../config.ts";
import type { Store } from "../../store/store.ts";
import { backUp } from "./backup.ts";
import { snapshotsIn } from "./format.ts";
import { lastBackup, noteBackup, noteFailure } from "./last_backup.ts";

const log = getLogger(["sonodesk", "backup"]);

/** How fast the archive is read for it, bytes a second: an SD card has other work too. */
const BYTES_PER_SECOND = 20_000_000;

/** The night's backup to the folder that the settings name. */
export class NightlyBackup {
  readonly #store: Store;
  readonly #data: string;
  readonly #settings: () => Pick<Config, "backupFolder" | "backupPassphrase">;

  /** @param data the box's data folder */
  constructor(store: Store, data: string, settings: () => Pick<Config, "backupFolder" | "backupPassphrase">) {
    this.#store = store;
    this.#data = data;
    this.#settings = settings;
  }

  /** Never throws: what went wrong is noted for the settings page and health, and the rest of the night goes on. */
  async run(signal: AbortSignal): Promise<void> {
    const { backupFolder: folder, backupPassphrase: passphrase } = this.#settings();
    if (folder === undefined || folder === "") return;
    try {
      this.#ensureDisk(folder);
      const result = await backUp({ data: this.#data, folder, passphrase, bytesPerSecond: BYTES_PER_SECOND, signal });
      noteBackup(this.#store.settings, folder, result);
      log.info("backed up: {count} new objects, {bytes} bytes, {missing} not in the archive as they came", {
        ...result.fresh,
        missing: result.missing.length,
      });
    } catch (error) {
      if (signal.aborted) return; // the box stops; the next night goes on
      log.error("the nightly backup failed: {error}", { error });
      noteFailure(this.#store.settings, folder, error instanceof Error ? error.message : String(error));
    }
  }

  /** A disk that is not plugged in leaves an empty folder, or none: that must not be filled in its place. */
  #ensureDisk(folder: string): void {
    const last = lastBackup(this.#store.settings);
    const wasHere = last?.folder === folder && last.at !== null;
    if (wasHere ? snapshotsIn(folder).length > 0 : isFolder(folder)) return;
    throw new Error(
      `Cannot back up to ${folder}: ${wasHere ? "the backups in it are gone" : "it is not there"}, ` +
        `check that the disk is plugged in`,
    );
  }
}

function isFolder(path: string): boolean {
  try {
    return Deno.statSync(path).isDirectory;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}
