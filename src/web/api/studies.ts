import * as v from "valibot";
import type { Study } from "../../store/studies.ts";
import { mayReadImages } from "../authorisation.ts";
import { readJson, shape } from "../body.ts";
import { day, filledLine, idOf, line } from "../fields.ts";
import { claimOf } from "../claim.ts";
import { type Parts, type Routes, userOf, type WebContext } from "../parts.ts";
import { notFound } from "../problem.ts";

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

/** Objects that a person may move at once. */
const MOST_OBJECTS = 5000;

export const MoveBody = v.pipe(
  v.object({
    sopInstanceUids: v.pipe(
      v.array(filledLine(128), "must be a list of SOP Instance UIDs"),
      v.minLength(1, "must name an object"),
      v.maxLength(MOST_OBJECTS, `must be at most ${MOST_OBJECTS} objects`),
    ),
    appointmentId: v.optional(idOf(64)),
    patientId: v.optional(idOf(64)),
    reason: filledLine(200),
  }),
  v.check(
    ({ appointmentId, patientId }) => appointmentId === undefined || patientId === undefined,
    "must name an appointment or a patient, not both; neither sets the objects apart",
  ),
);

/** What machines sent, study by study. Measurements are for those who read images. */
export function studyRoutes({ store }: Parts): Routes<
  | "GET /api/studies"
  | "GET /api/studies/:uid"
  | "POST /api/studies/:uid/match"
  | "DELETE /api/studies/:uid/match"
  | "POST /api/studies/:uid/move"
> {
  function shownTo(context: WebContext, study: Study) {
    const [first] = study.series.flatMap(({ instances }) => instances);
    const claimed = { ...study, claim: first === undefined ? null : claimOf(store, first.sopInstanceUid) };
    if (!mayReadImages(userOf(context).role)) return { ...claimed, measurements: [], measurementsWithheld: true };
    return { ...claimed, stars: store.stars.ofStudy(study.studyInstanceUid) };
  }

  /** One study whole, and of each of its objects whose it names itself. */
  function answer(context: WebContext, study: Study): Response {
    const series = study.series.map((one) => ({
      ...one,
      instances: one.instances.map((instance) => ({ ...instance, claim: claimOf(store, instance.sopInstanceUid) })),
    }));
    return context.json({ ...shownTo(context, study), series }, 200, { "cache-control": "no-store" });
  }

  /** @param cannot what cannot be done without one, such as "match the study" */
  function findStudy(context: WebContext, cannot: string): Study {
    const study = store.studies.find(context.req.param("uid") ?? "");
    if (!study) throw notFound(`Cannot ${cannot}: there is none with this Study Instance UID`);
    return study;
  }

  return {
    "GET /api/studies": (context) => {
      const filter = shape(Filter, context.req.query(), "query");
      const studies = store.studies.list(filter, 500).map((study) => shownTo(context, study));
      return context.json(studies, 200, { "cache-control": "no-store" });
    },

    "GET /api/studies/:uid": (context) => answer(context, findStudy(context, "find the study")),

    "POST /api/studies/:uid/match": async (context) => {
      const { studyInstanceUid } = findStudy(context, "match the study");
      const { appointmentId, reason } = await readJson(context.req.raw, MatchBody);
      if (!store.appointments.find(appointmentId)) {
        throw notFound("Cannot match the study: there is no such appointment, choose another");
      }
      store.decisions.match(studyInstanceUid, appointmentId, { by: userOf(context).username, reason });
      return answer(context, store.studies.find(studyInstanceUid)!);
    },

    "DELETE /api/studies/:uid/match": async (context) => {
      const { studyInstanceUid } = findStudy(context, "undo the match");
      const { reason } = await readJson(context.req.raw, UnmatchBody);
      store.decisions.unmatch(studyInstanceUid, { by: userOf(context).username, reason });
      return answer(context, store.studies.find(studyInstanceUid)!);
    },

    "POST /api/studies/:uid/move": async (context) => {
      const { studyInstanceUid } = findStudy(context, "move objects of the study");
      const { sopInstanceUids, appointmentId, patientId, reason } = await readJson(context.req.raw, MoveBody);
      const objects = [...new Set(sopInstanceUids)];
      if (objects.some((uid) => store.instances.find(uid)?.studyInstanceUid !== studyInstanceUid)) {
        throw notFound("Cannot move the objects: one of them is not in this study any more, look at it again");
      }
      const target = appointmentId !== undefined
        ? { appointmentId }
        : patientId !== undefined
        ? { patientId }
        : "apart" as const;
      const to = store.decisions.move(objects, target, { by: userOf(context).username, reason });
      return answer(context, store.studies.find(to)!);
    },
  };
}
