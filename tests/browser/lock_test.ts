import assert from "node:assert/strict";
import { once } from "node:events";
import { type AddressInfo, connect, createServer } from "node:net";
import type { Page } from "playwright-core";
import { hashPassword } from "../../src/web/password.ts";
import { peerTest } from "../support/peers.ts";
import { BOX, PASSWORD, TestBox } from "../support/web_box.ts";
import { launchChromium, openPage, SCREENS, screenshot, useCookie } from "./chromium.ts";
import { seedDay } from "./clinic.ts";

peerTest("Lock: left alone the page holds no patient; the PIN brings the day back, five wrong ones the full login", [
  "chromium",
], async () => {
  const box = await TestBox.start({ box: () => ({ ...BOX, demo: false, lockSeconds: 60 }) });
  const { appointments } = await seedDay(box);
  const browser = await launchChromium();
  const { page, errors } = await openPage(browser, SCREENS.panel, { hasTouch: true });
  await useCookie(page, box.address, await box.signIn("receptionist"));
  await page.goto(box.address);
  await page.getByRole("button", { name: "Menu" }).tap();
  await page.getByRole("button", { name: "Set a PIN" }).tap();
  await page.fill("input[name=pin]", "4711");
  await page.fill("input[name=password]", PASSWORD);
  await page.getByRole("button", { name: "Save" }).tap();
  await page.waitForSelector("dialog", { state: "detached" });
  await page.locator(".row-button").first().tap();
  await page.locator(".history li").first().waitFor();

  // a minute in which nobody touches it, without the wait
  const leaveAlone = () => page.evaluate(() => localStorage.setItem("touched", String(Date.now() - 61_000)));
  await leaveAlone();
  await page.locator(".lock").waitFor();
  const source = await page.content();
  for (const { patient } of appointments) {
    for (const word of [patient.lastName, patient.id]) assert.equal(source.includes(word), false, word);
  }
  for (const words of [BOX.name, BOX.hostName, "Everything works"]) await page.getByText(words).first().waitFor();
  await screenshot(page, "lock-panel");

  await page.locator(".lock-open").tap();
  const key = (name: string) => page.locator(".pin").getByRole("button", { name, exact: true });
  const sizes = await page.locator(".pin-key").evaluateAll((keys) =>
    keys.map((key) => Math.min(key.getBoundingClientRect().width, key.getBoundingClientRect().height))
  );
  const millimetre = await page.evaluate(() =>
    parseFloat(getComputedStyle(document.documentElement).getPropertyValue("--mm"))
  );
  assert.ok(Math.min(...sizes) >= 20 * millimetre - 1, `digits of 20 mm, not ${Math.min(...sizes)} px`);
  for (const digit of "4712") await key(digit).tap();
  await key("Unlock").tap();
  await page.getByText("Wrong PIN. 4 tries left.").waitFor();
  await screenshot(page, "pin-wrong-panel");
  for (const digit of "4711") await key(digit).tap();
  await key("Unlock").tap();
  await page.locator(".row").first().waitFor();

  // a page that is opened again is not open
  await leaveAlone();
  await page.locator(".lock").waitFor();
  await page.reload();
  await page.locator(".lock-open").waitFor();
  await page.locator(".lock-open").tap();
  for (let tries = 0; tries < 5; tries++) {
    for (const digit of "9090") await key(digit).tap();
    await key("Unlock").tap();
    if (tries < 4) await page.getByText(new RegExp(`${4 - tries} (try|tries) left`)).waitFor();
  }
  await page.getByText("Too many wrong PINs").waitFor();
  await page.locator("input[name=username]").waitFor();
  assert.deepEqual(errors, []);
  await browser.close();
  await box.stop();
});

peerTest("Lock: it fits the wide screen and the phone; without a PIN it leads to the full login", [
  "chromium",
], async () => {
  const box = await TestBox.start({ box: () => ({ ...BOX, demo: false, lockSeconds: 600 }) });
  await seedDay(box);
  const { id } = box.store.users.findByUsername("doctor")!;
  box.store.users.setPinHash(id, await hashPassword("4711"));
  const browser = await launchChromium();
  for (const name of ["wide", "phone"] as const) {
    const { page, errors } = await openPage(browser, SCREENS[name]);
    await useCookie(page, box.address, await box.signIn(name === "wide" ? "doctor" : "receptionist"));
    await page.goto(box.address);
    await page.getByRole("button", { name: "Menu" }).click();
    await page.getByRole("button", { name: "Lock now" }).click();
    await page.locator(".lock-open").waitFor();
    await screenshot(page, `lock-${name}`);
    await page.keyboard.press("Enter");
    if (name === "wide") {
      await page.locator(".pin").waitFor();
      await screenshot(page, "pin-wide");
      await page.keyboard.type("4711");
      await page.keyboard.press("Enter");
      await page.locator(".row").first().waitFor();
    } else {
      await page.fill("input[name=username]", "doctor");
      await page.fill("input[name=password]", PASSWORD);
      await page.keyboard.press("Enter");
      await page.locator(".row").first().waitFor();
    }
    assert.ok(await page.evaluate(() => document.documentElement.scrollWidth) <= SCREENS[name].width);
    assert.deepEqual(errors, []);
    await page.context().close();
  }
  await browser.close();
  await box.stop();
});

peerTest(
  "Screen: measured with a card, a millimetre on the page is one on the panel, also after a restart of its browser",
  [
    "chromium",
  ],
  async () => {
    let kept: string | undefined;
    const box = await TestBox.start({ box: () => ({ ...BOX, pixelsPerMillimetre: Number(kept) || undefined }) });
    box.store.changes.subscribe(() => kept = box.store.settings.get("pixels per millimetre"));
    await seedDay(box);
    const cookie = await box.signIn("receptionist");
    const browser = await launchChromium();
    const { page } = await openPage(browser, SCREENS.panel);
    await useCookie(page, box.address, cookie);
    await page.goto(box.address);
    await page.getByRole("button", { name: "Menu" }).click();
    await page.getByRole("button", { name: "Size of this screen" }).click();
    await page.getByRole("slider").fill("4.6");
    await screenshot(page, "screen-size-panel");
    const answered = page.waitForResponse("**/api/screen");
    await page.getByRole("button", { name: "Save" }).click();
    await answered;
    const isAsHigh = (page: Page, pixels: number) =>
      page.waitForFunction((pixels) => {
        const button = document.querySelector(".pane .button.main");
        return button !== null && Math.abs(button.getBoundingClientRect().height - pixels) < 1;
      }, pixels);
    await isAsHigh(page, 20 * 4.6);
    await screenshot(page, "day-measured-panel");
    await page.context().close();
    const { page: fresh } = await openPage(browser, SCREENS.panel);
    await useCookie(fresh, box.address, cookie);
    await fresh.goto(box.address);
    await fresh.locator(".row").first().waitFor();
    await isAsHigh(fresh, 20 * 4.6);
    await browser.close();
    await box.stop();
  },
);

peerTest("Lock: what was locked while the box was away stays so, and a printed page's tab names no patient", [
  "chromium",
], async () => {
  const box = await TestBox.start({ box: () => ({ ...BOX, demo: false, lockSeconds: 600 }) });
  const { appointments: [first] } = await seedDay(box);
  const browser = await launchChromium();
  const { page } = await openPage(browser, SCREENS.panel);
  await useCookie(page, box.address, await box.signIn("doctor"));
  await page.goto(`${box.address}/print?study=${first!.studyInstanceUid}`);
  await page.waitForFunction((id) => document.title.includes(id), first!.patient.id);
  await page.goto(box.address);
  await page.locator(".row").first().waitFor();
  await page.route("**/api/session/lock", (route) => route.abort());
  await page.getByRole("button", { name: "Menu" }).click();
  await page.getByRole("button", { name: "Lock now" }).click();
  await page.locator(".lock").waitFor();
  await page.reload();
  // until the box can be told nothing is shown at all
  await page.waitForResponse("**/api/box");
  assert.equal(await page.locator(".row").count(), 0);
  await page.unroute("**/api/session/lock");
  await page.locator(".lock").waitFor();
  assert.equal(await page.locator(".row").count(), 0);
  await browser.close();
  await box.stop();
});

peerTest("Lock: a PIN typed without looking, faster than the page draws, opens it", ["chromium"], async () => {
  const box = await TestBox.start({ box: () => ({ ...BOX, demo: false, lockSeconds: 60 }) });
  box.addUser("receptionist", "receptionist");
  box.store.users.setPinHash(box.store.users.findByUsername("receptionist")!.id, await hashPassword("4711"));
  const browser = await launchChromium();
  const { page, errors } = await openPage(browser, SCREENS.panel);
  await useCookie(page, box.address, await box.signIn("receptionist"));
  await page.goto(box.address);
  await page.getByText("Live").waitFor();
  let tries = 0;
  page.on("request", (request) => tries += Number(request.url().endsWith("/api/session/unlock")));
  const lock = async () => {
    await page.evaluate(() => localStorage.setItem("touched", String(Date.now() - 61_000)));
    await page.locator(".lock-open").waitFor();
  };
  await lock();
  // the first wakes the page, and the others come as soon as it listens, two keys of Enter by a heavy finger
  await page.evaluate(async () => {
    // each is an event of its own, and what it has queued comes before the next
    const type = async (key: string) => {
      dispatchEvent(new KeyboardEvent("keydown", { key, cancelable: true }));
      await Promise.resolve();
    };
    const shown = new Promise<void>((resolve) =>
      new MutationObserver(() => document.querySelector(".pin") && resolve())
        .observe(document.body, { childList: true, subtree: true })
    );
    await type("4");
    await shown;
    for (const key of ["7", "1", "2", "Backspace", "1", "Enter", "Enter"]) await type(key);
  });
  await page.getByText("Live").waitFor();
  assert.equal(tries, 1);
  assert.deepEqual(errors, []);
  await browser.close();
  await box.stop();
});

peerTest("Live: a box that says nothing any more is not called live", ["chromium"], async () => {
  const box = await TestBox.start();
  await seedDay(box);
  const browser = await launchChromium();
  const { page } = await openPage(browser, SCREENS.panel);
  // a network that brings the page nothing for a while, and says so to nobody
  let isThere = Promise.resolve();
  const network = createServer((page) => {
    const onward = connect(box.port, "127.0.0.1");
    page.pipe(onward);
    onward.on("data", (piece) => isThere.then(() => page.write(piece)));
    for (const one of [page, onward]) {
      one.on("error", () => {});
      one.on("close", () => isThere.then(() => [page, onward].forEach((each) => each.destroy())));
    }
  });
  await once(network.listen(0, "127.0.0.1"), "listening");
  await useCookie(page, box.address, await box.signIn("receptionist"));
  await page.clock.install();
  // as where a browser has none: the clock of such a worker cannot be moved
  await page.addInitScript(() => Reflect.deleteProperty(globalThis, "SharedWorker"));
  await page.goto(`http://127.0.0.1:${(network.address() as AddressInfo).port}`);
  await page.getByText("Live", { exact: true }).waitFor();
  const back = Promise.withResolvers<void>();
  isThere = back.promise;
  await page.clock.runFor(30_000);
  assert.equal(await page.getByText("Live", { exact: true }).count(), 1);
  const reconnecting = page.getByText("Reconnecting", { exact: true });
  for (let n = 0; n < 40 && await reconnecting.count() === 0; n++) await page.clock.runFor(500);
  assert.equal(await reconnecting.count(), 1);
  back.resolve();
  await page.clock.runFor(2000);
  await page.getByText("Live", { exact: true }).waitFor();
  await browser.close();
  network.close();
  await box.stop();
});

peerTest("Lock: a clock that is set back does not keep a page open", ["chromium"], async () => {
  const box = await TestBox.start({ box: () => ({ ...BOX, demo: false, lockSeconds: 3 }) });
  await seedDay(box);
  const browser = await launchChromium();
  const { page } = await openPage(browser, SCREENS.panel);
  await useCookie(page, box.address, await box.signIn("receptionist"));
  // as a page left it that was touched while the clock showed tomorrow
  await page.addInitScript(() => localStorage.setItem("touched", String(Date.now() + 86_400_000)));
  await page.goto(box.address);
  await page.locator(".lock").waitFor();
  await browser.close();
  await box.stop();
});

peerTest(
  "Password: one's own is changed from the menu; a clinic's login is told who changes it",
  ["chromium"],
  async () => {
    const box = await TestBox.start();
    const browser = await launchChromium();
    const { page, errors } = await openPage(browser, SCREENS.panel, { hasTouch: true });
    await useCookie(page, box.address, await box.signIn("receptionist"));
    await page.goto(box.address);
    const open = async () => {
      await page.getByRole("button", { name: "Menu" }).tap();
      await page.getByRole("button", { name: "Change password" }).tap();
    };
    await open();
    await page.fill("input[name=password]", PASSWORD);
    await page.fill("input[name=newPassword]", "password1");
    await page.getByRole("button", { name: "Save" }).tap();
    await page.getByText("Cannot take this password", { exact: false }).waitFor();
    await screenshot(page, "own-password-panel");
    await page.fill("input[name=newPassword]", "verandah pickle umbrella");
    await page.getByRole("button", { name: "Save" }).tap();
    await page.waitForSelector("dialog", { state: "detached" });
    const again = await box.fetch("/api/session", {
      body: { username: "receptionist", password: "verandah pickle umbrella" },
    });
    assert.equal(again.status, 200);
    await again.body?.cancel();

    const passwordHash = await hashPassword(PASSWORD);
    box.store.users.add({ username: "doctor", displayName: "", role: "doctor", passwordHash }, "clinic");
    await useCookie(page, box.address, await box.signIn("doctor"));
    await page.reload();
    await open();
    await page.getByText("the clinic’s program changes its password", { exact: false }).waitFor();
    assert.equal(await page.locator("dialog input").count(), 0);
    assert.deepEqual(errors, []);
    await browser.close();
    await box.stop();
  },
);
