import assert from "node:assert/strict";
import { newUid } from "../../src/dicom/uid.ts";
import { peerTest } from "../support/peers.ts";
import { TestBox, today } from "../support/web_box.ts";
import { type Browser, launchChromium, openPage, says, SCREENS, screenshot, useCookie } from "./chromium.ts";
import { choose, pane, row } from "./desk.ts";

/** A desk of its own, signed in as a receptionist, with the day before it. */
async function openDesk(browser: Browser, box: TestBox, role: "receptionist" | "doctor" = "receptionist") {
  const { page, errors } = await openPage(browser, SCREENS.panel);
  await useCookie(page, box.address, await box.signIn(role));
  await page.goto(box.address);
  await page.getByText("Live", { exact: true }).waitFor();
  return { page, errors };
}

/** Images of a patient whom no appointment has. */
async function receiveStray(box: TestBox, patientName: string): Promise<string> {
  const studyInstanceUid = newUid();
  await box.receive({ studyInstanceUid, patientId: `T-${patientName}`, patientName });
  return studyInstanceUid;
}

peerTest("Two desks: images that another desk has matched are not compared with somebody else's in their place", [
  "chromium",
], async () => {
  const box = await TestBox.start();
  const asha = box.book({ id: "P-1", firstName: "Asha", lastName: "Rao" });
  const joseph = box.book({ id: "P-2", firstName: "Joseph", lastName: "Lobo" });
  const first = await receiveStray(box, "Stray^First");
  const second = await receiveStray(box, "Stray^Second");
  const browser = await launchChromium();
  const { page, errors } = await openDesk(browser, box);
  const dialog = page.locator("dialog");
  await page.getByRole("button", { name: "2 to check" }).click();
  await dialog.getByRole("button", { name: /First Stray/ }).click();
  await dialog.getByRole("button", { name: /Asha Rao/ }).click();
  await dialog.getByRole("button", { name: "They are Asha Rao’s" }).waitFor();

  // the other desk
  box.store.decisions.match(first, joseph.id, { by: "somebody else", reason: "seen" });
  await dialog.getByText("given to an appointment meanwhile").waitFor();
  await screenshot(page, "unmatched-gone-panel");
  assert.equal(await dialog.getByRole("button", { name: "They are Asha Rao’s" }).count(), 0);
  assert.equal(await dialog.locator(".compare").count(), 0);

  // the one that is left is offered anew, from the first tap on
  await dialog.getByText("They name Second Stray").waitFor();
  await dialog.getByRole("button", { name: /Asha Rao/ }).click();
  await dialog.locator(".compare").getByText("Second Stray").waitFor();

  // which gives way to another one that comes at the moment it goes
  const third = await receiveStray(box, "Stray^Third");
  box.store.decisions.match(second, joseph.id, { by: "somebody else", reason: "seen" });
  await dialog.getByText("given to an appointment meanwhile").waitFor();
  assert.equal(await dialog.locator(".compare").count(), 0);
  assert.equal(box.store.studies.find(third)!.appointmentId, null);
  assert.equal(box.store.appointments.get(asha.id).images, 0);
  assert.deepEqual(errors, []);
  await browser.close();
  await box.stop();
});

peerTest("Two desks: images that are given to another appointment leave the row they were on, at every desk", [
  "chromium",
], async () => {
  const box = await TestBox.start();
  const asha = box.book({ id: "P-1", firstName: "Asha", lastName: "Rao" });
  const joseph = box.book({ id: "P-2", firstName: "Joseph", lastName: "Lobo" });
  const study = await receiveStray(box, "Stray");
  const browser = await launchChromium();
  const { page, errors } = await openDesk(browser, box, "doctor");
  /** as the pane shows them, for whomever it shows */
  const imagesOf = (id: string) => async () => await (await choose(page, id)).locator(".thumbnail img").count();

  box.store.decisions.match(study, asha.id, { by: "another desk", reason: "seen" });
  await says(imagesOf(asha.id), 1);
  box.store.decisions.unmatch(study, { by: "another desk", reason: "" });
  await says(imagesOf(asha.id), 0);
  box.store.decisions.match(study, joseph.id, { by: "another desk", reason: "seen" });
  await says(imagesOf(joseph.id), 1);
  assert.equal(await imagesOf(asha.id)(), 0);

  // from one row to another in one moment, while images go on coming
  box.store.transaction(() => {
    box.store.decisions.unmatch(study, { by: "another desk", reason: "" });
    box.store.decisions.match(study, asha.id, { by: "another desk", reason: "seen" });
  });
  await box.receive({ studyInstanceUid: study, patientId: "T-Stray", patientName: "Stray" });
  await says(imagesOf(asha.id), 2);
  await says(imagesOf(joseph.id), 0);
  assert.deepEqual(errors, []);
  await browser.close();
  await box.stop();
});

peerTest(
  "Two desks: what happens while the day is loaded is not undone by the older answer",
  ["chromium"],
  async () => {
    const box = await TestBox.start();
    const asha = box.book({ id: "P-1", firstName: "Asha", lastName: "Rao" });
    const joseph = box.book({ id: "P-2", firstName: "Joseph", lastName: "Lobo" });
    const browser = await launchChromium();
    const { page, errors } = await openDesk(browser, box);
    await (await choose(page, asha.id)).getByRole("button", { name: "Send to machine" }).waitFor();

    // the day is asked for again when the box is back; one of its four answers takes its time
    const { promise: arrived, resolve: arrive } = Promise.withResolvers<void>();
    const { promise: held, resolve: letGo } = Promise.withResolvers<void>();
    await box.restart(async () => {
      await page.getByText("Reconnecting", { exact: true }).waitFor();
      await page.route("**/api/studies?appointmentDate=*", async (route) => {
        const response = await route.fetch();
        arrive();
        await held;
        await route.fulfill({ response });
      });
    });
    await page.getByText("Live", { exact: true }).waitFor();
    await arrived;
    const asked = page.waitForResponse("**/api/studies?appointmentDate=*");
    await (await choose(page, asha.id)).getByRole("button", { name: "Send to machine" }).click();
    await row(page, asha.id).getByText(/^Sent \d\d:\d\d$/).waitFor();
    await says(() => box.store.appointments.get(asha.id).status, "sent");
    box.store.worklistItems.send(joseph.id, null, "another desk");
    await row(page, joseph.id).getByText(/^Sent \d\d:\d\d$/).waitFor();
    const walkIn = box.book({ id: "P-3", firstName: "Gita", lastName: "Shah" }, { time: "23:00:00" });
    await row(page, walkIn.id).waitFor();

    letGo();
    await (await asked).finished();
    // the machine's name comes with the same load: it has been taken over once this is said
    box.store.worklistItems.recall(joseph.id, "another desk");
    await row(page, joseph.id).getByText("Not sent yet").waitFor();
    await pane(page, asha.id).getByRole("button", { name: "Recall" }).waitFor();
    await row(page, walkIn.id).waitFor();
    assert.equal(await pane(page, asha.id).getByRole("button", { name: "Send to machine" }).count(), 0);
    assert.deepEqual(errors, []);
    await browser.close();
    await box.stop();
  },
);

peerTest("Desk: a day that cannot be loaded says so; a send that fails after the day was changed is still said", [
  "chromium",
], async () => {
  const box = await TestBox.start();
  const asha = box.book({ id: "P-1", firstName: "Asha", lastName: "Rao" });
  const browser = await launchChromium();
  const { page } = await openDesk(browser, box);
  const refusal = (detail: string) => ({
    status: 500,
    contentType: "application/problem+json",
    body: JSON.stringify({ title: "The box failed", detail, status: 500 }),
  });
  const { promise: held, resolve: letGo } = Promise.withResolvers<void>();
  await page.route("**/send", async (route) => {
    await held;
    await route.fulfill(refusal("Cannot send this patient: tested"));
  });
  await (await choose(page, asha.id)).getByRole("button", { name: "Send to machine" }).click();
  await page.route("**/api/appointments?date=*", (route) => route.fulfill(refusal("Cannot list: tested")));
  await page.getByRole("button", { name: "Next day" }).click();
  await page.getByText("Cannot list: tested").waitFor();
  assert.equal(await page.locator("main[aria-busy=true]").count(), 0);
  await screenshot(page, "day-not-loaded-panel");
  await page.unroute("**/api/appointments?date=*");
  await page.getByRole("button", { name: "Try again" }).click();
  await page.getByText("Cannot list: tested").waitFor({ state: "detached" });

  letGo();
  await page.getByText("Cannot send this patient: tested").waitFor();
  await page.getByText(/^Asha Rao, .*: Not sent\.$/).waitFor();
  await screenshot(page, "failed-elsewhere-panel");
  await page.getByRole("button", { name: "Show that day" }).click();
  await pane(page, asha.id).getByText("Cannot send this patient: tested").waitFor();
  await pane(page, asha.id).getByRole("button", { name: "Dismiss" }).click();
  await page.getByText("Cannot send this patient: tested").waitFor({ state: "detached" });
  await browser.close();
  await box.stop();
});

peerTest("Unmatched: an appointment of the days around is found by its name, and is told by its day", [
  "chromium",
], async () => {
  const box = await TestBox.start();
  const dayAway = (days: number) => new Date(Date.parse(today()) + days * 86_400_000).toISOString().slice(0, 10);
  box.book({ id: "P-1", firstName: "Asha", lastName: "Rao" });
  const before = box.book({ id: "P-2", firstName: "Joseph", lastName: "Lobo" }, { date: dayAway(-5) });
  box.book({ id: "P-3", firstName: "Joseph", lastName: "Faraway" }, { date: dayAway(-20) });
  const study = await receiveStray(box, "Lobo");
  const browser = await launchChromium();
  const { page, errors } = await openDesk(browser, box);
  const dialog = page.locator("dialog");
  await page.getByRole("button", { name: "1 to check" }).click();
  await dialog.getByRole("button", { name: /Asha Rao/ }).waitFor();
  assert.equal(await dialog.getByRole("button", { name: /Joseph/ }).count(), 0);
  await dialog.getByRole("searchbox").fill("joseph");
  await dialog.getByRole("button", { name: /Joseph Lobo/ }).waitFor();
  assert.equal(await dialog.getByRole("button", { name: /Joseph/ }).count(), 1);
  await screenshot(page, "unmatched-days-around-panel");
  await dialog.getByRole("button", { name: /Joseph Lobo/ }).click();
  await dialog.locator(".compare tr.differs", { hasText: "Date" }).waitFor();
  await dialog.getByRole("button", { name: "They are Joseph Lobo’s" }).click();
  await dialog.getByText("Matched: they are Joseph Lobo’s.").waitFor();
  assert.equal(box.store.studies.find(study)!.appointmentId, before.id);
  assert.deepEqual(errors, []);
  await browser.close();
  await box.stop();
});
