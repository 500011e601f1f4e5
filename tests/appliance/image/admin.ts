import assert from "node:assert/strict";
import { type ChildProcessByStdio, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import type { Readable, Writable } from "node:stream";
import type { ComputerState } from "../../../src/host/computer.ts";
import { run } from "../../support/peers.ts";
import type { Caller } from "../main_job.ts";
import { ADMIN, PATIENCE } from "./setup.ts";

const POLICY = "/etc/chromium/policies/managed/sonodesk.json";
/** Where Deno is in the packages of the tests. */
const DENO = "/usr/lib/sonodesk/deno";

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
    return run("ssh", [...this.#login(key), command]);
  }

  /** A program on the box as root, to which lines can be said. */
  session(command: string): Session {
    return new Session([...this.#login(this.#key), command]);
  }

  /** Lets `looks` see into the page of the screen, which the box's own policy lets nobody, once the browser begins again. */
  async opensPage(): Promise<void> {
    const looked =
      `sed 's/"DeveloperToolsAvailability": 2/"DeveloperToolsAvailability": 1/' ${POLICY} >/run/policy.json`;
    const { code, text } = await this.onBox(
      `touch /run/sonodesk/inspect && ${looked} && chmod 0644 /run/policy.json && mount --bind /run/policy.json ${POLICY}`,
    );
    assert.equal(code, 0, text);
  }

  /** Begins a program of this folder on the box, with what it imports of `kiosk_page.ts`. */
  async looks(program: "touchscreen.ts" | "asked_page.ts"): Promise<Session> {
    for (const name of ["kiosk_page.ts", program]) {
      const script = new TextEncoder().encode(await Deno.readTextFile(new URL(name, import.meta.url))).toBase64();
      const { code, text } = await this.onBox(`echo ${script} | base64 -d >/tmp/${name}`);
      assert.equal(code, 0, text);
    }
    return this.session(`env DENO_DIR=/tmp/deno ${DENO} run -A --no-check /tmp/${program}`);
  }

  #login(key: string): string[] {
    const options = ["BatchMode=yes", "StrictHostKeyChecking=no", "UserKnownHostsFile=/dev/null", "IdentitiesOnly=yes"];
    const more = ["ConnectTimeout=60", "LogLevel=ERROR"];
    return [
      ...["-F", "/dev/null", ...[...options, ...more].flatMap((option) => ["-o", option])],
      ...["-i", key, "-p", this.#port, "root@127.0.0.1"],
    ];
  }
}

/** A program on the box. What it says of troubles is shown. */
class Session implements AsyncDisposable {
  readonly #process: ChildProcessByStdio<Writable, Readable, null>;
  readonly #lines: AsyncIterator<string>;

  constructor(args: string[]) {
    this.#process = spawn("ssh", args, { stdio: ["pipe", "pipe", "inherit"] });
    this.#lines = createInterface({ input: this.#process.stdout })[Symbol.asyncIterator]();
  }

  /** Says a line to it. */
  say(line: string): void {
    this.#process.stdin.write(`${line}\n`);
  }

  /** Its next line. @throws Error after so many seconds, or when it has ended */
  async line(seconds: number): Promise<string> {
    let late: ReturnType<typeof setTimeout> | undefined;
    const tooLate = new Promise<never>((_, reject) => {
      late = setTimeout(() => reject(new Error(`It has said nothing for ${seconds} s`)), seconds * 1000);
    });
    try {
      const { done, value } = await Promise.race([this.#lines.next(), tooLate]);
      if (done) throw new Error("It has ended");
      return value;
    } finally {
      clearTimeout(late);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const ended = new Promise((resolve) => this.#process.once("close", resolve));
    this.#process.kill();
    await ended;
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
