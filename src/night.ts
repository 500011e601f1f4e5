import { getLogger } from "@logtape/logtape";
import type { Archive } from "./archive/archive.ts";
import { NightlyBackup } from "./backup/nightly_backup.ts";
import { filesToBring } from "./backup/files_to_bring.ts";
import { mendFromBackup } from "./backup/mend.ts";
import { isProofDue, proveBackup } from "./backup/proof.ts";
import { backupFolders } from "./backup/settings.ts";
import { AuditCheck } from "./operations/audit_check.ts";
import { Maintenance } from "./operations/maintenance.ts";
import type { ClockWatch } from "./operations/clock_watch.ts";
import { Nightly } from "./operations/nightly.ts";
import { forgetOldRecords } from "./operations/old_records.ts";
import { keepSnapshot } from "./rescue/kept_snapshots.ts";
import type { SettingsInForce } from "./settings/effective_settings.ts";
import type { Store } from "./store/store.ts";

const log = getLogger(["sonodesk", "appliance"]);

/** How fast files are read against their hashes at night, bytes a second: an SD card has other work too. */
const NIGHTLY_CHECK = 20_000_000;

/** What the night's work is done on. */
interface NightParts {
  store: Store;
  archive: Archive;
  settings: SettingsInForce;
  clock: ClockWatch;
  /** Whether somebody has said which the clinic's database is. */
  hasClinic: () => boolean;
}

/** What is done each night: a copy of the store, the backup, the check of all files, and what is too old. */
export class Night {
  /** What a person may begin by hand too. */
  readonly maintenance: Maintenance;
  /** Of the audit's chain. */
  readonly auditCheck: AuditCheck;
  readonly #parts: NightParts;
  readonly #data: string;
  readonly #retentionDays: number | undefined;
  readonly #nightly: Nightly;
  /** Which places a proof reads back: at night those whose turn it is, by hand all. */
  #isDue: (folder: string) => boolean = () => true;
  readonly #foundDamaged = Promise.withResolvers<string>();

  /** @internal `Appliance` makes it. */
  constructor(parts: NightParts) {
    this.#parts = parts;
    const { store, archive, settings, clock } = parts;
    const { data, retentionDays } = settings.current;
    this.#data = data;
    this.#retentionDays = retentionDays;
    const backup = new NightlyBackup(store, data, () => settings.current);
    this.maintenance = new Maintenance(store, {
      backUp: (signal) => backup.run(signal),
      proveBackup: (signal) =>
        proveBackup({ settings: store.settings, current: settings.current, data }, signal, this.#isDue),
      backupFolders: () => backupFolders(settings.current),
      mend: (signal) => mendFromBackup(store.instanceFiles, store.settings, data, settings.current, signal),
      checkIntegrity: (signal) => archive.checkIntegrity({ bytesPerSecond: NIGHTLY_CHECK, signal }),
    });
    this.auditCheck = new AuditCheck(store);
    this.#nightly = new Nightly(store.settings, () => clock.ranFor, (signal) => this.#work(signal));
  }

  /** From now on the nights are kept. */
  start(): void {
    this.#nightly.start();
    // of a new box whose store came from a backup: its files follow while it already works
    if (filesToBring(this.#parts.store.settings) !== undefined) void this.maintenance.run("mend");
  }

  /** Breaks off what is under way; at once, so that a night whose backup is broken off does not go on to what follows. */
  async stop(): Promise<void> {
    await Promise.all([this.#nightly.stop(), this.maintenance.stop()]);
  }

  async #work(signal: AbortSignal): Promise<void> {
    await this.#keepSnapshot();
    await this.maintenance.run("backup");
    await this.maintenance.run("verification");
    if (signal.aborted) return;
    const { store, settings } = this.#parts;
    if (store.instanceFiles.damagedCount() > 0) await this.maintenance.run("mend");
    this.#isDue = (folder) => isProofDue(store.settings, folder);
    if (backupFolders(settings.current).some(this.#isDue)) await this.maintenance.run("proof");
    this.#isDue = () => true;
    if (signal.aborted) return;
    // a wrong clock must not make everything old
    if (this.#parts.clock.isBelievable) await this.#removeOld(signal);
    else log.warn("nothing is removed for its age tonight: it is not sure that the date is right");
    await this.auditCheck.run();
  }

  /** What the date says may go: records, and images where a rule lets them. */
  async #removeOld(signal: AbortSignal): Promise<void> {
    const now = new Date();
    forgetOldRecords(this.#parts.store, now);
    // without the clinic's database nothing has been told to anybody
    if (this.#retentionDays !== undefined && this.#parts.hasClinic()) {
      await this.#parts.archive.applyRetention(this.#retentionDays, now, signal);
    }
  }

  /** Resolves, with what SQLite said, when the copy of the store was found damaged. */
  get foundDamaged(): Promise<string> {
    return this.#foundDamaged.promise;
  }

  /** The night's copy of the store beside it, from which a damaged one can be brought back. Never throws. */
  async #keepSnapshot(): Promise<void> {
    try {
      const { free, floor } = this.#parts.archive.space();
      const { size } = Deno.statSync(`${this.#data}/sonodesk.sqlite`);
      if (free - 2 * size < floor) {
        log.warn("the store is not copied tonight: the disk has too little room");
        return;
      }
      const damage = await keepSnapshot(this.#data);
      if (damage !== undefined) this.#foundDamaged.resolve(damage);
    } catch (error) {
      log.error("the store was not copied: {error}", { error });
    }
  }
}
