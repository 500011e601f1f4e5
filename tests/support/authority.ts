import "reflect-metadata"; // x509 stops without it
import { Buffer } from "node:buffer";
import * as x509 from "@peculiar/x509";
import { run } from "./peers.ts";

/** A certificate with its key, as the paths of PEM files. */
export interface CertificateFiles {
  key: string;
  cert: string;
}

const EC = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"];

/** An authority made by openssl for one test, in a folder that goes with it. */
export class TestAuthority implements AsyncDisposable {
  readonly folder: string;

  private constructor(folder: string) {
    this.folder = folder;
  }

  static async make(): Promise<TestAuthority> {
    const authority = new TestAuthority(await Deno.makeTempDir({ prefix: "sonodesk-authority-" }));
    await authority.#openssl(
      "req",
      "-x509",
      ...EC,
      ...["-keyout", "authority.key", "-out", "authority.crt", "-subj", "/CN=A test's authority", "-days", "30"],
    );
    return authority;
  }

  /** Of the authority itself, for those who trust it. */
  get cert(): string {
    return `${this.folder}/authority.crt`;
  }

  /** Certifies a name for ten days. */
  async certify(name: string): Promise<CertificateFiles> {
    await Deno.writeTextFile(
      `${this.folder}/${name}.ext`,
      "basicConstraints=CA:FALSE\nsubjectAltName=IP:127.0.0.1\nextendedKeyUsage=serverAuth,clientAuth\n",
    );
    await this.#openssl("req", ...EC, "-keyout", `${name}.key`, "-out", `${name}.csr`, "-subj", `/CN=${name}`);
    await this.#openssl(
      ...["x509", "-req", "-in", `${name}.csr`, "-CA", "authority.crt", "-CAkey", "authority.key"],
      ...["-CAcreateserial", "-extfile", `${name}.ext`, "-out", `${name}.crt`, "-days", "10"],
    );
    return { key: `${this.folder}/${name}.key`, cert: `${this.folder}/${name}.crt` };
  }

  /** A certificate that ended yesterday. Newer OpenSSL refuses to make one, so this is not made by it. */
  async certifyExpired(name: string): Promise<CertificateFiles> {
    const files = await this.certify(name);
    const good = new x509.X509Certificate(await Deno.readTextFile(files.cert));
    const [, pem] = /-----BEGIN PRIVATE KEY-----([^-]*)-----/.exec(
      await Deno.readTextFile(`${this.folder}/authority.key`),
    )!;
    const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
    const signingKey = await crypto.subtle.importKey("pkcs8", Buffer.from(pem!, "base64"), algorithm, false, ["sign"]);
    const expired = await x509.X509CertificateGenerator.create({
      subject: good.subject,
      issuer: good.issuer,
      publicKey: good.publicKey,
      extensions: good.extensions,
      notBefore: new Date(Date.now() - 3 * 86_400_000),
      notAfter: new Date(Date.now() - 86_400_000),
      signingAlgorithm: algorithm,
      signingKey,
    });
    await Deno.writeTextFile(files.cert, expired.toString("pem"));
    return files;
  }

  async #openssl(...args: string[]): Promise<void> {
    const { code, text } = await run("openssl", args, { cwd: this.folder });
    if (code !== 0) throw new Error(`openssl ${args[0]} failed: ${text}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(this.folder, { recursive: true });
  }
}
