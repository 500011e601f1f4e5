import assert from "node:assert/strict";
import { hashPassword } from "../../src/web/password.ts";
import { HearingProgram } from "../clinic/hearing_program.ts";
import { Box } from "../support/box.ts";
import { peerTest } from "../support/peers.ts";
import { until } from "../support/until.ts";
import { PASSWORD } from "../support/web_box.ts";
import { axeScript, violations } from "./axe.ts";
import { launchChromium, openPage, SCREENS, screenshot } from "./chromium.ts";

peerTest("Clinic database page: a program is told, once it has a secret, and what it refused is sent again", [
  "chromium",
], async () => {
  await using program = new HearingProgram();
  program.open();
  program.answers = (type) => new Response(null, { status: type === "appointment.booked" ? 400 : 200 });
  await using box = await Box.start();
  const passwordHash = await hashPassword(PASSWORD);
  box.store.users.add({ username: "owner", displayName: "", role: "admin", passwordHash });
  const browser = await launchChromium();
  const { page, errors } = await openPage(browser, SCREENS.wide, { bypassCSP: true });
  await page.addInitScript(await axeScript());
  await page.goto(`http://127.0.0.1:${box.appliance.ports.webPort}/settings#clinic`);
  await page.fill("input[name=username]", "owner");
  await page.fill("input[name=password]", PASSWORD);
  await page.keyboard.press("Enter");
  const card = page.locator("section", { hasText: "Telling the clinic’s program" });
  await card.locator("input[name=webhook]").fill("clinic.local");
  await card.locator(".saved-line button.primary").click();
  await card.getByText(/must be an address/).waitFor();
  await card.locator("input[name=webhook]").fill(program.address);
  await card.locator(".saved-line button.primary").click();
  await card.getByText("Nothing is sent before there is a secret").waitFor();
  await card.getByRole("button", { name: "Make a new secret" }).click();
  program.secret = (await page.locator("dialog .token").textContent())!;
  await screenshot(page, "webhook-secret-wide");
  await page.locator("dialog").getByRole("button").last().click();
  await card.getByText("The program takes what it is told.").waitFor();
  await card.getByRole("button", { name: "Send a test" }).click();
  await card.getByText("has taken the message (it answered 200)").waitFor();
  assert.deepEqual(program.heard.map(({ type }) => type), ["test"]);

  const patient = { id: "P-1", firstName: "Priya", lastName: "Sharma", birthDate: null, gender: "", phone: "" };
  const when = { date: "2026-11-29", time: "10:00:00" };
  box.store.appointments.add({ id: "1", patient, ...when, doctor: "", department: "", description: "" }, "box");
  box.store.worklistItems.send("1", null, "reception");
  const refused = card.locator("li", { hasText: "Walk-in booked · given up" });
  await refused.waitFor({ timeout: 60_000 });
  await card.locator("li", { hasText: "Where an appointment stands · taken" }).waitFor();
  for (const [name, size] of Object.entries({ wide: SCREENS.wide, phone: SCREENS.phone })) {
    await page.setViewportSize(size);
    await card.scrollIntoViewIfNeeded();
    assert.deepEqual(await violations(page, name, false), []);
    await screenshot(page, `webhook-${name}`);
  }
  program.answers = () => new Response(null, { status: 200 });
  await refused.getByRole("button", { name: "Send again" }).click();
  await until("it is taken", () => box.store.webhookMessages.latest(9).every(({ state }) => state === "delivered"));
  await page.getByText("Walk-in booked · taken").waitFor();
  const told = box.store.audit.latest(50).map(({ action }) => action);
  assert.ok(told.includes("webhook secret made") && told.includes("webhook message sent again"));
  assert.deepEqual(errors, []);
  await browser.close();
});
