import { endWithChildren } from "./processes.ts";
import { freePort } from "./servers.ts";
import { until } from "./until.ts";

/** The programs that an `EvePrinter` needs. */
export const PRINTER_PEERS = ["ippeveprinter", "avahi-daemon", "dbus-daemon"] as const;

/** A network of a virtual computer: sockets of QEMU and of who is at its other end, one datagram a frame. */
export interface Wire {
  computer: string;
  printer: string;
}

/** CUPS's `ippeveprinter`, an IPP Everywhere printer that keeps what it is sent, on this computer's loopback. */
export class EvePrinter implements AsyncDisposable {
  readonly port: number;
  /** What it was sent, each under a name of its own. */
  readonly spool: string;
  readonly #folder: string;
  readonly #process: Deno.ChildProcess;

  private constructor(folder: string, port: number, process: Deno.ChildProcess) {
    this.#folder = folder;
    this.spool = `${folder}/spool`;
    this.port = port;
    this.#process = process;
  }

  /** @param formats that it says it takes */
  static async start(formats: readonly string[] = ["application/pdf"], options: string[] = []): Promise<EvePrinter> {
    const eve = await EvePrinter.#begin(["-m"], "lo", [], [
      "-n",
      "localhost",
      "-f",
      formats.join(),
      ...options,
    ]);
    await until("the printer answers", async () => {
      try {
        (await Deno.connect({ hostname: "127.0.0.1", port: eve.port })).close();
        return true;
      } catch {
        return false;
      }
    });
    return eve;
  }

  /**
   * On the network of a virtual computer, where it is printer.local; it is there once the computer is on.
   *
   * @param address of it, such as `10.79.0.1/24`
   */
  static startOn({ computer, printer }: Wire, address: string): Promise<EvePrinter> {
    const cable =
      `socat UNIX-SENDTO:${computer},bind=${printer} TUN:${address},tun-type=tap,tun-name=lan,iff-no-pi,iff-up`;
    return EvePrinter.#begin(["-m", "-n"], "lan", [
      "ip link set lo up",
      `(until [ -S ${computer} ]; do sleep 0.2; done; while ! ${cable}; do rm -f ${printer}; sleep 0.2; done) &`,
    ], ["-f", "application/pdf", "-c", "/bin/true"]);
  }

  static async #begin(unshared: string[], lan: string, network: string[], options: string[]): Promise<EvePrinter> {
    const folder = await Deno.makeTempDir({ prefix: "sonodesk-printer-" });
    await Deno.mkdir(`${folder}/spool`);
    const port = Number(freePort());
    await Deno.writeTextFile(`${folder}/avahi.conf`, `[server]\nhost-name=printer\nallow-interfaces=${lan}\n`);
    const printer = [
      "ippeveprinter",
      "-p",
      String(port),
      "-d",
      `${folder}/spool`,
      "-k",
      ...options,
      "'Sunrise printer'",
    ];
    // it announces itself, or does not start: on a bus and by an avahi of its own, in a /run of its own
    const script = [
      "set -e",
      ...network,
      "mount -t tmpfs none /run && mkdir -p /run/avahi-daemon /run/dbus",
      "mount -t tmpfs none /etc/avahi/services",
      "dbus-daemon --system --print-address --nofork --nopidfile >/run/bus &",
      "until [ -s /run/bus ]; do sleep 0.1; done",
      `avahi-daemon --no-drop-root --no-chroot --no-rlimits -f ${folder}/avahi.conf &`,
      "until [ -e /run/avahi-daemon/socket ]; do sleep 0.1; done",
      `${printer.join(" ")} &`,
      "wait $!",
    ].join("\n");
    const process = new Deno.Command("unshare", {
      args: [...unshared, "sh", "-c", script],
      stdout: "null",
      stderr: "null",
    }).spawn();
    return new EvePrinter(folder, port, process);
  }

  get uri(): string {
    return `ipp://localhost:${this.port}/ipp/print`;
  }

  /** What it was sent so far: the bytes of each document. */
  documents(): Uint8Array<ArrayBuffer>[] {
    return [...Deno.readDirSync(this.spool)].filter(({ name }) => !/\.(strings|png)$/.test(name))
      .sort((one, other) => one.name.localeCompare(other.name))
      .map(({ name }) => Deno.readFileSync(`${this.spool}/${name}`))
      .filter(({ length }) => length > 0); // what its print command has printed is none
  }

  /** Somebody takes the paper out, or puts some in. */
  async paper(there: boolean): Promise<void> {
    const page = await fetch(`http://localhost:${this.port}/media`);
    const form = await page.text();
    const fields = new URLSearchParams();
    for (const [, name, options] of form.matchAll(/<select name="(\w+)">(.*?)<\/select>/gs)) {
      const [, selected = ""] = /<option selected>([^<]*)/.exec(options!) ?? [];
      fields.set(name!, name!.startsWith("level") ? there ? "250" : "0" : selected);
    }
    const answer = await fetch(`http://localhost:${this.port}/media?${fields}`);
    await answer.body?.cancel();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    endWithChildren(this.#process.pid);
    await this.#process.status;
    await Deno.remove(this.#folder, { recursive: true });
  }
}
