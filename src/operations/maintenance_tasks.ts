import type { LastBackup } from "../backup/last_backup.ts";

/** What is done at night by itself, and when an admin asks for it. */
export const MAINTENANCE_TASKS = ["backup", "verification"] as const;
export type MaintenanceTask = typeof MAINTENANCE_TASKS[number];

/** How a task stands: since when it is under way, and how it went last. Times are ISO 8601. */
export interface TaskState<Last> {
  runningSince: string | null;
  last: Last | null;
}

export interface MaintenanceStatus {
  backup: TaskState<LastBackup>;
  verification: TaskState<{ at: string; files: number; bytes: number; damaged: number }>;
}

/** Who looks after the box's files, as the web needs it. */
export interface MaintenanceTasks {
  status(): MaintenanceStatus;
  /** Begins it; false when it is under way already. */
  start(task: MaintenanceTask): boolean;
}
