import { openPage, SCREENS, startChromium, useCookie } from "../browser/chromium.ts";
import { newUid } from "../../src/dicom/uid.ts";
import { TestBox } from "../support/web_box.ts";
import { median, milliseconds, table } from "./measure.ts";

const APPOINTMENTS = 300;
const IMAGES = 2000;
const ROUNDS = 60;

/**
 * From the moment something is so in the store to the picture on the screen that shows it, with a full day on the kiosk:
 * 300 appointments, 2,000 images.
 */
export async function benchKiosk(): Promise<void> {
  const box = await TestBox.start();
  const browser = await startChromium();
  try {
    const booked = Array.from(
      { length: APPOINTMENTS },
      (_, n) =>
        box.book({ id: `K${n}`, firstName: "Asha", lastName: `Rao${n}` }, {
          time: new Date(n * 86_000_000 / APPOINTMENTS).toISOString().slice(11, 19),
        }),
    );
    const studyOf = ({ studyInstanceUid, patient }: (typeof booked)[0]) => ({
      ...{ studyInstanceUid, patientId: patient.id, patientName: `${patient.lastName}^${patient.firstName}` },
    });
    for (let n = 0; n < IMAGES; n++) await box.receive(studyOf(booked[n % 150]!), { number: n });
    const { page } = await openPage(browser, SCREENS.wide);
    await useCookie(page, box.address, await box.signIn("receptionist"));
    await page.goto(box.address);
    await page.locator(".row").nth(APPOINTMENTS - 1).waitFor({ state: "attached" });
    await page.waitForTimeout(3000); // the pictures in view

    const now = () => performance.timeOrigin + performance.now();
    const times: Record<string, number[]> = {};
    const measure = async (what: string, selector: string, act: () => void | Promise<unknown>) => {
      const drawn = page.evaluate((selector) =>
        new Promise<number>((resolve) => {
          const look = () => {
            if (!document.querySelector(selector)) return false;
            // the frame in which it is drawn has begun when the next one does
            requestAnimationFrame(() =>
              requestAnimationFrame(() => resolve(performance.timeOrigin + performance.now()))
            );
            return true;
          };
          if (look()) return;
          const observer = new MutationObserver(() => look() && observer.disconnect());
          observer.observe(document, { subtree: true, childList: true, attributes: true });
        }), selector);
      await page.evaluate(() => 0); // the observer is there
      const started = now();
      await act();
      (times[what] ??= []).push(await drawn - started);
    };
    for (let round = 0; round < ROUNDS; round++) {
      const one = booked[200 + round]!;
      await measure(
        "somebody is sent",
        `[data-id="${one.id}"].is-sent`,
        () => void box.store.worklistItems.send(one.id, null, "reception"),
      );
      await measure(
        "a machine has seen them",
        `[data-id="${one.id}"].is-seen-by-machine`,
        () => box.store.worklistItems.seen([one.id], "VOLUSON"),
      );
      const sopInstanceUid = newUid();
      await measure(
        "an image has come, its place is there",
        `[data-id="${one.id}"].is-images-received`,
        () => box.receive(studyOf(one), { sopInstanceUid }),
      );
    }
    table(
      `From the store to the screen, ${APPOINTMENTS} appointments and ${IMAGES} images on the kiosk`,
      Object.entries(times).map(([what, values]) => ({
        what,
        count: values.length,
        median: milliseconds(median(values)),
        p95: milliseconds([...values].sort((a, b) => a - b)[Math.floor(values.length * 0.95)]!),
      })),
    );
  } finally {
    await browser.close();
    await box.stop();
  }
}
