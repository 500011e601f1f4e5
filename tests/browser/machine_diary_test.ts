import assert from "node:assert/strict";
import { peerTest } from "../support/peers.ts";
import { TestBox } from "../support/web_box.ts";
import { launchChromium, openPage, SCREENS, screenshot, useCookie } from "./chromium.ts";

const at = "2026-11-29T08:15:00.000Z";
const noted = (kind: "charset-undeclared" | "object-repeated", detail = "", count = 1) => ({
  ...{ aeTitle: "LOGIQ", kind, detail, count, firstAt: at, lastAt: at },
});

peerTest("Machine page: what is odd stands there with its setting, which a tap takes, in both languages", [
  "chromium",
], async () => {
  const box = await TestBox.start();
  const { id } = box.store.machines.add({ aeTitle: "LOGIQ", name: "Logiq", admitted: true });
  const browser = await launchChromium();
  const { page, errors } = await openPage(browser, SCREENS.panel);
  await useCookie(page, box.address, await box.signIn("admin"));
  await page.goto(`${box.address}/settings#machine/${id}`);
  const card = page.locator(".card", { has: page.locator("#diary-title") });
  await card.getByText("Nothing has been noticed.").waitFor();

  await box.store.machineOddities.add([noted("charset-undeclared", "ISO_IR 192", 12), noted("object-repeated")]);
  const row = card.locator("li", { hasText: "Sends letters without saying in which character set" });
  await row.getByText("12 times").waitFor();
  await row.getByText("For its maker").click();
  await row.getByText(/LOGIQ: It sends letters beyond ASCII without Specific Character Set/).waitFor();
  await screenshot(page, "machine-diary");
  await row.getByRole("button", { name: "Set “Letters it can show: All (Unicode, ISO_IR 192)”" }).click();
  await row.getByText("A setting is in force for it").waitFor();
  assert.equal(box.store.machines.find(id)!.characterSet, "ISO_IR 192");
  await card.getByText("Sends the same object again").waitFor();

  await page.evaluate(() => localStorage.setItem("language", "hi"));
  await page.reload();
  await card.getByText("वही चीज़ दोबारा भेजती है").waitFor();
  await card.getByRole("button", { name: "नए सिरे से शुरू करें" }).click();
  await card.getByText("कुछ अलग नहीं दिखा।").waitFor();
  assert.deepEqual(box.store.machineOddities.of(id), []);
  assert.deepEqual(errors, []);
  await browser.close();
  await box.stop();
});
