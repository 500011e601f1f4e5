import { say } from "../sentences.ts";
import type { Appointment } from "./appointment.ts";
import type { Appointments } from "./appointments.ts";
import type { Attention, Reason } from "./attention.ts";
import type { AuditEvents } from "./audit_events.ts";
import { type Database } from "./database.ts";
import { isNotice } from "./filing.ts";
import type { Instances } from "./instances.ts";
import { changedSince, NotPossible } from "./not_possible.ts";
import type { Patient, Patients } from "./patients.ts";
import type { PersonStudies } from "./person_studies.ts";
import type { Studies } from "./studies.ts";
import type { StudyClaims } from "./study_claims.ts";
import type { StudyFiling } from "./study_filing.ts";
import { type Decided, decidedOf, type StudySummary } from "./study_summary.ts";

/** Where objects are moved to: an appointment, a patient, or a study of their own that waits for somebody to say. */
export type Target = { appointmentId: string } | { patientId: string } | "apart";

/** Who did it and why, for the audit. */
export interface Cause {
  /** User name. */
  by: string;
  /** In that person's words. */
  reason: string;
}

/** The nouns that decisions are about. */
interface Nouns {
  studies: Studies;
  studyFiling: StudyFiling;
  studyClaims: StudyClaims;
  personStudies: PersonStudies;
  instances: Instances;
  appointments: Appointments;
  patients: Patients;
  attention: Attention;
  audit: AuditEvents;
}

/**
 * What people decide about whose something is. Each decision is one transaction with its entry in the audit, can be taken
 * back while things are as it left them, and what comes later follows it.
 */
export class Decisions {
  readonly #database: Database;
  readonly #store: Nouns;

  /** @internal `Store` makes it. */
  constructor(database: Database, store: Nouns) {
    this.#database = database;
    this.#store = store;
  }

  /**
   * A study without an appointment belongs to this one: it is that patient's.
   *
   * @throws NotPossible when it has an appointment already
   */
  match(studyInstanceUid: string, appointmentId: string, { by, reason }: Cause): void {
    this.#database.transaction(() => {
      const study = this.#study(studyInstanceUid);
      if (study.appointmentId !== null) {
        throw new NotPossible(say("match-belongs-already"));
      }
      const { id, patient } = this.#store.appointments.get(appointmentId);
      const settled = this.#settleObjects(this.#store.instances.ofStudy(studyInstanceUid), by, reason);
      this.#store.studyFiling.decide(studyInstanceUid, { appointmentId: id, patient }, by);
      this.#store.audit.add(by, "study matched", `study ${studyInstanceUid}`, {
        ...{ appointmentId, reason, before: decidedOf(study), settled },
      });
    });
  }

  /**
   * A study is not that appointment's after all: it waits for somebody to say whose it is.
   *
   * @throws NotPossible when it has none
   */
  unmatch(studyInstanceUid: string, { by, reason }: Cause): void {
    this.#database.transaction(() => {
      const before = decidedOf(this.#study(studyInstanceUid));
      const appointmentId = this.#store.studyFiling.unmatch(studyInstanceUid, by);
      if (appointmentId === undefined) {
        throw new NotPossible(say("unmatch-belongs-to-none"));
      }
      this.#store.personStudies.tellOthersApart(studyInstanceUid);
      this.#store.audit.add(by, "match undone", `study ${studyInstanceUid}`, { before, reason });
    });
  }

  /**
   * Objects go to another appointment, to another patient, or apart into a study of their own. Those of one study that
   * all go take along what comes later under the same words.
   *
   * @param sopInstanceUids of one study
   * @returns the study they are in now
   * @throws NotPossible when they are not of one study, or are there already
   */
  move(sopInstanceUids: readonly string[], target: Target, { by, reason }: Cause): string {
    return this.#database.transaction(() => {
      const { studies, instances, audit } = this.#store;
      const from = this.#studyOf(sopInstanceUids);
      const all = instances.ofStudy(from);
      const isWhole = all.every((uid) => sopInstanceUids.includes(uid));
      if (target === "apart" && isWhole) {
        throw new NotPossible(say("split-whole-study"));
      }
      const { appointment, patient } = this.#resolve(target);
      const to = target === "apart"
        ? this.#store.studyFiling.apart(from, sopInstanceUids[0]!, by)
        : this.#store.studyFiling.studyFor(from, { appointment, patient: patient! }, by);
      if (to === from) throw new NotPossible(say("move-nowhere"));
      const words = isWhole ? this.#store.studyClaims.move(from, to) : [];
      const settled = this.#settleObjects(sopInstanceUids, by, reason);
      instances.move(sopInstanceUids, to, by);
      if (target === "apart") {
        words.push(...this.#store.studyClaims.moveUnsaid(from, to));
        studies.belongTo(to, null, ""); // not whose the rest was decided to be
        this.#store.personStudies.tellOthersApart(to); // nor one person's, because they were split off together
      }
      this.#store.studyFiling.hasNewObjects(to, say("objects-moved-by", { who: by }));
      settled.push(...this.#store.studyFiling.lostObjects(from, by, say("objects-moved-by", { who: by })));
      audit.add(by, target === "apart" ? "study split" : "objects moved", `study ${from}`, {
        ...{ to, objects: sopInstanceUids, words, settled, reason },
        ...(appointment && { appointmentId: appointment.id }),
        ...(patient && { patientId: patient.id }),
      });
      return to;
    });
  }

  /**
   * A person has looked and settles a reason.
   *
   * @throws NotPossible when it is not in force, or cannot be settled so
   */
  settle(id: number, { by, reason }: Cause): void {
    this.#database.transaction(() => {
      const { attention, audit } = this.#store;
      const found = attention.find(id);
      if (found === undefined || !attention.settle(id, by, reason)) {
        throw new NotPossible(say("settle-not-in-force"));
      }
      if (found.code === "fetal-sex-coded") {
        throw new NotPossible(say("release-fetal-sex"));
      }
      if (found.studyInstanceUid !== null && this.#store.studies.isWaiting(found.studyInstanceUid)) {
        throw new NotPossible(say("settle-by-match"));
      }
      this.#follow(found, by);
      audit.add(by, "attention settled", `attention ${id}`, {
        ...{ code: found.code, sopInstanceUid: found.sopInstanceUid, studyInstanceUid: found.studyInstanceUid },
        ...{ appointmentId: found.appointmentId, reason },
      });
    });
  }

  /**
   * A reason that was settled is in force again.
   *
   * @throws NotPossible when it is in force again already
   */
  reopen(id: number): void {
    this.#database.transaction(() => {
      if (!this.#store.attention.reopen(id)) throw new NotPossible(say("undo-in-force"));
      const found = this.#store.attention.find(id);
      if (found) this.#follow(found, "");
    });
  }

  /** Who shows what a reason is about looks again; a study that was looked at stays as it is. */
  #follow({ code, parameters, sopInstanceUid, studyInstanceUid, appointmentId }: Reason, by: string): void {
    const { instances, studies, appointments } = this.#store;
    if (sopInstanceUid !== null) {
      if (isNotice(code)) {
        const [claim, filed] = [instances.claimOf(sopInstanceUid)!, instances.find(sopInstanceUid)!.studyInstanceUid];
        this.#store.studyClaims.tellOf(filed, claim, by === "" ? [{ code, parameters }] : []);
      }
      const study = instances.find(sopInstanceUid)?.studyInstanceUid;
      if (study !== undefined && code === "another-patient") studies.confirm(study, by);
      instances.attentionChanged(sopInstanceUid);
    }
    if (studyInstanceUid !== null) studies.announce(studyInstanceUid);
    if (appointmentId !== null) appointments.announce(appointmentId);
  }

  // ---- taken back, each while things are as the decision left them; @throws NotPossible when they are not

  /** Takes back what the audit has as a match. */
  undoMatch(studyInstanceUid: string, detail: Record<string, unknown>, by: string): void {
    this.#database.transaction(() => {
      const study = this.#study(studyInstanceUid);
      if (study.appointmentId !== detail.appointmentId) throw changedSince();
      this.#store.studyFiling.unmatch(studyInstanceUid, by);
      this.#store.personStudies.tellOthersApart(studyInstanceUid);
      this.#reopenAll(detail.settled);
    });
  }

  /** Takes back what the audit has as a match undone. */
  undoUnmatch(studyInstanceUid: string, detail: Record<string, unknown>, by: string): void {
    this.#database.transaction(() => {
      const before = detail.before as Decided;
      if (this.#study(studyInstanceUid).appointmentId !== null) throw changedSince();
      if (before.appointmentId === null || !this.#store.appointments.find(before.appointmentId)) throw changedSince();
      const { patient } = this.#store.appointments.get(before.appointmentId);
      this.#store.studyFiling.decide(studyInstanceUid, { appointmentId: before.appointmentId, patient }, by);
    });
  }

  /** Takes back what the audit has as objects moved. */
  undoMove(from: string, detail: Record<string, unknown>, by: string): void {
    this.#database.transaction(() => {
      const { instances } = this.#store;
      const [to, objects] = [detail.to as string, detail.objects as string[]];
      if (objects.some((uid) => instances.find(uid)?.studyInstanceUid !== to)) throw changedSince();
      this.#store.studyClaims.moveBack(to, from, detail.words);
      const back = [...new Set([...objects, ...this.#cameUnder(detail.words, to)])];
      instances.move(back, from, "");
      this.#store.personStudies.tellOthersApart(from, back);
      this.#store.studyFiling.hasNewObjects(from, say("objects-move-undone-by", { who: by }));
      this.#store.studyFiling.lostObjects(to, by, say("objects-move-undone-by", { who: by }));
      this.#reopenAll(detail.settled);
    });
  }

  /** What has come to a study under words that followed a decision. */
  #cameUnder(words: unknown, studyInstanceUid: string): string[] {
    const followed = new Set((Array.isArray(words) ? words : []).map((one) => JSON.stringify(one)));
    const { instances } = this.#store;
    return instances.ofStudy(studyInstanceUid).filter((uid) => {
      const claim = instances.claimOf(uid)!;
      const { patientId, patientName, patientBirthDate, patientSex } = claim;
      return followed.has(
        JSON.stringify([claim.studyInstanceUid, patientId, patientName, patientBirthDate, patientSex]),
      );
    });
  }

  #reopenAll(settled: unknown): void {
    for (const id of Array.isArray(settled) ? settled as number[] : []) {
      this.#store.attention.reopen(id);
      const sop = this.#store.attention.find(id)?.sopInstanceUid;
      if (sop) this.#store.instances.attentionChanged(sop);
    }
  }

  /** What was in doubt about whose objects are is settled by a decision. @returns the reasons' ids */
  #settleObjects(sopInstanceUids: readonly string[], by: string, reason: string): number[] {
    return sopInstanceUids.flatMap((uid) => {
      const settled = this.#store.attention.settleIdentityOf(uid, by, reason);
      if (settled.length > 0) this.#store.instances.attentionChanged(uid);
      return settled;
    });
  }

  #resolve(target: Target): { appointment: Appointment | undefined; patient: Patient | undefined } {
    if (target === "apart") return { appointment: undefined, patient: undefined };
    if ("appointmentId" in target) {
      const appointment = this.#store.appointments.find(target.appointmentId);
      if (!appointment) throw new NotPossible(say("move-no-appointment"));
      return { appointment, patient: appointment.patient };
    }
    const patient = this.#store.patients.find(target.patientId);
    if (!patient) throw new NotPossible(say("move-no-patient"));
    return { appointment: undefined, patient };
  }

  #studyOf(sopInstanceUids: readonly string[]): string {
    const studies = new Set(sopInstanceUids.map((uid) => this.#store.instances.find(uid)?.studyInstanceUid));
    const [study] = studies;
    if (studies.size !== 1 || study === undefined) {
      throw new NotPossible(say("move-several-studies"));
    }
    return study;
  }

  #study(studyInstanceUid: string): StudySummary {
    const study = this.#store.studies.summary(studyInstanceUid);
    if (study === undefined) throw new NotPossible(say("decide-no-study"));
    return study;
  }
}
