import assert from "node:assert/strict";
import type { Locator, Page } from "playwright-core";
import { newUid } from "../../src/dicom/uid.ts";
import { peerTest } from "../support/peers.ts";
import { BOX, PASSWORD, TestBox, today } from "../support/web_box.ts";
import { launchChromium, openPage, says, SCREENS, screenshot, useCookie } from "./chromium.ts";
import { choose, pane, row } from "./desk.ts";
import { ENDED, receiveUnmatched, seedDay } from "./clinic.ts";

async function signIn(page: Page, box: TestBox, username: string, path = "/") {
  await page.goto(box.address + path);
  await page.fill("input[name=username]", username);
  await page.fill("input[name=password]", PASSWORD);
  await page.click("form button.primary");
}

peerTest("Kiosk: sign in, send a patient, see the machine take them and the images arrive, without a reload", [
  "chromium",
], async () => {
  const box = await TestBox.start();
  const { next, studyOf } = await seedDay(box);
  const browser = await launchChromium();
  const { page, errors } = await openPage(browser, SCREENS.panel);

  await page.goto(box.address);
  await page.waitForSelector("input[name=username]");
  assert.equal((await page.textContent("body"))!.includes("Rao"), false, "no patient before the login");
  await screenshot(page, "login-panel");
  await page.fill("input[name=username]", "doctor");
  await page.fill("input[name=password]", "wrong");
  await page.click("form button.primary");
  await page.waitForSelector(".problem:not(:empty)");
  await page.fill("input[name=password]", PASSWORD);
  await page.click("form button.primary");

  // whoever is next is chosen already: one tap sends them
  const person = pane(page, next.id);
  await person.getByRole("button", { name: "Send to machine" }).click();
  await row(page, next.id).getByText(/^Sent \d\d:\d\d$/).waitFor();
  await person.getByRole("button", { name: "Recall" }).waitFor();
  await says(() => box.store.appointments.get(next.id).status, "sent");
  await person.getByRole("button", { name: "Recall" }).click();
  await person.getByRole("button", { name: "Send to machine" }).click();
  await person.getByText(/^Sent \d\d:\d\d$/).waitFor();
  await says(() => box.store.appointments.get(next.id).status, "sent");
  await person.getByRole("button", { name: "Undo" }).click();
  await person.getByRole("button", { name: "Send to machine" }).click();
  await says(() => box.store.appointments.get(next.id).status, "sent");

  box.store.worklistItems.seen([next.id], "VOLUSON");
  await row(page, next.id).getByText(/^Seen by machine \d\d:\d\d$/).waitFor();
  await box.receive(studyOf(next));
  await row(page, next.id).getByText("1 image", { exact: true }).waitFor();
  await box.receive(studyOf(next), { frames: 24 });
  await row(page, next.id).getByText("2 images", { exact: true }).waitFor();
  await person.locator(".thumbnail img").nth(1).waitFor();
  await page.waitForFunction((id) => {
    const images = [...document.querySelectorAll<HTMLImageElement>(`[data-person="${id}"] .thumbnail img`)];
    return images.length === 2 && images.every((image) => image.complete && image.naturalWidth > 0);
  }, next.id);
  await screenshot(page, "images-arrived-panel");

  await person.locator(".thumbnail").first().click();
  await page.waitForFunction(() => {
    const image = document.querySelector<HTMLImageElement>("img.viewer-picture");
    return image?.complete && image.naturalWidth > 0;
  });
  await page.keyboard.press("ArrowRight");
  await page.getByText(/^Frame \d+ of 24$/).waitFor();
  await page.keyboard.press("Escape");
  await page.waitForSelector("dialog", { state: "detached" });
  assert.deepEqual(errors, []);
  await browser.close();
  await box.stop();
});

peerTest("Kiosk: a send that the box refuses is taken back, with the reason at its place", ["chromium"], async () => {
  const box = await TestBox.start();
  const { next } = await seedDay(box);
  const browser = await launchChromium();
  const { page } = await openPage(browser, SCREENS.panel);
  await signIn(page, box, "receptionist");
  const person = pane(page, next.id);
  await person.waitFor();
  await page.route("**/send", (route) =>
    route.fulfill({
      status: 409,
      contentType: "application/problem+json",
      body: JSON.stringify({
        title: "Not possible now",
        detail: `Cannot send this patient: tested${", and for a reason that takes some lines to tell".repeat(3)}`,
        status: 409,
      }),
    }));
  const places = () => Promise.all([".act-place", ".act-next"].map((place) => person.locator(place).boundingBox()));
  const before = await places();
  await person.getByRole("button", { name: "Send to machine" }).click();
  await person.getByText("Cannot send this patient: tested").waitFor();
  await person.getByRole("button", { name: "Send to machine" }).waitFor();
  await screenshot(page, "refused-panel");
  assert.deepEqual(await places(), before, "however long the reason, what can be tapped stays where it is");
  await person.getByRole("button", { name: "Dismiss" }).click();
  await person.getByRole("alert").waitFor({ state: "detached" });
  await browser.close();
  await box.stop();
});

peerTest("Kiosk: it comes back by itself after the box restarts, and shows what it missed", ["chromium"], async () => {
  const box = await TestBox.start();
  const { next } = await seedDay(box);
  const browser = await launchChromium();
  const { page, errors } = await openPage(browser, SCREENS.panel);
  await signIn(page, box, "receptionist");
  await page.getByText("Live", { exact: true }).waitFor();
  await box.restart(async () => {
    await page.getByText("Reconnecting", { exact: true }).waitFor();
    await screenshot(page, "lost-panel");
    box.store.worklistItems.send(next.id, null, "somebody else");
  });
  await page.getByText("Live", { exact: true }).waitFor();
  await page.locator(`[data-id="${next.id}"]`).getByText(/^Sent \d\d:\d\d$/).waitFor();
  assert.deepEqual(errors, []);
  await browser.close();
  await box.stop();
});

peerTest("Kiosk: a walk-in is added and sent, from the search that did not find them", ["chromium"], async () => {
  const box = await TestBox.start();
  await seedDay(box);
  const browser = await launchChromium();
  const { page, errors } = await openPage(browser, SCREENS.panel);
  await signIn(page, box, "receptionist");
  await page.locator(".row").first().waitFor();
  await page.getByRole("searchbox").fill("gita sharma");
  await page.getByText("Nobody here matches").waitFor();
  await screenshot(page, "search-empty-panel");
  await page.getByRole("button", { name: "as a walk-in" }).click();
  for (const [name, words] of [["firstName", "Gita"], ["lastName", "Sharma"]] as const) {
    await page.waitForFunction(
      ([name, words]) => document.querySelector<HTMLInputElement>(`input[name=${name}]`)?.value === words,
      [name, words] as const,
    );
  }
  await page.fill("input[name=age]", "34");
  await page.getByRole("button", { name: "Female", exact: true }).click();
  await page.getByRole("button", { name: "Dr. Meera Iyer", exact: true }).click();
  await page.fill("input[name=description]", "Abdomen");
  await screenshot(page, "walk-in-panel");
  await page.getByRole("button", { name: "Add and send to machine" }).click();
  const added = page.locator("li.row", { hasText: "Gita Sharma" });
  await added.getByText(/^Sent \d\d:\d\d$/).waitFor();
  await added.getByText(/^1 Jan \d{4} · 34 y · Female$/).waitFor();
  // who was just added is the one shown
  await page.locator(".pane", { hasText: "Gita Sharma" }).getByText(/^W\d{6}[0-9A-Z]{4}\d{4}$/).waitFor();
  const found = () => box.store.appointments.onDay(today()).find(({ patient }) => patient.lastName === "Sharma");
  await says(() => found()?.status, "sent"); // the page says so before the box does
  assert.equal(found()!.doctor, "Dr. Meera Iyer");
  assert.equal(found()!.patient.birthDate, `${new Date().getFullYear() - 34}-01-01`);
  assert.deepEqual(errors, []);
  await browser.close();
  await box.stop();
});

peerTest("Kiosk: with several machines one is chosen, and is the usual one from then on", ["chromium"], async () => {
  const box = await TestBox.start();
  const { appointments, next } = await seedDay(box);
  const second = box.store.machines.add({
    aeTitle: "LOGIQ",
    name: "Logiq P9",
    room: "3",
    address: "",
    port: null,
    modality: "US",
    admitted: true,
  });
  const browser = await launchChromium();
  const { page, errors } = await openPage(browser, SCREENS.panel);
  await signIn(page, box, "receptionist");
  await pane(page, next.id).getByRole("button", { name: "Choose another machine" }).click();
  await page.getByRole("button", { name: /^Logiq P9/ }).waitFor();
  await screenshot(page, "choose-machine-panel");
  await page.getByRole("button", { name: /^Logiq P9/ }).click();
  await row(page, next.id).getByText("Waiting for Logiq P9 to ask").waitFor();
  await says(() => box.store.worklistItems.find(next.id)?.machineId, second.id);
  const after = await choose(page, appointments[6]!.id);
  await after.getByRole("button", { name: "Send to Logiq P9" }).click();
  await after.getByText("Waiting for Logiq P9 to ask").waitFor();
  await screenshot(page, "several-machines-panel");

  // whoever is booked in a machine's own room goes there with one tap, whatever is usual
  const own = box.store.machines.add({ ...second, aeTitle: "DOPPLER", name: "Doppler room", room: "vascular" });
  const ofFirst = { time: appointments[0]!.time, department: "Vascular" };
  const vascular = box.book({ id: "P-V", firstName: "Vani", lastName: "Rao" }, ofFirst);
  await page.getByRole("button", { name: "1 new booking, show" }).click();
  const theirs = await choose(page, vascular.id);
  await theirs.getByRole("button", { name: "Choose another machine" }).click();
  await says(
    () => page.locator(".machine-choices strong").allTextContents().then((names) => names.join()),
    [
      "Doppler room",
      "Logiq P9",
      "Voluson E8",
      "Any machine",
    ].join(),
  );
  await page.getByRole("button", { name: "Close" }).click();
  await theirs.getByRole("button", { name: "Send to Doppler room" }).click();
  await theirs.getByText("Waiting for Doppler room to ask").waitFor();
  await says(() => box.store.worklistItems.find(vascular.id)?.machineId, own.id);

  // the box's own screen forgets all when it is switched off: the box does not
  await says(() => box.store.settings.get("machine of the screen"), second.id);
  assert.deepEqual(errors, []);
  await browser.close();
  await box.stop();
});

peerTest(
  "Kiosk: a walk-in is written on the screen's own keys, and nothing hides behind them",
  ["chromium"],
  async () => {
    const box = await TestBox.start();
    await seedDay(box);
    const browser = await launchChromium();
    const { page, errors } = await openPage(browser, SCREENS.panel, { hasTouch: true });
    await page.goto(`${box.address}/?keyboard=on`);
    const keys = page.getByRole("group", { name: "On-screen keyboard" });
    const type = async (letters: string) => {
      for (const letter of letters) {
        const name = letter === " " ? "Space" : letter;
        await keys.getByRole("button", { name, exact: true }).tap();
      }
    };
    await page.tap("input[name=username]");
    await type("receptionist");
    await screenshot(page, "keyboard-login-panel");
    await page.tap("input[name=password]");
    await type(PASSWORD);
    await page.waitForFunction(
      (typed) => document.querySelector<HTMLInputElement>("input[name=password]")?.value === typed,
      PASSWORD,
    );
    await page.locator("form button.primary").tap();
    await page.getByRole("button", { name: "Walk-in" }).tap();
    await page.tap("input[name=firstName]");
    await type("Gita");
    await page.tap("input[name=lastName]");
    await type("Sharmax");
    await keys.getByRole("button", { name: "Delete" }).tap();
    await screenshot(page, "keyboard-walk-in-panel");
    await page.tap("input[name=age]");
    await type("34");
    await screenshot(page, "keyboard-digits-panel");
    await page.waitForFunction(() => {
      const field = document.querySelector("input[name=age]")!.getBoundingClientRect();
      return field.bottom <= document.querySelector("dialog .keyboard")!.getBoundingClientRect().top;
    });
    const digit = await keys.getByRole("button", { name: "5", exact: true }).boundingBox();
    const millimetre = await page.evaluate(() => {
      const probe = document.createElement("div");
      probe.style.width = "calc(100 * var(--mm))";
      document.body.append(probe);
      const { width } = probe.getBoundingClientRect();
      probe.remove();
      return width / 100;
    });
    assert.ok(digit!.width >= 20 * millimetre - 0.5 && digit!.height >= 20 * millimetre - 0.5, "a digit has 20 mm");
    await page.getByRole("button", { name: "Birth date" }).tap();
    await page.tap("input[name=birthDate]");
    await type("17051990");
    await page.getByText("17 May 1990").waitFor();
    await screenshot(page, "keyboard-birth-date-panel");
    await keys.getByRole("button", { name: "Done" }).tap();
    await page.getByRole("button", { name: "Add and send to machine" }).tap();
    await page.locator("li.row", { hasText: "Gita Sharma" }).getByText(/^Sent/).waitFor();
    const [walkIn] = box.store.appointments.onDay(today()).filter(({ patient }) => patient.firstName === "Gita");
    assert.equal(walkIn!.patient.birthDate, "1990-05-17");
    assert.deepEqual(errors, []);
    await browser.close();
    await box.stop();
  },
);

peerTest(
  "Kiosk: a machine that knocks while pairing is said at once, and no longer when it is admitted",
  ["chromium"],
  async () => {
    const box = await TestBox.start({ box: () => ({ ...BOX, admission: "pairing" }) });
    await seedDay(box);
    const browser = await launchChromium();
    const { page, errors } = await openPage(browser, SCREENS.panel);
    await signIn(page, box, "receptionist");
    await page.locator(".row").first().waitFor();
    assert.equal(await page.locator(".notice").count(), 0);
    const machine = box.store.machines.heard("LOGIQ", "192.168.1.44")!;
    await page.getByText("1 machine waits to be admitted.").waitFor();
    box.store.machines.change(machine.id, { admitted: true });
    await page.locator(".notice").waitFor({ state: "detached" });
    assert.deepEqual(errors, []);
    await browser.close();
    await box.stop();
  },
);

peerTest(
  "Kiosk: unmatched images are given to their appointment after a look at both identities",
  ["chromium"],
  async () => {
    const box = await TestBox.start();
    const { next } = await seedDay(box);
    await receiveUnmatched(box);
    const browser = await launchChromium();
    const { page, errors } = await openPage(browser, SCREENS.panel);
    await signIn(page, box, "receptionist");
    await page.getByRole("button", { name: "1 to check" }).click();
    await page.locator("dialog").getByRole("searchbox").fill("kavita");
    await screenshot(page, "unmatched-choose-panel");
    await page.locator("dialog").getByRole("button", { name: /Baby of Kavita Nair/ }).click();
    await says(() => page.inputValue("input[name=reason]"), "Mistyped at the machine");
    await screenshot(page, "unmatched-compare-panel");
    await page.getByRole("button", { name: "They are Baby of Kavita Nair’s" }).click();
    await page.getByText("Matched: they are Baby of Kavita Nair’s.").waitFor();
    await page.getByRole("button", { name: "Take back" }).click();
    await page.locator("dialog").getByText("took these images from an appointment").waitFor();
    await says(() => box.store.appointments.get(next.id).status, "scheduled");
    await page.locator("dialog").getByRole("button", { name: /Baby of Kavita Nair/ }).click();
    await page.getByRole("button", { name: "They are Baby of Kavita Nair’s" }).click();
    await page.getByText("Nothing waits to be checked.").waitFor();
    await page.keyboard.press("Escape");
    await row(page, next.id).getByText("3 images", { exact: true }).waitFor();
    await page.getByRole("button", { name: /to check/ }).waitFor({ state: "detached" });
    assert.equal(box.store.appointments.get(next.id).images, 3);
    assert.deepEqual(errors, []);
    await browser.close();
    await box.stop();
  },
);

peerTest("Kiosk: a scan that nobody booked is seen while it goes on, and until its images are matched", [
  "chromium",
], async () => {
  const box = await TestBox.start();
  const { next } = await seedDay(box);
  const browser = await launchChromium();
  const { page, errors } = await openPage(browser, SCREENS.panel);
  await signIn(page, box, "receptionist");
  await page.getByRole("button", { name: "Walk-in" }).waitFor();
  const studyInstanceUid = newUid();
  const step = {
    ...{ sopInstanceUid: newUid(), appointmentId: null, studyInstanceUid, aeTitle: "VOLUSON", reason: "" },
    ...{ status: "IN PROGRESS" as const, patientId: "T-1", patientName: "Das^Bela", attributes: new Uint8Array() },
  };
  box.store.procedureSteps.begin(step);
  await page.getByRole("button", { name: "1 to check" }).click();
  const scan = page.locator("dialog .unbooked li");
  await scan.getByText("Bela Das").waitFor();
  await scan.getByText(/Patient id T-1 · on Voluson E8 since \d\d:\d\d/).waitFor();
  await screenshot(page, "unbooked-panel");
  const uid = newUid();
  box.store.procedureSteps.update({ ...step, status: "COMPLETED" }, [{ sopInstanceUid: uid, sopClassUid: "1.2.3" }]);
  await scan.getByText(/on Voluson E8, completed at .* · 1 of 1 image is missing/).waitFor();
  // once its images are here they are what is to be matched
  await box.receive({ studyInstanceUid, patientId: "T-1", patientName: "Das^Bela" });
  await page.locator("dialog .unmatched li").getByText("Bela Das").waitFor();
  await scan.waitFor({ state: "detached" });
  box.store.decisions.match(studyInstanceUid, next.id, { by: "receptionist", reason: "seen" });
  await page.locator("dialog").getByText("Nothing waits to be checked.").waitFor();
  assert.deepEqual(errors, []);
  await browser.close();
  await box.stop();
});

peerTest(
  "Kiosk: unmatched images are dragged onto their appointment, by mouse and by finger",
  ["chromium"],
  async () => {
    const box = await TestBox.start();
    await seedDay(box);
    for (let n = 0; n < 2; n++) await receiveUnmatched(box);
    const browser = await launchChromium();
    const { page, errors } = await openPage(browser, SCREENS.panel, { hasTouch: true });
    await signIn(page, box, "receptionist");
    await page.getByRole("button", { name: "2 to check" }).click();
    const dialog = page.locator("dialog");
    const centre = async (one: Locator) => {
      const { x, y, width, height } = (await one.boundingBox())!;
      return { x: x + width / 2, y: y + Math.min(height, 60) / 2 };
    };
    const study = dialog.locator(".unmatched li").first();
    const target = dialog.getByRole("button", { name: /Ramesh Kulkarni/ });
    await target.waitFor();
    const from = await centre(study);

    // let go beside every appointment: nothing happens, and the list is still there
    await page.mouse.move(from.x, from.y);
    await page.mouse.down();
    await page.mouse.move(from.x + 60, from.y + 20, { steps: 3 });
    await dialog.locator(".drag-ghost").waitFor();
    await page.mouse.up();
    await dialog.locator(".drag-ghost").waitFor({ state: "detached" });
    assert.equal(await dialog.locator(".compare").count(), 0);

    const again = await centre(study);
    await page.mouse.move(again.x, again.y);
    await page.mouse.down();
    // near its edge the list scrolls, and what is dragged to moves
    await says(async () => {
      const to = await centre(target);
      await page.mouse.move(to.x, to.y, { steps: 5 });
      return await dialog.locator(".is-over", { hasText: "Ramesh Kulkarni" }).count();
    }, 1);
    await screenshot(page, "unmatched-drag-panel");
    await page.mouse.up();
    await page.getByRole("button", { name: "They are Ramesh Kulkarni’s" }).waitFor();
    await page.getByRole("button", { name: "Back" }).click();

    // as a finger does; Chromium lets scripts have what does not scroll
    await target.waitFor();
    const [start, end] = [await centre(study), await centre(target)];
    const finger = await page.context().newCDPSession(page);
    const touch = (type: "touchStart" | "touchMove" | "touchEnd", at?: { x: number; y: number }) =>
      finger.send("Input.dispatchTouchEvent", { type, touchPoints: at ? [at] : [] });
    await touch("touchStart", start);
    for (let step = 1; step <= 6; step++) {
      await touch("touchMove", {
        x: start.x + (end.x - start.x) * step / 6,
        y: start.y + (end.y - start.y) * step / 6,
      });
    }
    await says(async () => {
      await touch("touchMove", await centre(target));
      return await dialog.locator(".is-over", { hasText: "Ramesh Kulkarni" }).count();
    }, 1);
    await touch("touchEnd");
    await page.getByRole("button", { name: "They are Ramesh Kulkarni’s" }).click();
    await page.getByText("Matched: they are Ramesh Kulkarni’s.").waitFor();
    await dialog.locator(".unmatched li").first().waitFor();
    assert.deepEqual(errors, []);
    await browser.close();
    await box.stop();
  },
);

peerTest("Kiosk: in Hindi, with Devanagari keys", ["chromium"], async () => {
  const box = await TestBox.start();
  await seedDay(box);
  const browser = await launchChromium();
  const { page, errors } = await openPage(browser, SCREENS.panel, { hasTouch: true });
  await signIn(page, box, "doctor");
  await page.getByRole("button", { name: "Menu" }).click();
  await screenshot(page, "menu-panel");
  await page.getByRole("button", { name: "हिन्दी" }).click();
  await page.getByRole("button", { name: "मशीन को भेजें" }).first().waitFor();
  await says(() => page.getAttribute("html", "lang"), "hi");
  await page.getByRole("button", { name: "मेन्यू" }).click();
  await page.getByRole("button", { name: "स्क्रीन कीबोर्ड दिखाएँ" }).click();
  await page.getByRole("searchbox").tap();
  await page.getByRole("button", { name: "क", exact: true }).tap();
  await page.getByRole("button", { name: "ि", exact: true }).tap();
  await page.waitForFunction(() => document.querySelector<HTMLInputElement>("input[type=search]")?.value === "कि");
  await screenshot(page, "hindi-keyboard-panel");
  await page.getByRole("button", { name: "हो गया" }).tap();
  await page.getByRole("button", { name: "खोज मिटाएँ" }).click();
  await page.locator(".row").first().waitFor();
  await screenshot(page, "hindi-panel");
  await receiveUnmatched(box);
  await page.getByRole("button", { name: "देखने के लिए" }).click();
  await page.locator("dialog").getByText("किसी अपॉइंटमेंट में नहीं").waitFor();
  await screenshot(page, "hindi-unmatched-panel");
  assert.deepEqual(errors, []);
  await browser.close();
  await box.stop();
});

peerTest("Kiosk: names from outside are text, never markup", ["chromium"], async () => {
  const box = await TestBox.start();
  box.addUser("receptionist", "receptionist");
  const attack = `<img src=x onerror="document.title='owned'">`;
  const booked = box.book({ id: "X-1", firstName: attack, lastName: "<b>Rao</b>" }, {
    description: attack,
    doctor: attack,
  });
  const study = { studyInstanceUid: booked.studyInstanceUid, patientId: "X-1", patientName: `<b>Rao</b>^${attack}` };
  await box.receive(study);
  const report = await box.receive(study, { frames: 0 });
  box.store.measurements.replace(booked.studyInstanceUid, report, [{
    ...{ name: attack, code: "", value: attack, unit: attack, site: attack, laterality: attack },
    context: { [attack]: attack },
  }]);
  await box.receive({ studyInstanceUid: "1.2.3", patientId: attack, patientName: attack });
  box.store.machines.heard(attack.slice(0, 16), "10.0.0.9", attack);
  await box.store.associations.add([
    { ...ENDED, name: "a1", aeTitle: attack.slice(0, 16), implementation: attack, outcome: attack },
  ]);
  const browser = await launchChromium();
  const { page } = await openPage(browser, SCREENS.panel);
  await useCookie(page, box.address, await box.signIn("admin"));
  // the policy stops a handler, so that what counts is whether there is an element at all
  const assertText = async () => assert.equal(await page.locator('img[src="x"], b:text-is("Rao")').count(), 0);
  await page.goto(box.address);
  await page.getByText("<b>Rao</b>").first().waitFor();
  await assertText();
  await page.getByRole("button", { name: "to check" }).click();
  await page.locator("dialog").getByText("onerror").first().waitFor();
  await assertText();
  await page.keyboard.press("Escape");
  await (await choose(page, booked.id)).locator(".thumbnail").first().click();
  await page.locator("dialog.viewer").waitFor();
  await page.getByRole("button", { name: "Measurements", exact: true }).click();
  await page.locator(".list-lines").getByText("onerror").first().waitFor();
  await assertText();
  await page.goto(`${box.address}/settings#machines`);
  await page.getByText(`says ${attack}`).waitFor();
  await assertText();
  await page.goto(`${box.address}/settings#logs`);
  await page.locator(".associations").getByText("onerror").first().waitFor();
  await assertText();
  await page.goto(`${box.address}/settings#audit`);
  await page.locator(".events li").first().waitFor();
  await assertText();
  await page.goto(`${box.address}/print?study=${booked.studyInstanceUid}`);
  await page.getByText("onerror").first().waitFor();
  await assertText();
  assert.notEqual(await page.title(), "owned");
  await browser.close();
  await box.stop();
});

peerTest("Kiosk: it fits the panel, the wide screen and the phone, light and dark; nothing scrolls sideways", [
  "chromium",
], async () => {
  const box = await TestBox.start();
  const { appointments } = await seedDay(box);
  await receiveUnmatched(box);
  const browser = await launchChromium();
  const cookie = await box.signIn("admin");
  for (const [name, screen] of Object.entries(SCREENS)) {
    for (const colorScheme of name === "wide" ? ["dark"] as const : ["light", "dark"] as const) {
      const { page, errors } = await openPage(browser, screen, { colorScheme });
      await page.goto(box.address);
      await page.waitForSelector("input[name=username]");
      await screenshot(page, `login-${name}-${colorScheme}`);
      await useCookie(page, box.address, cookie);
      await page.goto(box.address);
      await page.locator(".row").first().waitFor();
      await page.waitForFunction(() =>
        [...document.querySelectorAll<HTMLImageElement>(".pane .thumbnail img")].slice(0, 3)
          .every((image) => image.complete)
      );
      await page.getByText("Live", { exact: true }).waitFor();
      await screenshot(page, `day-${name}-${colorScheme}`);
      const width = await page.evaluate(() => document.documentElement.scrollWidth);
      assert.ok(width <= screen.width, `${name}: ${width} px wide on ${screen.width}`);
      if (colorScheme === "light") {
        const inWindow = async (window: string, opener: Locator, content: string) => {
          await opener.click();
          await page.locator(`dialog[open] ${content}`).first().waitFor();
          await screenshot(page, `${window}-${name}`);
          await page.keyboard.press("Escape");
          await page.locator("dialog[open]").waitFor({ state: "detached" });
        };
        await inWindow("connect", page.getByRole("button", { name: "Connect a machine" }), "dl");
        await inWindow("unmatched", page.getByRole("button", { name: /to check/ }), ".unmatched li");
        const first = await choose(page, appointments[0]!.id);
        await first.locator(".history li").first().waitFor();
        await screenshot(page, `person-${name}`);
        await first.getByRole("button", { name: "View 7 images" }).click();
        await page.locator(".viewer-strip .thumbnail img").nth(3).waitFor();
        await page.locator(".picture-place[data-placed=true]").waitFor();
        await screenshot(page, `viewer-${name}`);
        await page.locator(".viewer-strip .thumbnail").nth(3).click();
        await page.getByText(/^Frame \d+ of 24$/).waitFor();
        await screenshot(page, `clip-${name}`);
        await page.keyboard.press("Escape");
      }
      assert.deepEqual(errors, []);
      await page.context().close();
    }
  }
  await browser.close();
  await box.stop();
});

peerTest("Kiosk: on every screen and in both languages what stands beside each other does not touch", [
  "chromium",
], async () => {
  const box = await TestBox.start();
  const { appointments: [done] } = await seedDay(box);
  const browser = await launchChromium();
  const cookie = await box.signIn("admin");
  for (const [name, screen] of Object.entries({ ...SCREENS, laptop: { width: 1366, height: 768 } })) {
    for (const language of ["en", "hi"]) {
      const { page, errors } = await openPage(browser, screen);
      await page.addInitScript((chosen) => localStorage.setItem("language", chosen), language);
      await useCookie(page, box.address, cookie);
      await page.goto(`${box.address}/?person=${done!.id}`);
      await page.locator(".row").first().waitFor();
      await page.locator(".notice .button").waitFor();
      await page.locator(".act-state").waitFor();
      const touching = await page.evaluate(async (modules) => {
        const [{ text }, { dayInShort }] = await Promise.all(modules.map((module) => import(module)));
        const rightOf = (element: Element) => {
          const words = document.createRange();
          words.selectNodeContents(element);
          return words.getBoundingClientRect().right;
        };
        const small = document.querySelector<HTMLElement>(".row-time small")!;
        const column = small.parentElement!.getBoundingClientRect().right;
        const wide = [text.row.inMinutes(59), text.row.minutesAgo(59), dayInShort("2026-09-30")].filter((said) => {
          small.textContent = said;
          return rightOf(small) > column;
        });
        const plug = document.querySelector(".status-bar > .button")!.getBoundingClientRect();
        const notice = document.querySelector(".notice .button")!;
        // where somebody is ends with its time; on a phone there is no room for the longest
        const where = innerWidth < 700 ? [] : [...document.querySelectorAll<HTMLElement>(".row-now")]
          .filter((one) => one.scrollWidth > one.clientWidth).map((one) => one.textContent);
        const state = [...document.querySelectorAll<HTMLElement>(".act-state")]
          .filter((one) => one.firstElementChild!.nextElementSibling!.clientHeight > one.clientHeight)
          .map((one) => one.textContent);
        return [
          ...wide,
          ...where,
          ...state,
          ...(rightOf(notice) > plug.left ? [notice.textContent] : []),
        ];
      }, ["/shared/text.ts", "/shared/format.ts"]);
      await screenshot(page, `beside-${name}-${language}`);
      assert.deepEqual(touching, [], `${name}, ${language}`);
      assert.deepEqual(errors, []);
      await page.context().close();
    }
  }
  await browser.close();
  await box.stop();
});
