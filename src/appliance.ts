import { getLogger } from "@logtape/logtape";
import { Archive } from "./archive/archive.ts";
import { ClinicLink } from "./clinic/clinic_link.ts";
import type { Config } from "./config.ts";
import { admissionOf } from "./dimse/admission.ts";
import type { AssociationSummary } from "./dimse/association.ts";
import { DEFAULT_BOUNDS, Guard } from "./dimse/guard.ts";
import { DicomListener } from "./dimse/listener.ts";
import { echo, RequestFailed } from "./dimse/requestor.ts";
import { Storage } from "./dimse/storage.ts";
import { Verification } from "./dimse/verification.ts";
import { WorklistBook } from "./dimse/worklist_book.ts";
import { Worklist } from "./dimse/worklist.ts";
import { type PictureFile, Pictures } from "./imaging/pictures.ts";
import { Nightly } from "./operations/nightly.ts";
import { checkHealth } from "./operations/health.ts";
import { hostNames, lanAddresses } from "./operations/network.ts";
import { VERSION } from "./operations/version.ts";
import { StudyFollower } from "./operations/study_follower.ts";
import type { Machine } from "./store/machines.ts";
import { Store } from "./store/store.ts";
import type { BoxInfo } from "./web/box.ts";
import { WebServer } from "./web/server.ts";

const log = getLogger(["sonodesk", "appliance"]);

/** The largest P-DATA-TF body taken from a machine, bytes: large enough that an image is a handful of them. */
export const MAX_PDU_LENGTH = 131072;
/** How fast files are read against their hashes at night, bytes a second: an SD card has other work too. */
const NIGHTLY_VERIFICATION = 20_000_000;
/** How long operations under way may take to finish when the box stops, milliseconds. */
const STOP_GRACE = 5000;

export interface ApplianceOptions {
  /** Shown on the sign-in page; only the demo has one. */
  demoLogin?: { username: string; password: string };
}

/** The box: its parts, built from the configuration, started in order and stopped in reverse. */
export class Appliance {
  readonly store: Store;
  readonly archive: Archive;
  readonly clinic: ClinicLink;
  readonly #config: Config;
  readonly #options: ApplianceOptions;
  readonly #book: WorklistBook;
  readonly #pictures: Pictures;
  readonly #follower: StudyFollower;
  readonly #worklistListener: DicomListener;
  readonly #storageListener: DicomListener;
  readonly #web: WebServer;
  readonly #nightly: Nightly;
  readonly #ended = new AbortController();
  #reconciling: Promise<void> | undefined;
  #webPort = 0;

  /** @throws Error when the data folder or the store cannot be used */
  constructor(config: Config, options: ApplianceOptions = {}) {
    this.#config = config;
    this.#options = options;
    makeDataFolder(config.data);
    this.store = new Store(
      `${config.data}/sonodesk.sqlite`,
      (error) => log.error("a listener failed: {error}", { error }),
    );
    this.archive = new Archive(`${config.data}/archive`, this.store, { floor: config.diskFloor });
    this.clinic = new ClinicLink(this.store, { url: config.clinicDatabaseUrl });
    this.#book = new WorklistBook(this.store, config.worklistDays);
    this.#pictures = new Pictures({
      cacheFolder: `${config.data}/cache/pictures`,
      reportCacheFailure: (error) => log.warn("the picture cache failed: {error}", { error }),
    });
    this.#follower = new StudyFollower(this.store, this.archive, this.#pictures);
    const guard = new Guard({
      ...DEFAULT_BOUNDS,
      associations: config.associations,
      associationsPerAddress: config.associationsPerAddress,
      idle: config.idleSeconds * 1000,
    });
    const worklist = new Worklist(this.store, this.#book, config.aeTitle);
    // every service on both ports: which port a machine was given for what is a common slip, and needs no error
    const shared = {
      hostname: config.host,
      guard,
      maxPduLength: MAX_PDU_LENGTH,
      services: [
        new Verification(),
        worklist,
        new Storage(this.archive, { largestObject: config.largestObject }),
      ],
      admit: admissionOf(this.store, guard, () => config.admission),
      onEnd: logAssociation,
    };
    this.#worklistListener = new DicomListener({ ...shared, port: config.worklistPort, purpose: "the worklist" });
    this.#storageListener = new DicomListener({ ...shared, port: config.storagePort, purpose: "images" });
    this.#nightly = new Nightly(async (signal) => {
      const { files, damaged } = await this.archive.verify({ bytesPerSecond: NIGHTLY_VERIFICATION, signal });
      log.info("verified {files} files, {damaged} damaged", { files, damaged: damaged.length });
    });
    this.#web = new WebServer({
      store: this.store,
      host: config.host,
      port: config.webPort,
      pictures: {
        thumbnail: (uid) => this.#withFile(uid, (file) => this.#pictures.thumbnail(file)),
        frame: (uid, n, options) => this.#withFile(uid, (file) => this.#pictures.frame(file, n, options)),
      },
      archive: {
        open: async (path) => (await Deno.open(this.archive.pathOf(path), { read: true })).readable,
      },
      box: () => this.info(),
      health: () => checkHealth(this.store, this.archive, this.clinic),
      verifyMachine: (machine) => this.#verify(machine),
      previewWorklist: (machine) => worklist.preview(machine),
      log: getLogger(["sonodesk", "web"]),
    });
  }

  /** @throws Error when a port is taken or the archive cannot be used; what was started is stopped again */
  async start(): Promise<void> {
    try {
      this.archive.open();
      this.#follower.start();
      this.clinic.start();
      this.#worklistListener.start();
      this.#storageListener.start();
      this.#webPort = (await this.#web.start()).port;
    } catch (error) {
      await this.stop();
      throw error;
    }
    this.#nightly.start();
    this.#reconciling = this.#reconcile();
    log.info("Sonodesk {version} is ready: worklist {worklistPort}, images {storagePort}, page {webPort}", {
      version: VERSION,
      ...this.ports,
    });
    if (this.#config.admission === "open") {
      log.warn("any machine may connect: SONODESK_ADMISSION is open");
    }
  }

  /** Associations finish or are aborted, then the store is closed. */
  async stop(): Promise<void> {
    this.#ended.abort();
    await this.#web.stop();
    await this.#nightly.stop();
    await this.#reconciling;
    await Promise.all([this.#worklistListener.stop(STOP_GRACE), this.#storageListener.stop(STOP_GRACE)]);
    await this.clinic.stop();
    await this.#follower.stop();
    await this.#pictures.close();
    this.#book.close();
    this.store.close();
    log.info("Sonodesk has stopped");
  }

  /** The ports in use, once started. */
  get ports(): { webPort: number; worklistPort: number; storagePort: number } {
    return {
      webPort: this.#webPort,
      worklistPort: this.#worklistListener.port,
      storagePort: this.#storageListener.port,
    };
  }

  /** What a person needs to connect a machine. */
  info(): BoxInfo {
    return {
      name: "Sonodesk",
      ...hostNames(),
      addresses: lanAddresses(),
      worklistPort: this.#worklistListener.port,
      storagePort: this.#storageListener.port,
      aeTitle: this.#config.aeTitle,
      admission: this.#config.admission,
      version: VERSION,
      demo: this.#options.demoLogin !== undefined,
      demoLogin: this.#options.demoLogin,
    };
  }

  /** Files and rows are held against each other while the box already works. */
  async #reconcile(): Promise<void> {
    try {
      const found = await this.archive.reconcile(this.#ended.signal);
      if (Object.values(found).some((count) => count > 0)) {
        log.warn("after the start: {indexed} files indexed, {unreadable} unreadable, {missing} missing", { ...found });
      }
    } catch (error) {
      log.error("files and rows could not be held against each other: {error}", { error });
    }
  }

  async #withFile<T>(
    sopInstanceUid: string,
    draw: (file: PictureFile) => Promise<T>,
  ): Promise<T | undefined> {
    const instance = this.store.instances.find(sopInstanceUid);
    return instance &&
      await draw({ path: this.archive.pathOf(instance.path), sopInstanceUid, sha256: instance.sha256 });
  }

  async #verify(machine: Machine): Promise<{ ok: boolean; detail: string }> {
    if (machine.address === "" || machine.port === null) {
      return { ok: false, detail: "Enter the machine's address and port first, then try again" };
    }
    try {
      const milliseconds = await echo({
        address: machine.address,
        port: machine.port,
        calledAeTitle: machine.aeTitle,
        callingAeTitle: this.#config.aeTitle,
      });
      return { ok: true, detail: `${machine.aeTitle} answered in ${milliseconds} ms` };
    } catch (error) {
      if (error instanceof RequestFailed) return { ok: false, detail: error.message };
      throw error;
    }
  }
}

function makeDataFolder(path: string): void {
  try {
    Deno.mkdirSync(path, { recursive: true });
    const probe = `${path}/.writable`;
    Deno.writeTextFileSync(probe, "");
    Deno.removeSync(probe);
  } catch (error) {
    throw new Error(
      `Cannot use the data folder ${path}: ${error instanceof Error ? error.message : error}, ` +
        `make it writable for this user, or set SONODESK_DATA to a folder that is`,
      { cause: error },
    );
  }
}

function logAssociation(summary: AssociationSummary): void {
  log.info(
    "association {id} from {callingAeTitle} at {address}: {outcome}, {operations} operations, {bytes} bytes, {milliseconds} ms",
    { ...summary },
  );
}
