import { freePort, type PeerServer, startOrthanc } from "./servers.ts";
import { until } from "./until.ts";

/** Orthanc with its REST API, which knows a box as the modality `box`. */
export class OrthancPeer implements AsyncDisposable {
  readonly #server: PeerServer;
  readonly #web: string;

  private constructor(server: PeerServer, web: string) {
    this.#server = server;
    this.#web = web;
  }

  /**
   * @param boxPort where the box listens
   * @param more adds to its configuration
   */
  static async start(
    boxPort: string,
    aeTitle = "ORTHANC",
    more: Record<string, unknown> = {},
  ): Promise<OrthancPeer> {
    const web = freePort();
    const server = await startOrthanc([], {
      DicomAet: aeTitle,
      HttpServerEnabled: true,
      HttpPort: Number(web),
      AuthenticationEnabled: false,
      DicomModalities: {
        box: { AET: "STORESCP", Host: "127.0.0.1", Port: Number(boxPort), AllowStorageCommitment: true },
      },
      DicomAlwaysAllowStore: true,
      ...more,
    });
    const peer = new OrthancPeer(server, `http://127.0.0.1:${web}`);
    await until("Orthanc answers", () => peer.get("/system").then(() => true, () => false));
    return peer;
  }

  get port(): number {
    return Number(this.#server.port);
  }

  // deno-lint-ignore no-explicit-any
  async get(path: string): Promise<any> {
    const answer = await fetch(`${this.#web}${path}`);
    if (!answer.ok) throw new Error(`Orthanc answered ${path} with ${answer.status}: ${await answer.text()}`);
    return await answer.json();
  }

  /** The bytes of a file. */
  async bytes(path: string): Promise<Uint8Array> {
    const answer = await fetch(`${this.#web}${path}`);
    if (!answer.ok) throw new Error(`Orthanc answered ${path} with ${answer.status}: ${await answer.text()}`);
    return await answer.bytes();
  }

  /** Posts JSON, or a file as it is. */
  // deno-lint-ignore no-explicit-any
  async post(path: string, body: unknown): Promise<any> {
    const bytes = body instanceof Uint8Array ? new Uint8Array(body) : JSON.stringify(body);
    const answer = await fetch(`${this.#web}${path}`, { method: "POST", body: bytes });
    if (!answer.ok) throw new Error(`Orthanc answered ${path} with ${answer.status}: ${await answer.text()}`);
    return await answer.json();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server[Symbol.asyncDispose]();
  }
}
