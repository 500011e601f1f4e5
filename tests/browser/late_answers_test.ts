import assert from "node:assert/strict";
import type { Page, Route } from "playwright-core";
import { pacsAt } from "../support/pacs.ts";
import { peerTest } from "../support/peers.ts";
import { BOX, PASSWORD, TestBox } from "../support/web_box.ts";
import { drawn, launchChromium, openPage, says, SCREENS, useCookie } from "./chromium.ts";
import { choose, openDesk, pane, scan } from "./desk.ts";
import { seedDay } from "./clinic.ts";

/** A request whose answer is on its way for as long as the test wants. */
interface Delayed {
  /** Resolves once it was sent, and the box has done what it asks. */
  sent: Promise<void>;
  /** Lets the answer come; resolves once the page has drawn what it makes of it. */
  come: () => Promise<void>;
}

/** Delays the answer to the first request that fits; the others go their way. */
async function delay(
  page: Page,
  method: string,
  address: string,
  fits = (_route: Route) => true,
): Promise<Delayed> {
  const sent = Promise.withResolvers<void>();
  const held = Promise.withResolvers<void>();
  const came = Promise.withResolvers<void>();
  let isFirst = true;
  await page.route(address, async (route) => {
    if (!isFirst || route.request().method() !== method || !fits(route)) return await route.fallback();
    isFirst = false;
    const response = await route.fetch();
    sent.resolve();
    await held.promise;
    await route.fulfill({ response });
    came.resolve();
  });
  return {
    sent: sent.promise,
    async come() {
      held.resolve();
      await came.promise;
      await drawn(page);
    },
  };
}

/** A page of a box's settings with an admin signed in. */
async function withSettings(
  place: string,
  use: (given: { box: TestBox; page: Page }) => Promise<void>,
  prepare: (given: { box: TestBox; page: Page; cookie: string }) => Promise<void> = () => Promise.resolve(),
): Promise<void> {
  const box = await TestBox.start();
  await seedDay(box);
  const browser = await launchChromium();
  const { page, errors } = await openPage(browser, SCREENS.wide);
  const cookie = await box.signIn("admin");
  await useCookie(page, box.address, cookie);
  await prepare({ box, page, cookie });
  await page.goto(`${box.address}/settings#${place}`);
  await use({ box, page });
  assert.deepEqual(errors, []);
  await browser.close();
  await box.stop();
}

peerTest(
  "Settings: the answer to an older filter that comes last is not shown",
  ["chromium"],
  () =>
    withSettings("logs", async ({ page }) => {
      const older = await delay(
        page,
        "GET",
        "**/api/associations*",
        (route) => route.request().url().includes("words=old"),
      );
      const words = page.getByRole("search", { name: "What machines did" }).locator("input[name=words]");
      await words.fill("older");
      await older.sent;
      await words.fill("newer");
      const shown = page.locator(".associations strong");
      await shown.getByText("OLDER").waitFor({ state: "detached" });
      await shown.getByText("NEWER").waitFor();
      await older.come();
      assert.deepEqual(await shown.allInnerTexts(), ["NEWER"]);
    }, async ({ box }) => {
      await box.store.associations.add(["older", "newer"].map((name) => ({
        at: new Date().toISOString(),
        name,
        aeTitle: name.toUpperCase(),
        calledAeTitle: "SONODESK",
        address: "127.0.0.1",
        implementation: "",
        outcome: "released",
        operations: 0,
        bytes: 0,
        milliseconds: 1,
      })));
    }),
);

peerTest(
  "Settings: the form of one machine stays open while another is being admitted",
  ["chromium"],
  () =>
    withSettings("machines", async ({ box, page }) => {
      box.store.machines.heard("LOGIQ-P9", "192.168.1.44");
      const admitting = await delay(page, "PATCH", "**/api/machines/*");
      await page.locator("li", { hasText: "LOGIQ-P9" }).getByRole("button", { name: "Admit" }).click();
      await admitting.sent;
      await page.locator("li", { hasText: "Voluson E8" }).getByRole("button", { name: "Change" }).click();
      await page.fill("dialog input[name=room]", "7");
      await admitting.come();
      assert.equal(await page.inputValue("dialog input[name=room]"), "7");
    }),
);

peerTest("Settings: a list of machines that is older and comes last is not shown", ["chromium"], async () => {
  let older: Delayed;
  await withSettings("machines", async ({ box, page }) => {
    await older.sent;
    box.store.machines.heard("LOGIQ-P9", "192.168.1.44");
    const newer = page.locator("li", { hasText: "LOGIQ-P9" });
    await newer.waitFor();
    await older.come();
    assert.equal(await newer.count(), 1);
  }, async ({ page }) => {
    older = await delay(page, "GET", "**/api/machines");
  });
});

peerTest("Settings: a list of destinations that is older and comes last is not shown", ["chromium"], async () => {
  let older: Delayed;
  await withSettings("forwarding", async ({ box, page }) => {
    await older.sent;
    // both of its first questions are asked before there is one
    await page.getByText("Images are not sent on to anybody.").waitFor();
    box.store.destinations.add(pacsAt(104, { name: "City archive" }));
    const newer = page.locator("li", { hasText: "City archive" });
    await newer.waitFor();
    await older.come();
    assert.equal(await newer.count(), 1);
  }, async ({ page }) => {
    older = await delay(page, "GET", "**/api/destinations");
  });
});

peerTest(
  "Settings: what was sent and closed does not close the form that is open when it is answered",
  ["chromium"],
  () =>
    withSettings("people", async ({ page }) => {
      const adding = await delay(page, "POST", "**/api/users");
      await page.getByRole("button", { name: "Add a person" }).click();
      await page.fill("dialog input[name=username]", "meera");
      await page.fill("dialog input[name=password]", PASSWORD);
      await page.locator("dialog").getByRole("button", { name: "Save" }).click();
      await adding.sent;
      await page.locator("dialog").getByRole("button", { name: "Cancel" }).click();
      await page.locator("li", { hasText: "receptionist" }).getByRole("button", { name: "Change" }).click();
      await page.fill("dialog input[name=displayName]", "Front desk");
      await adding.come();
      assert.equal(await page.inputValue("dialog input[name=displayName]"), "Front desk");
      await page.locator("li", { hasText: "meera" }).waitFor();
    }),
);

peerTest(
  "Settings: a person was added and the list did not come: the form is closed all the same",
  ["chromium"],
  () =>
    withSettings("people", async ({ box, page }) => {
      await page.getByRole("button", { name: "Add a person" }).click();
      await page.fill("dialog input[name=username]", "meera");
      await page.fill("dialog input[name=password]", PASSWORD);
      await page.route(
        "**/api/users",
        (route) => route.request().method() === "GET" ? route.abort() : route.fallback(),
      );
      await page.locator("dialog").getByRole("button", { name: "Save" }).click();
      await page.locator(".card").getByText("The box does not answer").waitFor();
      assert.equal(await page.locator("dialog").count(), 0);
      assert.ok(box.store.users.findByUsername("meera"));
    }),
);

peerTest(
  "Settings: removing a secret leaves what was typed into the fields beside it",
  ["chromium"],
  () =>
    withSettings("backup", async ({ page }) => {
      await page.fill("input[name=backupS3Region]", "ap-south-1");
      const remove = page.locator(".field", { has: page.locator("input[name=backupS3Secret]") }).getByRole("button");
      await remove.click();
      await remove.waitFor({ state: "detached" });
      assert.equal(await page.inputValue("input[name=backupS3Region]"), "ap-south-1");
      await page.getByRole("button", { name: "Save" }).click();
      await page.getByRole("button", { name: "Save" }).waitFor({ state: "detached" });
      assert.equal(await page.inputValue("input[name=backupS3Region]"), "ap-south-1");
    }, async ({ box, cookie }) => {
      const body = { SONODESK_BACKUP_S3_SECRET: "a secret" };
      assert.equal((await box.fetch("/api/settings", { cookie, method: "PATCH", body })).status, 200);
    }),
);

peerTest(
  "Settings: a clinic database that answered is not said of the address typed meanwhile",
  ["chromium"],
  () =>
    withSettings("clinic", async ({ page }) => {
      const testing = await delay(page, "POST", "**/api/clinic/test");
      await page.fill("input[name=url]", "postgresql://nobody@127.0.0.1:1/first");
      await page.getByRole("button", { name: "Test" }).click();
      await testing.sent;
      await page.fill("input[name=url]", "postgresql://nobody@127.0.0.1:1/second");
      await testing.come();
      assert.equal(await page.locator("form .verified").count(), 0);
      await page.getByRole("button", { name: "Test" }).click();
      await page.locator("form .verified").waitFor();
    }),
);

peerTest("Lock: a PIN that is saved only after the page was locked does not open it", ["chromium"], async () => {
  const box = await TestBox.start({ box: () => ({ ...BOX, demo: false, lockSeconds: 60 }) });
  await seedDay(box);
  const browser = await launchChromium();
  const { page, errors } = await openPage(browser, SCREENS.panel);
  await useCookie(page, box.address, await box.signIn("receptionist"));
  await page.goto(box.address);
  const saving = await delay(page, "PUT", "**/api/session/pin");
  await page.getByRole("button", { name: "Menu" }).click();
  await page.getByRole("button", { name: "Set a PIN" }).click();
  await page.fill("input[name=pin]", "4711");
  await page.fill("input[name=password]", PASSWORD);
  await page.getByRole("button", { name: "Save" }).click();
  await saving.sent;
  await page.evaluate(() => localStorage.setItem("touched", String(Date.now() - 61_000)));
  await page.locator(".lock").waitFor();
  // were the page to open, the box would lock it again: that it was open is what must not be
  await page.evaluate(() =>
    new MutationObserver(() => document.querySelector(".desk") && (document.documentElement.dataset.opened = "yes"))
      .observe(document.body, { childList: true, subtree: true })
  );
  await saving.come();
  assert.equal(await page.locator("html[data-opened]").count(), 0);
  await page.locator(".lock").waitFor();
  assert.deepEqual(errors, []);
  await browser.close();
  await box.stop();
});

peerTest("Late answers: that somebody was sent comes after the machine has asked, and does not take that back", [
  "chromium",
], async () => {
  const box = await TestBox.start();
  const { id } = box.book({ id: "P-1", firstName: "Asha", lastName: "Rao" });
  const browser = await launchChromium();
  const { page, errors } = await openPage(browser, SCREENS.panel);
  await openDesk(page, box);
  const answer = await delay(page, "POST", "**/api/appointments/*/send");
  await page.getByRole("button", { name: "Send to machine" }).click();
  await answer.sent;
  // the way so far is asked for again with each status that is heard
  const heard = page.waitForResponse(async (response) =>
    response.url().endsWith(`/api/appointments/${id}`) && (await response.json()).status === "seen by machine"
  );
  box.store.worklistItems.seen([id], "VOLUSON");
  await heard;
  await answer.come();
  const seen = page.locator(`.row[data-id="${id}"]`).getByText(/^Seen by machine/);
  await seen.waitFor();
  await page.waitForTimeout(500);
  await seen.waitFor();
  assert.deepEqual(errors, []);
  await browser.close();
  await box.stop();
});

peerTest("Late answers: who was scanned or chosen is found after one has gone on, and does not come in between", [
  "chromium",
], async () => {
  const box = await TestBox.start();
  const asha = box.book({ id: "P-1", firstName: "Asha", lastName: "Rao" });
  box.book({ id: "P-40417", firstName: "Joseph", lastName: "Lobo" }, { date: "2026-01-05" });
  const browser = await launchChromium();
  const { page, errors } = await openPage(browser, SCREENS.panel);
  await openDesk(page, box);
  const person = await choose(page, asha.id);
  const scanned = await delay(page, "GET", "**/api/search*");
  await scan(page, "P-40417");
  await scanned.sent;
  await person.getByRole("button", { name: "Note", exact: true }).click();
  await page.fill("dialog [name=note]", "Wheelchair");
  await scanned.come();
  assert.equal(await person.count(), 1, "the board and the person are as they were");
  assert.match(await page.locator("dialog h2").innerText(), /Asha Rao/);
  assert.equal(await page.inputValue("dialog [name=note]"), "Wheelchair");
  await page.keyboard.press("Escape");

  await page.getByRole("searchbox").fill("lobo");
  const found = page.locator(".elsewhere-open", { hasText: "Joseph Lobo" });
  await found.waitFor();
  const visits = await delay(page, "GET", "**/api/patients/P-40417/visits");
  await page.waitForTimeout(800); // what has just come does nothing when it is tapped
  await found.click();
  await visits.sent;
  await page.getByRole("searchbox").fill("");
  await visits.come();
  assert.equal(await pane(page, asha.id).count(), 1);
  assert.deepEqual(errors, []);
  await browser.close();
  await box.stop();
});

peerTest("Late answers: what was kept or added after its window was closed closes no other window", [
  "chromium",
], async () => {
  const box = await TestBox.start();
  const asha = box.book({ id: "P-1", firstName: "Asha", lastName: "Rao" }, { time: "10:00:00" });
  const joseph = box.book({ id: "P-2", firstName: "Joseph", lastName: "Lobo" }, { time: "11:00:00" });
  const browser = await launchChromium();
  const { page, errors } = await openPage(browser, SCREENS.panel);
  await openDesk(page, box);
  const note = page.locator("dialog [name=note]");
  const openNote = async (id: string) =>
    (await choose(page, id)).getByRole("button", { name: "Note", exact: true }).click();
  const keeping = await delay(page, "PUT", "**/api/appointments/*/note");
  await openNote(asha.id);
  await note.fill("Wheelchair");
  await page.getByRole("button", { name: "Save" }).click();
  await keeping.sent;
  await page.keyboard.press("Escape");
  await openNote(joseph.id);
  await note.fill("Speaks Konkani");
  await keeping.come();
  assert.equal(await note.inputValue(), "Speaks Konkani");
  assert.equal(box.store.appointments.get(asha.id).note, "Wheelchair");
  await page.keyboard.press("Escape");

  const adding = await delay(page, "POST", "**/api/appointments");
  await page.getByRole("button", { name: "Walk-in" }).first().click();
  await page.fill("dialog input[name=firstName]", "Gita");
  await page.locator("dialog button[value=send]").click();
  await adding.sent;
  await page.keyboard.press("Escape");
  await openNote(joseph.id);
  await note.fill("Speaks Konkani");
  await adding.come();
  assert.equal(await note.inputValue(), "Speaks Konkani");
  const gita = box.store.appointments.onDay(asha.date).find(({ patient }) => patient.firstName === "Gita")!;
  await says(() => box.store.appointments.get(gita.id).status, "sent");
  assert.deepEqual(errors, []);
  await browser.close();
  await box.stop();
});
