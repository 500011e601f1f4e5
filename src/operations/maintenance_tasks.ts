import type { LastBackup, TargetState } from "../backup/last_backup.ts";
import type { Mending } from "../backup/mend.ts";
import type { BackupProof } from "../backup/proof.ts";

/** What is done when an admin asks for it, and at night by itself. */
export const MAINTENANCE_TASKS = ["backup", "verification", "proof", "mend"] as const;
/** What a person may begin by hand. */
export type MaintenanceTask = typeof MAINTENANCE_TASKS[number];

/** How a task stands: since when it is under way, and how it went last. Times are ISO 8601. */
export interface TaskState<Last> {
  /** ISO 8601; null while it is not under way. */
  runningSince: string | null;
  /** What came of it the last time; null for never. */
  last: Last | null;
}

/** Of the places that backups go to, those that were tried. */
export interface BackupTargets {
  /** How each stands. */
  targets: TargetState[];
  /** How each was read back last, where it was. */
  proofs: BackupProof[];
}

/** How the tasks stand. */
export interface MaintenanceStatus {
  /** Of everything, to where it was set to go. */
  backup: TaskState<LastBackup> & BackupTargets;
  /** The backup, read back. */
  proof: TaskState<BackupProof>;
  /** What is damaged in the archive, brought from the backup. */
  mend: TaskState<Mending>;
  /** Every file is read and compared. */
  verification: TaskState<{ at: string; files: number; bytes: number; damaged: number }>;
}

/** Who looks after the box's files, as the web needs it. */
export interface MaintenanceTasks {
  /** How the tasks stand. */
  status(): MaintenanceStatus;
  /** Begins it; false when it is under way already. */
  start(task: MaintenanceTask): boolean;
}
