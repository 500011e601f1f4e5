import { makeImage, preparePackage } from "../appliance/image/images.ts";
import { setUp } from "../appliance/image/setup.ts";
import { VirtualComputer } from "../appliance/image/virtual_computer.ts";
import { run } from "../support/peers.ts";
import { median, ratio, table } from "./measure.ts";

const ROUNDS = 3;
/** What a page of Deno's is with nothing else to do, in the place of the program. */
const PAGE = `Deno.serve({ port: Number(Deno.env.get("SONODESK_WEB_PORT")) }, () => new Response("here"));\n`;
const PROGRAM = `#!/bin/sh
export DENO_DIR="\${SONODESK_DATA:-./data}/cache/deno" DENO_NO_UPDATE_CHECK=1
exec /usr/lib/sonodesk-page/deno run --quiet --no-check --allow-net --allow-env /usr/lib/sonodesk-page/page.ts
`;
/** Until what was written is on the disk, milliseconds. */
const SETTLED = 60_000;

/**
 * From power on to the first answer of the worklist, and beside it the same image whose program is a page of Deno's that
 * only says it is there: the image's boot in software, the second and later ones, since the first makes the disk.
 */
export async function benchPowerOn(): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "sonodesk-power-on-" });
  try {
    const { deb } = await preparePackage();
    await makeImage(deb, `${folder}/box`, "--no-kiosk");
    await makeImage(await packageOfPage(deb, folder), `${folder}/page`, "--no-kiosk");
    const image = (name: string) => `${folder}/${name}/sonodesk-pc-no-kiosk.img`;
    const box = await starts(image("box"), answersWorklist, async (computer) => void await setUp(computer));
    const page = await starts(image("page"), saysItIsThere, (computer) => until(() => saysItIsThere(computer)));
    const seconds = (times: number[]) => times.map((time) => (time / 1000).toFixed(1)).join(", ");
    table("From power on to the first answer, in software", [
      { what: "Sonodesk's worklist", "each, s": seconds(box), ratio: ratio(median(box), median(page)) },
      { what: "a page of Deno's", "each, s": seconds(page), ratio: "" },
    ]);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** How long each start took until `answers`, milliseconds. @param first what is done at the first one */
async function starts(
  image: string,
  answers: (computer: VirtualComputer) => Promise<boolean>,
  first: (computer: VirtualComputer) => Promise<void>,
): Promise<number[]> {
  const computer = await VirtualComputer.make({ image });
  const times = [];
  try {
    computer.start();
    await first(computer);
    for (let n = 0; n < ROUNDS; n++) {
      await new Promise((resolve) => setTimeout(resolve, SETTLED));
      await computer.end();
      const started = performance.now();
      computer.start();
      await until(() => answers(computer));
      times.push(performance.now() - started);
    }
    return times;
  } finally {
    await computer.remove();
  }
}

async function answersWorklist({ ports }: VirtualComputer): Promise<boolean> {
  // QEMU takes the connection in any case
  const patience = ["--timeout", "5", "--acse-timeout", "5", "--dimse-timeout", "5"];
  return (await run("findscu", ["-W", ...patience, "-k", "PatientName", "127.0.0.1", ports.worklist])).code === 0;
}

async function saysItIsThere({ ports }: VirtualComputer): Promise<boolean> {
  try {
    return (await fetch(`http://127.0.0.1:${ports.http}/`, { signal: AbortSignal.timeout(5000) })).ok;
  } catch {
    return false; // not yet
  }
}

async function until(isSo: () => Promise<boolean>): Promise<void> {
  while (!await isSo()) await new Promise((resolve) => setTimeout(resolve, 200));
}

/** The same package with the page in the place of the program. */
async function packageOfPage(deb: string, folder: string): Promise<string> {
  const tree = `${folder}/tree`;
  await succeeds("dpkg-deb", ["--raw-extract", deb, tree]);
  const own = `${tree}/usr/lib/sonodesk-page`;
  await Deno.mkdir(own);
  await Deno.copyFile(Deno.execPath(), `${own}/deno`);
  await Deno.writeTextFile(`${own}/page.ts`, PAGE);
  await Deno.writeTextFile(`${tree}/usr/bin/sonodesk`, PROGRAM);
  await succeeds("dpkg-deb", ["--root-owner-group", "--build", tree, `${folder}/page.deb`]);
  return `${folder}/page.deb`;
}

async function succeeds(command: string, args: string[]): Promise<void> {
  const { code, text } = await run(command, args);
  if (code !== 0) throw new Error(`${command} failed: ${text}`);
}
