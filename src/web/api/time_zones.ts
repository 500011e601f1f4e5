import { TIME_ZONES } from "../../settings/time_zones.ts";
import type { TimeZone } from "../contract/box.ts";
import { json, route } from "../route.ts";

/** The time zones of the world, to choose the clinic's from. */
export const timeZoneRoutes = [
  route("GET /api/time-zones", {
    who: "anyone",
    summary: "The time zones of the world, with their countries and cities",
    answer: json<readonly TimeZone[]>(),
    beforeSetup: true,
  }, () => TIME_ZONES),
];
