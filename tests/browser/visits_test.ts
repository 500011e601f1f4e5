import assert from "node:assert/strict";
import type { Page } from "playwright-core";
import { newUid } from "../../src/dicom/uid.ts";
import type { Role } from "../../src/store/users.ts";
import { peerTest } from "../support/peers.ts";
import { TestBox, today } from "../support/web_box.ts";
import { axeScript, violations } from "./axe.ts";
import { launchChromium, openPage, says, SCREENS, screenshot, useCookie } from "./chromium.ts";
import { choose, openDesk, pane } from "./desk.ts";

/* A person's page: all visits, and two of them beside each other. */

const ASHA = { id: "P-20417", firstName: "Asha", lastName: "Rao" };
const BORN = { birthDate: "1994-03-02", gender: "Female" };
const dayAway = (days: number) => new Date(Date.parse(today()) + days * 86_400_000).toISOString().slice(0, 10);

type Values = [name: string, value: string, unit: string, site?: string, side?: string][];

/** Somebody with four visits, one of them without a booking; the latest is today's. */
async function clinic() {
  const box = await TestBox.start();
  const bring = async (study: Parameters<TestBox["receive"]>[0], pictures: number, values: Values) => {
    const objects: string[] = [];
    for (let n = 0; n < pictures; n++) objects.push(await box.receive(study, { number: n + 1 }));
    if (values.length > 0) {
      const report = await box.receive(study, { frames: 0 });
      box.store.measurements.replace(
        box.store.instances.find(report)!.studyInstanceUid,
        report,
        values.map(([name, value, unit, site = "", laterality = ""]) => ({
          ...{ name, code: "", value, unit, site, laterality, context: {} },
        })),
      );
    }
    return objects;
  };
  const studyOf = (studyInstanceUid: string, studyDate: string, more = {}) => ({
    ...{ studyInstanceUid, studyDate, patientId: ASHA.id, patientName: "Rao^Asha" },
    ...{ patientBirthDate: BORN.birthDate, ...more },
  });
  const visits = [];
  for (
    const [days, pictures, values] of [
      [-84, 3, [["Biparietal Diameter", "41.2", "mm"], ["Length", "31", "mm", "Ovary", "Left"]]],
      [-28, 20, [["Biparietal Diameter", "68.9", "mm"], ["Femur Length", "49.8", "mm"]]],
      [0, 4, [["Biparietal Diameter", "78.4", "mm"], ["Femur Length", "59.2", "mm"]]],
    ] as [number, number, Values][]
  ) {
    const visit = box.book(ASHA, { patient: BORN, date: dayAway(days), doctor: "Dr. Meera Iyer" });
    if (days === 0) box.store.worklistItems.send(visit.id, null, "anna");
    const study = studyOf(visit.studyInstanceUid, dayAway(days));
    visits.push({ visit, study, objects: await bring(study, pictures, values) });
  }
  const [oldest, earlier, latest] = visits as [(typeof visits)[0], (typeof visits)[0], (typeof visits)[0]];
  // a machine was used without the list
  await bring(studyOf(newUid(), dayAway(-300), { description: "Thyroid" }), 1, []);
  return { box, bring, studyOf, oldest, earlier, latest };
}

async function openVisits(page: Page, box: TestBox, id: string, role: Role, path = "/") {
  await openDesk(page, box, path, role);
  if (path !== "/") return;
  const person = await choose(page, id);
  await person.getByRole("button", { name: /^All visits/ }).click();
}

/** The rows of the comparison that have values, a line each. */
const table = (page: Page) =>
  page.locator(".beside tbody tr:not(.beside-pictures, .beside-group)").evaluateAll((rows) =>
    rows.map((row) => [...row.children].map((cell) => cell.textContent!.trim().replace(/\s+/g, " ")).join(" | ")).join(
      "\n",
    )
  );
const days = (page: Page) => page.locator(".beside thead th b").allInnerTexts().then((found) => found.join(" | "));
const listed = (page: Page) => page.locator(".visits-list .visit");

peerTest("Visits: a doctor sees two of them beside each other, by tap and by link, after a reload and by Back", [
  "chromium",
], async () => {
  const { box, latest, oldest } = await clinic();
  const browser = await launchChromium();
  const { page, errors } = await openPage(browser, SCREENS.panel, { hasTouch: true });
  await openVisits(page, box, latest.visit.id, "doctor");
  await says(() => listed(page).count(), 4);
  assert.match(await page.locator(".visits-list").innerText(), /Thyroid/);
  await says(() => table(page), "Biparietal Diameter | 68.9 mm | 78.4 mm\nFemur Length | 49.8 mm | 59.2 mm");
  await says(() => page.locator(".beside-images").nth(1).locator(".thumbnail").count(), 4);
  await page.getByRole("button", { name: "All 20 pictures" }).waitFor();
  await screenshot(page, "visits-panel");

  // the one chosen before last goes
  await listed(page).nth(2).tap();
  await says(() => page.locator(".beside thead th b").count(), 2);
  await says(
    () => table(page),
    "Biparietal Diameter | 41.2 mm | 68.9 mm\nFemur Length |  | 49.8 mm\nLength | 31 mm | ",
  );
  const chosen = await days(page);
  const address = page.url();
  await page.reload();
  await says(() => days(page), chosen);

  // a picture opens large over the page, and closes to it
  await page.locator(".beside-images .thumbnail").first().tap();
  await page.locator(".viewer .viewer-picture").first().waitFor();
  const ofPicture = page.url();
  await page.goBack();
  await page.locator(".viewer").waitFor({ state: "detached" });
  await says(() => days(page), chosen);
  await page.locator(".beside-images .thumbnail").first().tap();
  await page.locator(".viewer .viewer-picture").first().waitFor();
  await page.keyboard.press("Escape");
  await page.locator(".viewer").waitFor({ state: "detached" });
  assert.equal(page.url(), address);
  await page.goBack();
  await page.locator(".visits-page").waitFor({ state: "detached" });
  await pane(page, latest.visit.id).waitFor();
  await page.goForward();
  await says(() => days(page), chosen);

  // a link leads there, also to the picture
  const other = await page.context().newPage();
  await other.goto(ofPicture);
  await other.locator(".viewer .viewer-picture").first().waitFor();
  await other.keyboard.press("Escape");
  await says(() => days(other), chosen);
  await other.getByRole("button", { name: "Close" }).click();
  await pane(other, latest.visit.id).waitFor();
  assert.doesNotMatch(other.url(), /window|visits|image/);
  assert.equal(oldest.objects.length, 3);
  assert.deepEqual(errors, []);
  await browser.close();
  await box.stop();
});

peerTest("Visits: what may be somebody else's is flagged, what was kept apart is not there, what is moved away goes", [
  "chromium",
], async () => {
  const { box, bring, earlier, latest } = await clinic();
  const { store } = box;
  // of another sex: flagged; in somebody else's name under the same study: kept apart
  await bring({ ...latest.study, patientSex: "M" }, 1, [["Head Circumference", "286", "mm"]]);
  const others = await bring({ ...earlier.study, patientId: "P-9", patientName: "Nair^Kavita" }, 1, [
    ["Prostate Volume", "31", "ml"],
  ]);
  const browser = await launchChromium();
  const { page, errors } = await openPage(browser, SCREENS.panel);
  await openVisits(page, box, latest.visit.id, "doctor");
  await page.locator(".beside tbody th", { hasText: "Head Circumference" }).waitFor();
  await says(() => page.locator(".beside-value.is-flagged").allInnerTexts().then((all) => all.length), 1);
  assert.match(await page.locator(".beside-value.is-flagged").innerText(), /286 mm/);
  await says(() => page.locator(".beside .thumbnail-flag").count(), 1);
  assert.match(await page.locator(".beside .row-attention").first().innerText(), /sex/i);
  assert.doesNotMatch(await page.innerText(".visits-page"), /Prostate|Kavita|Nair/);
  for (const uid of others) {
    assert.equal(await page.locator(`.visits-page img[src*="${uid}"]`).count(), 0);
  }
  await screenshot(page, "visits-flagged");

  // while it is open a doctor elsewhere gives a picture to somebody else
  const [moved] = latest.objects;
  await page.locator(`.visits-page img[src*="${moved}"]`).waitFor();
  const kavita = box.book({ id: "P-9", firstName: "Kavita", lastName: "Nair" }, { time: "11:00:00" });
  store.decisions.move([moved!], { appointmentId: kavita.id }, { by: "doctor", reason: "of the patient before" });
  await page.locator(`.visits-page img[src*="${moved}"]`).waitFor({ state: "detached" });
  assert.deepEqual(errors, []);
  await browser.close();
  await box.stop();
});

peerTest("Visits: the receptionist sees days and counts, and neither a picture nor a number of what was measured", [
  "chromium",
], async () => {
  const { box, latest } = await clinic();
  const browser = await launchChromium();
  const { page, errors } = await openPage(browser, SCREENS.panel);
  const asked: string[] = [];
  await openVisits(page, box, latest.visit.id, "receptionist");
  page.on("request", (request) => asked.push(new URL(request.url()).pathname));
  await says(() => listed(page).count(), 4);
  const said = await page.innerText(".visits-page");
  assert.match(said, /20 images/);
  assert.doesNotMatch(said, /Diameter|mm\b|Thyroid|Fetal growth/);
  assert.equal(await page.locator(".visits-page img, .visits-page .beside").count(), 0);
  // nor by a link to it
  await page.goto(`${page.url()}&visits=${latest.visit.id}&image=${latest.objects[0]}`);
  await says(() => listed(page).count(), 4);
  await page.waitForTimeout(300);
  assert.equal(await page.locator(".visits-page img, .viewer").count(), 0);
  assert.deepEqual(asked.filter((path) => /^\/api\/.*(measurements|frames|file)/.test(path)), []);
  await screenshot(page, "visits-receptionist");
  assert.deepEqual(errors, []);
  await browser.close();
  await box.stop();
});

peerTest("Visits: axe-core finds nothing on the page, light and dark, on each screen", ["chromium"], async () => {
  const { box, bring, latest } = await clinic();
  await bring({ ...latest.study, patientSex: "M" }, 1, [["Head Circumference", "286", "mm"]]);
  const browser = await launchChromium();
  const axe = await axeScript();
  const found: string[] = [];
  for (const [name, screen] of Object.entries({ ...SCREENS, tablet: { width: 1280, height: 800 } })) {
    for (const colorScheme of ["light", "dark"] as const) {
      const locale = colorScheme === "dark" ? "hi-IN" : "en-GB";
      const { page, errors } = await openPage(browser, screen, { colorScheme, bypassCSP: true, locale });
      await page.addInitScript(axe);
      await useCookie(page, box.address, await box.signIn("doctor"));
      await page.goto(`${box.address}/?person=${latest.visit.id}&window=visits`);
      await page.locator(".beside-value.is-flagged").waitFor();
      await page.locator(".beside-images img").first().waitFor();
      found.push(...await violations(page, `visits, ${name}, ${colorScheme}`, false));
      const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      assert.ok(wide <= 0, `nothing is wider than the screen: ${name}`);
      await screenshot(page, `visits-${name}-${colorScheme}`);
      assert.deepEqual(errors, []);
      await page.context().close();
    }
  }
  assert.deepEqual(found, []);
  await browser.close();
  await box.stop();
});
