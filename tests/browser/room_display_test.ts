import assert from "node:assert/strict";
import { say } from "../../src/sentences.ts";
import type { Page } from "playwright-core";
import { peerTest } from "../support/peers.ts";
import { TestBox } from "../support/web_box.ts";
import { axeScript, violations } from "./axe.ts";
import { launchChromium, openPage, says, SCREENS, screenshot, useCookie } from "./chromium.ts";

/* The screen of a room, which nobody signs in to. */

const NAMES = /Asha|Rao|Priya|Sharma|Meera|Nair|Fetal|Obstetrics/;

async function clinic() {
  const box = await TestBox.start();
  box.addUser("admin", "admin");
  const [one, two] = [box.addMachine("US-1", "Room 1"), box.addMachine("US-2", "Room 2")];
  const people = [["P-1", "Asha", "Rao"], ["P-2", "Priya", "Sharma"], ["P-3", "Meera", "Nair"]] as const;
  const [asha, priya, meera] = people.map(([id, firstName, lastName], n) =>
    box.book({ id, firstName, lastName }, { time: `${String(n + 8).padStart(2, "0")}:00:00` })
  );
  return { box, one, two, asha: asha!, priya: priya!, meera: meera! };
}

const next = (page: Page) => page.locator(".room-who").innerText().then((text) => text.trim());
const shows = (box: TestBox, value: string) => box.settings.change("SONODESK_ROOM_DISPLAY", value);

peerTest("Room display: off until an admin turns it on in the settings, which the screen then follows by itself", [
  "chromium",
], async () => {
  const { box, one, two, asha, priya, meera } = await clinic();
  const browser = await launchChromium();
  const { page: screen, errors } = await openPage(browser, SCREENS.panel);
  await screen.goto(`${box.address}/room/Room%201`);
  await screen.getByText("The screens of rooms are off.").waitFor();
  await screen.getByText("Settings, Clinic, Screens in the rooms").waitFor();
  await screenshot(screen, "room-off");

  const { page: desk, errors: deskErrors } = await openPage(browser, SCREENS.panel);
  await useCookie(desk, box.address, await box.signIn("admin"));
  await desk.goto(`${box.address}/settings#general`);
  await desk.getByRole("link", { name: "Clinic", exact: true }).click();
  await desk.locator("select[name=roomDisplay]").selectOption("id");
  await desk.getByRole("region", { name: "Screens in the rooms" }).getByRole("button", { name: "Save" }).click();
  await desk.getByRole("link", { name: "Room 2" }).waitFor();
  await screen.getByText("Nobody waits.").waitFor();

  // who is next, who was sent to another room, who is at the machine
  box.store.worklistItems.send(asha.id, one.id, "anna");
  await says(() => next(screen), "P-1");
  assert.match(await screen.innerText(".room-since"), /^booked 08:00 · since \d\d:\d\d$/);
  box.store.worklistItems.send(priya.id, two.id, "anna");
  box.store.appointmentChanges.markArrived(meera.id, new Date(Date.now() - 25 * 60_000).toISOString(), "anna");
  box.store.appointmentChanges.markUrgent(meera.id, true, "anna");
  await screen.locator(".room-urgent").waitFor();
  await says(
    () => screen.locator(".room-who").innerText().then((text) => text.replace(/\s+/g, " ").trim()),
    "P-3 Urgent",
  );
  assert.match(await screen.innerText(".room-since"), /25 min/);
  await says(() => screen.locator(".is-after b").allInnerTexts().then((all) => all.join()), "P-1");
  box.store.appointments.record(asha.id, "scan started", say("begun-on", { machine: "US-1" }));
  await says(() => screen.locator(".is-at-machine b").allInnerTexts().then((all) => all.join()), "P-1");
  await screenshot(screen, "room-panel");
  assert.doesNotMatch(await screen.content(), NAMES);

  // another choice holds at once
  shows(box, "time");
  await says(
    () => screen.locator(".room-who").innerText().then((text) => text.replace(/\s+/g, " ").trim()),
    "10:00 Urgent",
  );
  shows(box, "off");
  await screen.getByText("The screens of rooms are off.").waitFor();
  assert.equal(await screen.locator(".room-who, .room-line").count(), 0);
  assert.deepEqual([...errors, ...deskErrors], []);
  await browser.close();
  await box.stop();
});

peerTest("Room display: a box that is not reached is said, with since when, and no longer once it answers", [
  "chromium",
], async () => {
  const { box, one, asha, priya } = await clinic();
  shows(box, "number");
  box.store.worklistItems.send(asha.id, one.id, "anna");
  const browser = await launchChromium();
  const { page, errors } = await openPage(browser, SCREENS.panel);
  await page.goto(`${box.address}/room/room 1`);
  await says(() => next(page), asha.accessionNumber);
  await box.restart(async () => {
    await page.getByText(/The box has not answered since \d\d:\d\d/).waitFor();
    await screenshot(page, "room-lost");
    box.store.worklistItems.recall(asha.id, "anna");
    box.store.worklistItems.send(priya.id, one.id, "anna");
  });
  await says(() => next(page), priya.accessionNumber);
  await page.locator(".room-lost").waitFor({ state: "detached" });
  await page.goto(`${box.address}/room/9`);
  await page.getByText("No machine is in a room called 9.").waitFor();
  assert.deepEqual(errors, []);
  await browser.close();
  await box.stop();
});

peerTest(
  "Room display: read from three metres on each screen, light and dark, in both languages; axe-core finds nothing",
  [
    "chromium",
  ],
  async () => {
    const { box, one, asha, priya, meera } = await clinic();
    shows(box, "id");
    for (const { id } of [asha, priya]) box.store.worklistItems.send(id, one.id, "anna");
    box.store.appointments.record(asha.id, "scan started", say("begun-on", { machine: "US-1" }));
    box.store.appointmentChanges.markArrived(meera.id, new Date(Date.now() - 12 * 60_000).toISOString(), "anna");
    for (let n = 0; n < 6; n++) {
      const more = box.book({ id: `P-2041${n}`, firstName: "Asha", lastName: "Rao" }, { time: "12:00:00" });
      box.store.worklistItems.send(more.id, one.id, "anna");
    }
    const browser = await launchChromium();
    const axe = await axeScript();
    const found: string[] = [];
    for (const [name, size] of Object.entries({ ...SCREENS, tablet: { width: 1280, height: 800 } })) {
      for (const [colorScheme, locale] of [["light", "en-GB"], ["dark", "hi-IN"]] as const) {
        const { page, errors } = await openPage(browser, size, { colorScheme, locale, bypassCSP: true });
        await page.addInitScript(axe);
        await page.goto(`${box.address}/room/Room 1`);
        await page.locator(".room-line li").first().waitFor();
        found.push(...await violations(page, `room, ${name}, ${colorScheme}`, false));
        // 3 m want letters of 15 mm: a tenth of the least of these screens is as much
        const least = Math.min(size.width, size.height);
        const height = (selector: string) =>
          page.locator(selector).first().evaluate((one) => parseFloat(getComputedStyle(one).fontSize));
        assert.ok(await height(".room-who") >= least * 0.15, `who is next, ${name}`);
        assert.ok(await height(".room-line li") >= least * 0.06, `the others, ${name}`);
        const over = await page.evaluate(() => [
          document.documentElement.scrollWidth - innerWidth,
          document.documentElement.scrollHeight - innerHeight,
        ]);
        assert.deepEqual(
          over.map((pixels) => pixels > 0),
          [false, false],
          `all of it is on the screen: ${name} ${over}`,
        );
        await screenshot(page, `room-${name}-${colorScheme}`);
        assert.deepEqual(errors, []);
        await page.context().close();
      }
    }
    assert.deepEqual(found, []);
    await browser.close();
    await box.stop();
  },
);
