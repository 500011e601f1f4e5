import type { Locator, Page } from "playwright-core";
import type { Role } from "../../src/store/users.ts";
import type { DraftName } from "../../src/web/contract/board.ts";
import { PATIENCE } from "../support/until.ts";
import type { TestBox } from "../support/web_box.ts";
import { drawn, useCookie } from "./chromium.ts";

/** So long after something has moved a tap on it is meant for it, milliseconds. */
const SETTLED = 800;

/** Opens the day at the desk with somebody signed in, and waits until it is live. */
export async function openDesk(page: Page, box: TestBox, path = "/", role: Role = "receptionist"): Promise<void> {
  await useCookie(page, box.address, await box.signIn(role));
  await page.goto(box.address + path);
  await page.getByText(/^(Live|चालू)$/).waitFor();
}

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

/** Types as a scanner does: 5 ms a key by the keys' own time, however busy this computer is, and Enter. */
export async function scan(page: Page, code: string): Promise<void> {
  const keyboard = await page.context().newCDPSession(page);
  const keys = [...code].map((key) => ({ key, text: key, virtualKey: key.toUpperCase().charCodeAt(0) }))
    .concat({ key: "Enter", text: "\r", virtualKey: 13 });
  const begun = Date.now() / 1000;
  for (const [n, { key, text, virtualKey }] of keys.entries()) {
    const at = { key, windowsVirtualKeyCode: virtualKey, timestamp: begun + n * 0.005 };
    await keyboard.send("Input.dispatchKeyEvent", { ...at, type: "keyDown", text, unmodifiedText: text });
    await keyboard.send("Input.dispatchKeyEvent", { ...at, type: "keyUp" });
  }
  await keyboard.detach();
}

/** Does what opens a window, and waits until the page has what the box keeps of its draft, and has drawn it. */
export async function withDraft(page: Page, window: DraftName, open: () => Promise<unknown>): Promise<void> {
  const answered = page.waitForResponse((answer) =>
    answer.url().endsWith(`/drafts/${window}`) && answer.request().method() === "GET"
  );
  await open();
  await (await answered).finished();
  await drawn(page);
}
