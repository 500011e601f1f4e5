import assert from "node:assert/strict";
import type { Page } from "playwright-core";
import { newUid } from "../../src/dicom/uid.ts";
import type { Role } from "../../src/store/users.ts";
import { peerTest } from "../support/peers.ts";
import { TestBox, today } from "../support/web_box.ts";
import { type Browser, launchChromium, openPage, says, SCREENS, screenshot, useCookie } from "./chromium.ts";
import { choose, row } from "./desk.ts";

/** A clinic with two patients, and a panel before it that is touched. */
async function withDesk(
  role: Role,
  use: (given: { box: TestBox; page: Page; browser: Browser } & Clinic) => Promise<void>,
): Promise<void> {
  const box = await TestBox.start();
  const browser = await launchChromium();
  try {
    const clinic = await seed(box);
    const { page, errors } = await openPage(browser, SCREENS.panel, { hasTouch: true });
    await useCookie(page, box.address, await box.signIn(role));
    await page.goto(box.address);
    await page.getByText("Live", { exact: true }).waitFor();
    await use({ box, page, browser, ...clinic });
    assert.deepEqual(errors, []);
  } finally {
    await browser.close();
    await box.stop();
  }
}

type Clinic = Awaited<ReturnType<typeof seed>>;

async function seed(box: TestBox) {
  box.store.machines.add({ aeTitle: "US-2", name: "Voluson E8", room: "2", modality: "US", admitted: true });
  const asha = box.book({ id: "P-1", firstName: "Asha", lastName: "Rao" }, { time: "09:30:00" });
  const joseph = box.book({ id: "P-2", firstName: "Joseph", lastName: "Lobo" }, {
    patient: { birthDate: "1958-11-21", gender: "Male" },
    time: "10:00:00",
    description: "Abdomen",
  });
  const images: string[] = [];
  for (let n = 1; n <= 4; n++) {
    images.push(
      await box.receive({
        ...{ studyInstanceUid: asha.studyInstanceUid, patientId: "P-1", patientName: "Rao^Asha", patientSex: "F" },
      }, { number: n }),
    );
  }
  return { asha, joseph, images };
}

const dialog = (page: Page) => page.locator("dialog[open]").last();

async function openViewer(page: Page, id: string) {
  await (await choose(page, id)).locator(".thumbnail").first().tap();
  await page.locator(".picture-place[data-placed=true]").waitFor();
}

/** Opens what waits to be checked, and taps the case of this name. */
async function openCase(page: Page, name: RegExp) {
  await page.getByRole("button", { name: /to check/ }).tap();
  await dialog(page).locator(".unmatched-study", { hasText: name }).tap();
  const chosen = dialog(page).locator('.unmatched-study[aria-pressed="true"]', { hasText: name });
  await chosen.waitFor();
}

/** An image of somebody else under the study of an appointment. */
async function receiveAnother(box: TestBox, asha: Clinic["asha"]): Promise<string> {
  return await box.receive({
    ...{ studyInstanceUid: asha.studyInstanceUid, patientId: "P-9", patientName: "Khan^Shabana" },
  });
}

peerTest("Decisions: single images are chosen by touch and moved to another appointment, and an admin takes it back", [
  "chromium",
], () =>
  withDesk("admin", async ({ box, page, asha, joseph, images }) => {
    await openViewer(page, asha.id);
    await page.getByRole("button", { name: "Choose images" }).tap();
    const thumbnails = page.locator(".viewer-strip .thumbnail");
    for (const n of [1, 2]) await thumbnails.nth(n).tap();
    await page.getByText("2 images chosen").waitFor();
    for (const n of [0, 1]) {
      const { width, height } = (await thumbnails.nth(n).boundingBox())!;
      assert.ok(width >= 44 && height >= 44, `${width} × ${height}`);
    }
    await screenshot(page, "choose-images-panel");
    await page.getByRole("button", { name: "Move to…" }).tap();
    await dialog(page).getByRole("button", { name: /Joseph Lobo/ }).waitFor();
    assert.equal(await dialog(page).getByRole("button", { name: /Asha Rao/ }).count(), 0, "where they are already");
    await screenshot(page, "move-choose-panel");
    await dialog(page).getByRole("button", { name: /Joseph Lobo/ }).tap();
    const differs = dialog(page).locator("tr.differs th");
    await differs.first().waitFor();
    assert.deepEqual(await differs.allTextContents(), ["Name", "Patient id", "Born", "Sex"]);
    await dialog(page).getByText("Voluson E8").waitFor();
    await screenshot(page, "move-compare-panel");
    await dialog(page).getByRole("button", { name: "Wrong patient chosen at the machine" }).tap();
    await dialog(page).getByRole("button", { name: "Move 2 images to Joseph Lobo" }).tap();
    await page.getByText("Moved: 2 images are Joseph Lobo’s now.").waitFor();
    await says(() => page.locator(".viewer-strip .thumbnail").count(), 2);
    await screenshot(page, "moved-panel");
    assert.equal(box.store.appointments.get(joseph.id).images, 2);
    assert.equal(box.store.instances.find(images[1]!)!.appointmentId, joseph.id);
    const [event] = box.store.audit.list({ action: "objects moved" }, 1);
    assert.equal(event!.detail.reason, "Wrong patient chosen at the machine");

    await page.getByRole("button", { name: "Take back" }).tap();
    await says(() => box.store.appointments.get(asha.id).images, 4);
    await says(() => page.locator(".viewer-strip .thumbnail").count(), 4);
  }));

peerTest("Decisions: images that are set apart wait to be checked, and go to a patient without an appointment", [
  "chromium",
], () =>
  withDesk("doctor", async ({ box, page, asha, images }) => {
    const past = "2026-01-05";
    box.book({ id: "P-7", firstName: "Fatima", lastName: "Sheikh" }, { date: past });
    await openViewer(page, asha.id);
    await page.getByRole("button", { name: "Choose images" }).tap();
    await page.locator(".viewer-strip .thumbnail").nth(3).tap();
    await page.getByRole("button", { name: "Set apart" }).tap();
    await screenshot(page, "split-panel");
    await dialog(page).getByRole("button", { name: "Set 1 image apart" }).tap();
    await page.getByText("1 image is set apart").waitFor();
    // whoever cannot take it back reads who can
    await page.getByText("An admin can take this back").waitFor();
    await page.getByRole("button", { name: "Close" }).tap();

    const apart = box.store.instances.find(images[3]!)!.studyInstanceUid;
    assert.notEqual(apart, asha.studyInstanceUid);
    await openCase(page, /Asha Rao/);
    await dialog(page).getByText("doctor took these images out of a study").waitFor();
    await screenshot(page, "to-check-split-panel");
    await dialog(page).getByRole("searchbox").fill("fatima");
    await dialog(page).getByRole("button", { name: /Fatima Sheikh.*without an appointment/ }).tap();
    await dialog(page).getByRole("button", { name: "They are Fatima Sheikh’s" }).tap();
    await page.getByText("Moved: 1 image is Fatima Sheikh’s now.").waitFor();
    await page.getByText("Nothing waits to be checked.").waitFor();
    const { studyInstanceUid } = box.store.instances.find(images[3]!)!;
    assert.equal(box.store.studies.find(studyInstanceUid)!.decidedPatientId, "P-7");
  }));

peerTest("Decisions: what is of another patient is flagged in every view, and is right once somebody has looked", [
  "chromium",
], () =>
  withDesk("admin", async ({ box, page, asha }) => {
    const differing = await box.receive({
      ...{ studyInstanceUid: asha.studyInstanceUid, patientId: "P-1", patientName: "Rao^Asha" },
      patientBirthDate: "1991-05-17",
    }, { number: 9 });
    const born = "The birth date differs: born 17 May 1991 in the images, 17 May 1990 in the appointment";

    await row(page, asha.id).locator(".row-mark").waitFor();
    const person = await choose(page, asha.id);
    await person.getByText(born).waitFor();
    await person.locator(`.thumbnail:has(img[src*="${differing}"]) .thumbnail-flag`).waitFor();
    assert.equal(await person.locator(".thumbnail-flag").count(), 1, "only the one that is odd");
    await screenshot(page, "flagged-person-panel");

    await openViewer(page, asha.id);
    await page.locator(".viewer-strip .thumbnail-flag").waitFor();
    assert.equal(await page.locator(".picture-flag").count(), 0, "the first image is not odd");
    await page.locator(".viewer-strip .thumbnail").last().tap();
    await page.locator(".picture-flag").waitFor();
    await page.locator(".viewer-stage").getByText(born).waitFor();
    await page.locator(".picture-place[data-placed=true]").waitFor();
    await screenshot(page, "flagged-viewer-panel");
    await page.keyboard.press("Escape");

    await page.goto(`${box.address}/print?study=${asha.studyInstanceUid}`);
    await page.locator(".sheet-warning").getByText(born).waitFor();
    await screenshot(page, "flagged-print-panel");
    await page.goto(box.address);

    await openCase(page, /Asha Rao/);
    await dialog(page).getByText(born).waitFor();
    await screenshot(page, "to-check-flagged-panel");
    await dialog(page).getByRole("button", { name: "This is right" }).tap();
    await dialog(page).locator("tr.differs", { hasText: "17 May 1991" }).waitFor();
    await screenshot(page, "right-panel");
    await dialog(page).getByRole("button", { name: "Asked the patient" }).tap();
    await dialog(page).getByRole("button", { name: "This is right" }).tap();
    await dialog(page).getByText("Looked at: this is right.").waitFor();
    await says(() => box.store.attention.all(9).length, 0);
    await says(() => page.locator(".pane .thumbnail-flag").count(), 0);

    await dialog(page).getByRole("button", { name: "Take back" }).tap();
    await dialog(page).locator(".unmatched-study", { hasText: born }).waitFor();
    await says(() => box.store.attention.all(9).length, 1);
  }));

peerTest(
  "Decisions: what waits is listed worst first with what it came beside; a case gone elsewhere keeps its place",
  [
    "chromium",
  ],
  () =>
    withDesk("receptionist", async ({ box, page, asha, joseph }) => {
      const stray = newUid();
      await box.receive({ studyInstanceUid: stray, patientId: "T-1", patientName: "Stray" });
      await receiveAnother(box, asha);
      await page.getByRole("button", { name: "2 to check" }).tap();
      const cases = dialog(page).locator(".unmatched-study strong");
      await says(() => cases.allTextContents().then((names) => names.join()), "Shabana Khan,Stray");
      await dialog(page).getByText("Came in the study of Asha Rao, P-1").waitFor();
      await dialog(page).getByText("patient id P-9 in the images, P-1 in the study").waitFor();
      await screenshot(page, "to-check-panel");

      // another desk decides about the first, and one that is worse comes: the second stays under the finger
      const place = async () => (await cases.nth(1).boundingBox())!.y;
      const before = await place();
      const [waiting] = box.store.studies.list({ unmatched: true }).filter(({ patientId }) => patientId === "P-9");
      box.store.decisions.match(waiting!.studyInstanceUid, joseph.id, { by: "another desk", reason: "seen" });
      await dialog(page).getByText("Decided meanwhile, at another desk.").waitFor();
      await box.receive({
        ...{ studyInstanceUid: asha.studyInstanceUid, patientId: "P-8", patientName: "Das^Bela" },
      });
      await says(() => cases.allTextContents().then((names) => names.join()), "Shabana Khan,Stray,Bela Das");
      assert.ok(Math.abs(await place() - before) < 2, `moved from ${before} to ${await place()}`);
      await screenshot(page, "to-check-gone-panel");

      // reception says whose it is, which is all that reception decides
      await dialog(page).locator(".unmatched-study", { hasText: /^Stray/ }).tap();
      assert.equal(await dialog(page).getByRole("button", { name: "This is right" }).count(), 0);
      await dialog(page).locator(".whose").getByRole("button", { name: /Asha Rao/ }).tap();
      await dialog(page).getByRole("button", { name: "They are Asha Rao’s" }).tap();
      await dialog(page).getByText("Matched: they are Asha Rao’s.").waitFor();
      assert.equal(box.store.studies.find(stray)!.appointmentId, asha.id);
    }),
);

peerTest(
  "Decisions: two entries of one person become one, and an admin takes it back",
  ["chromium"],
  () =>
    withDesk("admin", async ({ box, page, asha, joseph }) => {
      box.book({ id: "W-1", firstName: "Asha", lastName: "Rao" }, { time: "11:00:00", description: "Walk-in" });
      const person = await choose(page, asha.id);
      await person.getByRole("button", { name: "Merge with another patient…" }).tap();
      await dialog(page).getByRole("button", { name: /Asha Rao.*W-1/ }).waitFor();
      await screenshot(page, "merge-search-panel");
      await dialog(page).getByRole("button", { name: /Asha Rao.*W-1/ }).tap();
      await dialog(page).getByRole("button", { name: "P-1 stays" }).waitFor();
      await says(() => dialog(page).getByRole("button", { name: "P-1 stays" }).getAttribute("aria-pressed"), "true");
      await screenshot(page, "merge-panel");
      await dialog(page).getByRole("button", { name: "Merge W-1 into P-1" }).tap();
      await person.getByText("Merged: what was of W-1 is of P-1 now.").waitFor();
      assert.equal(box.store.patients.mergedInto("W-1"), "P-1");
      await screenshot(page, "merged-panel");
      await person.getByRole("button", { name: "Take back" }).tap();
      await says(() => box.store.patients.mergedInto("W-1"), null);
      assert.equal(box.store.appointments.get(joseph.id).patient.id, "P-2");
    }),
);

peerTest("Decisions: a name is corrected beside what it was; one of the clinic's own is not, and it is told where", [
  "chromium",
], () =>
  withDesk("doctor", async ({ box, page, asha }) => {
    const clinics = box.store.appointments.add({
      patient: { id: "C-5", firstName: "Meena", lastName: "Joshi", birthDate: null, gender: "Female", phone: "" },
      ...{ doctor: "", department: "", description: "Pelvis", date: today(), time: "12:00:00" },
    }, "clinic");
    const person = await choose(page, asha.id);
    await person.getByRole("button", { name: "Correct…" }).tap();
    const correct = dialog(page).getByRole("button", { name: "Correct", exact: true });
    await correct.waitFor();
    assert.equal(await correct.isDisabled(), true, "nothing is changed yet");
    await dialog(page).locator("input[name=firstName]").fill("Aasha");
    await dialog(page).locator("input[name=birthDate]").fill("18051990");
    await dialog(page).locator("tr.differs", { hasText: "Birth date" }).waitFor();
    await dialog(page).getByRole("button", { name: "Seen on a document" }).tap();
    await screenshot(page, "correct-panel");
    await correct.tap();
    await person.getByText("Aasha Rao is corrected").waitFor();
    assert.equal(box.store.patients.find("P-1")!.birthDate, "1990-05-18");
    assert.equal(box.store.audit.list({ action: "patient corrected" }, 1)[0]!.detail.reason, "Seen on a document");
    await row(page, asha.id).locator(".row-name", { hasText: "Aasha Rao" }).waitFor();

    await (await choose(page, clinics.id)).getByRole("button", { name: "Correct…" }).tap();
    await dialog(page).getByText("The clinic’s program has this patient").waitFor();
    assert.equal(await dialog(page).locator("input").count(), 0);
    await screenshot(page, "correct-clinics-panel");
  }));

peerTest("Same name: three of one name are marked wherever one of them is chosen, whatever the order and the script", [
  "chromium",
], () =>
  withDesk("doctor", async ({ box, page, asha }) => {
    const names = [["Priya", "Sharma"], ["SHARMA", "Priya"], ["प्रिया", "शर्मा"]] as const;
    const [first] = names.map(([firstName, lastName], n) =>
      box.book({ id: `S-${n}`, firstName, lastName }, {
        patient: { birthDate: `199${n}-01-0${n + 1}` },
        time: `1${n}:15:00`,
      })
    );
    box.store.machines.add({ aeTitle: "LOGIQ", name: "Logiq P9", room: "3", modality: "US", admitted: true });
    await box.receive({
      studyInstanceUid: first!.studyInstanceUid,
      patientId: "S-0",
      patientName: "Sharma^Priya",
      patientBirthDate: "1990-01-01",
    });
    await box.receive({ studyInstanceUid: newUid(), patientId: "T-1", patientName: "Sharma^Priya" });

    // a booking that comes while the page is open is compared too
    await says(() => page.locator(".row .row-mark", { hasText: "Same name" }).count(), 3);
    await row(page, first!.id).getByText(/1 Jan 1990 · .* · Female/).waitFor();
    assert.equal(await row(page, asha.id).locator(".row-mark").count(), 0);
    const chosen = await choose(page, first!.id);
    await chosen.locator(".same-name").waitFor();
    await chosen.getByText("S-0", { exact: true }).waitFor();
    await screenshot(page, "same-name-person-panel");

    await chosen.getByRole("button", { name: "View 1 image" }).tap();
    await page.locator(".viewer-who .same-name").waitFor();
    await page.locator(".picture-place[data-placed=true]").waitFor();
    await screenshot(page, "same-name-viewer-panel");
    await page.keyboard.press("Escape");

    await page.getByRole("button", { name: "1 to check" }).tap();
    await says(() => dialog(page).locator(".whose .same-name").count(), 3);
    await dialog(page).getByRole("button", { name: /2 Jan 1991 · Female · S-1/ }).waitFor();
    await screenshot(page, "same-name-match-panel");
    await dialog(page).getByRole("button", { name: "Close" }).tap();

    await page.getByRole("button", { name: "Walk-in" }).tap();
    await dialog(page).locator("input[name=lastName]").fill("sharma");
    await says(() => dialog(page).locator(".returning .same-name").count(), 3);
    await screenshot(page, "same-name-walk-in-panel");
    await dialog(page).getByRole("button", { name: "Close" }).tap();

    const second = box.store.appointments.onDay(today()).find(({ patient }) => patient.id === "S-1")!;
    await (await choose(page, second.id)).getByRole("button", { name: "Choose another machine" }).tap();
    await dialog(page).locator(".same-name").waitFor();
    await dialog(page).getByText("S-1 · 2 Jan 1991 · Female").waitFor();
    await screenshot(page, "same-name-send-panel");
  }));

peerTest(
  "Board: what was scanned together with another appointment is told on both",
  ["chromium"],
  () =>
    withDesk("receptionist", async ({ box, page, asha }) => {
      const doppler = box.book({ id: "P-1", firstName: "Asha", lastName: "Rao" }, {
        time: "09:45:00",
        description: "Doppler",
      });
      await box.store.instances.record({
        ...{ sopInstanceUid: newUid(), sopClassUid: "1.2.840.10008.5.1.4.1.1.6.1" },
        ...{ transferSyntaxUid: "1.2.840.10008.1.2.1", number: 8, frames: 1 },
        study: {
          ...{ studyInstanceUid: asha.studyInstanceUid, patientId: "P-1", patientName: "Rao^Asha", patientSex: "F" },
          ...{
            patientBirthDate: "1990-05-17",
            accessionNumber: "",
            studyDate: today(),
            studyTime: "",
            description: "",
          },
        },
        series: { seriesInstanceUid: newUid(), modality: "US", number: 1, description: "", bodyPart: "" },
        file: { path: "x", size: 1, sha256: "x", dataOffset: 0 },
        receivedFrom: "US-2",
        requestIds: [asha.accessionNumber, doppler.accessionNumber],
      });
      await page.getByRole("button", { name: "1 new booking, show" }).tap();
      await (await choose(page, asha.id)).getByText("Scanned together with 09:45 Doppler").waitFor();
      const other = await choose(page, doppler.id);
      await says(() => other.locator(".thumbnail").count(), 5);
      await other.getByText("Scanned together with 09:30 Fetal growth scan").waitFor();
      await screenshot(page, "together-panel");
    }),
);
