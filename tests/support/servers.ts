import { Dataset } from "../../src/dicom/dataset.ts";
import { Tag } from "../../src/dicom/dictionary.ts";
import { writeFileMeta } from "../../src/dicom/file_meta.ts";
import { EXPLICIT_LITTLE_ENDIAN } from "../../src/dicom/transfer_syntax.ts";
import { newUid } from "../../src/dicom/uid.ts";
import { writeDataset } from "../../src/dicom/write_dataset.ts";
import { freePort, listens } from "./ports.ts";
import { until } from "./until.ts";

export { freePort };

/** A server of somebody else's on a port of loopback, ended with the test. */
export class PeerServer implements AsyncDisposable {
  readonly port: string;
  readonly folder: string;
  readonly #process: Deno.ChildProcess;
  readonly #isLeft: boolean;

  private constructor(port: string, folder: string, process: Deno.ChildProcess, isLeft: boolean) {
    this.port = port;
    this.folder = folder;
    this.#process = process;
    this.#isLeft = isLeft;
  }

  get pid(): number {
    return this.#process.pid;
  }

  /**
   * @param within a folder in which its own is made and left, for whoever removes all of them together
   * @throws Error when it does not listen after a while
   */
  static async start(
    command: string,
    args: (port: string, folder: string) => string[],
    prepare: (folder: string, port: string) => void = () => {},
    within?: string,
  ): Promise<PeerServer> {
    const folder = await Deno.makeTempDir({ prefix: "sonodesk-peer-", ...(within !== undefined && { dir: within }) });
    const port = freePort();
    prepare(folder, port);
    const process = new Deno.Command(command, {
      args: args(port, folder),
      env: { TCP_NODELAY: "1" },
      stdout: "null",
      stderr: "null",
    }).spawn();
    const server = new PeerServer(port, folder, process, within !== undefined);
    try {
      await until(`${command} listens on port ${port}`, () => listens(port));
      return server;
    } catch (error) {
      await server[Symbol.asyncDispose]();
      throw error;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      this.#process.kill("SIGTERM");
    } catch (error) {
      if (!(error instanceof TypeError)) throw error; // it has ended already
    }
    await this.#process.status;
    if (!this.#isLeft) await Deno.remove(this.folder, { recursive: true });
  }
}

/** DCMTK's worklist server over these items. */
export function startWlmscpfs(items: readonly Dataset[], options: string[] = []): Promise<PeerServer> {
  return PeerServer.start(
    "wlmscpfs",
    (port, folder) => ["-dfp", folder, "-csk", "-dfr", ...options, port],
    (folder) => {
      Deno.mkdirSync(`${folder}/STORESCP`);
      Deno.writeTextFileSync(`${folder}/STORESCP/lockfile`, "");
      writeItems(`${folder}/STORESCP`, items);
    },
  );
}

/** Orthanc as worklist and storage server; `more` adds to its configuration. */
export function startOrthanc(
  items: readonly Dataset[] = [],
  more: Record<string, unknown> = {},
  within?: string,
): Promise<PeerServer> {
  return PeerServer.start(
    "/usr/sbin/Orthanc",
    (_port, folder) => [`${folder}/orthanc.json`],
    (folder, port) => {
      Deno.mkdirSync(`${folder}/worklists`);
      writeItems(`${folder}/worklists`, items);
      Deno.writeTextFileSync(
        `${folder}/orthanc.json`,
        JSON.stringify({
          Name: "peer",
          StorageDirectory: `${folder}/storage`,
          IndexDirectory: `${folder}/storage`,
          DicomPort: Number(port),
          DicomAet: "STORESCP",
          DicomCheckCalledAet: false,
          DicomAlwaysAllowStore: true,
          DicomAlwaysAllowFind: true,
          DicomAlwaysAllowFindWorklist: true,
          HttpServerEnabled: false,
          LimitFindResults: 0,
          Plugins: ["/usr/share/orthanc/plugins/libModalityWorklists.so"],
          Worklists: { Enable: true, Database: `${folder}/worklists`, FilterIssuerAet: false, LimitAnswers: 0 },
          ...more,
        }),
      );
    },
    within,
  );
}

function writeItems(folder: string, items: readonly Dataset[]): void {
  items.forEach((item, index) => {
    const meta = writeFileMeta({
      sopClassUid: "1.2.276.0.7230010.3.1.0.1",
      sopInstanceUid: newUid(),
      transferSyntaxUid: EXPLICIT_LITTLE_ENDIAN.uid,
      sourceAeTitle: "",
    });
    const named = item.has(Tag.SpecificCharacterSet)
      ? item
      : item.setText(Tag.SpecificCharacterSet, "CS", "ISO_IR 192");
    const data = writeDataset(named, EXPLICIT_LITTLE_ENDIAN);
    const bytes = new Uint8Array(meta.length + data.length);
    bytes.set(meta);
    bytes.set(data, meta.length);
    Deno.writeFileSync(`${folder}/${String(index).padStart(6, "0")}.wl`, bytes);
  });
}
