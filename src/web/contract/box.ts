import type { ClinicQueue, ClinicStatus } from "../../clinic/link_status.ts";
import type { WebhookStatus } from "../../clinic/webhook.ts";
import type { WebhookMessage } from "../../store/webhook_messages.ts";
import type { Missing } from "../../clinic/contract.ts";
import type { ColumnChoice, NeededValue, TablesPreview, TablesProposal } from "../../clinic/mapping/clinic_tables.ts";
import type { Looked, Mapping, TableName, TakenMapping } from "../../clinic/mapping/mapping.ts";
import type { PreviewRow } from "../../clinic/mapping/preview.ts";
import type { ShownCertificate } from "../../clinic/session.ts";
import type { CertificateSummary, DicomTlsInfo } from "../../certificates/dicom_tls.ts";
import type { LogLine } from "../../logging.ts";
import type { TimeZone } from "../../settings/time_zones.ts";
import type { ShownSetting } from "../../settings/effective_settings.ts";
import type { EndedAssociation } from "../../store/associations.ts";
import type { DicomAccount as StoredDicomAccount } from "../../store/dicom_accounts.ts";
import type { ScheduleProblem } from "../../store/schedule_problems.ts";
import type { ReplacementStatus } from "../../rescue/replacement.ts";
import type { BoxInfo } from "../box.ts";
import type { MaintenanceStatus, MaintenanceTask } from "../../operations/maintenance_tasks.ts";
import type { CertificateInfo } from "../../certificates/certificates.ts";
import type { ClinicDatabase } from "../clinic_database.ts";
import type { AlertTest } from "../../operations/alerts.ts";
import type { Finding } from "../../operations/finding.ts";
import type { ComputerState } from "../../host/computer.ts";
import type { InnerDisk, InstallState } from "../../host/installer.ts";
import type { HealthReport, HealthStatus, PartHealth } from "../../operations/health_report.ts";
import type { Space } from "../../archive/archive.ts";
import type { UpdateState, Versions } from "../../host/updates.ts";

export type { CertificateInfo, CertificateSummary, ClinicQueue, DicomTlsInfo, MaintenanceStatus, MaintenanceTask };
export type { AlertTest, Finding, InnerDisk, InstallState, ReplacementStatus };
export type { HealthReport, HealthStatus, LogLine, Missing, PartHealth, ScheduleProblem, ShownCertificate };
export type { TimeZone };
export type { ColumnChoice, Looked, Mapping, NeededValue, PreviewRow, TableName, TablesPreview, TablesProposal };
/** How a setting is declared. */
export type Setting = ShownSetting;

/** The box as everybody may see it, and what more it says to who is signed in. */
export type Box = OpenBox & Partial<Omit<BoxInfo, keyof OpenBox>>;

/** What the first start asks for beside the first admin. */
export type SetUpField = "clinicName" | "timeZone" | "country" | "language";

/** What the environment has fixed: the variable, and what it says. */
export interface FixedField {
  /** The variable. */
  name: string;
  /** As text. */
  value: string;
}

/** What the sign-in page shows. */
export interface OpenBox
  extends Pick<BoxInfo, "name" | "hostName" | "addresses" | "version" | "demo" | "language" | "lockSeconds"> {
  /** Name of the clinic's, as IANA has it. */
  timeZone: string;
  /** The box's clock, ISO 8601. */
  now: string;
  /** The day by it, YYYY-MM-DD: what "today" is, whatever a device's clock says. */
  today: string;
  /** Nobody has set it up; the code only on the box's own screen. */
  setup?: { code?: string; fixed?: Partial<Record<SetUpField, FixedField>> };
  /** Of a demo, to be shown. */
  demoLogin?: { username: string; password: string };
  /** Of the box's own screen, where it is known. */
  pixelsPerMillimetre?: number;
}

/** Bytes, and how many objects; `bytesOfMonth` came within the last 30 days. */
export interface Storage extends Space {
  /** Objects. */
  count: number;
  /** Of these. */
  bytes: number;
  /** Received within the last 30 days. */
  bytesOfMonth: number;
}

/** The link to the clinic's database. `missing` is null where that is not known now. */
export interface Clinic extends Omit<ClinicStatus, "scheduleProblems"> {
  /** Who has set it. */
  addressFrom: ClinicDatabase["addressFrom"];
  /** null where that is not known now. */
  missing: Missing[] | null;
  /** Bookings that cannot be on the board. */
  scheduleProblems: ScheduleProblem[];
}

/** How the clinic's tables are read. */
export interface ClinicMapping {
  /** Null while they are as they are expected. */
  taken: TakenMapping | null;
}

/** The computer itself, where it is the box's own. */
export type Computer = { possible: false } & Partial<OwnComputer> | { possible: true } & OwnComputer;

/** What the box knows of its own computer. */
export interface OwnComputer extends ComputerState {
  /** The page that asks is on the box's own screen. */
  here: boolean;
}

/** How it stands with updates. */
export interface Update extends UpdateState {
  /** That runs now. */
  version: string;
  /** The box is an image that takes them. */
  possible: boolean;
  /** Of such a one: what ran before, and the way back to it. */
  versions?: Versions;
}

/** Who a machine may say that it is. */
export type DicomAccount = Pick<StoredDicomAccount, "id" | "username"> & { hasPasscode: boolean };

/** One that has ended. */
export type Association = EndedAssociation & { id: number };

/** `next` is what the page after it takes as `before`. */
export interface AssociationPage {
  /** The newest first. */
  associations: Association[];
  /** Id that the next page goes on from; left out on the last. */
  next?: number;
  /** AE titles, for the filter. */
  callers: string[];
}

/** The clinic's program that is told over HTTP, and what it was told last. */
export interface ClinicWebhook extends WebhookStatus {
  /** The latest, the newest first. */
  messages: WebhookMessage[];
}
