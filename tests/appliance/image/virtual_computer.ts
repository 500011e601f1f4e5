import { connect } from "node:net";
import { createInterface } from "node:readline";
import { freePort } from "../../support/servers.ts";
import { run } from "../../support/peers.ts";

const FIRMWARE = "/usr/share/OVMF/OVMF_CODE.fd";
const FIRMWARE_VARIABLES = "/usr/share/OVMF/OVMF_VARS.fd";
/** Ports of the box that are forwarded from loopback. */
const PORTS = { http: 80, https: 443, worklist: 11112, storage: 11113 } as const;

export interface ComputerOptions {
  /** The image it boots from, which stays as it is. */
  image: string;
  /** Of its disk, such as `6G`: the image fills only its beginning. */
  diskSize?: string;
  /** A screen is attached. */
  screen?: boolean;
}

/**
 * A PC in software: it starts from its firmware, and its network is a wire to loopback alone. What the box prints is on
 * its serial line. Ended by `end`; its folder goes with `remove`, so that it can be started again on the same disk.
 */
export class VirtualComputer {
  readonly ports: Record<keyof typeof PORTS, string>;
  readonly #folder: string;
  readonly #options: ComputerOptions;
  #process: Deno.ChildProcess | undefined;

  private constructor(folder: string, options: ComputerOptions) {
    this.#folder = folder;
    this.#options = options;
    this.ports = Object.fromEntries(Object.keys(PORTS).map((name) => [name, freePort()])) as Record<
      keyof typeof PORTS,
      string
    >;
  }

  static async make(options: ComputerOptions): Promise<VirtualComputer> {
    const folder = await Deno.makeTempDir({ prefix: "sonodesk-computer-" });
    const computer = new VirtualComputer(folder, options);
    await Deno.copyFile(FIRMWARE_VARIABLES, `${folder}/variables.fd`);
    const create = ["create", "-q", "-f", "qcow2", "-b", options.image, "-F", "raw", computer.disk];
    const { code, text } = await run("qemu-img", [...create, options.diskSize ?? "4G"]);
    if (code !== 0) throw new Error(text);
    return computer;
  }

  get disk(): string {
    return `${this.#folder}/disk.qcow2`;
  }

  /** Switches it on. */
  start(): void {
    const { ports } = this;
    const forwards = Object.entries(PORTS)
      .map(([name, port]) => `,hostfwd=tcp:127.0.0.1:${ports[name as keyof typeof PORTS]}-:${port}`);
    this.#process = new Deno.Command("qemu-system-x86_64", {
      args: [
        ...["-machine", "q35", "-accel", "tcg,thread=multi", "-cpu", "Nehalem", "-smp", "2", "-m", "2048"],
        ...["-drive", `if=pflash,format=raw,readonly=on,file=${FIRMWARE}`],
        ...["-drive", `if=pflash,format=raw,file=${this.#folder}/variables.fd`],
        ...["-drive", `if=none,id=disk,format=qcow2,discard=unmap,file=${this.disk}`],
        ...["-device", "virtio-blk-pci,drive=disk", "-device", "virtio-rng-pci"],
        ...["-netdev", `user,id=lan,restrict=on${forwards.join("")}`, "-device", "virtio-net-pci,netdev=lan"],
        ...["-vga", "none", ...(this.#options.screen ? ["-device", "virtio-gpu-pci"] : [])],
        ...[
          "-display",
          "none",
          "-serial",
          `file:${this.#folder}/serial`,
          "-qmp",
          `unix:${this.#monitor},server,nowait`,
        ],
        // what the box would print on its console it prints on the serial line too
        "-smbios",
        "type=11,value=io.systemd.boot.kernel-cmdline-extra=console=ttyS0 systemd.journald.forward_to_console=1",
      ],
      stdout: "null",
    }).spawn();
  }

  get #monitor(): string {
    return `${this.#folder}/monitor`;
  }

  /** What it has printed since it was last switched on. */
  get printed(): string {
    return new TextDecoder().decode(Deno.readFileSync(`${this.#folder}/serial`));
  }

  /** Waits for `pattern` in what it prints. @throws Error after `seconds`, or when it has ended */
  async prints(pattern: RegExp, seconds: number): Promise<RegExpExecArray> {
    const end = performance.now() + seconds * 1000;
    for (;;) {
      const found = pattern.exec(this.printed);
      if (found) return found;
      if (performance.now() > end) throw new Error(`It did not print ${pattern}:\n${this.printed.slice(-3000)}`);
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  }

  /** A picture of its screen as it is now, to a PNG file. */
  async screenshot(path: string): Promise<void> {
    await this.#tell("screendump", { filename: path, format: "png" });
  }

  /** Presses and releases keys together, by QEMU's names. */
  async press(...keys: string[]): Promise<void> {
    await this.#tell("send-key", { keys: keys.map((data) => ({ type: "qcode", data })) });
  }

  /** Pulls the plug. */
  async end(): Promise<void> {
    try {
      this.#process?.kill("SIGKILL");
    } catch (error) {
      if (!(error instanceof TypeError)) throw error; // it has ended already
    }
    await this.#process?.status;
    this.#process = undefined;
  }

  async remove(): Promise<void> {
    await this.end();
    await Deno.remove(this.#folder, { recursive: true });
  }

  /** One command of QEMU's machine protocol. */
  async #tell(execute: string, args: unknown): Promise<void> {
    const socket = connect(this.#monitor);
    try {
      const lines = createInterface({ input: socket })[Symbol.asyncIterator]();
      const answer = async () => {
        for (;;) {
          const { done, value } = await lines.next();
          if (done) throw new Error(`QEMU did not answer ${execute}`);
          const line = JSON.parse(value);
          if (line.error) throw new Error(`QEMU refused ${execute}: ${line.error.desc}`);
          if ("return" in line || "QMP" in line) return;
        }
      };
      await answer();
      for (const command of [{ execute: "qmp_capabilities" }, { execute, arguments: args }]) {
        socket.write(JSON.stringify(command) + "\n");
        await answer();
      }
    } finally {
      socket.destroy();
    }
  }
}
