import type { AttentionItem, Reason } from "../../src/web/contract/appointments.ts";
import type { SentClaim, Study, StudySummary } from "../../src/web/contract/studies.ts";
import type { Image } from "./day.ts";

/*
 * What waits for a person's eyes, as cases: a study with all that is odd about it, or a booking.
 */

export interface Case {
  key: string;
  /** None where it is about a booking. */
  study: StudySummary | Study | undefined;
  appointment: AttentionItem["appointment"];
  beside: StudySummary | undefined;
  claim: SentClaim | null | undefined;
  reasons: Reason[];
  images: Image[];
  since: string;
  /** It is a study without an appointment, and nobody has said whose it is. */
  waits: boolean;
}

/**
 * @param reasons as the box lists them, worst first
 * @param unmatched whole studies without an appointment
 *
 * @returns worst first
 */
export function casesOf(
  reasons: readonly AttentionItem[],
  unmatched: readonly Study[],
  imagesOf: (study: Study) => Image[],
): Case[] {
  const whole = new Map(unmatched.map((study) => [study.studyInstanceUid, study]));
  const cases = new Map<string, Case>();
  for (const reason of reasons) {
    const uid = reason.study?.studyInstanceUid;
    const held = uid === undefined ? undefined : whole.get(uid);
    const study = held ?? reason.study;
    const waits = study !== undefined && study.appointmentId === null && study.decidedPatientId === null;
    // all its objects have gone to another study meanwhile
    if (waits && held === undefined) continue;
    const key = uid ?? `appointment ${reason.appointment?.id}`;
    const found: Case = cases.get(key) ?? {
      ...{
        key,
        study,
        waits,
        appointment: reason.appointment,
        beside: undefined,
        claim: undefined,
        since: reason.since,
      },
      ...{ reasons: [], images: held === undefined ? [] : imagesOf(held) },
    };
    found.reasons.push(reason);
    found.beside ??= reason.beside;
    found.claim ??= reason.claim ?? held?.claim;
    if (reason.since < found.since) found.since = reason.since;
    const { sopInstanceUid: uidOfObject, frames } = reason;
    if (uidOfObject !== null && (frames ?? 0) > 0 && !found.images.some((image) => image.uid === uidOfObject)) {
      found.images.push({ uid: uidOfObject, frames: frames ?? 0, reasons: [reason] });
    }
    cases.set(key, found);
  }
  // what came since the reasons were asked for
  for (const study of unmatched) {
    if (cases.has(study.studyInstanceUid) || study.decidedPatientId !== null) continue;
    cases.set(study.studyInstanceUid, {
      ...{ key: study.studyInstanceUid, study, appointment: undefined, beside: undefined, claim: study.claim },
      ...{ reasons: study.reasons, images: imagesOf(study), since: study.receivedAt, waits: true },
    });
  }
  return [...cases.values()];
}

/**
 * Cases in the places they had before, new ones after them: nothing moves under a finger. One that is gone stays in its
 * place, as it was.
 */
export function inTheirPlaces(before: { one: Case; gone: boolean }[], cases: Case[]): { one: Case; gone: boolean }[] {
  const now = new Map(cases.map((one) => [one.key, one]));
  const kept = before.map(({ one }) => ({ one: renewed(one, now.get(one.key)), gone: !now.has(one.key) }));
  const known = new Set(before.map(({ one }) => one.key));
  return [...kept, ...cases.filter(({ key }) => !known.has(key)).map((one) => ({ one, gone: false }))];
}

/** A case as it is now, unless it has become less: then its card would shrink and what is below it would move. */
function renewed(before: Case, now: Case | undefined): Case {
  const ids = new Set(now?.reasons.map(({ id }) => id));
  if (now === undefined || before.reasons.some(({ id }) => !ids.has(id))) return before;
  return { ...now, beside: now.beside ?? before.beside };
}

/** The reasons of a case that a person can settle by having looked. */
export function settleable({ reasons, waits }: Case): Reason[] {
  return reasons.filter(({ code, studyInstanceUid }) =>
    code !== "fetal-sex-coded" && !(waits && studyInstanceUid !== null)
  );
}
