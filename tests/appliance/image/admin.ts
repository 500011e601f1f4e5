import assert from "node:assert/strict";
import type { ComputerState } from "../../../src/host/computer.ts";
import { run } from "../../support/peers.ts";
import type { Caller } from "../main_job.ts";
import { ADMIN, PATIENCE } from "./setup.ts";

/** An admin's way in: a key of their own, made in `folder`. */
export class Admin {
  readonly #key: string;
  readonly #port: string;

  constructor(folder: string, port: string) {
    this.#key = `${folder}/key`;
    this.#port = port;
  }

  /** Opens SSH as the settings page does, with a new key. */
  async opensSsh(call: Caller): Promise<void> {
    const made = await run("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-C", "anil", "-f", this.#key]);
    assert.equal(made.code, 0, made.text);
    const key = (await Deno.readTextFile(`${this.#key}.pub`)).trim();
    await (await call("PUT", "/api/computer/ssh", { key, password: ADMIN.password })).body?.cancel();
    await holds(call, ({ ssh }) => ssh.fingerprint !== "");
  }

  /** Does something on the box as root. */
  onBox(command: string, key = this.#key): Promise<{ code: number; text: string }> {
    const options = ["BatchMode=yes", "StrictHostKeyChecking=no", "UserKnownHostsFile=/dev/null", "IdentitiesOnly=yes"];
    const more = ["ConnectTimeout=60", "LogLevel=ERROR"];
    return run("ssh", [
      ...["-F", "/dev/null", ...[...options, ...more].flatMap((option) => ["-o", option])],
      ...["-i", key, "-p", this.#port, "root@127.0.0.1", command],
    ]);
  }
}

/** Waits until the computer is set so. It may not be reached for a while. */
export async function holds(call: Caller, isSo: (state: ComputerState) => boolean): Promise<void> {
  const end = performance.now() + PATIENCE * 1000;
  let last: unknown;
  for (;;) {
    try {
      const state = await (await call("GET", "/api/computer")).json();
      if (isSo(state)) return;
      last = state;
    } catch (error) {
      last = error;
    }
    assert.ok(performance.now() < end, `the computer is ${JSON.stringify(last)}`);
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
}
