import { scryptSync } from "node:crypto";
import { join } from "node:path";
import { tmpdir } from "node:os";
import sharp from "sharp";
import { ClinicLink } from "../../src/clinic/clinic_link.ts";
import type { ReceivedInstance, StudyHeader } from "../../src/store/received_instance.ts";
import { readConfig } from "../../src/settings/config.ts";
import { SettingsInForce } from "../../src/settings/effective_settings.ts";
import type { Store } from "../../src/store/store.ts";
import type { Role } from "../../src/store/users.ts";
import { newUid } from "../../src/dicom/uid.ts";
import type { BoxInfo } from "../../src/web/box.ts";
import type { MaintenanceStatus } from "../../src/operations/maintenance_tasks.ts";
import type { Pictures as DrawnPictures } from "../../src/web/pictures.ts";
import type { Appliance } from "../../src/appliance.ts";
import { appliance } from "./box.ts";
import { assertDescribed } from "./described.ts";
import type { WebServerOptions } from "../../src/web/server.ts";

export const PASSWORD = "correct horse battery staple";

/** What the box says of itself in tests. */
export const BOX: BoxInfo = {
  name: "Sunrise Clinic",
  hostName: "sonodesk.local",
  addresses: ["192.168.1.20"],
  worklistPort: 11112,
  storagePort: 11113,
  aeTitle: "STORESCP",
  admission: "open",
  version: "0.1.0",
  demo: true,
  demoLogin: { username: "reception", password: PASSWORD },
};

/** How the files of the box are looked after in tests. */
const CARE: MaintenanceStatus = {
  backup: {
    runningSince: null,
    last: {
      ...{ folder: "/media/backup", at: "2026-11-21T20:40:00.000Z", objects: 1204, bytes: 4e9, missing: 0 },
      ...{
        failedAt: "2026-11-22T02:00:10.000Z",
        why: "Cannot back up to /media/backup: it is not there, check the disk",
      },
    },
    targets: [],
    proofs: [],
  },
  proof: { runningSince: null, last: null },
  mend: { runningSince: null, last: null },
  verification: {
    runningSince: null,
    last: { at: "2026-11-22T02:31:00.000Z", files: 1204, bytes: 4e9, damaged: 0 },
  },
};

/** The box itself with parts that answer quickly and alike behind its pages and its API, with one user in each role. */
export class TestBox {
  /** Where its archive is, in a data folder of its own. */
  readonly folder: string;
  readonly lines: string[] = [];
  readonly #data: string;
  readonly #given: Partial<WebServerOptions>;
  #appliance: Appliance;
  #parts!: Parts;

  private constructor(data: string, given: Partial<WebServerOptions>) {
    this.#data = data;
    this.folder = join(data, "archive");
    this.#given = given;
    this.#appliance = this.#make();
  }

  #make(webPort = 0): Appliance {
    return appliance(this.#data, { webPort }, {
      web: (store) => {
        this.#parts = partsOver(store, this.folder, this.lines);
        return { ...this.#parts, ...this.#given };
      },
    });
  }

  static async start(options: Partial<WebServerOptions> = {}): Promise<TestBox> {
    const box = new TestBox(await Deno.makeTempDir({ dir: tmpdir(), prefix: "sonodesk-web-" }), options);
    await box.#appliance.start();
    return box;
  }

  get store(): Store {
    return this.#appliance.store;
  }

  get settings(): SettingsInForce {
    return this.#parts.settings;
  }

  /** Knows no address and has not begun, until a test starts it. */
  get clinic(): ClinicLink {
    return this.#parts.clinic;
  }

  get port(): number {
    return this.#appliance.ports.webPort;
  }

  get httpsPort(): number | undefined {
    return this.#appliance.ports.httpsPort;
  }

  /** Where machines connect. */
  get dicomPorts(): number[] {
    const { worklistPort, storagePort } = this.#appliance.ports;
    return [worklistPort, storagePort];
  }

  get address(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** The certificates have changed. */
  async renewCertificates(): Promise<void> {
    await this.#appliance.renewCertificates();
  }

  /** Ends the box and starts it again on the same port; what is done meanwhile is done to its store. */
  async restart(meanwhile: () => void | Promise<void> = () => {}): Promise<void> {
    const { port } = this;
    await this.clinic.stop();
    await this.#appliance.stop();
    this.#appliance = this.#make(port);
    await meanwhile();
    await this.#appliance.start();
  }

  async stop(): Promise<void> {
    await this.clinic.stop();
    await this.#appliance.stop();
    await Deno.remove(this.#data, { recursive: true });
  }

  addUser(username: string, role: Role): void {
    this.store.users.add({ username, displayName: "", role, passwordHash: quickHash(PASSWORD) });
  }

  /** Signs in; returns the cookie to send. */
  async signIn(role: Role): Promise<string> {
    if (!this.store.users.findByUsername(role)) this.addUser(role, role);
    const answer = await this.fetch("/api/session", { body: { username: role, password: PASSWORD } });
    await answer.body?.cancel();
    return answer.headers.get("set-cookie")!.split(";")[0]!;
  }

  /** A request; with a `body` it is a POST of JSON unless told otherwise. The answer must be as it is described. */
  async fetch(
    path: string,
    { cookie, body, method, headers = {}, signal }: {
      cookie?: string;
      body?: unknown;
      method?: string;
      headers?: Record<string, string>;
      signal?: AbortSignal;
    } = {},
  ): Promise<Response> {
    const verb = method ?? (body === undefined ? "GET" : "POST");
    const answer = await fetch(this.address + path, {
      method: verb,
      headers: {
        ...(cookie ? { cookie } : {}),
        ...(body === undefined ? {} : { "content-type": "application/json" }),
        ...headers,
      },
      body: body === undefined ? undefined : typeof body === "string" ? body : JSON.stringify(body),
      signal,
    });
    await assertDescribed(verb, this.address + path, answer);
    return answer;
  }

  /** A machine of the clinic that is admitted. */
  addMachine(aeTitle: string, room: string) {
    return this.store.machines.add({ aeTitle, name: `Machine ${aeTitle}`, room, admitted: true });
  }

  /** Books an appointment in the store. */
  book(patient: { id: string; firstName: string; lastName: string }, more: Partial<Booking> = {}) {
    return this.store.appointments.add({
      patient: { birthDate: "1990-05-17", gender: "Female", phone: "", ...patient, ...more.patient },
      doctor: more.doctor ?? "Meera Iyer",
      department: more.department ?? "Obstetrics",
      description: more.description ?? "Fetal growth scan",
      date: more.date ?? today(),
      time: more.time ?? "10:00:00",
    }, "demo");
  }

  /** Records an object for an appointment as the storage service would; returns its SOP Instance UID. */
  async receive(
    study: Pick<StudyHeader, "studyInstanceUid" | "patientId" | "patientName"> & Partial<StudyHeader>,
    more: Partial<ReceivedInstance> & { accessionNumber?: string } = {},
  ): Promise<string> {
    const sopInstanceUid = newUid();
    const bytes = new TextEncoder().encode(`the bytes of ${sopInstanceUid}`);
    const path = `studies/${sopInstanceUid}.dcm`;
    await Deno.writeFile(join(this.folder, path), bytes);
    await this.store.instances.record({
      sopInstanceUid,
      sopClassUid: "1.2.840.10008.5.1.4.1.1.6.1",
      transferSyntaxUid: "1.2.840.10008.1.2.1",
      number: null,
      frames: 1,
      study: {
        patientSex: "",
        patientBirthDate: "1990-05-17",
        accessionNumber: more.accessionNumber ?? "",
        studyDate: today(),
        studyTime: "10:05:00",
        description: "",
        ...study,
      },
      series: {
        seriesInstanceUid: `${study.studyInstanceUid}.1`,
        modality: "US",
        number: 1,
        description: "",
        bodyPart: "",
      },
      file: { path, size: bytes.length, sha256: sopInstanceUid, dataOffset: 0 },
      receivedFrom: "US-2",
      ...more,
    });
    return sopInstanceUid;
  }
}

interface Parts extends Partial<WebServerOptions> {
  clinic: ClinicLink;
  settings: SettingsInForce;
}

/** What stands behind the pages and the API in place of the box's own. */
function partsOver(store: Store, folder: string, lines: string[]): Parts {
  const log = (message: string, context: object = {}) => lines.push(`${message} ${JSON.stringify(context)}`);
  return {
    clinic: new ClinicLink(store, { url: undefined, readEvery: 200, backoff: { first: 20, longest: 200 } }),
    settings: new SettingsInForce(readConfig({}), {}, store.settings, (_name, why) => lines.push(why)),
    pictures: drawnPictures(),
    archive: { open: async (path) => (await Deno.open(join(folder, path))).readable },
    box: () => BOX,
    health: () => ({
      status: "ok",
      checks: [{
        name: "store",
        status: "ok",
        detail: "The store can be written",
        since: "2026-11-22T08:00:00.000Z",
      }],
    }),
    diagnostics: () => Promise.resolve(new Uint8Array()),
    measure: undefined,
    recentLines: undefined,
    maintenance: { status: () => CARE, start: () => true },
    verifyMachine: (machine) => Promise.resolve({ ok: true, detail: `${machine.name} answered` }),
    verifyDestination: (destination) => Promise.resolve({ ok: true, detail: `${destination.name} answered` }),
    previewWorklist: () => ({ keys: [], answers: [] }),
    space: () => ({ free: 40e9, floor: 2e9, size: 64e9 }),
    log: { info: log, warn: log, error: log },
  };
}

interface Booking {
  patient: Partial<{ birthDate: string | null; gender: string; phone: string }>;
  doctor: string;
  department: string;
  description: string;
  date: string;
  time: string;
}

/** As the box would store it but for its cost: some hundred sign-ins of the tests take a minute of processor time less. */
function quickHash(password: string): string {
  return `scrypt:1024:8:1$salt$${scryptSync(password, "salt", 64, { N: 1024, r: 8, p: 1 }).toString("hex")}`;
}

/** Today on the wall clock of this machine, YYYY-MM-DD. */
export function today(): string {
  return new Date().toLocaleDateString("sv-SE");
}

/** Real JPEG pictures that look like an ultrasound machine's fan, each a little different by its UID and frame. */
export function drawnPictures(): DrawnPictures {
  const draw = async (uid: string, frame: number, width: number) => {
    const seed = Number(BigInt(`0x${hex(uid)}`) % 997n);
    const bytes = await sharp(new TextEncoder().encode(fan(seed, frame)))
      .resize(width)
      .jpeg({ quality: 82 })
      .toBuffer();
    return { bytes: new Uint8Array(bytes), contentType: "image/jpeg", etag: `"${seed}-${frame}-${width}"` };
  };
  return {
    thumbnail: (uid) => draw(uid, 1, 200),
    frame: (uid, n, { size }) => draw(uid, n, size ?? 800),
    describe: () =>
      Promise.resolve({
        ...{ columns: 800, rows: 600, frames: 24, regions: [], assumed: [] },
        cine: { frames: 24, milliseconds: 50, source: "FrameTime" },
      }),
    video: () => Promise.resolve(undefined),
    report: () => Promise.resolve(undefined),
  };
}

function hex(text: string): string {
  return [...new TextEncoder().encode(text.slice(-12))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

function fan(seed: number, frame: number): string {
  const wobble = Math.sin(frame / 3) * 12;
  const cx = 400 + (seed % 90) - 45;
  const cy = 330 + (seed % 70) - 35 + wobble;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 800 600">
    <defs>
      <filter id="s"><feTurbulence type="fractalNoise" baseFrequency="0.09 0.5" numOctaves="3" seed="${seed + frame}"/>
        <feColorMatrix values="0.4 0.4 0.4 0 -0.12  0.4 0.4 0.4 0 -0.12  0.42 0.42 0.42 0 -0.1  0 0 0 0 1"/></filter>
      <clipPath id="c"><path d="M400 30 L710 470 A540 540 0 0 1 90 470 Z"/></clipPath>
      <radialGradient id="d"><stop offset="0" stop-color="#000" stop-opacity=".92"/>
        <stop offset=".8" stop-color="#000" stop-opacity=".8"/><stop offset="1" stop-color="#000" stop-opacity="0"/>
      </radialGradient>
    </defs>
    <rect width="800" height="600" fill="#05070a"/>
    <g clip-path="url(#c)"><rect width="800" height="600" filter="url(#s)"/>
      <ellipse cx="${cx}" cy="${cy}" rx="${130 + seed % 40}" ry="${95 + seed % 30}" fill="url(#d)"/>
      <ellipse cx="${cx + 22}" cy="${cy + 16}" rx="48" ry="34" fill="none" stroke="#cfd6da" stroke-width="7"
        opacity=".7"/>
    </g>
    ${[0, 1, 2, 3, 4].map((n) => `<rect x="742" y="${70 + n * 100}" width="16" height="3" fill="#7f8b94"/>`).join("")}
    <circle cx="400" cy="20" r="7" fill="#e5b73b"/>
  </svg>`;
}
