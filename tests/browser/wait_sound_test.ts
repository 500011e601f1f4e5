import assert from "node:assert/strict";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import type { Page } from "playwright-core";
import { hashPassword } from "../../src/web/password.ts";
import { peerTest } from "../support/peers.ts";
import { BOX, TestBox } from "../support/web_box.ts";
import { launchChromium, openPage, says, SCREENS, useCookie } from "./chromium.ts";
import { openDesk } from "./desk.ts";

const PIN = "4711";

async function clinic(waitSound: boolean) {
  const shown = { waitSound };
  const box = await TestBox.start({ box: () => ({ ...BOX, demo: false, lockSeconds: 600, ...shown }) });
  box.addUser("receptionist", "receptionist");
  box.store.users.setPinHash(box.store.users.findByUsername("receptionist")!.id, await hashPassword(PIN));
  const people = ["Asha", "Priya", "Meera", "Kavita"].map((firstName, n) => {
    const booked = box.book({ id: `P-${n}`, firstName, lastName: "Rao" }, { time: `00:0${n}:00` });
    box.store.worklistItems.send(booked.id, null, "anna");
    box.store.worklistItems.seen([booked.id], "VOLUSON");
    return booked;
  });
  /** As if a machine had shown them 70 minutes ago, yesterday after midnight, without an image since: all desks hear. */
  const age = (id: string) => {
    using database = new DatabaseSync(join(box.folder, "..", "sonodesk.sqlite"));
    database.prepare("UPDATE worklist_items SET seen_at = ? WHERE appointment_id = ?")
      .run(new Date(Date.now() - 70 * 60_000).toISOString(), id);
    box.store.appointmentChanges.note(id, `aged ${Math.random()}`, "anna");
  };
  return { box, shown, people, age };
}

/** Has the page count how often it sounds, by the first note of each turn, where a reload leaves it. */
async function countTurns(page: Page) {
  await page.addInitScript(() => {
    const { prototype } = OscillatorNode;
    const { start } = prototype;
    prototype.start = function (at) {
      if (this.frequency.value > 700) {
        localStorage.setItem("turns", String(Number(localStorage.getItem("turns") ?? 0) + 1));
      }
      start.call(this, at);
    };
  });
}

/** A page that nobody has touched lets nothing sound. */
const touch = (page: Page) => page.locator(".board-head").click({ position: { x: 2, y: 2 } });
const turns = (page: Page) => page.evaluate(() => Number(localStorage.getItem("turns") ?? 0));
const lateRows = (page: Page) => page.locator(".row.is-late").count();

/** A desk that somebody has touched, while the first of the people waits too long. @param room that the desk showed last */
async function deskWithOneLate(waitSound: boolean, room = "") {
  const at = await clinic(waitSound);
  at.age(at.people[0]!.id);
  const browser = await launchChromium();
  const { page, errors } = await openPage(browser, SCREENS.panel);
  await countTurns(page);
  await page.addInitScript((room) => localStorage.setItem("room", room), room);
  await openDesk(page, at.box);
  await says(() => lateRows(page), 1);
  await touch(page);
  return {
    ...at,
    page,
    async [Symbol.asyncDispose]() {
      await browser.close();
      await at.box.stop();
      assert.deepEqual(errors, []);
    },
  };
}

peerTest("Sound: once for each who waits too long, also after a reload, and never on the lock screen", [
  "chromium",
], async () => {
  await using desk = await deskWithOneLate(true);
  const { box, people: [, priya, meera, kavita], age, page } = desk;
  await says(() => turns(page), 1);
  age(priya!.id);
  await says(() => lateRows(page), 2);
  await says(() => turns(page), 2);
  // what is heard of them again is nothing new
  box.store.appointmentChanges.markUrgent(priya!.id, true, "anna");
  await page.locator(`.row[data-id="${priya!.id}"] .row-mark[title=Urgent]`).waitFor();
  await page.reload();
  await says(() => lateRows(page), 2);
  await touch(page);
  await page.waitForTimeout(500);
  assert.equal(await turns(page), 2);

  await page.getByRole("button", { name: "Menu" }).click();
  await page.getByRole("button", { name: "Lock now" }).click();
  await page.locator(".lock").waitFor();
  age(meera!.id);
  age(kavita!.id);
  await page.waitForTimeout(1500);
  assert.equal(await turns(page), 2, "nothing sounds where patients stand");
  await page.locator(".lock-open").click();
  await page.locator(".pin").waitFor();
  await page.keyboard.type(PIN);
  await page.keyboard.press("Enter");
  await says(() => lateRows(page), 4);
  await says(() => turns(page), 3); // one for both
});

peerTest("Sound: there is none until the clinic wants it, and then from that moment on", ["chromium"], async () => {
  await using desk = await deskWithOneLate(false);
  const { box, shown, page } = desk;
  await page.waitForTimeout(500);
  assert.equal(await turns(page), 0);
  shown.waitSound = true;
  box.settings.change("SONODESK_WAIT_SOUND", "on");
  await says(() => turns(page), 1);
});

peerTest("Sound: a desk whose room is there no more hears whoever waits too long in any", ["chromium"], async () => {
  await using desk = await deskWithOneLate(true, "Cabin 9");
  await says(() => turns(desk.page), 1);
});

peerTest("Sound: a touch that comes while the browser still thinks whether it may sound is not lost", [
  "chromium",
], async () => {
  const { box, people, age } = await clinic(true);
  const browser = await launchChromium();
  try {
    const { page, errors } = await openPage(browser, SCREENS.panel);
    await countTurns(page);
    const tried = Promise.withResolvers<void>();
    await page.exposeFunction("tried", () => tried.resolve());
    await page.addInitScript(() => {
      const { prototype } = AudioContext;
      const { resume } = prototype;
      prototype.resume = function () {
        (globalThis as unknown as { tried(): void }).tried();
        return resume.call(this);
      };
    });
    age(people[0]!.id);
    await useCookie(page, box.address, await box.signIn("receptionist"));
    await page.goto(box.address); // and nothing is asked of it: that would count as touched
    await tried.promise;
    await page.mouse.click(2, 2);
    await says(() => turns(page), 1);
    assert.deepEqual(errors, []);
  } finally {
    await browser.close();
    await box.stop();
  }
});
