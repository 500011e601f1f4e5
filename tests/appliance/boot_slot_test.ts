import assert from "node:assert/strict";
import { run } from "../support/peers.ts";

const PC = new URL("../../appliance/image/pc/usr/lib/sonodesk/", import.meta.url).pathname;

/** An EFI partition and two roots as folders, where root a runs and is the only one that boots. */
class Disk implements Disposable {
  readonly folder = Deno.makeTempDirSync({ prefix: "sonodesk-slots-" });

  constructor() {
    Deno.mkdirSync(`${this.folder}/esp/loader/entries`, { recursive: true });
    Deno.copyFileSync(`${PC}loader-entry.conf`, `${this.folder}/esp/loader/entries/sonodesk-a.conf`);
    for (const slot of ["a", "b"]) {
      Deno.mkdirSync(`${this.folder}/roots/root-${slot}/boot`, { recursive: true });
      for (const file of ["vmlinuz", "initrd.img"]) {
        Deno.writeTextFileSync(`${this.folder}/roots/root-${slot}/boot/${file}`, `${file} of ${slot}`);
      }
    }
  }

  get entries(): string[] {
    return [...Deno.readDirSync(`${this.folder}/esp/loader/entries`)].map(({ name }) => name).sort();
  }

  /** What systemd-boot does with an entry that it tries. */
  tries(from: string, to: string): void {
    Deno.renameSync(`${this.folder}/esp/loader/entries/${from}`, `${this.folder}/esp/loader/entries/${to}`);
  }

  read(path: string): string {
    return Deno.readTextFileSync(`${this.folder}/esp/${path}`);
  }

  async slot(...args: string[]): Promise<{ code: number; text: string }> {
    const env = {
      SONODESK_ESP: `${this.folder}/esp`,
      SONODESK_ROOTS: `${this.folder}/roots`,
      SONODESK_TEMPLATE: `${PC}loader-entry.conf`,
    };
    return await run("bash", [`${PC}boot-slot`, ...args], { env });
  }

  async says(...args: string[]): Promise<string> {
    const { code, text } = await this.slot(...args);
    assert.equal(code, 0, text);
    return text.trim();
  }

  [Symbol.dispose](): void {
    Deno.removeSync(this.folder, { recursive: true });
  }
}

Deno.test("Two roots: a new one is tried once, kept when it is good, and gone back from when it is not", async () => {
  using disk = new Disk();
  assert.equal(await disk.says("get-primary"), "a");
  assert.equal(await disk.says("get-state", "b"), "bad", "nothing boots it yet");

  await disk.says("set-primary", "b");
  assert.deepEqual(disk.entries, ["sonodesk-a.conf", "sonodesk-b+1.conf"]);
  assert.equal(await disk.says("get-primary"), "b");
  assert.equal(disk.read("b/vmlinuz"), "vmlinuz of b");
  const entry = disk.read("loader/entries/sonodesk-b+1.conf");
  for (const line of ["version 2", "linux /b/vmlinuz", "initrd /b/initrd.img"]) assert.ok(entry.includes(`${line}\n`));
  assert.match(entry, /root=PARTLABEL=root-b .* rauc\.slot=b /);
  assert.doesNotMatch(entry, /root-a|slot=a|\/a\//);

  disk.tries("sonodesk-b+1.conf", "sonodesk-b+0-1.conf");
  assert.equal(await disk.says("get-primary"), "a", "not a second time");
  assert.equal((await disk.slot("on-trial", "b")).code, 0);
  await disk.says("set-state", "b", "good");
  assert.deepEqual(disk.entries, ["sonodesk-a.conf", "sonodesk-b.conf"]);
  assert.equal(await disk.says("get-primary"), "b");
  assert.equal((await disk.slot("on-trial", "b")).code, 1);

  await disk.says("set-primary", "a");
  assert.match(disk.read("loader/entries/sonodesk-a+1.conf"), /^version 3$/m);
  disk.tries("sonodesk-a+1.conf", "sonodesk-a+0-1.conf");
  assert.equal(await disk.says("get-primary"), "b", "it was not good: the box goes back");
});

Deno.test("Two roots: the last one that boots cannot be given up, and nonsense is refused", async () => {
  using disk = new Disk();
  await disk.says("set-state", "a", "bad");
  assert.deepEqual(disk.entries, ["sonodesk-a.conf"]);
  await disk.says("set-primary", "b");
  disk.tries("sonodesk-b+1.conf", "sonodesk-b+0-1.conf");
  await disk.says("set-state", "a", "bad");
  assert.ok(disk.entries.includes("sonodesk-a.conf"), "b has not proved good");
  await disk.says("set-state", "b", "bad");
  assert.deepEqual(disk.entries, ["sonodesk-a.conf"]);
  for (const args of [["set-primary", "c"], ["set-state", "a", "perhaps"], ["set-state", "b", "good"], []]) {
    assert.notEqual((await disk.slot(...args)).code, 0, args.join(" "));
  }
});

Deno.test("Two roots on a Pi: the new one is named for one start only, until it has proved good", async () => {
  const pi = PC.replace("/pc/", "/pi/");
  const folder = Deno.makeTempDirSync({ prefix: "sonodesk-slots-" });
  const says = async (...args: string[]) => {
    const env = { SONODESK_FIRMWARE: `${folder}/firmware`, SONODESK_ROOTS: `${folder}/roots`, SONODESK_TEMPLATES: pi };
    const { code, text } = await run("bash", [`${pi}boot-slot`, ...args], { env });
    return code === 0 ? text.trim() : `refused: ${text}`;
  };
  const read = (name: string) => Deno.readTextFileSync(`${folder}/firmware/${name}`);
  const names = () => [...Deno.readDirSync(`${folder}/firmware`)].map(({ name }) => name).sort();
  try {
    Deno.mkdirSync(`${folder}/firmware/a`, { recursive: true });
    Deno.copyFileSync(`${pi}config.txt`, `${folder}/firmware/config.txt`);
    for (const slot of ["a", "b"]) {
      Deno.mkdirSync(`${folder}/roots/root-${slot}/boot`, { recursive: true });
      for (const file of ["vmlinuz", "initrd.img", "pi.dtb"]) {
        Deno.writeTextFileSync(`${folder}/roots/root-${slot}/boot/${file}`, `${file} of ${slot}`);
      }
    }
    assert.equal(await says("get-primary"), "a");
    assert.equal(await says("get-state", "b"), "bad");
    await says("set-primary", "b");
    assert.equal(await says("get-primary"), "b");
    assert.match(read("config.txt"), /^os_prefix=a\/$/m, "the next start but one is as before");
    assert.match(read("tryboot.txt"), /^os_prefix=b\/$/m);
    assert.equal(read("b/pi.dtb"), "pi.dtb of b");
    assert.match(read("b/cmdline.txt"), /root=PARTLABEL=root-b .* rauc\.slot=b /);
    assert.equal(await says("on-trial", "b"), "");
    assert.match(await says("on-trial", "a"), /^refused/);
    await says("set-state", "b", "bad");
    assert.deepEqual(names(), ["a", "b", "config.txt"]);
    await says("set-primary", "b");
    await says("set-state", "b", "good");
    assert.match(read("config.txt"), /^os_prefix=b\/$/m);
    assert.deepEqual(names(), ["a", "b", "config.txt"]);
    assert.equal(await says("get-primary"), "b");
    await says("set-state", "b", "bad");
    assert.equal(await says("get-primary"), "b", "the last one is never given up");
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
});
