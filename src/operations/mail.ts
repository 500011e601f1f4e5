import type { Config } from "../settings/config.ts";
import { Refused, say, type Sentence } from "../sentences.ts";
import { wordsOf } from "./finding.ts";

/** How long each answer of a mail server may take, milliseconds. */
const PATIENCE = 15_000;

/** Where e-mails go, and by which server. */
export interface MailSettings {
  /** Addresses with commas between them. */
  to: string;
  /** One address. */
  from: string;
  /** Name or IP address. */
  host: string;
  /** TCP. */
  port: number;
  /** `starttls`: TLS begins after a word in the clear, or nothing is sent. */
  security: Config["smtpSecurity"];
  /** No login where it is left out. */
  login?: { user: string; password: string };
  /** Certificates of the authorities it trusts, PEM; the system's own where left out. */
  authorities?: string;
}

/** A text for people. */
export interface Mail {
  /** One line. */
  subject: string;
  /** Lines. */
  text: string;
}

/** The mail server could not be reached or has not taken it: why and what to do. */
export class MailRefused extends Refused {}

/**
 * How mails are sent as the settings say; undefined where nobody is told by mail.
 *
 * @throws MailRefused where something of it is missing, or a password would go in the clear
 */
export function mailSettings(config: Config): MailSettings | undefined {
  const { alertEmail: to, smtpHost: host, smtpPort: port, smtpSecurity: security } = config;
  if (to === undefined) return undefined;
  if (host === undefined) throw new MailRefused(say("mail-no-server"));
  const { smtpUsername: user, smtpPassword: password, smtpFrom, smtpAuthorities } = config;
  if (security === "none" && user !== undefined) throw new MailRefused(say("mail-login-in-the-clear"));
  const from = smtpFrom ?? (user?.includes("@") ? user : to);
  let authorities: string | undefined;
  try {
    authorities = smtpAuthorities === undefined ? undefined : Deno.readTextFileSync(smtpAuthorities);
  } catch (error) {
    throw new MailRefused(say("mail-no-authorities", { why: wordsOf(error) }), { cause: error });
  }
  return {
    ...{ to, from: from.split(",")[0]!.trim(), host, port, security },
    ...(user !== undefined && { login: { user, password: password ?? "" } }),
    ...(authorities !== undefined && { authorities }),
  };
}

/** Sends an e-mail. @throws MailRefused */
export async function sendMail(settings: MailSettings, { subject, text }: Mail, signal?: AbortSignal): Promise<void> {
  const { from, to } = settings;
  await withServer(settings, signal, (server) => server.sendMail({ from, to: to.split(", "), subject, text }));
}

/** Signs in at a mail server and leaves. @throws MailRefused */
export async function signInForMail(settings: MailSettings): Promise<void> {
  await withServer(settings, undefined, (server) => server.verify());
}

type Server = ReturnType<typeof import("nodemailer").createTransport>;

async function withServer(
  settings: MailSettings,
  signal: AbortSignal | undefined,
  work: (server: Server) => Promise<unknown>,
): Promise<void> {
  const { createTransport } = await import("nodemailer"); // loaded only where it is needed
  const { host, port, security, login, authorities } = settings;
  const server = createTransport({
    ...{ host, port, secure: security === "tls", requireTLS: security === "starttls", ignoreTLS: security === "none" },
    ...(login && { auth: { user: login.user, pass: login.password } }),
    tls: { minVersion: "TLSv1.2", ...(authorities && { ca: authorities }) },
    ...{ connectionTimeout: PATIENCE, greetingTimeout: PATIENCE, socketTimeout: PATIENCE, dnsTimeout: PATIENCE },
    ...{ disableFileAccess: true, disableUrlAccess: true },
  });
  const ended = Promise.withResolvers<never>();
  ended.promise.catch(() => {}); // heard below, where it still matters
  const end = () => {
    server.close();
    ended.reject(new Error("the box stops"));
  };
  signal?.addEventListener("abort", end);
  try {
    signal?.throwIfAborted();
    await Promise.race([work(server), ended.promise]);
  } catch (error) {
    throw new MailRefused(refusalOf(error, settings), { cause: error });
  } finally {
    signal?.removeEventListener("abort", end);
    server.close();
  }
}

/** What helps, by nodemailer's code and the server's own (RFC 5321, RFC 4954). */
function refusalOf(error: unknown, { host, port, login }: MailSettings): Sentence {
  const { code = "", responseCode } = error as { code?: string; responseCode?: number };
  const why = wordsOf(error);
  if (code === "EAUTH" || responseCode === 535) return say("mail-wrong-login", { user: login?.user ?? "", why });
  if (responseCode === 530) return say("mail-wants-login", { why });
  if (/certificate|self.signed|unable to verify|altname|Issuer|NotValidForName/i.test(why)) {
    return say("mail-certificate", { why });
  }
  if (code === "ETLS" || /STARTTLS|corrupt message|InvalidContentType|wrong version/i.test(why)) {
    return say("mail-no-tls", { why });
  }
  if (code === "EENVELOPE" || (responseCode ?? 0) >= 500) return say("mail-not-taken", { why });
  return say("mail-away", { server: `${host}:${port}`, why });
}
