import * as v from "valibot";
import { message } from "../messages.ts";
import { say } from "../../sentences.ts";
import type { Study } from "../../store/study_view.ts";
import type { StudySummary } from "../../store/study_summary.ts";
import { Pace } from "../../timing/turns.ts";
import { mayReadImages } from "../authorisation.ts";
import { choice, day, filledLine, idOf, line } from "../fields.ts";
import { claimOf } from "../claim.ts";
import { notFound } from "../problem.ts";
import { type Asked, json, route } from "../route.ts";
import type { SeriesDetails, Study as StudyAnswer, StudyDetails } from "../contract/studies.ts";

const Filter = v.object({
  date: v.optional(day),
  appointmentDate: v.optional(day),
  patientId: v.optional(filledLine(64)),
  accessionNumber: v.optional(filledLine(16)),
  appointmentId: v.optional(filledLine(64)),
  unmatched: v.optional(v.pipe(
    choice(["true", "false", "1", "0"]),
    v.transform((word) => word === "true" || word === "1"),
  )),
});

const number = (most: number) =>
  v.optional(v.pipe(
    v.string(),
    v.regex(/^[1-9]\d{0,3}$/, message("field-whole-number", { least: 1, most: 9999 })),
    v.transform((text) => Math.min(Number(text), most)),
  ));

/** Studies in one answer, instances of each of them, and instances of a study that is asked for alone. */
const MOST_STUDIES = 500;
const MOST_LISTED = 500;
const MOST_INSTANCES = 1000;
/** Instances in one answer, of all its studies: with these it ends, and names the next page. */
const MOST_LISTED_IN_ALL = 20_000;

/** A page of the list: `cursor` is the Study Instance UID of the last one of the page before. */
const ListFilter = v.object({
  ...Filter.entries,
  limit: number(MOST_STUDIES),
  cursor: v.optional(filledLine(128)),
});

/** A page of a study's instances: `instancesAfter` is what the page before has as `instancesLeftAfter`. */
const StudyQuery = v.object({ limit: number(MOST_INSTANCES), instancesAfter: v.optional(filledLine(128)) });

const UnmatchBody = v.object({ reason: v.optional(line(200), "") });
const MatchBody = v.object({ appointmentId: idOf(64), reason: filledLine(200) });

/** Objects that a person may move at once. */
const MOST_OBJECTS = 5000;

const MoveBody = v.pipe(
  v.object({
    sopInstanceUids: v.pipe(
      v.array(filledLine(128), message("field-list", { most: MOST_OBJECTS })),
      v.minLength(1, message("field-empty")),
      v.maxLength(MOST_OBJECTS, message("field-list", { most: MOST_OBJECTS })),
    ),
    appointmentId: v.optional(idOf(64)),
    patientId: v.optional(idOf(64)),
    reason: filledLine(200),
  }),
  v.check(
    ({ appointmentId, patientId }) => appointmentId === undefined || patientId === undefined,
    message("field-one-whose"),
  ),
);

/** Who asks, and where what they ask for is. */
type ByWhom = Pick<Asked, "store" | "user">;

function shownTo({ store, user }: ByWhom, study: Study): StudyAnswer {
  const [first] = study.series.flatMap(({ instances }) => instances);
  const claimed = { ...study, claim: first === undefined ? null : claimOf(store, first.sopInstanceUid) };
  if (!mayReadImages(user.role)) return { ...claimed, measurements: [], measurementsWithheld: true };
  return { ...claimed, stars: store.stars.ofStudy(study.studyInstanceUid) };
}

/** One study, and of each of its objects whose it names itself. Of very many objects the first page. */
async function details(
  asked: ByWhom,
  studyInstanceUid: string,
  { limit = MOST_INSTANCES, instancesAfter }: v.InferOutput<typeof StudyQuery> = {},
): Promise<StudyDetails> {
  const { store } = asked;
  const study = store.studies.find(studyInstanceUid, { most: limit, after: instancesAfter })!;
  const pace = new Pace();
  const series: SeriesDetails[] = [];
  for (const one of study.series) {
    const instances = [];
    for (const instance of one.instances) {
      instances.push({ ...instance, claim: claimOf(store, instance.sopInstanceUid) });
      await pace.next();
    }
    series.push({ ...one, instances });
  }
  return { ...shownTo(asked, study), series };
}

/** @param none what is said where there is none */
function findStudy(
  { store, params }: Pick<Asked<"/:uid">, "store" | "params">,
  none: "no-study" | `${"match" | "unmatch" | "move"}-no-study`,
): StudySummary {
  const study = store.studies.summary(params.uid);
  if (!study) throw notFound(say(none));
  return study;
}

/** What machines sent, study by study. Measurements are for those who read images. */
export const studyRoutes = [
  route("GET /api/studies", {
    who: "signed in",
    summary: "Studies that came, newest first; the header `link` names the next page",
    query: ListFilter,
    answer: json<StudyAnswer[]>(),
    programs: ["images"],
  }, async ({ context, store, query: { limit = MOST_STUDIES, cursor, ...filter }, user }) => {
    const studies = store.studies.listed(filter, { limit: limit + 1, after: cursor, instances: MOST_LISTED });
    const pieces: string[] = [];
    const pace = new Pace();
    let last = "";
    let objects = 0;
    for (const study of studies) {
      if (pieces.length === limit || objects >= MOST_LISTED_IN_ALL) {
        const next = new URL(context.req.url);
        next.searchParams.set("cursor", last);
        context.header("link", `<${next.pathname}${next.search}>; rel="next"`);
        break;
      }
      pieces.push(JSON.stringify(shownTo({ store, user }, study)));
      last = study.studyInstanceUid;
      for (const { instances } of study.series) objects += instances.length;
      await pace.next();
    }
    const encoder = new TextEncoder();
    const body = ReadableStream.from((function* () {
      for (const [n, piece] of pieces.entries()) yield encoder.encode(`${n === 0 ? "[" : ","}${piece}`);
      yield encoder.encode(pieces.length === 0 ? "[]" : "]");
    })());
    return context.body(body, 200, { "content-type": "application/json", "cache-control": "no-store" });
  }),

  route("GET /api/studies/:uid", {
    who: "signed in",
    summary: "One study, of very many instances a page",
    query: StudyQuery,
    answer: json<StudyDetails>(),
    programs: ["images"],
  }, (asked) => details(asked, findStudy(asked, "no-study").studyInstanceUid, asked.query)),

  route("POST /api/studies/:uid/match", {
    who: "signed in",
    summary: "Give an unmatched study to an appointment",
    body: MatchBody,
    answer: json<StudyDetails>(),
  }, (asked) => {
    const { store, body: { appointmentId, reason }, by } = asked;
    const { studyInstanceUid } = findStudy(asked, "match-no-study");
    if (!store.appointments.find(appointmentId)) {
      throw notFound(say("match-no-appointment"));
    }
    store.decisions.match(studyInstanceUid, appointmentId, { by, reason });
    return details(asked, studyInstanceUid);
  }),

  route("DELETE /api/studies/:uid/match", {
    who: "signed in",
    summary: "Take a study from its appointment",
    body: UnmatchBody,
    answer: json<StudyDetails>(),
  }, (asked) => {
    const { store, body: { reason }, by } = asked;
    const { studyInstanceUid } = findStudy(asked, "unmatch-no-study");
    store.decisions.unmatch(studyInstanceUid, { by, reason });
    return details(asked, studyInstanceUid);
  }),

  route("POST /api/studies/:uid/move", {
    who: "reads images",
    summary: "Move objects to an appointment or a patient, or apart into a study of their own",
    body: MoveBody,
    answer: json<StudyDetails>(),
  }, (asked) => {
    const { store, body: { sopInstanceUids, appointmentId, patientId, reason }, by } = asked;
    const { studyInstanceUid } = findStudy(asked, "move-no-study");
    const objects = [...new Set(sopInstanceUids)];
    if (objects.some((uid) => store.instances.find(uid)?.studyInstanceUid !== studyInstanceUid)) {
      throw notFound(say("move-left-the-study"));
    }
    const target = appointmentId !== undefined
      ? { appointmentId }
      : patientId !== undefined
      ? { patientId }
      : "apart" as const;
    const to = store.decisions.move(objects, target, { by, reason });
    return details(asked, to);
  }),
];
