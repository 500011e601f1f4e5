import { getLogger } from "@logtape/logtape";
import type { ApplianceOptions } from "./appliance_options.ts";
import { Archive } from "./archive/archive.ts";
import { ClinicLink } from "./clinic/clinic_link.ts";
import { Webhook } from "./clinic/webhook.ts";
import { applyTimeZone } from "./host/time_zone.ts";
import { DicomSide } from "./dicom_side.ts";
import { Drawing } from "./drawing.ts";
import { drivesOf } from "./host/drives.ts";
import { writeAnnouncement } from "./host/announcement.ts";
import { ServiceManager } from "./host/service_manager.ts";
import { isTimeConfirmed } from "./host/time_source.ts";
import { Identity } from "./identity.ts";
import { Night } from "./night.ts";
import { type OpenStore, openStore } from "./open_store.ts";
import { ClockWatch } from "./operations/clock_watch.ts";
import { Health } from "./operations/health.ts";
import { SilenceWatch } from "./operations/silence.ts";
import { WriteProbe } from "./operations/write_probe.ts";
import { Completion } from "./services/completion.ts";
import type { Forwarding } from "./services/forwarding.ts";
import { MachineDiary } from "./services/machine_diary.ts";
import { MachineFollower } from "./services/machine_follower.ts";
import { type Config, SETTINGS } from "./settings/config.ts";
import { SettingsInForce } from "./settings/effective_settings.ts";
import type { Store } from "./store/store.ts";
import { VERSION } from "./version.ts";
import type { BoxInfo } from "./web/box.ts";
import { WebSide } from "./web_side.ts";

const log = getLogger(["sonodesk", "appliance"]);

/** A part of the box: what it does from the start on, and how it ends. Either may be nothing. */
interface Part {
  start?: () => void | Promise<void>;
  stop?: () => void | Promise<void>;
}

/** The box: its parts, built from the configuration, started in order and stopped in reverse. */
export class Appliance {
  /** What the box knows. */
  readonly store: Store;
  /** What it has received. */
  readonly archive: Archive;
  /** To the clinic's database. */
  readonly clinic: ClinicLink;
  readonly #webhook: Webhook;
  readonly #options: ApplianceOptions;
  readonly #config: Config;
  readonly #settings: SettingsInForce;
  readonly #diary: MachineDiary;
  readonly #opened: OpenStore;
  readonly #drawing: Drawing;
  readonly #identity: Identity;
  readonly #dicom: DicomSide;
  readonly #night: Night;
  readonly #health: Health;
  readonly #clock: ClockWatch;
  readonly #writeProbe: WriteProbe;
  readonly #web: WebSide;
  readonly #serviceManager: ServiceManager;
  readonly #silence = new SilenceWatch();
  readonly #ended = new AbortController();
  #reconciling: Promise<void> | undefined;
  #indexing: Promise<void> | undefined;
  /** What has to end, the latest first. */
  readonly #running = new AsyncDisposableStack();

  /**
   * Opens the store and puts the parts together; nothing listens before `start`.
   *
   * @throws NeedsRescue, StoreUnusable or DiskNotWritable when a person must choose what is to be done about the data folder
   * @throws Error when the data folder cannot be used, or another box uses it; nothing is touched then
   */
  constructor(base: Config, options: ApplianceOptions = {}) {
    this.#options = options;
    this.#opened = this.#running.use(openStore(base.data, options.rescued));
    const store = this.store = this.#opened.store;
    this.#settings = new SettingsInForce(base, options.environment ?? {}, store.settings, (name, why) => {
      log.warn("the stored {name} is not used: {why}", { name, why });
    });
    const settings = this.#settings;
    const config = this.#config = settings.current;
    applyTimeZone(config.timeZone);
    store.fetalSex.followCountry(config.country);
    this.#serviceManager = options.serviceManager ?? new ServiceManager(options.environment ?? {});
    const diary = this.#diary = new MachineDiary(store);
    const archive = this.archive = new Archive(`${config.data}/archive`, store, {
      floor: config.diskFloor,
      notice: (object) => diary.received(object),
    });
    const followsMarks = () => settings.current.clinicMarks === "clinic";
    const clinic = this.clinic = new ClinicLink(store, { url: config.clinicDatabaseUrl, followsMarks });
    const webhook = this.#webhook = new Webhook(store, settings);
    const { pictures, follower } = this.#drawing = new Drawing(store, archive, `${config.data}/cache/pictures`);
    const clock = this.#clock = new ClockWatch(store);
    this.#writeProbe = new WriteProbe(config.data, {
      "images-not-kept": () => archive.proveWritable(),
      "nothing-written-down": async () => {
        clock.beat();
        await store.durable();
      },
    });
    const identity = this.#identity = new Identity(config);
    const dicom = this.#dicom = new DicomSide({
      ...{ store, archive, settings, pictures, identity, diary },
      onCannotWrite: () => void this.#writeProbe.look(), // health must not go on saying that all is well
    });
    this.#night = new Night({
      ...{ store, archive, settings, clock },
      hasClinic: () => clinic.addressFrom !== "nobody",
    });
    const health = this.#health = new Health({
      ...{ store, archive, clinic, isTimeConfirmed },
      ports: () => dicom.listeners,
      unwritable: () => this.#writeProbe.trouble,
      backupFolder: () => settings.current.backupFolder,
      brokenAudit: () => this.#night.auditCheck.broken,
      authorityEnds: () => identity.authorityEnds,
      logSize: () => this.#opened.writeAheadLog.size,
      drives: () => drivesOf(this.#config),
    });
    this.#web = new WebSide({
      ...{ store, archive, settings, clinic, pictures, follower, dicom, identity, health, silence: this.#silence },
      ...{ webhook, diary, maintenance: this.#night.maintenance },
      announceSetupCode: options.announceSetupCode,
      demoLogin: options.demoLogin,
      instead: options.web?.(store) ?? {},
    });
  }

  /** The parts in the order in which they start; they stop in reverse. */
  #parts(): Part[] {
    return [
      { start: () => this.archive.open() },
      this.#writeProbe,
      this.#opened.writeAheadLog,
      this.#drawing,
      this.clinic,
      this.#webhook,
      this.#diary, // stops after those that write in it
      this.#dicom,
      this.#night,
      { start: () => this.#identity.start(() => this.renewCertificates()), stop: () => this.#identity.stop() },
      this.#silence,
      this.#clock,
      new Completion(this.store, this.#config.completionMinutes, () => this.#clock.steadyFor),
      new MachineFollower(this.store),
      { start: () => this.#followSettings() },
      this.#web,
      { start: () => this.archive.sweep() }, // only now: whose ports are taken has half files here that are still growing
      { start: () => this.#dicom.startCalling() },
      { start: () => void (this.#reconciling = this.#reconcile()), stop: () => this.#reconciling },
      { start: () => void (this.#indexing = this.#indexPeople()), stop: () => this.#indexing },
      { start: () => this.#announce() }, // before it is ready, which is when it is read
    ];
  }

  /**
   * Starts all parts in their order.
   *
   * @throws Error when a port is taken or the archive cannot be used; what was started is stopped again
   */
  async start(): Promise<void> {
    try {
      for (const part of this.#parts()) {
        if (part.stop !== undefined) this.#running.defer(() => part.stop!());
        await part.start?.();
      }
    } catch (error) {
      await this.stop();
      throw error;
    }
    // what a restart can mend: a store or a port that does not answer
    this.#serviceManager.ready(() =>
      this.#health.report().checks.every(({ name, status }) => !["store", "ports"].includes(name) || status === "ok")
    );
    const ready = { version: VERSION, ...this.ports };
    log.info("Sonodesk {version} is ready: worklist {worklistPort}, images {storagePort}, page {webPort}", ready);
    if (this.#settings.admission === "open") log.warn("any machine may connect: the admission is open");
  }

  /** Associations finish or are aborted, then the store is closed. */
  async stop(): Promise<void> {
    this.#ended.abort();
    if (this.#options.serviceManager === undefined) this.#serviceManager.stopping();
    await this.#running.disposeAsync();
    log.info("Sonodesk has stopped");
  }

  /** Resolves, with what SQLite said, when the store is found damaged: the box must not go on with it. */
  get damaged(): Promise<string> {
    return Promise.race([this.store.damaged, this.#night.foundDamaged]);
  }

  /** What the box forwards to other archives. */
  get forwarding(): Forwarding {
    return this.#dicom.forwarding;
  }

  /** The ports in use, once started. */
  get ports(): { webPort: number; httpsPort?: number; worklistPort: number; storagePort: number; tlsPort?: number } {
    const { httpPort: webPort, httpsPort } = this.#web.ports;
    return { webPort, ...(httpsPort !== undefined && { httpsPort }), ...this.#dicom.ports };
  }

  /** What a person needs to connect a machine. */
  info(): BoxInfo {
    return this.#web.info();
  }

  #followSettings(): void {
    this.store.changes.subscribe((change) => {
      if (change.noun !== "setting") return;
      applyTimeZone(this.#settings.current.timeZone);
      if (change.id === SETTINGS.country.name) this.store.fetalSex.followCountry(this.#settings.current.country);
    });
  }

  /** The certificates have changed: for who connects from now on. */
  async renewCertificates(): Promise<void> {
    await this.#web.renewCertificates();
    await this.#dicom.renewTls();
  }

  /** Says under which AE title and ports the box is found, where somebody announces them. */
  async #announce(): Promise<void> {
    const { announcement, aeTitle } = this.#config;
    const { worklistPort, storagePort: imagesPort, tlsPort } = this.#dicom.ports;
    try {
      await writeAnnouncement(announcement, { aeTitle, worklistPort, imagesPort, tlsPort, ...this.#web.ports });
    } catch (error) {
      log.warn("what is announced over mDNS may be out of date: {error}", { error });
    }
  }

  /** People who were here before the search was are made known to it while the box already works. */
  async #indexPeople(): Promise<void> {
    try {
      await this.store.personKeys.keepRest(this.#ended.signal);
    } catch (error) {
      log.error("some people of before are not found by the search until the next start: {error}", { error });
    }
  }

  /** Files and rows are compared while the box already works. */
  async #reconcile(): Promise<void> {
    try {
      const found = await this.archive.reconcile(this.#ended.signal);
      if (Object.values(found).every((count) => count === 0)) return;
      const what =
        "{indexed} files indexed, {repeated} that had come again, {unreadable} unreadable, {missing} missing";
      log.warn(`after the start: ${what}`, { ...found });
    } catch (error) {
      log.error("files and rows could not be compared: {error}", { error });
    }
  }
}
