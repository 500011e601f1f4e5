/** How the connection is kept private, with libpq's words (PostgreSQL documentation, 32.19.1). */
export type SslMode = "disable" | "prefer" | "require" | "verify-ca" | "verify-full";

/** Where the clinic's database is and who we are there. */
export interface ClinicAddress {
  host: string;
  port: number;
  user: string;
  password: string;
  database: string;
  sslMode: SslMode;
  /** File of the authorities to trust, PEM; the system's own when undefined. */
  rootCertificate: string | undefined;
  /** The address for a person, without the password. */
  shown: string;
}

const MODES: readonly string[] = ["disable", "prefer", "require", "verify-ca", "verify-full"];

/**
 * Reads the address as the clinic's Flask backend has it: `postgresql://user:password@host:5432/database`, with
 * SQLAlchemy's driver name (`postgresql+psycopg2`) or without, and `sslmode` and `sslrootcert` as libpq knows them.
 *
 * @throws Error in words for the person who entered it, without the password
 */
export function readAddress(url: string): ClinicAddress {
  const refuse = (why: string) =>
    new Error(
      `Cannot use the address of the clinic's database: ${why}, write it as postgresql://user:password@host:5432/database`,
    );
  if (!/^postgres(ql)?(\+\w+)?:\/\//.test(url)) throw refuse("it does not begin with postgresql://");
  let parsed: URL;
  try {
    // a scheme that URL knows, so that it takes the host apart as it does for the web
    parsed = new URL(url.trim().replace(/^[^:]+:/, "http:"));
  } catch {
    throw refuse("it is no address (a special character in the password is written as %XX)");
  }
  const database = decodeURIComponent(parsed.pathname.slice(1));
  if (parsed.username === "") throw refuse("it names no user");
  if (database === "") throw refuse("it names no database");
  const given = parsed.searchParams.get("sslmode") ?? "prefer";
  const rootCertificate = parsed.searchParams.get("sslrootcert") ?? undefined;
  // as libpq does: to require a certificate authority is to check against it
  const sslMode = given === "allow" ? "prefer" : given === "require" && rootCertificate ? "verify-ca" : given;
  if (!MODES.includes(sslMode)) throw refuse(`sslmode is one of ${MODES.join(", ")}`);
  const host = parsed.hostname.replace(/^\[(.*)\]$/, "$1");
  const port = parsed.port === "" ? portOf(url) : Number(parsed.port);
  const user = decodeURIComponent(parsed.username);
  return {
    host,
    port,
    user,
    password: decodeURIComponent(parsed.password),
    database,
    sslMode: sslMode as SslMode,
    rootCertificate: rootCertificate === "system" ? undefined : rootCertificate,
    shown: `${user}@${parsed.hostname}:${port}/${database}`,
  };
}

/** `URL` drops port 80 from what it takes for the web's. */
function portOf(url: string): number {
  return /:80(?=[/?]|$)/.test(url.slice(url.lastIndexOf("@"))) ? 80 : 5432;
}
