import assert from "node:assert/strict";
import { demoClinic } from "../../src/demo_clinic.ts";
import { localDate } from "../../src/dicom/date_time.ts";
import { VirtualMachine } from "../../src/simulator/machine.ts";
import { hashPassword } from "../../src/web/password.ts";
import { Box } from "../support/box.ts";
import { peerTest } from "../support/peers.ts";
import { launchChromium, openPage, screenshot } from "./chromium.ts";
import { choose, row } from "./desk.ts";

peerTest(
  "the main job: reception sends a patient, the machine scans, the images appear by themselves",
  ["chromium"],
  async () => {
    await using box = await Box.start();
    box.store.users.add({ username: "asha", displayName: "", role: "doctor", passwordHash: await hashPassword("pw") });
    for (const { study, patient, time, ...booked } of demoClinic(localDate(new Date()))) {
      box.store.appointments.add(
        { ...booked, time: `${time}:00`, patient: { ...patient, phone: "" }, description: study },
        "demo",
      );
    }
    const ended = new AbortController();
    const machine = new VirtualMachine({
      host: "127.0.0.1",
      worklistPort: Number(box.worklistPort),
      storagePort: Number(box.storagePort),
      pollSeconds: 0.3,
      scanSeconds: 1,
      signal: ended.signal,
    });
    const scanning = machine.run();
    const browser = await launchChromium();
    try {
      const { page, errors } = await openPage(browser, { width: 1280, height: 800 });
      let loads = 0;
      page.on("load", () => loads += 1);
      await page.goto(`http://127.0.0.1:${box.appliance.ports.webPort}/`);
      await page.fill("input[name=username]", "asha");
      await page.fill("input[name=password]", "pw");
      await page.keyboard.press("Enter");

      const first = box.store.appointments.onDay(localDate(new Date()))[0]!;
      const person = await choose(page, first.id);
      await person.getByRole("button", { name: "Send to machine" }).click();
      await row(page, first.id).getByText(/^Seen by machine|^\d images?$/).first().waitFor();
      await row(page, first.id).getByText("3 images", { exact: true }).waitFor();
      await page.waitForFunction((id) => {
        const images = [...document.querySelectorAll<HTMLImageElement>(`[data-person="${id}"] .thumbnail img`)];
        return images.length === 3 && images.every((image) => image.complete && image.naturalWidth >= 100);
      }, first.id);
      await box.until("the report has been read", () => box.store.appointments.get(first.id).measurements >= 12);
      await screenshot(page, "main-job");

      await person.locator(".thumbnail").first().click();
      await page.waitForFunction(() => {
        const image = document.querySelector<HTMLImageElement>("img.viewer-picture");
        return image?.complete && image.naturalWidth > 400;
      });
      await screenshot(page, "main-job-viewer");
      assert.equal(loads, 1, "the page was loaded once and never again");
      assert.deepEqual(errors, []);

      const study = box.store.studies.find(first.studyInstanceUid)!;
      assert.equal(study.appointmentId, first.id);
      assert.equal(study.patientId, first.patient.id);
      assert.equal(study.attention, "");
    } finally {
      await browser.close();
      ended.abort();
      await scanning;
    }
  },
);
