import { openPage, SCREENS, startChromium, useCookie } from "../browser/chromium.ts";
import { newUid } from "../../src/dicom/uid.ts";
import { TestBox } from "../support/web_box.ts";
import { median, milliseconds, spread, table } from "./measure.ts";

const APPOINTMENTS = 300;
const IMAGES = 2000;
const ROUNDS = 60;
const COLD_STARTS = 9;
/** How many times slower the page's processor is. */
const SLOWED = 6;

/**
 * From the moment something is so in the store to the picture on the screen that shows it, with a full day on the kiosk:
 * 300 appointments, 2,000 images.
 */
export async function benchKiosk(): Promise<void> {
  await coldStart();
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

/** From the address to the first rows: nothing kept from before, signed in, the processor slowed as much as a cheap panel's. */
async function coldStart(): Promise<void> {
  const box = await TestBox.start();
  const browser = await startChromium();
  try {
    for (let n = 0; n < 20; n++) {
      box.book({ id: `K${n}`, firstName: "Asha", lastName: `Rao${n}` }, {
        time: `${String(n).padStart(2, "0")}:00:00`,
      });
    }
    const cookie = await box.signIn("receptionist");
    const times = [];
    for (let round = 0; round < COLD_STARTS; round++) {
      const { page } = await openPage(browser, SCREENS.panel);
      await useCookie(page, box.address, cookie);
      const protocol = await page.context().newCDPSession(page);
      await protocol.send("Emulation.setCPUThrottlingRate", { rate: SLOWED });
      await page.goto(box.address, { waitUntil: "commit" });
      times.push(
        await page.evaluate(() =>
          new Promise<number>((resolve) => {
            const look = () => {
              if (!document.querySelector(".row")) return void requestAnimationFrame(look);
              requestAnimationFrame(() => resolve(performance.now()));
            };
            look();
          })
        ),
      );
      await page.context().close();
    }
    table(`A cold start, the page's processor slowed ${SLOWED} times`, [{
      "until the rows are there": milliseconds(median(times)),
      spread: spread(times),
    }]);
  } finally {
    await browser.close();
    await box.stop();
  }
}
