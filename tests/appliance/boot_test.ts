// runs first: the image is made and boots in software, which takes minutes
import assert from "node:assert/strict";
import { FIRMWARE, hasProgram, isFile, type Peer, run } from "../support/peers.ts";
import { plainImage } from "./image/images.ts";
import { partitionOf } from "./image/partition.ts";
import { PATIENCE, setUp } from "./image/setup.ts";
import { VirtualComputer } from "./image/virtual_computer.ts";
import { mainJob } from "./main_job.ts";

const NEEDED: Peer[] = [
  ...["mmdebstrap", "mksquashfs", "genimage", "mcopy", "mkfs.vfat", "qemu-system-x86_64", "qemu-img"] as const,
  ...["findscu", "storescu"] as const,
];

// its files are root's
const ignore = !NEEDED.every(hasProgram) || !Object.keys(FIRMWARE).every(isFile) || Deno.uid() !== 0;

Deno.test({
  name: "The PC's image is made of Debian packages, boots with Secure Boot on, gets an address and does the main job",
  ignore,
  fn: async () => {
    let started = performance.now();
    const lap = (what: string) => console.log(`${what}: ${Math.round((performance.now() - started) / 1000)} s`);
    const computer = await VirtualComputer.make({ image: await plainImage(), secureBoot: true });
    lap("made");
    try {
      started = performance.now();
      computer.start();
      const call = await setUp(computer);
      lap("set up");
      assert.match(computer.printed, /DHCPv4 address 10\.0\.2\.15\/24 acquired/);
      await mainJob(call, computer.ports);
      lap("the main job done");
    } catch (error) {
      console.log(computer.printed.slice(-5000));
      throw error;
    } finally {
      await computer.remove();
    }
  },
});

Deno.test({
  name: "Secure Boot is on in that test: a boot loader with one byte changed is not started",
  ignore,
  fn: async () => {
    const computer = await VirtualComputer.make({ image: await plainImage(), secureBoot: true, raw: true });
    try {
      await changeByte(computer.disk, "/EFI/BOOT/grubx64.efi");
      computer.start();
      await computer.prints(/Security Violation/, PATIENCE);
    } finally {
      await computer.remove();
    }
  },
});

/** One of the code of a program on the EFI partition. */
async function changeByte(disk: string, path: string): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    const [esp, program] = [`${disk}@@${partitionOf(disk, "esp").start}`, `${folder}/program`];
    const call = async (command: string, ...args: string[]) => {
      const { code, text } = await run(command, args);
      assert.equal(code, 0, text);
    };
    await call("mcopy", "-i", esp, `::${path}`, program);
    const bytes = await Deno.readFile(program);
    bytes[bytes.length >> 1]! ^= 1;
    await Deno.writeFile(program, bytes);
    await call("mcopy", "-o", "-i", esp, program, `::${path}`);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}
