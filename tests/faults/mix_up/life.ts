import type { PostgresServer } from "../../clinic/postgres_server.ts";
import { type Random, randomOf } from "../../support/random.ts";
import { SimulatedClinic } from "./clinic.ts";
import { CLINIC_EVENTS } from "./clinic_events.ts";
import { DESK_EVENTS } from "./desk_events.ts";
import { claimOfPatient, lookAt, type Seen, told } from "./exits.ts";
import { MACHINE_EVENTS } from "./machine_events.ts";
import type { Scheduled, Sent } from "./machine.ts";
import { Oracle } from "./oracle.ts";
import { type Human, wordsOf, World } from "./people.ts";
import { isBoxMadePatientId } from "../../../src/store/patients.ts";
import { SimulatedBox } from "./simulated_box.ts";

/** Something that may happen. @returns what happened, in words; undefined where there was nothing to do */
export type Happening = (life: Life) => Promise<string | undefined>;

/** How often, among everything else, and what. */
export type Events = readonly (readonly [weight: number, name: string, Happening])[];

/** Reasons that end by themselves when the study is filed anew. */
const OF_FILING = [
  ...["patient-differs", "taken-from-appointment", "split-from-study", "appointment-given-away"],
  ...["several-appointments", "no-appointment"],
];

/** One made-up clinic with its boxes, from its first day until somebody looks for the last time. */
export class Life implements AsyncDisposable {
  readonly random: Random;
  readonly world: World;
  readonly oracle: Oracle;
  readonly clinic: SimulatedClinic;
  readonly boxes: SimulatedBox[];
  readonly story: string[] = [];
  readonly problems: string[] = [];
  /** Lines of the worklist that machines have fetched, still in their memory. */
  readonly lines = new Map<SimulatedBox, Scheduled[]>();
  /** For whom a machine has seen a UID or an accession number. */
  readonly seenFor = new Map<string, Scheduled>();
  /** Objects that were acknowledged before the clinic's database was last brought back. */
  readonly beforeRestore = new Set<Sent>();
  /** Who was registered at a box, by the id that it gave the appointment. */
  readonly walkIns = new Map<string, Human>();
  readonly #before = new Map<SimulatedBox, Seen>();
  /** Decisions have been taken about a box's studies since it was last looked at. */
  readonly decidedSince = new Set<SimulatedBox>();

  private constructor(random: Random, clinic: SimulatedClinic, boxes: SimulatedBox[]) {
    this.random = random;
    this.world = new World(random);
    this.oracle = new Oracle(this.world);
    this.clinic = clinic;
    this.boxes = boxes;
  }

  static async begin(seed: number, server: PostgresServer, template: string): Promise<Life> {
    const random = randomOf(seed);
    const clinic = await SimulatedClinic.create(server, template);
    const boxes = [await SimulatedBox.start("box 1")];
    if (random.chance(0.3)) boxes.push(await SimulatedBox.start("box 2"));
    for (const { store } of boxes) {
      store.destinations.add({
        ...{ name: "PACS", aeTitle: "PACS", address: "127.0.0.1", port: 1, tls: false, enabled: true },
        rules: [{}],
      });
    }
    return new Life(random, clinic, boxes);
  }

  /** Lives through so many events. @returns what went wrong, nothing where all is well */
  async live(events: number): Promise<string[]> {
    const all = [...CLINIC_EVENTS, ...DESK_EVENTS, ...MACHINE_EVENTS];
    const total = all.reduce((sum, [weight]) => sum + weight, 0);
    for (let n = 0; n < events && this.problems.length === 0; n++) {
      let at = this.random.next() * total;
      const [, name, happens] = all.find(([weight]) => (at -= weight) < 0)!;
      const what = await happens(this);
      if (what !== undefined) this.story.push(`${name}: ${what}`);
      if (this.random.chance(0.08)) await this.look("in between");
    }
    if (this.problems.length > 0) return this.problems;
    for (const box of this.boxes) await box.link(this.clinic.url);
    await this.learn();
    await this.look("at the end", this.random.chance(0.2));
    await this.lookAtClinic();
    return this.problems;
  }

  /** A box of the life, by chance. */
  box(): SimulatedBox {
    return this.random.pick(this.boxes);
  }

  /** What the clinic's tables have learned from the boxes is known to the oracle too. */
  async learn(): Promise<void> {
    await this.clinic.learn((row) => this.oracle.humanOf(this.claimOf(row)));
  }

  claimOf({ id, firstName, lastName, birthDate }: {
    id: string;
    firstName: string;
    lastName: string;
    birthDate: string | null;
  }) {
    // a walk-in's id may have got the mark of its box behind it
    const known = this.world.humans.some(({ ids }) => ids.has(id)) ? id : id.replace(/-[0-9a-f]{4}$/, "");
    const words = [lastName, firstName];
    return {
      ...this.#claim(words),
      patientId: known,
      birthDate: birthDate ?? "",
      sex: "",
    };
  }

  #claim([lastName, firstName]: string[]) {
    const names = this.world.humans.flatMap(({ names }) => names);
    const found = names.find(({ last, first }) =>
      [last.written, last.latin].includes(lastName!) && [first.written, first.latin].includes(firstName!)
    );
    return { words: found ? [found.last.latin.toLowerCase(), found.first.latin.toLowerCase()] : null };
  }

  /** @param thorough also through what is slow */
  async look(when: string, thorough = false): Promise<void> {
    for (const box of this.boxes) {
      const problems: string[] = [];
      this.#learnIds(box);
      const seen = await lookAt(box, this.oracle, problems, { thorough });
      this.#lookAtWalkIns(box, seen, problems);
      this.#lookAtFlags(box, seen, problems);
      this.problems.push(...problems.map((problem) => `${when}, ${problem}`));
      this.#before.set(box, seen);
      this.decidedSince.delete(box);
    }
  }

  /** A box gives its walk-in another id where theirs is somebody else's by now. */
  #learnIds({ store }: SimulatedBox): void {
    for (const [id, human] of this.walkIns) {
      const patient = store.appointments.find(id)?.patient;
      if (patient === undefined || human.ids.has(patient.id) || !isBoxMadePatientId(patient.id)) continue;
      if (this.world.humans.some(({ ids }) => ids.has(patient.id))) continue;
      if (this.world.fits({ ...claimOfPatient(patient), patientId: "" }, human)) human.ids.add(patient.id);
    }
  }

  /** Who was booked at a box is whom the appointment is of, unless the clinic has given it to another. */
  #lookAtWalkIns(box: SimulatedBox, { appointments }: Seen, problems: string[]): void {
    for (const { id, patient } of appointments) {
      const human = this.walkIns.get(id);
      const shown = claimOfPatient(patient);
      if (human === undefined) continue;
      const registered = {
        patientId: patient.id,
        words: wordsOf(human.names.at(-1)!),
        birthDate: human.birthDate ?? "",
      };
      if (this.world.fits(shown, human) || !this.world.conflict({ ...registered, sex: "" }, shown)) continue;
      problems.push(`${box.name}: the walk-in ${id} of ${human.key} is of ${JSON.stringify(shown)} now`);
    }
  }

  /** A reason to look that was there is still there, or somebody decided, or the study is filed anew. */
  #lookAtFlags(box: SimulatedBox, seen: Seen, problems: string[]): void {
    if (this.decidedSince.has(box)) return;
    const there = new Set(seen.attention.map(({ id }) => id));
    for (const reason of this.#before.get(box)?.attention ?? []) {
      if (there.has(reason.id)) continue;
      const study = seen.studies.find(({ studyInstanceUid }) => studyInstanceUid === reason.studyInstanceUid);
      const isFiledAnew = OF_FILING.includes(reason.code) && (
        study === undefined || study.appointmentId !== null ||
        study.reasons.some(({ code }) => OF_FILING.includes(code))
      );
      if (!isFiledAnew) problems.push(`${box.name}: the reason "${reason.code}" is gone and nobody settled it`);
    }
  }

  /** What the boxes have written into the clinic's database. */
  async lookAtClinic(): Promise<void> {
    const images = await this.clinic.images();
    for (const box of this.boxes) {
      const seen = this.#before.get(box)!;
      const listed = new Map(images.map((image) => [image.sopInstanceUid, image]));
      for (const [uid, { sent, study }] of seen.objects) {
        const image = listed.get(uid);
        // what two boxes have under one UID is the later one's
        const elsewhere = this.boxes.some((other) => other !== box && this.#before.get(other)!.objects.has(uid));
        if (image === undefined || elsewhere || this.beforeRestore.has(sent)) continue;
        for (const [what, shown] of [["patient", image.patient], ["appointment", image.appointmentPatient]] as const) {
          // of patients whom the box has never heard of it learns no more than the name
          const isKnown = study.appointmentId !== null || study.decidedPatientId !== null ||
            shown === undefined || box.store.patients.find(shown.patientId) !== undefined;
          if (!isKnown && this.oracle.mayStandUnder(box, sent, { ...shown, birthDate: "", sex: "" })) continue;
          if (shown === undefined || image.attention !== "" || this.oracle.mayStandUnder(box, sent, shown)) continue;
          this.problems.push(
            `the clinic's database has ${told(sent)} of ${box.name} by its ${what} as one of ${JSON.stringify(shown)}`,
          );
        }
      }
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const box of this.boxes) await box[Symbol.asyncDispose]();
    await this.clinic[Symbol.asyncDispose]();
  }
}
