import assert from "node:assert/strict";
import type { Page } from "playwright-core";
import { peerTest } from "../support/peers.ts";
import { TestBox, today } from "../support/web_box.ts";
import { launchChromium, openPage, says, SCREENS, screenshot } from "./chromium.ts";
import { choose, openDesk, pane } from "./desk.ts";

const offered = (page: Page, name: string) =>
  page.locator(`.field:has(> .field input[name=${name}]) .suggestions button`).allInnerTexts().then((all) =>
    all.join()
  );

peerTest("Spellings: sharma typed on a Hindi page is offered as शर्मा, taken by a tap and by nothing else", [
  "chromium",
], async () => {
  const box = await TestBox.start();
  // as people of this clinic write it goes first
  box.book({ id: "P-1", firstName: "मीरा", lastName: "खान" }, { date: "2026-01-05" });
  const asha = box.book({ id: "P-2", firstName: "Asha", lastName: "Rao" });
  const browser = await launchChromium();
  const { page, errors } = await openPage(browser, SCREENS.panel, { locale: "hi-IN", hasTouch: true });
  await openDesk(page, box);
  await page.getByRole("button", { name: "बिना बुकिंग" }).first().tap();
  const first = page.locator("input[name=firstName]");
  const last = page.locator("input[name=lastName]");
  await first.pressSequentially("priya");
  await last.pressSequentially("sharma");
  await says(() => offered(page, "lastName").then((all) => all.split(",")[0]), "शर्मा");
  await screenshot(page, "spellings-hindi");
  assert.equal(await last.inputValue(), "sharma");
  await page.getByRole("button", { name: "शर्मा", exact: true }).tap();
  await says(() => last.inputValue(), "शर्मा");
  // what was typed is a tap away
  await says(() => offered(page, "lastName"), "sharma");
  await page.getByRole("button", { name: "sharma", exact: true }).tap();
  await says(() => last.inputValue(), "sharma");
  await last.fill("khan");
  await says(() => offered(page, "lastName").then((all) => all.split(",")[0]), "खान");
  await page.getByRole("button", { name: "खान", exact: true }).tap();
  await page.getByRole("button", { name: "प्रिया", exact: true }).tap();
  await page.locator("dialog button[value=add]").tap();
  await page.locator("dialog").waitFor({ state: "detached" });
  const added = box.store.appointments.onDay(today()).find(({ id }) => id !== asha.id)!;
  assert.deepEqual([added.patient.firstName, added.patient.lastName], ["प्रिया", "खान"]);

  // and where a booking is put right, for what is changed
  const person = await choose(page, asha.id);
  await person.getByRole("button", { name: "सुधारें", exact: true }).tap();
  await last.waitFor();
  await page.waitForTimeout(400);
  assert.equal(await offered(page, "lastName"), "");
  await last.fill("Verma");
  await says(() => offered(page, "lastName").then((all) => all.split(",")[0]), "वर्मा");
  assert.deepEqual(errors, []);
  await browser.close();
  await box.stop();
});

peerTest("Spellings: an English page offers none, until its Hindi keys are chosen", ["chromium"], async () => {
  const box = await TestBox.start();
  const asha = box.book({ id: "P-2", firstName: "Asha", lastName: "Rao" });
  const browser = await launchChromium();
  const { page, errors } = await openPage(browser, SCREENS.panel, { hasTouch: true });
  const asked: string[] = [];
  page.on("request", (request) => request.url().includes("/api/spellings") && asked.push(request.url()));
  await page.addInitScript(() => localStorage.setItem("keyboard", "on"));
  await openDesk(page, box);
  await pane(page, asha.id).waitFor();
  await page.getByRole("button", { name: "Walk-in" }).first().tap();
  const first = page.locator("input[name=firstName]");
  await first.fill("priya");
  await page.locator(".returning, .keyboard").first().waitFor();
  await page.waitForTimeout(500);
  assert.deepEqual(asked, []);
  await page.locator("dialog .keyboard").getByRole("button", { name: "कखग" }).tap();
  await says(() => offered(page, "firstName").then((all) => all.split(",")[0]), "प्रिया");
  assert.deepEqual(errors, []);
  await browser.close();
  await box.stop();
});
