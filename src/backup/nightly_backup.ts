import { Refused, say, toldOf } from "../sentences.ts";
import { isFolder } from "../objects/files.ts";
import { getLogger } from "@logtape/logtape";
import type { Store } from "../store/store.ts";
import { backUp, type BackupOptions } from "./backup.ts";
import { snapshotsIn } from "./format.ts";
import { backupTargets, noteBackup, noteFailure } from "./last_backup.ts";
import { openTarget } from "./open_target.ts";
import { isBucket } from "./target.ts";
import { backupOptions, type BackupSettings } from "./settings.ts";

const log = getLogger(["sonodesk", "backup"]);

/** How fast the archive is read for it, bytes a second: an SD card has other work too. */
const BYTES_PER_SECOND = 20_000_000;

/** The night's backup to the folder that the settings name. */
export class NightlyBackup {
  readonly #store: Store;
  readonly #data: string;
  readonly #settings: () => BackupSettings;

  /**
   * Backs nothing up yet.
   *
   * @param data the box's data folder
   */
  constructor(store: Store, data: string, settings: () => BackupSettings) {
    this.#store = store;
    this.#data = data;
    this.#settings = settings;
  }

  /** Never throws: what went wrong is noted for the settings page and health, and the rest of the night goes on. */
  async run(signal: AbortSignal): Promise<void> {
    const settings = this.#settings();
    const folder = settings.backupFolder;
    if (folder === undefined || folder === "") return;
    try {
      const options = { ...backupOptions(settings), folder };
      await this.#ensureDisk(options);
      const result = await backUp({ ...options, data: this.#data, bytesPerSecond: BYTES_PER_SECOND, signal });
      noteBackup(this.#store.settings, folder, result);
      log.info(
        "backed up: {count} new objects, {bytes} bytes, {pruned} removed, {missing} not in the archive as they came",
        {
          ...result.fresh,
          pruned: result.pruned,
          missing: result.missing.length,
        },
      );
    } catch (error) {
      if (signal.aborted) return; // the box stops; the next night goes on
      log.error("the nightly backup failed: {error}", { error });
      noteFailure(this.#store.settings, folder, toldOf(error));
    }
  }

  /** A disk that is not plugged in leaves an empty folder, or none: that must not be filled in its place. */
  async #ensureDisk({ folder, s3 }: Pick<BackupOptions, "folder" | "s3">): Promise<void> {
    const wasHere = backupTargets(this.#store.settings).includes(folder);
    if (wasHere) {
      if ((await snapshotsIn(await openTarget(folder, s3))).length > 0) return;
    } else if (isBucket(folder) || isFolder(folder)) {
      return;
    }
    throw new Refused(say(wasHere ? "backup-gone" : "backup-not-there", { folder }));
  }
}
