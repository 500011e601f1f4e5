import assert from "node:assert/strict";
import { peerTest } from "../support/peers.ts";
import { TestBox } from "../support/web_box.ts";
import { launchChromium, openPage, says, SCREENS, screenshot, useCookie } from "./chromium.ts";
import { row } from "./desk.ts";

peerTest("Floor: an older browser is told so, and sends a patient from a plain list", ["chromium"], async () => {
  const box = await TestBox.start();
  box.addUser("receptionist", "receptionist");
  const { id } = box.book({ id: "P-1", firstName: "Asha", lastName: "Rao" });
  const browser = await launchChromium();
  const { page } = await openPage(browser, SCREENS.panel);
  // as a browser without modules does: it runs plain script alone
  await page.addInitScript(() => Reflect.deleteProperty(HTMLScriptElement.prototype, "noModule"));
  await page.route("**/kiosk/main.ts", (route) => route.abort());
  await page.goto(box.address);
  await page.getByText("This browser is too old for it").waitFor();
  await page.locator(".floor input[type=text]").fill("receptionist");
  await page.locator(".floor input[type=password]").fill("correct horse battery staple");
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.locator(".floor-list").getByText("Asha Rao").waitFor();
  await screenshot(page, "floor-list-panel");
  await page.getByRole("button", { name: "Send to machine" }).click();
  await page.getByRole("button", { name: "Sent", exact: true }).waitFor();
  assert.equal(box.store.appointments.get(id).status, "sent");
  await browser.close();
  await box.stop();
});

peerTest("Floor: a part that does not load is said, and goes once the page begins", ["chromium"], async () => {
  const box = await TestBox.start();
  const browser = await launchChromium();
  const { page } = await openPage(browser, SCREENS.panel);
  await page.route("**/kiosk/board.ts", (route) => route.fulfill({ status: 404, body: "" }));
  await page.goto(box.address);
  await page.getByText("A part of it did not load.").waitFor();
  await screenshot(page, "floor-failed-panel");
  await page.unroute("**/kiosk/board.ts");
  await page.getByRole("button", { name: "Load again" }).click();
  await page.locator("input[name=username]").waitFor();
  assert.equal(await page.locator(".floor").count(), 0);
  await browser.close();
  await box.stop();
});

peerTest("Pages start where site data is blocked, the box's time zone is unknown and requests cannot be timed", [
  "chromium",
], async () => {
  const box = await TestBox.start();
  const { id } = box.book({ id: "P-1", firstName: "Asha", lastName: "Rao" });
  const browser = await launchChromium();
  const { page, errors } = await openPage(browser, SCREENS.panel);
  await page.addInitScript(() => {
    const refuse = () => {
      throw new DOMException("The operation is insecure.", "SecurityError");
    };
    Object.defineProperty(globalThis, "localStorage", { get: refuse });
    Reflect.deleteProperty(AbortSignal, "timeout");
    const { DateTimeFormat } = Intl;
    Intl.DateTimeFormat = function (locale?: string, options?: Intl.DateTimeFormatOptions) {
      if (options?.timeZone && options.timeZone !== "UTC") throw new RangeError("Invalid time zone specified");
      return new DateTimeFormat(locale, options);
    } as typeof Intl.DateTimeFormat;
  });
  await useCookie(page, box.address, await box.signIn("receptionist"));
  await page.goto(box.address);
  await row(page, id).waitFor();
  await page.getByRole("button", { name: "Send to machine" }).click();
  await says(() => box.store.appointments.get(id).status, "sent");
  assert.deepEqual(errors, []);
  await browser.close();
  await box.stop();
});

peerTest(
  "Seven pages of one browser on plain HTTP all live, and the first of them still sends",
  ["chromium"],
  async () => {
    const box = await TestBox.start();
    const { id } = box.book({ id: "P-1", firstName: "Asha", lastName: "Rao" });
    const browser = await launchChromium();
    const { page: first, errors } = await openPage(browser, SCREENS.panel);
    await useCookie(first, box.address, await box.signIn("receptionist"));
    await first.goto(box.address);
    await first.getByText("Live", { exact: true }).waitFor();
    for (let n = 0; n < 7; n++) {
      const page = await first.context().newPage();
      await page.goto(box.address);
      await page.getByText("Live", { exact: true }).waitFor();
    }
    await first.getByRole("button", { name: "Send to machine" }).click();
    await says(() => box.store.appointments.get(id).status, "sent");
    // and hears what happens
    box.store.worklistItems.seen([id], "VOLUSON");
    await row(first, id).getByText(/^Seen by machine/).waitFor();
    assert.deepEqual(errors, []);
    await browser.close();
    await box.stop();
  },
);
