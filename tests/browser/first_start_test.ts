import assert from "node:assert/strict";
import { Appliance } from "../../src/appliance.ts";
import { ImageComputer } from "../../src/host/image_computer.ts";
import { readConfig } from "../../src/settings/config.ts";
import { Box } from "../support/box.ts";
import { peerTest } from "../support/peers.ts";
import { until } from "../support/until.ts";
import { PASSWORD, TestBox } from "../support/web_box.ts";
import { axeScript, violations } from "./axe.ts";
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
      await page.locator("button[name=timeZone]").click();
      await page.fill("input[name=zone]", "Delhi");
      await page.locator(".zones li").getByRole("button", { name: "भारत" }).waitFor();
      await screenshot(page, "first-start-zones-panel");
      await page.keyboard.press("Enter");
      assert.equal(await page.getAttribute("button[name=timeZone]", "value"), "Asia/Kolkata");
      assert.equal(await page.inputValue("select[name=country]"), "IN", "a guess from the time zone");
      await page.selectOption("select[name=country]", "NP");
      assert.equal(
        await page.getAttribute("button[name=timeZone]", "value"),
        "Asia/Kathmandu",
        "the only one of Nepal",
      );
      await page.selectOption("select[name=country]", "IN");
      await page.fill("input[name=username]", "asha");
      await page.fill("input[name=password]", "short");
      await page.getByRole("button", { name: "शुरू करें" }).click();
      assert.equal(box.store.users.any(), false, "too short a password");
      await page.fill("input[name=password]", "asha1234");
      await page.getByRole("button", { name: "शुरू करें" }).click();
      await page.getByRole("alert").getByText("यह पासवर्ड नहीं चलेगा: अनुमान लगाने वाला व्यक्ति").waitFor();
      await screenshot(page, "first-start-weak-panel");
      await page.fill("input[name=password]", PASSWORD);
      await page.getByRole("button", { name: "शुरू करें" }).click();
      await page.getByRole("heading", { name: "सनराइज़ क्लिनिक" }).waitFor();
      assert.equal(box.store.users.findByUsername("asha")!.role, "admin");
      assert.equal(box.store.settings.get("SONODESK_COUNTRY"), "IN");
      assert.equal(box.store.settings.get("SONODESK_TIME_ZONE"), "Asia/Kolkata");
      await screenshot(page, "first-start-done-panel");
      assert.deepEqual(errors, []);
    } finally {
      await browser.close();
    }
  },
);

peerTest(
  "First start: from another computer the code must be typed; a wrong one is refused in words, and the box's own screen follows",
  [
    "chromium",
  ],
  async () => {
    let code = "";
    const box = await TestBox.start({ announceSetupCode: (announced) => code = announced });
    const browser = await launchChromium();
    const { page } = await openPage(browser, SCREENS.panel, { extraHTTPHeaders: { "x-forwarded-for": "192.168.1.9" } });
    const { page: own } = await openPage(browser, SCREENS.panel);
    await own.goto(box.address);
    await own.locator(".setup-code strong").waitFor();
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
    await own.getByRole("button", { name: "Sign in" }).waitFor();
    await browser.close();
    await box.stop();
  },
);

peerTest("First start: what the environment has fixed is shown, cannot be changed, and says which variable it is", [
  "chromium",
], async () => {
  const environment = { SONODESK_NAME: "Sunrise Clinic", SONODESK_TIME_ZONE: "Asia/Kolkata", SONODESK_COUNTRY: "IN" };
  const folder = await Deno.makeTempDir({ prefix: "sonodesk-fixed-" });
  const ports = { host: "127.0.0.1", webPort: 0, worklistPort: 0, storagePort: 0, dicomTlsPort: 0, data: folder };
  const appliance = new Appliance({ ...readConfig(environment), ...ports }, { environment });
  await appliance.start();
  const browser = await launchChromium();
  try {
    const { page, errors } = await openPage(browser, SCREENS.panel, { bypassCSP: true });
    await page.addInitScript(await axeScript());
    await page.goto(`http://127.0.0.1:${appliance.ports.webPort}/`);
    for (const field of ["input[name=clinicName]", "select[name=country]", "button[name=timeZone]"]) {
      await page.locator(`${field}:disabled`).waitFor();
    }
    assert.equal(await page.inputValue("input[name=clinicName]"), "Sunrise Clinic");
    assert.equal(await page.inputValue("select[name=country]"), "IN");
    for (const name of Object.keys(environment)) await page.locator(".fixed-note").getByText(name).waitFor();
    await page.locator("#time-zone-value", { hasText: "India · Asia/Kolkata · GMT+5:30" }).waitFor();
    assert.deepEqual(await violations(page, "first start, fixed", false), []);
    await screenshot(page, "first-start-fixed-panel");
    await page.fill("input[name=username]", "asha");
    await page.fill("input[name=password]", PASSWORD);
    await page.getByRole("button", { name: "Start", exact: true }).click();
    await page.getByRole("heading", { name: /^Setting up/ }).waitFor();
    await page.goto(`http://127.0.0.1:${appliance.ports.webPort}/settings#general`);
    await page.locator("button[name=timeZone]:disabled").waitFor();
    await page.locator("input[name=name]:disabled").waitFor();
    assert.deepEqual(await violations(page, "settings, fixed", false), []);
    await screenshot(page, "settings-fixed-panel");
    assert.deepEqual(errors, []);
  } finally {
    await browser.close();
    await appliance.stop();
    await Deno.remove(folder, { recursive: true });
  }
});

peerTest(
  "First start from a stick: the box is installed on a disk inside the computer, with what is lost said before",
  [
    "chromium",
  ],
  async () => {
    let code = "";
    const folder = await Deno.makeTempDir({ prefix: "sonodesk-installing-" });
    const computer = new ImageComputer(`${folder}/requests`, `${folder}/says`);
    const box = await TestBox.start({ computer, announceSetupCode: (announced) => code = announced });
    const browser = await launchChromium();
    try {
      const says = (name: string, what: unknown) =>
        Deno.writeTextFile(`${folder}/says/${name}.json`, JSON.stringify(what));
      const { page, errors } = await openPage(browser, SCREENS.panel);
      const install = page.getByRole("button", { name: "Install it on the disk of this computer" });
      await page.goto(box.address);
      await page.locator(".setup-code strong").waitFor();
      assert.equal(await install.count(), 0, "nothing to install it on");

      await Deno.mkdir(`${folder}/says`);
      const windows = { name: "nvme0n1p3", size: 254e9, model: null, fstype: "ntfs", label: "Windows" };
      await says("inner-disks", {
        sequences: { nvme0n1: 9, mmcblk0: 10 },
        listed: {
          blockdevices: [
            { name: "nvme0n1", size: 256e9, model: "SAMSUNG MZVLB256", fstype: null, label: null, children: [windows] },
            { name: "mmcblk0", size: 31e9, model: null, fstype: null, label: null },
          ],
        },
      });
      await says("install", { state: "possible", percent: 0, why: "" });
      await page.reload();
      await install.click();
      const erase = page.getByRole("button", { name: "Erase it and install" });
      await page.getByRole("button", { name: "SAMSUNG" }).getByText("lost then: Windows").waitFor();
      assert.equal(await erase.isDisabled(), true, "none is chosen");
      await page.getByRole("button", { name: "SAMSUNG" }).click();
      await page.getByText("Everything on SAMSUNG MZVLB256 is erased").waitFor();
      await screenshot(page, "first-start-install-panel");
      await erase.click();
      await page.getByText("0 %. Leave the stick in").waitFor();
      const request = await until(
        "the computer is asked",
        () => Deno.readTextFile(`${folder}/requests/install`).catch(() => undefined),
      );
      assert.equal(request, "disk=nvme0n1:9\n");
      await says("install", { state: "installing", percent: 42, why: "" });
      await page.getByText("42 %").waitFor();
      await screenshot(page, "first-start-installing-panel");
      const again = { method: "POST", headers: { "content-type": "application/json" } };
      const ask = (body: unknown) =>
        fetch(`${box.address}/api/setup/installation`, { ...again, body: JSON.stringify(body) });
      assert.equal((await refused(ask({ code, disk: "nvme0n1:9" }))).code, "install-under-way");

      await says("install", { state: "failed", percent: 0, why: "read-again" });
      await page.getByRole("alert").getByText("It is worn out").waitFor();
      await page.getByRole("button", { name: "mmcblk0" }).click();
      await erase.click();
      await says("install", { state: "done", percent: 100, why: "" });
      await page.getByText("pull the stick out and switch it on").waitFor();
      await screenshot(page, "first-start-installed-panel");

      await says("install", { state: "possible", percent: 0, why: "" });
      assert.equal((await refused(ask({ code: "0000-000", disk: "nvme0n1:9" }))).code, "wrong-setup-code");
      assert.equal((await refused(ask({ code, disk: "sda:1" }))).code, "install-no-disk");
      assert.deepEqual(errors, []);
    } finally {
      await browser.close();
      await box.stop();
      await Deno.remove(folder, { recursive: true });
    }
  },
);

async function refused(answer: Promise<Response>): Promise<{ code: string }> {
  const response = await answer;
  assert.equal(response.ok, false);
  return await response.json();
}
