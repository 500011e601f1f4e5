import type { ApiToken, Purpose } from "../../store/api_tokens.ts";
import type { AuditEvent as StoredAuditEvent } from "../../store/audit_events.ts";
import type { Role, User as StoredUser } from "../../store/users.ts";
import type { Permission } from "../authorisation.ts";

export type { ApiToken, Permission, Purpose, Role };

/** Who is signed in. */
export interface Session {
  /** As they sign in. */
  username: string;
  /** As others read it. */
  displayName: string;
  /** What they may do. */
  role: Role;
  /** The same, thing by thing. */
  permissions: Permission[];
  /** Where their login is changed: one of the clinic's is not at the box. */
  source: StoredUser["source"];
  /** They have a PIN. */
  pin: boolean;
  /** It opens a locked page in this browser. */
  unlocksByPin: boolean;
}

/** As an admin sees them: one whose source is the clinic cannot be changed at the box. */
export type User = Pick<StoredUser, "id" | "username" | "displayName" | "role" | "disabled" | "source">;

/** What kind of thing an event is about. */
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
  /** What it is. */
  kind: NamedKind;
  /** As people call it. */
  name: string;
  /** YYYY-MM-DD. */
  day?: string;
  /** HH:MM. */
  time?: string;
}

/** Something that somebody did. A program is told no names: they may be patients'. */
export interface AuditEvent extends StoredAuditEvent {
  /** Whether it can be taken back. */
  undoable: boolean;
  /** What it is about, where that has a name. */
  about?: Named | undefined;
  /** What stands in its details by ids, by those. */
  names?: Record<string, string>;
}

/** A page of the audit; `next` is what the page after it takes as `before`. */
export interface AuditPage {
  /** The newest first. */
  events: AuditEvent[];
  /** Id that the next page goes on from; left out on the last. */
  next?: number;
  /** For the filter. */
  actors: string[];
  /** For the filter. */
  actions: string[];
  /** What those of the actors are called who are people here, by their user names. */
  people: Record<string, string>;
}
