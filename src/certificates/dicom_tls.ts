import { removeIfThere } from "../objects/files.ts";
import { X509Certificate } from "node:crypto";
import type { Config } from "../settings/config.ts";
import { writeWhole } from "../objects/durable_file.ts";
import type { ListeningIdentity, TlsIdentity } from "../dimse/tls.ts";
import type { BoxCertificates } from "./certificates.ts";

/** A certificate as the settings page shows it. `fingerprint` is SHA-256, pairs of hex digits with colons. */
export interface CertificateSummary {
  /** Distinguished name of whom it is for. */
  subject: string;
  /** Distinguished name of who vouches for it. */
  issuer: string;
  /** SHA-256 of the whole certificate, pairs of hex digits with colons. */
  fingerprint: string;
  /** ISO 8601, UTC. */
  notAfter: string;
}

/** How the box speaks DICOM over TLS. */
export interface DicomTlsInfo {
  /** The port that is open; undefined while it is off. */
  port: number | undefined;
  /** What peers see; undefined while nothing over TLS has been needed. */
  own: CertificateSummary | undefined;
  /** Whether that is the box's own authority's work, or from files that the environment names. */
  from: "box" | "files";
  /** What peers see that know RSA alone; undefined where there is none. */
  rsa: CertificateSummary | undefined;
  /** Who certifies peers and destinations; those that the system trusts where there are none. */
  authorities: CertificateSummary[];
  /** The environment names their file: they cannot be changed on the page. */
  authoritiesFixed: boolean;
}

/** Certificates that cannot be used, in words. */
export class UnusableCertificates extends Error {
  /** As the class is called. */
  override name = "UnusableCertificates";
}

type Settings = Pick<
  Config,
  "data" | "dicomTls" | "dicomTlsPort" | "dicomTlsKey" | "dicomTlsCertificate" | "dicomTlsAuthorities"
>;

/** Who the box is over DICOM TLS, and whom it trusts (PS3.15 B.12). */
export class DicomTls {
  readonly #settings: Settings;
  readonly #openCertificates: () => Promise<BoxCertificates>;
  readonly #openRsa: (() => Promise<BoxCertificates>) | undefined;
  #identity: Promise<TlsIdentity> | undefined;

  /**
   * Opens nothing before it is needed.
   *
   * @param openCertificates the box's own, made when they are first needed
   * @param openRsa the same for machines that know RSA alone
   */
  constructor(
    settings: Settings,
    openCertificates: () => Promise<BoxCertificates>,
    openRsa?: () => Promise<BoxCertificates>,
  ) {
    this.#settings = settings;
    this.#openRsa = openRsa;
    this.#openCertificates = openCertificates;
  }

  /** Key and certificate from the files that are set, else the box's own; and the authorities it trusts. */
  identity(): Promise<TlsIdentity> {
    this.#identity ??= this.#readIdentity();
    // what could not be read now may be there later
    this.#identity.catch(() => this.#identity = undefined);
    return this.#identity;
  }

  /** The same for who is called: where the certificate is the box's own, with one for machines that know RSA alone. */
  async listening(): Promise<ListeningIdentity> {
    const identity = await this.identity();
    const rsa = await this.#rsa();
    return rsa === undefined ? identity : { ...identity, rsa: { key: rsa.key, cert: rsa.cert } };
  }

  /** None where files of the clinic's own are set: they say who the box is. */
  async #rsa(): Promise<BoxCertificates | undefined> {
    const { dicomTlsKey, dicomTlsCertificate } = this.#settings;
    return dicomTlsKey !== undefined && dicomTlsCertificate !== undefined ? undefined : await this.#openRsa?.();
  }

  /** The authority of the certificate for machines that know RSA alone, DER; undefined while there is none. */
  async rsaAuthority(): Promise<Uint8Array<ArrayBuffer> | undefined> {
    return this.#settings.dicomTls === "off" ? undefined : (await this.#rsa())?.authority;
  }

  /** Key and certificate are read anew when they are next needed. */
  renew(): void {
    this.#identity = undefined;
  }

  async #readIdentity(): Promise<TlsIdentity> {
    const { dicomTlsKey, dicomTlsCertificate } = this.#settings;
    const authorities = await this.authorities();
    if (dicomTlsKey === undefined || dicomTlsCertificate === undefined) {
      const { key, cert } = await this.#openCertificates();
      return { key, cert, authorities };
    }
    return { key: await readPem(dicomTlsKey), cert: await readPem(dicomTlsCertificate), authorities };
  }

  /** PEM; undefined where nobody is named. @throws Error when the file that the environment names cannot be read */
  async authorities(): Promise<string | undefined> {
    const { dicomTlsAuthorities } = this.#settings;
    if (dicomTlsAuthorities !== undefined) return await readPem(dicomTlsAuthorities);
    try {
      return await Deno.readTextFile(this.#keptAuthorities);
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return undefined;
      throw error;
    }
  }

  /**
   * Keeps the authorities that a person gives, or with null forgets them. Destinations are called with them from now
   * on; the box's own port has them from its next start.
   *
   * @throws UnusableCertificates
   */
  async keepAuthorities(pem: string | null): Promise<void> {
    if (this.#settings.dicomTlsAuthorities !== undefined) {
      throw new UnusableCertificates("SONODESK_DICOM_TLS_AUTHORITIES names their file: change that");
    }
    if (pem === null) {
      await removeIfThere(this.#keptAuthorities);
    } else {
      const found = summaries(pem);
      if (found.length === 0) throw new UnusableCertificates("there is no certificate in it: give it as PEM text");
      await Deno.mkdir(`${this.#settings.data}/certificates`, { recursive: true, mode: 0o700 });
      await writeWhole(this.#keptAuthorities, pem);
    }
    this.#identity = undefined;
  }

  get #keptAuthorities(): string {
    return `${this.#settings.data}/certificates/dicom-authorities.crt`;
  }

  /**
   * How DICOM over TLS stands, for the settings page.
   *
   * @param port where the box answers over TLS; undefined while it does not
   */
  async info(port: number | undefined): Promise<DicomTlsInfo> {
    const { dicomTlsKey, dicomTlsCertificate, dicomTlsAuthorities } = this.#settings;
    const identity = port === undefined ? await this.#identity : await this.identity();
    return {
      port,
      own: identity && summaries(identity.cert)[0],
      rsa: port === undefined ? undefined : summaries((await this.#rsa())?.cert ?? "")[0],
      from: dicomTlsKey !== undefined && dicomTlsCertificate !== undefined ? "files" : "box",
      authorities: summaries(await this.authorities() ?? ""),
      authoritiesFixed: dicomTlsAuthorities !== undefined,
    };
  }
}

/** The certificates of a PEM text. @throws UnusableCertificates for one that is none */
function summaries(pem: string): CertificateSummary[] {
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
  return blocks.map((block) => {
    try {
      const { subject, issuer, fingerprint256, validTo } = new X509Certificate(block);
      const inOneLine = (name: string) => (name ?? "").split("\n").join(", ");
      return {
        subject: inOneLine(subject),
        issuer: inOneLine(issuer),
        fingerprint: fingerprint256,
        notAfter: new Date(validTo).toISOString(),
      };
    } catch (error) {
      throw new UnusableCertificates(
        `a certificate in it is broken: ${error instanceof Error ? error.message : error}`,
      );
    }
  });
}

async function readPem(path: string): Promise<string> {
  try {
    return await Deno.readTextFile(path);
  } catch (error) {
    throw new Error(
      `Cannot read ${path} for DICOM over TLS: ${error instanceof Error ? error.message : error}, ` +
        `check the file that the setting names`,
      { cause: error },
    );
  }
}
