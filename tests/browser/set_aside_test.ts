import assert from "node:assert/strict";
import { peerTest } from "../support/peers.ts";
import { TestBox } from "../support/web_box.ts";
import { launchChromium, openPage, SCREENS, screenshot, useCookie } from "./chromium.ts";

peerTest("Storage page: an object that was set aside, with what happened, its file, and a tap that tries it again", [
  "chromium",
], async () => {
  const box = await TestBox.start();
  box.addUser("admin", "admin");
  const sopInstanceUid = await box.receive({ studyInstanceUid: "1.2.3", patientId: "P1", patientName: "No^Body" });
  const { sha256 } = box.store.instances.find(sopInstanceUid)!;
  const browser = await launchChromium();
  const { page, errors } = await openPage(browser, SCREENS.wide);
  await useCookie(page, box.address, await box.signIn("admin"));
  await page.goto(`${box.address}/settings#storage`);
  await page.getByRole("heading", { name: "Stored files" }).waitFor();
  assert.equal(await page.getByRole("heading", { name: "Not drawn any more" }).count(), 0);
  // both come while somebody looks
  for (let ends = 0; ends < 2; ends++) {
    box.store.drawingAttempts.ended({ sopInstanceUid, part: "picture", sha256 }, "frame 1", "memory");
  }
  const object = page.locator("li", { hasText: sopInstanceUid });
  await object.getByText(/Cannot draw the pictures: took too much memory, 2 times/).waitFor();
  assert.match(await object.getByRole("link").getAttribute("href") ?? "", /\/api\/instances\/.+\/file$/);
  await screenshot(page, "set-aside-wide");
  await page.evaluate(() => localStorage.setItem("language", "hi"));
  await page.setViewportSize(SCREENS.phone);
  await page.reload();
  await page.getByText(/चित्र नहीं बन सकते: बहुत ज़्यादा मेमोरी लगी, 2 बार/).waitFor();
  await screenshot(page, "set-aside-hindi-phone");
  await page.getByRole("button", { name: "फिर कोशिश करें" }).click();
  await object.waitFor({ state: "detached" });
  assert.deepEqual(box.store.drawingAttempts.setAside(), []);
  assert.deepEqual(errors, []);
  await browser.close();
  await box.stop();
});
