import { ask } from "../shared/api.js";
import { dayOf } from "../shared/format.js";

/**
 * @typedef {{ uid: string, frames: number }} Image
 * @typedef {"send" | "recall" | "complete"} Doing
 * @typedef {{ doing?: Doing, problem?: string, failed?: Doing, at?: string }} Deed
 *   what reception does with a row: under way, or refused and why
 */

const UNMATCHED = "/api/studies?unmatched=true";
const UNSCHEDULED = "/api/procedure-steps?unscheduled=true";

/**
 * A day as the kiosk holds it: its appointments, their images, and what reception is doing with them.
 *
 * Appointments are replaced and never changed, so that a row is drawn again only when it is another one.
 */
export class Day {
  /** @type {string} YYYY-MM-DD */
  date;
  loaded = false;
  /** @type {Map<string, any>} */
  appointments = new Map();
  /** @type {Map<string, Image[]>} */
  images = new Map();
  /** @type {Map<string, Deed>} */
  deeds = new Map();
  /** @type {any[]} */
  machines = [];
  /** @type {any[]} */
  unmatched = [];
  /** @type {any[]} scans that nobody booked */
  unscheduled = [];

  #changed;
  #loading = 0;
  #unmatchedTimer;

  /** @param {string} date @param {() => void} changed called after every change */
  constructor(date, changed) {
    this.date = date;
    this.#changed = changed;
  }

  /** Shows another day. @param {string} date */
  async open(date) {
    this.date = date;
    this.loaded = false;
    this.appointments = new Map();
    this.images = new Map();
    this.deeds = new Map();
    this.#changed();
    await this.load();
  }

  /** Loads everything shown, at first and after each time the box was out of reach. */
  async load() {
    const turn = ++this.#loading;
    const date = this.date;
    const [appointments, studies, machines, unmatched, unscheduled] = await Promise.all([
      ask(`/api/appointments?date=${date}`),
      ask(`/api/studies?appointmentDate=${date}`),
      ask("/api/machines"),
      ask(UNMATCHED),
      ask(UNSCHEDULED),
    ]);
    // a later load has begun meanwhile: its answer counts
    if (turn !== this.#loading) return;
    this.appointments = new Map(appointments.map((appointment) => [appointment.id, appointment]));
    this.images = new Map();
    for (const study of [...studies].reverse()) {
      this.images.set(study.appointmentId, [...this.images.get(study.appointmentId) ?? [], ...imagesOf(study)]);
    }
    this.machines = machines;
    this.unmatched = unmatched;
    this.unscheduled = unscheduled;
    this.loaded = true;
    this.#changed();
  }

  /** What belongs to no appointment: studies, and scans of which nothing has come that could be matched. */
  get astray() {
    const come = new Set(this.unmatched.map((study) => study.studyInstanceUid));
    return { studies: this.unmatched, scans: this.unscheduled.filter((step) => !come.has(step.studyInstanceUid)) };
  }

  /**
   * Puts the appointment on a machine's list: shown at once, taken back with the reason when the box refuses.
   *
   * @param {string} id
   * @param {string | null} machineId null for any machine
   */
  send(id, machineId) {
    return this.#do(id, "send", () => ask(`/api/appointments/${encodeURIComponent(id)}/send`, { body: { machineId } }));
  }

  /** @param {string} id */
  recall(id) {
    return this.#do(
      id,
      "recall",
      () => ask(`/api/appointments/${encodeURIComponent(id)}/recall`, { method: "POST" }),
    );
  }

  /** Says that a scan is done, for a machine that does not. @param {string} id */
  complete(id) {
    return this.#do(
      id,
      "complete",
      () => ask(`/api/appointments/${encodeURIComponent(id)}/complete`, { method: "POST" }),
    );
  }

  /** @param {string} id */
  dismiss(id) {
    this.deeds.delete(id);
    this.#changed();
  }

  /** Takes over an appointment as the box now has it. @param {any} appointment */
  take(appointment) {
    if (appointment.date === this.date) this.appointments.set(appointment.id, appointment);
    else this.appointments.delete(appointment.id);
    this.#changed();
  }

  /** Something changed in the box. @param {string} noun @param {any} data */
  hear(noun, data) {
    if (noun === "appointment") {
      if (data.appointment) this.take(data.appointment);
      else if (this.appointments.delete(data.id)) this.#changed();
    } else if (noun === "instance") {
      if (data.appointmentId === null) this.#loadUnmatchedSoon();
      else this.#addImage(data);
    } else if (noun === "procedure step") {
      this.#loadUnmatchedSoon();
    } else if (noun === "study") {
      const shown = [...this.unmatched, ...this.unscheduled].some((one) => one.studyInstanceUid === data.id);
      if (data.appointmentId === null || shown) {
        this.#loadUnmatchedSoon();
      }
    } else if (noun === "machine") {
      ask("/api/machines").then((machines) => {
        this.machines = machines;
        this.#changed();
      }, ignoreUntilReconnected);
    }
  }

  /** @param {string} id @param {Doing} doing @param {() => Promise<any>} request */
  async #do(id, doing, request) {
    if (this.deeds.get(id)?.doing) return;
    this.deeds.set(id, { doing, at: new Date().toISOString() });
    this.#changed();
    try {
      const appointment = await request();
      this.deeds.delete(id);
      this.take(appointment);
    } catch (refusal) {
      this.deeds.set(id, { failed: doing, problem: refusal.message });
      this.#changed();
    }
  }

  #addImage({ id, appointmentId, frames }) {
    if (!(frames > 0) || !this.appointments.has(appointmentId)) return;
    const images = this.images.get(appointmentId) ?? [];
    if (images.some((image) => image.uid === id)) return;
    this.images.set(appointmentId, [...images, { uid: id, frames }]);
    this.#changed();
  }

  #loadUnmatchedSoon() {
    clearTimeout(this.#unmatchedTimer);
    this.#unmatchedTimer = setTimeout(() => {
      Promise.all([ask(UNMATCHED), ask(UNSCHEDULED)]).then(([studies, steps]) => {
        this.unmatched = studies;
        this.unscheduled = steps;
        this.#changed();
      }, ignoreUntilReconnected);
    }, 300);
  }
}

/** What could not be loaded now is loaded with all the rest when the live events are back. */
function ignoreUntilReconnected() {}

/** The pictures of a study, in the machine's order. @param {any} study @returns {Image[]} */
export function imagesOf(study) {
  return study.series.flatMap((series) => series.instances)
    .filter((instance) => instance.frames > 0)
    .map((instance) => ({ uid: instance.sopInstanceUid, frames: instance.frames }));
}

/** How long images that came, and a scan that ended, stay among what is under way. */
const FRESH_MINUTES = { "images received": 15, "completed": 5, "cancelled": 0 };
/** How long a booking that was recalled stays where it was. */
const RECALLED_MINUTES = 15;
/** How long after its time a booking that was not sent counts as next. */
const LATE_MINUTES = 60;

/**
 * The day in the order reception thinks: what is now and next, what was passed over, what is done. A row does not
 * move at the moment it is tapped, only when time goes on.
 *
 * @param {any[]} appointments
 * @param {string} date
 * @param {number} now milliseconds
 * @param {(at: number) => number} minuteOfDay
 * @param {(time: string) => number} minutesOf
 * @returns {{ name: "now" | "day" | "earlier" | "done", appointments: any[] }[]} groups with something in them
 */
export function grouped(appointments, date, now, minuteOfDay, minutesOf) {
  const today = dayOf(now);
  const minute = minuteOfDay(now);
  const groups = { now: [], earlier: [], done: [] };
  for (const appointment of appointments) {
    const since = (now - Date.parse(appointment.statusChangedAt)) / 60_000;
    const { status } = appointment;
    if (Object.hasOwn(FRESH_MINUTES, status)) {
      const fresh = since < FRESH_MINUTES[status] && date === today;
      groups[fresh ? "now" : "done"].push(appointment);
    } else if (status === "scheduled" && date === today && minutesOf(appointment.time) < minute - LATE_MINUTES) {
      // a recall is not a reason to lose the row under one's finger
      groups[since < RECALLED_MINUTES ? "now" : "earlier"].push(appointment);
    } else {
      groups.now.push(appointment);
    }
  }
  const byTime = (a, b) => a.time.localeCompare(b.time) || a.id.localeCompare(b.id);
  return [
    { name: date === today ? "now" : "day", appointments: groups.now.sort(byTime) },
    { name: "earlier", appointments: groups.earlier.sort(byTime) },
    { name: "done", appointments: groups.done.sort(byTime).reverse() },
  ].filter((group) => group.appointments.length > 0);
}

/** Whether every word typed is somewhere in what reception knows of the appointment. */
export function matches(appointment, words, searchable) {
  const { patient } = appointment;
  const known = searchable(
    [
      patient.firstName,
      patient.lastName,
      patient.id,
      patient.phone,
      appointment.doctor,
      appointment.description,
      appointment.department,
      appointment.accessionNumber,
    ].join(" "),
  );
  return searchable(words).split(/\s+/).every((word) => known.includes(word));
}
