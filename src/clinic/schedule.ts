import { inEnglish, say } from "../sentences.ts";
import { getLogger } from "@logtape/logtape";
import { isDeepStrictEqual } from "node:util";
import type { Appointment } from "../store/appointment.ts";
import { isBoxMadePatientId, isSomebodyElse, mayBeSomebodyElse, type Patient, personOf } from "../store/patients.ts";
import type { NewScheduleProblem } from "../store/schedule_problems.ts";
import type { Store } from "../store/store.ts";
import { differencesOf, type Identity } from "../dicom/identity.ts";
import { othersTurn } from "../timing/turns.ts";
import {
  ambiguousIn,
  bookingOf,
  boxIdOf,
  patientIdIn,
  patientOf,
  personIn,
  type PersonRow,
  type ScheduleRow,
  sharedIdsIn,
  UnusableRow,
} from "./schedule_row.ts";
import { type ScheduleSnapshot, ScheduleSnapshots, type SnapshotOptions } from "./schedule_snapshot.ts";
import type { ClinicSession } from "./session.ts";

const log = getLogger(["sonodesk", "clinic", "schedule"]);

/** Bookings taken over in one go, so that machines and the kiosk never wait long. */
const AT_ONCE = 50;
/**
 * When this many bookings and more than half of all are gone at once, somebody is more likely at work on the clinic's
 * database than the clinic has sent everybody home: they stay until that has been so for ten minutes.
 */
const SUSPICIOUS = 20;
const SUSPICIOUS_FOR = 10 * 60_000;

/** What one reading brought. */
export interface ScheduleReading {
  rows: number;
  changed: number;
  problems: number;
  /** Bookings that are gone from the clinic's schedule but kept for now, see `SUSPICIOUS`. */
  keptThoughGone: number;
  /** The last day that was read, YYYY-MM-DD, where there are too many bookings for the whole window. */
  readTo: string | undefined;
}

/** Of which nobody can say what they mean, or whom. */
interface Ambiguous {
  appointments: ReadonlySet<string>;
  patients: ReadonlySet<string>;
}

/** The clinic's schedule, followed: read whole for the window and compared, so that no late commit is missed. */
export class ScheduleReader {
  readonly #store: Store;
  readonly #snapshots: ScheduleSnapshots;
  /** Rows as they were when they were last taken over: one that is the same needs no look. */
  #taken = new Map<string, string>();
  #goneSince: number | undefined;
  /** When the latest reading began, ISO 8601. */
  #readAt = "";
  /** The days that were read as a whole last; undefined before that. */
  #days: Pick<ScheduleSnapshot, "from" | "to"> | undefined;
  /** Ids of patients that were several people's when all was read last. */
  #sharedIds: ReadonlySet<string> = new Set();
  /** Rows that cannot be used, by the clinic's id of the appointment. */
  #problems: ReadonlyMap<string, NewScheduleProblem> = new Map();
  /** Why rows could not be taken over at the last reading, by the clinic's id of the appointment. */
  #knownProblems: ReadonlyMap<string, string> | undefined;

  /** @param options how the clinic's schedule is read */
  constructor(store: Store, boxId: string, options: SnapshotOptions = {}) {
    this.#store = store;
    this.#snapshots = new ScheduleSnapshots(store, boxId, options);
  }

  /**
   * Reads the window once and takes over what is different.
   *
   * @throws ClinicFailure when the database cannot be read; nothing was taken over then
   */
  async read(session: ClinicSession): Promise<ScheduleReading> {
    this.#readAt = new Date().toISOString();
    const snapshot = await this.#snapshots.read(session);
    const problems = new Map<string, NewScheduleProblem>();
    let changed = 0;
    const rows = [...snapshot.rows, ...snapshot.elsewhere, ...snapshot.scanned];
    const ambiguous: Ambiguous = { appointments: ambiguousIn(rows), patients: sharedIdsIn(rows) };
    this.#sharedIds = ambiguous.patients;
    // a database that was brought back has a walk-in only once it is told of again
    const left = snapshot.gone.filter((id) => !this.#isUnderWay(id, "appointment booked"));
    const gone = new Set(left);
    // whoever had an id alone is told, too, once another person has it
    const other = rows.filter((row) => this.#isOther(row) || ambiguous.patients.has(patientIdIn(row)));
    // who has another id now goes first: the one they had may be somebody else's in a further row
    const byId = Map.groupBy(other, (row) => this.#hasOtherId(row));
    const inOrder = [...byId.get(true) ?? [], ...byId.get(false) ?? []];
    for (let at = 0; at < inOrder.length; at += AT_ONCE) {
      changed += this.#takeOver(inOrder.slice(at, at + AT_ONCE), ambiguous, problems, gone);
      await othersTurn(); // machines first
    }
    changed += this.#followPeople(snapshot.people, gone);
    const kept = this.#leaveOut({ ...snapshot, gone: left });
    changed += left.length - kept;
    this.#days = { from: snapshot.from, to: snapshot.to };
    this.#keepProblems(problems);
    this.#forget(rows);
    if (changed > 0) log.info("the clinic's schedule: {changed} of {rows} changed", { changed, rows: rows.length });
    return { rows: rows.length, changed, problems: problems.size, keptThoughGone: kept, readTo: snapshot.readTo };
  }

  /**
   * Reads some bookings alone, by the clinic's ids, and takes over what is different.
   *
   * @returns how many rows cannot be used by now, all of them; undefined where the whole has to be read, since one of them
   *   is gone, has another id, or is of somebody whom other bookings describe otherwise
   * @throws ClinicFailure when the database cannot be read; nothing was taken over then
   */
  async readSome(session: ClinicSession, ids: ReadonlySet<string>): Promise<number | undefined> {
    const days = this.#days;
    if (days === undefined) return undefined;
    this.#readAt = new Date().toISOString();
    const rows = await this.#snapshots.readSome(session, ids);
    const there = new Set(rows.map(({ appointmentId }) => appointmentId));
    if ([...ids].some((id) => !there.has(id)) || rows.some((row) => this.#isOfAnother(row))) return undefined;
    const ours = rows.filter((row) =>
      this.#store.appointments.find(boxIdOf(row)) !== undefined || isBetween(row.date, days.from, days.to)
    );
    const problems = new Map([...this.#problems].filter(([id]) => !ids.has(id)));
    const other = ours.filter((row) => this.#isOther(row));
    const ambiguous: Ambiguous = { appointments: ambiguousIn(ours), patients: sharedIdsIn(ours) };
    const changed = this.#takeOver(other, ambiguous, problems, new Set());
    this.#keepProblems(problems);
    if (changed > 0) log.info("the clinic's schedule: {changed} changed", { changed });
    return problems.size;
  }

  /** Whether a row is other than when it was last taken over. */
  #isOther(row: ScheduleRow): boolean {
    return this.#taken.get(row.appointmentId) !== JSON.stringify(row);
  }

  /** Whether a row alone does not tell whose it is: an id of several, another than before, or a person known in other words. */
  #isOfAnother(row: ScheduleRow): boolean {
    if (this.#sharedIds.has(patientIdIn(row)) || this.#hasOtherId(row)) return true;
    const known = this.#store.patients.find((row.boxPatientId ?? row.patientId ?? "").trim());
    return known !== undefined && !isDeepStrictEqual({ ...personOf(known), patientId: "" }, personIn(row));
  }

  #keepProblems(problems: ReadonlyMap<string, NewScheduleProblem>): void {
    this.#problems = problems;
    this.#store.scheduleProblems.replace([...problems.values()]);
    this.#knownProblems = new Map(
      [...problems.values()].map(({ appointmentId, reason }) => [appointmentId, inEnglish(reason)]),
    );
  }

  /** Returns how many are described otherwise than before. */
  #followPeople(rows: readonly PersonRow[], gone: ReadonlySet<string>): number {
    const { patients, appointments, outbox } = this.#store;
    let changed = 0;
    this.#store.transaction(() => {
      for (const row of rows) {
        let now: Patient;
        try {
          now = patientOf(row);
        } catch (error) {
          if (!(error instanceof UnusableRow)) throw error;
          continue; // told with their booking, where they have one
        }
        const known = patients.find(now.id);
        if (known !== undefined && isDeepStrictEqual(personOf(known), personOf(now))) continue;
        // in a database that was brought back the row of a walk-in of this box may be somebody else's
        const isOurs = known !== undefined && patients.sourceOf(now.id) === "box";
        if (isOurs && isSomebodyElse(personOf(known), personOf(now))) continue;
        if (!isBoxMadePatientId(now.id) && this.#isOtherThanWalkIn(now.id, personOf(now))) continue;
        if (isOurs && appointments.ofPatient([now.id]).some(({ id }) => this.#isChanged(id))) continue;
        changed += 1;
        this.#keepWalkIns(known, now, gone);
        appointments.correctPatient(now, "clinic");
        if (known === undefined) {
          this.#store.personStudies.followPerson(now, "clinic");
          outbox.releaseNeedingPatient();
        } else this.#followDescription(known, now);
      }
    });
    return changed;
  }

  /** A walk-in was changed at the box, and what was read of it may be older: the clinic is told first. */
  #isChanged(id: string): boolean {
    return this.#isUnderWay(id, "appointment changed");
  }

  /** Whether the clinic is being told of an appointment, or has been since what was read of it. */
  #isUnderWay(id: string, event: string): boolean {
    return this.#store.outbox.isUnderWay(`appointment:${id}`, event, this.#readAt);
  }

  #hasOtherId(row: ScheduleRow): boolean {
    const known = this.#store.appointments.find(boxIdOf(row))?.patient.id;
    return known !== undefined && known !== (row.boxPatientId ?? row.patientId)?.trim();
  }

  /** Takes over some rows in one transaction; returns how many made a difference. */
  #takeOver(
    rows: readonly ScheduleRow[],
    ambiguous: Ambiguous,
    problems: Map<string, NewScheduleProblem>,
    gone: ReadonlySet<string>,
  ): number {
    let changed = 0;
    const taken: [string, string][] = [];
    this.#store.transaction(() => {
      for (const row of rows) {
        if (this.#isChanged(boxIdOf(row))) continue;
        try {
          if (ambiguous.appointments.has(row.appointmentId)) {
            throw new UnusableRow(say("row-several"));
          }
          const id = patientIdIn(row);
          if (ambiguous.patients.has(id)) throw new UnusableRow(say("row-id-of-several", { id }));
          if (this.#takeOverOne(row, gone)) changed += 1;
          taken.push([row.appointmentId, JSON.stringify(row)]);
        } catch (error) {
          if (!(error instanceof UnusableRow)) throw error;
          // the booking may be somebody else's in the clinic's tables: its studies are told as they are here, once
          this.#knownProblems ??= new Map(
            this.#store.scheduleProblems.all().map(({ appointmentId, reason }) => [appointmentId, reason]),
          );
          if (this.#knownProblems.get(row.appointmentId) !== error.message) {
            this.#store.studies.tellOfAppointment(boxIdOf(row));
          }
          problems.set(row.appointmentId, {
            appointmentId: row.appointmentId,
            date: row.date ?? "",
            time: row.time ?? "",
            patientName: [row.firstName, row.lastName].filter(Boolean).join(" "),
            reason: error.reason,
          });
        }
      }
    });
    for (const [id, text] of taken) this.#taken.set(id, text);
    return changed;
  }

  #takeOverOne(row: ScheduleRow, gone: ReadonlySet<string>): boolean {
    const { appointments, worklistItems, outbox } = this.#store;
    const booking = bookingOf(this.#ownIds(row));
    const known = this.#store.patients.find(booking.patient.id);
    const before = appointments.find(booking.id)?.patient;
    this.#keepWalkIns(known, booking.patient, gone);
    const outcome = this.#store.clinicBookings.followClinic(booking);
    if (outcome === "unchanged") return false;
    const appointment: Appointment = appointments.get(booking.id);
    worklistItems.follow(appointment.id);
    if (outcome === "given to another") {
      this.#store.procedureSteps.leaveAppointment(appointment.id);
      this.#store.studyFiling.leaveAppointment(appointment);
    } else if (before !== undefined && !this.#store.clinicBookings.isAnothers(before, appointment.patient)) {
      this.#followNewId(before, appointment.patient);
    }
    if (known !== undefined && !isDeepStrictEqual(personOf(known), personOf(appointment.patient))) {
      this.#followDescription(known, appointment.patient, appointment.id);
    }
    if (appointment.status !== "cancelled") this.#store.studyFiling.rematch(appointment);
    if (known === undefined) outbox.releaseNeedingPatient();
    return true;
  }

  /** Whether an id is a walk-in's of this box of whom the clinic has not told under it yet, and tells something else now. */
  #isOtherThanWalkIn(id: string, theirs: Identity): boolean {
    const { patients, appointments } = this.#store;
    const ours = patients.sourceOf(id) === "box" ? patients.find(id) : undefined;
    if (ours === undefined || (!isBoxMadePatientId(id) && appointments.isTheClinics(id))) return false;
    return differencesOf({ ...personOf(ours), patientId: "" }, theirs).length > 0;
  }

  /**
   * A row with the box's own ids only where it is the walk-in that the box made. In a clinic's database that was brought
   * back from a backup an id may be somebody else's by now, and two boxes may have given the same one in older versions.
   *
   * @throws UnusableRow where a walk-in of this box has the row's patient id and is somebody else
   */
  #ownIds(row: ScheduleRow): ScheduleRow {
    const { patients } = this.#store;
    const theirs = personIn(row);
    const isAnother = (id: string) => {
      const ours = patients.find(id);
      return ours !== undefined && isSomebodyElse(personOf(ours), theirs);
    };
    const ofBox = row.boxPatientId !== null && isAnother(row.boxPatientId)
      ? { ...row, boxPatientId: null, boxAppointmentId: null }
      : row;
    const id = patientIdIn(row);
    // an id that reception typed is the clinic's own patient's, whoever stood at the desk
    const isMapped = ofBox.boxPatientId !== null && isBoxMadePatientId(id);
    if (!isMapped && this.#isOtherThanWalkIn(id, theirs)) {
      throw new UnusableRow(
        say("row-of-walk-in", { id }),
      );
    }
    return ofBox;
  }

  /**
   * An id may be somebody else's in a clinic's database that was brought back: whom reception registered under it, and
   * the clinic has no booking of, stays who they are, under an id of the box's own.
   *
   * @param gone bookings that the clinic's schedule has no more
   */
  #keepWalkIns(known: Patient | undefined, now: Patient, gone: ReadonlySet<string>): void {
    if (known === undefined || !mayBeSomebodyElse(known, now)) return;
    const { appointments, worklistItems } = this.#store;
    const theirs = appointments.ofPatient([known.id]).map(({ id }) => id)
      .filter((id) => gone.has(id) || !this.#store.clinicBookings.isInClinic(id));
    for (const id of this.#store.clinicBookings.keepWalkIns(known, theirs)) worklistItems.follow(id);
  }

  /**
   * The clinic describes a person in other words: their studies follow. Where nothing is the same but the id, or the id
   * was merged into another before, it is somebody else's now: the studies stay as they are, what a machine has seen is
   * not used for the new person, and a person is told.
   *
   * @param followed the appointment whose row says so, which has followed already
   */
  #followDescription(before: Patient, now: Patient, followed?: string): void {
    const { appointments, studies, attention, patients, worklistItems, procedureSteps } = this.#store;
    const isGivenAnew = patients.mergedInto(now.id) !== null;
    if (!isGivenAnew && !mayBeSomebodyElse(before, now)) return this.#store.personStudies.followPerson(now, "clinic");
    if (isGivenAnew) patients.unmerge(now.id);
    for (const { id } of appointments.ofPatient([now.id])) {
      if (id === followed || !this.#store.clinicBookings.giveToAnother(id)) continue;
      worklistItems.follow(id);
      procedureSteps.leaveAppointment(id);
      this.#store.studyFiling.leaveAppointment(appointments.get(id));
    }
    for (const { studyInstanceUid } of studies.ofPatient([now.id])) {
      attention.add({ studyInstanceUid }, "id-of-another-now", { patientId: now.id });
      // whoever moved an object there moved it to the person of before
      this.#store.personStudies.tellWhatDiffers(studyInstanceUid, now, { ofMoved: true });
      studies.announce(studyInstanceUid);
    }
  }

  /** The clinic has given a person another id: what the box has of them follows. */
  #followNewId(before: Patient, now: Patient): void {
    if (before.id === now.id) return;
    const { appointments, patients, studies } = this.#store;
    if (appointments.ofPatient([before.id]).length === 0) {
      const theirs = this.#store.personStudies.ofPerson(before);
      // nobody is booked under the old id any more: the clinic has merged the two
      if (patients.mergedInto(before.id) === null && patients.mergedInto(now.id) === null) {
        patients.merge(before.id, now.id);
      }
      for (const { studyInstanceUid } of theirs) studies.belongTo(studyInstanceUid, now, "clinic");
    }
    this.#store.personStudies.followPerson(now, "clinic");
  }

  /** Bookings that are gone from the clinic leave the list here; returns how many are kept nevertheless. */
  #leaveOut({ from, to, gone }: ScheduleSnapshot): number {
    if (gone.length === 0) {
      this.#goneSince = undefined;
      return 0;
    }
    const standing = this.#store.clinicBookings.inClinic(from, to).length;
    if (gone.length >= SUSPICIOUS && gone.length > standing / 2) {
      this.#goneSince ??= performance.now();
      if (performance.now() - this.#goneSince < SUSPICIOUS_FOR) return gone.length;
    }
    this.#goneSince = undefined;
    this.#store.transaction(() => {
      for (const id of gone) {
        this.#store.clinicBookings.deletedByClinic(id);
        this.#store.worklistItems.follow(id);
      }
    });
    return 0;
  }

  #forget(rows: readonly ScheduleRow[]): void {
    const present = new Set(rows.map(({ appointmentId }) => appointmentId));
    for (const id of this.#taken.keys()) if (!present.has(id)) this.#taken.delete(id);
  }
}

/** Whether a row's date is one of some days, the last included, or none at all, which a person is told. */
function isBetween(date: string | null, from: string, to: string): boolean {
  const day = (date ?? "").slice(0, 10);
  return !/^\d{4}-\d{2}-\d{2}$/.test(day) || (day >= from && day <= to);
}
