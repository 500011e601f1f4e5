import assert from "node:assert/strict";
import { demoClinic } from "../../src/demo_clinic.ts";
import { localDate } from "../../src/dicom/date_time.ts";
import { VirtualMachine } from "../../src/simulator/machine.ts";
import { hashPassword } from "../../src/web/password.ts";
import { Box } from "../support/box.ts";
import { peerTest, run } from "../support/peers.ts";
import { launchChromium, openPage, SCREENS, screenshot } from "./chromium.ts";

peerTest("Pairing: a machine that knocks appears at once, one tap admits it, and each step is ticked off", [
  "chromium",
  "echoscu",
], async () => {
  await using box = await Box.start({ admission: "closed" });
  box.store.users.add({ username: "owner", displayName: "", role: "admin", passwordHash: await hashPassword("pw") });
  for (const { study, patient, time, ...booked } of demoClinic(localDate(new Date())).slice(0, 3)) {
    const added = box.store.appointments.add(
      { ...booked, time: `${time}:00`, patient: { ...patient, phone: "" }, description: study },
      "demo",
    );
    box.store.worklistItems.send(added.id, null, "owner");
  }
  const echo = (port: string) => run("echoscu", ["-aet", "VIRTUAL-US", "127.0.0.1", port]);
  const browser = await launchChromium();
  const ended = new AbortController();
  let scanning: Promise<unknown> | undefined;
  try {
    const { page, errors } = await openPage(browser, SCREENS.panel);
    await page.goto(`http://127.0.0.1:${box.appliance.ports.webPort}/settings#machines`);
    await page.fill("input[name=username]", "owner");
    await page.fill("input[name=password]", "pw");
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { name: "Connect a machine" }).waitFor();
    await echo(box.worklistPort);
    assert.equal(box.store.machines.all().length, 0, "closed: a stranger leaves no trace");

    await page.getByRole("button", { name: "Start, for 10 minutes" }).click();
    await page.getByRole("timer").waitFor();
    assert.notEqual((await echo(box.worklistPort)).code, 0, "not admitted yet");
    const row = page.locator(".is-pairing li", { hasText: "VIRTUAL-US" });
    await row.getByText("127.0.0.1").waitFor();
    await row.getByText(/says OFFIS_DCMTK/).waitFor();
    await screenshot(page, "pairing-panel");
    await page.setViewportSize(SCREENS.phone);
    await screenshot(page, "pairing-phone");
    await page.setViewportSize(SCREENS.panel);
    await row.getByRole("button", { name: "Admit" }).click();
    const ticked = (step: string) => row.locator(".steps .is-done", { hasText: step });
    await ticked("Admitted").waitFor();
    assert.equal((await echo(box.worklistPort)).code, 0);
    await ticked("Verify").waitFor();

    const machine = new VirtualMachine({
      host: "127.0.0.1",
      worklistPort: Number(box.worklistPort),
      storagePort: Number(box.storagePort),
      pollSeconds: 0.3,
      scanSeconds: 0.5,
      signal: ended.signal,
    });
    scanning = machine.run();
    await ticked("Asked for the list").waitFor();
    await ticked("Sent an image").waitFor();
    await screenshot(page, "paired-panel");

    await row.getByRole("link", { name: "Open" }).click();
    await page.getByRole("heading", { name: "What this machine gets" }).waitFor();
    await page.locator(".table tbody tr").first().waitFor();
    await page.locator(".query-head").first().waitFor();
    await screenshot(page, "machine-panel");
    assert.deepEqual(errors, []);
  } finally {
    await browser.close();
    ended.abort();
    await scanning;
  }
});
