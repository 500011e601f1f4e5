import { isDeepStrictEqual } from "node:util";
import { say } from "../sentences.ts";
import type { Appointment } from "./appointment.ts";
import type { Appointments } from "./appointments.ts";
import {
  APPOINTMENT_VERBS,
  type AppointmentVerb,
  OF_BOOKING,
  outcomeOf,
  refusalOf,
  type VerbOutcome,
} from "./appointment_verbs.ts";
import type { AuditEvents } from "./audit_events.ts";
import type { ClinicBookings } from "./clinic_bookings.ts";
import { type Database, timestamp } from "./database.ts";
import { changedSince, NotPossible } from "./not_possible.ts";
import { isSomebodyElse, mayBeSomebodyElse, type Patient, type Patients, personOf } from "./patients.ts";
import type { PatientFields } from "./person_decisions.ts";
import type { PersonStudies } from "./person_studies.ts";
import type { ProcedureSteps } from "./procedure_steps.ts";
import type { Studies } from "./studies.ts";
import type { StudyFiling } from "./study_filing.ts";
import type { WorklistItems } from "./worklist_items.ts";

interface Nouns {
  appointments: Appointments;
  audit: AuditEvents;
  clinicBookings: ClinicBookings;
  patients: Patients;
  personStudies: PersonStudies;
  procedureSteps: ProcedureSteps;
  studies: Studies;
  studyFiling: StudyFiling;
  worklistItems: WorklistItems;
}

/** What is put right about a booking; what is left out stays. */
export interface Edit {
  /** What is other of the person. */
  patient?: Partial<PatientFields> | undefined;
  /** It is the booking of somebody who is known already. */
  patientId?: string | undefined;
  /** Whether the person described otherwise is the same, where nobody but who edits could tell. */
  person?: "same" | "another" | undefined;
  /** Whose the booking was when this was asked: the same said twice then makes one other person, and not two. */
  patientWas?: string | undefined;
  /** As on the worklist. */
  doctor?: string | undefined;
  /** As on the worklist. */
  department?: string | undefined;
  /** As on the worklist. */
  description?: string | undefined;
}

/** Where a booking goes; what is left out stays. A machine of null is any. */
export interface Move {
  /** YYYY-MM-DD, on the clinic's wall clock. */
  date?: string | undefined;
  /** HH:MM:SS, on the clinic's wall clock. */
  time?: string | undefined;
  /** null for any machine. */
  machineId?: string | null | undefined;
}

/** All that the verbs change, as the audit keeps it before and after. */
interface State {
  patient: Patient;
  doctor: string;
  department: string;
  description: string;
  date: string;
  time: string;
  plannedMachineId: string | null;
  arrivedAt: string | null;
  urgent: boolean;
  note: string;
  cancelled: boolean;
  noShow: boolean;
  /** It is on a list: `machineId` is whose, null any machine's. */
  listed: boolean;
  machineId: string | null;
}

/** Which refusal it is that the clinic's program does it. */
const CLINIC_OWNS = "clinic-owns";

/** What each verb would do to an appointment now, or which refusal it would meet. */
export type Verbs = Record<AppointmentVerb, VerbOutcome | typeof CLINIC_OWNS>;

/** What the audit calls each change that `undo` takes back. */
const ACTIONS = {
  "edit": "appointment edited",
  "cancel": "appointment cancelled",
  "reinstate": "appointment reinstated",
  "mark no show": "appointment marked no show",
  "unmark no show": "appointment unmarked no show",
  "move to day": "appointment moved",
  "move to machine": "appointment moved",
  "mark arrived": "appointment marked arrived",
  "unmark arrived": "appointment unmarked arrived",
  "mark urgent": "appointment marked urgent",
  "unmark urgent": "appointment unmarked urgent",
  "note": "appointment noted",
} as const satisfies Partial<Record<AppointmentVerb, string>>;

/** Those actions, each once. */
export const UNDOABLE_CHANGES: readonly string[] = [...new Set(Object.values(ACTIONS))];

/**
 * What people change about an appointment that is there: each verb only where `appointment_verbs.ts` says that it may
 * follow, done twice like once, and with its opposite. Whoever made a booking changes it: the clinic's program for the
 * clinic's.
 */
export class AppointmentChanges {
  readonly #database: Database;
  readonly #store: Nouns;

  /** @internal `Store` makes it. */
  constructor(database: Database, store: Nouns) {
    this.#database = database;
    this.#store = store;
  }

  /** What each verb would do now. */
  verbsOf({ status, ofClinic }: Appointment): Verbs {
    const outcome = (verb: AppointmentVerb) => {
      const found = outcomeOf(verb, status);
      return found === "done" && ofClinic && OF_BOOKING.has(verb) ? CLINIC_OWNS : found;
    };
    return Object.fromEntries(APPOINTMENT_VERBS.map((verb) => [verb, outcome(verb)])) as Verbs;
  }

  /**
   * Puts a booking right. A machine that has it already gets it as it is now with its next question. A person of whom
   * nothing but the id stays is somebody else: they get an id of their own, and once a machine may have had the booking
   * it gets other UIDs and is unsent.
   *
   * @throws NotPossible, with code `same-or-another` where `person` must say it, `clinic-owns` where the clinic's program
   *   changes it
   */
  edit(id: string, { patient, patientId, person, patientWas, ...fields }: Edit, by: string): void {
    this.#change(id, "edit", by, (before, appointment) => {
      const told = Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
      const after = {
        ...before,
        ...told,
        patient: this.#whose(appointment, { patient, patientId, person, patientWas }),
      };
      // of the clinic's bookings reception says the study, and the phone
      const theirs = ({ patient, doctor, department }: State) => ({ ...patient, phone: "", doctor, department });
      if (appointment.ofClinic && !isDeepStrictEqual(theirs(before), theirs(after))) throw clinicOwns("edit");
      return after;
    });
  }

  /**
   * The booking is off.
   *
   * @throws NotPossible, with code `clinic-owns` for a booking of the clinic's
   */
  cancel(id: string, by: string): void {
    this.#change(id, "cancel", by, (before) => ({ ...before, cancelled: true, noShow: false, listed: false }));
  }

  /** A cancelled booking stands again. @throws NotPossible as `cancel` */
  reinstate(id: string, by: string): void {
    this.#change(id, "reinstate", by, (before) => ({ ...before, cancelled: false }));
  }

  /** The patient did not come, or came after all. @throws NotPossible */
  markNoShow(id: string, noShow: boolean, by: string): void {
    this.#change(id, noShow ? "mark no show" : "unmark no show", by, (before) => ({
      ...before,
      noShow,
      ...(noShow && { arrivedAt: null, listed: false }),
    }));
  }

  /**
   * To another day, time or machine. One that is on a list is on the other machine's from now on; on another day it is
   * on none until it is sent there, and the patient is not here yet.
   *
   * @throws NotPossible, with code `clinic-owns` for another day or time of a booking of the clinic's
   */
  move(id: string, { date, time, machineId }: Move, by: string): void {
    this.#database.transaction(() => {
      const was = this.#store.appointments.get(id);
      const to = { date: date ?? was.date, time: time ?? was.time };
      const isThatDay = to.date === was.date;
      if (!isThatDay || to.time !== was.time) {
        this.#change(id, "move to day", by, (before) => ({
          ...{ ...before, ...to, noShow: false },
          ...(!isThatDay && { arrivedAt: null, listed: false }),
        }));
      }
      if (machineId === undefined) return;
      this.#change(id, "move to machine", by, (before) => ({
        ...before,
        ...(before.listed ? { machineId } : { plannedMachineId: machineId }),
      }));
    });
  }

  /** The patient is here, since then; or is not after all, with null. @throws NotPossible */
  markArrived(id: string, at: string | null, by: string): void {
    this.#change(id, at === null ? "unmark arrived" : "mark arrived", by, (before) => ({
      ...before,
      // whoever said it first knows since when
      arrivedAt: at === null ? null : before.arrivedAt ?? at,
      noShow: at === null && before.noShow,
    }));
  }

  /** It goes before others, or no longer does. @throws NotPossible */
  markUrgent(id: string, urgent: boolean, by: string): void {
    this.#change(id, urgent ? "mark urgent" : "unmark urgent", by, (before) => ({ ...before, urgent }));
  }

  /** Keeps a note on it. @param note for whoever scans; "" for none. @throws NotPossible */
  note(id: string, note: string, by: string): void {
    this.#change(id, "note", by, (before) => ({ ...before, note }));
  }

  /** It was not completed: it is where it was, at a machine or with images; one that no machine has asked for is sent anew. */
  reopen(id: string, by: string): void {
    this.#database.transaction(() => {
      const { appointments, worklistItems, audit } = this.#store;
      const { status, sentAt, seenAt, lastImageAt, machineId } = appointments.get(id);
      if (outcomeOf("reopen", status) === "so already") return;
      const cause = say("not-completed", { who: by });
      if (lastImageAt !== null) appointments.record(id, "completed by mistake, with images", cause);
      else if (seenAt !== null) appointments.record(id, "completed by mistake, on a machine's list", cause);
      else {
        appointments.record(id, "completed by mistake, not sent", cause);
        if (sentAt !== null) worklistItems.send(id, machineId, by, cause);
      }
      audit.add(by, "appointment reopened", `appointment ${id}`);
    });
  }

  /** Takes back what one of the verbs did, while things are as it left them. @throws NotPossible */
  undo(id: string, detail: Record<string, unknown>, by: string): void {
    this.#database.transaction(() => {
      const [before, after] = [detail.before as State, detail.after as State];
      const appointment = this.#store.appointments.find(id);
      if (appointment === undefined || !isDeepStrictEqual(stateOf(appointment), after)) throw changedSince();
      this.#apply(appointment, before, by);
    });
  }

  #change(
    id: string,
    verb: keyof typeof ACTIONS,
    by: string,
    change: (before: State, appointment: Appointment) => State,
  ): void {
    this.#database.transaction(() => {
      const appointment = this.#store.appointments.get(id);
      const outcome = outcomeOf(verb, appointment.status);
      if (outcome === "so already") return;
      if (outcome !== "done") throw new NotPossible(refusalOf(verb, outcome));
      const before = stateOf(appointment);
      const wanted = change(before, appointment);
      if (isDeepStrictEqual(before, wanted)) return;
      if (appointment.ofClinic && OF_BOOKING.has(verb)) throw clinicOwns(verb);
      this.#apply(appointment, wanted, by);
      this.#store.audit.add(by, ACTIONS[verb], `appointment ${id}`, {
        before,
        after: stateOf(this.#store.appointments.get(id)),
      });
    });
  }

  /** Makes an appointment what it is wanted to be. Part of a transaction. */
  #apply(appointment: Appointment, wanted: State, by: string): void {
    const { appointments } = this.#store;
    const { id } = appointment;
    const before = stateOf(appointment);
    if (before.cancelled && !wanted.cancelled) {
      appointments.record(id, "reinstated", say("booked-again-by", { who: by }));
    }
    if (before.noShow && !wanted.noShow) {
      appointments.record(id, "came after all", say(wanted.arrivedAt ? "arrived" : "taken-back-by", { who: by }));
    }
    this.#database.run(
      `UPDATE appointments SET doctor = $doctor, department = $department, description = $description, date = $date,
         time = $time, planned_machine_id = $planned, arrived_at = $arrivedAt, urgent = $urgent, note = $note,
         updated_at = $now
       WHERE id = $id`,
      {
        ...{ $id: id, $doctor: wanted.doctor, $department: wanted.department, $description: wanted.description },
        ...{ $date: wanted.date, $time: wanted.time, $planned: wanted.plannedMachineId, $arrivedAt: wanted.arrivedAt },
        ...{ $urgent: Number(wanted.urgent), $note: wanted.note, $now: timestamp() },
      },
    );
    this.#applyPerson(appointment, wanted, by);
    if (wanted.cancelled && !before.cancelled) appointments.record(id, "cancelled", say("cancelled-by", { who: by }));
    if (wanted.noShow && !before.noShow) appointments.record(id, "did not come", say("did-not-come", { who: by }));
    this.#applyList(before, wanted, id, by);
    appointments.tellClinicOfChange(id, appointment);
    appointments.announce(id);
  }

  #applyPerson(appointment: Appointment, { patient }: State, by: string): void {
    const { appointments, clinicBookings, patients, personStudies, procedureSteps, studyFiling } = this.#store;
    const { id, patient: before } = appointment;
    if (patient.id === before.id) {
      if (appointments.correctPatient(patient, "box", true)) personStudies.followPerson(patients.find(patient.id)!, by);
      return;
    }
    const given = clinicBookings.giveToAnother(id, say("given-by", { who: by }));
    if (patients.find(patient.id) === undefined) patients.save(patient, "box");
    appointments.belongTo(id, patient.id);
    if (given) {
      procedureSteps.leaveAppointment(id);
      studyFiling.leaveAppointment(appointments.get(id));
    }
    studyFiling.rematch(appointments.get(id));
  }

  /** The item on a machine's list follows. */
  #applyList(before: State, wanted: State, id: string, by: string): void {
    const { appointments, worklistItems } = this.#store;
    worklistItems.follow(id);
    const item = worklistItems.find(id);
    const { status } = appointments.get(id);
    if (item === undefined) {
      // taken back: it was on a list before
      if (wanted.listed && !before.listed) worklistItems.send(id, wanted.machineId, by);
      return;
    }
    if (!wanted.listed) return worklistItems.recall(id, by);
    if (item.machineId !== wanted.machineId) {
      return worklistItems.send(id, wanted.machineId, by, say("moved-to-machine-by", { who: by }));
    }
    const shown = ({ patient, doctor, department, description }: State) => ({
      ...{ patient: { ...patient, phone: "" }, doctor, department, description },
    });
    // the machine has it as it was, until it asks again
    if (status === "seen by machine" && !isDeepStrictEqual(shown(before), shown(wanted))) {
      worklistItems.send(id, wanted.machineId, by, say("corrected-by", { who: by }));
    }
  }

  /** Whose a booking is once it is edited. @throws NotPossible */
  #whose(appointment: Appointment, { patient: fields, patientId, person, patientWas }: Edit): Patient {
    const { appointments, clinicBookings, patients, studies } = this.#store;
    const before = appointment.patient;
    if (patientId !== undefined && patientId !== before.id) {
      const known = patients.survivorOf(patientId) ?? patients.find(patientId);
      if (known === undefined) {
        throw new NotPossible(say("edit-no-patient"));
      }
      return known;
    }
    const told = Object.entries(fields ?? {}).filter(([, value]) => value !== undefined);
    const after: Patient = { ...before, ...Object.fromEntries(told) };
    const another = () => ({ ...after, id: patients.newId(appointment.date) });
    if (person === "another" && (patientWas ?? before.id) === before.id) return another(); // a namesake too
    if (isDeepStrictEqual(before, after)) return before;
    if (person === "another") throw new NotPossible(say("edit-given-since"));
    if (!appointments.isCorrectedHere(before.id) && !isDeepStrictEqual({ ...before, phone: after.phone }, after)) {
      throw clinicOwns("edit");
    }
    const isAlone = appointments.ofPatient([before.id]).length === 1 && studies.ofPatient([before.id]).length === 0;
    const isUnseen = isAlone && !clinicBookings.wasSeen(appointment);
    if (isUnseen || !mayBeSomebodyElse(before, after)) return after;
    const isSurelyOther = isSomebodyElse(personOf(before), personOf(after));
    if (person === undefined && !isSurelyOther) {
      throw new NotPossible(say("same-or-another"));
    }
    if (person === "same" && isSurelyOther) {
      throw new NotPossible(say("surely-another"));
    }
    return person === "same" ? after : another();
  }
}

function stateOf(appointment: Appointment): State {
  const { patient, doctor, department, description, date, time, plannedMachineId } = appointment;
  const { arrivedAt, urgent, note, status, sentAt, machineId } = appointment;
  return {
    ...{ patient: { ...patient }, doctor, department, description, date, time, plannedMachineId },
    ...{ arrivedAt, urgent, note, machineId },
    cancelled: status === "cancelled",
    noShow: status === "no show",
    listed: sentAt !== null,
  };
}

function clinicOwns(verb: AppointmentVerb): NotPossible {
  return new NotPossible(refusalOf(verb, CLINIC_OWNS));
}
