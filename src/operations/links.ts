import { openTarget } from "../backup/open_target.ts";
import { type S3Access, type Target, TargetRefusal } from "../backup/target.ts";
import type { ClinicAddress } from "../clinic/address.ts";
import { failureOf } from "../clinic/failure.ts";
import { signIn } from "../clinic/sign_in.ts";
import type { TlsIdentity } from "../dimse/tls.ts";
import { Refused, say, type Sentence, toldOf } from "../sentences.ts";
import type { EchoResult, Peer } from "../services/echo_check.ts";
import { checkBackupDisk } from "./box_checks.ts";
import { failed, type Finding, ok, wordsOf } from "./finding.ts";
export type { Steps };
import { type MailSettings, signInForMail } from "./mail.ts";
import { type Steps, tryTls, tryToReach } from "./link_steps.ts";

/** All that was tried. */
export async function tried(steps: Steps): Promise<Finding[]> {
  const findings: Finding[] = [];
  for await (const finding of steps) findings.push(finding);
  return findings;
}

/** The clinic's database: name, address, port, TLS, login. Nothing is told to a server that does not prove who it is. */
export async function* tryClinic(address: ClinicAddress): Steps {
  if (!(yield* tryToReach(address))) return false;
  const [tls, login] = [say("check-link-tls"), say("check-link-login")];
  const isPrivate = address.sslMode !== "disable";
  try {
    await signIn(address);
    if (isPrivate) yield ok(tls, say("link-tls-agreed"));
    yield ok(login, say("link-login-taken", { user: address.user }));
    return true;
  } catch (error) {
    const { kind, sentence, plain } = failureOf(error);
    const why = sentence ?? plain;
    if (kind === "certificate") {
      yield failed(tls, why);
      return false;
    }
    if (isPrivate && kind === "login") yield ok(tls, say("link-tls-agreed"));
    yield failed(kind === "login" ? login : say("check-link-database"), why);
    return false;
  }
}

/** A machine, or where images are forwarded to: name, address, port, TLS, C-ECHO. */
export async function* tryPeer(
  peer: Peer,
  identity: () => Promise<TlsIdentity>,
  echo: (peer: Peer) => Promise<EchoResult>,
): Steps {
  const { address: host, port } = peer;
  if (host === "") {
    yield failed(say("check-link-address"), say("echo-no-address"));
    return false;
  }
  if (!(yield* tryToReach({ host, port }))) return false;
  if (peer.tls) {
    const { key, cert, authorities } = await identity();
    // as the box does it: where authorities are named the name in a certificate does not count
    const trusted = authorities && { ca: authorities, checkServerIdentity: () => undefined };
    if (!(yield* tryTls({ host, port }, { key, cert, ...trusted }))) return false;
  }
  const { ok: answered, detail, coded } = await echo(peer);
  const how = answered ? ok : failed;
  yield how(say("check-link-echo"), coded ?? detail);
  return answered;
}

/** A bucket: name, address, port, TLS, key, and that it takes a file. */
export async function* tryBucket(folder: string, s3: S3Access | undefined): Steps {
  let target: Target;
  try {
    target = await openTarget(folder, s3);
  } catch (error) {
    yield failed(say("check-link-settings"), refusalOf(error));
    return false;
  }
  const { protocol, hostname, port } = new URL(s3!.endpoint);
  const host = hostname.replace(/^\[(.*)\]$/, "$1");
  const called = { host, port: Number(port) || (protocol === "https:" ? 443 : 80) };
  if (!(yield* tryToReach(called))) return false;
  if (protocol === "https:" && !(yield* tryTls(called))) return false;
  const login = say("check-link-login");
  try {
    await target.list("snapshots");
    yield ok(login, say("link-key-taken"));
  } catch (error) {
    yield failed(refusalOf(error).code === "s3-no-bucket" ? say("check-link-bucket") : login, refusalOf(error));
    return false;
  }
  const writing = say("check-link-writing");
  const path = `probe-${crypto.randomUUID()}`;
  try {
    await target.write(path, new Response("").body!);
    await target.remove(path);
    yield ok(writing, say("link-can-write"));
    return true;
  } catch (error) {
    yield failed(writing, refusalOf(error));
    return false;
  }
}

/** A mail server: name, address, port, TLS, login. @param settings what is missing where they cannot be used */
export async function* tryMail(settings: MailSettings | Sentence): Steps {
  if ("code" in settings) {
    yield failed(say("check-link-settings"), settings);
    return false;
  }
  const { host, port, security, authorities, login } = settings;
  if (!(yield* tryToReach({ host, port }))) return false;
  if (security === "tls" && !(yield* tryTls({ host, port }, authorities ? { ca: authorities } : {}))) return false;
  const [tls, mail] = [say("check-link-tls"), say("check-link-mail")];
  try {
    await signInForMail(settings);
    if (security === "starttls") yield ok(tls, say("link-tls-agreed"));
    yield ok(login ? say("check-link-login") : mail, say("link-mail-ready"));
    return true;
  } catch (error) {
    const why = refusalOf(error);
    const isTls = why.code === "mail-no-tls" || why.code === "mail-certificate";
    if (!isTls && security === "starttls" && why.code === "mail-wrong-login") yield ok(tls, say("link-tls-agreed"));
    yield failed(isTls ? tls : why.code === "mail-wrong-login" ? say("check-link-login") : mail, why);
    return false;
  }
}

/** A disk for backups. */
export async function* tryDisk(folder: string): Steps {
  const finding = checkBackupDisk(folder);
  yield finding;
  return finding.how === "ok";
}

/** What a target says, without its name. */
function refusalOf(error: unknown): Sentence {
  if (error instanceof TargetRefusal) return error.why;
  const { detail, coded } = toldOf(error);
  return error instanceof Refused && coded ? coded : say("link-other-trouble", { why: detail || wordsOf(error) });
}
