import assert from "node:assert/strict";
import { peerTest } from "../support/peers.ts";
import { TestBox, today } from "../support/web_box.ts";
import { axeScript, violations } from "./axe.ts";
import { launchChromium, openPage, says, SCREENS, screenshot } from "./chromium.ts";
import { choose, openDesk, withDraft } from "./desk.ts";

peerTest("a walk-in is given a reading and Latin letters, is found by each of them, and the booking shows them again", [
  "chromium",
], async () => {
  const box = await TestBox.start();
  const browser = await launchChromium();
  const { page, errors } = await openPage(browser, SCREENS.wide, { bypassCSP: true });
  await page.addInitScript(await axeScript());
  await openDesk(page, box);
  await page.getByRole("button", { name: "Walk-in" }).first().click();
  // of a name in Latin letters nobody asks how it is read
  await page.fill("input[name=firstName]", "Asha");
  assert.equal(await page.locator("input[name=reading]").count(), 0);
  assert.equal(await page.locator("dialog").getByText("Reading").count(), 0);
  await page.fill("input[name=firstName]", "太郎");
  await page.fill("input[name=lastName]", "山田");
  await page.fill("input[name=reading]", "やまだ　たろう");
  await page.fill("input[name=latin]", "Yamada Tarou");
  await page.fill("input[name=age]", "40");
  assert.deepEqual(await violations(page, "walk-in with a reading", false), []);
  await screenshot(page, "walk-in-reading-wide");
  await page.locator("dialog button[value=add]").click();
  await page.locator("dialog").waitFor({ state: "detached" });
  const [booked] = box.store.appointments.onDay(today());
  assert.deepEqual([booked!.patient.lastName, booked!.patient.firstName], ["Yamada=山田=やまだ", "Tarou=太郎=たろう"]);
  for (const word of ["yamada", "やまだ", "Tarou"]) {
    await page.getByRole("searchbox").fill(word);
    await page.locator(`.row[data-id="${booked!.id}"]`).waitFor();
  }
  await page.getByRole("searchbox").fill("");

  await choose(page, booked!.id);
  await withDraft(page, "edit", () => page.getByRole("button", { name: "Edit" }).click());
  await says(() => page.inputValue("input[name=lastName]"), "山田");
  assert.equal(await page.inputValue("input[name=latin]"), "Yamada Tarou");
  await page.fill("input[name=latin]", "Yamada Taro");
  await page.fill("input[name=reading]", "");
  await page.getByRole("button", { name: "Save" }).click();
  await page.locator("dialog").waitFor({ state: "detached" });
  const { patient } = box.store.appointments.get(booked!.id);
  assert.deepEqual([patient.lastName, patient.firstName], ["Yamada=山田", "Taro=太郎"]);
  assert.deepEqual(errors, []);
  await browser.close();
  await box.stop();
});
