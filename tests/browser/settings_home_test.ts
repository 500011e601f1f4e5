import assert from "node:assert/strict";
import { Box } from "../support/box.ts";
import { peerTest } from "../support/peers.ts";
import { hashPassword } from "../../src/web/password.ts";
import type { PartHealth } from "../../src/web/contract/box.ts";
import { PASSWORD, TestBox } from "../support/web_box.ts";
import { axeScript, violations } from "./axe.ts";
import { launchChromium, openPage, says, SCREENS, screenshot, useCookie } from "./chromium.ts";
import { seedDay } from "./clinic.ts";

const SINCE = "2026-11-22T08:00:00.000Z";
const HEALTH: PartHealth[] = [
  { name: "backup", status: "warning", detail: "There has never been a backup: plug in a disk", since: SINCE },
  { name: "ports", status: "ok", detail: "Machines can connect", since: SINCE },
  { name: "disk", status: "failing", detail: "The disk is full", since: SINCE },
  { name: "store", status: "ok", detail: "The store can be written", since: SINCE },
  { name: "files", status: "ok", detail: "No damage is known", since: SINCE },
];

/** Where each page of the settings has been since it was there: people have kept the addresses. */
const ADDRESSES = [
  ...["machines", "people", "general", "clinic", "storage", "forwarding", "network", "security", "dicom", "logs"],
  ...["updates", "computer", "audit", "home", "backup"],
];

peerTest("Overview: after the first start it says what is left to do, and ticks each off as it happens", [
  "chromium",
], async () => {
  const folder = await Deno.makeTempDir({ prefix: "sonodesk-home-" });
  await using box = await Box.start({ admission: "pairing" });
  const browser = await launchChromium();
  try {
    const { page, errors } = await openPage(browser, SCREENS.panel);
    const address = `http://127.0.0.1:${box.appliance.ports.webPort}`;
    await page.goto(address);
    await page.fill("input[name=clinicName]", "Sunrise Clinic");
    await page.selectOption("select[name=country]", "IN");
    await page.fill("input[name=username]", "asha");
    await page.fill("input[name=password]", "12345678");
    await page.getByRole("button", { name: "Start", exact: true }).click();
    await page.getByRole("alert").getByText(/^Cannot take this password: it is, or nearly is, one of those/).waitFor();
    assert.equal(await page.getAttribute("input[name=password]", "aria-invalid"), "true");
    await page.fill("input[name=password]", PASSWORD);
    await page.getByRole("button", { name: "Start", exact: true }).click();
    const setUp = page.locator("section", { has: page.getByRole("heading", { name: /^Setting up/ }) });
    const left = () => setUp.locator(".count").textContent();
    await setUp.waitFor();
    assert.equal(await left(), "0 of 6 done");
    assert.equal(await page.getByRole("heading", { name: "Everything works" }).count(), 1);
    await screenshot(page, "settings-home-new-panel");

    const machine = box.store.machines.add({ aeTitle: "US1", name: "Voluson", admitted: true });
    box.store.machines.queried(machine.id);
    await says(left, "1 of 6 done");
    await setUp.locator(".is-done", { hasText: "A machine has asked" }).waitFor();

    await setUp.getByRole("link", { name: /A backup is made/ }).click();
    await page.fill("input[name=backupFolder]", folder);
    await page.getByRole("button", { name: "Save" }).click();
    await page.getByText("Saved").waitFor();
    await page.getByRole("button", { name: "Back up now" }).click();
    await page.getByText(/^Last good backup/).waitFor();
    await page.getByText("Not read back yet").waitFor();
    await page.getByRole("button", { name: "Prove it now" }).click();
    await page.getByText(/^Last proven .*: 1 file read back, none changed/).waitFor();
    await screenshot(page, "settings-backup-panel");
    box.store.users.add({
      ...{ username: "meera", displayName: "", role: "doctor" },
      passwordHash: await hashPassword(PASSWORD),
    });
    await page.getByRole("link", { name: "Overview" }).click();
    await says(left, "4 of 6 done");
    await screenshot(page, "settings-home-begun-panel");
    assert.deepEqual(errors, []);
  } finally {
    await browser.close();
    await Deno.remove(folder, { recursive: true });
  }
});

peerTest(
  "Overview: what stops work stands first, and each thing leads to where it is mended",
  ["chromium"],
  async () => {
    const box = await TestBox.start({ health: () => ({ status: "failing", checks: HEALTH }) });
    await seedDay(box);
    box.store.machines.heard("LOGIQ-P9", "192.168.1.44");
    const browser = await launchChromium();
    const { page, errors } = await openPage(browser, SCREENS.panel);
    await useCookie(page, box.address, await box.signIn("admin"));
    await page.goto(`${box.address}/settings`);
    await page.getByRole("heading", { name: "1 thing stops work" }).waitFor();
    const items = page.locator(".home-state .home-item");
    assert.deepEqual(await items.locator("strong").allTextContents(), [
      "The disk is full",
      "A backup is needed",
      "1 machine waits to be admitted",
    ]);
    for (const [words, page_] of [["disk is full", "Disk and files"], ["backup is needed", "Backup"]] as const) {
      await items.filter({ hasText: words }).click();
      await page.locator(".settings-tabs [aria-current=page]", { hasText: page_ }).waitFor();
      await page.goBack();
    }
    await items.filter({ hasText: "waits to be admitted" }).click();
    await page.locator("li.is-waiting", { hasText: "LOGIQ-P9" }).waitFor();

    // what the box has not answered is neither done nor left
    const setUp = page.getByRole("heading", { name: /^Setting up/ });
    await page.goBack();
    await setUp.waitFor();
    await page.route("**/api/care", (route) => route.abort());
    await page.reload();
    await items.first().waitFor();
    assert.equal(await setUp.count(), 0);
    assert.deepEqual(errors, []);
    await browser.close();
    await box.stop();
  },
);

peerTest("Menu: its seven entries fit the panel and the phone, and every address that was ever there still leads", [
  "chromium",
], async () => {
  const box = await TestBox.start();
  await seedDay(box);
  const cookie = await box.signIn("admin");
  const browser = await launchChromium();
  const { page, errors } = await openPage(browser, SCREENS.panel);
  await useCookie(page, box.address, cookie);
  for (const name of ADDRESSES) {
    await page.goto(`${box.address}/settings#${name}`);
    await page.waitForFunction(() => document.querySelector("[aria-busy=true]") === null);
    assert.equal(await page.locator(".settings-nav [aria-current]").count(), 1, name);
    const tab = page.locator(".settings-tabs [aria-current]");
    if (await tab.count() > 0) assert.equal(await tab.getAttribute("href"), `#${name}`);
    await page.locator("main h2").first().waitFor();
  }
  const last = page.locator(".settings-nav a").last();
  assert.equal(await page.locator(".settings-nav a").count(), 7);
  const { y, height } = (await last.boundingBox())!;
  assert.ok(y + height <= SCREENS.panel.height, "all of it is in view");
  await page.setViewportSize(SCREENS.phone);
  for (const group of ["Overview", "Machines", "Storage and backup", "Network and security", "What happened"]) {
    await page.locator(".settings-nav").getByRole("link", { name: group, exact: true }).click();
    await page.locator(".settings-nav [aria-current]", { hasText: group }).waitFor();
    assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), SCREENS.phone.width, group);
  }
  assert.deepEqual(errors, []);
  await browser.close();
  await box.stop();
});

peerTest("Overview: axe-core finds nothing, and nothing is cut, on a panel, a laptop and a phone, in both languages", [
  "chromium",
], async () => {
  const found: string[] = [];
  const browser = await launchChromium();
  const axe = await axeScript();
  const screens = { panel: SCREENS.panel, laptop: { width: 1280, height: 800 }, phone: SCREENS.phone };
  for (const state of ["well", "ill"] as const) {
    const checks = state === "ill" ? HEALTH : HEALTH.filter(({ status }) => status === "ok");
    const box = await TestBox.start({ health: () => ({ status: state === "ill" ? "failing" : "ok", checks }) });
    await seedDay(box);
    if (state === "ill") box.store.machines.heard("LOGIQ-P9", "192.168.1.44");
    const cookie = await box.signIn("admin");
    for (const language of ["en", "hi"]) {
      for (const colorScheme of ["light", "dark"] as const) {
        const { page } = await openPage(browser, SCREENS.panel, { colorScheme, bypassCSP: true });
        await page.addInitScript(axe);
        await page.addInitScript((language) => localStorage.setItem("language", language), language);
        await useCookie(page, box.address, cookie);
        for (const [name, size] of Object.entries(screens)) {
          await page.setViewportSize(size);
          await page.goto(`${box.address}/settings`);
          await page.locator(".home .home-list").first().waitFor();
          const where = `settings-home-${state}-${name}-${language}-${colorScheme}`;
          assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), size.width, where);
          found.push(...await violations(page, where, colorScheme === "dark"));
          await screenshot(page, where);
        }
        await page.context().close();
      }
    }
    await box.stop();
  }
  assert.deepEqual(found, []);
  await browser.close();
});
