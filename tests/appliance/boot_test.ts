// runs first: the image is made and boots in software, which takes minutes
import assert from "node:assert/strict";
import { FIRMWARE, hasProgram, isFile, type Peer } from "../support/peers.ts";
import { plainImage } from "./image/images.ts";
import { setUp } from "./image/setup.ts";
import { VirtualComputer } from "./image/virtual_computer.ts";
import { mainJob } from "./main_job.ts";

const NEEDED: Peer[] = [
  ...["mmdebstrap", "mksquashfs", "genimage", "mcopy", "mkfs.vfat", "qemu-system-x86_64", "qemu-img"] as const,
  ...["findscu", "storescu"] as const,
];

Deno.test({
  name: "The PC's image is made of Debian packages, boots from its firmware, gets an address and does the main job",
  ignore: !NEEDED.every(hasProgram) || !Object.keys(FIRMWARE).every(isFile) || Deno.uid() !== 0, // its files are root's
  fn: async () => {
    let started = performance.now();
    const lap = (what: string) => console.log(`${what}: ${Math.round((performance.now() - started) / 1000)} s`);
    const computer = await VirtualComputer.make({ image: await plainImage() });
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
