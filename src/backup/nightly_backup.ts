import { Refused, say, type Told, toldOf } from "../sentences.ts";
import { isFolder } from "../objects/files.ts";
import { getLogger } from "@logtape/logtape";
import type { Store } from "../store/store.ts";
import { backUp, type BackupOptions } from "./backup.ts";
import { snapshotsIn } from "./format.ts";
import { backupTargets, noteBackup, noteFailure, noteTargetFailure } from "./last_backup.ts";
import { openTarget } from "./open_target.ts";
import { isBucket } from "./target.ts";
import { backupFolders, backupOptions, type BackupSettings } from "./settings.ts";

const log = getLogger(["sonodesk", "backup"]);

/** How fast the archive is read for it, bytes a second: an SD card has other work too. */
const BYTES_PER_SECOND = 20_000_000;

/** The night's backup to the places that the settings name. */
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
    const folders = backupFolders(settings);
    const failed: { folder: string; told: Told; absent: boolean }[] = [];
    for (const folder of folders) {
      try {
        await this.#to({ ...backupOptions(settings), folder, data: this.#data, signal });
      } catch (error) {
        if (signal.aborted) return; // the box stops; the next night goes on
        const told = toldOf(error);
        const absent = ["backup-gone", "backup-not-there"].includes(told.coded?.code ?? "") && !isBucket(folder);
        if (!absent) log.error("the nightly backup failed: {error}", { error });
        noteTargetFailure(this.#store.settings, folder, told, absent);
        failed.push({ folder, told, absent });
      }
    }
    // of disks that take turns one is away each night: that is no trouble while there is another backup
    const hasGood = failed.length < folders.length;
    const trouble = failed.find(({ absent }) => !(absent && hasGood));
    for (const { told } of failed.filter(({ absent }) => absent)) {
      if (hasGood) log.info("a backup disk is away: {why}", { why: told.detail });
      else log.error("the nightly backup failed: {error}", { error: told.detail });
    }
    if (trouble !== undefined) noteFailure(this.#store.settings, trouble.folder, trouble.told);
  }

  async #to(options: BackupOptions): Promise<void> {
    await this.#ensureDisk(options);
    const result = await backUp({ ...options, bytesPerSecond: BYTES_PER_SECOND });
    noteBackup(this.#store.settings, options.folder, result);
    log.info(
      "backed up: {count} new objects, {bytes} bytes, {pruned} removed, {missing} not in the archive as they came",
      { ...result.fresh, pruned: result.pruned, missing: result.missing.length },
    );
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
