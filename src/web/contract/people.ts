import type { ApiToken, Purpose } from "../../store/api_tokens.ts";
import type { AuditEvent as StoredAuditEvent } from "../../store/audit_events.ts";
import type { Role, User as StoredUser } from "../../store/users.ts";
import type { Permission } from "../authorisation.ts";

export type { ApiToken, Permission, Purpose, Role };

/** Who is signed in. */
export interface Session {
  username: string;
  displayName: string;
  role: Role;
  permissions: Permission[];
  /** They have a PIN. */
  pin: boolean;
  /** It opens a locked page in this browser. */
  unlocksByPin: boolean;
}

/** As an admin sees them: one whose source is the clinic cannot be changed at the box. */
export type User = Pick<StoredUser, "id" | "username" | "displayName" | "role" | "disabled" | "source">;

export type NamedKind =
  | "machine"
  | "destination"
  | "user"
  | "token"
  | "account"
  | "patient"
  | "appointment"
  | "study"
  | "object";

/** What an event is about, as people call it; of an appointment and a study the patient, with its day and time. */
export interface Named {
  kind: NamedKind;
  name: string;
  /** YYYY-MM-DD. */
  day?: string;
  /** HH:MM. */
  time?: string;
}

/** A program is told no names: they may be patients'. */
export interface AuditEvent extends StoredAuditEvent {
  undoable: boolean;
  about?: Named | undefined;
  /** What stands in its details by ids, by those. */
  names?: Record<string, string>;
}

/** A page of the audit; `next` is what the page after it takes as `before`. */
export interface AuditPage {
  events: AuditEvent[];
  next?: number;
  actors: string[];
  actions: string[];
  /** What those of the actors are called who are people here, by their user names. */
  people: Record<string, string>;
}
