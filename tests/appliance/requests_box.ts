import assert from "node:assert/strict";
import { dirname } from "node:path";
import { run } from "../support/peers.ts";

const SCRIPTS = new URL("../../appliance/image/root/usr/lib/sonodesk/", import.meta.url).pathname;

/** Programs of the system that a test must not let loose on the computer it runs on: what they are told is written down. */
const STUBS = ["systemctl", "systemd-run", "networkctl", "ip", "fstrim", "udevadm"];

/** The data partition of a box as a folder, and the image's scripts beside it. */
export class Box implements Disposable {
  readonly folder = Deno.makeTempDirSync({ prefix: "sonodesk-requests-" });
  readonly inbox = `${this.folder}/data/var/lib/sonodesk/requests`;

  constructor() {
    for (const part of ["run", "bin"]) Deno.mkdirSync(`${this.folder}/${part}`);
    Deno.mkdirSync(this.inbox, { recursive: true });
    for (const name of STUBS) {
      const script = `#!/bin/bash\necho "${name} $*" >>"${this.folder}/did"\n`;
      Deno.writeTextFileSync(`${this.folder}/bin/${name}`, script, { mode: 0o755 });
    }
  }

  async does(script: string, ...args: string[]): Promise<{ code: number; text: string }> {
    return await run("bash", [SCRIPTS + script, ...args], { env: this.#environment });
  }

  /** A script that runs until it is ended. */
  starts(script: string, ...args: string[]): Deno.ChildProcess {
    return new Deno.Command("bash", { args: [SCRIPTS + script, ...args], env: this.#environment }).spawn();
  }

  get #environment(): Record<string, string> {
    return {
      PATH: `${this.folder}/bin:${Deno.env.get("PATH")}`,
      SONODESK_LIB: SCRIPTS.slice(0, -1),
      SONODESK_PARTITION: `${this.folder}/data`,
      SONODESK_RUN: `${this.folder}/run`,
      SONODESK_SYS: `${this.folder}/sys`,
      SONODESK_NETWORK: `${this.folder}/network`,
      SONODESK_RULES: `${this.folder}/rules`,
      SONODESK_WIFI_PACE: "0.2",
      SONODESK_WIFI_LOOK: "0",
    };
  }

  /** Switched off and on: what is in RAM is gone. */
  async restarts(): Promise<void> {
    for (const folder of ["run", "network", "rules"]) {
      Deno.mkdirSync(`${this.folder}/${folder}`, { recursive: true });
      Deno.removeSync(`${this.folder}/${folder}`, { recursive: true });
    }
    for (const script of ["address", "wifi", "ssh", "screen-settings", "touch-settings"]) {
      assert.equal((await this.does(script, "begin")).code, 0);
    }
    this.did;
  }

  /** What the program lays into the folder, and what becomes of it. */
  async request(name: string, text: string): Promise<string> {
    Deno.writeTextFileSync(`${this.inbox}/${name}`, text);
    const { code, text: printed } = await this.does("apply-requests");
    assert.equal(code, 0, printed);
    assert.deepEqual([...Deno.readDirSync(this.inbox)], [], "nothing stays that would be found again");
    return printed;
  }

  write(path: string, text: string): void {
    Deno.mkdirSync(dirname(`${this.folder}/${path}`), { recursive: true });
    Deno.writeTextFileSync(`${this.folder}/${path}`, text);
  }

  read(path: string): string | undefined {
    try {
      return Deno.readTextFileSync(`${this.folder}/${path}`);
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return undefined;
      throw error;
    }
  }

  /** What the settings page is told of a part of the computer. */
  said(name: string): unknown {
    return JSON.parse(this.read(`run/computer/${name}.json`)!);
  }

  /** What the system was told since. */
  get did(): string[] {
    const done = this.read("did")?.trim().split("\n") ?? [];
    this.write("did", "");
    return done.filter((line) => line !== "");
  }

  [Symbol.dispose](): void {
    Deno.removeSync(this.folder, { recursive: true });
  }
}
