import * as v from "valibot";
import { shape } from "../body.ts";
import type { Routes } from "../context.ts";
import type { Parts } from "../parts.ts";
import type { UnscheduledStep } from "../contract/appointments.ts";

/** Steps of appointments are with these. */
export const StepQuery = v.object({ unscheduled: v.picklist(["true", "1"], "must be true") });

/** For how long a step that was not booked is shown, milliseconds, and how many at most. */
const SHOWN_FOR = 86_400_000;
const MOST = 50;

/** What machines scan without a booking. */
export function procedureStepRoutes({ store }: Parts): Routes<"GET /api/procedure-steps"> {
  return {
    "GET /api/procedure-steps": (context) => {
      shape(StepQuery, context.req.query(), "query");
      const steps = store.procedureSteps.unscheduled(new Date(Date.now() - SHOWN_FOR), MOST);
      return context.json(steps satisfies UnscheduledStep[], 200, { "cache-control": "no-store" });
    },
  };
}
