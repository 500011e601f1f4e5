import assert from "node:assert/strict";
import { run } from "../support/peers.ts";

/**
 * A network of its own, in namespaces: one for each computer, all on one switch. Nothing of it can be reached from
 * outside, nor it anything there.
 */
export class Lan implements AsyncDisposable {
  readonly #prefix = `sd${Deno.pid}`;
  readonly #names: string[] = [];
  readonly #processes: Deno.ChildProcess[] = [];

  static async make(): Promise<Lan> {
    const lan = new Lan();
    await lan.#namespace("switch");
    await ip("-n", lan.#full("switch"), "link", "add", "bridge", "type", "bridge");
    await ip("-n", lan.#full("switch"), "link", "set", "bridge", "up");
    return lan;
  }

  /** Plugs a computer in, with an address such as `10.77.0.2`. */
  async plug(name: string, address: string): Promise<void> {
    await this.#namespace(name);
    const [own, there] = [this.#full(name), this.#full("switch")];
    await ip("-n", own, "link", "add", "lan", "type", "veth", "peer", "name", name, "netns", there);
    await ip("-n", there, "link", "set", name, "master", "bridge", "up");
    await ip("-n", own, "address", "add", `${address}/24`, "broadcast", "+", "dev", "lan");
    await ip("-n", own, "link", "set", "lo", "up");
    await ip("-n", own, "link", "set", "lan", "up", "multicast", "on");
    await ip("-n", own, "route", "add", "224.0.0.0/4", "dev", "lan");
  }

  /** A cable straight from one computer to another, apart from the switch, such as `["box", "eth1", "10.78.0.2"]`. */
  async connect(one: [string, string, string], other: [string, string, string]): Promise<void> {
    const [[name, device], [there, plug]] = [one, other];
    await ip(
      ...["-n", this.#full(name), "link", "add", device, "type", "veth"],
      ...["peer", "name", plug, "netns", this.#full(there)],
    );
    for (const [name, device, address] of [one, other]) {
      await ip("-n", this.#full(name), "address", "add", `${address}/24`, "dev", device);
      await ip("-n", this.#full(name), "link", "set", device, "up");
    }
  }

  /** Runs a program on a computer to its end. */
  async run(name: string, ...command: string[]): Promise<{ code: number; text: string }> {
    return await run("ip", ["netns", "exec", this.#full(name), ...command]);
  }

  /** Starts a program on a computer, which is ended with the network. */
  start(name: string, ...command: string[]): void {
    this.#processes.push(
      new Deno.Command("ip", {
        args: ["netns", "exec", this.#full(name), ...command],
        stdout: "null",
        stderr: "null",
      }).spawn(),
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const process of this.#processes) {
      try {
        process.kill("SIGKILL");
      } catch (error) {
        if (!(error instanceof TypeError)) throw error; // it has ended already
      }
      await process.status;
    }
    for (const name of this.#names) await ip("netns", "delete", name);
  }

  async #namespace(name: string): Promise<void> {
    await ip("netns", "add", this.#full(name));
    this.#names.push(this.#full(name));
  }

  #full(name: string): string {
    return `${this.#prefix}-${name}`;
  }
}

async function ip(...args: string[]): Promise<void> {
  const { code, text } = await run("ip", args);
  assert.equal(code, 0, `ip ${args.join(" ")}: ${text}`);
}
