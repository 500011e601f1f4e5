import assert from "node:assert/strict";
import type { Locator, Page } from "playwright-core";
import { container, number, report, text } from "../dicom/report/trees.ts";
import { Box } from "../support/box.ts";
import { peerTest, run } from "../support/peers.ts";
import { transportStream } from "../support/annex_b.ts";
import { samples } from "../support/samples.ts";
import {
  addPerson,
  fixtureReport,
  PASSWORD,
  scanned,
  type ScannedStudy,
  sendImage,
  sendReport,
} from "../support/scanned_study.ts";
import { type Browser, launchChromium, openPage, says, SCREENS, screenshot } from "./chromium.ts";
import { encodedStream, recordedClip } from "./clips.ts";
import { choose } from "./desk.ts";

async function withViewer(
  use: (given: { box: Box; study: ScannedStudy; browser: Browser }) => Promise<void>,
): Promise<void> {
  await using box = await Box.start();
  await addPerson(box, "doctor", "doctor");
  const study = await scanned(box);
  const browser = await launchChromium();
  try {
    await use({ box, study, browser });
  } finally {
    await browser.close();
  }
}

async function signIn(page: Page, box: Box, path = "/"): Promise<void> {
  await page.goto(`http://127.0.0.1:${box.appliance.ports.webPort}${path}`);
  await page.fill("input[name=username]", "doctor");
  await page.fill("input[name=password]", PASSWORD);
  await page.keyboard.press("Enter");
}

/** Opens the appointment's images at one of them. */
async function openImage(page: Page, study: ScannedStudy, uid: string): Promise<void> {
  await (await choose(page, study.appointmentId!)).locator(".thumbnail").first().click();
  await show(page, uid);
}

async function show(page: Page, uid: string): Promise<void> {
  await page.locator(`.viewer-strip .thumbnail:has(img[src*="${uid}/"])`).click();
  await page.waitForSelector(".picture-place[data-placed=true], .no-picture");
}

/** The place on the page of a point of the picture, in pixels of the picture. */
async function placeOf(page: Page, x: number, y: number): Promise<{ x: number; y: number }> {
  return await page.locator(".viewer-picture").evaluate((picture, [x, y]) => {
    const { left, top, width } = picture.getBoundingClientRect();
    const own = picture instanceof HTMLImageElement
      ? picture.naturalWidth
      : picture instanceof HTMLVideoElement
      ? picture.videoWidth
      : (picture as HTMLCanvasElement).width;
    return { x: left + x! * width / own, y: top + y! * width / own };
  }, [x, y]);
}

async function drag(page: Page, from: [number, number], to: [number, number]): Promise<void> {
  const [start, end] = [await placeOf(page, ...from), await placeOf(page, ...to)];
  await page.mouse.move(start.x, start.y);
  await page.mouse.down();
  await page.mouse.move((start.x + end.x) / 2, (start.y + end.y) / 2);
  await page.mouse.move(end.x, end.y);
  await page.mouse.up();
}

const tool = (page: Page, name: string) => page.getByRole("toolbar").getByRole("button", { name, exact: true });
const labels = (page: Page): Locator => page.locator(".caliper-label");

peerTest("Viewer: two centimetres on a calibrated image read 2.0 cm, and outside its region nothing does", [
  "chromium",
], () =>
  withViewer(async ({ box, study, browser }) => {
    const { page, errors } = await openPage(browser, SCREENS.panel);
    await signIn(page, box);
    await openImage(page, study, study.uids.rgb);
    const described = await page.evaluate(
      (uid) => fetch(`/api/instances/${uid}/description`).then((answer) => answer.json()),
      study.uids.rgb,
    );
    const [region] = described.regions;
    const across = 2 / region.centimetersPerPixel.x;

    await tool(page, "Distance").click();
    await drag(page, [300, 250], [300 + across, 250]);
    await says(() => labels(page).textContent(), "2.0 cm");
    await page.getByText("It is not kept.").waitFor();
    await screenshot(page, "viewer-two-centimetres-panel");

    // the number stays right however near the picture is, and the handles move it
    const middle = await placeOf(page, 340, 250);
    await page.mouse.move(middle.x, middle.y);
    await page.mouse.wheel(0, -400);
    await page.waitForSelector(".picture-stage[data-near=true]");
    await says(() => labels(page).textContent(), "2.0 cm");
    await page.locator(".caliper-handle").nth(1).focus();
    const moved = Math.round(0.5 / region.centimetersPerPixel.x);
    for (let n = 0; n < moved; n++) await page.keyboard.press("ArrowRight");
    await says(() => labels(page).textContent(), "2.5 cm");
    await page.mouse.dblclick(middle.x, middle.y - 60);
    await page.waitForSelector(".picture-stage[data-near=false]");

    await page.locator(".caliper-handle").nth(1).focus();
    await page.keyboard.press("Delete");
    await says(() => labels(page).count(), 0);

    // one end above the region: there is no number, and a sentence says why
    await tool(page, "Distance").click();
    await drag(page, [300, 250], [300, 20]);
    await page.getByText("outside the scaled part").waitFor();
    await says(() => labels(page).count(), 0);
    assert.equal(/\d\s*cm/.test(await page.locator(".viewer-stage").innerText()), false);
    await screenshot(page, "viewer-no-size-panel");
    await tool(page, "Clear").click();

    // an ellipse of known axes, put there by keys alone
    await tool(page, "Area").focus();
    await page.keyboard.press("Enter");
    await labels(page).waitFor();
    const wide = described.columns * 0.2 * region.centimetersPerPixel.x;
    await says(() => labels(page).textContent(), `${(Math.PI / 4 * wide * wide * 0.7).toFixed(1)} cm²`);
    await says(() => page.evaluate(() => document.activeElement?.className), "caliper-handle");
    await screenshot(page, "viewer-area-panel");

    // of one look alone: nothing of it has reached the box
    assert.equal(box.store.studies.find(study.studyInstanceUid)!.measurements.length, 30);
    assert.deepEqual(errors, []);
  }));

peerTest(
  "Viewer: by touch a finger taps both ends, two fingers zoom, a double tap goes back",
  ["chromium"],
  () =>
    withViewer(async ({ box, study, browser }) => {
      const { page, errors } = await openPage(browser, SCREENS.phone, { hasTouch: true, isMobile: true });
      await signIn(page, box);
      await openImage(page, study, study.uids.rgb);
      const client = await page.context().newCDPSession(page);
      const touchAt = (timestamp: number, type: string, ...points: { x: number; y: number }[]) =>
        client.send("Input.dispatchTouchEvent", { timestamp, type: type as "touchStart", touchPoints: points });
      const touch = (type: string, ...points: { x: number; y: number }[]) =>
        touchAt(Date.now() / 1000, type, ...points);
      const tap = async (point: { x: number; y: number }) => {
        await touch("touchStart", point);
        await touch("touchEnd");
      };

      await tool(page, "Distance").tap();
      await tap(await placeOf(page, 300, 250));
      await tap(await placeOf(page, 300 + 2 / 0.023071320269751405, 250));
      await labels(page).waitFor();
      assert.match(await labels(page).innerText(), /^(1\.9|2\.0|2\.1) cm$/);

      const at = await placeOf(page, 360, 350);
      await touch("touchStart", { x: at.x - 20, y: at.y }, { x: at.x + 20, y: at.y });
      await touch("touchMove", { x: at.x - 50, y: at.y }, { x: at.x + 50, y: at.y });
      await touch("touchMove", { x: at.x - 80, y: at.y }, { x: at.x + 80, y: at.y });
      await touch("touchEnd");
      await page.waitForSelector(".picture-stage[data-near=true]");
      await screenshot(page, "viewer-pinched-phone");
      // two taps a tenth of a second apart are a double tap, however late a slow computer hears of the second
      const tapped = Date.now() / 1000;
      for (const late of [0, 0.1]) {
        await touchAt(tapped + late, "touchStart", { x: at.x, y: at.y + 40 });
        await touchAt(tapped + late, "touchEnd");
        if (late === 0) await page.waitForTimeout(500);
      }
      await page.waitForSelector(".picture-stage[data-near=false]");

      // a swipe to the left is the next image
      const before = await page.locator(".viewer-place").innerText();
      await touch("touchStart", { x: 320, y: at.y });
      for (const x of [280, 220, 160, 100]) await touch("touchMove", { x, y: at.y });
      await touch("touchEnd");
      await page.waitForFunction(
        (before) => document.querySelector<HTMLElement>(".viewer-place")?.innerText !== before,
        before,
      );
      assert.deepEqual(errors, []);
    }),
);

peerTest("Viewer: a clip plays all its frames in order at the rate it names, and stops, steps and scrubs", [
  "chromium",
], () =>
  withViewer(async ({ box, study, browser }) => {
    const { page, errors } = await openPage(browser, SCREENS.panel);
    await page.addInitScript(() => {
      // notes each frame at the moment it is drawn
      const drawn: number[] = [];
      Object.assign(globalThis, { drawn });
      new MutationObserver((changes) => {
        for (const { target } of changes) {
          const frame = Number((target as HTMLElement).dataset.frame);
          if (frame !== drawn.at(-1)) drawn.push(frame);
        }
      }).observe(document, { subtree: true, attributes: true, attributeFilter: ["data-frame"] });
    });
    await signIn(page, box);
    await openImage(page, study, study.uids.cine);
    await page.getByText("40 frames a second", { exact: true }).waitFor();
    await page.waitForFunction(() => (globalThis as unknown as { drawn: number[] }).drawn.length > 80);
    await page.getByRole("button", { name: "Pause", exact: true }).click();
    const drawn = await page.evaluate(() => (globalThis as unknown as { drawn: number[] }).drawn);
    drawn.slice(1).forEach((frame, n) => assert.equal(frame, drawn[n]! % 32 + 1, `after frame ${drawn[n]}`));

    const shown = () => page.locator("canvas.viewer-picture").getAttribute("data-frame").then(Number);
    const paused = await shown();
    const isShown = (n: number) => page.waitForSelector(`canvas.viewer-picture[data-frame="${(n + 31) % 32 + 1}"]`);
    await page.getByRole("button", { name: "One frame on" }).click();
    await isShown(paused + 1);
    await page.getByRole("button", { name: "One frame back" }).click();
    await page.keyboard.press(",");
    await isShown(paused - 1);
    await page.getByRole("slider", { name: "Place in the clip" }).fill("20");
    await isShown(20);
    await page.getByText("Frame 20 of 32").waitFor();

    // a caliper is of its frame; with a tool in hand the clip stands still
    await tool(page, "Distance").click();
    await drag(page, [200, 200], [200 + 2 / 0.036121612984481376, 200]);
    await says(() => labels(page).textContent(), "2.0 cm");
    await screenshot(page, "viewer-clip-panel");
    await page.keyboard.press(".");
    await isShown(21);
    await labels(page).waitFor({ state: "detached" });

    await page.locator(".viewer").focus();
    await page.waitForTimeout(100); // two keys within 50 ms are a scanner's
    await page.keyboard.press("Space");
    await page.getByRole("button", { name: "Pause", exact: true }).waitFor();
    await page.keyboard.press("ArrowLeft");
    await page.waitForSelector("img.viewer-picture");
    assert.deepEqual(errors, []);
  }));

peerTest("Viewer: a clip of which some frames are not there plays the others, and says which it cannot show", [
  "chromium",
], () =>
  withViewer(async ({ box, study, browser }) => {
    const clip = { rows: 60, columns: 80, frames: 12, pixels: new Uint8Array(60 * 80 * 9).fill(90) };
    const uid = await sendImage(box, study, clip);
    const { page, errors } = await openPage(browser, SCREENS.panel);
    await signIn(page, box);
    await openImage(page, study, uid);
    // it comes round: past the frames that are not there, and on from the first
    await page.waitForSelector('canvas.viewer-picture[data-frame="12"]');
    await page.waitForSelector('canvas.viewer-picture[data-frame="2"]');
    await page.getByRole("button", { name: "Pause", exact: true }).click();
    await page.getByRole("slider", { name: "Place in the clip" }).fill("10");
    await page.getByText(/^Frame 10 cannot be shown: .*not all there/).waitFor();
    await screenshot(page, "viewer-clip-broken-panel");
    await page.getByRole("slider", { name: "Place in the clip" }).fill("9");
    await page.getByText("Frame 9 of 12").waitFor();
    await page.getByText(/cannot be shown/).waitFor({ state: "detached" });
    assert.deepEqual(errors, []);
  }));

peerTest(
  "Viewer: what cannot be shown says why and can be saved; without a scale there is no number",
  ["chromium"],
  () =>
    withViewer(async ({ box, study, browser }) => {
      const grey = { rows: 240, columns: 320, pixels: new Uint8Array(240 * 320).fill(90) };
      const plain = await sendImage(box, study, grey);
      const broken = await sendImage(box, study, { ...grey, rows: 400 });
      const short = await sendImage(box, study, { ...grey, pixels: grey.pixels.subarray(0, -2) });
      const video = { ...grey, transferSyntaxUid: "1.2.840.10008.1.2.4.102", frames: 20 };
      const stream = await sendImage(box, study, {
        ...video,
        pixels: { fragments: [Uint8Array.of(0, 0, 0, 1, 0x67, 0x64, 0, 0x29)] },
      });
      const { page, errors } = await openPage(browser, SCREENS.panel);
      await signIn(page, box);
      await openImage(page, study, plain);
      await tool(page, "Distance").click();
      await drag(page, [40, 100], [240, 100]);
      await page.getByText("No size: the machine sent no scale with this image.").waitFor();
      await says(() => labels(page).count(), 0);

      await show(page, short);
      await page.getByText("The picture is 2 bytes short: its last pixels are empty").waitFor();
      await screenshot(page, "viewer-short-panel");

      await show(page, broken);
      await page.getByText("This picture cannot be shown.").waitFor();
      await page.getByText(/not all there/).waitFor();
      await screenshot(page, "viewer-broken-panel");
      const saved = page.waitForEvent("download");
      await page.locator(".no-picture").getByRole("link", { name: "Save DICOM file" }).click();
      assert.equal((await saved).suggestedFilename(), `${broken}.dcm`);

      await show(page, stream);
      await page.getByText("Browsers cannot play this kind of video.").waitFor();
      const savedVideo = page.waitForEvent("download");
      await page.getByRole("link", { name: "Save the video" }).click();
      assert.equal((await savedVideo).suggestedFilename(), `${stream}.h264`);

      // HEVC in MPEG-4, which this browser has no decoder for: it tries, and says so
      const hevc = { ...video, transferSyntaxUid: "1.2.840.10008.1.2.4.107" };
      const box4 = [0, 0, 0, 16, ...new TextEncoder().encode("ftypiso5"), 0, 0, 0, 0];
      await show(page, await sendImage(box, study, { ...hevc, pixels: { fragments: [Uint8Array.from(box4)] } }));
      await page.getByText("This browser cannot play the video.").waitFor();
      assert.deepEqual(errors, []);
    }),
);

/** The video file within a DICOM object: from its first box on. */
function clipIn(path: string): Uint8Array {
  const whole = Deno.readFileSync(path);
  return whole.slice(
    whole.findIndex((_, at) => new TextDecoder("latin1").decode(whole.subarray(at + 4, at + 8)) === "ftyp"),
  );
}

peerTest(
  "Viewer: a video object plays, stops and steps",
  ["chromium"],
  () =>
    withViewer(async ({ box, study, browser }) => {
      const { page, errors } = await openPage(browser, SCREENS.panel);
      await signIn(page, box);
      await page.locator(".row").first().waitFor();
      const [sample] = samples("us").filter(({ name }) => name.includes("mpeg4"));
      const clips: [clip: Uint8Array, frames: number][] = [[await recordedClip(page), 36]];
      const bare = await encodedStream(page);
      clips.push([bare, 50], [transportStream(bare), 50]);
      if (sample !== undefined) clips.push([clipIn(sample.path), 50]);
      for (const [clip, frames] of clips) {
        const uid = await sendImage(box, study, {
          ...{ rows: 240, columns: 320, samplesPerPixel: 3, photometricInterpretation: "YBR_PARTIAL_420", frames },
          transferSyntaxUid: "1.2.840.10008.1.2.4.102",
          pixels: { fragments: [clip] },
        });
        await openImage(page, study, uid);
        await page.waitForFunction(() => (document.querySelector("video")?.currentTime ?? 0) > 0.1);
        const { videoWidth, error } = await page.locator("video").evaluate((video: HTMLVideoElement) => ({
          videoWidth: video.videoWidth,
          error: video.error?.message,
        }));
        assert.deepEqual([videoWidth > 0, error], [true, undefined]);
        await page.getByRole("button", { name: "Pause", exact: true }).click();
        await page.getByRole("slider", { name: "Place in the clip" }).fill("20");
        await page.getByText(`Frame 20 of ${frames}`).waitFor();
        await page.getByRole("button", { name: "One frame on" }).click();
        await page.getByText(`Frame 21 of ${frames}`).waitFor();
        await screenshot(page, "viewer-video-panel");
        const [file, stored] = await Promise.all([
          page.evaluate(
            async (uid) => [...new Uint8Array(await (await fetch(`/api/instances/${uid}/video`)).arrayBuffer())],
            uid,
          ),
          clip,
        ]);
        const isContainer = new TextDecoder().decode(stored.subarray(4, 8)) === "ftyp";
        if (isContainer) assert.deepEqual(Uint8Array.from(file).subarray(0, stored.length), stored, "as it was sent");
        else assert.equal(new TextDecoder().decode(Uint8Array.from(file).subarray(4, 8)), "ftyp");
        await page.keyboard.press("Escape");
        await page.locator("dialog.viewer").waitFor({ state: "detached" });
      }
      assert.deepEqual(errors, []);
    }),
);

peerTest("Viewer: what the box refuses is said; a report that it cannot read is listed, and can be saved", [
  "chromium",
], () =>
  withViewer(async ({ box, study, browser }) => {
    const long = report("99X:1:Long", text("CONTAINS", "DCM:121106:Comment", "x".repeat(17 * 1024 * 1024)));
    const uid = await sendReport(box, study, long);
    const { page, errors } = await openPage(browser, SCREENS.wide);
    await signIn(page, box);
    await openImage(page, study, study.uids.rgb);
    const unread = page.locator(".list-reports li", { hasText: "The box could not read this report." });
    const saved = page.waitForEvent("download");
    await unread.getByRole("link", { name: "Save DICOM file" }).click();
    assert.equal((await saved).suggestedFilename(), `${uid}.dcm`);
    await screenshot(page, "viewer-report-unread-wide");
    await page.keyboard.press("Escape");

    const detail = "Cannot do this as receptionist: ask somebody who may";
    await page.route("**/measurements", (route) =>
      route.fulfill({
        status: 403,
        contentType: "application/problem+json",
        body: JSON.stringify({ title: "Not allowed", detail, status: 403 }),
      }));
    await (await choose(page, study.appointmentId!)).locator(".thumbnail").first().click();
    await page.getByText(`The measurements could not be loaded. ${detail}`).waitFor();
    assert.equal(await page.getByText("The box does not answer").count(), 0);
    // what did come is there
    await page.getByRole("link", { name: "Print" }).waitFor();
    await screenshot(page, "viewer-refused-wide");
    assert.deepEqual(errors, []);
  }));

peerTest(
  "Viewer: a star that the box refuses takes no other star with it",
  ["chromium"],
  () =>
    withViewer(async ({ box, study, browser }) => {
      const { page, errors } = await openPage(browser, SCREENS.wide);
      await signIn(page, box);
      await openImage(page, study, study.uids.rgb);
      const asked = Promise.withResolvers<void>();
      const refused = Promise.withResolvers<void>();
      const detail = "Cannot keep the star";
      await page.route(`**/${study.uids.rgb}/star`, async (route) => {
        asked.resolve();
        await refused.promise;
        await route.fulfill({
          status: 507,
          contentType: "application/problem+json",
          body: JSON.stringify({ title: "No room", detail, status: 507 }),
        });
      });
      const star = page.locator(".tool.star");
      await star.click();
      await asked.promise;
      const [other] = Object.values(study.uids).filter((uid) => uid !== study.uids.rgb);
      await show(page, other!);
      const kept = page.waitForResponse((answer) => answer.url().endsWith(`/${other}/star`));
      await star.click();
      assert.equal((await kept).ok(), true);
      refused.resolve();
      await page.getByText(detail).waitFor();
      const starred = page.locator(".viewer-strip div", { has: page.locator(".strip-star") });
      assert.deepEqual(
        await starred.locator("img").evaluateAll((all) => all.map((one) => (one as HTMLImageElement).src)),
        [
          new URL(`/api/instances/${other}/thumbnail`, page.url()).href,
        ],
      );
      assert.deepEqual(errors, []);
    }),
);

peerTest("Viewer: measurements by group, exact on tap, copied as text; the report that replaces, and its tree", [
  "chromium",
], () =>
  withViewer(async ({ box, study, browser }) => {
    const { page, errors } = await openPage(browser, SCREENS.wide, {
      permissions: ["clipboard-read", "clipboard-write"],
    });
    await signIn(page, box);
    await openImage(page, study, study.uids.rgb);
    const list = page.locator(".viewer-list");
    await list.getByRole("heading", { name: "Fetus 1 · Fetal Biometry", exact: true }).waitFor();
    await list.getByRole("heading", { name: "Left ovary" }).waitFor();
    await list.getByRole("button", { name: /^Estimated Weight/ }).click();
    await list.getByText("As sent").waitFor();
    await list.getByText("EFW by AC, BPD, FL, HC, Hadlock 1985").last().waitFor();
    await screenshot(page, "viewer-measurements-wide");
    await list.getByRole("button", { name: "Copy" }).click();
    await list.getByText("Copied").waitFor();
    const copied = await page.evaluate(() => navigator.clipboard.readText());
    assert.match(copied, /^Priya Sharma · SD-1001\n/);
    assert.match(copied, /\nFetus 1 · Fetal Biometry\nBiparietal Diameter: 4\.74 cm\n/);
    assert.match(copied, /\nComposite Ultrasound Age: 20w 2d\n/);
    await list.getByRole("button", { name: "Open" }).click();
    await page.locator(".tree").getByText("Biparietal Diameter").first().waitFor();
    await screenshot(page, "viewer-report-tree-wide");
    await page.keyboard.press("Escape");

    // a second report takes the place of the first while the page is open; what it says is text
    const attack = `<img src=x onerror="document.title='owned'">`;
    await sendReport(
      box,
      study,
      report(
        "99X:1:Amended report",
        container(
          `99X:2:${attack}`,
          text("CONTAINS", "DCM:121071:Finding", attack),
          number("LN:11820-8:Biparietal Diameter", "4.80", "UCUM:cm:cm"),
          number("LN:11948-7:Fetal Heart Rate", "1,48", undefined),
        ),
      ),
      [study.uids.report],
    );
    await list.getByText("4.80 cm").waitFor();
    await says(() => list.getByText("4.74 cm").count(), 0);
    await list.getByText("A newer report has taken its place.").waitFor();
    await list.getByText("30 values of it not in the newer report").waitFor();
    await list.getByText("decimal comma; no unit").waitFor();
    await list.locator("li", { hasText: "Amended report" }).getByRole("button", { name: "Open" }).click();
    await page.locator(".tree").getByText(attack).first().waitFor();
    assert.notEqual(await page.title(), "owned");
    assert.deepEqual(errors, []);
  }));

peerTest("Print: one page of paper with the patient, the starred images and the measurements", [
  "chromium",
  "pdftotext",
], () =>
  withViewer(async ({ box, study, browser }) => {
    const { page, errors } = await openPage(browser, SCREENS.panel);
    await signIn(page, box);
    await openImage(page, study, study.uids.rgb);
    const star = page.getByRole("button", { name: "Star this image for printing" });
    await star.click();
    await page.getByRole("button", { name: "Remove the star" }).waitFor();
    await show(page, study.uids.cine);
    await page.getByRole("slider", { name: "Place in the clip" }).fill("12");
    await page.getByText("Frame 12 of 32").waitFor();
    await star.click();
    await box.until("both are starred", () => box.store.stars.ofStudy(study.studyInstanceUid).length === 2);
    assert.deepEqual(box.store.stars.ofStudy(study.studyInstanceUid), [
      { sopInstanceUid: study.uids.rgb, frame: 1 },
      { sopInstanceUid: study.uids.cine, frame: 12 },
    ]);

    await page.getByRole("link", { name: "Print" }).click();
    await page.waitForFunction(() => {
      const images = [...document.querySelectorAll<HTMLImageElement>(".sheet img")];
      return images.length === 2 && images.every((image) => image.complete && image.naturalWidth > 400);
    });
    await screenshot(page, "print-panel");
    const folder = new URL("../.artifacts/", import.meta.url).pathname;
    await Deno.mkdir(folder, { recursive: true });
    await page.pdf({ path: `${folder}print.pdf`, preferCSSPageSize: true, printBackground: true });
    const printed = (await run("pdftotext", ["-layout", "-enc", "ASCII7", `${folder}print.pdf`, "-"])).text;
    for (
      const line of [
        /SHARMA|Sharma/,
        /SD-1001/,
        /A2601150001/,
        /Biparietal Diameter\s+4\.74 cm/,
        /Image \d, frame 12/,
        /Not for diagnosis/,
      ]
    ) assert.match(printed, line);
    assert.equal(/Back|No image is starred/.test(printed), false, "only the sheet is on paper");
    const info = (await run("pdfinfo", [`${folder}print.pdf`])).text;
    assert.match(info, /Pages:\s+1\b/);
    assert.match(info, /Page size:\s+59\d.* x 84\d/);
    const { text: pictures } = await run("pdfimages", ["-list", `${folder}print.pdf`]);
    assert.ok(pictures.trim().split("\n").length >= 4, pictures);
    await page.getByRole("link", { name: "Back" }).click();
    await page.locator(`[data-id="${study.appointmentId}"]`).waitFor();
    assert.deepEqual(errors, []);
  }));

peerTest(
  "Viewer: it fits the panel, the wide screen and the phone",
  ["chromium"],
  () =>
    withViewer(async ({ box, study, browser }) => {
      await sendReport(box, study, fixtureReport());
      box.store.stars.put({ sopInstanceUid: study.uids.rgb, frame: 1 }, "doctor");
      for (const [name, screen] of Object.entries(SCREENS)) {
        const { page, errors } = await openPage(browser, screen, { hasTouch: name !== "wide" });
        await signIn(page, box);
        await openImage(page, study, study.uids.rgb);
        await tool(page, "Distance").click();
        await drag(page, [300, 200], [420, 300]);
        await tool(page, "Area").click();
        await drag(page, [330, 330], [450, 380]);
        await says(() => labels(page).count(), 2);
        await screenshot(page, `viewer-still-${name}`);
        await show(page, study.uids.cine);
        await page.getByText("40 frames a second").waitFor();
        await page.getByRole("button", { name: "Pause", exact: true }).click();
        await screenshot(page, `viewer-clip-${name}`);
        const toggle = page.getByRole("button", { name: "Measurements", exact: true });
        if (await toggle.getAttribute("aria-pressed") === "false") await toggle.click();
        await page.getByText("Biparietal Diameter").first().waitFor();
        await page.locator(".viewer-list").getByText("Biparietal Diameter", { exact: true }).first().click();
        await page.getByText("the same in 2 reports").first().waitFor();
        await screenshot(page, `viewer-list-${name}`);
        const width = await page.evaluate(() => document.documentElement.scrollWidth);
        assert.ok(width <= screen.width, `${name}: ${width} px wide on ${screen.width}`);
        await page.goto(`http://127.0.0.1:${box.appliance.ports.webPort}/print?study=${study.studyInstanceUid}`);
        await page.getByText("Biparietal Diameter").first().waitFor();
        await screenshot(page, `print-${name}`);
        assert.deepEqual(errors, []);
        await page.context().close();
      }
    }),
);
