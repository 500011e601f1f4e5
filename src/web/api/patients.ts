import * as v from "valibot";
import { shape } from "../body.ts";
import { filledLine } from "../fields.ts";
import type { Parts, Routes } from "../parts.ts";

export const PatientQuery = v.object({ search: filledLine(100) });

/** People offered at most while a name is typed. */
const MOST = 6;

/** People who were here before, for the walk-in: a name, an id or a phone, as one types. */
export function patientRoutes({ store }: Parts): Routes<"GET /api/patients"> {
  return {
    "GET /api/patients": (context) => {
      const { search } = shape(PatientQuery, context.req.query(), "query");
      return context.json(store.patients.search(search.split(/\s+/), MOST), 200, { "cache-control": "no-store" });
    },
  };
}
