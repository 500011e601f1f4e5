import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { createInterface } from "node:readline";
import { freePort } from "../../support/servers.ts";
import type { Wire } from "../../support/eve_printer.ts";
import { run } from "../../support/peers.ts";
import { partitionOf } from "./partition.ts";
import type { WriteLog } from "./write_log.ts";

/** The program, and the variables it begins with: the second has Microsoft's keys, and starts nothing that is not signed. */
const FIRMWARE = {
  plain: ["/usr/share/OVMF/OVMF_CODE_4M.fd", "/usr/share/OVMF/OVMF_VARS_4M.fd"],
  secureBoot: ["/usr/share/OVMF/OVMF_CODE_4M.secboot.fd", "/usr/share/OVMF/OVMF_VARS_4M.ms.fd"],
} as const;
const DISKS = {
  virtual: "virtio-blk-pci",
  nvme: "nvme,serial=SD0001",
  sata: "ide-hd,bus=ide.0,serial=SD0002",
} as const;
/** What is printed while the splash is there would go to that alone. */
const TO_SERIAL = "systemd.journald.forward_to_console=1 plymouth.nolog";
/** Ports of the box that are forwarded from loopback. */
const PORTS = { http: 80, https: 443, worklist: 11112, storage: 11113, ssh: 22 } as const;

/** What the firmware of a Raspberry Pi would load from its card. */
export interface LoadedFromCard {
  kernel: string;
  initrd: string;
  commandLine: string;
}

export interface ComputerOptions {
  /** The image it boots from, which stays as it is. */
  image: string;
  /** Of its disk, such as `6G`: the image fills only its beginning. */
  diskSize?: string;
  /** A screen is attached. */
  screen?: boolean;
  /**
   * The image is a Raspberry Pi's. There is no such computer in software, so it is QEMU's own one with a Pi's processor,
   * and QEMU loads what the Pi's firmware would.
   */
  card?: LoadedFromCard;
  /** Its firmware has Secure Boot on. */
  secureBoot?: boolean;
  /** What its disk is; one of a virtual computer, which tells nothing of itself, where it is not said. */
  diskIs?: "nvme" | "sata";
  /** The disk is a file as it is, which the test may write to. */
  raw?: boolean;
  /** So too, and every write to it is logged, for `cutPower`. */
  logWrites?: boolean;
  /** IP address that it is given, of 10.0.3.0/24; 10.0.2.15 where there is none. */
  address?: string;
  /** A port of loopback that it reaches at an address of 10.0.3.0/24, port 80: another computer's pages. */
  neighbour?: { address: string; port: string };
  /** A second network, with one other on it. */
  wire?: Wire;
  /** A port of loopback at which a USB device waits to be plugged in. */
  usbDevice?: number;
}

/**
 * A PC in software: it starts from its firmware (but see `card`), and its network is a wire to loopback alone. What the box prints is on
 * its serial line. Ended by `end`; its folder goes with `remove`, so that it can be started again on the same disk.
 */
export class VirtualComputer {
  readonly ports: Record<keyof typeof PORTS, string>;
  readonly #folder: string;
  readonly #options: ComputerOptions;
  #logs: boolean;
  #process: Deno.ChildProcess | undefined;

  private constructor(folder: string, options: ComputerOptions) {
    this.#folder = folder;
    this.#options = options;
    this.#logs = options.logWrites ?? false;
    this.ports = Object.fromEntries(Object.keys(PORTS).map((name) => [name, freePort()])) as Record<
      keyof typeof PORTS,
      string
    >;
  }

  static async make(options: ComputerOptions): Promise<VirtualComputer> {
    const folder = await Deno.makeTempDir({ prefix: "sonodesk-computer-" });
    const computer = new VirtualComputer(folder, options);
    if (!options.card) await Deno.copyFile(computer.#firmware[1], `${folder}/variables.fd`);
    if (options.raw || options.logWrites) {
      await computer.#copyImage();
    } else {
      const create = ["create", "-q", "-f", "qcow2", "-b", options.image, "-F", "raw", computer.disk];
      await succeeds("qemu-img", [...create, options.diskSize ?? "4G"]);
    }
    if (options.logWrites) await Deno.writeFile(computer.log, new Uint8Array());
    return computer;
  }

  get disk(): string {
    return `${this.#folder}/disk`;
  }

  get log(): string {
    return `${this.#folder}/writes.log`;
  }

  /** How much has been logged so far, bytes. */
  get logLength(): number {
    return Deno.statSync(this.log).size;
  }

  /**
   * Brings the disk to where a power cut at `moment` of the log may leave it; from then on no writes are logged.
   * Returns how many pieces of 4 KiB were lost.
   */
  async cutPower(log: WriteLog, moment: number, survives: () => boolean): Promise<number> {
    this.#logs = false;
    await this.#copyImage();
    using disk = await Deno.open(this.disk, { write: true });
    return log.replay(disk, moment, survives);
  }

  /** Overwrites a part of the data partition with rubbish, bytes from its beginning. */
  overwriteData(from: number, length: number): void {
    const { start } = partitionOf(this.disk, "data");
    using disk = Deno.openSync(this.disk, { write: true });
    disk.seekSync(start + from, Deno.SeekMode.Start);
    for (let rest = new Uint8Array(length).fill(0x55); rest.length > 0;) rest = rest.subarray(disk.writeSync(rest));
  }

  async #copyImage(): Promise<void> {
    await succeeds("cp", ["--sparse=always", this.#options.image, this.disk]);
    await succeeds("truncate", ["--size", this.#options.diskSize ?? "4G", this.disk]);
  }

  /** How QEMU gets at the disk. */
  get #drive(): string[] {
    const file = `driver=file,node-name=file,filename=${this.disk}`;
    if (this.#logs) {
      const log = `log.driver=file,log.filename=${this.log},log-sector-size=512,log-super-update-interval=1`;
      return ["-blockdev", file, "-blockdev", `driver=blklogwrites,node-name=disk,file=file,${log}`];
    }
    const format = this.#options.raw || this.#options.logWrites ? "raw" : "qcow2";
    return ["-blockdev", file, "-blockdev", `driver=${format},node-name=disk,file=file`];
  }

  /** Switches it on. @param stick a USB stick that is in it, a file, which it starts from where it cannot from its disk */
  start({ stick }: { stick?: string } = {}): void {
    const { ports } = this;
    Deno.writeFileSync(`${this.#folder}/serial`, new Uint8Array()); // what it printed before is no answer
    const forwards = Object.entries(PORTS)
      .map(([name, port]) => `,hostfwd=tcp:127.0.0.1:${ports[name as keyof typeof PORTS]}-:${port}`);
    this.#process = new Deno.Command(this.#options.card ? "qemu-system-aarch64" : "qemu-system-x86_64", {
      args: [
        ...["-accel", this.#options.card || !isVirtualizing() ? "tcg,thread=multi" : "kvm", "-smp", "2", "-m", "2048"],
        ...this.#board,
        ...this.#drive,
        ...[
          "-device",
          `${DISKS[this.#options.diskIs ?? "virtual"]},drive=disk,bootindex=0`,
          "-device",
          "virtio-rng-pci",
        ],
        ...[
          "-netdev",
          `user,id=lan,restrict=on${this.#lan}${forwards.join("")}`,
          "-device",
          "virtio-net-pci,netdev=lan,romfile=",
        ],
        ...["-device", "qemu-xhci,id=usb"],
        ...(stick === undefined ? [] : [
          ...["-blockdev", `driver=raw,node-name=stick,file.driver=file,file.filename=${stick}`],
          ...["-device", "usb-storage,id=stick,bus=usb.0,drive=stick,removable=true,bootindex=1"],
        ]),
        ...this.#wire,
        ...this.#plugged,
        ...["-vga", "none", ...(this.#options.screen ? ["-device", "virtio-gpu-pci"] : [])],
        ...["-display", "none", "-serial", `file:${this.#folder}/serial`],
        ...["-qmp", `unix:${this.#monitor},server,nowait`],
      ],
      stdout: "null",
    }).spawn();
  }

  get #wire(): string[] {
    const { wire } = this.#options;
    if (wire === undefined) return [];
    const ends = `local.type=unix,local.path=${wire.computer},remote.type=unix,remote.path=${wire.printer}`;
    return ["-netdev", `dgram,id=wire,${ends}`, "-device", "virtio-net-pci,netdev=wire,romfile="];
  }

  get #plugged(): string[] {
    const { usbDevice } = this.#options;
    if (usbDevice === undefined) return [];
    const from = `socket,id=cable,host=127.0.0.1,port=${usbDevice}`;
    return ["-chardev", from, "-device", "usb-redir,chardev=cable,bus=usb.0"];
  }

  /** Where it is in its network, and whom it sees there: a program for each connection to them. */
  get #lan(): string {
    const { address, neighbour } = this.#options;
    return (address === undefined ? "" : `,net=10.0.3.0/24,dhcpstart=${address}`) +
      (neighbour === undefined
        ? ""
        : `,net=10.0.2.0/23,guestfwd=tcp:${neighbour.address}:80-cmd:socat STDIO TCP:127.0.0.1:${neighbour.port}`);
  }

  /** What it is, and what it starts. What the box would print on its console it prints on the serial line too. */
  get #board(): string[] {
    const { card } = this.#options;
    if (card) {
      const commandLine = `${card.commandLine} console=ttyAMA0 ${TO_SERIAL}`;
      const loaded = ["-kernel", card.kernel, "-initrd", card.initrd, "-append", commandLine];
      return ["-machine", "virt", "-cpu", "cortex-a72", ...loaded];
    }
    // else the computer itself could write the variables
    const guarded = ["-global", "driver=cfi.pflash01,property=secure,value=on", "-global", "ICH9-LPC.disable_s3=1"];
    return [
      ...["-machine", `q35,smm=${this.#options.secureBoot ? "on" : "auto"}`, "-cpu", "Nehalem"],
      ...(this.#options.secureBoot ? guarded : []),
      ...["-drive", `if=pflash,format=raw,readonly=on,file=${this.#firmware[0]}`],
      ...["-drive", `if=pflash,format=raw,file=${this.#folder}/variables.fd`],
      ...["-smbios", `type=11,value=io.systemd.boot.kernel-cmdline-extra=console=ttyS0 ${TO_SERIAL}`],
    ];
  }

  get #firmware(): typeof FIRMWARE[keyof typeof FIRMWARE] {
    return FIRMWARE[this.#options.secureBoot ? "secureBoot" : "plain"];
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

  /** Plugs a USB stick in, which is a file. */
  async plugIn(stick: string): Promise<void> {
    await this.#tell("blockdev-add", {
      driver: "raw",
      "node-name": "stick",
      file: { driver: "file", filename: stick },
    });
    await this.#tell("device_add", {
      driver: "usb-storage",
      id: "stick",
      bus: "usb.0",
      drive: "stick",
      removable: true,
    });
  }

  /** Pulls it out, whatever is being done with it. */
  async pullOut(): Promise<void> {
    await this.#tell("device_del", { id: "stick" });
    for (;;) {
      try {
        await this.#tell("blockdev-del", { "node-name": "stick" });
        return;
      } catch (error) {
        // until the computer has let go of it
        if (!/in use/.test((error as Error).message)) throw error;
        await new Promise((resolve) => setTimeout(resolve, 200));
      }
    }
  }

  /** Waits until it has switched itself off. */
  async hasEnded(): Promise<void> {
    await this.#process?.status;
    this.#process = undefined;
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
    const socket = await connected(this.#monitor);
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

/** A connection to a socket that a program has just been started for, once that listens. */
async function connected(path: string): Promise<Socket> {
  for (let tries = 0;; tries++) {
    const socket = connect(path);
    try {
      await once(socket, "connect");
      return socket;
    } catch (error) {
      if (tries === 100) throw error;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}

/** Whether this computer's processor can run another's programs itself; the device alone may be there without it. */
function isVirtualizing(): boolean {
  if (!/\b(vmx|svm)\b/.test(Deno.readTextFileSync("/proc/cpuinfo"))) return false;
  try {
    Deno.openSync("/dev/kvm", { read: true, write: true }).close();
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.PermissionDenied) return false;
    throw error;
  }
}

async function succeeds(command: string, args: string[]): Promise<void> {
  const { code, text } = await run(command, args);
  if (code !== 0) throw new Error(`${command} failed: ${text}`);
}
