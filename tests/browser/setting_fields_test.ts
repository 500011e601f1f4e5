import assert from "node:assert/strict";
import { Appliance } from "../../src/appliance.ts";
import { readConfig, SETTINGS } from "../../src/settings/config.ts";
import { hashPassword } from "../../src/web/password.ts";
import { Box } from "../support/box.ts";
import { peerTest } from "../support/peers.ts";
import { until } from "../support/until.ts";
import { PASSWORD, TestBox } from "../support/web_box.ts";
import { axeScript, violations } from "./axe.ts";
import { launchChromium, openPage, SCREENS, screenshot, useCookie } from "./chromium.ts";

/** The pages that have fields of settings. */
const PAGES = ["clinic", "general", "storage", "backup", "network", "security", "dicom"];

/** What the environment may say of settings that are not one of a few choices. */
const VALUES: Record<string, string> = {
  SONODESK_NAME: "Sunrise Clinic",
  SONODESK_TIME_ZONE: "Asia/Kolkata",
  SONODESK_COUNTRY: "IN",
  SONODESK_LOCK_SECONDS: "0",
  SONODESK_HTTPS_PORT: "0",
  SONODESK_WORKLIST_PORT: "0",
  SONODESK_STORAGE_PORT: "0",
  SONODESK_DICOM_TLS_PORT: "0",
  SONODESK_DICOMWEB_ORIGINS: "https://viewer.local",
  SONODESK_AE_TITLE: "SUNRISE",
  SONODESK_WORKLIST_DAYS: "3",
  SONODESK_COMPLETION_MINUTES: "20",
  SONODESK_DISK_FLOOR: "1M",
  SONODESK_RETENTION_DAYS: "900",
  SONODESK_WEBHOOK: "https://clinic.local/sonodesk",
  SONODESK_WEBHOOK_SECRET: "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYX",
  SONODESK_ASSOCIATIONS: "10",
  SONODESK_ALERT_URL: "https://alerts.example.com/box",
  SONODESK_ALERT_EMAIL: "office@clinic.example",
  SONODESK_SMTP_HOST: "127.0.0.1",
  SONODESK_SMTP_PORT: "465",
  SONODESK_SMTP_USERNAME: "box@clinic.example",
  SONODESK_SMTP_PASSWORD: "hush",
  SONODESK_SMTP_FROM: "box@clinic.example",
  SONODESK_BACKUP_FOLDER: "/tmp",
  SONODESK_BACKUP_PASSPHRASE: "a long passphrase",
  SONODESK_BACKUP_S3_ENDPOINT: "https://s3.example.com",
  SONODESK_BACKUP_S3_REGION: "eu-central-1",
  SONODESK_BACKUP_S3_ACCESS: "id",
  SONODESK_BACKUP_S3_SECRET: "secret",
  SONODESK_BACKUP_SNAPSHOTS: "7",
};

const CHANGEABLE = Object.entries(SETTINGS).filter(([, { holds }]) => holds !== undefined)
  .map(([key, { name, choices }]) => ({ key, name, value: VALUES[name] ?? choices?.find((choice) => choice !== "") }));

peerTest("Setting fields: what the environment has fixed is disabled on every page, and says which variable it is", [
  "chromium",
], async () => {
  const fixed = Object.fromEntries(CHANGEABLE.map(({ name, value }) => {
    assert.ok(value, `${name} needs a value here`);
    return [name, value];
  }));
  const environment = { ...fixed, SONODESK_CLINIC_DATABASE_URL: "postgres://box:secret@127.0.0.1:1/clinic" };
  const folder = await Deno.makeTempDir({ prefix: "sonodesk-fields-" });
  const config = { ...readConfig(environment), host: "127.0.0.1", webPort: 0, data: folder };
  const appliance = new Appliance(config, { environment });
  await appliance.start();
  const browser = await launchChromium();
  try {
    const passwordHash = await hashPassword(PASSWORD);
    appliance.store.users.add({ username: "owner", displayName: "", role: "admin", passwordHash });
    const { page, errors } = await openPage(browser, SCREENS.panel, { bypassCSP: true });
    await page.addInitScript(await axeScript());
    const address = `http://127.0.0.1:${appliance.ports.webPort}/settings`;
    await page.goto(`${address}#general`);
    await page.fill("input[name=username]", "owner");
    await page.fill("input[name=password]", PASSWORD);
    await page.keyboard.press("Enter");
    const found = new Set<string>();
    for (const name of PAGES) {
      await page.goto(`${address}#${name}`);
      await page.locator(".fixed-note").first().waitFor();
      await page.waitForTimeout(300); // each card asks for its own
      for (const { key, name } of CHANGEABLE) {
        const field = page.locator(`main [name=${key}]`);
        if (await field.count() === 0) continue;
        found.add(name);
        assert.equal(await field.isDisabled(), true, key);
        const note = page.locator(".field", { has: page.locator(`[name=${key}]`) }).locator(".fixed-note");
        assert.ok((await note.textContent())!.includes(name), key);
      }
      assert.equal(await page.getByText("secret", { exact: true }).count(), 0);
      assert.deepEqual(await violations(page, name, false), []);
      await screenshot(page, `settings-fixed-${name}-panel`);
    }
    assert.deepEqual([...found].sort(), Object.keys(fixed).sort(), "every setting has a field on a page");
    await page.goto(`${address}#clinic`);
    await page.locator("input[name=url]:disabled").waitFor();
    await page.locator(".fixed-note").getByText("SONODESK_CLINIC_DATABASE_URL").waitFor();
    assert.equal((await page.inputValue("input[name=url]")).includes("secret"), false);
    await page.goto(`${address}#machines`);
    await page.locator(".fixed-note").getByText("SONODESK_ADMISSION").waitFor();
    assert.equal(await page.getByRole("button", { name: "Start, for 10 minutes" }).isDisabled(), true);
    assert.deepEqual(errors, []);
  } finally {
    await browser.close();
    await appliance.stop();
    await Deno.remove(folder, { recursive: true });
  }
});

peerTest("Setting fields: the time zone is found by a city, by the country, in Hindi, and can be the system's", [
  "chromium",
], async () => {
  const box = await TestBox.start();
  const cookie = await box.signIn("admin");
  const browser = await launchChromium();
  const axe = await axeScript();
  const found: string[] = [];
  for (const [language, colorScheme, typed] of [["en", "light", "Kolkata"], ["hi", "dark", "भारत"]] as const) {
    const { page, errors } = await openPage(browser, SCREENS.panel, { colorScheme, bypassCSP: true });
    await page.addInitScript(axe);
    await page.addInitScript((language) => localStorage.setItem("language", language), language);
    await useCookie(page, box.address, cookie);
    await page.goto(`${box.address}/settings#general`);
    const field = page.locator("button[name=timeZone]");
    await field.click();
    await page.fill("input[name=zone]", typed);
    const first = page.locator(".zones button").first();
    assert.match((await first.textContent())!, /Asia\/Kolkata · Delhi/);
    for (const [name, size] of Object.entries({ panel: SCREENS.panel, phone: SCREENS.phone })) {
      await page.setViewportSize(size);
      const where = `settings-zones-${name}-${language}-${colorScheme}`;
      found.push(...await violations(page, where, false));
      await screenshot(page, where);
    }
    await page.setViewportSize(SCREENS.panel);
    await first.click();
    await page.locator(".saved-line button.primary").click();
    await page.locator(".saved-line .verified").waitFor();
    assert.equal(box.settings.current.timeZone, "Asia/Kolkata");
    await field.click();
    await page.selectOption("select[name=zone-country]", "US");
    await page.locator(".zones button", { hasText: "America/New_York" }).waitFor();
    assert.ok(await page.locator(".zones button").count() > 4);
    await page.fill("input[name=zone]", "Atlantis");
    await page.locator(".zones button").first().waitFor({ state: "detached" });
    await page.locator("dialog .button.tall").click(); // the system's own
    await page.locator(".saved-line button.primary").click();
    await page.locator(".saved-line .verified").waitFor();
    assert.equal(box.store.settings.get("SONODESK_TIME_ZONE"), undefined);
    assert.deepEqual(errors, []);
    await page.context().close();
  }
  assert.deepEqual(found, []);
  await browser.close();
  await box.stop();
});

peerTest("Setting fields: what a room's own screen shows is chosen in the settings, with the way to each room", [
  "chromium",
], async () => {
  await using box = await Box.start();
  const passwordHash = await hashPassword(PASSWORD);
  box.store.users.add({ username: "owner", displayName: "", role: "admin", passwordHash });
  box.store.machines.add({ aeTitle: "US1", name: "Voluson", room: "Room 2", admitted: true });
  const browser = await launchChromium();
  try {
    const { page, errors } = await openPage(browser, SCREENS.panel);
    const address = `http://127.0.0.1:${box.appliance.ports.webPort}`;
    await page.goto(`${address}/settings#general`);
    await page.fill("input[name=username]", "owner");
    await page.fill("input[name=password]", PASSWORD);
    await page.keyboard.press("Enter");
    const told = async () => (await fetch(`${address}/api/rooms/Room%202`)).status;
    assert.equal(await told(), 404);
    await page.selectOption("select[name=roomDisplay]", { label: "Initials" });
    await page.getByRole("button", { name: "Save" }).click();
    await page.getByText("Saved").waitFor();
    assert.equal(await told(), 200);
    assert.equal(await page.getByRole("link", { name: "Room 2" }).getAttribute("href"), "/room/Room%202");
    await page.getByRole("link", { name: "Room 2" }).scrollIntoViewIfNeeded();
    await screenshot(page, "settings-rooms-panel");
    assert.deepEqual(errors, []);
  } finally {
    await browser.close();
  }
});

peerTest(
  "Dates: written day first whatever the browser's language; what is no day is not taken for none",
  ["chromium"],
  async () => {
    const box = await TestBox.start();
    box.addUser("admin", "admin");
    const browser = await launchChromium();
    const { page, errors } = await openPage(browser, SCREENS.wide);
    await useCookie(page, box.address, await box.signIn("admin"));
    await page.goto(`${box.address}/settings#security`);
    await page.getByRole("button", { name: "New token" }).click();
    const dialog = page.locator("dialog");
    await dialog.getByLabel("Name").fill("Fleet");
    const last = dialog.locator("input[name=lastDay]");
    await last.fill("31022027");
    assert.equal(await last.inputValue(), "31/02/2027");
    await dialog.getByRole("button", { name: "Make the token" }).click();
    assert.equal(box.store.apiTokens.all().length, 0, "a token without an end was not asked for");
    await last.fill("28/02/2027");
    await dialog.getByRole("button", { name: "Make the token" }).click();
    await until("it is made", () => box.store.apiTokens.all().length === 1, 10);
    assert.match(box.store.apiTokens.all()[0]!.expiresAt!, /^2027-0[23]-/);
    assert.deepEqual(errors, []);
    await browser.close();
    await box.stop();
  },
);
