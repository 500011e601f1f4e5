import type { ApiToken, Purpose } from "../store/api_tokens.ts";
import type { Role } from "../store/users.ts";

/** Who may use a route: anyone, whoever is signed in in one of these roles, or also the box itself without a login. */
export type Access = "anyone" | "signed in, or from this box" | readonly Role[];

const EVERY_ROLE = ["receptionist", "doctor", "admin"] as const satisfies readonly Role[];
const WHO_READS_IMAGES = ["doctor", "admin"] as const satisfies readonly Role[];
const ADMIN = ["admin"] as const satisfies readonly Role[];

/**
 * The one table of who may do what. A route that is not in it cannot be registered, and a line without a route does
 * not compile. What anyone may fetch holds no patient: the pages' own files, the sign-in, the box's name and health.
 */
export const ACCESS = {
  "GET /": "anyone",
  "GET /settings": "anyone",
  "GET /print": "anyone",
  "GET /kiosk/*": "anyone",
  "GET /settings/*": "anyone",
  "GET /print/*": "anyone",
  "GET /shared/*": "anyone",
  "GET /vendor/*": "anyone",
  "GET /favicon.ico": "anyone",
  "GET /certificate.crt": "anyone",
  "GET /api/openapi.json": "anyone",
  "GET /healthz": "anyone",
  "GET /metrics": "signed in, or from this box",
  "GET /api/box": "anyone",
  "GET /api/rooms/:room": "anyone",
  "GET /api/session": EVERY_ROLE,
  "POST /api/session": "anyone",
  "DELETE /api/session": "anyone",
  "POST /api/session/lock": EVERY_ROLE,
  "POST /api/session/unlock": "anyone",
  "PUT /api/session/pin": EVERY_ROLE,
  "DELETE /api/session/pin": EVERY_ROLE,
  "POST /api/setup": "anyone",
  "PUT /api/screen": EVERY_ROLE,
  "GET /api/drafts/:name": EVERY_ROLE,
  "PUT /api/drafts/:name": EVERY_ROLE,
  "GET /api/events": EVERY_ROLE,
  "GET /api/appointments": EVERY_ROLE,
  "POST /api/appointments": EVERY_ROLE,
  "GET /api/appointments/:id": EVERY_ROLE,
  "POST /api/appointments/:id/send": EVERY_ROLE,
  "POST /api/appointments/:id/recall": EVERY_ROLE,
  "POST /api/appointments/:id/complete": EVERY_ROLE,
  "PATCH /api/appointments/:id": EVERY_ROLE,
  "POST /api/appointments/:id/move": EVERY_ROLE,
  "PUT /api/appointments/:id/cancelled": EVERY_ROLE,
  "DELETE /api/appointments/:id/cancelled": EVERY_ROLE,
  "DELETE /api/appointments/:id/completed": EVERY_ROLE,
  "PUT /api/appointments/:id/no-show": EVERY_ROLE,
  "DELETE /api/appointments/:id/no-show": EVERY_ROLE,
  "PUT /api/appointments/:id/arrived": EVERY_ROLE,
  "DELETE /api/appointments/:id/arrived": EVERY_ROLE,
  "PUT /api/appointments/:id/urgent": EVERY_ROLE,
  "DELETE /api/appointments/:id/urgent": EVERY_ROLE,
  "PUT /api/appointments/:id/note": EVERY_ROLE,
  "DELETE /api/appointments/:id/note": EVERY_ROLE,
  "GET /api/search": EVERY_ROLE,
  "GET /api/days": EVERY_ROLE,
  "GET /api/unusable-bookings": EVERY_ROLE,
  "GET /api/studies": EVERY_ROLE,
  "GET /api/studies/:uid": EVERY_ROLE,
  "POST /api/studies/:uid/match": EVERY_ROLE,
  "POST /api/studies/:uid/move": WHO_READS_IMAGES,
  "GET /api/studies/:uid/measurements": WHO_READS_IMAGES,
  "GET /api/studies/:uid/measurements.csv": WHO_READS_IMAGES,
  "GET /api/studies/:uid/measurements.fhir.json": WHO_READS_IMAGES,
  "GET /api/instances/:uid/report": WHO_READS_IMAGES,
  "GET /api/instances/:uid/description": WHO_READS_IMAGES,
  "DELETE /api/studies/:uid/match": EVERY_ROLE,
  "GET /api/patients": EVERY_ROLE,
  "GET /api/patients/:id/visits": EVERY_ROLE,
  "GET /api/patients/:id": WHO_READS_IMAGES,
  "PATCH /api/patients/:id": WHO_READS_IMAGES,
  "POST /api/patients/:id/merge": WHO_READS_IMAGES,
  "GET /api/attention": EVERY_ROLE,
  "POST /api/attention/:id/settle": WHO_READS_IMAGES,
  "GET /api/instances/:uid/thumbnail": EVERY_ROLE,
  "GET /api/instances/:uid/frames/:n": WHO_READS_IMAGES,
  "GET /api/instances/:uid/video": WHO_READS_IMAGES,
  "GET /api/instances/:uid/file": WHO_READS_IMAGES,
  "PUT /api/instances/:uid/star": WHO_READS_IMAGES,
  "DELETE /api/instances/:uid/star": WHO_READS_IMAGES,
  "GET /api/procedure-steps": EVERY_ROLE,
  "GET /api/machines": EVERY_ROLE,
  "POST /api/machines": ADMIN,
  "PATCH /api/machines/:id": ADMIN,
  "DELETE /api/machines/:id": ADMIN,
  "POST /api/machines/:id/origins": ADMIN,
  "POST /api/machines/:id/verify": ADMIN,
  "GET /api/machines/:id/queries": ADMIN,
  "GET /api/machines/:id/preview": ADMIN,
  "GET /api/destinations": ADMIN,
  "POST /api/destinations": ADMIN,
  "PATCH /api/destinations/:id": ADMIN,
  "DELETE /api/destinations/:id": ADMIN,
  "POST /api/destinations/:id/verify": ADMIN,
  "GET /api/destinations/:id/queue": ADMIN,
  "POST /api/destinations/:id/retry": ADMIN,
  "POST /api/destinations/:id/older": ADMIN,
  "POST /api/studies/:uid/forward": ADMIN,
  "GET /dicom-web/studies": WHO_READS_IMAGES,
  "GET /dicom-web/series": WHO_READS_IMAGES,
  "GET /dicom-web/instances": WHO_READS_IMAGES,
  "POST /dicom-web/studies": WHO_READS_IMAGES,
  "POST /dicom-web/studies/:study": WHO_READS_IMAGES,
  "GET /dicom-web/studies/:study/series": WHO_READS_IMAGES,
  "GET /dicom-web/studies/:study/instances": WHO_READS_IMAGES,
  "GET /dicom-web/studies/:study/series/:series/instances": WHO_READS_IMAGES,
  "GET /dicom-web/studies/:study": WHO_READS_IMAGES,
  "GET /dicom-web/studies/:study/metadata": WHO_READS_IMAGES,
  "GET /dicom-web/studies/:study/rendered": WHO_READS_IMAGES,
  "GET /dicom-web/studies/:study/thumbnail": WHO_READS_IMAGES,
  "GET /dicom-web/studies/:study/series/:series": WHO_READS_IMAGES,
  "GET /dicom-web/studies/:study/series/:series/metadata": WHO_READS_IMAGES,
  "GET /dicom-web/studies/:study/series/:series/rendered": WHO_READS_IMAGES,
  "GET /dicom-web/studies/:study/series/:series/thumbnail": WHO_READS_IMAGES,
  "GET /dicom-web/studies/:study/series/:series/instances/:instance": WHO_READS_IMAGES,
  "GET /dicom-web/studies/:study/series/:series/instances/:instance/metadata": WHO_READS_IMAGES,
  "GET /dicom-web/studies/:study/series/:series/instances/:instance/rendered": WHO_READS_IMAGES,
  "GET /dicom-web/studies/:study/series/:series/instances/:instance/thumbnail": WHO_READS_IMAGES,
  "GET /dicom-web/studies/:study/series/:series/instances/:instance/frames/:frames": WHO_READS_IMAGES,
  "GET /dicom-web/studies/:study/series/:series/instances/:instance/frames/:frames/rendered": WHO_READS_IMAGES,
  "GET /dicom-web/studies/:study/series/:series/instances/:instance/frames/:frames/thumbnail": WHO_READS_IMAGES,
  "GET /dicom-web/studies/:study/series/:series/instances/:instance/bulkdata/*": WHO_READS_IMAGES,
  "GET /api/users": ADMIN,
  "POST /api/users": ADMIN,
  "PATCH /api/users/:id": ADMIN,
  "POST /api/pairing": ADMIN,
  "DELETE /api/pairing": ADMIN,
  "GET /api/settings": ADMIN,
  "PATCH /api/settings": ADMIN,
  "GET /api/storage": ADMIN,
  "GET /api/clinic": ADMIN,
  "PUT /api/clinic": ADMIN,
  "POST /api/clinic/test": ADMIN,
  "GET /api/clinic/sql": ADMIN,
  "POST /api/clinic/install": ADMIN,
  "GET /api/clinic/queue": ADMIN,
  "POST /api/clinic/queue/:aggregate/retry": ADMIN,
  "GET /api/certificate": ADMIN,
  "GET /api/dicom-tls": ADMIN,
  "PUT /api/dicom-tls/authorities": ADMIN,
  "GET /api/dicom-accounts": ADMIN,
  "POST /api/dicom-accounts": ADMIN,
  "DELETE /api/dicom-accounts/:id": ADMIN,
  "GET /api/tokens": ADMIN,
  "POST /api/tokens": ADMIN,
  "DELETE /api/tokens/:id": ADMIN,
  "GET /api/diagnostics": ADMIN,
  "GET /api/care": ADMIN,
  "POST /api/care/:task": ADMIN,
  "GET /api/set-aside": ADMIN,
  "POST /api/set-aside/:uid/try-again": ADMIN,
  "GET /api/associations": ADMIN,
  "GET /api/log": ADMIN,
  "GET /api/update": ADMIN,
  "PUT /api/update": ADMIN,
  "POST /api/update": ADMIN,
  "GET /api/computer": ADMIN,
  "POST /api/computer/reset": ADMIN,
  "PUT /api/computer/network": ADMIN,
  "POST /api/computer/network/keep": ADMIN,
  "PUT /api/computer/ssh": ADMIN,
  "DELETE /api/computer/ssh": ADMIN,
  "PUT /api/computer/screen": ADMIN,
  "GET /api/audit": ADMIN,
  "POST /api/audit/:id/undo": ADMIN,
} as const satisfies Record<string, Access>;

export type RouteName = keyof typeof ACCESS;

/** What works before there is anybody who could sign in: the pages, which then show the first start, and health. */
export const BEFORE_SETUP: ReadonlySet<string> = new Set<RouteName>([
  "GET /",
  "GET /settings",
  "GET /print",
  "GET /print/*",
  "GET /kiosk/*",
  "GET /settings/*",
  "GET /shared/*",
  "GET /vendor/*",
  "GET /favicon.ico",
  "GET /healthz",
  "GET /certificate.crt",
  "GET /api/box",
  "POST /api/setup",
]);

/**
 * What leads data out of the box or lets somebody in: a person must do it, never a program, and a second admin confirms
 * it where `SONODESK_SECOND_ADMIN` asks for one.
 */
export const OUT_OR_IN: ReadonlySet<string> = new Set<RouteName>([
  "POST /api/users",
  "PATCH /api/users/:id",
  "POST /api/tokens",
  "POST /api/machines",
  "PATCH /api/machines/:id",
  "POST /api/machines/:id/origins",
  "POST /api/pairing",
  "POST /api/destinations",
  "PATCH /api/destinations/:id",
  "POST /api/destinations/:id/older",
  "POST /api/studies/:uid/forward",
  "PUT /api/clinic",
  "POST /api/clinic/test",
  "POST /api/clinic/install",
  "PUT /api/dicom-tls/authorities",
  "POST /api/dicom-accounts",
  "POST /api/audit/:id/undo",
  "PUT /api/computer/ssh",
]);

/** What is for people only: it leads data out or somebody in, or is about a session, a decision or the computer itself. */
export const NOT_FOR_PROGRAMS: ReadonlySet<string> = new Set<string>([
  ...OUT_OR_IN,
  ...[
    "POST /api/session/lock",
    "PUT /api/session/pin",
    "DELETE /api/session/pin",
    "PUT /api/screen",
    "PUT /api/drafts/:name",
    "DELETE /api/tokens/:id",
    "DELETE /api/machines/:id",
    "DELETE /api/pairing",
    "DELETE /api/destinations/:id",
    "POST /api/attention/:id/settle",
    "DELETE /api/dicom-accounts/:id",
    "PUT /api/update",
    "POST /api/update",
    "POST /api/computer/reset",
    "PUT /api/computer/network",
    "POST /api/computer/network/keep",
    "DELETE /api/computer/ssh",
  ] satisfies RouteName[],
]);

/** Settings that lead data out or let somebody in, as the routes above do; by their names. */
export const SETTINGS_OUT_OR_IN: ReadonlySet<string> = new Set([
  "SONODESK_ADMISSION",
  "SONODESK_ROOM_DISPLAY",
  "SONODESK_ELSEWHERE",
  "SONODESK_HTTPS",
  "SONODESK_HTTPS_PORT",
  "SONODESK_PIN_UNLOCK",
  "SONODESK_LOCK_SECONDS",
  "SONODESK_DICOM_TLS",
  "SONODESK_DICOM_TLS_PORT",
  "SONODESK_DICOMWEB_ORIGINS",
  "SONODESK_COUNTRY",
  "SONODESK_RETENTION_DAYS",
  "SONODESK_SECOND_ADMIN",
  ...["FOLDER", "PASSPHRASE", "S3_ENDPOINT", "S3_REGION", "S3_ACCESS", "S3_SECRET", "SNAPSHOTS", "FORGET"]
    .map((name) => `SONODESK_BACKUP_${name}`),
]);

/** What a token of a purpose may use, beside what anyone may: what it reads, and what it writes. */
const FOR_PURPOSE: Readonly<Record<Exclude<Purpose, "reading">, RegExp>> = {
  bookings:
    /^(GET|POST|PATCH|PUT|DELETE) \/api\/appointments\b|^GET \/api\/(patients|patients\/:id\/visits|search|days|machines|procedure-steps|events|session)$/,
  images: /^(GET|POST) \/dicom-web\/|^GET \/api\/(studies|instances|patients|events|session)\b|^PUT \/api\/instances/,
  fleet:
    /^GET \/metrics$|^GET \/api\/(session|events|machines|destinations|settings|storage|clinic|certificate|dicom-tls|diagnostics|care|associations|log|update|computer|audit|procedure-steps)\b|^POST \/api\/(care|machines\/:id\/verify|destinations\/:id\/(verify|retry)|clinic\/queue)|^PATCH \/api\/settings$/,
};

/** Whether a program may use a route with this token, where its role may. */
export function isForPurpose(name: RouteName, { purpose, readOnly }: Pick<ApiToken, "purpose" | "readOnly">): boolean {
  if (readOnly && !name.startsWith("GET ")) return false;
  if (purpose === "") return true;
  return purpose === "reading" ? name.startsWith("GET ") : FOR_PURPOSE[purpose].test(name);
}

/** What a page needs to know to show only what works for this person. */
export type Permission = "images" | "settings";

export function permissionsOf(role: Role): Permission[] {
  const permissions: Permission[] = [];
  if (mayReadImages(role)) permissions.push("images");
  if (role === "admin") permissions.push("settings");
  return permissions;
}

/** Whether full pictures and measurements are for this role; the receptionist works with thumbnails. */
export function mayReadImages(role: Role): boolean {
  return (WHO_READS_IMAGES as readonly Role[]).includes(role);
}
