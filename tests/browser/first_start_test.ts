import assert from "node:assert/strict";
import { Box } from "../support/box.ts";
import { peerTest } from "../support/peers.ts";
import { PASSWORD, TestBox } from "../web/test_box.ts";
import { launchChromium, openPage, SCREENS, screenshot } from "./chromium.ts";

peerTest(
  "First start: from the box's own screen to what is left to set up, in the clinic's language and under its name",
  [
    "chromium",
  ],
  async () => {
    await using box = await Box.start({ admission: "pairing" });
    const browser = await launchChromium();
    try {
      const { page, errors } = await openPage(browser, SCREENS.panel);
      await page.goto(`http://127.0.0.1:${box.appliance.ports.webPort}/`);
      await page.locator(".setup-code strong").waitFor();
      assert.match((await page.textContent(".setup-code strong"))!, /^\d{4}-\d{4}$/);
      await screenshot(page, "first-start-panel");
      await page.setViewportSize(SCREENS.phone);
      await screenshot(page, "first-start-phone");
      await page.setViewportSize(SCREENS.panel);
      await page.getByRole("button", { name: "हिन्दी" }).click();
      await page.getByText("पहली शुरुआत").waitFor();
      await page.fill("input[name=clinicName]", "सनराइज़ क्लिनिक");
      await page.selectOption("select[name=timeZone]", "Asia/Calcutta");
      assert.equal(await page.inputValue("select[name=country]"), "IN", "a guess from the time zone");
      await page.fill("input[name=username]", "asha");
      await page.fill("input[name=password]", "short");
      await page.getByRole("button", { name: "शुरू करें" }).click();
      assert.equal(box.store.users.any(), false, "too short a password");
      await page.fill("input[name=password]", PASSWORD);
      await page.getByRole("button", { name: "शुरू करें" }).click();
      await page.getByRole("heading", { name: "सनराइज़ क्लिनिक" }).waitFor();
      assert.equal(box.store.users.findByUsername("asha")!.role, "admin");
      assert.equal(box.store.settings.get("SONODESK_COUNTRY"), "IN");
      await screenshot(page, "first-start-done-panel");
      assert.deepEqual(errors, []);
    } finally {
      await browser.close();
    }
  },
);

peerTest("First start: from another computer the code must be typed; a wrong one is refused in words", [
  "chromium",
], async () => {
  let code = "";
  const box = await TestBox.start({ announceSetupCode: (announced) => code = announced });
  const browser = await launchChromium();
  const { page } = await openPage(browser, SCREENS.panel, { extraHTTPHeaders: { "x-forwarded-for": "192.168.1.9" } });
  await page.goto(`${box.address}/settings`);
  await page.getByText("The setup code is on the box's own screen").waitFor();
  assert.equal((await page.content()).includes(code), false);
  await page.fill("input[name=code]", code === "0000-0000" ? "1111-1111" : "0000-0000");
  await page.fill("input[name=clinicName]", "Sunrise");
  await page.selectOption("select[name=country]", "DE");
  await page.fill("input[name=username]", "asha");
  await page.fill("input[name=password]", PASSWORD);
  await page.getByRole("button", { name: "Start" }).click();
  await page.getByText("this is not its code").waitFor();
  await page.fill("input[name=code]", code);
  await page.getByRole("button", { name: "Start" }).click();
  await page.getByRole("heading", { name: /^Setting up/ }).waitFor();
  await browser.close();
  await box.stop();
});
