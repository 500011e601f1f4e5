import assert from "node:assert/strict";
import { backUp } from "../../src/backup/backup.ts";
import { hashPassword } from "../../src/web/password.ts";
import { PASSWORD } from "../support/scanned_study.ts";
import { keepSnapshot } from "../../src/rescue/kept_snapshots.ts";
import { peerTest } from "../support/peers.ts";
import { RunningBox } from "../support/running_box.ts";
import { send } from "../support/sender.ts";
import { ultrasoundObject } from "../support/ultrasound_object.ts";
import { launchChromium, openPage, SCREENS, screenshot } from "./chromium.ts";

peerTest("Rescue: the box's own screen says what is wrong in both languages, and one way out leads back to the kiosk", [
  "chromium",
], async () => {
  const folder = await Deno.makeTempDir({ prefix: "sonodesk-rescue-page-" });
  const data = `${folder}/data`;
  {
    await using box = new RunningBox(data);
    const { store } = await box.works();
    store.settings.set("SONODESK_NAME", "Sunrise");
    assert.equal((await send(box.storagePort, ultrasoundObject())).status, 0);
  }
  await keepSnapshot(data);
  Deno.removeSync(`${data}/sonodesk.sqlite`);
  await using box = new RunningBox(data);
  await box.needsRescue();
  const browser = await launchChromium();
  try {
    const { page, errors } = await openPage(browser, SCREENS.panel);
    await page.goto(`${box.address}/`);
    await page.getByText("The images are there, their store is not").waitFor();
    await page.locator(".setup-code strong").waitFor();
    await screenshot(page, "rescue-code-panel");
    await page.setViewportSize(SCREENS.phone);
    await screenshot(page, "rescue-code-phone");
    await page.setViewportSize(SCREENS.panel);
    await page.getByRole("button", { name: "Show what can be done" }).click();
    await page.getByRole("heading", { name: "Go back to a copy of the store" }).waitFor();
    await screenshot(page, "rescue-ways-panel");
    await page.getByRole("button", { name: "हिन्दी" }).click();
    await page.getByText("चित्र यहाँ हैं, उनका स्टोर नहीं").waitFor();
    await page.getByRole("heading", { name: "स्टोर की किसी प्रति पर लौटें" }).waitFor();
    await screenshot(page, "rescue-ways-hindi-panel");
    await page.setViewportSize(SCREENS.phone);
    await screenshot(page, "rescue-ways-hindi-phone");
    await page.setViewportSize(SCREENS.panel);
    await page.getByRole("button", { name: "English" }).click();
    await page.getByRole("button", { name: "Begin anew" }).click();
    await page.getByText("The box begins with nothing").waitFor();
    await screenshot(page, "rescue-sure-panel");
    await page.getByRole("button", { name: "Cancel" }).click();
    await page.fill("input[name=folder]", "/nowhere");
    await page.getByRole("button", { name: "Look what is in it" }).click();
    await page.getByText("Cannot").first().waitFor();
    await page.locator("section").filter({ hasText: "Go back to a copy" }).getByRole("button").click();
    await page.getByRole("button", { name: "Go back to this copy" }).click();
    await page.getByText("First start").first().waitFor(); // nobody had set this box up
    const appliance = await box.works();
    assert.equal(appliance.store.settings.get("SONODESK_NAME"), "Sunrise");
    assert.deepEqual(errors, []);
  } finally {
    await browser.close();
    await box.stop();
    await Deno.remove(folder, { recursive: true });
  }
});

peerTest("Rescue: the copies in one backup are not offered once the address of another is typed", [
  "chromium",
], async () => {
  const folder = await Deno.makeTempDir({ prefix: "sonodesk-rescue-page-" });
  const data = `${folder}/data`;
  {
    await using box = new RunningBox(data);
    await box.works();
    assert.equal((await send(box.storagePort, ultrasoundObject())).status, 0);
  }
  Deno.removeSync(`${data}/sonodesk.sqlite`);
  await using box = new RunningBox(data);
  await box.needsRescue();
  const browser = await launchChromium();
  try {
    const { page, errors } = await openPage(browser, SCREENS.panel);
    await page.route(
      "**/api/rescue/backup",
      (route) => route.fulfill({ json: [{ name: "one", time: "2026-08-01T10:00:00.000Z", objects: 12 }] }),
    );
    await page.goto(`${box.address}/`);
    await page.getByRole("button", { name: "Show what can be done" }).click();
    await page.fill("input[name=folder]", "/media/first");
    await page.getByRole("button", { name: "Look what is in it" }).click();
    const copy = page.getByRole("button", { name: "12 objects" });
    await copy.waitFor();
    await page.fill("input[name=folder]", "/media/second");
    await copy.waitFor({ state: "detached" });
    await page.fill("input[name=folder]", "/media/first");
    await copy.waitFor();
    assert.deepEqual(errors, []);
  } finally {
    await browser.close();
    await box.stop();
    await Deno.remove(folder, { recursive: true });
  }
});

peerTest("First start: a box is made from a backup by touch, and leads to the sign-in", ["chromium"], async () => {
  const folder = await Deno.makeTempDir({ prefix: "sonodesk-from-backup-" });
  {
    await using dead = new RunningBox(`${folder}/dead`);
    const { store } = await dead.works();
    store.settings.set("SONODESK_NAME", "Sunrise");
    store.users.add({ username: "asha", displayName: "Asha", role: "admin", passwordHash: "-" });
    assert.equal((await send(dead.storagePort, ultrasoundObject())).status, 0);
  }
  await backUp({ data: `${folder}/dead`, folder: `${folder}/usb` });
  await using box = new RunningBox(`${folder}/new`);
  await box.works();
  const browser = await launchChromium();
  try {
    const { page, errors } = await openPage(browser, SCREENS.panel, { hasTouch: true });
    await page.goto(`${box.address}/`);
    await page.locator(".setup-code strong").waitFor();
    await page.getByRole("button", { name: /^Make it from a backup/ }).tap();
    await page.getByText("the images follow while it works", { exact: false }).waitFor();
    await page.fill("input[name=folder]", `${folder}/usb`);
    await page.getByRole("button", { name: "Look what is in it" }).tap();
    const copy = page.getByRole("button", { name: /1 object, \d+ MB/ });
    await copy.waitFor();
    await screenshot(page, "from-backup-panel");
    await page.setViewportSize(SCREENS.phone);
    await screenshot(page, "from-backup-phone");
    await page.setViewportSize(SCREENS.panel);
    await copy.tap();
    await page.locator("dialog").getByRole("button", { name: "Restore this backup" }).tap();
    await page.locator("input[name=username]").waitFor();
    await page.getByText("Sunrise").first().waitFor();
    assert.deepEqual(errors, []);
  } finally {
    await browser.close();
    await Deno.remove(folder, { recursive: true });
  }
});

peerTest("First start: a running box is replaced by touch, with the code that its settings show, in both languages", [
  "chromium",
], async () => {
  const folder = await Deno.makeTempDir({ prefix: "sonodesk-replace-page-" });
  await using old = new RunningBox(`${folder}/old`);
  const { store } = await old.works();
  store.settings.set("SONODESK_NAME", "Sunrise");
  store.users.add({
    ...{ username: "asha", displayName: "Asha", role: "admin" },
    passwordHash: await hashPassword(PASSWORD),
  });
  assert.equal((await send(old.storagePort, ultrasoundObject())).status, 0);
  await using fresh = new RunningBox(`${folder}/new`);
  await fresh.works();
  const browser = await launchChromium();
  try {
    const { page: settings, errors: oldErrors } = await openPage(browser, SCREENS.panel, { hasTouch: true });
    await settings.goto(`${old.address}/settings#backup`);
    await settings.fill("input[name=username]", "asha");
    await settings.fill("input[name=password]", PASSWORD);
    await settings.keyboard.press("Enter");
    await settings.getByRole("button", { name: "Show the code for the new box" }).tap();
    const shown = settings.locator("section", { has: settings.locator("#replacement-title") }).locator(".token");
    const code = (await shown.textContent())!.trim();
    assert.match(code, /^\d{4}-\d{4}-\d{4}$/);
    await screenshot(settings, "replacement-code-panel");

    const { page, errors } = await openPage(browser, SCREENS.panel, { hasTouch: true });
    await page.goto(`${fresh.address}/`);
    await page.locator(".setup-code strong").waitFor();
    await page.getByRole("button", { name: /or another box$/ }).tap();
    await page.getByRole("heading", { name: "Replace a box that runs" }).waitFor();
    await page.getByRole("button", { name: "हिन्दी" }).tap();
    await page.getByRole("heading", { name: "चालू बॉक्स की जगह लें" }).waitFor();
    await screenshot(page, "replace-hindi-panel");
    await page.getByRole("button", { name: "English" }).tap();
    await page.fill("input[name=address]", old.address);
    await page.fill("input[name=boxCode]", "0000-0000-0000");
    const replace = page.locator("form", { has: page.locator("input[name=boxCode]") }).getByRole("button");
    await replace.tap();
    await page.locator("dialog").getByRole("button", { name: "Replace it" }).tap();
    await page.getByText("the code is another, or too old", { exact: false }).waitFor();
    await page.fill("input[name=address]", old.address);
    await page.fill("input[name=boxCode]", code);
    await replace.tap();
    await page.locator("dialog").getByRole("button", { name: "Replace it" }).tap();
    await page.locator("input[name=username]").waitFor();
    await page.getByText("Sunrise").first().waitFor();

    await settings.getByText("This box has been replaced").waitFor();
    await screenshot(settings, "replaced-panel");
    assert.deepEqual(errors, []);
    assert.deepEqual(oldErrors, []);
  } finally {
    await browser.close();
    await Deno.remove(folder, { recursive: true });
  }
});
