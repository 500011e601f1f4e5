// @ts-nocheck: not typed yet
// deno-lint-ignore-file no-explicit-any
import { ask, askStudies } from "../shared/api.ts";
import { dayOf } from "../shared/format.ts";
import { casesOf } from "./cases.ts";

/** How long more changes of a kind are waited for before they are asked about, milliseconds. */
const PAUSE = 300;

type Image = { uid: string; frames: number; reasons?: any[] };
type Doing = "send" | "recall" | "complete";
type Deed = { appointment: any; doing?: Doing; problem?: string; failed?: Doing; at?: string };

const UNMATCHED = "/api/studies?unmatched=true";
const ATTENTION = "/api/attention";
const UNSCHEDULED = "/api/procedure-steps?unscheduled=true";

/**
 * A day as the kiosk holds it: its appointments, their images, and what reception is doing with them.
 *
 * Appointments are replaced and never changed, so that a row is drawn again only when it is another one.
 */
export class Day {
  /** YYYY-MM-DD */
  date: string;
  loaded = false;
  /** why the day could not be loaded; "" where the box did not say */
  problem: string | undefined = undefined;
  appointments: Map<string, any> = new Map();
  images: Map<string, Image[]> = new Map();
  /** of this day and of those shown before: one that failed waits until it is seen */
  deeds: Map<string, Deed> = new Map();
  machines: any[] = [];
  unmatched: any[] = [];
  /** why people should look, worst first */
  attention: any[] = [];
  /** scans that nobody booked */
  unscheduled: any[] = [];

  #changed;
  #loading = 0;
  /** what was heard since the load under way began, whose answers may be older */
  #heard: [string, any][] = [];
  #isLoading = false;
  /** the appointment of each study that has one here */
  #appointmentOf: Map<string, string> = new Map();
  /** how often each thing was asked for: only the latest answer counts */
  #asked: Map<string, number> = new Map();
  /** what will be asked for in a moment */
  #soon: Map<string, ReturnType<typeof setTimeout>> = new Map();

  /** @param changed called after every change */
  constructor(date: string, changed: () => void) {
    this.date = date;
    this.#changed = changed;
  }

  /** Shows another day. */
  async open(date: string) {
    this.date = date;
    this.loaded = false;
    this.appointments = new Map();
    this.images = new Map();
    this.#changed();
    await this.load();
  }

  /** Loads everything shown, at first and after each time the box was out of reach. Why it failed is in `problem`. */
  async load() {
    const turn = ++this.#loading;
    const date = this.date;
    this.#isLoading = true;
    this.#heard = [];
    this.problem = undefined;
    try {
      const [appointments, studies, machines, unmatched, unscheduled, attention] = await Promise.all([
        ask(`/api/appointments?date=${date}`),
        askStudies(`/api/studies?appointmentDate=${date}`),
        ask("/api/machines"),
        askStudies(UNMATCHED),
        ask(UNSCHEDULED),
        ask(ATTENTION),
      ]);
      // a later load has begun meanwhile: its answer counts
      if (turn !== this.#loading) return;
      this.appointments = new Map(appointments.map((appointment) => [appointment.id, appointment]));
      this.images = new Map();
      this.#appointmentOf = new Map();
      for (const appointment of appointments) {
        this.#hold(
          appointment.id,
          studies.filter((one) =>
            one.appointmentId === appointment.id || one.alsoAppointmentIds.includes(appointment.id)
          ),
        );
      }
      this.machines = machines;
      this.unmatched = unmatched;
      this.unscheduled = unscheduled;
      this.attention = attention;
      this.loaded = true;
      this.#isLoading = false;
      for (const [noun, data] of this.#heard) this.#follow(noun, data);
    } catch (refusal) {
      if (turn !== this.#loading) return;
      this.#isLoading = false;
      this.problem = refusal.message;
    }
    this.#changed();
  }

  /** What waits for a person's eyes, worst first, and scans of which nothing has come that could be matched. */
  get toCheck() {
    const come = new Set(this.unmatched.map((study) => study.studyInstanceUid));
    return {
      cases: casesOf(this.attention, this.unmatched, imagesOf),
      scans: this.unscheduled.filter((step) => !come.has(step.studyInstanceUid)),
    };
  }

  /**
   * Puts the appointment on a machine's list: shown at once, taken back with the reason when the box refuses.
   *
   * @param machineId null for any machine
   */
  send(id: string, machineId: string | null) {
    return this.#do(id, "send", () => ask(`/api/appointments/${encodeURIComponent(id)}/send`, { body: { machineId } }));
  }

  recall(id: string) {
    return this.#do(
      id,
      "recall",
      () => ask(`/api/appointments/${encodeURIComponent(id)}/recall`, { method: "POST" }),
    );
  }

  /** Says that a scan is done, for a machine that does not. */
  complete(id: string) {
    return this.#do(
      id,
      "complete",
      () => ask(`/api/appointments/${encodeURIComponent(id)}/complete`, { method: "POST" }),
    );
  }

  dismiss(id: string) {
    this.deeds.delete(id);
    this.#changed();
  }

  /** What was refused of appointments that are not on the day shown. */
  get failedElsewhere(): Deed[] {
    return [...this.deeds.values()].filter(({ failed, appointment }) =>
      failed !== undefined && !this.appointments.has(appointment.id)
    );
  }

  /** Takes over an appointment as the box now has it. */
  take(appointment: any) {
    this.hear("appointment", { id: appointment.id, appointment });
  }

  /** Something changed in the box. */
  hear(noun: string, data: any) {
    if (this.#isLoading) this.#heard.push([noun, data]);
    this.#follow(noun, data);
  }

  #follow(noun: string, data: any) {
    if (noun === "appointment") {
      const { id, appointment } = data;
      const before = this.appointments.get(id)?.reasons;
      // which of its images are meant is in its studies
      if (appointment?.date === this.date && appointment.scannedWith.length > 0) this.#loadImages(id);
      if (appointment && !isSame(before ?? [], appointment.reasons)) {
        if (before) this.#loadImages(id);
        this.#loadAttention();
      }
      if (appointment?.date === this.date) this.appointments.set(id, appointment);
      else if (!this.appointments.delete(id)) return;
      this.#changed();
    } else if (noun === "instance") {
      if (data.appointmentId === null) this.#loadUnmatched();
      else this.#addImage(data);
    } else if (noun === "procedure step") {
      this.#loadUnmatched();
    } else if (noun === "study") {
      this.#loadAttention();
      this.#studyMoved(data);
    } else if (noun === "machine") {
      this.#read("machines", () => ask("/api/machines"), (machines) => this.machines = machines);
    }
  }

  async #do(id: string, doing: Doing, request: () => Promise<any>) {
    const appointment = this.appointments.get(id);
    if (!appointment || this.deeds.get(id)?.doing) return;
    this.deeds.set(id, { appointment, doing, at: new Date().toISOString() });
    this.#changed();
    try {
      const after = await request();
      this.deeds.delete(id);
      this.take(after);
    } catch (refusal) {
      this.deeds.set(id, { appointment, failed: doing, problem: refusal.message });
    }
    this.#changed();
  }

  #addImage({ id, studyInstanceUid, appointmentId, frames }) {
    if (!this.appointments.has(appointmentId)) return;
    this.#appointmentOf.set(studyInstanceUid, appointmentId);
    // an answer under way may be from before this image
    if (this.#asked.has(`images ${appointmentId}`)) this.#loadImages(appointmentId);
    if (!(frames > 0)) return;
    const images = this.images.get(appointmentId) ?? [];
    if (images.some((image) => image.uid === id)) return;
    this.images.set(appointmentId, [...images, { uid: id, frames }]);
    this.#changed();
  }

  /** A study has come, or has been given to an appointment or taken from one: no image stays on a row it left. */
  #studyMoved({ id, appointmentId }) {
    const before = this.#appointmentOf.get(id);
    const isAstray = [...this.unmatched, ...this.unscheduled].some(({ studyInstanceUid }) => studyInstanceUid === id);
    if (appointmentId === null || isAstray) {
      this.#loadUnmatched();
    }
    if (before !== undefined && before !== appointmentId) this.#loadImages(before);
    if (appointmentId !== null && this.appointments.has(appointmentId)) {
      this.#appointmentOf.set(id, appointmentId);
      this.#loadImages(appointmentId);
    } else {
      this.#appointmentOf.delete(id);
    }
  }

  /** @param studies newest first */
  #hold(appointmentId: string, studies: any[]) {
    for (const study of studies) {
      // what was made for several appointments is on each of their rows, and moves with the first
      if (study.appointmentId === appointmentId) this.#appointmentOf.set(study.studyInstanceUid, appointmentId);
    }
    const images = studies.toReversed().flatMap(imagesOf);
    if (images.length > 0) this.images.set(appointmentId, images);
    else this.images.delete(appointmentId);
  }

  /** @param id of an appointment */
  #loadImages(id: string) {
    const path = `/api/studies?appointmentId=${encodeURIComponent(id)}`;
    this.#read(`images ${id}`, () => askStudies(path), (studies) => {
      if (this.appointments.has(id)) this.#hold(id, studies);
    });
  }

  #loadAttention() {
    this.#read("attention", () => ask(ATTENTION), (reasons) => this.attention = reasons);
  }

  #loadUnmatched() {
    this.#loadAttention();
    this.#read("unmatched", () => askStudies(UNMATCHED), (studies) => this.unmatched = studies);
    this.#read("unscheduled", () => ask(UNSCHEDULED), (steps) => this.unscheduled = steps);
  }

  /**
   * Asks for something anew, in a moment, once for all that changes until then. The answer counts unless it was asked
   * for again meanwhile, or a load of everything began.
   */
  #read<T>(what: string, asking: () => Promise<T>, take: (answer: T) => void) {
    const asked = (this.#asked.get(what) ?? 0) + 1;
    this.#asked.set(what, asked);
    if (this.#soon.has(what)) return;
    this.#soon.set(
      what,
      setTimeout(async () => {
        this.#soon.delete(what);
        const turn = this.#loading;
        const latest = this.#asked.get(what);
        try {
          const answer = await asking();
          if (latest !== this.#asked.get(what)) return;
          this.#asked.delete(what);
          if (turn !== this.#loading) return;
          take(answer);
          this.#changed();
        } catch {
          // nothing old may stay in silence: all is loaded, or it is said that it cannot be
          this.#asked.delete(what);
          if (turn === this.#loading) this.load();
        }
      }, PAUSE),
    );
  }
}

function isSame(reasons: any[], others: any[]) {
  return reasons.map(({ id }) => id).join() === others.map(({ id }) => id).join();
}

/** The pictures of a study, in the machine's order. */
export function imagesOf(study: any): Image[] {
  return study.series.flatMap((series) => series.instances)
    .filter((instance) => instance.frames > 0)
    .map(({ sopInstanceUid, frames, reasons }) => ({ uid: sopInstanceUid, frames, reasons }));
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
 * @param now milliseconds
 *
 * @returns groups with something in them
 */
export function grouped(
  appointments: any[],
  date: string,
  now: number,
  minuteOfDay: (at: number) => number,
  minutesOf: (time: string) => number,
): { name: "now" | "day" | "earlier" | "done"; appointments: any[] }[] {
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
