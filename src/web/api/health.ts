import type { Routes } from "../context.ts";
import type { Parts } from "../parts.ts";
import type { HealthReport } from "../contract/box.ts";

/** How the box is, for people and for watchdogs: 503 when something it needs is failing. */
export function healthRoutes({ health }: Parts): Routes<"GET /healthz"> {
  return {
    "GET /healthz": async (context) => {
      const report = await health();
      return context.json(report satisfies HealthReport, report.status === "failing" ? 503 : 200, {
        "cache-control": "no-store",
      });
    },
  };
}
