import { X509Certificate } from "node:crypto";
import net from "node:net";
import tls from "node:tls";
import postgres from "postgres";
import { say } from "../sentences.ts";
import type { ClinicAddress } from "./address.ts";
import { ClinicFailure, failureOf } from "./failure.ts";
import { BRANCHES_SETTING } from "./mapping/reading.ts";

export type Sql = postgres.Sql;

export interface SessionOptions {
  /** Milliseconds until a connection stands or counts as failed. */
  connectWithin?: number;
  /** Called when the database notifies on a channel that this session listens on, with what it says. */
  onNotify?: (payload: string) => void;
  /** Branches of the clinic that the box works for, by id; all where there are none. */
  branches?: readonly string[];
}

const CONNECT_WITHIN = 10_000;

/**
 * One connection to the clinic's database, for one user at a time, used until it fails and then thrown away: whoever
 * had it decides when to try anew. Everything done with it has an end, also when the other side is silent.
 */
export class ClinicSession {
  readonly #sql: Sql;
  readonly #options: SessionOptions;
  readonly #address: ClinicAddress;
  #socket: net.Socket | undefined;
  #connecting = false;
  #connected = false;
  #closed = false;

  constructor(address: ClinicAddress, options: SessionOptions = {}) {
    this.#address = address;
    this.#options = options;
    // the library has no types for these two, and takes no other way to one connection that is never renewed
    const unlisted = {
      socket: () => this.#connect(),
      onnotify: (_channel: string, payload: string) => options.onNotify?.(payload),
    };
    this.#sql = postgres({
      host: address.host,
      port: address.port,
      user: address.user,
      pass: address.password,
      password: address.password,
      database: address.database,
      ssl: false, // the socket that it gets is private already
      max: 1,
      connect_timeout: 0,
      idle_timeout: 0,
      max_lifetime: null,
      keep_alive: 30,
      fetch_types: false,
      prepare: false, // the clinic may put a pooler between, and changes its tables under us
      target_session_attrs: undefined,
      onnotice: () => {},
      connection: { application_name: "sonodesk" },
      ...unlisted,
    });
  }

  get closed(): boolean {
    return this.#closed;
  }

  /**
   * Does something with the connection, within `milliseconds`. A failure of the connection or of time closes it.
   *
   * @throws ClinicFailure
   */
  async run<T>(milliseconds: number, work: (sql: Sql) => Promise<T>): Promise<T> {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const overdue = new Promise<never>((_, reject) => {
      timer = setTimeout(
        () => reject(new ClinicFailure("away", say("clinic-too-slow"))),
        milliseconds,
      );
    });
    const working = work(this.#sql);
    try {
      return await Promise.race([working, overdue]);
    } catch (error) {
      const failure = failureOf(error);
      if (failure.ofWhole) {
        this.close();
        await working.catch(() => {}); // it fails now that its connection is gone; the reason is known
      }
      throw failure;
    } finally {
      clearTimeout(timer);
    }
  }

  /**
   * Does something in one transaction, with time limits of its own on the server's side.
   *
   * @throws ClinicFailure; nothing was changed then, unless the answer to COMMIT was lost
   */
  async transaction<T>(mode: string, milliseconds: number, work: (sql: Sql) => Promise<T>): Promise<T> {
    return await this.run(milliseconds, async (sql) => {
      await sql.unsafe(`BEGIN ${mode}`);
      try {
        // the clinic's tables are where the functions of its owner have found them, whatever this user's path is
        await sql`
          SELECT set_config('statement_timeout', ${`${milliseconds}ms`}, true), set_config('lock_timeout', '5s', true),
            set_config('idle_in_transaction_session_timeout', ${`${milliseconds}ms`}, true),
            set_config('datestyle', 'ISO', true),
            set_config(${BRANCHES_SETTING}, ${JSON.stringify(this.#options.branches ?? [])}, true),
            set_config('search_path', coalesce(
              (SELECT substr(setting, length('search_path=') + 1) FROM pg_proc, unnest(proconfig) AS setting
                WHERE pg_proc.oid = to_regprocedure('sonodesk.mark_sent(text,text,boolean,text)')
                  AND setting LIKE 'search_path=%'),
              current_setting('search_path')), true)`;
        const result = await work(sql);
        await sql.unsafe("COMMIT");
        return result;
      } catch (error) {
        if (!failureOf(error).ofWhole && !this.#closed) await sql.unsafe("ROLLBACK");
        throw error;
      }
    });
  }

  /** Ends the connection at once; what is under way fails. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#socket?.destroy();
    // lets go of the library's own queue; it has no connection any more
    this.#sql.end({ timeout: 0 }).catch(() => {});
  }

  async #connect(): Promise<net.Socket> {
    if (this.#connecting || this.#closed) {
      // the library would connect again by itself
      this.#closed = true;
      throw new ClinicFailure("away", say("clinic-connection-closed"));
    }
    this.#connecting = true;
    const within = this.#options.connectWithin ?? CONNECT_WITHIN;
    const timer = setTimeout(
      () => this.#socket?.destroy(new ClinicFailure("away", say("clinic-no-answer"))),
      within,
    );
    try {
      const socket = await this.#openSocket();
      this.#connected = true;
      return socket;
    } catch (error) {
      this.#socket?.destroy();
      throw failureOf(error);
    } finally {
      clearTimeout(timer);
    }
  }

  async #openSocket(): Promise<net.Socket> {
    const plain = await this.#dial();
    const { sslMode } = this.#address;
    if (sslMode === "disable") return plain;
    if (!await offersTls(plain)) {
      if (sslMode === "prefer") return plain;
      throw new ClinicFailure(
        "certificate",
        say("clinic-no-encryption"),
      );
    }
    const secure = tls.connect({ socket: plain, ...tlsOptions(this.#address) });
    this.#socket = secure;
    secure.on("error", heard);
    try {
      await happens(secure, "secureConnect");
      this.#ensurePinned(secure);
    } catch (error) {
      if (failureOf(error).kind === "certificate") await this.#refuseExpired();
      throw error;
    }
    return secure;
  }

  /** Before anything is told to the server. @throws ClinicFailure when it shows another certificate than was confirmed */
  #ensurePinned(secure: tls.TLSSocket): void {
    const { fingerprint } = this.#address;
    if (fingerprint === undefined || shownBy(secure).fingerprint === fingerprint) return;
    secure.destroy();
    throw new ClinicFailure(
      "certificate",
      say("clinic-another-certificate"),
    );
  }

  /**
   * The certificate that the server shows, whether or not anything is to be trusted about it; undefined where it speaks
   * in the clear only. Nothing is told to the server. The session is closed then.
   *
   * @throws ClinicFailure when the server does not answer
   */
  async certificate(): Promise<ShownCertificate | undefined> {
    const timer = setTimeout(() => this.close(), this.#options.connectWithin ?? CONNECT_WITHIN);
    try {
      const plain = await this.#dial();
      if (!await offersTls(plain)) return undefined;
      const secure = tls.connect({ socket: plain, rejectUnauthorized: false });
      this.#socket = secure;
      secure.on("error", heard);
      await happens(secure, "secureConnect");
      return shownBy(secure);
    } catch (error) {
      throw failureOf(error);
    } finally {
      clearTimeout(timer);
      this.close();
    }
  }

  /** A connection as it is, which ends this session when it ends. */
  async #dial(): Promise<net.Socket> {
    const { host, port } = this.#address;
    const plain = net.connect({ host, port });
    this.#socket = plain;
    plain.on("error", heard);
    plain.on("close", () => {
      if (this.#socket === plain || this.#connected) this.close();
    });
    await happens(plain, "connect");
    plain.setNoDelay(true);
    return plain;
  }

  /**
   * The runtime calls a certificate that has expired an unknown one: this looks at it again, without trusting it, so
   * that a person hears what to do.
   *
   * @throws ClinicFailure when it has expired or is not valid yet
   */
  async #refuseExpired(): Promise<void> {
    const plain = await this.#dial();
    if (!await offersTls(plain)) return;
    const secure = tls.connect({ socket: plain, rejectUnauthorized: false });
    this.#socket = secure;
    secure.on("error", heard);
    await happens(secure, "secureConnect");
    const { valid_from: from, valid_to: to } = secure.getPeerCertificate();
    secure.destroy();
    if (Date.parse(to) < Date.now() || Date.parse(from) > Date.now()) {
      throw failureOf(new Error("certificate has expired"));
    }
  }
}

/** A server's certificate for a person to compare. `fingerprint` is SHA-256, pairs of hex digits with colons; ISO 8601. */
export interface ShownCertificate {
  /** SHA-256 of the whole certificate, pairs of hex digits with colons. */
  fingerprint: string;
  /** Distinguished name of whom it is for. */
  subject: string;
  /** When it ends, ISO 8601. */
  notAfter: string;
}

function shownBy(secure: tls.TLSSocket): ShownCertificate {
  const certificate = new X509Certificate(secure.getPeerCertificate().raw);
  return {
    fingerprint: certificate.fingerprint256,
    subject: certificate.subject.replaceAll("\n", ", "),
    notAfter: new Date(certificate.validTo).toISOString(),
  };
}

/** Whoever waits for the socket hears of its error; a later one, when nobody waits, must not end the process. */
function heard(): void {}

/** SSLRequest (PostgreSQL documentation, 54.2.10): the answer is one letter. @throws ClinicFailure */
async function offersTls(plain: net.Socket): Promise<boolean> {
  plain.write(Uint8Array.of(0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f));
  const [answer] = await happens(plain, "data") as [Uint8Array];
  if (answer.length === 1 && answer[0] === 0x53) return true;
  if (answer.length === 1 && answer[0] === 0x4e) return false;
  throw new ClinicFailure("away", say("clinic-no-postgres"));
}

function tlsOptions({ host, sslMode, rootCertificate, fingerprint }: ClinicAddress): tls.ConnectionOptions {
  const name = net.isIP(host) ? { host } : { host, servername: host };
  // one that was confirmed counts whoever issued it: it is compared as soon as it is shown
  if (sslMode === "prefer" || sslMode === "require" || fingerprint !== undefined) {
    return { ...name, rejectUnauthorized: false };
  }
  let ca: string | undefined;
  try {
    ca = rootCertificate === undefined ? undefined : Deno.readTextFileSync(rootCertificate);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new ClinicFailure("certificate", say("clinic-certificate-file", { why }));
  }
  const anyName = sslMode === "verify-ca" ? { checkServerIdentity: () => undefined } : {};
  return { ...name, rejectUnauthorized: true, ...(ca === undefined ? {} : { ca }), ...anyName };
}

/** The arguments of a socket's next event of this name. @throws its error, or that it was closed before */
function happens(socket: net.Socket, name: string): Promise<unknown[]> {
  return new Promise((resolve, reject) => {
    const settle = (done: () => void) => {
      socket.off(name, onEvent).off("error", onError).off("close", onClose);
      done();
    };
    const onEvent = (...values: unknown[]) => settle(() => resolve(values));
    const onError = (error: Error) => settle(() => reject(error));
    const onClose = () => settle(() => reject(new ClinicFailure("away", say("clinic-closed"))));
    socket.on(name, onEvent).on("error", onError).on("close", onClose);
  });
}
