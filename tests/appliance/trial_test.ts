import assert from "node:assert/strict";
import { run } from "../support/peers.ts";
import { until } from "../support/until.ts";
import { IMAGE, lay, SCRIPTS, UpdateBox } from "./update_box.ts";

const OURS = Deno.uid() === 0;

Deno.test("An update on trial that does not prove good: the store is as it was before it", async () => {
  using box = new UpdateBox();
  box.boots("b", { onTrial: true });
  assert.equal(await box.does("trial", "begin"), 0);
  assert.equal(box.said.state, "trying");
  box.write("store/sonodesk.sqlite", "of the update");
  box.write("store/sonodesk.sqlite-wal", "of the update");
  box.write("store/sonodesk.sqlite-shm", "of the update");
  box.boots("a");
  assert.equal(await box.does("trial", "begin"), 0);
  assert.equal(box.said.state, "failed");
  assert.equal(box.read("store/sonodesk.sqlite"), "as it was");
  assert.equal(box.read("store/sonodesk.sqlite-wal"), "its log");
  assert.equal(box.read("store/sonodesk.sqlite-shm"), undefined);
  assert.equal(box.read("data/before-update/complete"), undefined);
});

Deno.test("A power cut while the store is put back: the next start finishes it", async () => {
  using box = new UpdateBox();
  box.boots("b", { onTrial: true });
  await box.does("trial", "begin");
  // cut after the store was moved, and before its log was
  Deno.renameSync(`${box.data}/before-update/sonodesk.sqlite`, `${box.store}/sonodesk.sqlite`);
  Deno.removeSync(`${box.store}/sonodesk.sqlite-wal`);
  box.boots("a");
  assert.equal(await box.does("trial", "begin"), 0);
  assert.equal(box.read("store/sonodesk.sqlite"), "as it was");
  assert.equal(box.read("store/sonodesk.sqlite-wal"), "its log");
});

Deno.test("A power cut right after an update was kept: what the box was told since stays", async () => {
  using box = new UpdateBox();
  box.boots("b", { onTrial: true });
  await box.does("trial", "begin");
  box.write("store/sonodesk.sqlite", "told since");
  box.boots("b"); // set-state good is on the disk, and nothing after it
  assert.equal(await box.does("trial", "begin"), 0);
  assert.equal(box.read("store/sonodesk.sqlite"), "told since");
  assert.equal(box.read("data/before-update/complete"), undefined);
  assert.equal(box.read("run/update.json")?.includes("failed"), false);
});

Deno.test("A good update is kept, and one that is never well is gone back from in the time that is said", async () => {
  using box = new UpdateBox();
  box.boots("b", { onTrial: true });
  await box.does("trial", "begin");
  box.write("state/healthy", "");
  assert.equal(await box.does("trial", "end"), 0);
  assert.equal(box.said.state, "kept");
  assert.deepEqual(box.did, []);
  assert.equal(box.read("data/before-update/complete"), undefined);

  using ill = new UpdateBox();
  ill.minutes = "0";
  ill.boots("b", { onTrial: true });
  await ill.does("trial", "begin");
  await ill.does("trial", "end");
  assert.deepEqual(ill.did, ["reboot"]);
});

Deno.test("An update that is well for itself and that nobody reaches is gone back from, and it is said why", async () => {
  using box = new UpdateBox();
  box.boots("b", { onTrial: true });
  await box.does("trial", "begin");
  box.write("state/healthy", "");
  box.write("state/blind", "The router did not answer\nupdate-router-silent\n");
  const ending = box.does("trial", "end");
  box.write("state/restarts", "3"); // ends the waiting
  await ending;
  assert.deepEqual(box.did, ["reboot"]);
  box.boots("a");
  await box.does("trial", "begin");
  assert.equal(box.said.state, "failed");
  assert.equal(box.said.detail, "The router did not answer");
  assert.deepEqual(box.said.coded, { code: "update-router-silent", parameters: {} });
  assert.deepEqual((box.told("updates") as { coded: unknown }[]).at(-1)!.coded, box.said.coded);
});

Deno.test("An update that nobody reaches on some ports: those are said to the page by the sentence's code", async () => {
  using box = new UpdateBox();
  await box.does("versions", "noted", "", "1.11.0");
  box.boots("b", { onTrial: true });
  await box.does("trial", "begin");
  box.write("state/healthy", "");
  box.write(
    "state/blind",
    "Nobody reached the box from outside on port 443 11112\nupdate-unreachable\tports\t443 11112\n",
  );
  box.write("state/restarts", "3");
  await box.does("trial", "end");
  box.boots("a");
  await box.does("trial", "begin");
  const coded = { code: "update-unreachable", parameters: { ports: "443 11112" } };
  assert.deepEqual(box.said.coded, coded);
  assert.deepEqual((box.told("updates") as { coded: unknown }[]).at(-1)!.coded, coded);
});

Deno.test("An update whose program ends each time it is started is not waited for five minutes", async () => {
  using box = new UpdateBox();
  box.boots("b", { onTrial: true });
  await box.does("trial", "begin");
  box.write("state/restarts", "3");
  const started = performance.now();
  await box.does("trial", "end");
  assert.ok(performance.now() - started < 60_000);
  assert.deepEqual(box.did, ["reboot"]);
  box.boots("a");
  await box.does("trial", "begin");
  assert.deepEqual(box.said.coded, { code: "update-program-ends", parameters: {} });
});

Deno.test("A box that was not well before an update is not gone back from for that: a disk about to fail is no fault of it", async () => {
  using box = new UpdateBox();
  box.boots("b", { onTrial: true });
  await box.does("trial", "begin");
  box.write("data/reached-before-update", "address=10.0.2.15\nwell=no\n");
  await box.does("trial", "end");
  assert.equal(box.said.state, "kept");
  assert.deepEqual(box.did, []);
});

Deno.test("An update that cannot be marked as kept goes back at once", async () => {
  using box = new UpdateBox();
  box.boots("b", { onTrial: true });
  await box.does("trial", "begin");
  box.write("state/healthy", "");
  box.write("state/broken", "");
  await box.does("trial", "end");
  assert.deepEqual(box.did, ["reboot"]);
  assert.equal(box.read("data/before-update/complete"), "b\n", "the store can still be put back");
});

Deno.test({
  name: "No room to set the store aside: the trial ends before the program sees the store, and says why",
  ignore: !OURS, // a small disk takes root
  fn: async () => {
    using box = new UpdateBox();
    const content = "x".repeat(400_000);
    await mounted(box.data, "1M", async () => {
      Deno.mkdirSync(`${box.store}/update`, { recursive: true });
      box.write("store/sonodesk.sqlite", content);
      box.write("store/filler", content);
      box.boots("b", { onTrial: true });
      assert.notEqual(await box.does("trial", "begin"), 0, "what needs it is not started");
      assert.deepEqual(box.did, ["reboot"]);
      Deno.removeSync(`${box.store}/filler`);
      box.boots("a");
      assert.equal(await box.does("trial", "begin"), 0);
      assert.equal(box.read("store/sonodesk.sqlite"), content);
      assert.equal(box.said.state, "failed");
      assert.match(box.said.detail, /no room/);
      assert.deepEqual(box.said.coded, { code: "update-no-room-to-try", parameters: {} });
    });
  },
});

Deno.test({
  name: "A bundle is taken out of the program's hands before it is looked at, and only a file is one",
  ignore: !OURS, // it changes owners
  fn: async () => {
    using box = new UpdateBox();
    const inbox = `${box.store}/update/bundle.raucb`;
    lay(box);
    assert.equal(await box.does("install-update"), 0);
    assert.equal(box.said.state, "restarting");
    assert.deepEqual(box.did, [`rauc install ${box.data}/update/bundle.raucb`, "restart"]);
    assert.equal(box.read("data/update/bundle.raucb"), undefined);

    const secret = `${box.folder}/secret`;
    Deno.writeTextFileSync(secret, "root's", { mode: 0o600 });
    Deno.chownSync(secret, 1234, 1234);
    Deno.symlinkSync(secret, inbox);
    await box.does("install-update");
    assert.equal(box.said.state, "refused");
    assert.deepEqual(box.did, []);
    const { uid, mode } = Deno.statSync(secret);
    assert.deepEqual([uid, mode! & 0o777], [1234, 0o600], "what a link leads to stays as it is");

    lay(box);
    box.write("state/refuses", "");
    await box.does("install-update");
    assert.match(box.said.detail, /nothing was changed: it is a stranger's/);

    lay(box);
    box.write("state/steps", " 40% Updating slots...\n");
    await box.does("install-update");
    assert.equal(box.said.state, "failed", "something was written");
    assert.match(box.said.detail, /could not be written whole: it is a stranger's/);
  },
});

Deno.test({
  name: "A signed bundle of an older version is refused, with the same schema too, unless an admin has said so",
  ignore: !OURS,
  fn: async () => {
    using box = new UpdateBox();
    const offer = async (version: string, older = false) => {
      box.write("state/manifest", `RAUC_MF_COMPATIBLE='sonodesk-pc'\nRAUC_MF_VERSION='${version}'\n`);
      if (older) Deno.writeTextFileSync(`${box.store}/update/older`, "");
      lay(box);
      await box.does("install-update");
      assert.throws(
        () => Deno.lstatSync(`${box.store}/update/older`),
        Deno.errors.NotFound,
        "said once, for one bundle",
      );
      return box.said.state;
    };
    assert.equal(await offer("1.9.9"), "refused");
    assert.match(box.said.detail, /it is version 1\.9\.9 and version 1\.10\.0 runs, choose to go back/);
    assert.deepEqual(box.did, []);
    assert.equal(await offer("1.9.9", true), "restarting");
    assert.equal(await offer("1.9.9"), "refused");
    assert.equal(await offer("1.10.0"), "restarting", "the same again mends a root");
    assert.equal(await offer("1.11.0"), "restarting");
  },
});

Deno.test({
  name: "A signed bundle for another board is refused before anything is written, by the box and by its own hook",
  ignore: !OURS,
  fn: async () => {
    using box = new UpdateBox();
    box.write("state/manifest", "RAUC_MF_COMPATIBLE='sonodesk-pi'\nRAUC_MF_VERSION='1.11.0'\n");
    lay(box);
    await box.does("install-update");
    assert.equal(box.said.state, "refused");
    assert.match(box.said.detail, /it is made for sonodesk-pi, and this box is sonodesk-pc/);
    assert.deepEqual(box.did, []);
    box.write("lib/store-schema", "1\n");
    const hook = `${box.folder}/hook`;
    Deno.writeTextFileSync(hook, Deno.readTextFileSync(`${IMAGE}bundle-hook`).replaceAll("@SCHEMA@", "41"));
    const env = { SONODESK_LIB: `${box.folder}/lib`, RAUC_SYSTEM_COMPATIBLE: "sonodesk-pc" };
    const foreign = await run("sh", [hook, "install-check"], { env: { ...env, RAUC_MF_COMPATIBLE: "sonodesk-pi" } });
    assert.equal(foreign.code, 10);
    assert.match(foreign.text, /made for sonodesk-pi, and the box is sonodesk-pc/);
    const own = await run("sh", [hook, "install-check"], { env: { ...env, RAUC_MF_COMPATIBLE: "sonodesk-pc" } });
    assert.equal(own.code, 0, own.text);
  },
});

Deno.test({
  name: "While an update is on trial none is installed: the other root is the only good one",
  ignore: !OURS,
  fn: async () => {
    using box = new UpdateBox();
    box.boots("b", { onTrial: true });
    await box.does("trial", "begin");
    const inbox = `${box.store}/update/bundle.raucb`;
    lay(box);
    await box.does("install-update");
    assert.deepEqual(box.did, []);
    assert.equal(box.said.state, "refused");
    assert.throws(() => Deno.lstatSync(inbox), Deno.errors.NotFound);
  },
});

Deno.test("The partitions that the box works with are those of its own disk", async () => {
  const folder = Deno.makeTempDirSync({ prefix: "sonodesk-sys-" });
  try {
    for (const disk of ["sda", "sdb"]) {
      ["esp", "root-a", "root-b", "data"].forEach((name, index) => {
        const partition = `${folder}/devices/${disk}/${disk}${index + 1}`;
        Deno.mkdirSync(partition, { recursive: true });
        Deno.writeTextFileSync(`${partition}/partition`, `${index + 1}\n`);
        Deno.writeTextFileSync(`${partition}/uevent`, `DEVNAME=${disk}${index + 1}\nPARTNAME=${name}\n`);
      });
    }
    Deno.mkdirSync(`${folder}/dev/block`, { recursive: true });
    Deno.symlinkSync("../../devices/sdb/sdb2", `${folder}/dev/block/8:18`);
    const env = { SONODESK_SYS: folder, SONODESK_RUN: `${folder}/run`, SONODESK_ROOT_DEVICE: "8:18" };
    const { code, text } = await run("bash", [`${SCRIPTS}name-partitions`], { env });
    assert.equal(code, 0, text);
    const leadsTo = (name: string) => Deno.readLinkSync(`${folder}/run/disk/${name}`);
    assert.deepEqual(["data", "esp", "root-b"].map(leadsTo), ["/dev/sdb4", "/dev/sdb1", "/dev/sdb3"]);

    // a copy of it, which shows up late
    Deno.mkdirSync(`${folder}/bin`);
    Deno.mkdirSync(`${folder}/class/block`, { recursive: true });
    for (const name of ["sda1", "sdb1"]) {
      Deno.symlinkSync(`../../devices/${name.slice(0, 3)}/${name}`, `${folder}/class/block/${name}`);
    }
    const alone = async (ids: string) => {
      const blkid = `#!/bin/sh\nfor device; do :; done\ncase $device in ${ids} esac\n`;
      Deno.writeTextFileSync(`${folder}/bin/blkid`, blkid, { mode: 0o755 });
      const path = `${folder}/bin:${Deno.env.get("PATH")}`;
      return (await run("bash", [`${SCRIPTS}name-partitions`, "alone"], { env: { ...env, PATH: path } })).code;
    };
    assert.equal(await alone("*sda1) echo 1111 ;; *sdb1) echo 2222 ;;"), 0);
    assert.equal(await alone("*) echo 2222 ;;"), 1);
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
});

/** Disks as the kernel shows them, each with the partitions of a box; ids of EFI partitions by their devices. */
class Disks implements Disposable {
  readonly folder = Deno.makeTempDirSync({ prefix: "sonodesk-disks-" });
  readonly #sys = `${this.folder}/sys`;

  constructor() {
    for (const folder of ["sys/class/block", "sys/bus/usb/drivers", "bin", "ids"]) {
      Deno.mkdirSync(`${this.folder}/${folder}`, { recursive: true });
    }
    const blkid = `#!/bin/sh\nfor device; do :; done\ncat "${this.folder}/ids/\${device##*/}"\n`;
    Deno.writeTextFileSync(`${this.folder}/bin/blkid`, blkid, { mode: 0o755 });
    Deno.writeTextFileSync(`${this.folder}/cmdline`, "root=PARTLABEL=root-a ro rauc.slot=a quiet\n");
    Deno.writeTextFileSync(`${this.folder}/param.conf`, "");
    Deno.writeTextFileSync(`${this.folder}/screen`, "");
  }

  add(disk: string, esp: string): void {
    ["esp", "root-a", "root-b"].forEach((name, index) => {
      const device = `${disk}${index + 1}`;
      const partition = `${this.#sys}/devices/${disk}/${device}`;
      Deno.mkdirSync(partition, { recursive: true });
      Deno.writeTextFileSync(`${partition}/partition`, `${index + 1}\n`);
      Deno.writeTextFileSync(`${partition}/uevent`, `DEVNAME=${device}\nPARTNAME=${name}\n`);
      Deno.symlinkSync(`../../devices/${disk}/${device}`, `${this.#sys}/class/block/${device}`);
    });
    Deno.writeTextFileSync(`${this.folder}/ids/${disk}1`, `${esp}\n`);
  }

  remove(disk: string): void {
    for (const index of [1, 2, 3]) Deno.removeSync(`${this.#sys}/class/block/${disk}${index}`);
  }

  /** What the boot loader says of the EFI partition that it was started from. */
  startedFrom(esp: string): void {
    const folder = `${this.#sys}/firmware/efi/efivars`;
    Deno.mkdirSync(folder, { recursive: true });
    const text = new Uint8Array(Uint16Array.from([...esp, "\0"].map((letter) => letter.charCodeAt(0))).buffer);
    const name = "LoaderDevicePartUUID-4a67b082-0a4c-41cf-b6c7-440b29bb8c4f";
    Deno.writeFileSync(`${folder}/${name}`, new Uint8Array([6, 0, 0, 0, ...text]));
  }

  start(): Promise<{ code: number; text: string }> {
    return run("dash", [`${IMAGE}root/etc/initramfs-tools/scripts/local-top/sonodesk-disk`], {
      env: {
        PATH: `${this.folder}/bin:${Deno.env.get("PATH")}`,
        SONODESK_SYS: this.#sys,
        SONODESK_CONF: `${this.folder}/param.conf`,
        SONODESK_SCREEN: `${this.folder}/screen`,
        SONODESK_CMDLINE: `${this.folder}/cmdline`,
        SONODESK_AGAIN: "0.05",
      },
    });
  }

  get root(): string {
    return Deno.readTextFileSync(`${this.folder}/param.conf`).trim();
  }

  get screen(): string {
    return Deno.readTextFileSync(`${this.folder}/screen`);
  }

  [Symbol.dispose](): void {
    Deno.removeSync(this.folder, { recursive: true });
  }
}

const FACTORY = "5d0de5c0-0000-4000-8000-000000000002";
const OWN = "0b54bf5d-6a23-4d8f-9e5c-0b7a9c3d2e11";

Deno.test("Two disks with an image: the root is on the one that the firmware has started, whichever is found first", async () => {
  for (
    const [started, root] of [
      ...[[OWN, "/dev/sdb2"], [FACTORY, "/dev/sda2"]] as const,
      [OWN.toUpperCase(), "/dev/sdb2"],
    ]
  ) {
    using disks = new Disks();
    disks.add("sda", FACTORY);
    disks.add("sdb", OWN);
    disks.startedFrom(started);
    const { code, text } = await disks.start();
    assert.equal(code, 0, text);
    assert.equal(disks.root, `ROOT=${root}`);
    assert.equal(disks.screen, "");
  }
});

Deno.test("A copy of the whole disk beside it: neither is opened, and the screen says so until one is taken out", async () => {
  using disks = new Disks();
  disks.add("sda", OWN);
  disks.add("sdb", OWN);
  disks.startedFrom(OWN);
  const starting = disks.start();
  await until("the screen says so", () => /Two disks .* hold the same Sonodesk/.test(disks.screen));
  assert.equal(disks.root, "");
  disks.remove("sdb");
  assert.equal((await starting).code, 0);
  assert.equal(disks.root, "ROOT=/dev/sda2");
  assert.equal(disks.screen.match(/Two disks/g)!.length, 1, "said once");
});

Deno.test("What the boot loader tells of no disk that is there: the only box is taken, and of two none", async () => {
  using one = new Disks();
  one.add("sda", OWN);
  one.startedFrom("ffffffff-0000-4000-8000-000000000000");
  assert.equal((await one.start()).code, 0);
  assert.equal(one.root, "ROOT=/dev/sda2");
  using two = new Disks();
  two.add("sda", OWN);
  two.add("sdb", FACTORY);
  two.startedFrom("ffffffff-0000-4000-8000-000000000000");
  const starting = two.start();
  await until("the screen says so", () => /Two disks/.test(two.screen));
  assert.equal(two.root, "");
  two.remove("sdb");
  await starting;
});

Deno.test("One disk, of a computer that says nothing of what it has started: its root is found by its name", async () => {
  using disks = new Disks();
  disks.add("mmcblk0p", FACTORY);
  assert.equal((await disks.start()).code, 0);
  assert.equal(disks.root, "ROOT=/dev/mmcblk0p2");
});

const SAME_BOARD = { RAUC_SYSTEM_COMPATIBLE: "sonodesk-pc", RAUC_MF_COMPATIBLE: "sonodesk-pc" };

Deno.test("An update whose store is older than the box's is refused before anything is written", async () => {
  const folder = Deno.makeTempDirSync({ prefix: "sonodesk-hook-" });
  try {
    const hook = `${folder}/hook`;
    Deno.writeTextFileSync(hook, Deno.readTextFileSync(`${IMAGE}bundle-hook`).replaceAll("@SCHEMA@", "41"));
    const check = async (schema: string, when = "install-check") => {
      Deno.writeTextFileSync(`${folder}/store-schema`, schema);
      return await run("sh", [hook, when], { env: { ...SAME_BOARD, SONODESK_LIB: folder } });
    };
    for (const schema of ["40\n", "41\n"]) assert.equal((await check(schema)).code, 0, schema);
    const older = await check("42\n");
    assert.equal(older.code, 10, "what RAUC takes for a refusal");
    assert.match(older.text, /older than the box: its store has schema 42, and the update knows up to 41/);
    assert.notEqual((await check("")).code, 0, "nor is one taken whose store is not known");
    assert.equal((await check("42\n", "slot-install")).code, 0);
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
});

Deno.test("No script of the image has a mistake that the shell sees", async () => {
  const all = (folder: string): string[] =>
    [...Deno.readDirSync(folder)].flatMap(({ name, isDirectory }) =>
      isDirectory ? all(`${folder}/${name}`) : `${folder}/${name}`
    );
  for (const path of all(IMAGE.slice(0, -1))) {
    const [, shell] = /^#!\/bin\/(sh|bash)\n/.exec(Deno.readTextFileSync(path)) ?? [];
    if (shell === undefined) continue;
    const { code, text } = await run(shell, ["-n", path]);
    assert.equal(code, 0, text);
    if (!path.endsWith("bundle-hook")) assert.ok(Deno.statSync(path).mode! & 0o100, `${path} can be run`);
  }
});

/** Lays a file system of its own over a folder for a while. */
async function mounted(folder: string, size: string, use: () => Promise<void>): Promise<void> {
  const mount = await run("mount", ["-t", "tmpfs", "-o", `size=${size}`, "none", folder]);
  assert.equal(mount.code, 0, mount.text);
  try {
    await use();
  } finally {
    await run("umount", [folder]);
  }
}
