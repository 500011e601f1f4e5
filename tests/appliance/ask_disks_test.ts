import assert from "node:assert/strict";
import { drivesIn } from "../../src/host/drives.ts";
import { peerTest, run } from "../support/peers.ts";

const SCRIPTS = new URL("../../appliance/image/root/usr/lib/sonodesk/", import.meta.url).pathname;

/** What the kernel shows of a computer's disks, as a tree of its own, and the image's script that asks them. */
class Computer implements Disposable {
  readonly folder = Deno.makeTempDirSync({ prefix: "sonodesk-ask-disks-" });
  #number = 0;

  /** A disk with one partition. @returns the number of that partition's device */
  disk(name: string, partition: string, files: Record<string, string>): string {
    const number = `259:${this.#number++}`;
    const device = `${this.folder}/sys/devices/${name}`;
    Deno.mkdirSync(`${device}/${partition}`, { recursive: true });
    Deno.writeTextFileSync(`${device}/${partition}/partition`, "1\n");
    for (const [path, text] of Object.entries(files)) {
      Deno.mkdirSync(`${device}/${path}`.replace(/[^/]+$/, ""), { recursive: true });
      Deno.writeTextFileSync(`${device}/${path}`, text);
    }
    for (const folder of ["class/block", "dev/block"]) {
      Deno.mkdirSync(`${this.folder}/sys/${folder}`, { recursive: true });
    }
    Deno.symlinkSync(device, `${this.folder}/sys/class/block/${name}`);
    Deno.symlinkSync(`${device}/${partition}`, `${this.folder}/sys/class/block/${partition}`);
    Deno.symlinkSync(`${device}/${partition}`, `${this.folder}/sys/dev/block/${number}`);
    return number;
  }

  plugIn(partition: string, name: string): void {
    Deno.mkdirSync(`${this.folder}/run/disks`, { recursive: true });
    Deno.writeTextFileSync(`${this.folder}/run/disks/${partition}`, `${name}\n`);
  }

  /** @param smartctl the directory of a smartctl that is used in place of the system's */
  async ask(root: string, smartctl = ""): Promise<ReturnType<typeof drivesIn>> {
    const { code, text } = await run("bash", [`${SCRIPTS}ask-disks`], {
      env: {
        PATH: `${smartctl}:${Deno.env.get("PATH")}:/usr/sbin`,
        SONODESK_LIB: SCRIPTS.slice(0, -1),
        SONODESK_RUN: `${this.folder}/run`,
        SONODESK_SYS: `${this.folder}/sys`,
        SONODESK_ROOT_DEVICE: root,
      },
    });
    assert.equal(code, 0, text);
    assert.deepEqual(this.leftovers, []);
    return drivesIn(`${this.folder}/run/computer/drives`);
  }

  get leftovers(): string[] {
    return [...Deno.readDirSync(`${this.folder}/run/computer/drives`)].map(({ name }) => name)
      .filter((name) => !/\.(json|smart)$/.test(name));
  }

  [Symbol.dispose](): void {
    Deno.removeSync(this.folder, { recursive: true });
  }
}

Deno.test("Disks: the image tells of its eMMC what the kernel knows, and of an SD card what it is", async () => {
  using computer = new Computer();
  const root = computer.disk("mmcblk0", "mmcblk0p2", {
    "size": "61071360\n",
    "queue/rotational": "0\n",
    "device/type": "MMC\n",
    "device/name": 'DG4032"\\ \n',
    "device/life_time": "0x02 0x09\n",
    "device/pre_eol_info": "0x02\n",
  });
  assert.deepEqual(await computer.ask(root), [{
    ...{ device: "mmcblk0", use: "box", name: "", model: "DG4032", serial: "", kind: "emmc", size: 31268536320 },
    ...{ tells: true, lifeUsed: 80, troubles: ["reserve-low"] },
  }]);
  const card = computer.disk("mmcblk1", "mmcblk1p2", { "size": "62333952\n", "device/type": "SD\n" });
  const [other, ...rest] = await computer.ask(card);
  assert.deepEqual([other!.device, other!.kind, other!.tells], ["mmcblk1", "sd", false]);
  assert.deepEqual(rest, [], "the disk that it was asked of before is gone");
});

Deno.test("Disks: smartctl is asked for the disk, not a partition; one that hangs up half-way has told nothing", async () => {
  using computer = new Computer();
  const root = computer.disk("nvme0n1", "nvme0n1p2", { size: "1000215216\n", "device/model": "KBG40ZNS512G   \n" });
  computer.disk("sdb", "sdb1", { size: "1953525168\n", "device/model": "Elements 25A2\n" });
  computer.plugIn("sdb1", "बैकअप");
  Deno.mkdirSync(`${computer.folder}/bin`);
  Deno.writeTextFileSync(
    `${computer.folder}/bin/smartctl`,
    [
      "#!/bin/bash",
      'case "${!#}" in',
      `/dev/nvme0n1) echo '{"device":{"protocol":"NVMe"},"smart_status":{"passed":true},"endurance_used":{"current_percent":4}}' ;;`,
      `*) printf '{"device":{' ;;`,
      "esac",
      'exit "$(($RANDOM % 4))"',
      "",
    ].join("\n"),
    { mode: 0o755 },
  );
  const [own, backup] = await computer.ask(root, `${computer.folder}/bin`);
  assert.deepEqual([own!.kind, own!.model, own!.lifeUsed], ["nvme", "KBG40ZNS512G", 4]);
  assert.deepEqual([backup!.use, backup!.name, backup!.tells], ["backup", "बैकअप", false]);
  Deno.removeSync(`${computer.folder}/run/disks/sdb1`);
  assert.equal((await computer.ask(root, `${computer.folder}/bin`)).length, 1, "it was pulled out");
});

peerTest("Disks: the real smartctl answers in JSON for a disk that it does not know", ["smartctl"], async () => {
  using computer = new Computer();
  const root = computer.disk("sdzz", "sdzz1", { size: "2048\n", "device/model": "None\n" });
  const [drive] = await computer.ask(root);
  assert.deepEqual([drive!.model, drive!.tells], ["None", false]);
  const said = JSON.parse(Deno.readTextFileSync(`${computer.folder}/run/computer/drives/sdzz.smart`));
  assert.equal(said.smartctl.exit_status, 2);
  assert.match(said.smartctl.messages[0].string, /No such (file|device)/);
});
