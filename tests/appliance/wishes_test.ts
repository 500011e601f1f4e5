import assert from "node:assert/strict";
import { dirname } from "node:path";
import { run } from "../support/peers.ts";

const SCRIPTS = new URL("../../appliance/image/root/usr/lib/sonodesk/", import.meta.url).pathname;
const OURS = Deno.uid() === 0;

/** Programs of the system that a test must not let loose on the computer it runs on: what they are told is written down. */
const STUBS = ["systemctl", "networkctl", "fstrim"];

/** The data partition of a box as a folder, and the image's scripts beside it. */
class Box implements Disposable {
  readonly folder = Deno.makeTempDirSync({ prefix: "sonodesk-wishes-" });
  readonly inbox = `${this.folder}/data/var/lib/sonodesk/wishes`;

  constructor() {
    for (const part of ["run", "bin"]) Deno.mkdirSync(`${this.folder}/${part}`);
    Deno.mkdirSync(this.inbox, { recursive: true });
    for (const name of STUBS) {
      const script = `#!/bin/bash\necho "${name} $*" >>"${this.folder}/did"\n`;
      Deno.writeTextFileSync(`${this.folder}/bin/${name}`, script, { mode: 0o755 });
    }
  }

  async does(script: string, ...args: string[]): Promise<{ code: number; text: string }> {
    const env = {
      PATH: `${this.folder}/bin:${Deno.env.get("PATH")}`,
      SONODESK_LIB: SCRIPTS.slice(0, -1),
      SONODESK_PARTITION: `${this.folder}/data`,
      SONODESK_RUN: `${this.folder}/run`,
    };
    return await run("bash", [SCRIPTS + script, ...args], { env });
  }

  /** What the program lays into the folder, and what becomes of it. */
  async wish(name: string, text: string): Promise<string> {
    Deno.writeTextFileSync(`${this.inbox}/${name}`, text);
    const { code, text: printed } = await this.does("grant-wishes");
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

Deno.test({
  name: "Wishes: what is no wish is thrown away, and does nothing",
  ignore: !OURS,
  async fn() {
    using box = new Box();
    for (const name of ["unknown", "..x", "-rf", "reset.part", "a b"]) {
      assert.match(await box.wish(name, "erase=everything\n"), /is no wish/);
    }
    assert.match(await box.wish("reset", "x".repeat(5000)), /is no wish/);
    Deno.mkdirSync(`${box.inbox}/reset`);
    Deno.writeTextFileSync(`${box.inbox}/reset/inside`, "erase=everything\n");
    await box.does("grant-wishes");
    box.write("elsewhere", "erase=everything\n");
    Deno.symlinkSync(`${box.folder}/elsewhere`, `${box.inbox}/reset`);
    await box.does("grant-wishes");
    assert.deepEqual([...Deno.readDirSync(box.inbox)], []);
    assert.equal(box.read("elsewhere"), "erase=everything\n");
    assert.equal(box.read("data/erase"), undefined);
    assert.deepEqual(box.did, []);
  },
});

Deno.test({
  name: "A factory reset erases all at the next start, whatever was cut off before, and only when it was asked for",
  ignore: !OURS,
  async fn() {
    using box = new Box();
    box.write("data/var/lib/sonodesk/sonodesk.sqlite", "patients");
    box.write("data/lost+found/#12", "patients too");
    box.write("data/machine-id", "of this box");
    box.write("data/.hidden", "patients as well");
    assert.equal((await box.does("erase-data")).code, 0);
    assert.match(await box.wish("reset", "erase=nothing\n"), /refused/);
    assert.equal((await box.does("erase-data")).code, 0);
    assert.equal(box.read("data/var/lib/sonodesk/sonodesk.sqlite"), "patients");

    await box.wish("reset", "erase=everything\n");
    assert.deepEqual(box.did, ["systemctl reboot"]);
    assert.equal(box.read("data/var/lib/sonodesk/sonodesk.sqlite"), "patients", "not while it is in use");
    const erased = await box.does("erase-data");
    assert.equal(erased.code, 0, erased.text);
    assert.deepEqual([...Deno.readDirSync(`${box.folder}/data`)], []);

    box.write("data/erase", "");
    box.write("data/var/left", "by a power cut");
    assert.equal((await box.does("erase-data")).code, 0);
    assert.deepEqual([...Deno.readDirSync(`${box.folder}/data`)], []);
    box.write("data/new", "of the next clinic");
    assert.equal((await box.does("erase-data")).code, 0);
    assert.equal(box.read("data/new"), "of the next clinic");
  },
});
