import assert from "node:assert/strict";
import { say } from "../../src/sentences.ts";

import { peerTest } from "../support/peers.ts";
import { TestBox } from "../support/web_box.ts";
import { launchChromium, openPage, SCREENS, screenshot } from "./chromium.ts";
import { seedDay } from "./clinic.ts";
import { openDesk } from "./desk.ts";

peerTest("Phone: where somebody is can be read whole, in either language, and no row grows for it", [
  "chromium",
], async () => {
  const box = await TestBox.start();
  const { appointments, machine } = await seedDay(box);
  const { store } = box;
  const [, , , fourth, , , seventh, eighth, ninth] = appointments.map(({ id }) => id) as string[];
  store.appointments.record(fourth!, "scan stopped", say("stopped-on", { machine: "US-1" }));
  for (const id of [seventh!, eighth!]) store.worklistItems.send(id, machine.id, "receptionist");
  store.worklistItems.seen([eighth!], machine.aeTitle);
  store.appointmentChanges.markNoShow(ninth!, true, "receptionist");
  const browser = await launchChromium();
  for (const language of ["en", "hi"]) {
    const { page, errors } = await openPage(browser, SCREENS.phone, { hasTouch: true });
    await page.addInitScript((code) => localStorage.setItem("language", code), language);
    await openDesk(page, box);
    await page.locator(".row").nth(11).waitFor();
    await screenshot(page, `phone-${language}`);
    const told = await page.locator(".row").evaluateAll((rows) =>
      rows.flatMap((row) => {
        const most = row.getBoundingClientRect();
        return [...row.querySelectorAll<HTMLElement>(".row-now, .row-where small")].map((words) => {
          const { top, bottom } = words.getBoundingClientRect();
          const cut = words.scrollWidth > words.clientWidth || words.scrollHeight > words.clientHeight + 3 ||
            top < most.top || bottom > most.bottom;
          return { words: words.textContent ?? "", cut, height: most.height };
        });
      })
    );
    assert.ok(told.some(({ words }) => /In progress since|जाँच चल रही है/.test(words)), "a scan is in progress");
    assert.deepEqual(told.filter(({ words, cut }) => words !== "" && cut).map(({ words }) => words), []);
    assert.equal(new Set(told.map(({ height }) => height)).size, 1);
    assert.deepEqual(errors, []);
  }
  await browser.close();
  await box.stop();
});

peerTest("Rows: a letter that reaches below its line is not cut off, on a phone, a panel or a large screen", [
  "chromium",
], async () => {
  const box = await TestBox.start();
  await seedDay(box);
  const browser = await launchChromium();
  for (const [screen, size] of Object.entries(SCREENS)) {
    const { page, errors } = await openPage(browser, size);
    await openDesk(page, box);
    await page.locator(".row").nth(5).waitFor();
    const cut = await page.locator(".row .row-words").evaluateAll((all) => {
      const drawing = document.createElement("canvas").getContext("2d")!;
      return (all as HTMLElement[]).filter((words) => words.textContent !== "" && words.clientHeight > 0)
        .flatMap((words) => {
          const style = getComputedStyle(words);
          if (style.overflowY === "visible") return [];
          drawing.font = `${style.fontWeight} ${style.fontSize} ${style.fontFamily}`;
          const { fontBoundingBoxAscent: above, fontBoundingBoxDescent: below, actualBoundingBoxDescent: letter } =
            drawing.measureText("gypqj");
          const room = (parseFloat(style.lineHeight) - above - below) / 2 + below + parseFloat(style.paddingBottom);
          return letter > room ? [`${words.textContent}: ${letter} px of ${room}`] : [];
        });
    });
    assert.deepEqual(cut, [], screen);
    assert.deepEqual(errors, []);
  }
  await browser.close();
  await box.stop();
});
