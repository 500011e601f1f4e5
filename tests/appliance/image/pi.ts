import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { run } from "../../support/peers.ts";
import { mainJob } from "../main_job.ts";
import { piImage } from "./images.ts";
import { findPartition, partitionOf } from "./partition.ts";
import { setUp, signIn } from "./setup.ts";
import { type LoadedFromCard, VirtualComputer } from "./virtual_computer.ts";

/** By board, what its firmware wants to find on the card beside kernel, RAM disk and command line. */
const FOR_THE_FIRMWARE: Record<string, string[]> = {
  pi: ["start4.elf", "fixup4.dat", "a/bcm2711-rpi-4-b.dtb", "a/bcm2711-rpi-400.dtb"],
  pi5: ["a/bcm2712-rpi-5-b.dtb", "a/bcm2712-d-rpi-5-b.dtb"],
};

for (const [board, files] of Object.entries(FOR_THE_FIRMWARE)) {
  Deno.test(`The image for ${board} does the main job once its firmware's part is done, and again after the plug was pulled`, async () => {
    const image = await piImage(board);
    const folder = await Deno.makeTempDir({ prefix: "sonodesk-card-" });
    const card = await loadFromCard(image, files, folder);
    const computer = await VirtualComputer.make({ image, raw: true, card });
    try {
      const started = performance.now();
      computer.start();
      let call = await setUp(computer);
      const [, kernel] = /Linux version (\S+)/.exec(Buffer.from(Deno.readFileSync(card.kernel)).toString("latin1"))!;
      console.log(
        `Linux ${kernel}, set up ${Math.round((performance.now() - started) / 1000)} s after it was switched on`,
      );
      const stored = await mainJob(call, computer.ports);
      assert.ok(findPartition(computer.disk, "data")!.length > 1e9, "it has made itself room for data");
      await computer.end();
      computer.start();
      call = await signIn(computer);
      const file = await call("GET", `/api/instances/${stored}/file`);
      assert.ok((await file.arrayBuffer()).byteLength > 1000);
      assert.match(computer.printed, /Running from root a/);
    } catch (error) {
      console.log(computer.printed.slice(-5000));
      throw error;
    } finally {
      await computer.remove();
      await Deno.remove(folder, { recursive: true });
    }
  });
}

/** Takes what the firmware loads out of the image, as its config.txt says. */
async function loadFromCard(image: string, files: string[], folder: string): Promise<LoadedFromCard> {
  const card = `${image}@@${partitionOf(image, "firmware").start}`;
  const take = async (file: string) => {
    const to = `${folder}/${file.replace("/", "-")}`;
    const { code, text } = await run("mcopy", ["-i", card, `::/${file}`, to]);
    assert.equal(code, 0, `${file}: ${text}`);
    assert.ok(Deno.statSync(to).size > 0, file);
    return to;
  };
  for (const file of files) await take(file);
  const config = await Deno.readTextFile(await take("config.txt"));
  const value = (name: string) => new RegExp(`^${name}[= ](\\S+)`, "m").exec(config)![1]!;
  const prefix = value("os_prefix");
  return {
    kernel: await take(prefix + value("kernel")),
    initrd: await take(prefix + value("initramfs")),
    commandLine: (await Deno.readTextFile(await take(`${prefix}cmdline.txt`))).trim(),
  };
}
