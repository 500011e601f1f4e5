import { Refused, say, type Sentence } from "../sentences.ts";
import postgres from "postgres";

/**
 * What a failure of the clinic's database means for the one who waits:
 * `away` it is not there, try later; `login` it does not let us in; `certificate` it is not proven to be itself;
 * `mending` its tables are not as they should be; `busy` this piece did not come through now; `data` it refuses this
 * piece for good; `patient` it does not know the person.
 */
export type FailureKind = "away" | "login" | "certificate" | "mending" | "busy" | "data" | "patient";

/**
 * A failure, understood: `message` is a sentence for a person who may see patients, for the database's own words may
 * name one; `plain` is the same without them, for logs, health and whoever has not signed in.
 */
export class ClinicFailure extends Refused {
  /** What it means for the one who waits. */
  readonly kind: FailureKind;
  /** The same for logs and health: without the database's own words, which may name a patient. */
  readonly plain: Sentence | string;

  /**
   * A failure as it is understood.
   *
   * @param plain where the sentence has words of the database
   */
  constructor(kind: FailureKind, sentence: Sentence | string, cause?: unknown, plain = sentence) {
    super(sentence, { cause });
    this.kind = kind;
    this.plain = plain;
  }

  /** Whether it is about the database as a whole, so that other pieces would fail too. */
  get ofWhole(): boolean {
    return this.kind === "away" || this.kind === "login" || this.kind === "certificate";
  }
}

/** A standby, or a server that was set so. */
const READ_ONLY = "25006";

/** The kinds of SQLSTATE (PostgreSQL documentation, Appendix A), the longest prefix first. */
const KINDS: readonly [prefix: string, kind: FailureKind][] = [
  ["SD001", "patient"], // ours, see install.sql
  ["57014", "busy"], // statement timeout
  [READ_ONLY, "away"], // it may be promoted at any time
  ["25P03", "busy"], // idle in transaction timeout
  ["55P04", "mending"],
  ["42", "mending"], // no such table, column or function; no right; type that does not fit
  ["3F", "mending"],
  ["0A", "mending"],
  ["28", "login"],
  ["40", "busy"], // deadlock, serialization
  ["55", "busy"], // lock not available
  ["08", "away"],
  ["3D", "away"], // no such database
  ["53", "away"], // no room, no connections left
  ["57", "away"], // stopping, starting
  ["58", "away"],
  ["XX", "away"],
];

/**
 * Whether this is an error of the box's own making, to be logged as it is. One of the database is logged by its code: it
 * may carry what was sent and the rows.
 */
export function isOurs(error: unknown): boolean {
  return !(error instanceof ClinicFailure) && typeof (error as { code?: unknown }).code !== "string";
}

/** What has gone wrong; an error that is understood already is itself. */
export function failureOf(error: unknown): ClinicFailure {
  if (error instanceof ClinicFailure) return error;
  if (error instanceof postgres.PostgresError) {
    const kind = KINDS.find(([prefix]) => error.code.startsWith(prefix))?.[1] ?? "data";
    const message = sentence(kind, error.code, error.message);
    // of a class that is about the schema or the server only names of tables and columns are told
    const plain = ["data", "patient", "busy"].includes(kind) ? say("clinic-refuses", { why: error.code }) : message;
    return new ClinicFailure(kind, message, error, plain);
  }
  const { code = "", message } = error as { code?: string; message: string };
  const reason = REASONS[code];
  if (reason !== undefined) return new ClinicFailure("away", reason, error);
  if (
    /certificate|self.signed|unable to verify|hostname\/ip|UnknownIssuer|NotValidForName/i.test(`${code} ${message}`)
  ) {
    return new ClinicFailure("certificate", certificateSentence(`${code} ${message}`), error);
  }
  return new ClinicFailure("away", say("clinic-connection-failed", { why: message }), error);
}

const REASONS: Record<string, Sentence> = {
  ECONNREFUSED: say("clinic-nothing-answers"),
  ENOTFOUND: say("clinic-name-unknown"),
  EAI_AGAIN: say("clinic-name-unknown"),
  EHOSTUNREACH: say("clinic-unreachable"),
  ENETUNREACH: say("clinic-unreachable"),
  ETIMEDOUT: say("clinic-firewall"),
  ECONNRESET: say("clinic-closed"),
  EPIPE: say("clinic-closed"),
  CONNECTION_CLOSED: say("clinic-closed"),
  CONNECTION_DESTROYED: say("clinic-connection-closed"),
  CONNECTION_ENDED: say("clinic-connection-closed"),
};

function certificateSentence(text: string): Sentence {
  if (/expired/i.test(text)) {
    return say("clinic-certificate-expired");
  }
  if (/NotValidForName|altnames|hostname/i.test(text)) {
    return say("clinic-certificate-name");
  }
  return say("clinic-certificate-unknown");
}

/** Postgres' own words may carry a row's values only in the detail, which is left out. */
function sentence(kind: FailureKind, code: string, message: string): Sentence | string {
  if (kind === "login") {
    return say("clinic-wrong-login", { why: message });
  }
  if (code === READ_ONLY) return say("clinic-read-only");
  if (kind === "mending") return say("clinic-lacks", { why: message });
  if (kind === "busy") return say("clinic-busy", { why: message });
  if (kind === "patient") return message;
  if (kind === "data") return say("clinic-refuses-with", { code, why: message });
  return say("clinic-not-ready", { why: message });
}

/** There is nowhere to connect to. */
export function noAddress(): ClinicFailure {
  return new ClinicFailure("away", say("clinic-no-address"));
}
