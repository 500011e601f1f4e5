import { environmentForBox } from "./environment.ts";
import { until } from "./until.ts";

/** A command of the program, in a process of its own. */
export function programCommand(args: string[], environment: Record<string, string>): Deno.Command {
  return new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-check", new URL("../../main.ts", import.meta.url).pathname, ...args],
    clearEnv: true,
    env: { ...environmentForBox(), ...environment },
    stdout: "piped",
    stderr: "piped",
  });
}

/** Waits until a command of the program has ended. @returns its exit code, and all that it printed */
export async function runProgram(args: string[], environment: Record<string, string>) {
  const { code, stdout, stderr } = await programCommand(args, environment).output();
  const decoder = new TextDecoder();
  return { code, text: decoder.decode(stdout) + decoder.decode(stderr) };
}

/** The program as a person or systemd runs it: a process of its own. */
export class Program implements AsyncDisposable {
  /** Its own, in which its data folder is, unless the environment names another. */
  readonly folder: string;
  readonly #process: Deno.ChildProcess;
  #text = "";
  readonly #reading: Promise<unknown>;

  constructor(args: string[], environment: Record<string, string> = {}) {
    this.folder = Deno.makeTempDirSync({ prefix: "sonodesk-process-" });
    this.#process = programCommand(args, {
      SONODESK_HOST: "127.0.0.1",
      SONODESK_DATA: `${this.folder}/data`,
      SONODESK_WEB_PORT: "0",
      SONODESK_WORKLIST_PORT: "0",
      SONODESK_STORAGE_PORT: "0",
      ...environment,
    }).spawn();
    const read = async (stream: ReadableStream<Uint8Array<ArrayBuffer>>) => {
      for await (const text of stream.pipeThrough(new TextDecoderStream())) this.#text += text;
    };
    this.#reading = Promise.all([read(this.#process.stdout), read(this.#process.stderr)]);
  }

  get text(): string {
    return this.#text;
  }

  /** Waits until it has printed this. */
  printed(pattern: RegExp): Promise<RegExpExecArray> {
    return until(() => `it prints ${pattern}, but: ${this.#text}`, () => pattern.exec(this.#text) ?? undefined);
  }

  stop(signal: Deno.Signal): void {
    this.#process.kill(signal);
  }

  /** Its exit code, once it has ended by itself. */
  async ended(): Promise<number> {
    const { code } = await this.#process.status;
    await this.#reading;
    return code;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      this.#process.kill("SIGKILL");
    } catch (error) {
      if (!(error instanceof TypeError)) throw error; // it has ended already
    }
    await this.#process.status;
    await this.#reading;
    await Deno.remove(this.folder, { recursive: true });
  }
}
