import { json, route } from "../route.ts";
import type { HealthReport } from "../contract/box.ts";

/** How the box is, for people and for watchdogs: 503 when something it needs is failing. */
export const healthRoutes = [
  route("GET /healthz", {
    who: "anyone",
    summary: "How the box is; 503 when something it needs is failing",
    answer: json<HealthReport>(),
    beforeSetup: true,
  }, async ({ context, health }) => {
    const report = await health();
    context.status(report.status === "failing" ? 503 : 200);
    return report;
  }),
];
