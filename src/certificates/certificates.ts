import { writeWhole } from "../objects/durable_file.ts";
import { MADE_IN } from "../version.ts";
import "reflect-metadata"; // x509 stops without it
import { Buffer } from "node:buffer";
import * as x509 from "@peculiar/x509";
import { webcrypto } from "node:crypto";
import qrcode from "qrcode-generator";

/** Keys on P-256: small, quick, and known to every browser and phone. */
const ECDSA = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
/** Keys for machines that know no curves; its authority has such ones too, or they could not follow what it signs. */
const RSA = {
  ...{ name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" },
  ...{ modulusLength: 2048, publicExponent: Uint8Array.of(1, 0, 1) },
};
const KEYS = { ECDSA, RSA };
/** What kind of keys certificates are made with. */
export type KeyKind = keyof typeof KEYS;
const DAY = 86_400_000;
/** Phones refuse certificates that are good for longer than 398 days. */
const SERVER_DAYS = 397;
const AUTHORITY_DAYS = 3650;
/** A server certificate is made anew when it has fewer days left. */
const FEWEST_DAYS_LEFT = 60;

/** What the pages and a visitor's device need to know of the certificates. */
export interface CertificateInfo {
  /** SHA-256 of the authority's certificate, in pairs of hex digits with colons. */
  fingerprint: string;
  /** The same as a QR code: its rows from the top, `#` for dark. */
  qr: string[];
  /** Host names and addresses that it is made for. */
  names: string[];
  /** When it ends, ISO 8601. */
  notAfter: string;
}

/**
 * The box's own certificate authority and the certificate it gives itself for HTTPS. The authority is made once and
 * stays, so that a device trusts it once; the certificate follows the box's names and addresses.
 */
export class BoxCertificates {
  readonly #folder: string;
  readonly #kind: KeyKind;
  #authority: Uint8Array<ArrayBuffer>;
  #authorityTime: Validity;
  #held: Held;

  private constructor(
    folder: string,
    kind: KeyKind,
    authority: Uint8Array<ArrayBuffer>,
    authorityTime: Validity,
    held: Held,
  ) {
    this.#folder = folder;
    this.#kind = kind;
    this.#authority = authority;
    this.#authorityTime = authorityTime;
    this.#held = held;
  }

  /** The authority's certificate, DER: what a device is told to trust. */
  get authority(): Uint8Array<ArrayBuffer> {
    return this.#authority;
  }

  /** When the authority ends. */
  get authorityEnds(): Date {
    return this.#authorityTime.notAfter;
  }

  /** For `Deno.serve`, PEM. */
  get key(): string {
    return this.#held.key;
  }

  /** With the authority's, PEM. */
  get cert(): string {
    return this.#held.cert;
  }

  /** The certificate that is shown now. */
  get info(): CertificateInfo {
    return this.#held.info;
  }

  /**
   * Makes a new certificate where this one lacks one of `names`, or its time is nearly over or has not come, as after
   * the clock was set; one for more names than there are now may stay.
   *
   * @returns whether there is a new one
   * @throws Error as `open` does
   */
  async follow(names: readonly string[], clock: Clock | Date = {}): Promise<boolean> {
    const { now, isTimeConfirmed } = clockOf(clock);
    const isKept = isTimely(this.#authorityTime, now) || !isTimeConfirmed;
    if (isKept && names.every((name) => this.info.names.includes(name)) && isTimely(this.#held, now)) return false;
    const anew = await BoxCertificates.open(this.#folder, names, { now, isTimeConfirmed }, this.#kind);
    this.#held = anew.#held;
    this.#authority = anew.#authority;
    this.#authorityTime = anew.#authorityTime;
    return true;
  }

  /**
   * Reads the certificates in `folder`, and makes what is missing, too old or for other names.
   *
   * @param names host names and addresses under which the box is reached
   * @param kind of the keys that are made; a folder has those of one kind
   * @throws Error when the folder cannot be read or written, or holds something else
   */
  static async open(
    folder: string,
    names: readonly string[],
    clock: Clock | Date = {},
    kind: KeyKind = "ECDSA",
  ): Promise<BoxCertificates> {
    const { now, isTimeConfirmed } = clockOf(clock);
    try {
      await Deno.mkdir(folder, { recursive: true, mode: 0o700 });
      const authority = await openAuthority(folder, now, isTimeConfirmed, kind);
      const own = await openOwn(folder, names, authority, now, kind);
      const der = new Uint8Array(authority.certificate.rawData);
      const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", der));
      const fingerprint = Buffer.from(digest).toString("hex").toUpperCase().match(/../g)!.join(":");
      return new BoxCertificates(folder, kind, der, authority.certificate, {
        ...own,
        cert: `${own.cert}\n${authority.certificate.toString("pem")}\n`,
        info: { fingerprint, qr: qrRows(fingerprint), names: [...names], notAfter: own.notAfter.toISOString() },
      });
    } catch (error) {
      throw new Error(
        `Cannot open the certificates in ${folder}: ${error instanceof Error ? error.message : error}, ` +
          `make the folder writable, or remove it to have them made anew`,
        { cause: error },
      );
    }
  }
}

/** What time it is, and whether a time server has said so. */
export interface Clock {
  /** ISO 8601. */
  now?: Date;
  /** A time server has set it. */
  isTimeConfirmed?: boolean;
}

function clockOf(clock: Clock | Date): Required<Clock> {
  const { now = new Date(), isTimeConfirmed = false } = clock instanceof Date ? { now: clock } : clock;
  return { now, isTimeConfirmed };
}

interface Held extends Validity {
  key: string;
  cert: string;
  info: CertificateInfo;
}

interface Validity {
  notBefore: Date;
  notAfter: Date;
}

/** Whether a certificate can be used for a good while yet. */
function isTimely({ notBefore, notAfter }: Validity, now: Date): boolean {
  return notBefore <= now && notAfter.getTime() - now.getTime() > FEWEST_DAYS_LEFT * DAY;
}

interface Authority {
  certificate: x509.X509Certificate;
  key: CryptoKey;
}

/**
 * The authority in the folder, or a new one. One whose time is nearly over, or has not come, was made under a wrong
 * clock or is ten years old: it makes room for another once it is sure what time it is, for each device must then be
 * told to trust that.
 */
async function openAuthority(
  folder: string,
  now: Date,
  isTimeConfirmed: boolean,
  kind: KeyKind,
): Promise<Authority> {
  const keyPem = await readIfThere(`${folder}/authority.key`);
  const certificatePem = await readIfThere(`${folder}/authority.crt`);
  if (keyPem !== undefined && certificatePem !== undefined) {
    const certificate = new x509.X509Certificate(certificatePem);
    const isKept = isTimely(certificate, now) || !isTimeConfirmed;
    if (isKept && await belongTogether(keyPem, certificate, kind)) {
      return { certificate, key: await importKey(keyPem, kind) };
    }
  }
  const keys = await newKeys(kind);
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: newSerialNumber(),
    name: `CN=Sonodesk ${newSerialNumber().slice(0, 8)}`,
    ...authorityValidity(now),
    signingAlgorithm: KEYS[kind],
    keys,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  await writeWhole(`${folder}/authority.key`, await exportKey(keys.privateKey), { mode: SECRET });
  await writeWhole(`${folder}/authority.crt`, certificate.toString("pem"), { mode: 0o644 });
  return { certificate, key: keys.privateKey };
}

async function openOwn(folder: string, names: readonly string[], authority: Authority, now: Date, kind: KeyKind) {
  const key = await readIfThere(`${folder}/box.key`);
  const cert = await readIfThere(`${folder}/box.crt`);
  if (key !== undefined && cert !== undefined) {
    const certificate = new x509.X509Certificate(cert);
    const held = certificate.getExtension(x509.SubjectAlternativeNameExtension)?.names.toJSON() ?? [];
    const sameNames = held.map(({ value }) => value).sort().join() === [...names].sort().join();
    const signed = await certificate.verify({ publicKey: await authority.certificate.publicKey.export() });
    if (sameNames && signed && isTimely(certificate, now) && await belongTogether(key, certificate, kind)) {
      return { key, cert, notBefore: certificate.notBefore, notAfter: certificate.notAfter };
    }
  }
  const keys = await newKeys(kind);
  const certificate = await x509.X509CertificateGenerator.create({
    serialNumber: newSerialNumber(),
    subject: `CN=${names[0] ?? "sonodesk"}`,
    issuer: authority.certificate.subject,
    ...validity(SERVER_DAYS, now),
    signingAlgorithm: KEYS[kind],
    publicKey: keys.publicKey,
    signingKey: authority.key,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth, x509.ExtendedKeyUsage.clientAuth]),
      new x509.SubjectAlternativeNameExtension(
        names.map((value) => ({ type: isAddress(value) ? "ip" as const : "dns" as const, value })),
      ),
      await x509.AuthorityKeyIdentifierExtension.create(authority.certificate.publicKey),
    ],
  });
  const made = { key: await exportKey(keys.privateKey), cert: certificate.toString("pem") };
  await writeWhole(`${folder}/box.key`, made.key, { mode: SECRET });
  await writeWhole(`${folder}/box.crt`, made.cert, { mode: 0o644 });
  return { ...made, notBefore: certificate.notBefore, notAfter: certificate.notAfter };
}

const MADE = Date.UTC(MADE_IN, 0, 1);

/** Good whatever the clock shows when it is made: a box without a battery begins in another year. */
function authorityValidity(now: Date): Validity {
  const since = new Date(Math.min(now.getTime() - DAY, MADE));
  return { notBefore: since, notAfter: new Date(Math.max(now.getTime(), MADE) + AUTHORITY_DAYS * DAY) };
}

/** From yesterday on: the clocks of the box and of a phone may differ. */
function validity(days: number, now: Date): Validity {
  const notBefore = new Date(now.getTime() - DAY);
  return { notBefore, notAfter: new Date(notBefore.getTime() + days * DAY) };
}

function isAddress(name: string): boolean {
  return name.includes(":") || /^\d+\.\d+\.\d+\.\d+$/.test(name);
}

function newSerialNumber(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[0]! &= 0x7f;
  return Buffer.from(bytes).toString("hex");
}

async function newKeys(kind: KeyKind): Promise<CryptoKeyPair> {
  return await webcrypto.subtle.generateKey(KEYS[kind], true, ["sign", "verify"]) as unknown as CryptoKeyPair;
}

async function exportKey(key: CryptoKey): Promise<string> {
  return x509.PemConverter.encode(await crypto.subtle.exportKey("pkcs8", key), "PRIVATE KEY");
}

async function importKey(pem: string, kind: KeyKind): Promise<CryptoKey> {
  const der = x509.PemConverter.decodeFirst(pem);
  return await crypto.subtle.importKey("pkcs8", der, KEYS[kind], true, ["sign"]);
}

async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await Deno.readTextFile(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

/** Readable for the box's own user only. */
const SECRET = 0o600;

/** Whether the key is the certificate's: of two files that are written one after the other, one may be older. */
async function belongTogether(keyPem: string, certificate: x509.X509Certificate, kind: KeyKind): Promise<boolean> {
  const bytes = crypto.getRandomValues(new Uint8Array(32));
  const signature = await crypto.subtle.sign(KEYS[kind], await importKey(keyPem, kind), bytes);
  return await crypto.subtle.verify(KEYS[kind], await certificate.publicKey.export(), signature, bytes);
}

function qrRows(text: string): string[] {
  const code = qrcode(0, "M");
  code.addData(text);
  code.make();
  const size = code.getModuleCount();
  return Array.from(
    { length: size },
    (_, row) => Array.from({ length: size }, (_, column) => code.isDark(row, column) ? "#" : " ").join(""),
  );
}
