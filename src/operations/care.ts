import { getLogger } from "@logtape/logtape";
import type { Verification } from "../archive/verify.ts";
import type { Store } from "../store/store.ts";
import type { CareDesk, CareStatus, CareTask } from "./care_desk.ts";
import { lastBackup } from "../backup/last_backup.ts";

const log = getLogger(["sonodesk", "care"]);

/** In the store only: nobody sets it. */
const LAST_VERIFICATION = "last verification";

export interface CareWork {
  /** Never throws. */
  backUp: (signal: AbortSignal) => Promise<void>;
  verify: (signal: AbortSignal) => Promise<Verification>;
}

/** The backup and the verification of all files: at night, or when somebody asks; each only once at a time. */
export class Care implements CareDesk {
  readonly #store: Store;
  readonly #work: CareWork;
  readonly #running = new Map<CareTask, { since: string; work: Promise<void> }>();
  readonly #ended = new AbortController();

  constructor(store: Store, work: CareWork) {
    this.#store = store;
    this.#work = work;
  }

  status(): CareStatus {
    const kept = this.#store.settings.get(LAST_VERIFICATION);
    const since = (task: CareTask) => this.#running.get(task)?.since ?? null;
    return {
      backup: { runningSince: since("backup"), last: lastBackup(this.#store.settings) ?? null },
      verification: { runningSince: since("verification"), last: kept === undefined ? null : JSON.parse(kept) },
    };
  }

  start(task: CareTask): boolean {
    if (this.#running.has(task)) return false;
    this.run(task);
    return true;
  }

  /** Resolves when it has ended, also one that was under way already. Never rejects. */
  run(task: CareTask): Promise<void> {
    const under = this.#running.get(task);
    if (under !== undefined) return under.work;
    const signal = this.#ended.signal;
    const work = (task === "backup" ? this.#work.backUp(signal) : this.#verify(signal))
      .catch((error) => log.error("the {task} broke off: {error}", { task, error }))
      .finally(() => this.#running.delete(task));
    this.#running.set(task, { since: new Date().toISOString(), work });
    return work;
  }

  /** Breaks off what is under way. */
  async stop(): Promise<void> {
    this.#ended.abort();
    await Promise.all([...this.#running.values()].map(({ work }) => work));
  }

  async #verify(signal: AbortSignal): Promise<void> {
    const { files, bytes, damaged } = await this.#work.verify(signal);
    if (signal.aborted) return;
    log.info("verified {files} files, {damaged} damaged", { files, damaged: damaged.length });
    const note = { at: new Date().toISOString(), files, bytes, damaged: damaged.length };
    this.#store.settings.set(LAST_VERIFICATION, JSON.stringify(note));
  }
}
