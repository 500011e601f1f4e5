import type * as v from "valibot";
import type { BackupBody, ChoiceBody, CodeBody } from "../rescue_pages.ts";
import type { DayQuery, NewAppointmentBody, SendBody } from "../api/appointments.ts";
import type { ChangedDayBody, EditBody, NoteBody } from "../api/appointment_changes.ts";
import type { DraftBody } from "../api/drafts.ts";
import type { DaysQuery, SearchQuery } from "../api/search.ts";
import type { DayCount, Found, RoomDisplay, Visits } from "./board.ts";
import type { SettleBody } from "../api/attention.ts";
import type { AuditQuery } from "../api/audit.ts";
import type { ClinicAddressBody, ClinicBody } from "../api/clinic.ts";
import type { NetworkBody, OwnScreenBody, ResetBody, SshBody } from "../api/computer.ts";
import type { ChangedDestinationBody, NewDestinationBody, OlderBody } from "../api/destinations.ts";
import type { AuthoritiesBody, NewAccountBody } from "../api/dicom_security.ts";
import type { StarBody } from "../api/instances.ts";
import type { AssociationQuery, LogQuery } from "../api/logs.ts";
import type { ChangedMachineBody, NewMachineBody, OriginBody } from "../api/machines.ts";
import type { CorrectionBody, MergeBody } from "../api/patients.ts";
import type { Login, PinBody, UnlockBody } from "../api/session.ts";
import type { PairingBody, ScreenBody, SettingsBody } from "../api/settings.ts";
import type { SetupBody } from "../api/setup.ts";
import type { ListFilter, MatchBody, MoveBody, StudyQuery, UnmatchBody } from "../api/studies.ts";
import type { NewTokenBody } from "../api/tokens.ts";
import type { FetchBody } from "../api/update.ts";
import type { ChangedUserBody, NewUserBody } from "../api/users.ts";
import type { RouteName } from "../authorisation.ts";
import type {
  Appointment,
  AppointmentDetails,
  AttentionItem,
  FoundPatient,
  Person,
  UnscheduledStep,
} from "./appointments.ts";
import type { Description, Report, SetAside, Star, Study, StudyDetails, StudyMeasurements } from "./studies.ts";
import type {
  Destination,
  Machine,
  MachineOrigin,
  MachineRecord,
  QueuedObject,
  Verification,
  WorklistPreview,
  WorklistQuery,
} from "./machines.ts";
import type { ApiToken, AuditPage, Session, User } from "./people.ts";
import type {
  AssociationPage,
  Box,
  CertificateInfo,
  Clinic,
  ClinicQueue,
  Computer,
  DicomAccount,
  DicomTlsInfo,
  HealthReport,
  LogLine,
  MaintenanceStatus,
  Missing,
  ScheduleProblem,
  Setting,
  Storage,
  Update,
} from "./box.ts";
import type { BackupSnapshot, Rescue } from "./rescue.ts";

/*
 * What the API takes and answers, route by route: the types of its handlers and its schemas, for the pages. Nothing here
 * is there when the program runs.
 */

type Taken<Schema extends v.GenericSchema> = v.InferInput<Schema>;

export interface Api {
  // appointments
  "GET /api/appointments": { query: Taken<typeof DayQuery>; answer: Appointment[] };
  "POST /api/appointments": { body: Taken<typeof NewAppointmentBody>; answer: Appointment };
  "GET /api/appointments/:id": { answer: AppointmentDetails };
  "POST /api/appointments/:id/send": { body: Taken<typeof SendBody>; answer: Appointment };
  "POST /api/appointments/:id/recall": { answer: Appointment };
  "POST /api/appointments/:id/complete": { answer: Appointment };
  "PATCH /api/appointments/:id": { body: Taken<typeof EditBody>; answer: Appointment };
  "POST /api/appointments/:id/move": { body: Taken<typeof ChangedDayBody>; answer: Appointment };
  "PUT /api/appointments/:id/cancelled": { answer: Appointment };
  "DELETE /api/appointments/:id/cancelled": { answer: Appointment };
  "DELETE /api/appointments/:id/completed": { answer: Appointment };
  "PUT /api/appointments/:id/no-show": { answer: Appointment };
  "DELETE /api/appointments/:id/no-show": { answer: Appointment };
  "PUT /api/appointments/:id/arrived": { answer: Appointment };
  "DELETE /api/appointments/:id/arrived": { answer: Appointment };
  "PUT /api/appointments/:id/urgent": { answer: Appointment };
  "DELETE /api/appointments/:id/urgent": { answer: Appointment };
  "PUT /api/appointments/:id/note": { body: Taken<typeof NoteBody>; answer: Appointment };
  "DELETE /api/appointments/:id/note": { answer: Appointment };
  "GET /api/search": { query: Taken<typeof SearchQuery>; answer: Found };
  "GET /api/days": { query: Taken<typeof DaysQuery>; answer: DayCount[] };
  "GET /api/unusable-bookings": { answer: ScheduleProblem[] };
  "GET /api/patients/:id/visits": { answer: Visits };
  "GET /api/rooms/:room": { answer: RoomDisplay };
  "GET /api/patients": { query: { search: string }; answer: FoundPatient[] };
  "GET /api/patients/:id": { answer: Person };
  "PATCH /api/patients/:id": { body: Taken<typeof CorrectionBody>; answer: Person };
  "POST /api/patients/:id/merge": { body: Taken<typeof MergeBody>; answer: Person };
  "GET /api/procedure-steps": { query: { unscheduled: "true" }; answer: UnscheduledStep[] };
  "GET /api/attention": { answer: AttentionItem[] };
  "POST /api/attention/:id/settle": { body: Taken<typeof SettleBody>; answer: undefined };

  // studies
  "GET /api/studies": { query: Taken<typeof ListFilter>; answer: Study[] };
  "GET /api/studies/:uid": { query: Taken<typeof StudyQuery>; answer: StudyDetails };
  "POST /api/studies/:uid/match": { body: Taken<typeof MatchBody>; answer: StudyDetails };
  "DELETE /api/studies/:uid/match": { body: Taken<typeof UnmatchBody>; answer: StudyDetails };
  "POST /api/studies/:uid/move": { body: Taken<typeof MoveBody>; answer: StudyDetails };
  "GET /api/studies/:uid/measurements": { answer: StudyMeasurements };
  "GET /api/instances/:uid/description": { answer: Description };
  "GET /api/instances/:uid/report": { query: { toDecide?: "true" }; answer: Report };
  "PUT /api/instances/:uid/star": { body: Taken<typeof StarBody>; answer: Star };
  "DELETE /api/instances/:uid/star": { answer: undefined };
  "GET /api/set-aside": { answer: SetAside[] };
  "POST /api/set-aside/:uid/try-again": { answer: undefined };

  // machines
  "GET /api/machines": { answer: Machine[] };
  "POST /api/machines": { body: Taken<typeof NewMachineBody>; answer: MachineRecord };
  "PATCH /api/machines/:id": { body: Taken<typeof ChangedMachineBody>; answer: MachineRecord };
  "DELETE /api/machines/:id": { answer: undefined };
  "POST /api/machines/:id/origins": { body: Taken<typeof OriginBody>; answer: MachineOrigin[] };
  "POST /api/machines/:id/verify": { answer: Verification };
  "GET /api/machines/:id/queries": { answer: WorklistQuery[] };
  "GET /api/machines/:id/preview": { answer: WorklistPreview };
  "GET /api/destinations": { answer: Destination[] };
  "POST /api/destinations": { body: Taken<typeof NewDestinationBody>; answer: Destination };
  "PATCH /api/destinations/:id": { body: Taken<typeof ChangedDestinationBody>; answer: Destination };
  "DELETE /api/destinations/:id": { answer: undefined };
  "POST /api/destinations/:id/verify": { answer: Verification };
  "GET /api/destinations/:id/queue": { answer: QueuedObject[] };
  "POST /api/destinations/:id/retry": { answer: Destination };
  "POST /api/destinations/:id/older": { body: Taken<typeof OlderBody>; answer: { queued: number } };

  // people
  "GET /api/session": { answer: Session };
  "POST /api/session": { body: Taken<typeof Login>; answer: Session };
  "DELETE /api/session": { answer: undefined };
  "POST /api/session/lock": { answer: undefined };
  "POST /api/session/unlock": { body: Taken<typeof UnlockBody>; answer: Session };
  "PUT /api/session/pin": { body: Taken<typeof PinBody>; answer: Session };
  "DELETE /api/session/pin": { answer: Session };
  "POST /api/setup": { body: Taken<typeof SetupBody>; answer: Session };
  "GET /api/users": { answer: User[] };
  "POST /api/users": { body: Taken<typeof NewUserBody>; answer: User };
  "PATCH /api/users/:id": { body: Taken<typeof ChangedUserBody>; answer: User };
  "GET /api/tokens": { answer: ApiToken[] };
  "POST /api/tokens": { body: Taken<typeof NewTokenBody>; answer: ApiToken & { token: string } };
  "DELETE /api/tokens/:id": { answer: undefined };
  "GET /api/audit": { query: Taken<typeof AuditQuery>; answer: AuditPage };
  "POST /api/audit/:id/undo": { answer: undefined };

  // box
  "GET /healthz": { answer: HealthReport };
  "GET /api/box": { answer: Box };
  "GET /api/drafts/:name": { answer: Taken<typeof DraftBody> };
  "PUT /api/drafts/:name": { body: Taken<typeof DraftBody>; answer: Taken<typeof DraftBody> };
  "PUT /api/screen": { body: Taken<typeof ScreenBody>; answer: v.InferOutput<typeof ScreenBody> };
  "GET /api/settings": { answer: Setting[] };
  "PATCH /api/settings": { body: Taken<typeof SettingsBody>; answer: Setting[] };
  "POST /api/pairing": { body: Taken<typeof PairingBody>; answer: { pairingUntil: string | null } };
  "DELETE /api/pairing": { answer: undefined };
  "GET /api/storage": { answer: Storage };
  "GET /api/care": { answer: MaintenanceStatus };
  "POST /api/care/:task": { answer: MaintenanceStatus };
  "GET /api/clinic": { answer: Clinic };
  "PUT /api/clinic": { body: Taken<typeof ClinicBody>; answer: Clinic };
  "POST /api/clinic/test": {
    body: Taken<typeof ClinicAddressBody>;
    answer: { ok: boolean; detail: string; missing: Missing[] };
  };
  "POST /api/clinic/install": { body: Taken<typeof ClinicAddressBody>; answer: Clinic };
  "GET /api/clinic/queue": { answer: ClinicQueue };
  "POST /api/clinic/queue/:aggregate/retry": { answer: ClinicQueue };
  "GET /api/certificate": { answer: CertificateInfo };
  "GET /api/dicom-tls": { answer: DicomTlsInfo };
  "PUT /api/dicom-tls/authorities": { body: Taken<typeof AuthoritiesBody>; answer: DicomTlsInfo };
  "GET /api/dicom-accounts": { answer: DicomAccount[] };
  "POST /api/dicom-accounts": { body: Taken<typeof NewAccountBody>; answer: DicomAccount };
  "DELETE /api/dicom-accounts/:id": { answer: undefined };
  "GET /api/computer": { answer: Computer };
  "POST /api/computer/reset": { body: Taken<typeof ResetBody>; answer: { state: "resetting" } };
  "PUT /api/computer/network": { body: Taken<typeof NetworkBody>; answer: Record<never, never> };
  "POST /api/computer/network/keep": { answer: Record<never, never> };
  "PUT /api/computer/ssh": { body: Taken<typeof SshBody>; answer: Record<never, never> };
  "DELETE /api/computer/ssh": { answer: Record<never, never> };
  "PUT /api/computer/screen": { body: Taken<typeof OwnScreenBody>; answer: Record<never, never> };
  "GET /api/update": { answer: Update };
  "PUT /api/update": { query: { older?: "yes" }; body: Blob; answer: { state: "installing" } };
  "POST /api/update": { body: Taken<typeof FetchBody>; answer: { state: "fetching" } };
  "GET /api/associations": { query: Taken<typeof AssociationQuery>; answer: AssociationPage };
  "GET /api/log": { query: Taken<typeof LogQuery>; answer: LogLine[] };

  // rescue
  "GET /api/rescue": { answer: Rescue };
  "POST /api/rescue/session": { body: Taken<typeof CodeBody>; answer: undefined };
  "POST /api/rescue/choice": { body: Taken<typeof ChoiceBody>; answer: undefined };
  "POST /api/rescue/backup": { body: Taken<typeof BackupBody>; answer: BackupSnapshot[] };
}

/** The routes that pages ask: each is in the table of access, or a box in rescue has it. */
export type Route = Extract<keyof Api, RouteName | `${string} /api/rescue${string}`>;

export type Answer<Name extends Route> = Api[Name]["answer"];

type Part<Name extends Route, Of extends string> = Api[Name] extends Record<Of, infer Given> ? Given : never;
export type Query<Name extends Route> = Part<Name, "query">;
export type Body<Name extends Route> = Part<Name, "body">;

/** The names of what a path has in it: `id` of `/api/machines/:id/verify`. */
export type PathNames<Path extends string> = Path extends `${string}:${infer Name}/${infer Rest}`
  ? Name | PathNames<Rest>
  : Path extends `${string}:${infer Name}` ? Name
  : never;
