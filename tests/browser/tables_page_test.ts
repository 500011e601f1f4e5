import assert from "node:assert/strict";
import { MappedClinic } from "../clinic/mapped_clinic.ts";
import { BY_HAND, HOSPITAL, MODERN } from "../clinic/mapping_shapes.ts";
import { PostgresServer } from "../clinic/postgres_server.ts";
import { peerTest } from "../support/peers.ts";
import { until } from "../support/until.ts";
import { TestBox } from "../support/web_box.ts";
import { axeScript, violations } from "./axe.ts";
import { launchChromium, openPage, SCREENS, screenshot, useCookie } from "./chromium.ts";

const LAPTOP = { width: 1280, height: 800 };

const today = (zone: string) => new Intl.DateTimeFormat("sv", { timeZone: zone }).format(new Date());

/** Three clinics' tables, with the taps that each needs beside the proposal. */
const CLINICS = [
  { name: "modern", tables: MODERN, counts: "24 read, 19 shown, 3 cancelled", day: today("UTC"), shown: 0 },
  { name: "hospital", tables: HOSPITAL, counts: "20 read, 19 shown, 1 cancelled", day: today("UTC"), shown: 19 },
  { name: "by hand", tables: BY_HAND, counts: "15 read, 13 shown", day: today("UTC"), shown: 13 },
];

const SHARED = new URL("../../../shared/clinic-flask/shapes/", import.meta.url);

/** The clinics that an issue came with, where they are at hand. */
function shared(): typeof CLINICS {
  try {
    return ["s1.sql", "s2.sql", "s3.sql"].map((name, at) => ({
      name,
      tables: Deno.readTextFileSync(new URL(name, SHARED)),
      counts: ["50 read, 39 shown, 7 cancelled", "50 read, 50 shown", "30 read, 30 shown"][at]!,
      day: today("UTC"),
      shown: [0, 50, 30][at]!,
    }));
  } catch {
    return [];
  }
}

peerTest("Clinic tables page: other tables than the expected ones are read by taps alone", ["chromium"], async (t) => {
  await using server = await PostgresServer.start();
  const browser = await launchChromium();
  for (const { name, tables, counts, day, shown } of [...CLINICS, ...shared()]) {
    await t.step(name, async () => {
      await using clinic = await MappedClinic.create(server, tables);
      if (name === "modern") {
        const hash = "pbkdf2:sha256:1000$salt$" + "0".repeat(64);
        await clinic.sql`INSERT INTO accounts (email, password, role)
          VALUES ('meera@clinic', ${hash}, '2'), ('former@clinic', ${hash}, '9'), ('anil@clinic', ${hash}, 'Admin')`;
      }
      const box = await TestBox.start();
      box.addUser("admin", "admin");
      box.store.settings.set("SONODESK_CLINIC_DATABASE_URL", clinic.ownerUrl);
      box.clinic.start();
      const { page, errors } = await openPage(browser, SCREENS.wide, { bypassCSP: true });
      await page.addInitScript(await axeScript());
      await useCookie(page, box.address, await box.signIn("admin"));
      await page.goto(`${box.address}/settings#tables`);
      await page.getByRole("heading", { name: "Clinic tables" }).waitFor();
      await page.getByRole("checkbox", { name: /Look at some values/ }).check();
      await page.getByRole("button", { name: "Look at the tables" }).click();
      await page.getByRole("heading", { name: "How they would be read" }).waitFor();
      if (name === "modern") {
        await page.setViewportSize(LAPTOP);
        await screenshot(page, "clinic-tables-proposed-laptop");
        await page.setViewportSize(SCREENS.phone);
        await screenshot(page, "clinic-tables-proposed-phone");
        await page.setViewportSize(SCREENS.wide);
      }
      if (name === "hospital") {
        await page.getByLabel("1 means").selectOption("Male");
        await page.getByLabel("2 means").selectOption("Female");
      }
      await page.getByRole("button", { name: "Show ten bookings" }).click();
      await page.getByText(counts, { exact: true }).waitFor();
      const rows = page.locator(".previewed li");
      assert.equal(await rows.count(), 10);
      if (name === "modern") {
        assert.equal(await page.getByText("the clinic's program has it as deleted").count(), 2);
        await page.setViewportSize(LAPTOP);
        await page.locator("#preview-title").scrollIntoViewIfNeeded();
        await screenshot(page, "clinic-tables-preview-laptop");
        await page.setViewportSize(SCREENS.phone);
        await page.locator("#preview-title").evaluate((title) => title.scrollIntoView());
        await screenshot(page, "clinic-tables-preview-phone");
        await page.setViewportSize(SCREENS.wide);
      }
      if (name === "modern") {
        assert.deepEqual(await violations(page, "the preview", false), []);
        // what was proposed is put right by taps, and seen
        await page.getByLabel("Family name").selectOption({ label: "The first word" });
        await page.getByRole("button", { name: "Show ten bookings" }).click();
        await page.locator(".previewed li", { hasText: "Devi Aoshi Asha" }).waitFor();
        await page.getByLabel("Family name").selectOption({ label: "The last word" });
        await page.getByRole("checkbox", { name: "cancelled_by_patient" }).uncheck();
        await page.getByRole("button", { name: "Show ten bookings" }).click();
        await page.getByText("24 read, 22 shown", { exact: true }).waitFor();
        await page.getByRole("checkbox", { name: "Baner" }).check();
        await page.getByText("24 read, 11 shown", { exact: true }).waitFor();
        await page.getByText("it is of a branch that this box does not work for").first().waitFor();
        await page.getByRole("checkbox", { name: "Baner" }).uncheck();
        await page.getByText("24 read, 22 shown", { exact: true }).waitFor();
      }
      if (name === "modern") {
        // numbers say nothing by themselves, and what is chosen keeps the ten bookings in view
        assert.equal(await page.getByLabel("2 (1 person)").inputValue(), "?");
        assert.equal(await page.getByLabel("Admin (1 person)").inputValue(), "admin");
        await page.getByLabel("2 (1 person)").selectOption("Doctor");
        await page.getByLabel("9 (1 person)").selectOption("Does not sign in");
        await page.locator(".previewed").waitFor();
      }
      if (name === "hospital") await page.locator("[name=fill-hospital_code]").fill("PN1");
      await page.getByRole("button", { name: "Show the SQL" }).click();
      await page.locator("pre.sql", { hasText: "sonodesk.bookings" }).waitFor();
      await page.getByRole("button", { name: "Take it", exact: true }).click();
      await page.getByText(/^Read from .* and .*, since/).waitFor({ timeout: 60_000 });
      await until("the bookings are on the board", () => {
        const count = box.store.appointments.onBoard(day).length;
        return shown === 0 ? box.clinic.status().state === "in sync" : count === shown;
      });
      if (name === "modern") {
        await until("the doctor may sign in", () => box.store.users.findByUsername("meera@clinic")?.role === "doctor");
        assert.equal(box.store.users.findByUsername("anil@clinic")?.role, "admin");
        assert.equal(box.store.users.findByUsername("former@clinic"), undefined);
        assert.deepEqual(box.clinic.status().staffProblems, []);
      }
      box.store.transaction(() =>
        box.store.appointments.add({
          patient: {
            ...{ id: box.store.patients.newId(day), firstName: "Anna", lastName: "Rao", phone: "" },
            ...{ birthDate: "1988-02-29", gender: "Female" },
          },
          ...{ doctor: "", department: "USG", description: "", date: day, time: "11:10:00" },
        }, "box")
      );
      await until("the walk-in is told", () => box.store.outbox.counts().waiting === 0);
      const [found] = await clinic.sql`
        SELECT p.first_name, p.last_name FROM sonodesk.box_patients b
          CROSS JOIN LATERAL sonodesk.find_patient(b.box_id, b.box_patient_id, true) p`;
      assert.deepEqual({ ...found }, { first_name: "Anna", last_name: "Rao" });
      assert.deepEqual(box.clinic.queue().parkedAggregates, []);
      if (name === "by hand") {
        await page.evaluate(() => localStorage.setItem("language", "hi"));
        await page.reload();
        await page.getByRole("button", { name: "तालिकाएँ देखें" }).click();
        await page.getByRole("button", { name: "दस बुकिंग दिखाएँ" }).click();
        await page.locator(".previewed li").first().waitFor();
        await screenshot(page, "clinic-tables-hindi-wide");
        await page.evaluate(() => localStorage.setItem("language", "en"));
      }
      assert.deepEqual(errors, []);
      await page.context().close();
      await box.stop();
    });
  }
  await browser.close();
});
