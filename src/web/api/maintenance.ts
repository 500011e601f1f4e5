import { MAINTENANCE_TASKS, type MaintenanceTask, type MaintenanceTasks } from "../../operations/maintenance_tasks.ts";
import { type Routes, userOf } from "../context.ts";
import type { Parts } from "../parts.ts";
import { conflict, notFound } from "../problem.ts";
import type { MaintenanceStatus } from "../contract/box.ts";

/** The backup and the integrity check of all files: how they stand, and beginning one now. */
export function maintenanceRoutes(
  { store, settings, maintenance }: Parts,
): Routes<"GET /api/care" | "POST /api/care/:task"> {
  function desk(): MaintenanceTasks {
    if (!maintenance) throw notFound("Cannot look after the files: this program has none");
    return maintenance;
  }
  return {
    "GET /api/care": (context) =>
      context.json(desk().status() satisfies MaintenanceStatus, 200, { "cache-control": "no-store" }),

    "POST /api/care/:task": (context) => {
      const task = context.req.param("task") as MaintenanceTask;
      if (!MAINTENANCE_TASKS.includes(task)) throw notFound("Cannot begin this: there is no such task");
      if (task === "backup" && !settings.current.backupFolder) {
        throw conflict("Cannot back up: it is not set where to, enter a folder or a bucket first");
      }
      if (!desk().start(task)) throw conflict("Cannot begin this: it is under way already");
      store.audit.add(userOf(context).username, `${task} started`, "box");
      return context.json(desk().status() satisfies MaintenanceStatus, 202);
    },
  };
}
