import { Refused, say, type Sentence } from "../sentences.ts";
/** How the connection is kept private, with libpq's words (PostgreSQL documentation, 32.19.1). */
export type SslMode = "disable" | "prefer" | "require" | "verify-ca" | "verify-full";

/** Where the clinic's database is and who we are there. */
export interface ClinicAddress {
  /** Name or IP address, an IPv6 one without brackets. */
  host: string;
  /** 5432 where the address names none. */
  port: number;
  /** Decoded. */
  user: string;
  /** Decoded; "" for none. */
  password: string;
  /** Its name, decoded. */
  database: string;
  /** What the address says, or what is taken where it says nothing. */
  sslMode: SslMode;
  /** File of the authorities to trust, PEM; the system's own when undefined. */
  rootCertificate: string | undefined;
  /** SHA-256 of the one certificate that the server may show, pairs of hex digits with colons, where a person confirmed it. */
  fingerprint: string | undefined;
  /** Whether the server proves who it is before it is told anything, or is on the box itself. */
  proven: boolean;
  /** Whether the address says how the connection is kept private. */
  says: boolean;
  /** The address for a person, without the password. */
  shown: string;
}

const FORM = "postgresql://user:password@host:5432/database";
const MODES: readonly string[] = ["disable", "prefer", "require", "verify-ca", "verify-full"];

/**
 * Reads the address as the clinic's Flask backend has it: `postgresql://user:password@host:5432/database`, with
 * SQLAlchemy's driver name (`postgresql+psycopg2`) or without, and `sslmode` and `sslrootcert` as libpq knows them.
 *
 * `sslfingerprint` beside `sslmode=verify-full` is the box's own: that one certificate counts, whoever issued it.
 *
 * @param unsaid how private a connection to another computer is where the address does not say it
 * @throws Refused for the person who entered it, without the password
 */
export function readAddress(url: string, unsaid: SslMode = "prefer"): ClinicAddress {
  const refuse = (why: Sentence) => new Refused(say("clinic-address", { why, form: FORM }));
  if (!/^postgres(ql)?(\+\w+)?:\/\//.test(url)) throw refuse(say("address-scheme", { scheme: "postgresql://" }));
  let parsed: URL;
  try {
    // a scheme that URL knows, so that it takes the host apart as it does for the web
    parsed = new URL(url.trim().replace(/^[^:]+:/, "http:"));
  } catch {
    throw refuse(say("address-none", { form: "%XX" }));
  }
  const database = decodeURIComponent(parsed.pathname.slice(1));
  if (parsed.username === "") throw refuse(say("address-no-user"));
  if (database === "") throw refuse(say("address-no-database"));
  const host = parsed.hostname.replace(/^\[(.*)\]$/, "$1");
  const isOnBox = /^(localhost|127(\.\d{1,3}){3}|::1)$/i.test(host);
  const said = parsed.searchParams.get("sslmode");
  const given = said ?? (isOnBox ? "prefer" : unsaid);
  const rootCertificate = parsed.searchParams.get("sslrootcert") ?? undefined;
  // as libpq does: to require a certificate authority is to check against it
  const sslMode = given === "allow" ? "prefer" : given === "require" && rootCertificate ? "verify-ca" : given;
  if (!MODES.includes(sslMode)) throw refuse(say("address-mode", { modes: MODES.join(", ") }));
  const fingerprint = parsed.searchParams.get("sslfingerprint")?.toUpperCase();
  if (
    fingerprint !== undefined && (sslMode !== "verify-full" || !/^[0-9A-F]{2}(:[0-9A-F]{2}){31}$/.test(fingerprint))
  ) {
    throw refuse(say("address-fingerprint"));
  }
  const port = parsed.port === "" ? portOf(url) : Number(parsed.port);
  const user = decodeURIComponent(parsed.username);
  return {
    host,
    port,
    user,
    password: decodeURIComponent(parsed.password),
    database,
    sslMode: sslMode as SslMode,
    fingerprint,
    proven: isOnBox || sslMode === "verify-full" || sslMode === "verify-ca",
    says: said !== null || isOnBox,
    rootCertificate: rootCertificate === "system" ? undefined : rootCertificate,
    shown: `${user}@${parsed.hostname}:${port}/${database}`,
  };
}

/** The address with how the connection is kept private, and the certificate that a person has confirmed. */
export function provenAddress(url: string, fingerprint?: string): string {
  const more = `sslmode=verify-full${fingerprint === undefined ? "" : `&sslfingerprint=${fingerprint}`}`;
  return `${url.trim()}${url.includes("?") ? "&" : "?"}${more}`;
}

/** `URL` drops port 80 from what it takes for the web's. */
function portOf(url: string): number {
  return /:80(?=[/?]|$)/.test(url.slice(url.lastIndexOf("@"))) ? 80 : 5432;
}
