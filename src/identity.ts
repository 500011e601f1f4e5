import { getLogger } from "@logtape/logtape";
import type { BoxCertificates } from "./certificates/certificates.ts";
import { DicomTls } from "./certificates/dicom_tls.ts";
import { LanNames } from "./host/network.ts";
import { isTimeConfirmed } from "./host/time_source.ts";
import type { Config } from "./settings/config.ts";

const log = getLogger(["sonodesk", "appliance"]);

/** Under which names the box is reached, and the certificates that prove it there. */
export class Identity {
  /** In the local network. */
  readonly names = new LanNames();
  /** Who the box is to machines. */
  readonly dicomTls: DicomTls;
  readonly #folder: string;
  #opening: Promise<BoxCertificates> | undefined;
  #openingRsa: Promise<BoxCertificates> | undefined;
  #opened: BoxCertificates | undefined;

  /** Opens nothing and announces nobody yet. */
  constructor(config: Config) {
    this.#folder = `${config.data}/certificates`;
    this.dicomTls = new DicomTls(config, () => this.open(), () => this.#openRsa());
  }

  /** The box's own certificates, for every name and address under which it is reached. */
  open(): Promise<BoxCertificates> {
    this.#opening ??= (async () => {
      // loaded only where it is needed: X.509 takes a while
      const { BoxCertificates } = await import("./certificates/certificates.ts");
      const options = { isTimeConfirmed: isTimeConfirmed() };
      return this.#opened = await BoxCertificates.open(this.#folder, this.names.all, options);
    })();
    return this.#opening;
  }

  /** Certificates for machines that know RSA alone, by an authority of their own. */
  #openRsa(): Promise<BoxCertificates> {
    this.#openingRsa ??= (async () => {
      const { BoxCertificates } = await import("./certificates/certificates.ts");
      return await BoxCertificates.open(
        `${this.#folder}/rsa`,
        this.names.all,
        { isTimeConfirmed: isTimeConfirmed() },
        "RSA",
      );
    })();
    return this.#openingRsa;
  }

  /** The same, where HTTPS or DICOM over TLS has opened them. */
  get opened(): Promise<BoxCertificates | undefined> {
    return Promise.resolve(this.#opening);
  }

  /** When devices stop trusting the box's own authority; undefined where it has none. */
  get authorityEnds(): Date | undefined {
    return this.#opened?.authorityEnds;
  }

  /**
   * Follows the names that the box has: who comes from now on gets a certificate for them.
   *
   * @param renewed told that there is a new one
   */
  start(renewed: () => Promise<void>): void {
    this.names.start(async () => {
      const certificates = await this.opened;
      const clock = { isTimeConfirmed: isTimeConfirmed() };
      const isNew = await certificates?.follow(this.names.all, clock);
      const isRsaNew = await (await this.#openingRsa)?.follow(this.names.all, clock);
      if (!isNew && !isRsaNew) return;
      log.info("the box has a new certificate, for {names}", { names: this.names.all.join(", ") });
      this.dicomTls.renew();
      await renewed();
    });
  }

  /** Its names are given up. */
  async stop(): Promise<void> {
    await this.names.stop();
  }
}
