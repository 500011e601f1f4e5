import type { Told } from "../sentences.ts";
import type { DicomTlsInfo } from "../certificates/dicom_tls.ts";
import type { Archive, Space } from "../archive/archive.ts";
import type { Dataset } from "../dicom/dataset.ts";
import type { Store } from "../store/store.ts";
import type { Destination } from "../store/destinations.ts";
import type { Machine } from "../store/machines.ts";
import type { BoxInfo } from "./box.ts";
import type { MaintenanceTasks } from "../operations/maintenance_tasks.ts";
import type { Webhook } from "../clinic/webhook.ts";
import type { PerformedProcedureSteps } from "../services/procedure_step.ts";
import type { Worklist } from "../services/worklist.ts";
import type { ClinicDatabase } from "./clinic_database.ts";
import type { StoredObjects } from "./dicomweb/stored_objects.ts";
import type { EventHub } from "./event_hub.ts";
import type { Finding } from "../operations/finding.ts";
import type { HealthReport } from "../operations/health_report.ts";
import type { Steps } from "../operations/links.ts";
import type { Peer } from "../services/echo_check.ts";
import type { Replacement } from "../rescue/replacement.ts";
import type { Metric } from "../operations/metrics.ts";
import type { Computer } from "../host/computer.ts";
import type { LoginLimits } from "./login_limits.ts";
import type { PasswordChecks } from "./password_checks.ts";
import type { Pictures } from "./pictures.ts";
import type { PrintJobs } from "../printing/print_jobs.ts";
import type { SettingsInForce } from "../settings/effective_settings.ts";
import type { BoxCertificates } from "../certificates/certificates.ts";
import type { SetupCode } from "./setup_code.ts";
import type { RequestCounts } from "./request_counts.ts";
import type { SignIns } from "./sign_ins.ts";
import type { StreamLimits } from "./stream_limits.ts";
import type { Updates } from "../host/updates.ts";

/** Where the web says what happened. Never a patient's name or id. */
export interface WebLog {
  /** Left out where nobody reads it. */
  debug?(message: string, context?: Record<string, unknown>): void;
  /** What goes its way. */
  info(message: string, context?: Record<string, unknown>): void;
  /** What somebody should know. */
  warn(message: string, context?: Record<string, unknown>): void;
  /** What failed. */
  error(message: string, context?: Record<string, unknown>): void;
}

/** The archive as the web needs it. */
export interface StoredFiles {
  /**
   * Opens a stored file.
   *
   * @param path below the archive folder, as `instances.path` has it
   * @throws Error when the file cannot be read
   */
  open(path: string): Promise<ReadableStream<Uint8Array>>;
}

/** What a C-ECHO to a machine gave: `detail` is a sentence for the person who asked. */
export interface Verification extends Told {
  /** Whether it answered. */
  ok: boolean;
}

/** Everything the API's handlers work with. */
export interface Parts {
  /** What the box knows. */
  store: Store;
  /** Of stored objects. */
  pictures: Pictures;
  /** Files as they came. */
  archive: StoredFiles;
  /** How DICOM over TLS stands, and what a person changes of it. */
  dicomTls: {
    info: () => Promise<DicomTlsInfo>;
    /** DER; undefined where there is none. */
    rsaAuthority: () => Promise<Uint8Array<ArrayBuffer> | undefined>;
    /** @throws UnusableCertificates */
    keepAuthorities: (pem: string | null) => Promise<void>;
  };
  /** What stored objects are made of. */
  objects: StoredObjects;
  /** Takes in an object that comes over the web, by the way of one that a machine sends. */
  receive: Archive["receive"];
  /** Folder of the OHIF viewer, where it is there. */
  ohif?: string | undefined;
  /** The largest data set to take, bytes. */
  largestObject: number;
  /** Who the box is, for who has not signed in too. */
  box: () => BoxInfo;
  /** How it is. */
  health: () => HealthReport | Promise<HealthReport>;
  /** The box as a machine meets it, and its files, ports, clock and backup. */
  selfTest: () => Promise<Finding[]>;
  /** What the rest of the box measures, for `/metrics`. */
  measure?: () => Metric[];
  /** Left out where the program has no files to look after. */
  maintenance?: MaintenanceTasks;
  /** What the box has logged since its start, newest first, bounded. */
  recentLines?: () => { at: string; level: string; message: string; from: string }[];
  /** The file for support: a zip without any patient. */
  diagnostics: () => Promise<Uint8Array<ArrayBuffer>>;
  /** C-ECHO. */
  verifyMachine: (machine: Machine) => Promise<Verification>;
  /** C-ECHO. */
  verifyDestination: (destination: Destination) => Promise<Verification>;
  /** A machine or a destination, tried step by step. */
  tryPeer: (peer: Peer) => Steps;
  /** What a machine would get for its worklist now: the keys it asks with, and the answers. */
  previewWorklist: (machine: Machine) => { keys: string[]; answers: Dataset[]; refused?: Told };
  /** Searches the worklist as C-FIND does. */
  searchWorklist: Worklist["search"];
  /** Of machines, over the web as by DIMSE. */
  procedureSteps: Pick<PerformedProcedureSteps, "create" | "update" | "get">;
  /** The clinic's database. */
  clinic: ClinicDatabase;
  /** Tells the clinic's program over HTTP. */
  webhook: Pick<Webhook, "status" | "test" | "again">;
  /** What holds. */
  settings: SettingsInForce;
  /** On the archive's disk. */
  space: () => Space;
  /** The box's own certificate authority, where it speaks HTTPS. */
  certificates: BoxCertificates | undefined;
  /** None where the box is a package of its operating system. */
  updates?: Updates | undefined;
  /** The computer itself, where it is the box's own; none as for updates. */
  computer?: Computer | undefined;
  /** Prints from the box's own screen; none where it has none. */
  printing?: PrintJobs | undefined;
  /** Ends the box for its rescue, which brings it back from a backup; returns the token to get in there. */
  beginRestore?: () => string;
  /** Another box that is to replace this one. */
  replacement: Replacement;
  /** Ends the box so that another one takes its place. */
  beginHandover?: () => Promise<void>;
  /** For the first start. */
  setup: SetupCode;
  /** Of the pages and the API. */
  log: WebLog;
  /** Who is signed in. */
  signIns: SignIns;
  /** For who guesses. */
  limits: LoginLimits;
  /** That people sign in with. */
  passwords: PasswordChecks;
  /** To open pages. */
  events: EventHub;
  /** Files under way, and pictures. */
  downloads: StreamLimits;
  /** That are being sent now. */
  shownPictures: StreamLimits;
  /** Of answers. */
  counts: RequestCounts;
  /** Aborted when the box stops: what takes long ends then. */
  stopping: AbortSignal;
}
