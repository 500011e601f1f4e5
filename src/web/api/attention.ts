import * as v from "valibot";
import { say } from "../../sentences.ts";
import type { Store } from "../../store/store.ts";
import type { Reason } from "../../store/attention.ts";
import type { StudySummary } from "../../store/study_summary.ts";
import { filledLine } from "../fields.ts";
import { claimOf } from "../claim.ts";
import { notFound } from "../problem.ts";
import { json, route } from "../route.ts";
import type { AttentionItem } from "../contract/appointments.ts";

const SettleBody = v.object({ reason: filledLine(200) });

/** Reasons that are listed at once; the worst come first. */
const MOST = 500;

function shown(store: Store, reason: Reason): AttentionItem {
  const { sopInstanceUid, studyInstanceUid, appointmentId, besideStudyUid } = reason;
  const instance = sopInstanceUid === null ? undefined : store.instances.find(sopInstanceUid);
  const study = studyOf(store, studyInstanceUid ?? instance?.studyInstanceUid);
  const booking = appointmentId ?? study?.appointmentId ?? study?.suggestedAppointmentId ?? null;
  return {
    ...reason,
    frames: instance?.frames ?? null,
    claim: sopInstanceUid === null ? null : claimOf(store, sopInstanceUid) ?? null,
    study,
    beside: studyOf(store, besideStudyUid ?? undefined),
    appointment: booking === null ? undefined : store.appointments.find(booking),
  };
}

function studyOf(store: Store, uid: string | undefined): StudySummary | undefined {
  return uid === undefined ? undefined : store.studies.summary(uid);
}

/** Everything that waits for a person's eyes, worst first, with what it is about. */
export const attentionRoutes = [
  route("GET /api/attention", {
    who: "signed in",
    summary: "Everything that waits for a person's eyes, worst first",
    answer: json<AttentionItem[]>(),
  }, ({ store }) => store.attention.all(MOST).map((reason) => shown(store, reason))),

  route("POST /api/attention/:id/settle", {
    who: "reads images",
    summary: "Somebody has looked",
    body: SettleBody,
    peopleOnly: true,
  }, ({ store, params, body: { reason }, by }) => {
    const id = Number(params.id);
    const found = Number.isSafeInteger(id) ? store.attention.find(id) : undefined;
    if (found === undefined) throw notFound(say("settle-no-reason"));
    store.decisions.settle(id, { by, reason });
  }),
];
