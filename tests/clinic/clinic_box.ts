import { ClinicLink, type ClinicLinkOptions } from "../../src/clinic/clinic_link.ts";
import { newUid } from "../../src/dicom/uid.ts";
import { Store } from "../../src/store/store.ts";
import { until } from "../support/until.ts";

/** A box's store with its link to a clinic's database, without machines and pages. */
export class ClinicBox implements AsyncDisposable {
  readonly folder: string;
  store: Store;
  link: ClinicLink;
  readonly #options: ClinicLinkOptions;

  private constructor(folder: string, options: ClinicLinkOptions) {
    this.folder = folder;
    this.#options = { readEvery: 200, backoff: { first: 20, longest: 200 }, ...options };
    this.store = openStore(folder);
    this.link = new ClinicLink(this.store, this.#options);
  }

  /** A box that has not begun to talk to the clinic. */
  static async make(options: ClinicLinkOptions): Promise<ClinicBox> {
    return new ClinicBox(await Deno.makeTempDir({ prefix: "sonodesk-clinic-" }), options);
  }

  static async start(options: ClinicLinkOptions): Promise<ClinicBox> {
    const box = await ClinicBox.make(options);
    box.link.start();
    return box;
  }

  /** Ends the box and starts it again from its store. */
  async restart(options: Partial<ClinicLinkOptions> = {}): Promise<void> {
    await this.link.stop();
    this.store.close();
    this.store = openStore(this.folder);
    this.link = new ClinicLink(this.store, { ...this.#options, ...options });
    this.link.start();
  }

  /** Starts from a folder that another process has worked in. */
  async restartFromDisk(): Promise<void> {
    this.store = openStore(this.folder);
    this.link = new ClinicLink(this.store, this.#options);
    this.link.start();
    await Promise.resolve();
  }

  /** Waits until something is so; fails after `seconds`. */
  until<T>(
    what: string,
    look: () => T | undefined | false | Promise<T | undefined | false>,
    seconds?: number,
  ): Promise<T> {
    const state = () => `${JSON.stringify(this.link.status())} ${JSON.stringify(this.link.queue())}`;
    return until(() => `${what}; ${state()}`, look, seconds);
  }

  async untilDelivered(seconds?: number): Promise<void> {
    await this.until("everything is delivered", () => this.store.outbox.counts().waiting === 0, seconds);
  }

  async untilInSync(): Promise<void> {
    await this.until("the box is in sync", () => this.link.status().state === "in sync");
  }

  /** A walk-in registered at the box. */
  walkIn(name: { firstName: string; lastName: string }, id?: string) {
    return this.store.transaction(() =>
      this.store.appointments.add({
        patient: {
          id: id ?? this.store.patients.newId("2026-11-22"),
          birthDate: "1988-02-29",
          gender: "Female",
          phone: "",
          ...name,
        },
        doctor: "Meera Iyer",
        department: "Obstetrics",
        description: "",
        date: new Date().toISOString().slice(0, 10),
        time: "11:15:00",
      }, "box")
    );
  }

  /** An image or report of a study, recorded as the archive does. Returns the SOP Instance UID. */
  async receive(
    study: {
      patientId: string;
      patientName: string;
      patientBirthDate?: string;
      studyInstanceUid?: string;
      accessionNumber?: string;
    },
    more: {
      sopInstanceUid?: string;
      number?: number;
      frames?: number;
      path?: string;
      bodyPart?: string;
      sha256?: string;
      requestIds?: readonly string[];
    } = {},
  ): Promise<{ studyInstanceUid: string; sopInstanceUid: string }> {
    const sopInstanceUid = more.sopInstanceUid ?? newUid();
    const studyInstanceUid = study.studyInstanceUid ?? newUid();
    await this.store.instances.record({
      sopInstanceUid,
      sopClassUid: "1.2.840.10008.5.1.4.1.1.6.1",
      transferSyntaxUid: "1.2.840.10008.1.2.1",
      number: more.number ?? 1,
      frames: more.frames ?? 1,
      study: {
        studyInstanceUid,
        patientId: study.patientId,
        patientName: study.patientName,
        patientBirthDate: study.patientBirthDate ?? "",
        patientSex: "",
        accessionNumber: study.accessionNumber ?? "",
        studyDate: new Date().toISOString().slice(0, 10),
        studyTime: "10:05:00",
        description: "Growth",
      },
      series: {
        seriesInstanceUid: `${studyInstanceUid.slice(0, 60)}.1`,
        modality: "US",
        number: 1,
        description: "Fetus",
        bodyPart: more.bodyPart ?? "UTERUS",
      },
      file: {
        path: more.path ?? `studies/${crypto.randomUUID()}.dcm`,
        size: 10,
        sha256: more.sha256 ?? "",
        dataOffset: 0,
      },
      receivedFrom: "US-1",
      ...(more.requestIds && { requestIds: more.requestIds }),
    });
    return { studyInstanceUid, sopInstanceUid };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.link.stop();
    this.store.close();
    await Deno.remove(this.folder, { recursive: true });
  }
}

function openStore(folder: string): Store {
  return new Store(`${folder}/sonodesk.sqlite`, (error) => {
    throw error;
  });
}

export function measurement(name: string, value: string) {
  return { name, code: "LN:11727-5", value, unit: "g", site: "Fetus", laterality: "", context: { fetus: "A" } };
}
