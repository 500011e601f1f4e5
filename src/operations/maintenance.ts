import { getLogger } from "@logtape/logtape";
import type { IntegrityReport } from "../archive/integrity.ts";
import type { Store } from "../store/store.ts";
import type { MaintenanceStatus, MaintenanceTask, MaintenanceTasks } from "./maintenance_tasks.ts";
import { lastBackup, targetStates } from "../backup/last_backup.ts";
import { lastMending } from "../backup/mend.ts";
import { lastProof, proofsOf } from "../backup/proof.ts";

const log = getLogger(["sonodesk", "maintenance"]);

/** In the store only: nobody sets it. */
const LAST_CHECK = "last verification";

interface MaintenanceWork {
  /** Where backups go. */
  backupFolders: () => string[];
  /** Never throws. */
  backUp: (signal: AbortSignal) => Promise<void>;
  checkIntegrity: (signal: AbortSignal) => Promise<IntegrityReport>;
  /** Notes what came of it. */
  proveBackup: (signal: AbortSignal) => Promise<void>;
  /** Notes what came of it. Never throws. */
  mend: (signal: AbortSignal) => Promise<void>;
}

/** The backup, its proof, the integrity check of all files and their mending: at night, or when somebody asks; each only once at a time. */
export class Maintenance implements MaintenanceTasks {
  readonly #store: Store;
  readonly #work: MaintenanceWork;
  readonly #running = new Map<MaintenanceTask, { since: string; work: Promise<void> }>();
  readonly #ended = new AbortController();

  /** Begins nothing yet. */
  constructor(store: Store, work: MaintenanceWork) {
    this.#store = store;
    this.#work = work;
  }

  /** What is under way, and what came of it the last time. */
  status(): MaintenanceStatus {
    const kept = this.#store.settings.get(LAST_CHECK);
    const since = (task: MaintenanceTask) => this.#running.get(task)?.since ?? null;
    return {
      backup: {
        runningSince: since("backup"),
        last: lastBackup(this.#store.settings) ?? null,
        targets: targetStates(this.#store.settings, this.#work.backupFolders()),
        proofs: proofsOf(this.#store.settings),
      },
      proof: { runningSince: since("proof"), last: lastProof(this.#store.settings) ?? null },
      mend: { runningSince: since("mend"), last: lastMending(this.#store.settings) ?? null },
      verification: { runningSince: since("verification"), last: kept === undefined ? null : JSON.parse(kept) },
    };
  }

  /** Begins a task. @returns false where it is under way already */
  start(task: MaintenanceTask): boolean {
    if (this.#running.has(task)) return false;
    this.run(task);
    return true;
  }

  /** Resolves when it has ended, also one that was under way already. Never rejects. */
  run(task: MaintenanceTask): Promise<void> {
    const under = this.#running.get(task);
    if (under !== undefined) return under.work;
    const signal = this.#ended.signal;
    const work = this.#begin(task, signal)
      .catch((error) => log.error("the {task} broke off: {error}", { task, error }))
      .finally(() => this.#running.delete(task));
    this.#running.set(task, { since: new Date().toISOString(), work });
    return work;
  }

  #begin(task: MaintenanceTask, signal: AbortSignal): Promise<void> {
    if (task === "backup") return this.#work.backUp(signal);
    if (task === "mend") return this.#work.mend(signal);
    return task === "proof" ? this.#work.proveBackup(signal) : this.#checkIntegrity(signal);
  }

  /** Breaks off what is under way. */
  async stop(): Promise<void> {
    this.#ended.abort();
    await Promise.all([...this.#running.values()].map(({ work }) => work));
  }

  async #checkIntegrity(signal: AbortSignal): Promise<void> {
    const { files, bytes, damaged } = await this.#work.checkIntegrity(signal);
    if (signal.aborted) return;
    log.info("verified {files} files, {damaged} damaged", { files, damaged: damaged.length });
    const note = { at: new Date().toISOString(), files, bytes, damaged: damaged.length };
    this.#store.settings.set(LAST_CHECK, JSON.stringify(note));
  }
}
