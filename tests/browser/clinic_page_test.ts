import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { URL_SETTING } from "../../src/clinic/clinic_link.ts";
import { makeCertificates } from "../clinic/certificates.ts";
import { FlaskClinic } from "../clinic/flask_clinic.ts";
import { PostgresServer } from "../clinic/postgres_server.ts";
import { peerTest } from "../support/peers.ts";
import { TestBox } from "../support/web_box.ts";
import { launchChromium, openPage, SCREENS, screenshot, useCookie } from "./chromium.ts";
import { choose, row } from "./desk.ts";
import { seedDay } from "./clinic.ts";

peerTest("Clinic database page: connected, put right, what is refused is tried again", ["chromium"], async () => {
  await using server = await PostgresServer.start();
  await using clinic = await FlaskClinic.create(server, { installed: false });
  const box = await TestBox.start();
  box.addUser("admin", "admin");
  box.store.users.add({ username: "asha", displayName: "", role: "receptionist", passwordHash: "" }, "clinic");
  box.clinic.start();
  const browser = await launchChromium();
  const { page, errors } = await openPage(browser, SCREENS.wide);
  await useCookie(page, box.address, await box.signIn("admin"));
  await page.goto(`${box.address}/settings#clinic`);
  await page.getByText("No clinic database is connected").waitFor();
  await screenshot(page, "clinic-database-off-wide");

  await page.fill("input[name=url]", `${clinic.ownerUrl}_of_nobody`);
  await page.getByRole("button", { name: "Test" }).click();
  await page.locator(".verified.is-failing").waitFor();
  await page.fill("input[name=url]", clinic.ownerUrl);
  await page.getByRole("button", { name: "Test" }).click();
  await page.locator(".verified.is-failing", { hasText: /answers, but lacks/ }).waitFor();
  await page.getByRole("button", { name: "Save" }).click();
  await page.getByRole("heading", { name: "What is missing in the clinic’s database" }).waitFor({ timeout: 60_000 });
  // the password is shown no more
  await page.waitForFunction(() => document.querySelector<HTMLInputElement>("input[name=url]")?.value === "");
  await page.getByRole("button", { name: "Show the SQL" }).click();
  await page.locator("pre.sql", { hasText: "sonodesk.bookings" }).waitFor();
  await screenshot(page, "clinic-database-missing-wide");

  await clinic.book();
  await clinic.book({ patientId: "P2", firstName: "", lastName: "" });
  await page.getByRole("button", { name: "Put it right" }).click();
  await page.locator("dialog").getByRole("button", { name: "Put it right" }).click();
  await page.locator("dialog").waitFor({ state: "detached" });
  await page.getByRole("heading", { name: "What is missing in the clinic’s database" }).waitFor({ state: "detached" });
  await page.getByRole("heading", { name: /Bookings that cannot be used/ }).waitFor({ timeout: 60_000 });
  assert.ok(box.store.patients.find("P1"));

  await box.receive({ studyInstanceUid: "1.2.3", patientId: "NOBODY", patientName: "No^Body" });
  const parked = page.locator("li", { hasText: "Study 1.2.3" });
  await parked.getByText("Study 1.2.3 · needs a patient").waitFor({ timeout: 60_000 });
  await screenshot(page, "clinic-database-waiting-wide");
  await page.setViewportSize(SCREENS.phone);
  await screenshot(page, "clinic-database-waiting-phone");
  await page.setViewportSize(SCREENS.wide);
  await clinic.sql`
    INSERT INTO patients (id, first_name, last_name, created_at) VALUES ('NOBODY', 'Body', 'No', now())`;
  await parked.getByRole("button", { name: "Try again" }).click();
  await parked.waitFor({ state: "detached" });
  await page.getByText("In sync with the clinic’s database").waitFor({ timeout: 60_000 });

  await clinic.sql`DELETE FROM dicom_images`;
  await page.getByRole("button", { name: "Compare now" }).click();
  await page.getByText(/Compared .*: 1 study, 1 told again/).waitFor({ timeout: 60_000 });
  await page.fill("input[name=since]", new Date().toISOString().slice(0, 10).split("-").reverse().join("/"));
  await page.getByRole("button", { name: "Tell it again" }).click();
  await page.getByText("1 study is told again.").waitFor();
  await screenshot(page, "clinic-database-compared-wide");

  await page.getByRole("link", { name: "People" }).click();
  const asha = page.locator("li", { hasText: "asha" });
  await asha.getByText("from the clinic’s database").waitFor();
  assert.equal(await asha.getByRole("button").count(), 0);
  await screenshot(page, "clinic-people-wide");
  await page.evaluate(() => localStorage.setItem("language", "hi"));
  await page.setViewportSize(SCREENS.panel);
  await page.goto(`${box.address}/settings#clinic`);
  await page.reload();
  await page.getByText("क्लिनिक के डेटाबेस से पूरा मेल है").waitFor();
  await screenshot(page, "clinic-database-hindi-panel");
  assert.deepEqual(errors, []);
  await browser.close();
  await box.stop();
});

peerTest(
  "Kiosk: images that a machine made and that have not come are missed until they come",
  ["chromium"],
  async () => {
    const box = await TestBox.start();
    const { appointments, studyOf } = await seedDay(box);
    const [, , third, fourth] = appointments;
    assert.ok(third && fourth);
    const stepOf = (appointment: typeof third, sopInstanceUid: string) => ({
      sopInstanceUid,
      appointmentId: appointment.id,
      studyInstanceUid: appointment.studyInstanceUid,
      aeTitle: "VOLUSON",
      status: "IN PROGRESS" as const,
      patientId: appointment.patient.id,
      patientName: studyOf(appointment).patientName,
      reason: "",
      attributes: new Uint8Array(),
    });
    const made = [];
    for (let n = 0; n < 12; n++) made.push(await box.receive(studyOf(third), { number: n + 1 }));
    const late = ["1.2.826.1", "1.2.826.2"];
    const objects = [...made, ...late].map((sopInstanceUid) => ({
      sopInstanceUid,
      sopClassUid: "1.2.840.10008.5.1.4.1.1.6.1",
    }));
    box.store.procedureSteps.begin(stepOf(third, "1.2.1"));
    box.store.procedureSteps.begin(stepOf(fourth, "1.2.2"));

    const browser = await launchChromium();
    const { page, errors } = await openPage(browser, SCREENS.wide);
    await useCookie(page, box.address, await box.signIn("receptionist"));
    await page.goto(box.address);
    await row(page, fourth.id).getByText(/In progress since \d\d:\d\d/).waitFor();
    box.store.procedureSteps.update(
      { ...stepOf(fourth, "1.2.2"), status: "DISCONTINUED", reason: "Patient unwell" },
      [],
    );
    await row(page, fourth.id).getByText("Stopped: Patient unwell").waitFor();

    box.store.procedureSteps.update({ ...stepOf(third, "1.2.1"), status: "COMPLETED" }, objects);
    await row(page, third.id).locator(".row-mark").waitFor();
    const person = await choose(page, third.id);
    await person.locator(".row-attention").getByText("2 of 14 images are missing").waitFor();
    await person.locator(".performed", { hasText: "Voluson E8" }).getByText(/2 of 14 images are missing/).waitFor();
    await screenshot(page, "kiosk-missing-images-wide");
    await box.receive(studyOf(third), { sopInstanceUid: late[0] });
    await person.locator(".row-attention").getByText("1 of 14 images is missing").waitFor();
    await box.receive(studyOf(third), { sopInstanceUid: late[1] });
    await person.locator(".row-attention").waitFor({ state: "detached" });

    const stopped = await choose(page, fourth.id);
    await stopped.getByText("Stopped: Patient unwell").first().waitFor();
    await stopped.getByRole("button", { name: "Completed" }).click();
    await row(page, fourth.id).getByText(/^Completed \d\d:\d\d$/).waitFor();
    await stopped.locator(".history").getByText("completed by receptionist").waitFor();
    await screenshot(page, "kiosk-completed-wide");
    assert.equal(box.store.appointments.get(fourth.id).status, "completed");
    assert.deepEqual(errors, []);
    await browser.close();
    await box.stop();
  },
);

peerTest("Clinic database page: a server that no known authority vouches for is confirmed by its fingerprint", [
  "chromium",
  "openssl",
], async () => {
  const folder = await Deno.makeTempDir({ prefix: "sonodesk-certificate-" });
  const certificate = await makeCertificates(folder);
  await using server = await PostgresServer.start({ certificate });
  await using clinic = await FlaskClinic.create(server);
  const box = await TestBox.start();
  const browser = await launchChromium();
  const { page, errors } = await openPage(browser, SCREENS.panel);
  await useCookie(page, box.address, await box.signIn("admin"));
  await page.goto(`${box.address}/settings#clinic`);
  // by this name it is on loopback, and the box takes it for another computer
  await page.fill("input[name=url]", clinic.url.replace("127.0.0.1", "0.0.0.0"));
  await page.getByRole("button", { name: "Save" }).click();
  const dialog = page.locator("dialog");
  const { fingerprint256 } = new X509Certificate(Deno.readFileSync(certificate.certificate));
  await dialog.getByText(fingerprint256).waitFor();
  await screenshot(page, "clinic-certificate-panel");
  await dialog.getByRole("button", { name: "Cancel" }).click();
  assert.equal(box.store.settings.get(URL_SETTING), undefined, "nothing is kept until somebody has confirmed it");
  await page.getByRole("button", { name: "Save" }).click();
  await dialog.getByRole("button", { name: "It is the same" }).click();
  await dialog.waitFor({ state: "detached" });
  assert.match(box.store.settings.get(URL_SETTING)!, /sslfingerprint=/);
  assert.deepEqual(errors.filter((error) => !error.includes("409")), []);
  await browser.close();
  await box.stop();
  await Deno.remove(folder, { recursive: true });
});
