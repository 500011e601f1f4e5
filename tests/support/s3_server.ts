import type { S3Access } from "../../src/backup/target.ts";

const PROGRAM = new URL("./s3_server/", import.meta.url).pathname;
export const BUCKET = "clinic";

/**
 * A small S3 server of others' making (s3rver), in a folder of its own. It checks signatures, lists in pages, and takes
 * uploads in parts; unlike Amazon's it does not check the hash of a body.
 */
export class S3Server implements AsyncDisposable {
  readonly access: S3Access;
  readonly folder: string;
  readonly #process: Deno.ChildProcess;

  private constructor(folder: string, port: string, process: Deno.ChildProcess) {
    this.folder = folder;
    this.access = {
      endpoint: `http://127.0.0.1:${port}`,
      region: "us-east-1",
      accessKeyId: "S3RVER", // the one it knows
      secretAccessKey: "S3RVER",
    };
    this.#process = process;
  }

  static async start(): Promise<S3Server> {
    const folder = await Deno.makeTempDir({ prefix: "sonodesk-s3-" });
    const process = new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", "--no-check", "--quiet", "--frozen", "--config", `${PROGRAM}deno.json`]
        .concat(`${PROGRAM}server.ts`, folder, BUCKET),
      cwd: PROGRAM,
      stdout: "piped",
      stderr: "inherit",
    }).spawn();
    const reader = process.stdout.pipeThrough(new TextDecoderStream()).getReader();
    let said = "";
    while (!said.includes("\n")) {
      const { value, done } = await reader.read();
      if (done) throw new Error("The S3 server did not start");
      said += value;
    }
    await reader.cancel();
    return new S3Server(folder, said.trim(), process);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#process.kill("SIGKILL");
    await this.#process.status;
    await Deno.remove(this.folder, { recursive: true });
  }
}
