import * as v from "valibot";
import { isUid } from "../../dicom/uid.ts";
import type { Study } from "../../store/studies.ts";
import { mayReadImages } from "../authorisation.ts";
import { readJson, shape } from "../body.ts";
import { day, filledLine, idOf, line } from "../fields.ts";
import { type Parts, type Routes, userOf, type WebContext } from "../parts.ts";
import { conflict, notFound } from "../problem.ts";

export const Filter = v.object({
  date: v.optional(day),
  appointmentDate: v.optional(day),
  patientId: v.optional(filledLine(64)),
  accessionNumber: v.optional(filledLine(16)),
  appointmentId: v.optional(filledLine(64)),
  unmatched: v.optional(v.pipe(
    v.picklist(["true", "false", "1", "0"], "must be true or false"),
    v.transform((word) => word === "true" || word === "1"),
  )),
});

export const UnmatchBody = v.object({ reason: v.optional(line(200), "") });
export const MatchBody = v.object({ appointmentId: idOf(64), reason: filledLine(200) });

/** What machines sent, study by study. Measurements are for those who read images. */
export function studyRoutes({ store }: Parts): Routes<
  | "GET /api/studies"
  | "GET /api/studies/:uid"
  | "POST /api/studies/:uid/match"
  | "DELETE /api/studies/:uid/match"
> {
  function shownTo(context: WebContext, study: Study) {
    if (!mayReadImages(userOf(context).role)) return { ...study, measurements: [], measurementsWithheld: true };
    return { ...study, stars: store.stars.ofStudy(study.studyInstanceUid) };
  }

  return {
    "GET /api/studies": (context) => {
      const filter = shape(Filter, context.req.query(), "query");
      const studies = store.studies.list(filter, 500).map((study) => shownTo(context, study));
      return context.json(studies, 200, { "cache-control": "no-store" });
    },

    "GET /api/studies/:uid": (context) => {
      const uid = context.req.param("uid") ?? "";
      const study = isUid(uid) ? store.studies.find(uid) : undefined;
      if (!study) throw notFound("Cannot find the study: there is none with this Study Instance UID");
      return context.json(shownTo(context, study), 200, { "cache-control": "no-store" });
    },

    "POST /api/studies/:uid/match": async (context) => {
      const uid = context.req.param("uid") ?? "";
      const before = isUid(uid) ? store.studies.find(uid) : undefined;
      if (!before) throw notFound("Cannot match the study: there is none with this Study Instance UID");
      const { appointmentId, reason } = await readJson(context.req.raw, MatchBody);
      if (!store.appointments.find(appointmentId)) {
        throw notFound("Cannot match the study: there is no such appointment, choose another");
      }
      const by = userOf(context).username;
      store.transaction(() => {
        if (!store.studies.matchByHand(uid, appointmentId, by)) {
          throw conflict("Cannot match the study: it belongs to an appointment already, look at the list again");
        }
        store.audit.add(by, "study matched", `study ${uid}`, { appointmentId, reason, attention: before.attention });
      });
      return context.json(shownTo(context, store.studies.find(uid)!));
    },

    "DELETE /api/studies/:uid/match": async (context) => {
      const uid = context.req.param("uid") ?? "";
      const before = isUid(uid) ? store.studies.find(uid) : undefined;
      if (!before) throw notFound("Cannot undo the match: there is no study with this Study Instance UID");
      const { reason } = await readJson(context.req.raw, UnmatchBody);
      const by = userOf(context).username;
      store.transaction(() => {
        const appointmentId = store.studies.unmatch(uid, by);
        if (appointmentId === undefined) throw conflict("Cannot undo the match: the study belongs to no appointment");
        const { matchedBy } = before;
        store.audit.add(by, "match undone", `study ${uid}`, { before: { appointmentId, matchedBy }, reason });
      });
      return context.json(shownTo(context, store.studies.find(uid)!));
    },
  };
}
