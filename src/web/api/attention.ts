import * as v from "valibot";
import type { Reason } from "../../store/attention.ts";
import type { StudySummary } from "../../store/study_summary.ts";
import { readJson } from "../body.ts";
import { filledLine } from "../fields.ts";
import { claimOf } from "../claim.ts";
import { type Routes, userOf } from "../context.ts";
import type { Parts } from "../parts.ts";
import { notFound } from "../problem.ts";
import type { AttentionItem } from "../contract/appointments.ts";

export const SettleBody = v.object({ reason: filledLine(200) });

/** Reasons that are listed at once; the worst come first. */
const MOST = 500;

/** Everything that waits for a person's eyes, worst first, with what it is about. */
export function attentionRoutes({ store }: Parts): Routes<
  "GET /api/attention" | "POST /api/attention/:id/settle"
> {
  function shown(reason: Reason): AttentionItem {
    const { sopInstanceUid, studyInstanceUid, appointmentId, besideStudyUid } = reason;
    const instance = sopInstanceUid === null ? undefined : store.instances.find(sopInstanceUid);
    const study = studyOf(studyInstanceUid ?? instance?.studyInstanceUid);
    const booking = appointmentId ?? study?.appointmentId ?? study?.suggestedAppointmentId ?? null;
    return {
      ...reason,
      frames: instance?.frames ?? null,
      claim: sopInstanceUid === null ? null : claimOf(store, sopInstanceUid) ?? null,
      study,
      beside: studyOf(besideStudyUid ?? undefined),
      appointment: booking === null ? undefined : store.appointments.find(booking),
    };
  }

  function studyOf(uid: string | undefined): StudySummary | undefined {
    return uid === undefined ? undefined : store.studies.summary(uid);
  }

  return {
    "GET /api/attention": (context) =>
      context.json(store.attention.all(MOST).map(shown), 200, { "cache-control": "no-store" }),

    "POST /api/attention/:id/settle": async (context) => {
      const id = Number(context.req.param("id"));
      const found = Number.isSafeInteger(id) ? store.attention.find(id) : undefined;
      if (found === undefined) throw notFound("Cannot settle this: there is no such reason");
      const { reason } = await readJson(context.req.raw, SettleBody);
      store.decisions.settle(id, { by: userOf(context).username, reason });
      return context.body(null, 204);
    },
  };
}
