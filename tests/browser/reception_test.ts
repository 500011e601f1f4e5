import assert from "node:assert/strict";
import { peerTest } from "../support/peers.ts";
import { BOX, PASSWORD, TestBox, today } from "../support/web_box.ts";
import { drawn, launchChromium, openPage, says, SCREENS, screenshot } from "./chromium.ts";
import { choose, openDesk, pane, row, scan, withDraft } from "./desk.ts";

/* Reception's day as it goes wrong, in Chromium. */

const dayAway = (days: number) => new Date(Date.parse(today()) + days * 86_400_000).toISOString().slice(0, 10);

peerTest("A walk-in that the box refuses says why beside the button that was pressed, on every screen", [
  "chromium",
], async () => {
  const box = await TestBox.start();
  const browser = await launchChromium();
  for (const screen of Object.values(SCREENS)) {
    const { page } = await openPage(browser, screen, { hasTouch: true });
    await openDesk(page, box);
    // what the screen before has left comes whole before anything is typed
    await withDraft(page, "walk-in", () => page.getByRole("button", { name: "Walk-in" }).first().tap());
    await page.fill("input[name=firstName]", "A".repeat(40));
    await page.fill("input[name=lastName]", "B".repeat(40));
    await page.locator("dialog button[value=add]").tap();
    const problem = page.locator("dialog .problem", {
      hasText: "Last name and the first name must be at most 63 characters long together",
    });
    await problem.waitFor();
    const isSeen = await problem.evaluate((one) => {
      const { left, top, width, height } = one.getBoundingClientRect();
      const at = document.elementFromPoint(left + width / 2, top + height / 2);
      return at !== null && one.contains(at);
    });
    assert.ok(isSeen, `the refusal is seen on ${screen.width} × ${screen.height}`);
    await page.context().close();
  }
  await browser.close();
  await box.stop();
});

peerTest("What is pasted into a walk-in stays whole: a name or a number too long is refused in words, and never cut", [
  "chromium",
], async () => {
  const box = await TestBox.start();
  const browser = await launchChromium();
  const { page, errors } = await openPage(browser, SCREENS.panel);
  await openDesk(page, box);
  await withDraft(page, "walk-in", () => page.getByRole("button", { name: "Walk-in" }).first().click());
  const pasted = {
    lastName: "Rao",
    firstName: "Asha ".repeat(14).trim(),
    phone: "98450 12345, 98450 54321, 98450 99999",
  };
  for (const [name, text] of Object.entries(pasted)) {
    await page.locator(`input[name=${name}]`).focus();
    await page.keyboard.insertText(text);
    assert.equal(await page.inputValue(`input[name=${name}]`), text);
  }
  await page.locator("dialog button[value=add]").click();
  const words = "First name must be at most 64 characters long; Phone must be at most 32 characters long";
  await page.locator("dialog .problem", { hasText: words }).waitFor();
  assert.equal(box.store.appointments.onDay(today()).length, 0);
  assert.deepEqual(errors, []);
  await browser.close();
  await box.stop();
});

peerTest("A scanner's Enter presses nothing: it finds the person whose label it is, or fills a walk-in", [
  "chromium",
], async () => {
  const box = await TestBox.start();
  const gross = box.book({ id: "P-1", firstName: "Gro", lastName: "Groß" }, { time: "10:00:00" });
  const asha = box.book({ id: "P-20417", firstName: "Asha", lastName: "Rao" }, { time: "10:10:00" });
  const browser = await launchChromium();
  const { page, errors } = await openPage(browser, SCREENS.panel);
  await openDesk(page, box);
  await choose(page, gross.id);
  await page.locator(".act-place .primary").focus();
  await scan(page, "P-20417");
  await pane(page, asha.id).waitFor();
  await page.locator(".act-place .primary").focus();
  await scan(page, "P 20 417"); // spaces press buttons too
  await page.waitForTimeout(300);
  for (const { id } of [gross, asha]) assert.equal(box.store.appointments.get(id).status, "scheduled");
  await page.getByRole("searchbox").fill("");

  // a card opens a walk-in with what is on it
  await page.locator(".act-place .primary").focus();
  await scan(
    page,
    JSON.stringify({ hidn: "91-1234-5678-9012", hid: "g@abdm", name: "Gita Sharma", gender: "F", dob: "7/5/1990" }),
  );
  await says(() => page.inputValue("input[name=firstName]"), "Gita");
  await says(() => page.inputValue("input[name=birthDate]"), "07/05/1990");
  // within it a label names who was here before, and sends nothing
  await page.locator("dialog button[value=send]").focus();
  await scan(page, "P-20417");
  await page.locator("dialog .known-patient", { hasText: "Asha Rao" }).waitFor();
  assert.equal(box.store.appointments.onDay(today()).length, 2);
  // what was scanned into a field does not stay there
  await page.keyboard.press("Escape");
  await choose(page, gross.id);
  await page.getByRole("searchbox").focus();
  await scan(page, "P-20417");
  await pane(page, asha.id).waitFor();
  await says(() => page.getByRole("searchbox").inputValue(), "");
  assert.deepEqual(errors, []);
  await browser.close();
  await box.stop();
});

peerTest("A walk-in that is opened by hand names nobody who was scanned before", ["chromium"], async () => {
  const box = await TestBox.start();
  const asha = box.book({ id: "P-20417", firstName: "Asha", lastName: "Rao" }, { time: "10:10:00" });
  box.book({ id: "P-2", firstName: "Gita", lastName: "Sharma" }, { date: "2026-01-05" });
  const browser = await launchChromium();
  const { page, errors } = await openPage(browser, SCREENS.panel);
  await openDesk(page, box);
  await scan(page, "P-20417");
  await pane(page, asha.id).waitFor();
  const settled = () => page.waitForTimeout(500);
  await page.getByRole("button", { name: "Walk-in" }).first().click();
  await page.locator("dialog input[name=firstName]").waitFor();
  await settled();
  assert.equal(await page.locator("dialog .known-patient").count(), 0);
  await page.keyboard.press("Escape");

  // nor does it take the place of whoever it was opened for
  await page.getByRole("searchbox").fill("Gita");
  await page.getByRole("button", { name: "Walk-in for Gita Sharma" }).click();
  await page.locator("dialog .known-patient", { hasText: "Gita Sharma" }).waitFor();
  await settled();
  assert.match(await page.innerText("dialog .known-patient"), /Gita Sharma/);
  assert.deepEqual(errors, []);
  await browser.close();
  await box.stop();
});

peerTest("Of two labels scanned the second is shown, also where the answer to the first comes last or not at all", [
  "chromium",
], async () => {
  const box = await TestBox.start();
  const asha = box.book({ id: "P-20417", firstName: "Asha", lastName: "Rao" }, { time: "10:10:00" });
  const joseph = box.book({ id: "P-3", firstName: "Joseph", lastName: "Rao" }, { time: "10:20:00" });
  const browser = await launchChromium();
  const { page, errors } = await openPage(browser, SCREENS.panel);
  await openDesk(page, box);
  await choose(page, joseph.id);
  const later = Promise.withResolvers<void>();
  await page.route("**/api/search*", async (route) => {
    await later.promise;
    await route.fallback();
  });
  const asked = page.waitForRequest("**/api/search*");
  await scan(page, "P-404");
  await asked;
  await scan(page, "P-20417");
  await pane(page, asha.id).waitFor();
  const answered = page.waitForResponse("**/api/search*");
  later.resolve();
  await (await answered).finished();
  await drawn(page);
  assert.equal(await page.getByRole("searchbox").inputValue(), "");
  assert.equal(await pane(page, asha.id).count(), 1);

  // what the box does not answer about stays to be seen, as a search
  await page.unroute("**/api/search*");
  await page.route("**/api/search*", (route) => route.abort());
  await scan(page, "P-1000");
  await says(() => page.getByRole("searchbox").inputValue(), "P-1000");
  assert.deepEqual(errors, []);
  await browser.close();
  await box.stop();
});

peerTest("A half-typed walk-in outlives the lock, a reload and another sign-in; it is nobody else's", [
  "chromium",
], async () => {
  const box = await TestBox.start({ box: () => ({ ...BOX, demo: false, lockSeconds: 600 }) });
  for (const name of ["asha", "joseph"]) box.addUser(name, "receptionist");
  const browser = await launchChromium();
  const { page, errors } = await openPage(browser, SCREENS.panel);
  const signIn = async (name: string) => {
    await page.fill("input[name=username]", name);
    await page.fill("input[name=password]", PASSWORD);
    await page.locator("form button.primary").click();
  };
  await page.goto(box.address);
  await signIn("asha");
  await page.getByRole("button", { name: "Walk-in" }).first().click();
  await page.fill("input[name=firstName]", "Gita");
  await page.fill("input[name=phone]", "98");
  await page.waitForResponse("**/api/drafts/walk-in");
  // what the box could not be told before the lock
  await page.route(
    "**/api/drafts/walk-in",
    (route) => route.request().method() === "PUT" ? route.abort() : route.continue(),
  );
  await page.fill("input[name=phone]", "98765");

  await page.evaluate(() => localStorage.setItem("touched", String(Date.now() - 601_000)));
  await page.locator(".lock").waitFor();
  assert.equal((await page.content()).includes("Gita"), false);
  await page.locator(".lock-open").click();
  await withDraft(page, "walk-in", () => signIn("joseph"));
  await page.getByText("Live", { exact: true }).waitFor();
  assert.equal(await page.inputValue("input[name=firstName]"), "", "it is not another's");
  await page.keyboard.press("Escape");
  await page.getByRole("button", { name: "Menu" }).click();
  await page.getByRole("button", { name: "Sign out" }).click();

  await signIn("asha");
  await page.unroute("**/api/drafts/walk-in");
  const kept = page.waitForResponse((answer) => answer.request().method() === "PUT" && answer.url().includes("drafts"));
  await page.getByRole("button", { name: "Walk-in" }).first().click();
  await kept;
  await says(() => page.inputValue("input[name=firstName]"), "Gita");
  await page.getByText("This is what you had typed before.").waitFor();
  await page.reload();
  await says(() => page.inputValue("input[name=phone]"), "98765");
  // one that is closed is forgotten
  await page.keyboard.press("Escape");
  await page.locator("dialog").waitFor({ state: "detached" });
  await withDraft(page, "walk-in", () => page.getByRole("button", { name: "Walk-in" }).first().click());
  assert.equal(await page.inputValue("input[name=firstName]"), "");
  assert.deepEqual(errors, []);
  await browser.close();
  await box.stop();
});

peerTest(
  "Back, a reload and a link lead to the day, the person and the window that were shown",
  ["chromium"],
  async () => {
    const box = await TestBox.start();
    box.book({ id: "P-1", firstName: "Asha", lastName: "Rao" });
    const tomorrow = dayAway(1);
    const [, second] = ["10:00", "11:00"].map((time, n) =>
      box.book({ id: `P-${n + 2}`, firstName: "Joseph", lastName: `Lobo${n}` }, { date: tomorrow, time })
    );
    const browser = await launchChromium();
    const { page, errors } = await openPage(browser, SCREENS.panel);
    await openDesk(page, box);
    await page.getByRole("button", { name: "Next day" }).click();
    await choose(page, second!.id);
    await page.reload();
    await pane(page, second!.id).waitFor();
    const link = page.url();
    await page.locator(".day-name").click();
    await page.locator(".calendar").waitFor();
    await page.goBack();
    await page.locator("dialog").waitFor({ state: "detached" });
    await pane(page, second!.id).waitFor();
    await page.goBack();
    await page.locator(".row", { hasText: "Asha Rao" }).waitFor();
    await page.goto(link);
    await pane(page, second!.id).waitFor();
    // a window that is closed is no step of its own
    await page.locator(".day-name").click();
    await page.locator(".calendar").waitFor();
    await page.keyboard.press("Escape");
    await page.locator("dialog").waitFor({ state: "detached" });
    await says(() => page.evaluate(() => location.href), link);
    assert.deepEqual(errors, []);
    await browser.close();
    await box.stop();
  },
);

peerTest("Somebody of another day is found by their name, and their day is shown; the calendar leads to any", [
  "chromium",
], async () => {
  const box = await TestBox.start();
  box.book({ id: "P-1", firstName: "Asha", lastName: "Rao" });
  const past = box.book({ id: "P-2", firstName: "Joseph", lastName: "Lobo" }, { date: dayAway(-40), time: "09:30:00" });
  const browser = await launchChromium();
  const { page, errors } = await openPage(browser, SCREENS.panel);
  await openDesk(page, box);
  await page.getByRole("searchbox").fill("lobo");
  const found = page.locator(".elsewhere-open", { hasText: "Joseph Lobo" });
  await found.waitFor();
  await screenshot(page, "found-elsewhere-panel");
  await page.waitForTimeout(800);
  await found.click();
  await pane(page, past.id).waitFor();
  await screenshot(page, "past-day-panel");

  await page.locator(".day-name").click();
  await page.getByRole("button", { name: "Back to today" }).click();
  await page.locator(".row", { hasText: "Asha Rao" }).waitFor();
  assert.deepEqual(errors, []);
  await browser.close();
  await box.stop();
});

peerTest(
  "A booking is put right, moved and cancelled beside the board, each with its way back",
  ["chromium"],
  async () => {
    const box = await TestBox.start();
    const { id } = box.book({ id: "P-1", firstName: "Ahsa", lastName: "Rao" }, { time: "10:00:00" });
    const later = dayAway(1);
    const browser = await launchChromium();
    const { page, errors } = await openPage(browser, SCREENS.panel);
    await openDesk(page, box);
    const person = await choose(page, id);
    const now = () => box.store.appointments.get(id);
    await person.getByRole("button", { name: "Edit", exact: true }).click();
    await page.fill("dialog input[name=firstName]", "Asha");
    await page.locator("dialog button.primary").click();
    await says(() => now().patient.firstName, "Asha");
    await person.getByText("The booking of Asha Rao is put right.").waitFor();
    await page.waitForTimeout(800);
    await person.getByRole("button", { name: "Take back" }).click();
    await says(() => now().patient.firstName, "Ahsa");

    await page.waitForTimeout(800);
    await person.getByRole("button", { name: "Note", exact: true }).click();
    await page.getByRole("button", { name: "Wheelchair" }).click();
    await page.locator("dialog button.primary").click();
    await row(page, id).locator(".row-mark").waitFor();
    assert.equal(now().note, "Wheelchair");

    await page.waitForTimeout(800);
    await person.getByRole("button", { name: "Move", exact: true }).click();
    await page.fill("dialog input[name=time]", "1130");
    await says(() => page.inputValue("dialog input[name=time]"), "11:30");
    if (later.slice(0, 7) !== today().slice(0, 7)) await page.getByRole("button", { name: "Next month" }).click();
    await page.locator(`[data-day="${later}"]`).click();
    await page.locator("dialog button.primary").click();
    await says(() => `${now().date} ${now().time.slice(0, 5)}`, `${later} 11:30`);
    await row(page, id).getByText("No longer on this day").waitFor();
    await page.waitForTimeout(800);
    await person.getByRole("button", { name: "Take back" }).click();
    await says(() => now().date, today());

    await page.waitForTimeout(800);
    await person.getByRole("button", { name: "Cancel", exact: true }).click();
    await says(() => now().status, "cancelled");
    await person.locator(".tile-cancelled[aria-pressed=true]:enabled").click();
    await says(() => now().status, "scheduled");
    assert.deepEqual(errors, []);
    await browser.close();
    await box.stop();
  },
);
