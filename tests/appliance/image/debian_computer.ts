import assert from "node:assert/strict";
import { run } from "../../support/peers.ts";
import { childrenOf, endWithChildren } from "../../support/processes.ts";

/** A root without /dev/pts has no terminal to lend. */
const QUIET = ["-o", "Dpkg::Use-Pty=0"];
const ENVIRONMENT = { DEBIAN_FRONTEND: "noninteractive", LC_ALL: "C.UTF-8", TZ: "UTC" };
/** So systemd-nspawn ends where the system in it is restarted and something else has to start it (systemd-nspawn(1)). */
const ASKED_TO_RESTART = 133;
/** How long it may take until systemd says that all is started, seconds. */
const PATIENCE = 180;

/**
 * A Debian whose systemd runs, in a folder, with the network of this computer: what is done by services, timers and a
 * restart of the computer is done by systemd itself. Without a kernel of its own: an image is for that.
 */
export class DebianComputer implements AsyncDisposable {
  readonly root: string;
  #machine: Deno.ChildProcess | undefined;
  #printed: Promise<string> | undefined;

  private constructor(root: string) {
    this.root = root;
  }

  /** @param suite of Debian, such as "trixie" @param packages what it has besides systemd */
  static async make(root: string, suite: string, packages: readonly string[]): Promise<DebianComputer> {
    const all = ["systemd", "systemd-sysv", "dbus", "init-system-helpers", "procps", ...packages].join(",");
    const options = ["--quiet", "--variant=apt", "--mode=root", `--include=${all}`];
    await succeeds("mmdebstrap", [...options, "--aptopt=APT::Install-Recommends false", suite, root]);
    return new DebianComputer(root);
  }

  /** Switches it on, and waits until all is started. */
  async switchOn(): Promise<void> {
    this.#machine = new Deno.Command("systemd-nspawn", {
      args: ["--quiet", "--register=no", "--keep-unit", "--console=pipe", "--boot", `--directory=${this.root}`],
      // systemd of Debian 13 takes no other hierarchy
      env: { SYSTEMD_NSPAWN_UNIFIED_HIERARCHY: "1" },
      stdin: "null",
      stdout: "piped",
      stderr: "null",
    }).spawn();
    this.#printed = new Response(this.#machine.stdout).text();
    await this.#untilStarted();
  }

  async #untilStarted(): Promise<void> {
    const end = performance.now() + PATIENCE * 1000;
    for (;;) {
      const { text } = await this.#run("systemctl", "is-system-running");
      if (/^(running|degraded)$/m.test(text)) return;
      assert.ok(performance.now() < end, `the computer is ${text}`);
      await new Promise((resolve) => setTimeout(resolve, 500));
    }
  }

  /** What a command printed, which must have ended well, as root. */
  async inside(command: string, ...args: string[]): Promise<string> {
    const { code, text } = await this.#run(command, ...args);
    assert.equal(code, 0, `${command} ${args.join(" ")}: ${text}`);
    return text;
  }

  /** The same, whatever its exit code. */
  #run(command: string, ...args: string[]): Promise<{ code: number; text: string }> {
    const [init] = childrenOf(this.#machine!.pid);
    if (init === undefined) return Promise.resolve({ code: 1, text: "there is none" });
    return run("nsenter", [`--target=${init}`, "--all", command, ...args], { env: ENVIRONMENT });
  }

  /** Exit code and words of a command of which nobody knows how it ends. */
  tried(command: string, ...args: string[]): Promise<{ code: number; text: string }> {
    return this.#run(command, ...args);
  }

  async apt(...args: string[]): Promise<void> {
    await this.inside("apt-get", ...QUIET, "--yes", "--no-install-recommends", ...args);
  }

  /** As a person restarts it, who waits until it is there again. */
  async restart(): Promise<void> {
    await this.#run("systemctl", "reboot");
    assert.equal((await this.#machine!.status).code, ASKED_TO_RESTART);
    await this.#printed;
    await this.switchOn();
  }

  /** Every process of it ends at once, as when the plug is pulled; what it wrote and did not sync, this kernel keeps. */
  async pullThePlug(): Promise<void> {
    if (this.#machine === undefined) return;
    endWithChildren(this.#machine.pid);
    await this.#machine.status;
    await this.#printed;
    this.#machine = undefined;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.pullThePlug();
    await Deno.remove(this.root, { recursive: true });
  }
}

async function succeeds(command: string, args: string[]): Promise<void> {
  const { code, text } = await run(command, args);
  assert.equal(code, 0, `${command}: ${text}`);
}
