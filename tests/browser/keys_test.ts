import assert from "node:assert/strict";
import { peerTest } from "../support/peers.ts";
import { BOX, TestBox } from "../support/web_box.ts";
import { launchChromium, openPage, says, SCREENS, screenshot, useCookie } from "./chromium.ts";
import { openDesk, pane } from "./desk.ts";

/* The keys of the screen, the box's clock, and what patients read. */

peerTest("Hindi keys come on an English page too, open unshifted for a name, and have ऋ; the phone pad has +", [
  "chromium",
], async () => {
  const box = await TestBox.start();
  const browser = await launchChromium();
  const { page, errors } = await openPage(browser, SCREENS.panel, { hasTouch: true });
  await openDesk(page, box, "/?keyboard=on");
  await page.getByRole("button", { name: "Walk-in" }).first().tap();
  const keys = page.locator("dialog").getByRole("group", { name: "On-screen keyboard" });
  const tap = (name: string) => keys.getByRole("button", { name, exact: true }).tap();
  await page.tap("input[name=firstName]");
  await tap("कखग");
  await tap("ग");
  await tap("ी");
  await tap("Capital letters");
  await tap("ऋ");
  await says(() => page.inputValue("input[name=firstName]"), "गीऋ");
  await screenshot(page, "hindi-keys-on-english-page-panel");
  await page.tap("input[name=lastName]");
  await tap("र");
  await says(() => page.inputValue("input[name=lastName]"), "र");
  await page.tap("input[name=phone]");
  for (const key of ["+", "9", "1"]) await tap(key);
  await says(() => page.inputValue("input[name=phone]"), "+91");
  await screenshot(page, "phone-keys-panel");
  // digits of any script are digits
  await page.fill("input[name=age]", "३४");
  await says(() => page.inputValue("input[name=age]"), "34");
  assert.deepEqual(errors, []);
  await browser.close();
  await box.stop();
});

peerTest("A device whose clock is a day ahead shows and books the box's day, and is told", ["chromium"], async () => {
  const box = await TestBox.start();
  const { id } = box.book({ id: "P-1", firstName: "Asha", lastName: "Rao" });
  const browser = await launchChromium();
  const { page, errors } = await openPage(browser, SCREENS.panel);
  await page.addInitScript(() => {
    const { now } = Date;
    Date.now = () => now() + 86_400_000;
  });
  await openDesk(page, box, "/");
  await pane(page, id).waitFor();
  await page.getByText(/This device’s clock is 14[34]\d minutes ahead/).waitFor();
  await page.getByRole("button", { name: "Walk-in" }).first().click();
  await page.fill("input[name=lastName]", "Sharma");
  await page.locator("dialog button[value=add]").click();
  await page.locator("li.row", { hasText: "Sharma" }).waitFor();
  const day = box.store.appointments.get(id).date;
  assert.equal(box.store.appointments.onDay(day).length, 2);
  assert.deepEqual(errors, []);
  await browser.close();
  await box.stop();
});

peerTest("The lock screen tells patients to call the staff; who has signed in reads what stops work, on every page", [
  "chromium",
], async () => {
  const since = "2026-11-22T08:00:00.000Z";
  const box = await TestBox.start({
    box: () => ({ ...BOX, demo: false, lockSeconds: 600 }),
    health: () => ({
      status: "failing",
      checks: [
        { name: "disk", status: "failing", detail: "The disk has no room: 3 bytes are free", since },
        { name: "clinic", status: "warning", detail: "SELECT failed: relation users", since },
      ],
    }),
  });
  const browser = await launchChromium();
  const { page, errors } = await openPage(browser, SCREENS.panel);
  await useCookie(page, box.address, await box.signIn("admin"));
  await page.goto(`${box.address}/settings`);
  await page.locator(".stop-banner").getByText("The disk is full.").waitFor();
  await page.goto(box.address);
  await page.locator(".status-bar.is-stopping").getByText("The disk is full.").waitFor();
  await screenshot(page, "disk-full-panel");
  await page.getByRole("button", { name: "Menu" }).click();
  await page.getByRole("button", { name: "Lock now" }).click();
  await page.locator(".lock").getByText("Please call the staff").waitFor();
  const words = await page.locator(".lock").innerText();
  for (const word of ["disk", "SELECT", "database"]) assert.equal(words.includes(word), false, word);
  await screenshot(page, "lock-call-staff-panel");
  assert.deepEqual(errors, []);
  await browser.close();
  await box.stop();
});

peerTest("One refresh that failed is said until the next succeeds, which comes by itself", ["chromium"], async () => {
  const box = await TestBox.start();
  box.book({ id: "P-1", firstName: "Asha", lastName: "Rao" });
  const browser = await launchChromium();
  const { page } = await openPage(browser, SCREENS.panel);
  await openDesk(page, box, "/");
  await page.route("**/api/attention", (route) => route.fulfill({ status: 500, body: "{}" }));
  await page.route("**/api/appointments?date=*", (route) => route.fulfill({ status: 500, body: "{}" }));
  box.store.machines.heard("LOGIQ", "192.168.1.44");
  await box.receive({ studyInstanceUid: "1.2.3.4", patientId: "T-1", patientName: "Un^Known" });
  await page.getByText("could not be loaded").waitFor();
  await page.locator(".row", { hasText: "Asha Rao" }).waitFor(); // what is known is still there
  await page.unroute("**/api/attention");
  await page.unroute("**/api/appointments?date=*");
  await page.getByText("could not be loaded").waitFor({ state: "detached" });
  await browser.close();
  await box.stop();
});
