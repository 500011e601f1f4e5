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

  /** Certifies a name; with fewer than no days the certificate has expired. */
  async certify(name: string, days = 10): Promise<CertificateFiles> {
    await Deno.writeTextFile(
      `${this.folder}/${name}.ext`,
      "basicConstraints=CA:FALSE\nsubjectAltName=IP:127.0.0.1\nextendedKeyUsage=serverAuth,clientAuth\n",
    );
    await this.#openssl("req", ...EC, "-keyout", `${name}.key`, "-out", `${name}.csr`, "-subj", `/CN=${name}`);
    await this.#openssl(
      ...["x509", "-req", "-in", `${name}.csr`, "-CA", "authority.crt", "-CAkey", "authority.key"],
      ...["-CAcreateserial", "-extfile", `${name}.ext`, "-out", `${name}.crt`, "-days", String(days)],
    );
    return { key: `${this.folder}/${name}.key`, cert: `${this.folder}/${name}.crt` };
  }

  async #openssl(...args: string[]): Promise<void> {
    const { code, text } = await run("openssl", args, { cwd: this.folder });
    if (code !== 0) throw new Error(`openssl ${args[0]} failed: ${text}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(this.folder, { recursive: true });
  }
}
