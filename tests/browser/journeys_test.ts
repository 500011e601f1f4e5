import assert from "node:assert/strict";
import type { Page } from "playwright-core";
import { demoClinic } from "../../src/demo_clinic.ts";
import { localDate } from "../../src/dicom/date_time.ts";
import { newUid } from "../../src/dicom/uid.ts";
import { VirtualMachine } from "../../src/simulator/machine.ts";
import { hashPassword } from "../../src/web/password.ts";
import { Box } from "../support/box.ts";
import { peerTest } from "../support/peers.ts";
import { BOX, PASSWORD, TestBox, today } from "../support/web_box.ts";
import { launchChromium, openPage, says, SCREENS, screenshot, useCookie } from "./chromium.ts";
import { choose, pane, row } from "./desk.ts";
import { seedDay } from "./clinic.ts";

/** A person before one screen: their page, whether it is the first of the screens, and how they leave a picture. */
interface Visit {
  page: Page;
  isFirst: boolean;
  picture(step: string): Promise<void>;
}

/**
 * A journey through the pages by touch, on each screen of the clinic: a panel, a wide screen, a phone. At each picture
 * nothing may reach out of the screen sideways, and at the end no page may have failed.
 */
function journey(name: string, go: (visit: Visit) => Promise<void>): void {
  peerTest(`Journey: ${name}, on a panel, a wide screen and a phone`, ["chromium"], async () => {
    const browser = await launchChromium();
    try {
      for (const [turn, [screen, size]] of Object.entries(SCREENS).entries()) {
        const { page, errors } = await openPage(browser, size, { hasTouch: true });
        const picture = async (step: string) => {
          await screenshot(page, `journey-${step}-${screen}`);
          const wide = await page.evaluate(() =>
            [document.documentElement, ...document.querySelectorAll("dialog[open]")]
              .filter((one) => one.scrollWidth > one.clientWidth).map((one) => `${one.tagName} ${one.scrollWidth}`)
          );
          assert.deepEqual(wide, [], `${step} on ${screen} scrolls sideways`);
        };
        await go({ page, isFirst: turn === 0, picture });
        assert.deepEqual(errors, []);
        await page.context().close();
      }
    } finally {
      await browser.close();
    }
  });
}

/** A box with a clinic in the middle of its day, and somebody signed in before it. */
async function signedIn(page: Page, role: "receptionist" | "doctor" | "admin", query = "") {
  const box = await TestBox.start({ box: () => ({ ...BOX, demo: false, lockSeconds: 600 }) });
  const clinic = await seedDay(box);
  await useCookie(page, box.address, await box.signIn(role));
  await page.goto(`${box.address}/${query}`);
  await page.getByText("Live", { exact: true }).waitFor();
  return { box, ...clinic };
}

journey("a patient is sent, seen by the machine, and comes back with images", async ({ page, picture }) => {
  const { box, next, studyOf } = await signedIn(page, "receptionist");
  await pane(page, next.id).getByRole("button", { name: "Send to machine" }).tap();
  await row(page, next.id).getByText(/^Sent \d\d:\d\d$/).waitFor();
  await picture("sent");
  await says(() => box.store.appointments.get(next.id).status, "sent"); // the page says so before the box does
  box.store.worklistItems.seen([next.id], "VOLUSON");
  await row(page, next.id).getByText(/^Seen by machine \d\d:\d\d$/).waitFor();
  for (const n of [1, 2]) await box.receive(studyOf(next), { number: n });
  await row(page, next.id).getByText("2 images", { exact: true }).waitFor();
  await picture("images");
  await box.stop();
});

journey("a walk-in is written on the keys of the screen", async ({ page, picture }) => {
  const { box } = await signedIn(page, "receptionist", "?keyboard=on");
  await page.getByRole("button", { name: "Walk-in" }).tap();
  const keys = page.getByRole("group", { name: "On-screen keyboard" });
  const type = async (field: string, letters: string) => {
    await page.tap(`input[name=${field}]`);
    for (const letter of letters) await keys.getByRole("button", { name: letter, exact: true }).tap();
    await says(() => page.inputValue(`input[name=${field}]`), letters);
    // what is written is never behind the keys
    await page.waitForFunction((name) => {
      const field = document.querySelector(`input[name=${name}]`)!.getBoundingClientRect();
      return field.top >= 0 && field.bottom <= document.querySelector("dialog .keyboard")!.getBoundingClientRect().top;
    }, field);
  };
  await type("firstName", "Gita");
  await picture("walk-in-letters");
  await type("lastName", "Sharma");
  await type("age", "34");
  await picture("walk-in-digits");
  await keys.getByRole("button", { name: "Done" }).tap();
  await page.getByRole("button", { name: "Female", exact: true }).tap();
  await page.getByRole("button", { name: "Thyroid and neck", exact: true }).tap();
  await page.getByRole("button", { name: "Dr. Meera Iyer", exact: true }).tap();
  await picture("walk-in-filled");
  await page.getByRole("button", { name: "Add and send to machine" }).tap();
  await page.locator("li.row", { hasText: "Gita Sharma" }).getByText(/^Sent \d\d:\d\d$/).waitFor();
  await picture("walk-in-sent");
  await says(() => box.store.appointments.onDay(today()).filter(({ status }) => status === "sent").length, 2);
  await box.stop();
});

journey("images of a patient nobody booked are compared and matched", async ({ page, picture }) => {
  const { box, next } = await signedIn(page, "receptionist");
  const studyInstanceUid = newUid();
  for (let n = 0; n < 3; n++) {
    await box.receive({ studyInstanceUid, patientId: "TEMP-0031", patientName: "Nair^Baby" }, { number: n + 1 });
  }
  await page.getByRole("button", { name: "1 to check" }).tap();
  const dialog = page.locator("dialog");
  await dialog.getByRole("button", { name: /Baby of Kavita Nair/ }).waitFor();
  await picture("unmatched");
  await dialog.getByRole("button", { name: /Baby of Kavita Nair/ }).tap();
  await dialog.locator(".compare").waitFor();
  assert.equal(await dialog.locator(".dialog-body").evaluate((body) => body.scrollTop), 0, "seen from its beginning");
  await picture("compare");
  await dialog.getByRole("button", { name: "They are Baby of Kavita Nair’s" }).tap();
  await dialog.getByText("Nothing waits to be checked.").waitFor();
  await picture("matched");
  assert.equal(box.store.appointments.get(next.id).images, 3);
  await box.stop();
});

journey("the screen locks, and a PIN opens it", async ({ page, picture }) => {
  const { box, appointments } = await signedIn(page, "receptionist");
  box.store.users.setPinHash(box.store.users.findByUsername("receptionist")!.id, await hashPassword("4711"));
  await page.reload();
  await page.getByRole("button", { name: "Menu" }).tap();
  await picture("menu");
  await page.getByRole("button", { name: "Lock now" }).tap();
  await page.locator(".lock-open").waitFor();
  await page.getByText("Everything works").waitFor();
  assert.equal((await page.content()).includes(appointments[0]!.patient.lastName), false);
  await picture("locked");
  await page.locator(".lock-open").tap();
  const press = async (digits: string) => {
    for (const name of [...digits, "Unlock"]) {
      await page.locator(".pin").getByRole("button", { name, exact: true }).tap();
    }
  };
  await press("4712");
  await page.getByText("Wrong PIN. 4 tries left.").waitFor();
  await picture("pin");
  await press("4711");
  await page.locator(".row").first().waitFor();
  await box.stop();
});

journey("the first start, on the screen's own keys, up to the first day", async ({ page, picture }) => {
  const box = await TestBox.start({ announceSetupCode: () => {} });
  await page.goto(`${box.address}/?keyboard=on`);
  await page.locator(".setup-code strong").waitFor();
  assert.equal(await page.locator(".key").count(), 0, "no keys before the code before anybody has read it");
  await picture("first-start");
  await page.tap("input[name=username]");
  const keys = page.getByRole("group", { name: "On-screen keyboard" });
  for (const letter of "asha") await keys.getByRole("button", { name: letter, exact: true }).tap();
  await picture("first-start-keys");
  await page.fill("input[name=clinicName]", "Sunrise Clinic");
  await page.selectOption("select[name=country]", "IN");
  await page.fill("input[name=password]", PASSWORD);
  await keys.getByRole("button", { name: "Done" }).tap();
  await page.getByRole("button", { name: "Start" }).tap();
  await page.getByRole("heading", { name: /^Setting up/ }).waitFor();
  await picture("left-to-set-up");
  await page.getByRole("link", { name: "Back to the day" }).tap();
  await page.getByText("No appointments today").waitFor();
  assert.equal(box.store.users.findByUsername("asha")!.role, "admin");
  await picture("first-day");
  await box.stop();
});

journey("a machine is paired, and ticked off while it works", async ({ page, picture }) => {
  await using box = await Box.start({ admission: "closed" });
  box.store.users.add({ username: "owner", displayName: "", role: "admin", passwordHash: await hashPassword("pw") });
  for (const { study, patient, time, ...booked } of demoClinic(localDate(new Date())).slice(0, 2)) {
    const added = box.store.appointments.add(
      { ...booked, time: `${time}:00`, patient: { ...patient, phone: "" }, description: study },
      "demo",
    );
    box.store.worklistItems.send(added.id, null, "owner");
  }
  await page.goto(`http://127.0.0.1:${box.appliance.ports.webPort}/settings#machines`);
  await page.fill("input[name=username]", "owner");
  await page.fill("input[name=password]", "pw");
  await page.keyboard.press("Enter");
  await page.getByRole("button", { name: "Start, for 10 minutes" }).tap();
  await page.getByRole("timer").waitFor();
  const ended = new AbortController();
  const scanning = new VirtualMachine({
    host: "127.0.0.1",
    worklistPort: Number(box.worklistPort),
    storagePort: Number(box.storagePort),
    pollSeconds: 0.3,
    scanSeconds: 0.5,
    signal: ended.signal,
  }).run();
  try {
    const row = page.locator(".is-pairing li", { hasText: "VIRTUAL-US" });
    await row.getByRole("button", { name: "Admit" }).waitFor();
    await picture("pairing");
    await row.getByRole("button", { name: "Admit" }).tap();
    await row.locator(".steps .is-done", { hasText: "Sent an image" }).waitFor();
    assert.equal(await page.getByText("None is admitted yet.").count(), 0);
    await row.scrollIntoViewIfNeeded();
    await picture("paired");
  } finally {
    ended.abort();
    await scanning;
  }
});

journey("the language is changed, and stays changed on every page", async ({ page, isFirst, picture }) => {
  const { box } = await signedIn(page, "admin");
  await page.getByRole("button", { name: "Menu" }).tap();
  await page.getByRole("button", { name: "हिन्दी" }).tap();
  await page.getByRole("button", { name: "मशीन को भेजें" }).first().waitFor();
  await says(() => page.getAttribute("html", "lang"), "hi");
  await picture("hindi-day");
  await page.getByRole("button", { name: "बिना बुकिंग" }).tap();
  await page.locator("dialog[open]").waitFor();
  await picture("hindi-walk-in");
  await page.goto(`${box.address}/settings`);
  await page.locator("main h2").first().waitFor();
  assert.equal(await page.getAttribute("html", "lang"), "hi");
  await picture("hindi-settings");
  if (isFirst) {
    await page.goto(box.address);
    await page.getByRole("button", { name: "मेन्यू" }).tap();
    await page.getByRole("button", { name: "English" }).tap();
    await page.getByRole("button", { name: "Walk-in" }).waitFor();
  }
  await box.stop();
});

peerTest("Zoom: at 200 % every choice of the menu and of a window can be reached", ["chromium"], async () => {
  const browser = await launchChromium();
  // a panel of 1280 × 800 as its browser lays it out at 200 %
  const { page, errors } = await openPage(browser, { width: 640, height: 400 }, { deviceScaleFactor: 2 });
  const { box, appointments } = await signedIn(page, "admin");
  const reach = async (name: string) => {
    const one = page.getByRole("button", { name, exact: true });
    await one.scrollIntoViewIfNeeded();
    const { y, height } = (await one.boundingBox())!;
    assert.ok(y >= 0 && y + height <= 400, `${name}: ${y} to ${y + height}`);
  };
  await page.getByRole("button", { name: "Menu" }).click();
  for (const name of ["Sign out", "Lock now"]) await reach(name);
  await screenshot(page, "zoom-menu");
  await page.keyboard.press("Escape");
  await page.getByRole("button", { name: "Walk-in" }).click();
  for (const name of ["Dr. Meera Iyer", "Add and send to machine", "Close"]) await reach(name);
  await page.keyboard.press("Escape");
  await (await choose(page, appointments[0]!.id)).locator(".thumbnail").first().click();
  await page.locator(".viewer-picture").first().waitFor();
  const who = await page.locator(".viewer-who strong").evaluate((name) => name.scrollWidth <= name.clientWidth);
  assert.ok(who, "whose pictures they are is not cut");
  await screenshot(page, "zoom-viewer");
  assert.deepEqual(errors, []);
  await browser.close();
  await box.stop();
});

peerTest("Keys: the focus stays where one works, and a field's mistake is said in the page's language", [
  "chromium",
], async () => {
  const browser = await launchChromium();
  const { page, errors } = await openPage(browser, SCREENS.panel);
  await page.addInitScript(() => localStorage.setItem("language", "hi"));
  const box = await TestBox.start();
  const { next } = await seedDay(box);
  await useCookie(page, box.address, await box.signIn("receptionist"));
  await page.goto(box.address);
  const focused = (selector: string) =>
    page.waitForFunction((selector) => document.activeElement?.matches(selector), selector);
  await page.locator(`[data-person="${next.id}"] .act-place button:not(:disabled)`).waitFor();
  await page.waitForTimeout(1000); // what is pressed sooner after the page has moved does nothing
  await page.locator(`[data-person="${next.id}"] .act-place button:not(:disabled)`).press("Enter");
  await focused(`[data-person="${next.id}"] .act-state`);
  await says(() => box.store.appointments.get(next.id).status, "sent");

  const menu = page.getByRole("button", { name: "मेन्यू" });
  await menu.press("Enter");
  await page.keyboard.press("Escape");
  await focused(".menu > button");
  await menu.press("Enter");
  await page.getByRole("button", { name: "पिन बनाएँ" }).press("Enter");
  await page.fill("input[name=pin]", "1234");
  await page.fill("dialog input[name=password]", PASSWORD);
  await page.keyboard.press("Enter");
  await page.getByText("एक ही अंक बार-बार, या क्रम वाले अंक").waitFor();
  await page.keyboard.press("Escape");
  await focused(".menu > button");

  await page.locator(".walk-in-button").press("Enter");
  const send = page.locator("dialog button[value=send]");
  const mistake = (name: string) =>
    page.locator(`dialog input[name=${name}]`).evaluate((field: HTMLInputElement) => field.validationMessage);
  await send.click();
  assert.equal(await mistake("lastName"), "इसे भरें।");
  // what was missing there is not missing any more
  await page.fill("dialog input[name=firstName]", "गीता");
  for (const [age, said] of [["abc", "यह सही रूप में नहीं है।"], ["190", "यह सही रूप में नहीं है।"]] as const) {
    await page.fill("dialog input[name=age]", age);
    await send.click();
    assert.equal(await mistake("age"), said, age);
  }
  await page.getByRole("button", { name: "जन्मतिथि" }).click();
  await page.fill("dialog input[name=birthDate]", "31022020");
  await send.press("Enter");
  await page.getByText("ऐसी कोई तारीख़ नहीं है").waitFor();
  await focused("dialog button[value=send]");
  await page.fill("dialog input[name=birthDate]", "29022020");
  await page.fill("dialog input[name=lastName]", "Ra\\o");
  await send.press("Enter");
  await page.getByText("उपनाम में उल्टी तिरछी रेखा या नई पंक्ति न हो", { exact: true }).waitFor();
  await page.fill("dialog input[name=lastName]", "");
  await send.press("Enter");
  await page.locator("li.row", { hasText: "गीता" }).waitFor();
  assert.deepEqual(errors, []);
  await browser.close();
  await box.stop();
});
