import { getLogger } from "@logtape/logtape";
import { Archive } from "./archive/archive.ts";
import { MISSING } from "./archive/verify.ts";
import { machineCharsetOf } from "./archive/machine_charset.ts";
import { ClinicLink } from "./clinic/clinic_link.ts";
import { type Config, SETTINGS } from "./settings/config.ts";
import { admissionOf, belongsHere } from "./services/admission.ts";
import { takeDataFolder } from "./data_folder.ts";
import type { AssociationSummary } from "./dimse/association.ts";
import { StorageCommitment } from "./services/commitment.ts";
import { CommitmentReports } from "./services/commitment_reports.ts";
import { DEFAULT_BOUNDS, Guard } from "./dimse/guard.ts";
import { AttemptNotes } from "./imaging/attempt_notes.ts";
import { convert } from "./imaging/convert.ts";
import { fullDictionary } from "./dicom/full_dictionary.ts";
import type { TransferSyntax } from "./dicom/transfer_syntax.ts";
import type { FileToSend } from "./services/store_scu.ts";
import { EchoCheck } from "./services/echo_check.ts";
import { Forwarding } from "./services/forwarding.ts";
import { DicomListener, type ListenerOptions } from "./dimse/listener.ts";
import { PerformedProcedureSteps } from "./services/procedure_step.ts";
import { QueryRetrieve } from "./services/query_retrieve.ts";
import { selfTestOn } from "./services/self_test.ts";
import { Storage } from "./services/storage.ts";
import { Verification } from "./services/verification.ts";
import { WorklistBook } from "./services/worklist_book.ts";
import { Worklist } from "./services/worklist.ts";
import { ObjectReader } from "./imaging/object_reader.ts";
import { NOT_READ, NotReadable, type PictureFile, Pictures, standIn, THUMBNAIL_SIZE } from "./imaging/pictures.ts";
import { AuditCheck } from "./operations/audit_check.ts";
import { Care } from "./operations/care.ts";
import { ClockWatch } from "./operations/clock_watch.ts";
import { Completion } from "./services/completion.ts";
import { Nightly } from "./operations/nightly.ts";
import { forgetOldRecords } from "./operations/old_records.ts";
import { writeAnnouncement } from "./host/announcement.ts";
import { AssociationJournal } from "./services/association_journal.ts";
import { NightlyBackup } from "./backup/nightly_backup.ts";
import { counted, OperationCounts } from "./services/counted_service.ts";
import { diagnostics } from "./operations/diagnostics.ts";
import { Health } from "./operations/health.ts";
import { recentLines } from "./logging.ts";
import { measure } from "./operations/measure.ts";
import { ImageComputer } from "./host/image_computer.ts";
import { ImageUpdates } from "./host/image_updates.ts";
import { ServiceManager } from "./host/service_manager.ts";
import { RendererBusy } from "./imaging/renderer.ts";
import { lanAddresses, LanNames } from "./host/network.ts";
import { isTimeConfirmed } from "./host/time_source.ts";
import { VERSION } from "./version.ts";
import { SilenceWatch } from "./operations/silence.ts";
import { WriteProbe } from "./operations/write_probe.ts";
import { StudyFollower } from "./imaging/study_follower.ts";
import { Store } from "./store/store.ts";
import { WriteAheadLog } from "./store/write_ahead_log.ts";
import type { BoxInfo } from "./web/box.ts";
import { type Description, PicturesBusy, ReportNotReadable } from "./web/pictures.ts";
import { verifyPassword } from "./web/password.ts";
import { DicomTls } from "./certificates/dicom_tls.ts";
import { PIXELS_PER_MILLIMETRE, SCREEN_MACHINE } from "./web/api/settings.ts";
import type { BoxCertificates } from "./certificates/certificates.ts";
import { type HttpsOptions, WebServer, type WebServerOptions } from "./web/server.ts";
import { isLoopback } from "./web/security.ts";
import { keepSnapshot } from "./rescue/kept_snapshots.ts";
import { NeedsRescue, refuseUnusable, refuseWithoutArchive } from "./rescue/trouble.ts";
import type { Rescued } from "./rescue/desk.ts";
import { SettingsInForce } from "./settings/effective_settings.ts";
import { MachineFollower } from "./services/machine_follower.ts";

const log = getLogger(["sonodesk", "appliance"]);

/** The largest P-DATA-TF body taken from a machine, bytes: large enough that an image is a handful of them. */
export const MAX_PDU_LENGTH = 131072;
/** How fast files are read against their hashes at night, bytes a second: an SD card has other work too. */
const NIGHTLY_VERIFICATION = 20_000_000;
/** How long operations under way may take to finish when the box stops, milliseconds. */
const STOP_GRACE = 5000;

export interface ApplianceOptions {
  /** What the environment sets, which the settings page cannot change. */
  environment?: Readonly<Record<string, string | undefined>>;
  /** Told the code of the first start, while there is no user. */
  announceSetupCode?: (code: string) => void;
  /** Tells systemd; one of its own where not given, which then hears that the box stops. */
  serviceManager?: ServiceManager;
  /** What a person has chosen for a box that could not start, which it can now. */
  rescued?: Rescued;
  /** Shown on the sign-in page; only the demo has one. */
  demoLogin?: { username: string; password: string };
}

/** The box: its parts, built from the configuration, started in order and stopped in reverse. */
export class Appliance {
  readonly store: Store;
  readonly archive: Archive;
  readonly clinic: ClinicLink;
  readonly #dataFolder: Disposable;
  readonly #config: Config;
  readonly #settings: SettingsInForce;
  readonly #machineFollower: MachineFollower;
  readonly #options: ApplianceOptions;
  readonly #book: WorklistBook;
  readonly #attempts: AttemptNotes;
  readonly #pictures: Pictures;
  readonly #follower: StudyFollower;
  readonly #worklistListener: DicomListener;
  readonly #storageListener: DicomListener;
  readonly #listenerOptions: Omit<ListenerOptions, "port" | "purpose">;
  #tlsListener: DicomListener | undefined;
  readonly #dicomTls: DicomTls;
  #certificates: Promise<BoxCertificates> | undefined;
  #openedCertificates: BoxCertificates | undefined;
  readonly #commitmentReports: CommitmentReports;
  readonly forwarding: Forwarding;
  readonly #webOptions: WebServerOptions;
  #web: WebServer | undefined;
  readonly #nightly: Nightly;
  readonly #care: Care;
  readonly #journal: AssociationJournal;
  readonly #health: Health;
  readonly #clock: ClockWatch;
  readonly #writeProbe: WriteProbe;
  readonly #writeAheadLog: WriteAheadLog;
  readonly #silence = new SilenceWatch();
  readonly #names = new LanNames();
  readonly #serviceManager: ServiceManager;
  readonly #started = performance.now();
  readonly #completion: Completion;
  readonly #updates: ImageUpdates | undefined;
  readonly #ended = new AbortController();
  readonly #foundDamaged = Promise.withResolvers<string>();
  #reconciling: Promise<void> | undefined;
  #webPort = 0;
  #httpsPort = 0;
  #speaksHttps = false;

  /**
   * @throws NeedsRescue or StoreUnusable when a person must choose what is to be done about the data folder
   * @throws Error when the data folder cannot be used, or another box uses it; nothing is touched then
   */
  constructor(base: Config, options: ApplianceOptions = {}) {
    this.#options = options;
    makeDataFolder(base.data);
    this.#dataFolder = takeDataFolder(base.data);
    try {
      refuseUnusable(base.data);
      this.store = new Store(
        `${base.data}/sonodesk.sqlite`,
        (error) => log.error("a listener failed: {error}", { error }),
      );
      try {
        if (!options.rescued?.outcome.withoutArchive) refuseWithoutArchive(base.data, this.store);
        if (options.rescued !== undefined) this.#noteRescue(options.rescued);
      } catch (error) {
        this.store.close();
        throw error;
      }
    } catch (error) {
      this.#dataFolder[Symbol.dispose]();
      throw error;
    }
    this.#writeAheadLog = new WriteAheadLog(
      `${base.data}/sonodesk.sqlite`,
      (why) => log.warn("the store's write-ahead log cannot be shortened: {why}", { why }),
    );
    this.#settings = new SettingsInForce(
      base,
      options.environment ?? {},
      this.store.settings,
      (name, why) => log.warn("the stored {name} is not used: {why}", { name, why }),
    );
    const config = this.#settings.current;
    this.#config = config;
    applyTimeZone(config.timeZone);
    this.store.fetalSex.followCountry(config.country);
    this.archive = new Archive(`${config.data}/archive`, this.store, { floor: config.diskFloor });
    this.clinic = new ClinicLink(this.store, { url: config.clinicDatabaseUrl });
    this.#book = new WorklistBook(this.store, config.worklistDays);
    this.#attempts = new AttemptNotes(this.store.drawingAttempts);
    this.#pictures = new Pictures({
      attempts: this.#attempts,
      cacheFolder: `${config.data}/cache/pictures`,
      reportCacheFailure: (error) => log.warn("the picture cache failed: {error}", { error }),
    });
    this.#machineFollower = new MachineFollower(this.store);
    this.#follower = new StudyFollower(this.store, this.archive, this.#pictures);
    this.#journal = new AssociationJournal(this.store);
    this.#serviceManager = options.serviceManager ?? new ServiceManager(options.environment ?? {});
    const operations = new OperationCounts();
    const guard = new Guard({
      ...DEFAULT_BOUNDS,
      associations: config.associations,
      associationsPerAddress: config.associationsPerAddress,
      idle: config.idleSeconds * 1000,
    }, belongsHere(this.store, () => this.#settings.admission, config.host));
    const isSelfTest = selfTestOn(config.host);
    const worklist = new Worklist(this.store, this.#book, config.aeTitle);
    this.#dicomTls = new DicomTls(config, () => this.#openCertificates());
    this.#commitmentReports = new CommitmentReports(this.store, this.archive, {
      boxAeTitle: config.aeTitle,
      tls: () => this.#dicomTls.identity(),
    });
    const asScu = {
      boxAeTitle: config.aeTitle,
      tls: () => this.#dicomTls.identity(),
      convert: async (file: FileToSend, target: TransferSyntax) =>
        await convert(file.path, target, {
          native: (n) => this.#pictures.native(file, n, true),
          vrOf: (await fullDictionary()).vrOf,
          correction: file.correction,
          machineCharset: file.machineCharset,
        }),
      correctionOf: (uid: string) => this.store.corrections.of(uid),
    };
    const echoes = new EchoCheck(config.aeTitle, () => this.#dicomTls.identity());
    this.forwarding = new Forwarding(this.store, this.archive, asScu);
    // every service on both ports: which port a machine was given for what is a common slip, and needs no error
    const shared = {
      hostname: config.host,
      guard,
      maxPduLength: MAX_PDU_LENGTH,
      services: [
        new Verification((peer) => this.store.machines.echoed(peer.callingAeTitle)),
        worklist,
        new PerformedProcedureSteps(this.store),
        new StorageCommitment(
          this.store,
          this.#commitmentReports,
          (aeTitle, report) => this.forwarding.commitment.reported(aeTitle, report),
        ),
        new QueryRetrieve(this.store, this.archive, asScu),
        new Storage(this.archive, {
          ...{ largestObject: config.largestObject, isSelfTest },
          onCannotWrite: () => void this.#writeProbe.look(), // health must not go on saying that all is well
        }),
      ].map((service) => counted(service, operations)),
      admit: admissionOf(this.store, guard, {
        admission: () => this.#settings.admission,
        elsewhere: () => this.#settings.current.elsewhere,
        ...{ verify: verifyPassword, isSelfTest },
      }),
      onEnd: (summary: AssociationSummary) => this.#journal.ended(summary),
    };
    this.#listenerOptions = shared;
    this.#worklistListener = new DicomListener({ ...shared, port: config.worklistPort, purpose: "the worklist" });
    this.#storageListener = new DicomListener({ ...shared, port: config.storagePort, purpose: "images" });
    const backup = new NightlyBackup(this.store, base.data, () => this.#settings.current);
    this.#care = new Care(this.store, {
      backUp: (signal) => backup.run(signal),
      verify: (signal) => this.archive.verify({ bytesPerSecond: NIGHTLY_VERIFICATION, signal }),
    });
    this.#clock = new ClockWatch(this.store);
    const auditCheck = new AuditCheck(this.store);
    this.#nightly = new Nightly(this.store.settings, () => this.#clock.ranFor, async (signal) => {
      await this.keepSnapshot();
      await this.#care.run("backup");
      await this.#care.run("verification");
      if (signal.aborted) return;
      // a wrong clock must not make everything old
      if (this.#clock.isBelievable) await this.#removeOld(signal);
      else log.warn("nothing is removed for its age tonight: it is not sure that the date is right");
      await auditCheck.run();
    });
    this.#writeProbe = new WriteProbe({
      "Images cannot be kept": () => this.archive.proveWritable(),
      "Worklists and images cannot be written down": () => this.#clock.beat(),
    });
    this.#health = new Health({
      store: this.store,
      archive: this.archive,
      ports: () => this.#listeners,
      unwritable: () => this.#writeProbe.trouble,
      isTimeConfirmed,
      backupFolder: () => this.#settings.current.backupFolder,
      brokenAudit: () => auditCheck.broken,
      authorityEnds: () => this.#authorityEnds,
      clinic: this.clinic,
      logSize: () => this.#writeAheadLog.size,
    });
    this.#updates = config.updates && config.updateResult
      ? new ImageUpdates(config.updates, config.updateResult)
      : undefined;
    this.#completion = new Completion(this.store, config.completionMinutes, () => this.#clock.steadyFor);
    this.#webOptions = {
      store: this.store,
      host: config.host,
      port: config.webPort,
      pictures: {
        thumbnail: (uid) =>
          this.#withFile(uid, (file) => this.#pictures.thumbnail(file), (damage) => standIn(damage, THUMBNAIL_SIZE)),
        frame: (uid, n, options) =>
          this.#withFile(
            uid,
            (file) => this.#pictures.frame(file, n, options),
            (damage) => standIn(damage, options.size),
          ),
        describe: (uid) =>
          this.#withFile(uid, (file) => this.#describe(file), (noPicture) => ({ ...NOT_READ, noPicture })),
        video: (uid) => this.#withFile(uid, (file) => this.#pictures.video(file)),
        report: (uid) => this.#withFile(uid, (file) => this.#pictures.report(file, this.store.fetalSex.withheld)),
      },
      archive: {
        open: async (path) => (await Deno.open(this.archive.pathOf(path), { read: true })).readable,
      },
      dicomTls: {
        info: () => this.#dicomTls.info(this.#tlsListener?.port),
        keepAuthorities: (pem) => this.#dicomTls.keepAuthorities(pem),
      },
      objects: new ObjectReader((path) => this.archive.pathOf(path), this.#pictures, {
        correctionOf: (uid) => this.store.corrections.of(uid),
        machineCharsetOf: (uid) => machineCharsetOf(this.store, uid),
      }),
      receive: (identity, syntax, from, given) => this.archive.receive(identity, syntax, from, given),
      largestObject: config.largestObject,
      box: () => this.info(),
      health: () => this.#health.report(),
      care: this.#care,
      recentLines,
      diagnostics: () =>
        diagnostics({
          store: this.store,
          settings: this.#settings,
          health: () => this.#health.report(),
          space: () => this.archive.space(),
          silences: () => this.#silence.silences,
          started: this.#started,
          kernelMessages: config.kernelMessages,
        }),
      measure: () =>
        measure({
          store: this.store,
          archive: this.archive,
          health: () => this.#health.report(),
          openAssociations: () => this.#listeners.reduce((open, listener) => open + listener.open, 0),
          totals: this.#journal.totals,
          operations,
          followed: () => this.#follower.depth,
          silences: () => this.#silence.silences,
        }),
      verifyMachine: (machine) => echoes.machine(machine),
      verifyDestination: (destination) => echoes.peer(destination),
      previewWorklist: (machine) => worklist.preview(machine),
      clinic: this.clinic,
      settings: this.#settings,
      space: () => this.archive.space(),
      updates: this.#updates,
      computer: config.wishes && config.computerSays
        ? new ImageComputer(config.wishes, config.computerSays)
        : undefined,
      announceSetupCode: options.announceSetupCode,
      log: getLogger(["sonodesk", "web"]),
    };
  }

  /** @throws Error when a port is taken or the archive cannot be used; what was started is stopped again */
  async start(): Promise<void> {
    try {
      this.archive.open();
      await this.#writeProbe.start();
      this.#noteAttempts();
      this.#follower.start();
      this.clinic.start();
      await this.#worklistListener.start();
      await this.#storageListener.start();
      this.#tlsListener = await this.#startTls();
      this.#machineFollower.start();
      this.store.changes.subscribe((change) => {
        if (change.noun === "setting") applyTimeZone(this.#settings.current.timeZone);
        if (change.noun === "setting" && change.id === SETTINGS.country.name) {
          this.store.fetalSex.followCountry(this.#settings.current.country);
        }
      });
      const https = await this.#openHttps();
      this.#speaksHttps = https !== undefined;
      this.#web = new WebServer({
        ...this.#webOptions,
        https,
        certificates: await this.#certificates, // opened for HTTPS or for DICOM over TLS
      });
      const { port, httpsPort } = await this.#web.start();
      this.#webPort = port;
      this.#httpsPort = httpsPort ?? port;
      this.archive.sweep(); // only now: whose ports are taken has half files here that are still growing
    } catch (error) {
      await this.stop();
      throw error;
    }
    this.#silence.start();
    this.#writeAheadLog.start();
    this.#nightly.start();
    this.#completion.start();
    this.#journal.start();
    this.#clock.start();
    this.#names.start(() => this.#followNames());
    this.#commitmentReports.start();
    this.forwarding.start();
    this.#reconciling = this.#reconcile();
    await this.#announce(); // before it is ready, which is when it is read
    // what a restart can mend: a store or a port that does not answer
    this.#serviceManager.ready(() =>
      this.#health.report().checks.every(({ name, status }) => !["store", "ports"].includes(name) || status === "ok")
    );
    log.info("Sonodesk {version} is ready: worklist {worklistPort}, images {storagePort}, page {webPort}", {
      version: VERSION,
      ...this.ports,
    });
    if (this.#settings.admission === "open") {
      log.warn("any machine may connect: the admission is open");
    }
  }

  /** What was being drawn when the box ended is counted, before anything is drawn. */
  #noteAttempts(): void {
    for (const sopInstanceUid of this.store.drawingAttempts.boxHasEnded()) {
      log.warn("the box ended while {sopInstanceUid} was drawn or read", { sopInstanceUid });
    }
    this.store.changes.subscribe((change) => {
      if (change.noun === "set aside") this.#pictures.forgetRefusals();
    });
  }

  /** Says under which AE title and ports the box is found, where somebody announces them. */
  async #announce(): Promise<void> {
    if (this.#config.announcement === undefined) return;
    try {
      await writeAnnouncement(this.#config.announcement, {
        aeTitle: this.#config.aeTitle,
        worklistPort: this.#worklistListener.port,
        imagesPort: this.#storageListener.port,
        httpPort: this.#webPort,
        httpsPort: this.#speaksHttps ? this.#httpsPort : undefined,
      });
    } catch (error) {
      log.warn("what is announced over mDNS may be out of date: {error}", { error });
    }
  }

  /** Associations finish or are aborted, then the store is closed. */
  async stop(): Promise<void> {
    this.#ended.abort();
    if (this.#options.serviceManager === undefined) this.#serviceManager.stopping();
    await this.#web?.stop();
    await this.#updates?.stop();
    this.#machineFollower.stop();
    this.#completion.stop();
    this.#clock.stop();
    this.#silence.stop();
    await this.#writeProbe.stop();
    await this.#names.stop();
    // at once: a night whose backup is broken off must not go on to what comes after it
    await Promise.all([this.#nightly.stop(), this.#care.stop()]);
    await this.#reconciling;
    await Promise.all(this.#listeners.map((listener) => listener.stop(STOP_GRACE)));
    await this.#commitmentReports.stop();
    await this.forwarding.stop();
    await this.clinic.stop();
    await this.#journal.stop();
    const followed = this.#follower.stop();
    this.#pictures.close();
    await followed;
    this.#attempts.close();
    this.#book.close();
    await this.#writeAheadLog.stop();
    this.store.close();
    this.#dataFolder[Symbol.dispose]();
    log.info("Sonodesk has stopped");
  }

  /** Resolves, with what SQLite said, when the store is found damaged: the box must not go on with it. */
  get damaged(): Promise<string> {
    return Promise.race([this.store.damaged, this.#foundDamaged.promise]);
  }

  /** The night's copy of the store beside it, from which a damaged one can be brought back. Never throws. */
  async keepSnapshot(): Promise<void> {
    try {
      const { free, floor } = this.archive.space();
      const { size } = Deno.statSync(`${this.#config.data}/sonodesk.sqlite`);
      if (free - 2 * size < floor) {
        log.warn("the store is not copied tonight: the disk has too little room");
        return;
      }
      const damage = await keepSnapshot(this.#config.data);
      if (damage !== undefined) this.#foundDamaged.resolve(damage);
    } catch (error) {
      log.error("the store was not copied: {error}", { error });
    }
  }

  /** What was done about a box that could not start is in its audit, with where its former parts are. */
  #noteRescue({ choice: { way, snapshot }, outcome: { aside, missing } }: Rescued): void {
    if (way === "try again") return;
    log.warn("the box was rescued: {way}; what was moved aside is in {aside}", { way, aside: aside.join(", ") });
    const after = { way, ...(snapshot && { snapshot }), aside: aside.join(", "), missing: missing.length };
    this.store.audit.add("box", "box rescued", "box", { after });
  }

  /** What the date says may go: records, and images where a rule lets them. */
  async #removeOld(signal: AbortSignal): Promise<void> {
    const now = new Date();
    forgetOldRecords(this.store, now);
    const { retentionDays } = this.#config;
    // without the clinic's database nothing has been told to anybody
    if (retentionDays !== undefined && this.clinic.addressFrom !== "nobody") {
      await this.archive.applyRetention(retentionDays, now, signal);
    }
  }

  /** Where machines call. */
  get #listeners(): DicomListener[] {
    const listeners = [this.#worklistListener, this.#storageListener, this.#tlsListener];
    return listeners.filter((listener) => listener !== undefined);
  }

  /** The ports in use, once started. */
  get ports(): { webPort: number; worklistPort: number; storagePort: number; tlsPort?: number } {
    return {
      ...(this.#tlsListener && { tlsPort: this.#tlsListener.port }),
      webPort: this.#webPort,
      worklistPort: this.#worklistListener.port,
      storagePort: this.#storageListener.port,
    };
  }

  /** What a person needs to connect a machine. */
  info(): BoxInfo {
    return {
      name: this.#settings.current.name,
      hostName: this.#names.hostName,
      addresses: lanAddresses(),
      worklistPort: this.#worklistListener.port,
      storagePort: this.#storageListener.port,
      aeTitle: this.#config.aeTitle,
      pageAddress: this.#pageAddress(),
      admission: this.#settings.admission,
      pairingUntil: this.#settings.pairingUntil,
      language: this.#settings.current.language,
      lockSeconds: this.#settings.current.lockSeconds,
      pixelsPerMillimetre: Number(this.store.settings.get(PIXELS_PER_MILLIMETRE)) || undefined,
      screenMachineId: this.store.settings.get(SCREEN_MACHINE) || undefined,
      version: VERSION,
      demo: this.#options.demoLogin !== undefined,
      demoLogin: this.#options.demoLogin,
    };
  }

  #pageAddress(): string {
    const { hostName } = this.#names;
    return this.#speaksHttps ? `https://${hostName}:${this.#httpsPort}/` : `http://${hostName}:${this.#webPort}/`;
  }

  /** Where a video lies in its file is nobody's concern outside. */
  async #describe(file: PictureFile): Promise<Description> {
    const { video, ...description } = await this.#pictures.describe(file);
    if (video === undefined) return description;
    const { contentType, extension, playable, size } = video;
    return { ...description, video: { contentType, extension, playable, size } };
  }

  /** The certificates for HTTPS, where it is on and another computer could come at all. */
  async #openHttps(): Promise<HttpsOptions | undefined> {
    const { https, host } = this.#config;
    if (https === "off" || host === "localhost" || (host !== undefined && isLoopback(host))) return undefined;
    return { certificates: await this.#openCertificates(), port: this.#config.httpsPort };
  }

  /** The box's own certificates, for every name and address under which it is reached. */
  #openCertificates(): Promise<BoxCertificates> {
    this.#certificates ??= (async () => {
      // loaded only where it is needed: X.509 takes a while
      const { BoxCertificates } = await import("./certificates/certificates.ts");
      return this.#openedCertificates = await BoxCertificates.open(
        `${this.#config.data}/certificates`,
        this.#names.all,
        {
          isTimeConfirmed: isTimeConfirmed(),
        },
      );
    })();
    return this.#certificates;
  }

  /** When devices stop trusting the box's own authority; undefined where it has none. */
  get #authorityEnds(): Date | undefined {
    return this.#openedCertificates?.authorityEnds;
  }

  /** Who comes from now on gets a certificate for the names that the box now has. */
  async #followNames(): Promise<void> {
    const certificates = await this.#certificates;
    if (await certificates?.follow(this.#names.all, { isTimeConfirmed: isTimeConfirmed() })) {
      log.info("the box has a new certificate, for {names}", { names: this.#names.all.join(", ") });
      await this.#web?.renewCertificates();
      this.#dicomTls.renew();
      this.#tlsListener?.renewTls(await this.#dicomTls.identity());
    }
  }

  /** Every DICOM service over TLS, where it is on. */
  async #startTls(): Promise<DicomListener | undefined> {
    const { dicomTls, dicomTlsPort } = this.#config;
    if (dicomTls === "off") return undefined;
    if (dicomTls === "certified" && await this.#dicomTls.authorities() === undefined) {
      const why = "Cannot ask peers for certificates: it is not known who certifies them, " +
        "set SONODESK_DICOM_TLS_AUTHORITIES or give their certificates on the settings page";
      // what somebody set on a page must not keep the box from starting
      if (this.store.settings.get("SONODESK_DICOM_TLS") === undefined) throw new Error(why);
      log.error(why);
      return undefined;
    }
    const listener = new DicomListener({
      ...this.#listenerOptions,
      port: dicomTlsPort,
      purpose: "DICOM over TLS",
      tls: { ...await this.#dicomTls.identity(), certified: dicomTls === "certified" },
    });
    await listener.start();
    return listener;
  }

  /** Files and rows are held against each other while the box already works. */
  async #reconcile(): Promise<void> {
    try {
      const found = await this.archive.reconcile(this.#ended.signal);
      if (Object.values(found).some((count) => count > 0)) {
        log.warn(
          "after the start: {indexed} files indexed, {repeated} that had come again, {unreadable} unreadable, {missing} missing",
          { ...found },
        );
      }
    } catch (error) {
      log.error("files and rows could not be held against each other: {error}", { error });
    }
  }

  async #withFile<T>(
    sopInstanceUid: string,
    draw: (file: PictureFile) => Promise<T>,
    instead: (damage: string) => T | undefined = () => undefined,
  ): Promise<T | undefined> {
    const instance = this.store.instances.find(sopInstanceUid);
    if (instance === undefined) return undefined;
    const damage = this.store.instances.damageOf(sopInstanceUid);
    if (damage !== "") return instead(damage);
    try {
      const { path, sha256, receivedFrom } = instance;
      const machineCharset = this.store.machines.charsetOf(receivedFrom);
      return await draw({ path: this.archive.pathOf(path), sopInstanceUid, sha256, machineCharset });
    } catch (error) {
      if (error instanceof RendererBusy) throw new PicturesBusy(error.message, { cause: error });
      if (error instanceof NotReadable) throw new ReportNotReadable(error.message, { cause: error });
      if (!(error instanceof Deno.errors.NotFound)) throw error;
      // the rule for old images removes files, and keeps what is known of them
      if (!this.store.instances.markDamage(instance.path, MISSING)) return instead("The file was removed for its age");
      log.error("the file of {sopInstanceUid} is missing", { sopInstanceUid });
      return instead(MISSING);
    }
  }
}

/** The clinic's wall clock, for every part of the program. */
function applyTimeZone(timeZone: string | undefined): void {
  if (timeZone !== undefined && Deno.env.get("TZ") !== timeZone) Deno.env.set("TZ", timeZone);
}

function makeDataFolder(path: string): void {
  try {
    Deno.mkdirSync(path, { recursive: true, mode: 0o700 });
    const probe = `${path}/.writable`;
    Deno.writeTextFileSync(probe, "");
    Deno.removeSync(probe);
    closeToOthers(path);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    if (isDiskTrouble(error)) {
      throw new NeedsRescue({
        cause: "disk not writable",
        detail: `Cannot use the data folder ${path}: its disk does not take anything new (${why})`,
      }, { cause: error });
    }
    throw new Error(
      `Cannot use the data folder ${path}: ${why}, make it writable for this user, or set SONODESK_DATA to a folder that is`,
      { cause: error },
    );
  }
}

/** A disk that fails is made read-only by the system: that is for a person at the box, not for who starts it. */
function isDiskTrouble(error: unknown): boolean {
  return error instanceof Error && "code" in error && (error.code === "EROFS" || error.code === "EIO");
}

/**
 * Nobody else on this computer reads patients, secrets and keys: what an earlier version left readable is closed. The
 * files below are behind their folder.
 */
function closeToOthers(path: string): void {
  try {
    Deno.chmodSync(path, 0o700);
    for (const { name, isFile, isDirectory } of Deno.readDirSync(path)) {
      if (isFile || isDirectory) Deno.chmodSync(`${path}/${name}`, isFile ? 0o600 : 0o700);
    }
  } catch (error) {
    if (!(error instanceof Deno.errors.PermissionDenied) && !isNotOurs(error)) throw error;
    // a disk that knows no owners, or a folder of another user that lets this one in
    log.warn("the data folder may be readable for others: {error}", { error });
  }
}

/** EPERM and EROFS, and what file systems without modes say (chmod(2)). */
function isNotOurs(error: unknown): boolean {
  return ["EPERM", "EROFS", "ENOTSUP", "EOPNOTSUPP"].includes(String((error as { code?: unknown }).code));
}
