import assert from "node:assert/strict";
import type { Page } from "playwright-core";
import { hashPassword } from "../../src/web/password.ts";
import { peerTest } from "../support/peers.ts";
import { BOX, TestBox } from "../support/web_box.ts";
import { axeScript, violations } from "./axe.ts";
import { launchChromium, openPage, SCREENS, screenshot, useCookie } from "./chromium.ts";
import { choose } from "./desk.ts";
import { ENDED, receiveUnmatched, seedDay } from "./clinic.ts";

/** The pages of the settings, with a heading of each; the last one is gone on with. */
const SETTINGS_PAGES = {
  home: "1 thing needs a look",
  people: "People",
  general: "Name, clock and screens",
  clinic: "Clinic database",
  tables: "Clinic tables",
  storage: "Disk and files",
  backup: "Backup",
  forwarding: "Forwarding",
  network: "Network",
  security: "Who may connect",
  dicom: "DICOM over TLS",
  logs: "What machines did",
  audit: "Who did what",
  machines: "Machines",
};

/** What can be touched on the kiosk and is smaller than 12 mm, or 20 mm for the main action of the person. */
async function tooSmall(page: Page, where: string): Promise<string[]> {
  const found = await page.evaluate(() => {
    const mm = parseFloat(getComputedStyle(document.documentElement).getPropertyValue("--mm"));
    const open = document.querySelector("dialog[open]") ?? document;
    return [
      ...open.querySelectorAll(
        "button, a, input:not([type=checkbox]), label:has(> input[type=checkbox]), select, summary",
      ),
    ].flatMap((one) => {
      const { width, height } = one.getBoundingClientRect();
      // what is hidden; and a link in the middle of a sentence is as high as the sentence
      if (width < 2 || height < 2 || getComputedStyle(one).display === "inline") return [];
      const least = (one.matches(".pane .button.main") ? 20 : 12) * mm - 0.6;
      const name = one.getAttribute("aria-label") ?? one.textContent?.trim().replace(/\s+/g, " ").slice(0, 40);
      return height < least || width < Math.min(least, 12 * mm - 0.6)
        ? [`${name} (${one.className}): ${width.toFixed(0)} × ${height.toFixed(0)} px`]
        : [];
    });
  });
  return found.map((line) => `${where}: ${line}`);
}

peerTest("Accessibility: axe-core finds nothing on any page or window, light and dark", ["chromium"], async () => {
  const box = await TestBox.start({ box: () => ({ ...BOX, demo: false, admission: "pairing", lockSeconds: 600 }) });
  const { appointments, next } = await seedDay(box);
  box.book({ id: "P-9", firstName: "Anand", lastName: "Rao" }, { date: "2026-01-05" });
  await receiveUnmatched(box);
  await box.store.associations.add([
    { ...ENDED, name: "a1", outcome: "released" },
    { ...ENDED, name: "a2", outcome: "the peer closed the connection without a release" },
  ]);
  box.store.machines.heard("LOGIQ-P9", "192.168.1.44", "LOGIQ_7");
  box.store.users.setPinHash(box.store.users.findByUsername("admin")!.id, await hashPassword("4711"));
  const browser = await launchChromium();
  const axe = await axeScript();
  const found: string[] = [];
  for (const colorScheme of ["light", "dark"] as const) {
    const { page } = await openPage(browser, SCREENS.panel, { colorScheme, bypassCSP: true });
    await page.addInitScript(axe);
    const look = async (where: string) => {
      found.push(...await violations(page, `${where}, ${colorScheme}`, colorScheme === "dark"));
      if (colorScheme === "light" && !where.startsWith("settings")) found.push(...await tooSmall(page, where));
    };
    await page.goto(box.address);
    await page.locator("input[name=username]").waitFor();
    await look("sign in");
    await useCookie(page, box.address, await box.signIn("admin"));
    await page.goto(box.address);
    await page.locator(".row").first().waitFor();
    await page.getByText("Live", { exact: true }).waitFor();
    await look("day");
    const inWindow = async (where: string, open: () => Promise<void>) => {
      await open();
      await page.locator("dialog[open]").waitFor();
      await look(where);
      await page.keyboard.press("Escape");
      await page.locator("dialog[open]").waitFor({ state: "detached" });
    };
    await inWindow("walk-in", () => page.getByRole("button", { name: "Walk-in" }).click());
    await inWindow("unmatched", () => page.getByRole("button", { name: /to check/ }).click());
    await inWindow("health", () => page.locator(".health").click());
    await inWindow("connect", () => page.getByRole("button", { name: "Connect a machine" }).click());
    await inWindow("calendar", () => page.locator(".day-name").click());
    const first = await choose(page, appointments[0]!.id);
    await first.locator(".history li").first().waitFor();
    await look("person");
    const unsent = await choose(page, next.id);
    for (const name of ["Edit", "Move", "Note"]) {
      await inWindow(name, () => unsent.getByRole("button", { name, exact: true }).click());
    }
    await page.getByRole("searchbox").fill("rao");
    await page.locator(".elsewhere-open").waitFor();
    await look("search");
    await page.getByRole("searchbox").fill("");
    await choose(page, appointments[0]!.id);
    // a picture first, then a clip, with what was measured beside it
    for (const [place, where] of [[0, "viewer"], [3, "viewer, clip"]] as const) {
      await first.locator(".thumbnail").nth(place).click();
      await page.locator(".viewer-picture").first().waitFor();
      await page.getByRole("button", { name: "Measurements", exact: true }).click();
      await look(where);
      await page.keyboard.press("Escape");
      await page.locator(".viewer").waitFor({ state: "detached" });
    }
    for (const name of ["Change PIN", "Size of this screen"]) {
      await inWindow(name, async () => {
        await page.getByRole("button", { name: "Menu" }).click();
        await page.getByRole("button", { name }).click();
      });
    }
    await page.getByRole("button", { name: "Menu" }).click();
    await look("menu");
    await page.getByRole("button", { name: "Lock now" }).click();
    await page.locator(".lock-open").waitFor();
    await look("lock");
    await page.keyboard.press("Enter");
    await page.locator(".pin").waitFor();
    await look("PIN");
    await page.keyboard.type("4711");
    await page.keyboard.press("Enter");
    await page.locator(".row").first().waitFor();

    await page.goto(`${box.address}/print?study=${appointments[0]!.studyInstanceUid}`);
    await page.getByRole("heading", { name: "Measurements" }).waitFor();
    await look("print");

    for (const [name, title] of Object.entries(SETTINGS_PAGES)) {
      await page.goto(`${box.address}/settings#${name}`);
      await page.getByRole("heading", { name: title, exact: true }).waitFor();
      await page.waitForTimeout(500); // what the page asks for has come
      await page.waitForFunction(() => document.querySelector("[aria-busy=true]") === null);
      await look(`settings, ${name}`);
      if (colorScheme === "dark") {
        await screenshot(page, `settings-${name}-panel-dark`);
      }
    }
    await inWindow("machine form", async () => {
      await page.getByRole("button", { name: "Add a machine" }).click();
      await page.getByText("How its list is made").click();
    });
    await page.getByRole("link", { name: "Open", exact: true }).first().click();
    await page.getByRole("heading", { name: "What it asked" }).waitFor();
    await look("machine");
    await page.context().close();
  }
  assert.deepEqual(found, []);
  await browser.close();
  await box.stop();
});

peerTest(
  "Accessibility: nor at the first start, on a phone, in Hindi, with keys on the screen, in the windows of windows",
  [
    "chromium",
  ],
  async () => {
    const browser = await launchChromium();
    const axe = await axeScript();
    const found: string[] = [];
    const look = async (page: Page, where: string) => {
      found.push(...await violations(page, where, false));
      // a phone's millimetres are its own: it is held, and not stood before
      if (!/phone/.test(where)) found.push(...await tooSmall(page, where));
    };

    const fresh = await TestBox.start({ announceSetupCode: () => {} });
    for (const [name, screen] of [["panel", SCREENS.panel], ["phone", SCREENS.phone]] as const) {
      const { page } = await openPage(browser, screen, { bypassCSP: true });
      await page.addInitScript(axe);
      await page.goto(fresh.address);
      await page.locator(".setup-code strong").waitFor();
      await look(page, `first start, ${name}`);
      await page.context().close();
    }
    await fresh.stop();

    const box = await TestBox.start({ box: () => ({ ...BOX, demo: false, lockSeconds: 600 }) });
    const { appointments } = await seedDay(box);
    box.store.machines.add({ aeTitle: "LOGIQ", name: "Logiq P9", room: "3", modality: "US", admitted: true });
    await receiveUnmatched(box);
    const cookie = await box.signIn("admin");
    const { page } = await openPage(browser, SCREENS.panel, { bypassCSP: true, hasTouch: true });
    await page.addInitScript(axe);
    await useCookie(page, box.address, cookie);
    await page.goto(`${box.address}/?keyboard=on`);
    await page.locator(".row").first().waitFor();
    await page.getByRole("button", { name: "Walk-in" }).tap();
    await page.locator("dialog .keyboard").waitFor();
    await look(page, "walk-in with keys");
    await page.tap("input[name=age]");
    await page.locator("dialog .keyboard.digits").waitFor();
    await look(page, "walk-in with digits");
    await page.getByRole("button", { name: "Close" }).tap();
    await page.getByRole("button", { name: "Choose another machine" }).first().tap();
    await page.locator(".machine-choices").waitFor();
    await look(page, "choose a machine");
    await page.getByRole("button", { name: "Close" }).tap();
    await page.getByRole("button", { name: /to check/ }).tap();
    await page.locator("dialog").getByRole("button", { name: /Ramesh Kulkarni/ }).tap();
    await page.locator(".compare").waitFor();
    await look(page, "compare");
    await page.context().close();

    // what doctors and admins decide
    const asha = appointments[0]!;
    box.book({ id: "P-X", firstName: "Rao", lastName: "Asha" }, { description: "Same name" });
    await box.receive({
      ...{ studyInstanceUid: asha.studyInstanceUid, patientId: asha.patient.id, patientName: "Rao^Asha" },
      patientBirthDate: "1991-01-01",
    }, { number: 99 });
    for (const colorScheme of ["light", "dark"] as const) {
      const { page } = await openPage(browser, SCREENS.panel, { bypassCSP: true, hasTouch: true, colorScheme });
      const tap = (name: string | RegExp) =>
        page.locator("body:not(:has(dialog[open])), dialog[open]").last().getByRole("button", { name }).first().tap();
      await page.addInitScript(axe);
      await useCookie(page, box.address, cookie);
      await page.goto(box.address);
      await page.locator(".row .row-mark").first().waitFor();
      const person = await choose(page, asha.id);
      await person.locator(".thumbnail-flag").waitFor();
      await look(page, `flagged day, ${colorScheme}`);
      await tap(/to check/);
      await page.locator(".unmatched-study", { hasText: "birth date differs" }).tap();
      await page.getByRole("button", { name: "This is right" }).waitFor();
      await look(page, `to check, ${colorScheme}`);
      await tap("This is right");
      await page.locator(".compare").waitFor();
      await look(page, `this is right, ${colorScheme}`);
      await tap("Close");
      await tap("Correct…");
      await page.locator(".correction").waitFor();
      await look(page, `correct, ${colorScheme}`);
      await tap("Cancel");
      await tap("Merge with another patient…");
      await page.locator("dialog .same-name").last().waitFor();
      await tap(/Rao Asha/);
      await page.locator(".stays").waitFor();
      await look(page, `merge, ${colorScheme}`);
      await tap("Close");
      await person.locator(".thumbnail:has(.thumbnail-flag)").tap();
      await page.locator(".picture-place[data-placed=true]").waitFor();
      await tap("Choose images");
      await page.locator(".viewer-strip .thumbnail").first().tap();
      await look(page, `choose images, ${colorScheme}`);
      await tap("Move to…");
      await tap(/Ramesh Kulkarni/);
      await page.locator(".compare").waitFor();
      await look(page, `move, ${colorScheme}`);
      if (colorScheme === "dark") {
        await tap(/^Move 1 image to/);
        await page.locator(".viewer-foot .matched").waitFor();
        await look(page, "moved, dark");
      }
      await page.context().close();
    }

    const { page: phone } = await openPage(browser, SCREENS.phone, { bypassCSP: true, hasTouch: true });
    await phone.addInitScript(axe);
    await phone.addInitScript(() => localStorage.setItem("language", "hi"));
    await useCookie(phone, box.address, cookie);
    await phone.goto(box.address);
    await phone.locator(".row").first().waitFor();
    assert.equal(await phone.evaluate(() => document.documentElement.lang), "hi");
    await look(phone, "day, phone, Hindi");
    const theirs = await choose(phone, appointments[0]!.id);
    await theirs.locator(".history li").first().waitFor();
    await look(phone, "person, phone, Hindi");
    await screenshot(phone, "hindi-person-phone");
    await theirs.locator(".thumbnail").first().tap();
    await phone.locator(".viewer-picture").first().waitFor();
    await look(phone, "viewer, phone, Hindi");
    await phone.goto(`${box.address}/settings`);
    await phone.locator("main h2").first().waitFor();
    await look(phone, "settings, phone, Hindi");
    await screenshot(phone, "hindi-settings-phone");
    assert.deepEqual(found, []);
    await browser.close();
    await box.stop();
  },
);

peerTest("Weight: a fresh kiosk and fresh settings are each under 200 KB without images", ["chromium"], async () => {
  const box = await TestBox.start();
  box.addUser("admin", "admin");
  const cookie = await box.signIn("admin");
  const browser = await launchChromium();
  for (const path of ["/", "/settings"]) {
    const { page } = await openPage(browser, SCREENS.panel);
    await useCookie(page, box.address, cookie);
    const sizes: Promise<number>[] = [];
    page.on("requestfinished", (request) => {
      sizes.push((async () => {
        const response = await request.response();
        if (/^image\/(?!svg)/.test(response?.headers()["content-type"] ?? "")) return 0;
        return (await request.sizes()).responseBodySize;
      })());
    });
    await page.goto(box.address + path);
    await page.getByRole("heading", { level: 1 }).waitFor();
    await page.waitForFunction(() => document.querySelector("[aria-busy=true]") === null);
    // the events stay open: all else has come when nothing more was asked for in a while
    for (let before = -1; before !== sizes.length;) {
      before = sizes.length;
      await page.waitForTimeout(500);
    }
    const bytes = (await Promise.all(sizes)).reduce((sum, length) => sum + length, 0);
    assert.ok(bytes > 20_000, `${path}: measured nothing`);
    assert.ok(bytes < 200_000, `${path}: ${bytes} bytes`);
    await page.context().close();
  }
  await browser.close();
  await box.stop();
});
