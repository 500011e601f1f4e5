import assert from "node:assert/strict";
import type { Page } from "playwright-core";
import { peerTest } from "../support/peers.ts";
import { TestBox } from "../support/web_box.ts";
import { launchChromium, openPage, says, SCREENS } from "./chromium.ts";
import { choose, openDesk, pane, row } from "./desk.ts";

/*
 * Nothing a finger aims at changes under it: neither the row, because a machine or another desk does something, nor what
 * its button does. The busy hour, with a robot's finger in it, is in busy_hour_test.ts.
 */

/** Where something is now. */
async function aimAt(page: Page, selector: string): Promise<{ x: number; y: number }> {
  const { x, y, width, height } = (await page.locator(selector).first().boundingBox())!;
  return { x: x + width / 2, y: y + height / 2 };
}

const pause = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

async function doubleTap(page: Page, { x, y }: { x: number; y: number }, between: number) {
  await page.touchscreen.tap(x, y);
  await pause(between);
  await page.touchscreen.tap(x, y);
  await pause(400);
}

/** Between the two taps, milliseconds. */
const PAUSES = [60, 150, 300, 500, 600];

peerTest("A double tap on Send sends, and does not recall; nor does one on the next patient send two", [
  "chromium",
], async () => {
  const box = await TestBox.start();
  const ids = Array.from(
    { length: 2 * PAUSES.length + 1 },
    (_, n) => box.book({ id: `P-${n}`, firstName: "Asha", lastName: `Rao${n}` }, { time: `10:${10 + n}:00` }).id,
  );
  const browser = await launchChromium();
  const { page, errors } = await openPage(browser, SCREENS.panel, { hasTouch: true });
  await openDesk(page, box);
  const sent = () => ids.filter((id) => box.store.appointments.get(id).status === "sent").length;
  for (const [at, between] of PAUSES.entries()) {
    await choose(page, ids[2 * at]!);
    await pause(800);
    await doubleTap(page, await aimAt(page, ".act-place .primary"), between);
    assert.equal(box.store.appointments.get(ids[2 * at]!).status, "sent", `two taps, ${between} ms between them`);
    assert.equal(sent(), 2 * at + 1);
    // whoever is next is sent with one tap, and only they
    await page.locator(".next-button:enabled").waitFor();
    await doubleTap(page, await aimAt(page, ".next-button"), between);
    assert.equal(sent(), 2 * at + 2, `the next, ${between} ms between two taps`);
  }
  // and what was sent can be taken back a moment later
  await page.getByRole("button", { name: "Undo" }).click();
  await says(() => sent(), 2 * PAUSES.length - 1);
  assert.deepEqual(errors, []);
  await browser.close();
  await box.stop();
});

peerTest("A double tap on what can be done about a booking does it, and does not take it back", [
  "chromium",
], async () => {
  const box = await TestBox.start();
  const booked = PAUSES.map((_, n) => box.book({ id: `P-${n}`, firstName: "Asha", lastName: `Rao${n}` }));
  const browser = await launchChromium();
  const { page, errors } = await openPage(browser, SCREENS.panel, { hasTouch: true });
  await openDesk(page, box);
  const tile = (name: string) => `.tile-${name}:enabled`;
  for (const [at, between] of PAUSES.entries()) {
    const { id } = booked[at]!;
    await choose(page, id);
    for (
      const [name, isSet] of [
        ["arrived", () => box.store.appointments.get(id).arrivedAt !== null],
        ["urgent", () => box.store.appointments.get(id).urgent],
        ["cancelled", () => box.store.appointments.get(id).status === "cancelled"],
      ] as const
    ) {
      await page.locator(tile(name)).waitFor();
      await pause(800);
      await doubleTap(page, await aimAt(page, tile(name)), between);
      assert.equal(isSet(), true, `${name}, ${between} ms between two taps`);
    }
  }
  // it is taken back by the same tile, a moment later
  await page.locator(tile("cancelled")).tap();
  await says(() => box.store.appointments.get(booked.at(-1)!.id).status, "scheduled");
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
  const { x, y } = await aimAt(there, ".act-place .primary");
  await pause(800);
  await Promise.all([here.touchscreen.tap(x, y), there.touchscreen.tap(x, y)]);
  await row(there, id).getByText("Sent", { exact: false }).first().waitFor();
  await there.touchscreen.tap(x, y);
  await pause(400);
  assert.equal(box.store.appointments.get(id).status, "sent");
  for (const { errors } of desks) assert.deepEqual(errors, []);
  await browser.close();
  await box.stop();
});

peerTest("A booking that would push the rows waits until somebody asks for it, and so does one that goes", [
  "chromium",
], async () => {
  const box = await TestBox.start();
  const [first, second, third] = ["10:00", "10:10", "10:20"].map((time, n) =>
    box.book({ id: `P-${n}`, firstName: "Asha", lastName: `Rao${n}` }, { time })
  );
  const browser = await launchChromium();
  const { page, errors } = await openPage(browser, SCREENS.panel, { hasTouch: true });
  await openDesk(page, box);
  const order = () => page.locator(".row").evaluateAll((rows) => rows.map((one) => (one as HTMLElement).dataset.id));
  const before = await order();
  const { x, y } = await aimAt(page, `.row[data-id="${third!.id}"]`);

  const earlier = box.book({ id: "P-8", firstName: "New", lastName: "Booking" }, { time: "09:50" });
  // behind all others it moves nobody
  const last = box.book({ id: "P-9", firstName: "Late", lastName: "Booking" }, { time: "18:00" });
  box.store.appointmentChanges.move(second!.id, { date: "2031-01-01" }, "another desk");
  await page.getByRole("button", { name: "1 new booking, show" }).waitFor();
  await row(page, last.id).waitFor();
  await row(page, second!.id).getByText("No longer on this day").waitFor();
  assert.deepEqual(await order(), [...before, last.id]);
  await page.touchscreen.tap(x, y);
  await pane(page, third!.id).waitFor();

  await page.getByRole("button", { name: "1 new booking, show" }).tap();
  await says(async () => (await order()).join(), [earlier, first, third, last].map((one) => one!.id).join());
  // what has just moved is not what the finger was aimed at
  const after = await page.evaluate(
    ({ x, y }) => document.elementFromPoint(x, y)?.closest<HTMLElement>("[data-id]")?.dataset.id,
    { x, y: y - 60 },
  );
  assert.ok(after);
  await page.touchscreen.tap(x, y - 60);
  await pause(200);
  assert.equal(await pane(page, third!.id).count(), 1, "a tap within 0.7 s of the movement does nothing");
  assert.deepEqual(errors, []);
  await browser.close();
  await box.stop();
});
