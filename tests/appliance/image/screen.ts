import assert from "node:assert/strict";
import sharp from "sharp";
import { PATIENCE } from "./setup.ts";
import type { VirtualComputer } from "./virtual_computer.ts";

const ARTIFACTS = new URL("../../.artifacts/", import.meta.url).pathname;
const BASE = Deno.readTextFileSync(new URL("../../../ui/shared/base.css", import.meta.url));
const TROUBLE = new URL("../../../appliance/image/root/usr/share/sonodesk/trouble.html", import.meta.url);

/** What is on the screen by its colours, and how much of it they cover at least. The browser's own error pages have neither. */
type Colours = Record<string, number>;

/** The box's page: its ground, and buttons. */
export const PAGE: Colours = { [colourOf("ground")]: 0.1, [colourOf("accent")]: 0.0003 };
/** What the box shows instead when it is in trouble: letters on its ground. */
export const TROUBLE_PAGE: Colours = {
  [/background: (#\w+);/.exec(Deno.readTextFileSync(TROUBLE))![1]!]: 0.6,
  "#ffffff": 0.001,
};
/** While it starts: the mark on the ground of the page of a trouble, and letters. */
export const SPLASH: Colours = { ...TROUBLE_PAGE, "#0b6470": 0.003 };
/** While the browser begins. */
export const WAITING: Colours = { ...TROUBLE_PAGE, "#ffffff": 0.0002 };
/** Switched off: QEMU then writes a few words of its own. */
export const DARK: Colours = { "#000000": 0.99 };

function colourOf(name: string): string {
  return new RegExp(`--${name}: (#[0-9a-f]{6});`).exec(BASE)![1]!;
}

/** Waits until the screen shows it, and keeps the picture under `name` for people to look at. */
export async function screenShows(computer: VirtualComputer, what: Colours, name: string): Promise<void> {
  await Deno.mkdir(ARTIFACTS, { recursive: true });
  const end = performance.now() + PATIENCE * 1000;
  for (;;) {
    await computer.screenshot(ARTIFACTS + name);
    const shares = await sharesOf(Object.keys(what), ARTIFACTS + name);
    if (Object.entries(what).every(([colour, least]) => shares[colour]! >= least)) return;
    assert.ok(performance.now() < end, `the screen has ${JSON.stringify(shares)}, see ${name}`);
    await new Promise((resolve) => setTimeout(resolve, 2000));
  }
}

/**
 * Follows the screen from one picture to another: what was seen meanwhile, each once in its order, by the names of `seen`;
 * what is none of them is "else". Pictures of each are kept under `name`.
 */
export async function screenUntil(
  computer: VirtualComputer,
  seen: Record<string, Colours>,
  last: string,
  name: string,
): Promise<string[]> {
  await Deno.mkdir(ARTIFACTS, { recursive: true });
  const begun = performance.now();
  const order: string[] = [];
  while (order.at(-1) !== last) {
    const path = `${ARTIFACTS}${name}.png`;
    await computer.screenshot(path);
    const all = [...new Set(Object.values(seen).flatMap((colours) => Object.keys(colours)))];
    const shares = await sharesOf(all, path);
    const found = Object.keys(seen).find((one) =>
      Object.entries(seen[one]!).every(([colour, least]) =>
        shares[colour]! >= least
      )
    ) ?? "else";
    if (order.at(-1) !== found) {
      order.push(found);
      console.log(`${name}: ${found} after ${((performance.now() - begun) / 1000).toFixed(1)} s`);
      await Deno.copyFile(path, `${ARTIFACTS}${name}-${order.length}-${found}.png`);
    }
    assert.ok(performance.now() - begun < PATIENCE * 1000, `the screen has shown ${order.join(", ")}`);
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  return order;
}

/** How much of a picture has exactly these colours, from 0 to 1. */
async function sharesOf(colours: string[], path: string): Promise<Colours> {
  const { data, info } = await sharp(path).removeAlpha().raw().toBuffer({ resolveWithObject: true });
  const found = new Map<number, number>();
  for (let at = 0; at < data.length; at += info.channels) {
    const colour = data[at]! << 16 | data[at + 1]! << 8 | data[at + 2]!;
    found.set(colour, (found.get(colour) ?? 0) + 1);
  }
  const pixels = info.width * info.height;
  return Object.fromEntries(colours.map((one) => [one, (found.get(parseInt(one.slice(1), 16)) ?? 0) / pixels]));
}
