import { filesToBring } from "../../backup/files_to_bring.ts";
import { say } from "../../sentences.ts";
import { MAINTENANCE_TASKS, type MaintenanceTask, type MaintenanceTasks } from "../../operations/maintenance_tasks.ts";
import type { Parts } from "../parts.ts";
import { conflict, notFound } from "../problem.ts";
import { json, route } from "../route.ts";
import type { MaintenanceStatus } from "../contract/box.ts";

function tasksOf({ maintenance }: Pick<Parts, "maintenance">): MaintenanceTasks {
  if (!maintenance) throw notFound(say("no-files-to-look-after"));
  return maintenance;
}

/** The backup and the integrity check of all files: how they stand, and beginning one now. */
export const maintenanceRoutes = [
  route("GET /api/care", {
    who: "admin",
    summary: "How the backup and the verification of the files stand",
    answer: json<MaintenanceStatus>(),
    programs: ["fleet"],
  }, (asked) => tasksOf(asked).status()),

  route("POST /api/care/:task", {
    who: "admin",
    summary: "Begin `backup`, `verification`, `proof` (of the backup) or `mend` (damaged files, from the backup) now",
    answer: json<MaintenanceStatus>(),
    status: 202,
    programs: ["fleet"],
  }, (asked) => {
    const { store, settings, params, by } = asked;
    const task = params.task as MaintenanceTask;
    if (!MAINTENANCE_TASKS.includes(task)) throw notFound(say("no-task"));
    // a new box's files may come from a place that the settings do not name
    const hasPlace = settings.current.backupFolder || (task === "mend" && filesToBring(store.settings) !== undefined);
    if (task !== "verification" && !hasPlace) {
      throw conflict(say("backup-goes-nowhere"));
    }
    if (!tasksOf(asked).start(task)) throw conflict(say("task-under-way"));
    store.audit.add(by, `${task} started`, "box");
    return tasksOf(asked).status();
  }),
];
