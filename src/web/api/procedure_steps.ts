import * as v from "valibot";
import { choice } from "../fields.ts";
import { json, route } from "../route.ts";
import type { UnscheduledStep } from "../contract/appointments.ts";

/** Steps of appointments are with these. */
const StepQuery = v.object({ unscheduled: choice(["true", "1"]) });

/** For how long a step that was not booked is shown, milliseconds, and how many at most. */
const SHOWN_FOR = 86_400_000;
const MOST = 50;

/** What machines scan without a booking. */
export const procedureStepRoutes = [
  route("GET /api/procedure-steps", {
    who: "signed in",
    summary: "What machines scanned without a booking in the last day",
    query: StepQuery,
    answer: json<UnscheduledStep[]>(),
    programs: ["bookings", "fleet"],
  }, ({ store }) => {
    return store.procedureSteps.unscheduled(new Date(Date.now() - SHOWN_FOR), MOST);
  }),
];
