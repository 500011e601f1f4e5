import type { Context } from "hono";
import type { Dataset } from "../dicom/dataset.ts";
import type { Store } from "../store/store.ts";
import type { Machine } from "../store/machines.ts";
import type { User } from "../store/users.ts";
import type { RouteName } from "./authorisation.ts";
import type { BoxInfo } from "./box.ts";
import type { EventHub } from "./event_hub.ts";
import type { HealthReport } from "./health.ts";
import type { LoginLimits } from "./login_limits.ts";
import type { Pictures } from "./pictures.ts";
import type { RequestCounts } from "./request_counts.ts";
import type { SignedIn, SignIns } from "./sign_ins.ts";

/** Where the web says what happened. Never a patient's name or id. */
export interface WebLog {
  info(message: string, context?: Record<string, unknown>): void;
  warn(message: string, context?: Record<string, unknown>): void;
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
export interface Verification {
  ok: boolean;
  detail: string;
}

/** Everything the API's handlers work with. */
export interface Parts {
  store: Store;
  pictures: Pictures;
  archive: StoredFiles;
  box: () => BoxInfo;
  health: () => HealthReport | Promise<HealthReport>;
  verifyMachine: (machine: Machine) => Promise<Verification>;
  /** What a machine would get for its worklist now: the keys it asks with, and the answers. */
  previewWorklist: (machine: Machine) => { keys: string[]; answers: Dataset[] };
  log: WebLog;
  signIns: SignIns;
  limits: LoginLimits;
  events: EventHub;
  counts: RequestCounts;
}

/** What is known of a request beside itself. */
export interface WebEnv {
  Bindings: { address: string; secure: boolean };
  Variables: { signedIn: SignedIn | undefined };
}

export type WebContext = Context<WebEnv>;
export type Handler = (context: WebContext) => Response | Promise<Response>;

/** The handlers of one noun, by their names in the table of authorisation. */
export type Routes<Name extends RouteName> = Record<Name, Handler>;

/** Who is asking, on a route that needs a login: the table has already seen to it that there is somebody. */
export function userOf(context: WebContext): User {
  const signedIn = context.get("signedIn");
  if (!signedIn) throw new Error(`Cannot tell who asks for ${context.req.routePath}: the route needs no login`);
  return signedIn.user;
}
