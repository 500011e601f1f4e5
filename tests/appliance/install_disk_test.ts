import assert from "node:assert/strict";
import { innerDisks } from "../../src/host/installer.ts";
import { peerTest, run } from "../support/peers.ts";
import { partitionOf } from "./image/partition.ts";

const SCRIPTS = new URL("../../appliance/image/root/usr/lib/sonodesk", import.meta.url).pathname;
const MIB = 1 << 20;

/** A computer whose disks are files: a stick that the box runs from, and what else is plugged in. */
class Computer implements Disposable {
  readonly folder = Deno.makeTempDirSync({ prefix: "sonodesk-install-" });
  #sequence = 0;

  constructor() {
    for (const part of ["sys/block", "sys/dev/block", "dev", "run", "bin"]) this.#makeFolder(part);
    for (const name of ["systemd-run", "lsblk"]) {
      const says = name === "lsblk" ? `echo '{"blockdevices":[]}'` : ":";
      const script = `#!/bin/bash\necho "${name} $*" >>"${this.folder}/did"\n${says}\n`;
      Deno.writeTextFileSync(`${this.folder}/bin/${name}`, script, { mode: 0o755 });
    }
  }

  /** Plugs a disk in. @param at the bus it is at, such as `usb1/1-1` @param size bytes */
  async plugIn(name: string, at: string, size: number, facts: Record<string, string> = {}): Promise<void> {
    const its = `sys/devices/${at}/block/${name}`;
    this.#makeFolder(`${its}/queue`);
    this.#makeFolder(`${its}/device`);
    const said = { removable: "0", ro: "0", "queue/logical_block_size": "512", ...facts };
    const all = { ...said, size: String(size / 512), diskseq: String(++this.#sequence) };
    for (const [fact, value] of Object.entries(all)) this.write(`${its}/${fact}`, `${value}\n`);
    await Deno.symlink(`../devices/${at}/block/${name}`, `${this.folder}/sys/block/${name}`);
    await Deno.writeFile(this.disk(name), new Uint8Array(size).fill(0x55));
  }

  /** Makes a disk one that the box runs from. */
  async writeBox(name: string, at: string): Promise<void> {
    await Deno.writeFile(this.disk(name), crypto.getRandomValues(new Uint8Array(65536)), { append: true });
    const table = [
      ...["label: gpt", "label-id: 5D0DE5C0-0000-4000-8000-000000000001"],
      // from the first sector that is free, as the image has it
      ...["first-lba: 34", "start=34, size=8192, type=U, uuid=5D0DE5C0-0000-4000-8000-000000000002, name=esp"],
      ...["size=16384, type=L, uuid=5D0DE5C0-0000-4000-8000-00000000000A, name=root-a"],
      ...["size=16384, type=L, uuid=5D0DE5C0-0000-4000-8000-00000000000B, name=root-b"],
      ...["type=L, name=data"],
    ];
    this.write("table", table.join("\n"));
    const { code, text } = await run("bash", ["-c", `sfdisk --quiet --wipe never "$0" < "$1"`, ...[
      this.disk(name),
      `${this.folder}/table`,
    ]]);
    assert.equal(code, 0, text);
    using file = Deno.openSync(this.disk(name), { write: true });
    for (const part of ["esp", "root-a", "root-b"]) {
      const { start, length } = partitionOf(this.disk(name), part);
      file.seekSync(start, Deno.SeekMode.Start);
      for (let at = 0; at < length; at += 65536) file.writeSync(crypto.getRandomValues(new Uint8Array(65536)));
    }
    this.#makeFolder(`sys/devices/${at}/block/${name}/${name}2`);
    await Deno.symlink(`../../devices/${at}/block/${name}/${name}2`, `${this.folder}/sys/dev/block/8:2`);
  }

  async does(...args: string[]): Promise<{ code: number; text: string }> {
    return await run("bash", [`${SCRIPTS}/install-disk`, ...args], {
      env: {
        PATH: `${this.folder}/bin:${Deno.env.get("PATH")}:/usr/sbin:/sbin`,
        SONODESK_LIB: SCRIPTS,
        SONODESK_SYS: `${this.folder}/sys`,
        SONODESK_DEV: `${this.folder}/dev`,
        SONODESK_RUN: `${this.folder}/run`,
        SONODESK_ROOT_DEVICE: "8:2",
        SONODESK_SMALLEST_DISK: String(32 * MIB),
      },
    });
  }

  disk(name: string): string {
    return `${this.folder}/dev/${name}`;
  }

  write(path: string, text: string): void {
    Deno.writeTextFileSync(`${this.folder}/${path}`, text);
  }

  said(): { state: string; percent: number; why: string } {
    return JSON.parse(Deno.readTextFileSync(`${this.folder}/run/computer/install.json`));
  }

  did(): string {
    return Deno.readTextFileSync(`${this.folder}/did`);
  }

  #makeFolder(path: string): void {
    Deno.mkdirSync(`${this.folder}/${path}`, { recursive: true });
  }

  [Symbol.dispose](): void {
    Deno.removeSync(this.folder, { recursive: true });
  }
}

const STICK = "pci0/usb1/1-1";

/** A box on a stick, beside a disk inside the computer. */
async function withStick(): Promise<Computer> {
  const computer = new Computer();
  await computer.plugIn("sda", STICK, 40 * MIB, { removable: "1" });
  await computer.writeBox("sda", STICK);
  await computer.plugIn("nvme0n1", "pci0/nvme/nvme0", 64 * MIB);
  return computer;
}

function partOf(disk: string, name: string): Uint8Array {
  const { start, length } = partitionOf(disk, name);
  return Deno.readFileSync(disk).subarray(start, start + length);
}

peerTest("Installing: disks inside the computer are offered, and none that is too small, plugged in or the box's own", [
  "sfdisk",
], async () => {
  using computer = await withStick();
  await computer.plugIn("sdb", "pci0/usb2/2-1", 64 * MIB);
  await computer.plugIn("mmcblk0", "platform/mmc0", 64 * MIB);
  await computer.plugIn("mmcblk0boot0", "platform/mmc0/boot", 64 * MIB);
  await computer.plugIn("sdc", "pci0/ata1", 16 * MIB);
  await computer.plugIn("sdd", "pci0/ata2", 64 * MIB, { ro: "1" });
  await computer.plugIn("sr0", "pci0/ata3", 64 * MIB, { removable: "1" });
  await computer.plugIn("sde", "pci0/ata4", 64 * MIB, { "queue/logical_block_size": "4096" });
  assert.equal((await computer.does("list")).code, 0);
  assert.match(computer.did(), /^lsblk .* mmcblk0 nvme0n1\n$/);
  assert.equal(computer.said().state, "possible");
});

peerTest("Installing: nothing is offered where the box runs from a disk inside the computer", ["sfdisk"], async () => {
  using computer = new Computer();
  await computer.plugIn("sda", "pci0/ata1", 40 * MIB);
  await computer.writeBox("sda", "pci0/ata1");
  await computer.plugIn("sdb", "pci0/ata2", 64 * MIB);
  assert.equal((await computer.does("list")).code, 0);
  assert.deepEqual([...Deno.readDirSync(`${computer.folder}/run/computer`)], []);
});

peerTest("Installing: the disk has the same system under ids of its own, no data, and the computer goes off", [
  "sfdisk",
], async () => {
  using computer = await withStick();
  const { code, text } = await computer.does("to", "nvme0n1:2");
  assert.equal(code, 0, text);
  assert.deepEqual(computer.said(), { state: "done", percent: 100, why: "" });
  const [stick, disk] = [computer.disk("sda"), computer.disk("nvme0n1")];
  for (const part of ["esp", "root-a", "root-b"]) assert.deepEqual(partOf(disk, part), partOf(stick, part));
  assert.match((await run("sfdisk", ["--verify", disk])).text, /No errors detected/);
  assert.doesNotMatch((await run("sfdisk", ["--dump", disk])).text, /5D0DE5C0|data/i);
  assert.match(computer.did(), /systemctl poweroff/);
});

peerTest("Installing: a disk that is not the one that was shown any more stays as it was", ["sfdisk"], async () => {
  using computer = await withStick();
  for (const id of ["nvme0n1:7", "sda:1", "sdz:1"]) {
    assert.equal((await computer.does("to", id)).code, 1, id);
    assert.deepEqual(computer.said(), { state: "failed", percent: 0, why: "gone" });
  }
  assert.ok(Deno.readFileSync(computer.disk("nvme0n1")).every((byte) => byte === 0x55));
});

peerTest(
  "Installing: a disk that does not hold what was written to it is told, and is no box",
  ["sfdisk"],
  async () => {
    using computer = await withStick();
    // a disk that forgets: what is written to it goes nowhere
    const dd = `#!/bin/bash\nfor word; do case "$word" in conv=notrunc) exit 0 ;; esac; done\nexec /usr/bin/dd "$@"\n`;
    await Deno.writeTextFile(`${computer.folder}/bin/dd`, dd, { mode: 0o755 });
    assert.equal((await computer.does("to", "nvme0n1:2")).code, 1);
    assert.deepEqual(computer.said(), { state: "failed", percent: 0, why: "read-again" });
    const looked = await run("sfdisk", ["--dump", computer.disk("nvme0n1")]);
    assert.match(looked.text, /does not contain a recognized partition table/);
  },
);

Deno.test("Installing: a disk is shown by its maker's name with what is on it", () => {
  // as lsblk 2.41 prints it
  const listed = {
    blockdevices: [
      {
        ...{ name: "nvme0n1", size: 256060514304, model: "SAMSUNG MZVLB256HAHQ-000L7 ", fstype: null, label: null },
        children: [
          { name: "nvme0n1p1", size: 272629760, model: null, fstype: "vfat", label: "SYSTEM" },
          { name: "nvme0n1p2", size: 16777216, model: null, fstype: null, label: null },
          { name: "nvme0n1p3", size: 254720000000, model: null, fstype: "ntfs", label: "Windows" },
        ],
      },
      { name: "mmcblk0", size: 31268536320, model: null, fstype: null, label: null },
    ],
  };
  assert.deepEqual(innerDisks(JSON.stringify({ sequences: { nvme0n1: 9, mmcblk0: 10 }, listed })), [
    { id: "nvme0n1:9", name: "SAMSUNG MZVLB256HAHQ-000L7", size: 256060514304, holds: ["SYSTEM", "Windows"] },
    { id: "mmcblk0:10", name: "mmcblk0", size: 31268536320, holds: [] },
  ]);
});
