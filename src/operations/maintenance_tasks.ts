import type { LastBackup } from "../backup/last_backup.ts";
import type { BackupProof } from "../backup/proof.ts";

/** What is done when an admin asks for it; all but the proof of the backup also at night by itself. */
export const MAINTENANCE_TASKS = ["backup", "verification", "proof"] as const;
export type MaintenanceTask = typeof MAINTENANCE_TASKS[number];

/** How a task stands: since when it is under way, and how it went last. Times are ISO 8601. */
export interface TaskState<Last> {
  runningSince: string | null;
  last: Last | null;
}

export interface MaintenanceStatus {
  backup: TaskState<LastBackup>;
  /** The backup, read back. */
  proof: TaskState<BackupProof>;
  verification: TaskState<{ at: string; files: number; bytes: number; damaged: number }>;
}

/** Who looks after the box's files, as the web needs it. */
export interface MaintenanceTasks {
  status(): MaintenanceStatus;
  /** Begins it; false when it is under way already. */
  start(task: MaintenanceTask): boolean;
}
