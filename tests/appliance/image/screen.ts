import assert from "node:assert/strict";
import sharp from "sharp";
import { PATIENCE } from "./setup.ts";
import type { VirtualComputer } from "./virtual_computer.ts";

const ARTIFACTS = new URL("../../.artifacts/", import.meta.url).pathname;
/** A page has letters with soft edges; a console, a blank screen or a cursor has not. */
const COLOURS_OF_A_PAGE = 50;

/** Waits until the screen shows a page, and keeps the picture under `name` for people to look at. */
export async function screenShows(computer: VirtualComputer, name: string): Promise<void> {
  await Deno.mkdir(ARTIFACTS, { recursive: true });
  const end = performance.now() + PATIENCE * 1000;
  for (;;) {
    await computer.screenshot(ARTIFACTS + name);
    const colours = await coloursIn(ARTIFACTS + name);
    if (colours >= COLOURS_OF_A_PAGE) return;
    assert.ok(performance.now() < end, `the screen has ${colours} colours, see ${name}`);
    await new Promise((resolve) => setTimeout(resolve, 2000));
  }
}

async function coloursIn(path: string): Promise<number> {
  const { data, info } = await sharp(path).raw().toBuffer({ resolveWithObject: true });
  const found = new Set<number>();
  for (let at = 0; at + 2 < data.length; at += info.channels) {
    found.add(data[at]! << 16 | data[at + 1]! << 8 | data[at + 2]!);
  }
  return found.size;
}
