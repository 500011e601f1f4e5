import assert from "node:assert/strict";
import type { Page } from "playwright-core";
import { peerTest } from "../support/peers.ts";
import { TestBox } from "../web/test_box.ts";
import { launchChromium, openPage, says, SCREENS, useCookie } from "./chromium.ts";

/*
 * Nothing a finger aims at changes under it: neither the row, because a machine or another desk does something, nor what
 * its button does.
 */

async function openDesk(page: Page, box: TestBox) {
  await useCookie(page, box.address, await box.signIn("receptionist"));
  await page.goto(box.address);
  await page.getByText("Live", { exact: true }).waitFor();
}

const row = (page: Page, id: string) => page.locator(`[data-id="${id}"]`);

/** Where the main button of a row is now. */
async function aimAt(page: Page, id: string): Promise<{ x: number; y: number }> {
  const { x, y, width, height } = (await row(page, id).locator(".row-action button").first().boundingBox())!;
  return { x: x + width / 2, y: y + height / 2 };
}

peerTest("A double tap on Send sends, and does not recall", ["chromium"], async () => {
  const box = await TestBox.start();
  const browser = await launchChromium();
  const { page, errors } = await openPage(browser, SCREENS.panel, { hasTouch: true });
  await openDesk(page, box);
  for (const [at, pause] of [60, 150, 300, 500, 900].entries()) {
    const { id } = box.book({ id: `P-${at}`, firstName: "Asha", lastName: `Rao${at}` });
    await row(page, id).waitFor();
    await row(page, id).scrollIntoViewIfNeeded();
    await new Promise((resolve) => setTimeout(resolve, 800)); // what came is no longer new
    const { x, y } = await aimAt(page, id);
    await page.touchscreen.tap(x, y);
    await new Promise((resolve) => setTimeout(resolve, pause));
    await page.touchscreen.tap(x, y);
    await new Promise((resolve) => setTimeout(resolve, 300));
    assert.equal(box.store.appointments.get(id).status, "sent", `two taps, ${pause} ms between them`);
  }
  // and what was sent can be recalled a moment later
  await page.getByRole("button", { name: "Recall" }).first().click();
  await says(() => page.locator(".is-scheduled").count(), 1);
  assert.deepEqual(errors, []);
  await browser.close();
  await box.stop();
});

peerTest("Two desks that send the same patient together have sent them once", ["chromium"], async () => {
  const box = await TestBox.start();
  const { id } = box.book({ id: "P-1", firstName: "Asha", lastName: "Rao" });
  const browser = await launchChromium();
  const desks = [
    await openPage(browser, SCREENS.panel, { hasTouch: true }),
    await openPage(browser, SCREENS.panel, { hasTouch: true }),
  ];
  for (const { page } of desks) await openDesk(page, box);
  const [here, there] = desks.map(({ page }) => page) as [Page, Page];
  const { x, y } = await aimAt(there, id);
  await row(here, id).getByRole("button", { name: "Send" }).first().click();
  await row(there, id).getByText("Sent", { exact: false }).first().waitFor();
  await there.touchscreen.tap(x, y);
  await new Promise((resolve) => setTimeout(resolve, 400));
  assert.equal(box.store.appointments.get(id).status, "sent");
  for (const { errors } of desks) assert.deepEqual(errors, []);
  await browser.close();
  await box.stop();
});

peerTest("A tap that lands on a row which images or a booking have just pushed there does nothing", [
  "chromium",
], async () => {
  const box = await TestBox.start();
  const first = box.book({ id: "P-1", firstName: "Asha", lastName: "Rao" }, { time: "10:00" });
  const second = box.book({ id: "P-2", firstName: "Joseph", lastName: "Lobo" }, { time: "10:10" });
  const third = box.book({ id: "P-3", firstName: "Gro", lastName: "Groß" }, { time: "10:20" });
  const browser = await launchChromium();
  const { page, errors } = await openPage(browser, SCREENS.panel, { hasTouch: true });
  await openDesk(page, box);
  const aimed = await aimAt(page, third.id);
  // the row of the second comes to where the third was
  box.book({ id: "P-0", firstName: "New", lastName: "Booking" }, { time: "09:50" });
  await page.getByText("New Booking", { exact: true }).waitFor();
  const pushed = await page.evaluate(
    ({ x, y }) => document.elementFromPoint(x, y)?.closest<HTMLElement>("[data-id]")?.dataset.id,
    aimed,
  );
  assert.equal(pushed, second.id, "the row under the finger is another one");
  await page.touchscreen.tap(aimed.x, aimed.y);
  await new Promise((resolve) => setTimeout(resolve, 400));
  for (const { id } of [first, second, third]) assert.equal(box.store.appointments.get(id).status, "scheduled");
  // a moment later it is what is aimed at
  await new Promise((resolve) => setTimeout(resolve, 700));
  await page.touchscreen.tap(aimed.x, aimed.y);
  await says(() => Promise.resolve(box.store.appointments.get(second.id).status), "sent");
  assert.deepEqual(errors, []);
  await browser.close();
  await box.stop();
});
