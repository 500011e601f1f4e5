import type { Locator, Page } from "playwright-core";
import { PATIENCE } from "../support/until.ts";

/** So long after something has moved a tap on it is meant for it, milliseconds. */
const SETTLED = 800;

/** The line of an appointment on the board. */
export const row = (page: Page, id: string): Locator => page.locator(`.row[data-id="${id}"]`);

/** The person chosen on the board, where it is the one of this appointment. */
export const pane = (page: Page, id: string): Locator => page.locator(`.pane[data-person="${id}"]`);

/**
 * Chooses somebody on the board, as a finger does, and again where it hit a row that had just come.
 *
 * @returns the person, beside the board
 */
export async function choose(page: Page, id: string): Promise<Locator> {
  const person = pane(page, id);
  const button = row(page, id).locator(".row-button");
  for (const until = performance.now() + PATIENCE * 1000;;) {
    await button.click();
    if (await person.count() > 0) break;
    await page.waitForTimeout(200);
    if (performance.now() > until) throw new Error(`Cannot choose ${id}: the person does not show`);
  }
  // what has just come to its place does nothing when it is tapped
  await person.locator(".history li").first().waitFor();
  await page.waitForTimeout(SETTLED);
  return person;
}
