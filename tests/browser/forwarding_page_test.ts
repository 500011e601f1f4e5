import assert from "node:assert/strict";
import { hashPassword } from "../../src/web/password.ts";
import { TestAuthority } from "../support/authority.ts";
import { Box } from "../support/box.ts";
import { peerTest, run } from "../support/peers.ts";
import { fixtures, readObject } from "../support/samples.ts";
import { send } from "../support/sender.ts";
import { freePort, PeerServer } from "../support/servers.ts";
import { axeScript, violations } from "./axe.ts";
import { launchChromium, openPage, SCREENS, screenshot } from "./chromium.ts";

/** A page of a box's settings with an admin signed in. */
async function settingsOf(box: Box, browser: Awaited<ReturnType<typeof launchChromium>>) {
  box.store.users.add({ username: "owner", displayName: "", role: "admin", passwordHash: await hashPassword("pw") });
  const opened = await openPage(browser, SCREENS.wide, { bypassCSP: true });
  await opened.page.addInitScript(await axeScript());
  await opened.page.goto(`http://127.0.0.1:${box.appliance.ports.webPort}/settings#machines`);
  await opened.page.fill("input[name=username]", "owner");
  await opened.page.fill("input[name=password]", "pw");
  await opened.page.keyboard.press("Enter");
  await opened.page.getByRole("heading", { name: "Connect a machine" }).waitFor();
  return opened;
}

peerTest("Forwarding page: a destination is added with a rule, tried, seen with its queue, mended and filled", [
  "chromium",
  "storescp",
], async () => {
  await using box = await Box.start();
  box.store.machines.add({ aeTitle: "TESTSCU", name: "Voluson E8", admitted: true });
  for (const { path } of fixtures()) await send(box.storagePort, readObject(path));
  const images = box.store.catalogue.instances({}).filter(({ modality }) => modality === "US").length;
  const wrongPort = freePort();
  await using pacs = await PeerServer.start("storescp", (port, folder) => ["+xa", "-od", folder, port]);
  const browser = await launchChromium();
  try {
    const { page, errors } = await settingsOf(box, browser);
    await page.getByRole("link", { name: "Forwarding", exact: true }).click();
    await page.getByText("Images are not sent on to anybody.").waitFor();

    await page.getByRole("button", { name: "Add a destination" }).click();
    const form = page.locator("dialog[open]");
    await form.locator("input[name=name]").fill("City archive");
    await form.locator("input[name=aeTitle]").fill("CITYPACS");
    await form.locator("input[name=address]").fill("127.0.0.1");
    await form.locator("input[name=port]").fill(wrongPort);
    await form.getByRole("button", { name: "Add a rule" }).click();
    await form.getByLabel("From machine").selectOption("TESTSCU");
    await form.getByLabel("Send as they came, without corrections").check();
    assert.deepEqual(await violations(page, "destination form", false), []);
    await screenshot(page, "destination-form-wide");
    await form.getByRole("button", { name: "Save" }).click();
    await form.waitFor({ state: "detached" });
    const row = page.locator(".machines li", { hasText: "City archive" });
    await row.getByText("1 rule says what is sent there").waitFor();
    const { id } = box.store.destinations.all()[0]!;
    assert.deepEqual(box.store.destinations.find(id)!.rules, [{ modality: "US", machine: "TESTSCU" }]);
    assert.equal(box.store.destinations.find(id)!.asTheyCame, true);

    await row.getByRole("button", { name: "Test connection" }).click();
    await row.locator(".verified.is-failing", { hasText: "nothing listens on that port" }).waitFor();
    await row.getByRole("button", { name: "Send older" }).click();
    const older = page.locator("dialog[open]");
    await older.getByRole("button", { name: "Send", exact: true }).click();
    await older.getByText(`${images} objects are queued`).waitFor();
    await older.getByRole("button", { name: "Close" }).last().click();
    await older.waitFor({ state: "detached" });
    await box.until("it is tried in vain", () => box.store.destinations.find(id)!.attempts > 0);
    const { sequence } = box.store.destinations.ready(id, 1)[0]!;
    box.store.destinations.failed(id, sequence, "CITYPACS refused it with status c000: No", true);
    await row.getByRole("button", { name: `What waits (${images})` }).click();
    await row.locator("tr", { hasText: "Needs you: CITYPACS refused it" }).waitFor();
    assert.deepEqual(await violations(page, "destinations", false), []);
    await screenshot(page, "destinations-wide");
    await page.setViewportSize(SCREENS.phone);
    await screenshot(page, "destinations-phone");
    await page.setViewportSize(SCREENS.wide);

    await row.getByRole("button", { name: "Change" }).click();
    await form.locator("input[name=port]").fill(pacs.port);
    await form.getByRole("button", { name: "Save" }).click();
    await form.waitFor({ state: "detached" });
    await row.getByRole("button", { name: "Try all again" }).click();
    await row.locator("dd", { hasText: new RegExp(`^${images}`) }).first().waitFor({ timeout: 30_000 });
    await box.until("everything is there", () => box.store.destinations.queueLength(id).sent === images);
    await row.getByText("not offered").waitFor();
    await row.getByRole("button", { name: "Test connection" }).click();
    await row.locator(".verified.is-ok", { hasText: "CITYPACS answered" }).waitFor();
    await screenshot(page, "destinations-sent-wide");

    await page.evaluate(() => localStorage.setItem("language", "hi"));
    await page.reload();
    await page.getByRole("button", { name: "गंतव्य जोड़ें" }).waitFor();
    await page.locator(".machines li", { hasText: "City archive" }).waitFor();
    await screenshot(page, "destinations-hindi-wide");
    await page.evaluate(() => localStorage.setItem("language", "en"));
    await page.reload();
    await row.getByRole("button", { name: "Remove" }).click();
    await page.locator("dialog[open]").getByRole("button", { name: "Remove" }).click();
    await page.getByText("Images are not sent on to anybody.").waitFor();
    assert.deepEqual(errors, []);
  } finally {
    await browser.close();
  }
});

peerTest("DICOM security page: the certificate, who certifies the others, and accounts of machines", [
  "chromium",
  "openssl",
  "storescu",
], async () => {
  await using box = await Box.start({ dicomTls: "on" });
  await using authority = await TestAuthority.make();
  const browser = await launchChromium();
  try {
    const { page, errors } = await settingsOf(box, browser);
    await page.getByRole("link", { name: "Network and security", exact: true }).click();
    await page.getByRole("link", { name: "DICOM security", exact: true }).click();
    await page.getByText(`On port ${box.tlsPort}`).waitFor();
    const { text } = await run("openssl", [
      ...["x509", "-noout", "-fingerprint", "-sha256", "-in", `${box.folder}/certificates/box.crt`],
    ]);
    await page.getByText(text.trim().split("=")[1]!).waitFor();

    await page.getByRole("button", { name: "Give certificates" }).click();
    const dialog = page.locator("dialog[open]");
    await dialog.locator("textarea").fill("no certificate");
    await dialog.getByRole("button", { name: "Save" }).click();
    await dialog.getByText(/there is no certificate in it/).waitFor();
    assert.deepEqual(await violations(page, "authorities form", false), []);
    await dialog.locator("input[type=file]").setInputFiles(authority.cert);
    const pem = await Deno.readTextFile(authority.cert);
    await page.waitForFunction(
      (pem) => document.querySelector<HTMLTextAreaElement>("dialog textarea")?.value === pem,
      pem,
    );
    await dialog.getByRole("button", { name: "Save" }).click();
    await dialog.waitFor({ state: "detached" });
    const summary = await run("openssl", ["x509", "-noout", "-fingerprint", "-sha256", "-in", authority.cert]);
    await page.getByText(summary.text.trim().split("=")[1]!).waitFor();

    await page.getByRole("button", { name: "Add an account" }).click();
    await dialog.locator("input[name=username]").fill("scanner");
    await dialog.locator("input[name=passcode]").fill("open sesame");
    await dialog.getByRole("button", { name: "Save" }).click();
    await dialog.waitFor({ state: "detached" });
    await page.getByText("with a passcode").waitFor();
    const image = fixtures().find(({ name }) => name === "us_rgb.dcm")!.path;
    const store = async (passcode: string) =>
      (await run("storescu", ["-usr", "scanner", "-pwd", passcode, "127.0.0.1", box.storagePort, image])).code === 0;
    assert.equal(await store("open sesame"), true);
    assert.equal(await store("close sesame"), false);
    assert.deepEqual(await violations(page, "DICOM security", false), []);
    await screenshot(page, "dicom-security-wide");
    await page.locator("input[name=dicomWebOrigins]").fill("viewer.local");
    const viewers = page.locator("section", { has: page.getByRole("heading", { name: "DICOMweb" }) });
    await viewers.getByRole("button", { name: "Save" }).click();
    await viewers.getByText(/must be addresses such as https/).waitFor();
    await page.locator("input[name=dicomWebOrigins]").fill("https://viewer.local");
    await viewers.getByRole("button", { name: "Save" }).click();
    await viewers.getByText("Saved").waitFor();
    await viewers.scrollIntoViewIfNeeded();
    await screenshot(page, "dicom-security-web-wide");
    await page.evaluate(() => localStorage.setItem("language", "hi"));
    await page.reload();
    await page.getByRole("heading", { name: "टी॰एल॰एस॰ पर DICOM" }).waitFor();
    await page.getByText("scanner").waitFor();
    await screenshot(page, "dicom-security-hindi-wide");
    await page.evaluate(() => localStorage.setItem("language", "en"));
    await page.reload();
    await page.getByRole("button", { name: "Forget them" }).click();
    await page.getByText("None given").waitFor();
    await page.getByRole("button", { name: "Remove" }).click();
    await page.getByText("with a passcode").waitFor({ state: "detached" });
    assert.deepEqual(box.store.dicomAccounts.all(), []);
    assert.deepEqual(errors, []);
  } finally {
    await browser.close();
  }
});

peerTest(
  "Machine page: each service with its last success, and what is not well",
  ["chromium", "echoscu"],
  async () => {
    await using box = await Box.start();
    const { id } = box.store.machines.add({ aeTitle: "TESTSCU", name: "Voluson E8", room: "2", admitted: true });
    const objects = fixtures().map(({ path }) => readObject(path));
    for (const object of objects) await send(box.storagePort, object);
    await box.until("the machine is known to have sent", () => box.store.machines.find(id)!.lastImageAt);
    assert.equal((await run("echoscu", ["-aet", "TESTSCU", "127.0.0.1", box.worklistPort])).code, 0);
    box.store.procedureSteps.begin({
      ...{ sopInstanceUid: "1.2.3", appointmentId: null, studyInstanceUid: "1.2.4", aeTitle: "TESTSCU" },
      ...{
        status: "IN PROGRESS",
        patientId: "P1",
        patientName: "Sharma^Priya",
        reason: "",
        attributes: new Uint8Array(),
      },
    });
    const { id: commitment } = box.store.commitments.request("TESTSCU", "1.2.5", objects, new Date());
    box.store.commitments.found(commitment, new Map(objects.map(({ sopInstanceUid }) => [sopInstanceUid, 0])));
    box.store.commitments.reported(commitment);
    const browser = await launchChromium();
    try {
      const { page, errors } = await settingsOf(box, browser);
      await page.getByRole("link", { name: "Open", exact: true }).click();
      const service = (name: string) => page.locator(".services > div", { hasText: name });
      const all = new RegExp(`^${objects.length} of ${objects.length}, \\d\\d:\\d\\d$`);
      await service("Commitment").locator("dd", { hasText: all }).waitFor();
      for (const name of ["Verify", "Images", "Progress (MPPS)"]) {
        await service(name).locator("dd", { hasText: /^\d\d:\d\d$/ }).waitFor();
      }
      await service("Worklist").getByText("not yet").waitFor();
      assert.deepEqual(await violations(page, "machine's services", false), []);
      await screenshot(page, "machine-services-wide");
      const { id: failing } = box.store.commitments.request("TESTSCU", "1.2.6", objects, new Date());
      box.store.commitments.found(failing, new Map([[objects[0]!.sopInstanceUid, 0]]));
      box.store.commitments.delayed(failing, "The machine's address and port are not known", null);
      await page.locator(".services .is-failing", { hasText: `1 of ${objects.length}` }).waitFor();
      await page.getByText("The machine's address and port are not known").waitFor();
      await screenshot(page, "machine-services-failing-wide");
      await page.getByRole("button", { name: "Change" }).click();
      await page.getByLabel("The machine is called over TLS").check();
      await page.locator("dialog[open]").getByRole("button", { name: "Save" }).click();
      await page.locator("dialog[open]").waitFor({ state: "detached" });
      assert.equal(box.store.machines.find(id)!.tls, true);
      assert.deepEqual(errors, []);
    } finally {
      await browser.close();
    }
  },
);
