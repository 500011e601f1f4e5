import type * as v from "valibot";
import { DayQuery, NewAppointmentBody, SendBody } from "./api/appointments.ts";
import { ChangedDayBody, EditBody, NoteBody } from "./api/appointment_changes.ts";
import { SettleBody } from "./api/attention.ts";
import { AuditQuery } from "./api/audit.ts";
import { ClinicAddressBody, ClinicBody } from "./api/clinic.ts";
import { ChangedDestinationBody, ForwardBody, NewDestinationBody, OlderBody } from "./api/destinations.ts";
import { AuthoritiesBody, NewAccountBody } from "./api/dicom_security.ts";
import { AssociationQuery, LogQuery } from "./api/logs.ts";
import { ChangedMachineBody, NewMachineBody, OriginBody } from "./api/machines.ts";
import { CorrectionBody, MergeBody, PatientQuery } from "./api/patients.ts";
import { DraftBody } from "./api/drafts.ts";
import { DaysQuery, SearchQuery } from "./api/search.ts";
import { StepQuery } from "./api/procedure_steps.ts";
import { FetchBody } from "./api/update.ts";
import { NetworkBody, OwnScreenBody, ResetBody, SshBody } from "./api/computer.ts";
import { Login, PinBody, UnlockBody } from "./api/session.ts";
import { PairingBody, ScreenBody, SettingsBody } from "./api/settings.ts";
import { SetupBody } from "./api/setup.ts";
import { ListFilter, MatchBody, MoveBody, StudyQuery, UnmatchBody } from "./api/studies.ts";
import { NewTokenBody } from "./api/tokens.ts";
import { ChangedUserBody, NewUserBody } from "./api/users.ts";
import { ACCESS, NOT_FOR_PROGRAMS, type RouteName } from "./authorisation.ts";
import { jsonSchema } from "./json_schema.ts";

interface Description {
  summary: string;
  body?: v.GenericSchema;
  query?: v.GenericSchema & { entries: Record<string, v.GenericSchema> };
  /** Of a successful answer; JSON unless told otherwise. */
  contentType?: string;
}

/** What cannot be read from the table of authorisation: what each route is for, and what it takes. */
const DESCRIPTIONS: Partial<Record<RouteName, Description>> = {
  "GET /healthz": { summary: "How the box is; 503 when something it needs is failing" },
  "GET /metrics": { summary: "Counts for Prometheus", contentType: "text/plain" },
  "GET /certificate.crt": {
    summary: "The certificate of the box's own authority",
    contentType: "application/x-x509-ca-cert",
  },
  "GET /api/openapi.json": { summary: "This description" },
  "GET /api/box": { summary: "The box: name, addresses, ports; less of it without a login" },
  "GET /api/session": { summary: "Who is signed in" },
  "POST /api/session": { summary: "Sign in; the answer sets a cookie", body: Login },
  "DELETE /api/session": { summary: "Sign out" },
  "POST /api/session/lock": { summary: "Lock this browser's session" },
  "POST /api/session/unlock": { summary: "Unlock this browser's session by PIN", body: UnlockBody },
  "PUT /api/session/pin": { summary: "Set one's own PIN", body: PinBody },
  "DELETE /api/session/pin": { summary: "Remove one's own PIN" },
  "POST /api/setup": { summary: "First start: with the setup code, the first admin", body: SetupBody },
  "GET /api/drafts/:name": { summary: "What one has typed and not yet sent" },
  "PUT /api/drafts/:name": { summary: "Keep what one has typed and not yet sent", body: DraftBody },
  "PUT /api/screen": {
    summary: "Keep the density of the box's own panel, and the machine it sends to",
    body: ScreenBody,
  },
  "GET /api/events": { summary: "Live events (server-sent events)", contentType: "text/event-stream" },
  "GET /api/appointments": {
    summary: "A day's appointments, today's by default, or those from one day to another",
    query: DayQuery,
  },
  "POST /api/appointments": { summary: "Book an appointment", body: NewAppointmentBody },
  "GET /api/appointments/:id": { summary: "One appointment, with its history" },
  "POST /api/appointments/:id/send": { summary: "Send to a machine, or to any", body: SendBody },
  "POST /api/appointments/:id/recall": { summary: "Take off the worklist" },
  "PATCH /api/appointments/:id": { summary: "Put a booking right", body: EditBody },
  "POST /api/appointments/:id/move": { summary: "To another day, time or machine", body: ChangedDayBody },
  "PUT /api/appointments/:id/cancelled": { summary: "Cancel a booking" },
  "DELETE /api/appointments/:id/cancelled": { summary: "Book it again" },
  "DELETE /api/appointments/:id/completed": { summary: "It is not done, after all" },
  "PUT /api/appointments/:id/no-show": { summary: "The patient did not come" },
  "DELETE /api/appointments/:id/no-show": { summary: "They came after all" },
  "PUT /api/appointments/:id/arrived": { summary: "The patient is here" },
  "DELETE /api/appointments/:id/arrived": { summary: "They are not, after all" },
  "PUT /api/appointments/:id/urgent": { summary: "Urgent: the worklist says so" },
  "DELETE /api/appointments/:id/urgent": { summary: "Not urgent" },
  "PUT /api/appointments/:id/note": { summary: "A note for whoever scans: the worklist has it", body: NoteBody },
  "DELETE /api/appointments/:id/note": { summary: "No note" },
  "GET /api/search": { summary: "People and accession numbers, over all days", query: SearchQuery },
  "GET /api/days": { summary: "How many appointments each day has, for a calendar", query: DaysQuery },
  "GET /api/unusable-bookings": { summary: "Bookings of the clinic that cannot be used, each with the reason" },
  "GET /api/patients/:id/visits": { summary: "When somebody was here and will be, with counts" },
  "GET /api/rooms/:room": { summary: "Who is next in a room, for its screen; as far as the settings say" },
  "POST /api/appointments/:id/complete": { summary: "Say that a scan is done, for machines that never do" },
  "GET /api/studies": {
    summary: "Studies that came, newest first; the header `link` names the next page",
    query: ListFilter,
  },
  "GET /api/studies/:uid": { summary: "One study, of very many instances a page", query: StudyQuery },
  "POST /api/studies/:uid/match": { summary: "Give an unmatched study to an appointment", body: MatchBody },
  "DELETE /api/studies/:uid/match": { summary: "Take a study from its appointment", body: UnmatchBody },
  "GET /api/procedure-steps": { summary: "What machines scanned without a booking in the last day", query: StepQuery },
  "POST /api/studies/:uid/move": {
    summary: "Move objects to an appointment or a patient, or apart into a study of their own",
    body: MoveBody,
  },
  "GET /api/patients/:id": { summary: "One person, with other ids, bookings and studies" },
  "PATCH /api/patients/:id": {
    summary: "Correct a person whom the clinic's database does not have",
    body: CorrectionBody,
  },
  "POST /api/patients/:id/merge": { summary: "Two ids are one person's", body: MergeBody },
  "GET /api/attention": { summary: "Everything that waits for a person's eyes, worst first" },
  "POST /api/attention/:id/settle": { summary: "Somebody has looked", body: SettleBody },
  "GET /api/patients": { summary: "People who were here before", query: PatientQuery },
  "GET /api/instances/:uid/thumbnail": { summary: "A small picture", contentType: "image/*" },
  "GET /api/instances/:uid/frames/:n": { summary: "One frame, from 1; `size` in pixels", contentType: "image/*" },
  "GET /api/instances/:uid/file": {
    summary: "The object as it came, or with ?corrected=1 as it is sent on",
    contentType: "application/dicom",
  },
  "GET /api/studies/:uid/measurements": { summary: "What was measured, as a doctor reads it" },
  "GET /api/studies/:uid/measurements.csv": { summary: "The measurements as a table", contentType: "text/csv" },
  "GET /api/studies/:uid/measurements.fhir.json": {
    summary: "The measurements as FHIR R4",
    contentType: "application/fhir+json",
  },
  "GET /api/instances/:uid/report": { summary: "A report as the machine structured it" },
  "GET /api/instances/:uid/description": { summary: "What is known of a picture: frames, regions, timing" },
  "GET /api/instances/:uid/video": { summary: "An MPEG video as it came, by ranges", contentType: "video/mp4" },
  "PUT /api/instances/:uid/star": { summary: "Choose an image for the print" },
  "DELETE /api/instances/:uid/star": { summary: "Take the choice back" },
  "GET /api/machines": { summary: "The machines" },
  "POST /api/machines": { summary: "Add a machine", body: NewMachineBody },
  "PATCH /api/machines/:id": { summary: "Change or admit a machine", body: ChangedMachineBody },
  "DELETE /api/machines/:id": { summary: "Remove a machine" },
  "POST /api/machines/:id/origins": { summary: "Say whether a machine may call from an address", body: OriginBody },
  "POST /api/machines/:id/verify": { summary: "Call the machine (C-ECHO)" },
  "GET /api/machines/:id/queries": { summary: "Its latest queries, with what was not answered and why" },
  "GET /api/machines/:id/preview": { summary: "What it would get now" },
  "GET /api/destinations": { summary: "Where objects are forwarded to, with the length of each queue" },
  "POST /api/destinations": { summary: "Add a destination", body: NewDestinationBody },
  "PATCH /api/destinations/:id": { summary: "Change a destination", body: ChangedDestinationBody },
  "DELETE /api/destinations/:id": { summary: "Remove a destination, with its queue" },
  "POST /api/destinations/:id/verify": { summary: "Call the destination (C-ECHO)" },
  "GET /api/destinations/:id/queue": { summary: "What has not been sent, with the reason" },
  "POST /api/destinations/:id/retry": { summary: "Try everything again now, what was parked too" },
  "POST /api/destinations/:id/older": { summary: "Queue what came before, by its rules", body: OlderBody },
  "POST /api/studies/:uid/forward": { summary: "Send a study to a destination", body: ForwardBody },
  "GET /dicom-web/studies": { summary: "QIDO-RS: studies", contentType: "application/dicom+json" },
  "GET /dicom-web/series": { summary: "QIDO-RS: series of all studies", contentType: "application/dicom+json" },
  "GET /dicom-web/instances": { summary: "QIDO-RS: instances of all studies", contentType: "application/dicom+json" },
  "POST /dicom-web/studies": { summary: "STOW-RS: store objects", contentType: "application/dicom+json" },
  "POST /dicom-web/studies/:study": {
    summary: "STOW-RS: store objects of one study",
    contentType: "application/dicom+json",
  },
  "GET /dicom-web/studies/:study/series": {
    summary: "QIDO-RS: series of a study",
    contentType: "application/dicom+json",
  },
  "GET /dicom-web/studies/:study/instances": {
    summary: "QIDO-RS: instances of a study",
    contentType: "application/dicom+json",
  },
  "GET /dicom-web/studies/:study/series/:series/instances": {
    summary: "QIDO-RS: instances of a series",
    contentType: "application/dicom+json",
  },
  "GET /dicom-web/studies/:study": { summary: "WADO-RS: a study", contentType: "multipart/related" },
  "GET /dicom-web/studies/:study/metadata": {
    summary: "WADO-RS: the attributes of a study",
    contentType: "application/dicom+json",
  },
  "GET /dicom-web/studies/:study/rendered": { summary: "WADO-RS: a study as pictures", contentType: "image/*" },
  "GET /dicom-web/studies/:study/thumbnail": { summary: "WADO-RS: a study as a small picture", contentType: "image/*" },
  "GET /dicom-web/studies/:study/series/:series": { summary: "WADO-RS: a series", contentType: "multipart/related" },
  "GET /dicom-web/studies/:study/series/:series/metadata": {
    summary: "WADO-RS: the attributes of a series",
    contentType: "application/dicom+json",
  },
  "GET /dicom-web/studies/:study/series/:series/rendered": {
    summary: "WADO-RS: a series as pictures",
    contentType: "image/*",
  },
  "GET /dicom-web/studies/:study/series/:series/thumbnail": {
    summary: "WADO-RS: a series as a small picture",
    contentType: "image/*",
  },
  "GET /dicom-web/studies/:study/series/:series/instances/:instance": {
    summary: "WADO-RS: an instance",
    contentType: "multipart/related",
  },
  "GET /dicom-web/studies/:study/series/:series/instances/:instance/metadata": {
    summary: "WADO-RS: the attributes of an instance",
    contentType: "application/dicom+json",
  },
  "GET /dicom-web/studies/:study/series/:series/instances/:instance/rendered": {
    summary: "WADO-RS: an instance as pictures",
    contentType: "image/*",
  },
  "GET /dicom-web/studies/:study/series/:series/instances/:instance/thumbnail": {
    summary: "WADO-RS: an instance as a small picture",
    contentType: "image/*",
  },
  "GET /dicom-web/studies/:study/series/:series/instances/:instance/frames/:frames": {
    summary: "WADO-RS: frames, from 1, with commas between them",
    contentType: "multipart/related",
  },
  "GET /dicom-web/studies/:study/series/:series/instances/:instance/frames/:frames/rendered": {
    summary: "WADO-RS: frames as pictures",
    contentType: "image/*",
  },
  "GET /dicom-web/studies/:study/series/:series/instances/:instance/frames/:frames/thumbnail": {
    summary: "WADO-RS: a frame as a small picture",
    contentType: "image/*",
  },
  "GET /dicom-web/studies/:study/series/:series/instances/:instance/bulkdata/*": {
    summary: "WADO-RS: bytes of an attribute, by the address that the metadata gives",
    contentType: "multipart/related",
  },
  "GET /api/users": { summary: "Who may sign in" },
  "POST /api/users": { summary: "Add a person", body: NewUserBody },
  "PATCH /api/users/:id": { summary: "Change a person", body: ChangedUserBody },
  "POST /api/pairing": { summary: "Open pairing for some minutes", body: PairingBody },
  "DELETE /api/pairing": { summary: "Close pairing" },
  "GET /api/settings": { summary: "The settings, with where each comes from" },
  "PATCH /api/settings": { summary: "Change settings by their names; null takes one back", body: SettingsBody },
  "GET /api/storage": { summary: "Room on the disk and what the images take, bytes" },
  "GET /api/clinic": {
    summary: "The clinic's database: how the link stands, what is missing there, unusable bookings",
  },
  "PUT /api/clinic": { summary: "Set its address; null takes it back", body: ClinicBody },
  "POST /api/clinic/test": { summary: "Try an address, or the one that is set", body: ClinicAddressBody },
  "GET /api/clinic/sql": { summary: "The SQL that makes a clinic's database fit", contentType: "text/plain" },
  "POST /api/clinic/install": { summary: "Run that SQL, as a user who owns the tables", body: ClinicAddressBody },
  "GET /api/clinic/queue": { summary: "What waits to be told to the clinic's database" },
  "POST /api/clinic/queue/:aggregate/retry": { summary: "Try again what waits for a person" },
  "GET /api/certificate": { summary: "The certificate's fingerprint, names and end" },
  "GET /api/dicom-tls": { summary: "DICOM over TLS: port, certificate, and who certifies peers" },
  "PUT /api/dicom-tls/authorities": { summary: "Who certifies peers, as PEM; null for nobody", body: AuthoritiesBody },
  "GET /api/dicom-accounts": { summary: "Accounts with which machines prove who they are" },
  "POST /api/dicom-accounts": {
    summary: "Add an account; without a passcode its name is enough",
    body: NewAccountBody,
  },
  "DELETE /api/dicom-accounts/:id": { summary: "Remove an account" },
  "GET /api/tokens": { summary: "Tokens of programs" },
  "POST /api/tokens": { summary: "Make a token; it is shown in this answer only", body: NewTokenBody },
  "DELETE /api/tokens/:id": { summary: "Revoke a token" },
  "GET /api/diagnostics": { summary: "What to send to support, without patients", contentType: "application/zip" },
  "GET /api/care": { summary: "How the backup and the verification of the files stand" },
  "GET /api/set-aside": { summary: "Objects that the box does not draw or read any more, and why" },
  "POST /api/set-aside/:uid/try-again": { summary: "Draw and read an object again that was set aside" },
  "POST /api/care/:task": { summary: "Begin `backup` or `verification` now" },
  "GET /api/associations": { summary: "Associations that ended, newest first", query: AssociationQuery },
  "GET /api/log": { summary: "What the box has logged lately, newest first", query: LogQuery },
  "GET /api/update": { summary: "The version, and what became of the last update of the appliance's image" },
  "PUT /api/update": { summary: "Update the appliance's image: the bundle, as it is" },
  "POST /api/update": {
    summary: "Update the appliance's image by a bundle on a disk that is plugged in, or at an address",
    body: FetchBody,
  },
  "GET /api/computer": { summary: "The appliance's own computer: its address, SSH and screen" },
  "POST /api/computer/reset": {
    summary: "Erase everything; with one's password again, and the name of the box",
    body: ResetBody,
  },
  "PUT /api/computer/network": {
    summary: "Try a fixed address for some minutes; null takes the network's own",
    body: NetworkBody,
  },
  "POST /api/computer/network/keep": { summary: "Keep the address that is being tried" },
  "PUT /api/computer/ssh": { summary: "Open SSH to who has a key; with one's password again", body: SshBody },
  "DELETE /api/computer/ssh": { summary: "Shut SSH" },
  "PUT /api/computer/screen": {
    summary: "Turn and scale the box's own screen, and let it go dark",
    body: OwnScreenBody,
  },
  "GET /api/audit": { summary: "Who did what, newest first", query: AuditQuery },
  "POST /api/audit/:id/undo": { summary: "Take back what an event says was done" },
};

const PROBLEM = { "application/problem+json": { schema: { $ref: "#/components/schemas/Problem" } } };

/** The whole API as OpenAPI 3.1, from the table of authorisation and the schemas that check the requests. */
export function openApi(version: string) {
  const paths: Record<string, Record<string, unknown>> = {};
  for (const name of Object.keys(ACCESS) as RouteName[]) {
    const [method, path] = name.split(" ") as [string, string];
    const written = path.replaceAll(/:(\w+)/g, "{$1}").replace("*", "{file}");
    paths[written] ??= {};
    paths[written][method.toLowerCase()] = operation(name, written);
  }
  return {
    openapi: "3.1.0",
    info: {
      title: "Sonodesk",
      version,
      description: "Dates are YYYY-MM-DD, times ISO 8601. Programs send `Authorization: Bearer` with a token that an " +
        "admin made on the settings page; it may do what its role may, or only read.",
    },
    paths,
    components: {
      securitySchemes: {
        token: { type: "http", scheme: "bearer" },
        session: { type: "apiKey", in: "cookie", name: "sonodesk_session" },
      },
      schemas: {
        Problem: {
          type: "object",
          properties: { title: { type: "string" }, detail: { type: "string" }, status: { type: "integer" } },
          required: ["title", "detail", "status"],
        },
      },
    },
  };
}

function operation(name: RouteName, path: string) {
  const { summary = "A page, or a file of one", body, query, contentType }: Partial<Description> = DESCRIPTIONS[name] ??
    {};
  const access = ACCESS[name];
  const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => ({
    name,
    in: "path",
    required: true,
    schema: { type: "string" },
  }));
  const inQuery = Object.entries(query?.entries ?? {}).map(([name, schema]) => ({
    name,
    in: "query",
    required: schema.type !== "optional",
    schema: jsonSchema(schema),
  }));
  const programs = NOT_FOR_PROGRAMS.has(name) ? [] : [{ token: [] }];
  return {
    summary,
    ...(Array.isArray(access) && { description: `For: ${access.join(", ")}.` }),
    parameters: [...inPath, ...inQuery],
    ...(body && { requestBody: { content: { "application/json": { schema: jsonSchema(body) } } } }),
    responses: {
      "2XX": { description: "Done", content: { [contentType ?? "application/json"]: {} } },
      "4XX": { description: "Refused, with what to do", content: PROBLEM },
    },
    security: access === "anyone" ? [] : [...programs, { session: [] }],
  };
}
