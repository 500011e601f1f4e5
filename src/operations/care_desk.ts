/** What is done at night by itself, and when an admin asks for it. */
export const CARE_TASKS = ["backup", "verification"] as const;
export type CareTask = typeof CARE_TASKS[number];

/** How a task stands: since when it is under way, and how it went last. Times are ISO 8601. */
export interface CareState<Last> {
  runningSince: string | null;
  last: Last | null;
}

export interface CareStatus {
  backup: CareState<
    {
      folder: string;
      at: string | null;
      objects: number;
      bytes: number;
      missing: number;
      failedAt: string | null;
      why: string;
    }
  >;
  verification: CareState<{ at: string; files: number; bytes: number; damaged: number }>;
}

/** Who looks after the box's files, as the web needs it. */
export interface CareDesk {
  status(): CareStatus;
  /** Begins it; false when it is under way already. */
  start(task: CareTask): boolean;
}
