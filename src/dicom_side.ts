import { getLogger } from "@logtape/logtape";
import type { Archive } from "./archive/archive.ts";
import { fullDictionary } from "./dicom/full_dictionary.ts";
import type { TransferSyntax } from "./dicom/transfer_syntax.ts";
import type { AssociationSummary } from "./dimse/association.ts";
import { DEFAULT_BOUNDS, Guard } from "./dimse/guard.ts";
import { DicomListener, type ListenerOptions } from "./dimse/listener.ts";
import { MAX_PDU_LENGTH } from "./dimse/pdu.ts";
import type { Identity } from "./identity.ts";
import { convert } from "./imaging/convert.ts";
import type { Pictures } from "./imaging/pictures.ts";
import { admissionOf, belongsHere } from "./services/admission.ts";
import { AssociationJournal } from "./services/association_journal.ts";
import { StorageCommitment } from "./services/commitment.ts";
import { CommitmentReports } from "./services/commitment_reports.ts";
import { counted, OperationCounts } from "./services/counted_service.ts";
import { EchoCheck } from "./services/echo_check.ts";
import { Forwarding } from "./services/forwarding.ts";
import type { MachineDiary } from "./services/machine_diary.ts";
import { PerformedProcedureSteps } from "./services/procedure_step.ts";
import { QueryRetrieve } from "./services/query_retrieve.ts";
import { Recorder } from "./services/recorder.ts";
import { selfTestOn } from "./services/self_test.ts";
import { Storage } from "./services/storage.ts";
import type { FileToSend } from "./services/store_scu.ts";
import { Verification } from "./services/verification.ts";
import { Worklist } from "./services/worklist.ts";
import { WorklistCache } from "./services/worklist_cache.ts";
import type { Config } from "./settings/config.ts";
import type { SettingsInForce } from "./settings/effective_settings.ts";
import type { Store } from "./store/store.ts";
import { verifyPassword } from "./web/password.ts";

const log = getLogger(["sonodesk", "appliance"]);

/** How long operations under way may take to finish when the box stops, milliseconds. */
const STOP_GRACE = 5000;

/** What the DICOM side works with. */
interface DicomSideParts {
  store: Store;
  archive: Archive;
  settings: SettingsInForce;
  pictures: Pictures;
  identity: Identity;
  /** Of what machines do that is odd. */
  diary: MachineDiary;
  /** An object could not be written down. */
  onCannotWrite: () => void;
}

/** What speaks DICOM: every service on every port where machines call, and what the box sends by itself. */
export class DicomSide {
  /** To other archives. */
  readonly forwarding: Forwarding;
  /** What was asked of the box, counted. */
  readonly operations = new OperationCounts();
  /** Of associations. */
  readonly journal: AssociationJournal;
  /** As machines ask it; pages ask it for previews. */
  readonly worklist: Worklist;
  /** As machines say them; handhelds do over the web. */
  readonly procedureSteps: PerformedProcedureSteps;
  /** C-ECHO to machines. */
  readonly echoes: EchoCheck;
  readonly #parts: DicomSideParts;
  readonly #config: Config;
  readonly #recorder: Recorder;
  readonly #cache: WorklistCache;
  readonly #commitmentReports: CommitmentReports;
  readonly #shared: Omit<ListenerOptions, "port" | "purpose">;
  readonly #worklistListener: DicomListener;
  readonly #storageListener: DicomListener;
  #tlsListener: DicomListener | undefined;

  /** @internal `Appliance` makes it. */
  constructor(parts: DicomSideParts) {
    this.#parts = parts;
    const { store, archive, settings, identity, diary } = parts;
    const config = this.#config = settings.current;
    const { aeTitle: boxAeTitle, host } = config;
    const tls = () => identity.dicomTls.identity();
    this.#cache = new WorklistCache(store, config.worklistDays);
    this.worklist = new Worklist(store, this.#cache, boxAeTitle, diary);
    this.procedureSteps = new PerformedProcedureSteps(store, diary);
    this.journal = new AssociationJournal(store);
    this.#recorder = new Recorder(store);
    this.echoes = new EchoCheck(boxAeTitle, tls);
    this.#commitmentReports = new CommitmentReports(store, archive, { boxAeTitle, tls });
    const asScu = {
      ...{ boxAeTitle, tls },
      convert: (file: FileToSend, target: TransferSyntax) => this.#convert(file, target),
      correctionOf: (uid: string) => store.corrections.of(uid),
    };
    this.forwarding = new Forwarding(store, archive, asScu);
    const guard = new Guard({
      ...DEFAULT_BOUNDS,
      associations: config.associations,
      associationsPerAddress: config.associationsPerAddress,
      idle: config.idleSeconds * 1000,
    }, belongsHere(store, () => settings.admission, host));
    const isSelfTest = selfTestOn(host);
    // every service on every port: which port a machine was given for what is a common slip, and needs no error
    const services = [
      new Verification((peer) => store.machines.echoed(peer.callingAeTitle)),
      this.worklist,
      this.procedureSteps,
      new StorageCommitment(
        store,
        this.#commitmentReports,
        (aeTitle, report) => this.forwarding.commitment.reported(aeTitle, report),
      ),
      new QueryRetrieve(store, archive, asScu),
      new Storage(archive, {
        ...{ largestObject: config.largestObject, isSelfTest },
        onCannotWrite: parts.onCannotWrite,
      }),
    ];
    this.#shared = {
      hostname: host,
      guard,
      maxPduLength: MAX_PDU_LENGTH,
      services: services.map((service) => counted(service, this.operations)),
      admit: admissionOf(store, guard, {
        admission: () => settings.admission,
        elsewhere: () => settings.current.elsewhere,
        ...{ verify: verifyPassword, isSelfTest },
      }),
      heard: (socket) => this.#recorder.heard(socket),
      onEnd: (summary: AssociationSummary) => {
        this.journal.ended(summary);
        if (!isSelfTest(summary)) diary.ended(summary, boxAeTitle);
      },
    };
    this.#worklistListener = new DicomListener({ ...this.#shared, port: config.worklistPort, purpose: "the worklist" });
    this.#storageListener = new DicomListener({ ...this.#shared, port: config.storagePort, purpose: "images" });
  }

  async #convert(file: FileToSend, target: TransferSyntax) {
    return await convert(file.path, target, {
      native: (n) => this.#parts.pictures.native(file, n, true),
      vrOf: (await fullDictionary()).vrOf,
      correction: file.correction,
      machineCharset: file.machineCharset,
    });
  }

  /** Opens the ports. @throws Error when one is taken */
  async start(): Promise<void> {
    await this.#worklistListener.start();
    await this.#storageListener.start();
    this.#tlsListener = await this.#startTls();
    this.journal.start();
  }

  /** Begins to call others: with what waits for them, and with reports on what they asked. */
  startCalling(): void {
    this.#commitmentReports.start();
    this.forwarding.start();
  }

  /** Associations finish or are aborted. */
  async stop(): Promise<void> {
    await Promise.all(this.listeners.map((listener) => listener.stop(STOP_GRACE)));
    await this.#commitmentReports.stop();
    await this.forwarding.stop();
    await this.journal.stop();
    await this.#recorder.stop();
    this.#cache.close();
  }

  /** Where machines call. */
  get listeners(): DicomListener[] {
    const listeners = [this.#worklistListener, this.#storageListener, this.#tlsListener];
    return listeners.filter((listener) => listener !== undefined);
  }

  /** The ports in use, once started. */
  get ports(): { worklistPort: number; storagePort: number; tlsPort?: number } {
    return {
      ...(this.#tlsListener && { tlsPort: this.#tlsListener.port }),
      worklistPort: this.#worklistListener.port,
      storagePort: this.#storageListener.port,
    };
  }

  /** Who calls from now on is shown the certificate that the box now has. */
  async renewTls(): Promise<void> {
    this.#tlsListener?.renewTls(await this.#parts.identity.dicomTls.listening());
  }

  /** Every DICOM service over TLS, where it is on. */
  async #startTls(): Promise<DicomListener | undefined> {
    const { store, identity } = this.#parts;
    const { dicomTls, dicomTlsPort } = this.#config;
    if (dicomTls === "off") return undefined;
    if (dicomTls === "certified" && await identity.dicomTls.authorities() === undefined) {
      const why = "Cannot ask peers for certificates: it is not known who certifies them, " +
        "set SONODESK_DICOM_TLS_AUTHORITIES or give their certificates on the settings page";
      // what somebody set on a page must not keep the box from starting
      if (store.settings.get("SONODESK_DICOM_TLS") === undefined) throw new Error(why);
      log.error(why);
      return undefined;
    }
    const listener = new DicomListener({
      ...this.#shared,
      port: dicomTlsPort,
      purpose: "DICOM over TLS",
      tls: { ...await identity.dicomTls.listening(), certified: dicomTls === "certified" },
    });
    await listener.start();
    return listener;
  }
}
