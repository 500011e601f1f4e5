import { MEMORY_FLAG } from "../../appliance/tree.ts";
import { environmentForBox } from "./environment.ts";
import { MemoryGroup } from "./memory_group.ts";
import { freePort, listens } from "./ports.ts";
import { until } from "./until.ts";

/**
 * The box as a process of its own on loopback, which can be watched from outside, or killed. Where the computer lets it, the
 * kernel holds it and what it starts to the memory that the service has.
 */
export class BoxProcess implements AsyncDisposable {
  readonly folder: string;
  readonly storagePort: string;
  readonly worklistPort: string;
  readonly webPort: string;
  readonly #process: Deno.ChildProcess;
  #group: MemoryGroup | undefined;

  private constructor(
    folder: string,
    { storagePort, worklistPort, webPort }: { storagePort: string; worklistPort: string; webPort: string },
    process: Deno.ChildProcess,
    group: MemoryGroup | undefined,
  ) {
    this.webPort = webPort;
    this.folder = folder;
    this.storagePort = storagePort;
    this.worklistPort = worklistPort;
    this.#process = process;
    this.#group = group;
  }

  /**
   * On free ports, or on those that the environment names.
   *
   * @throws Error when it does not listen after a while
   */
  static async start(folder: string, environment: Record<string, string> = {}): Promise<BoxProcess> {
    const [storagePort, worklistPort, webPort] = ["STORAGE", "WORKLIST", "WEB"].map((name) =>
      environment[`SONODESK_${name}_PORT`] ?? freePort()
    ) as [string, string, string];
    const process = new Deno.Command(Deno.execPath(), {
      args: [
        "run",
        "-A",
        "--no-check",
        MEMORY_FLAG,
        new URL("../../main.ts", import.meta.url).pathname,
        "start",
      ],
      clearEnv: true,
      env: {
        ...environmentForBox(),
        SONODESK_DATA: folder,
        SONODESK_HOST: "127.0.0.1",
        SONODESK_ADMISSION: "open",
        SONODESK_WEB_PORT: webPort,
        SONODESK_WORKLIST_PORT: worklistPort,
        SONODESK_STORAGE_PORT: storagePort,
        ...environment,
      },
      stdout: "null",
      stderr: "null",
    }).spawn();
    const group = MemoryGroup.make();
    group?.add(process.pid);
    const box = new BoxProcess(folder, { storagePort, worklistPort, webPort }, process, group);
    try {
      // the pages open last; each try on a port of machines would take one of their places for a moment
      await until("the box listens", () => listens(webPort));
      return box;
    } catch (error) {
      await box.kill();
      throw error;
    }
  }

  get pid(): number {
    return this.#process.pid;
  }

  /** Resident memory, megabytes. */
  get memory(): number {
    return Number(/VmRSS:\s+(\d+)/.exec(Deno.readTextFileSync(`/proc/${this.#process.pid}/status`))![1]) / 1024;
  }

  /** The most resident memory so far, megabytes. */
  get peakMemory(): number {
    return Number(/VmHWM:\s+(\d+)/.exec(Deno.readTextFileSync(`/proc/${this.#process.pid}/status`))![1]) / 1024;
  }

  /** Open files and sockets. */
  get openFiles(): number {
    return [...Deno.readDirSync(`/proc/${this.#process.pid}/fd`)].length;
  }

  /** Like a pulled plug. */
  async kill(): Promise<void> {
    this.#signal("SIGKILL");
    await this.#process.status;
    await this.#leaveGroup();
  }

  /** In good order; returns the exit code. */
  async stop(): Promise<number> {
    this.#signal("SIGTERM");
    const { code } = await this.#process.status;
    await this.#leaveGroup();
    return code;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
  }

  async #leaveGroup(): Promise<void> {
    const group = this.#group;
    this.#group = undefined;
    await group?.remove();
  }

  #signal(signal: Deno.Signal): void {
    try {
      this.#process.kill(signal);
    } catch (error) {
      if (!(error instanceof TypeError)) throw error; // it has ended already
    }
  }
}
