import assert from "node:assert/strict";
import { axeScript, violations } from "../browser/axe.ts";
import { launchChromium, openPage, SCREENS, screenshot, useCookie } from "../browser/chromium.ts";
import { Box } from "../support/box.ts";
import { peerTest } from "../support/peers.ts";
import { noteFailure } from "../../src/backup/last_backup.ts";
import type { Finding } from "../../src/operations/finding.ts";
import { hashPassword } from "../../src/web/password.ts";
import { PASSWORD } from "../support/scanned_study.ts";

/** An admin of the box, signed in. */
async function signedIn(box: Box): Promise<{ address: string; cookie: string }> {
  const address = `http://127.0.0.1:${box.appliance.ports.webPort}`;
  box.store.users.add({
    ...{ username: "owner", displayName: "", role: "admin" },
    passwordHash: await hashPassword(PASSWORD),
  });
  const answer = await fetch(`${address}/api/session`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ username: "owner", password: PASSWORD }),
  });
  await answer.body?.cancel();
  return { address, cookie: answer.headers.get("set-cookie")!.split(";")[0]! };
}

Deno.test("somebody at the settings page asks whether the box works: it calls itself as a machine does, and each trouble says what to do", async () => {
  await using box = await Box.start({ diskFloor: 1e18, backupFolder: "/nowhere/usb" });
  const { address, cookie } = await signedIn(box);
  noteFailure(box.store.settings, "/nowhere/usb", { detail: "Cannot back up: it is not there" });
  if (Deno.uid() === 0) {
    await Deno.writeTextFile(`${box.folder}/archive/left`, "");
    await Deno.chown(`${box.folder}/archive/left`, 65534, 65534);
  }
  const test = async (): Promise<Finding[]> =>
    await (await fetch(`${address}/api/self-test`, { method: "POST", headers: { cookie } })).json();
  const [findings, meanwhile] = await Promise.all([test(), test()]);
  assert.deepEqual(meanwhile, findings, "one at a time");
  const of = (name: string) =>
    findings.filter(({ what }) => what.detail === name).map(({ how, detail }) => ({ how, detail }));
  for (const name of ["C-ECHO on the worklist port", "C-ECHO on the image port", "worklist query"]) {
    assert.equal(of(name)[0]!.how, "ok", name);
  }
  const [image] = of("image, stored on the disk and thrown away");
  assert.equal(image!.how, "failed");
  assert.match(image!.detail, /the disk has \d+ MB free.*; see how much room the disk has/);
  assert.equal(of("health")[0]!.how, "failed");
  assert.deepEqual(of("backup"), [{
    how: "failed",
    detail: of("backup")[0]!.detail,
  }]);
  assert.match(of("backup")[0]!.detail, /Cannot back up: it is not there/);
  assert.match(of("backup disk")[0]!.detail, /is not there, check that the disk is plugged in/);
  if (Deno.uid() === 0) assert.match(of("data")[0]!.detail, /1 files in .* archive\/left: chown|left: chown/);
  for (const { what, coded } of findings) assert.ok(what.coded && coded, `${what.detail} can be said in Hindi`);
  assert.equal(box.store.instanceFiles.totals().count, 0, "nothing of it stays");
});

peerTest("a tap on Test now: what is wrong stands first, in English and in Hindi", ["chromium"], async () => {
  await using box = await Box.start({ backupFolder: "/nowhere/usb" });
  const { address, cookie } = await signedIn(box);
  const browser = await launchChromium();
  try {
    for (const [language, begin] of [["en", "Test now"], ["hi", "अभी जाँचें"]] as const) {
      const { page, errors } = await openPage(browser, SCREENS.panel, { bypassCSP: true });
      await page.addInitScript(await axeScript());
      await page.addInitScript((language) => localStorage.setItem("language", language), language);
      await useCookie(page, address, cookie);
      await page.goto(`${address}/settings#home`);
      await page.getByRole("button", { name: begin }).click();
      const list = page.locator(".findings li");
      await list.first().waitFor();
      assert.match((await list.first().getAttribute("class"))!, /is-failing/, "the disk that is not there");
      assert.match((await list.first().textContent())!, /nowhere\/usb/);
      assert.equal(await list.locator("strong", { hasText: "C-ECHO" }).count(), 2);
      assert.deepEqual(await violations(page, `self-test-${language}`, false), []);
      await screenshot(page, `settings-self-test-${language}`);
      assert.deepEqual(errors, []);
    }
  } finally {
    await browser.close();
  }
});
