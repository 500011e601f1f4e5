import assert from "node:assert/strict";
import type { Locator, Page } from "playwright-core";
import { Box } from "../support/box.ts";
import { calibratedImage, Format, type RegionFields, Units } from "../support/calibrated_image.ts";
import { peerTest } from "../support/peers.ts";
import { addPerson, PASSWORD, scanned, type ScannedStudy, sendImage } from "../support/scanned_study.ts";
import { launchChromium, openPage, says, SCREENS, screenshot } from "./chromium.ts";
import { choose } from "./desk.ts";

const COLUMNS = 600;
const ROWS = 400;

/** A flat picture above an M-mode, of which 200 px are a second and 50 px a centimetre. */
const M_MODE: RegionFields[] = [
  { place: [0, 0, 599, 149], delta: [0.05, 0.05] },
  { place: [0, 160, 599, 399], format: Format.mMode, units: [Units.s, Units.cm], delta: [0.005, 0.02] },
];
/** A flat picture above a spectrum of 1 cm/s a pixel around a baseline in row 360.5. */
const DOPPLER: RegionFields[] = [
  { place: [0, 0, 599, 149], delta: [0.05, 0.05] },
  {
    ...{ place: [0, 160, 599, 399], format: Format.spectral, dataType: 3, flags: 0 },
    ...{ units: [Units.s, Units.cmPerSecond], delta: [0.005, -1], reference: [200, 0] },
  },
];

/** Tissue layers that move with the heart. */
const movingLayers = (x: number, y: number) =>
  y < 160 ? (y < 150 ? 50 + (x * y) % 40 : 0) : Math.floor((y + 8 * Math.sin(x / 20)) / 24) % 3 === 0 ? 150 : 40;
/** A spectrum of 100 cm/s in systole that falls to 30 cm/s, once in 200 px. */
const speed = (x: number) => 30 + 70 * Math.exp(-(x % 200) / 60);
const spectrum = (x: number, y: number) =>
  y < 160 ? (y < 150 ? 50 + (x * y) % 40 : 0) : y <= 360 && y > 360 - speed(x) ? 140 : 12;

/** The place on the page of a point of the picture, in pixels of the picture. */
async function placeOf(page: Page, x: number, y: number): Promise<{ x: number; y: number }> {
  const box = (await page.locator(".viewer-picture").boundingBox())!;
  return { x: box.x + x * box.width / COLUMNS, y: box.y + y * box.width / COLUMNS };
}

async function tap(page: Page, x: number, y: number): Promise<void> {
  const at = await placeOf(page, x, y);
  await page.mouse.click(at.x, at.y);
}

async function drag(page: Page, from: [number, number], to: [number, number]): Promise<void> {
  const [start, end] = [await placeOf(page, ...from), await placeOf(page, ...to)];
  await page.mouse.move(start.x, start.y);
  await page.mouse.down();
  await page.mouse.move(end.x, end.y, { steps: 3 });
  await page.mouse.up();
}

const tool = (page: Page, name: string): Locator =>
  page.getByRole("toolbar").getByRole("button", { name, exact: true });
const label = (page: Page): Locator => page.locator(".caliper-label").last();
const saysLabel = (page: Page, value: string) => says(() => label(page).innerText(), value);

async function withPicture(
  image: ReturnType<typeof calibratedImage>,
  use: (page: Page) => Promise<void>,
): Promise<void> {
  await using box = await Box.start();
  await addPerson(box, "doctor", "doctor");
  const study: ScannedStudy = await scanned(box);
  const uid = await sendImage(box, study, image);
  const browser = await launchChromium();
  try {
    const { page, errors } = await openPage(browser, SCREENS.panel);
    await page.goto(`http://127.0.0.1:${box.appliance.ports.webPort}/`);
    await page.fill("input[name=username]", "doctor");
    await page.fill("input[name=password]", PASSWORD);
    await page.keyboard.press("Enter");
    await (await choose(page, study.appointmentId!)).locator(".thumbnail").first().click();
    await page.locator(`.viewer-strip .thumbnail:has(img[src*="${uid}/"])`).click();
    await page.waitForSelector(".picture-place[data-placed=true]");
    await use(page);
    assert.deepEqual(errors, []);
  } finally {
    await browser.close();
  }
}

peerTest("Calipers: on an M-mode a line along the time axis reads in seconds, and across in the region's own units", [
  "chromium",
], () =>
  withPicture(calibratedImage(COLUMNS, ROWS, M_MODE, movingLayers), async (page) => {
    await tool(page, "Distance").click();
    await drag(page, [100, 250], [300, 250]);
    await saysLabel(page, "1.00 s");
    await tool(page, "Clear").click();
    await tool(page, "Distance").click();
    await drag(page, [100, 60], [140, 60]);
    await saysLabel(page, "2.0 cm");
    await tool(page, "Clear").click();
    await tool(page, "Distance").click();
    await drag(page, [200, 200], [300, 300]);
    await says(
      () => label(page).innerText().then((found) => /^0\.50 s · (1\.9|2\.0) cm · [34]\.\d cm\/s$/.test(found)),
      true,
    );
    await screenshot(page, "calipers-m-mode");
    await tool(page, "Clear").click();
    await tool(page, "Distance").click();
    await drag(page, [100, 60], [100, 250]);
    await page.getByText("the ends are in different parts of the image").waitFor();
    assert.equal(await page.locator(".caliper-label").count(), 0);
    await tool(page, "Area").click();
    await drag(page, [200, 250], [300, 250]);
    await page.getByText("an area is measured only where both directions are centimetres").waitFor();
    assert.equal(await tool(page, "RI").count(), 0, "no Doppler, no tools for it");
  }));

peerTest(
  "Calipers: on a Doppler spectrum RI comes of two points and PI of a trace, by taps and by keys",
  ["chromium"],
  () =>
    withPicture(calibratedImage(COLUMNS, ROWS, DOPPLER, spectrum), async (page) => {
      await tool(page, "RI").click();
      await tap(page, 200, 260.5);
      await tap(page, 398, 328);
      await says(
        () =>
          label(page).innerText().then((found) =>
            /^PSV (99\.\d|100|101) cm\/s · EDV 3[234]\.\d cm\/s · RI 0\.6[678] · S\/D/.test(found)
          ),
        true,
      );
      await page.getByText("RI = (PSV − EDV) / PSV").waitFor();
      await screenshot(page, "calipers-doppler-ri");
      await tool(page, "Clear").click();

      await tool(page, "PI").click();
      await page.getByText("tap the last point again to end").waitFor();
      for (const x of [201, 215, 230, 250, 275, 310, 350]) await tap(page, x, 360.5 - speed(x));
      assert.equal(await page.locator(".caliper-handle").count(), 0, "nothing stands in the way of the next tap");
      await tap(page, 398, 360.5 - speed(398));
      assert.equal(await label(page).count(), 0, "no number before its end");
      await tap(page, 398, 360.5 - speed(398));
      await says(
        () => label(page).innerText().then((found) => /TAMAX 5\d\.\d cm\/s · PI 1\.[23]\d$/.test(found)),
        true,
      );
      await page.getByText("PI = (PSV − EDV) / TAMAX").waitFor();
      await screenshot(page, "calipers-doppler-pi");
      assert.equal(await page.locator(".caliper-handle").count(), 8);
      await page.locator(".caliper-handle").last().focus();
      await page.keyboard.press("Delete");
      await says(() => label(page).count(), 0);

      await tool(page, "PI").focus();
      await page.keyboard.press("Enter");
      await says(() => page.locator(".caliper-handle").count(), 5);
      await label(page).waitFor();
      await tool(page, "Clear").click();
      // two points and no more: with the tool they go
      await tool(page, "PI").click();
      await tap(page, 210, 250);
      await tap(page, 260, 250);
      await tool(page, "PI").click();
      await says(() => page.locator(".calipers polyline").count(), 0);
      await tool(page, "RI").click();
      await tap(page, 100, 60);
      await tap(page, 200, 60);
      await page.getByText("this part of the image is no Doppler spectrum").waitFor();
      assert.equal(await page.locator(".caliper-label").count(), 0);
    }),
);
