import assert from "node:assert/strict";
import type { Page } from "playwright-core";
import { peerTest } from "../support/peers.ts";
import { TestBox } from "../support/web_box.ts";
import { axeScript, violations } from "./axe.ts";
import { launchChromium, openPage, says, SCREENS, screenshot } from "./chromium.ts";
import { choose, openDesk, pane, row } from "./desk.ts";

async function clinic() {
  const box = await TestBox.start();
  const [one, two] = [box.addMachine("US-1", "Room 1"), box.addMachine("US-2", "Room 2")];
  const book = (id: string, firstName: string, time: string, machineId: string | null) => {
    const booked = box.book({ id, firstName, lastName: "Rao" }, { time });
    if (machineId !== null) box.store.appointmentChanges.move(booked.id, { machineId }, "anna");
    return booked;
  };
  const asha = book("P-1", "Asha", "00:01:00", one.id);
  const priya = book("P-2", "Priya", "00:02:00", two.id);
  const meera = book("P-3", "Meera", "00:03:00", null);
  return { box, one, two, asha, priya, meera };
}

const shown = (page: Page) =>
  page.locator(".row .row-name .row-words").allInnerTexts().then((names) => names.join(", "));
const room = (page: Page) => page.getByLabel("Every room");

peerTest("Two rooms: a desk shows its own, with whoever may go to any, and the next of it; it remembers which", [
  "chromium",
], async () => {
  const { box, asha, priya, meera, two } = await clinic();
  const browser = await launchChromium();
  const { page, errors } = await openPage(browser, SCREENS.panel, { hasTouch: true });
  await openDesk(page, box);
  await says(() => shown(page), "Asha Rao, Priya Rao, Meera Rao");
  await pane(page, asha.id).waitFor();
  assert.deepEqual(await room(page).locator("option").allInnerTexts(), [
    "Every room",
    "Room 1",
    "Room 2",
    "Obstetrics",
  ]);
  await room(page).selectOption("Room 2");
  await says(() => shown(page), "Priya Rao, Meera Rao");
  await screenshot(page, "two-rooms-panel");
  const counts = () => page.locator(".chip-all b").innerText();
  await says(counts, "2");

  // it is so when the page is opened again, and whoever is next is of this room
  await page.goto(box.address);
  await says(() => shown(page), "Priya Rao, Meera Rao");
  await pane(page, priya.id).waitFor();
  await page.getByRole("button", { name: "Send to Machine US-2" }).waitFor();
  await page.waitForTimeout(800);
  await page.getByRole("button", { name: "Send to Machine US-2" }).tap();
  await says(() => box.store.appointments.get(priya.id).status, "sent");
  assert.equal(box.store.appointments.get(priya.id).machineId, two.id);

  // who may go to any room is offered this one's machine
  await choose(page, meera.id);
  await page.getByRole("button", { name: "Send to Machine US-2" }).waitFor();

  // a search is over all rooms
  await page.getByRole("searchbox").fill("asha");
  await says(() => shown(page), "Asha Rao");
  await choose(page, asha.id);
  await page.getByRole("searchbox").fill("");
  await says(() => shown(page), "Priya Rao, Meera Rao");

  // another device has its own
  const { page: other, errors: otherErrors } = await openPage(browser, SCREENS.panel);
  await openDesk(other, box);
  await says(() => shown(other), "Asha Rao, Priya Rao, Meera Rao");
  await room(page).selectOption("");
  await says(() => shown(page), "Asha Rao, Priya Rao, Meera Rao");
  assert.equal(box.store.appointments.get(meera.id).status, "scheduled");
  assert.deepEqual([...errors, ...otherErrors], []);
  await browser.close();
  await box.stop();
});

peerTest("Two rooms: the room of the desk's own machine stands first, and a room that is renamed hides nobody", [
  "chromium",
], async () => {
  const { box, two } = await clinic();
  const browser = await launchChromium();
  const { page, errors } = await openPage(browser, SCREENS.panel);
  await page.addInitScript((id) => localStorage.setItem("machine", id), two.id);
  await openDesk(page, box);
  await says(() => room(page).locator("option").nth(1).innerText(), "Room 2");
  await room(page).selectOption("Room 1");
  await says(() => shown(page), "Asha Rao, Meera Rao");
  for (const { id, room: name } of box.store.machines.all()) {
    box.store.machines.change(id, { room: name.replace("Room", "Cabin") });
  }
  await says(() => room(page).locator("option").nth(1).innerText(), "Cabin 2");
  await page.reload();
  await says(() => shown(page), "Asha Rao, Priya Rao, Meera Rao");
  assert.deepEqual(errors, []);
  await browser.close();
  await box.stop();
});

peerTest("Two rooms: side by side, the desk's own first; nobody moves to another lane before somebody asks", [
  "chromium",
], async () => {
  const { box, one, two, asha, priya, meera } = await clinic();
  const browser = await launchChromium();
  const { page, errors } = await openPage(browser, { width: 1280, height: 800 }, { hasTouch: true, bypassCSP: true });
  await page.addInitScript(await axeScript());
  await page.addInitScript((id) => localStorage.setItem("machine", id), two.id);
  await openDesk(page, box);
  const side = page.getByRole("button", { name: "Side by side" });
  const lanes = () =>
    page.locator(".lane").evaluateAll((all) =>
      all.map((lane) =>
        [
          lane.getAttribute("aria-label"),
          ...[...lane.querySelectorAll(".row-name .row-words")].map((one) => one.textContent),
        ]
          .join(": ")
      ).join(", ")
    );
  await side.tap();
  await says(lanes, "Room 2: Priya Rao, Room 1: Asha Rao, Any room: Meera Rao");
  await screenshot(page, "two-rooms-lanes");
  assert.deepEqual(await violations(page, "lanes", false), []);

  // sent to a room, she stands where she was until somebody asks
  const place = () => row(page, meera.id).boundingBox().then((box) => JSON.stringify(box));
  const before = await place();
  box.store.worklistItems.send(meera.id, one.id, "anna");
  const news = page.getByRole("button", { name: "The list has changed, show" });
  await news.waitFor();
  assert.equal(await place(), before);
  assert.equal(await lanes(), "Room 2: Priya Rao, Room 1: Asha Rao, Any room: Meera Rao");
  await page.waitForTimeout(800);
  await news.tap();
  await says(lanes, "Room 2: Priya Rao, Room 1: Asha Rao: Meera Rao, Any room");
  // and a tap that was meant for what stood there is nobody's
  await row(page, meera.id).locator(".row-button").tap();
  assert.equal(await pane(page, meera.id).count(), 0);

  // the arrow keys lead along the rows and across the lanes
  const focused = () => page.evaluate(() => document.activeElement?.closest<HTMLElement>(".row")?.dataset.id ?? "");
  await row(page, priya.id).locator(".row-button").focus();
  await page.keyboard.press("ArrowRight");
  assert.equal(await focused(), asha.id);
  await page.keyboard.press("ArrowDown");
  assert.equal(await focused(), meera.id);
  await page.keyboard.press("ArrowDown");
  assert.equal(await focused(), meera.id);
  await page.keyboard.press("ArrowLeft");
  assert.equal(await focused(), priya.id);

  // a search is one list over all rooms, and the desk keeps its lanes over a reload
  await page.getByRole("searchbox").fill("asha");
  await says(() => page.locator(".lane").count(), 0);
  await says(() => shown(page), "Asha Rao");
  await page.reload();
  await page.getByRole("searchbox").fill("");
  await says(lanes, "Room 2: Priya Rao, Room 1: Asha Rao: Meera Rao, Any room");

  // a room chosen is shown alone; on a narrow screen it is not asked at all
  await room(page).selectOption("Room 1");
  await says(() => shown(page), "Asha Rao, Meera Rao");
  assert.equal(await page.locator(".lane").count(), 0);
  await side.tap();
  await says(lanes, "Room 1: Asha Rao: Meera Rao, Room 2: Priya Rao, Any room");
  await page.setViewportSize(SCREENS.panel);
  await says(() => page.locator(".lane").count(), 0);
  assert.equal(await side.count(), 0);
  assert.deepEqual(errors, []);
  await browser.close();
  await box.stop();
});
