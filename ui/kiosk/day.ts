import type { Appointment, AttentionItem, Reason, UnscheduledStep } from "../../src/web/contract/appointments.ts";
import type { LiveEvent } from "../../src/web/contract/events.ts";
import type { Machine } from "../../src/web/contract/machines.ts";
import type { Study } from "../../src/web/contract/studies.ts";
import { api, studiesBy } from "../shared/api.ts";
import { boxNow } from "../shared/clock.ts";
import { type Case, casesOf } from "./cases.ts";

/** A day that could not be loaded is asked for again after so long, milliseconds. */
const AGAIN = 5000;
/** How long more changes of a kind are waited for before they are asked about, milliseconds. */
const PAUSE = 300;

/** A picture of an object, and why a person should look at it, where one should. */
export interface Image {
  uid: string;
  frames: number;
  reasons?: Reason[];
}

export type Doing = "send" | "recall" | "complete";

/** What reception does with an appointment, as it was then: under way, or refused and why; "" where the box did not say. */
export interface Action {
  appointment: Appointment;
  doing?: Doing;
  /** When it was begun, ISO 8601. */
  at: string;
  failed?: Doing;
  problem?: string;
}

export type FailedAction = Action & { failed: Doing };

type AppointmentEvent = Extract<LiveEvent, { noun: "appointment" }>;

const unmatchedStudies = () => studiesBy({ unmatched: "true" });
const unscheduledSteps = () => api("GET /api/procedure-steps", { query: { unscheduled: "true" } });
const attentionItems = () => api("GET /api/attention");

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
  appointments = new Map<string, Appointment>();
  images = new Map<string, Image[]>();
  /** of this day and of those shown before: one that failed waits until it is seen */
  actions = new Map<string, Action>();
  machines: Machine[] = [];
  unmatched: Study[] = [];
  /** why people should look, worst first */
  attention: AttentionItem[] = [];
  /** scans that nobody booked */
  unscheduled: UnscheduledStep[] = [];

  readonly #changed: () => void;
  #loading = 0;
  readonly #followers = new Set<(noun: LiveEvent["noun"]) => void>();
  /** what was heard since the load under way began, whose answers may be older */
  #heard: LiveEvent[] = [];
  #isLoading = false;
  #ended = false;
  #retry: ReturnType<typeof setTimeout> | undefined;
  /** The day that is being loaded and of which nothing is shown yet. */
  #firstOf: string | undefined;
  /** Whether it is to be loaded again when that is here. */
  #again = false;
  /** the appointment of each study that has one here */
  #appointmentOf = new Map<string, string>();
  /** how often each thing was asked for: only the latest answer counts */
  readonly #asked = new Map<string, number>();
  /** what will be asked for in a moment */
  readonly #soon = new Map<string, ReturnType<typeof setTimeout>>();

  /** @param changed called after every change */
  constructor(date: string, changed: () => void) {
    this.date = date;
    this.#changed = changed;
  }

  /** Nobody looks at it any more. */
  end() {
    this.#ended = true;
    clearTimeout(this.#retry);
  }

  /** For a window that shows other days too: told of each change, and of each time something may have been missed. */
  followed(by: (noun: LiveEvent["noun"]) => void): () => void {
    this.#followers.add(by);
    return () => this.#followers.delete(by);
  }

  #tell(noun: LiveEvent["noun"]) {
    for (const follower of this.#followers) follower(noun);
  }

  /** Shows another day. */
  async open(date: string) {
    this.date = date;
    this.problem = undefined;
    this.loaded = false;
    this.appointments = new Map();
    this.images = new Map();
    this.#changed();
    await this.load();
  }

  /** Loads everything shown, at first and after each time the box was out of reach. Why it failed is in `problem`. */
  async load(): Promise<void> {
    // what is being asked for the first time is shown first, and asked for again then
    if (this.#isLoading && this.#firstOf === this.date) {
      this.#again = true;
      return;
    }
    this.#again = false;
    this.#firstOf = this.loaded ? undefined : this.date;
    clearTimeout(this.#retry);
    const turn = ++this.#loading;
    const date = this.date;
    this.#isLoading = true;
    this.#heard = [];
    try {
      const [appointments, studies, machines, unmatched, unscheduled, attention] = await Promise.all([
        api("GET /api/appointments", { query: { date } }),
        studiesBy({ appointmentDate: date }),
        api("GET /api/machines"),
        unmatchedStudies(),
        unscheduledSteps(),
        attentionItems(),
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
      this.problem = undefined;
      this.loaded = true;
      this.#isLoading = false;
      for (const event of this.#heard) this.#follow(event);
      this.#tell("study");
    } catch (refusal) {
      if (turn !== this.#loading) return;
      this.#isLoading = false;
      this.problem = sentenceOf(refusal);
      // it is said until it is no longer so, and no longer
      if (!this.#ended) this.#retry = setTimeout(() => this.load(), AGAIN);
    }
    this.#changed();
    if (this.#again) await this.load();
  }

  /** What waits for a person's eyes, worst first, and scans of which nothing has come that could be matched. */
  get toCheck(): { cases: Case[]; scans: UnscheduledStep[] } {
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
    return this.#do(id, "send", () => api("POST /api/appointments/:id/send", { id, body: { machineId } }));
  }

  recall(id: string) {
    return this.#do(id, "recall", () => api("POST /api/appointments/:id/recall", { id }));
  }

  /** Says that a scan is done, for a machine that does not. */
  complete(id: string) {
    return this.#do(id, "complete", () => api("POST /api/appointments/:id/complete", { id }));
  }

  dismiss(id: string) {
    this.actions.delete(id);
    this.#changed();
  }

  /** What was refused of appointments that are not on the day shown. */
  get failedElsewhere(): FailedAction[] {
    return [...this.actions.values()].filter((action): action is FailedAction =>
      action.failed !== undefined && !this.appointments.has(action.appointment.id)
    );
  }

  /** Takes over an appointment as the box answered it, which may be older than what was heard meanwhile. */
  take(appointment: Appointment) {
    const { id, statusChangedAt } = appointment;
    const heard = (appointment: Appointment) => this.hear({ noun: "appointment", id, appointment });
    const known = this.appointments.get(id);
    if (known === undefined || known.statusChangedAt <= statusChangedAt) return heard(appointment);
    this.#read(`appointment ${id}`, () => api("GET /api/appointments/:id", { id }), heard);
  }

  /** Whether an appointment is of the day: also one from before that is under way still, which the box has told of. */
  #isOfDay({ id, date }: Appointment): boolean {
    return date === this.date || (date < this.date && this.appointments.has(id));
  }

  /** Something changed in the box. */
  hear(event: LiveEvent) {
    if (this.#isLoading) this.#heard.push(event);
    this.#tell(event.noun);
    this.#follow(event);
  }

  #follow(event: LiveEvent) {
    if (event.noun === "appointment") this.#followAppointment(event);
    else if (event.noun === "instance") {
      if (event.appointmentId === null) this.#loadUnmatched();
      else this.#addImage(event, event.appointmentId);
    } else if (event.noun === "procedure step") {
      this.#loadUnmatched();
    } else if (event.noun === "study") {
      this.#loadAttention();
      this.#studyMoved(event);
    } else if (event.noun === "machine") {
      this.#read("machines", () => api("GET /api/machines"), (machines) => this.machines = machines);
    }
  }

  #followAppointment({ id, appointment }: AppointmentEvent) {
    const before = this.appointments.get(id)?.reasons;
    // which of its images are meant is in its studies
    const isOfDay = appointment !== null && this.#isOfDay(appointment);
    if (isOfDay && appointment.scannedWith.length > 0) this.#loadImages(id);
    if (appointment && !isSame(before ?? [], appointment.reasons)) {
      if (before) this.#loadImages(id);
      this.#loadAttention();
    }
    if (isOfDay) this.appointments.set(id, appointment);
    else if (!this.appointments.delete(id)) return;
    this.#changed();
  }

  async #do(id: string, doing: Doing, request: () => Promise<Appointment>) {
    const appointment = this.appointments.get(id);
    if (!appointment || this.actions.get(id)?.doing) return;
    const at = new Date(boxNow()).toISOString();
    this.actions.set(id, { appointment, doing, at });
    this.#changed();
    try {
      const after = await request();
      this.actions.delete(id);
      this.take(after);
    } catch (refusal) {
      this.actions.set(id, { appointment, failed: doing, at, problem: sentenceOf(refusal) });
    }
    this.#changed();
  }

  #addImage(
    { id, studyInstanceUid, frames }: Extract<LiveEvent, { noun: "instance" }>,
    appointmentId: string,
  ) {
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
  #studyMoved({ id, appointmentId }: Extract<LiveEvent, { noun: "study" }>) {
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
  #hold(appointmentId: string, studies: Study[]) {
    for (const study of studies) {
      // what was made for several appointments is on each of their rows, and moves with the first
      if (study.appointmentId === appointmentId) this.#appointmentOf.set(study.studyInstanceUid, appointmentId);
    }
    const images = [...studies].reverse().flatMap(imagesOf);
    if (images.length > 0) this.images.set(appointmentId, images);
    else this.images.delete(appointmentId);
  }

  /** @param id of an appointment */
  #loadImages(id: string) {
    this.#read(`images ${id}`, () => studiesBy({ appointmentId: id }), (studies) => {
      if (this.appointments.has(id)) this.#hold(id, studies);
    });
  }

  #loadAttention() {
    this.#read("attention", attentionItems, (reasons) => this.attention = reasons);
  }

  #loadUnmatched() {
    this.#loadAttention();
    this.#read("unmatched", unmatchedStudies, (studies) => this.unmatched = studies);
    this.#read("unscheduled", unscheduledSteps, (steps) => this.unscheduled = steps);
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

/** What the box said; "" where it did not. */
function sentenceOf(refusal: unknown): string {
  return refusal instanceof Error ? refusal.message : "";
}

function isSame(reasons: readonly Reason[], others: readonly Reason[]) {
  return reasons.map(({ id }) => id).join() === others.map(({ id }) => id).join();
}

/** The pictures of a study, in the machine's order. */
export function imagesOf(study: Study): Image[] {
  return study.series.flatMap((series) => series.instances)
    .filter((instance) => instance.frames > 0)
    .map(({ sopInstanceUid, frames, reasons }) => ({ uid: sopInstanceUid, frames, reasons }));
}
