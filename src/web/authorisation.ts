import type { ApiToken, Purpose } from "../store/api_tokens.ts";
import { type Role, ROLES } from "../store/users.ts";

/** Who may use a route. What anyone may fetch holds no patient: the pages' own files, the sign-in, the box's name and health. */
export type Who = "anyone" | "signed in" | "signed in, or from this box" | "reads images" | "admin";

const ROLES_OF: Record<Exclude<Who, "anyone">, readonly Role[]> = {
  "signed in": ROLES,
  "signed in, or from this box": ROLES,
  "reads images": ["doctor", "admin"],
  "admin": ["admin"],
};

/** The roles that may use a route; undefined where it needs no login. */
export function rolesOf(who: Who): readonly Role[] | undefined {
  return who === "anyone" ? undefined : ROLES_OF[who];
}

/** Settings that lead data out or let somebody in, as the routes with `outOrIn` do; by their names. */
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
  "SONODESK_TRUSTED_PROXY",
  "SONODESK_OHIF",
  "SONODESK_COUNTRY",
  "SONODESK_RETENTION_DAYS",
  "SONODESK_SECOND_ADMIN",
  "SONODESK_WEBHOOK",
  "SONODESK_WEBHOOK_SECRET",
  "SONODESK_ALERT_URL",
  "SONODESK_ALERT_EMAIL",
  ...["HOST", "PORT", "SECURITY", "USERNAME", "PASSWORD", "FROM"].map((name) => `SONODESK_SMTP_${name}`),
  ...["FOLDER", "PASSPHRASE", "S3_ENDPOINT", "S3_REGION", "S3_ACCESS", "S3_SECRET", "SNAPSHOTS", "FORGET"]
    .map((name) => `SONODESK_BACKUP_${name}`),
]);

/** Whether a program may use a route with this token, where its role may. */
export function isForPurpose(
  { method, programs }: { method: string; programs?: readonly Purpose[] },
  { purpose, readOnly }: Pick<ApiToken, "purpose" | "readOnly">,
): boolean {
  if (readOnly && method !== "GET") return false;
  if (purpose === "") return true;
  return purpose === "reading" ? method === "GET" : programs?.includes(purpose) ?? false;
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
  return ROLES_OF["reads images"].includes(role);
}
