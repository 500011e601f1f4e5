// runs first: it draws each sample in a browser that draws with the processor
import assert from "node:assert/strict";
import type { Page } from "playwright-core";
import { Tag } from "../../src/dicom/dictionary.ts";
import { objectBytes } from "../imaging/objects.ts";
import { Box } from "../support/box.ts";
import { DicomWebClient } from "../support/dicomweb_client.ts";
import { ohifFolder } from "../support/ohif.ts";
import { hasProgram } from "../support/peers.ts";
import { fixtures, samples } from "../support/samples.ts";
import { addPerson, PASSWORD, scanned } from "../support/scanned_study.ts";
import { ultrasoundObject } from "../support/ultrasound_object.ts";
import { until } from "../support/until.ts";
import { encodedStream } from "./clips.ts";
import { type Browser, launchChromium, openPage, SCREENS, screenshot, useCookie } from "./chromium.ts";

/*
 * OHIF as it is published, on the box's own address with the box's login: in Debian's Chromium, which draws WebGL with
 * the processor.
 */

const OHIF = hasProgram("chromium") ? await ohifFolder() : undefined;

function ohifTest(
  name: string,
  fn: (given: { box: Box; base: string; browser: Browser }) => Promise<void>,
  lockSeconds = 0,
): void {
  Deno.test({
    name,
    ignore: OHIF === undefined,
    fn: async () => {
      await using box = await Box.start({ ohif: OHIF!, lockSeconds });
      const browser = await launchChromium();
      try {
        await addPerson(box, "doctor", "doctor");
        await fn({ box, base: `http://127.0.0.1:${box.appliance.ports.webPort}`, browser });
      } finally {
        await browser.close();
      }
    },
  });
}

/** A page of somebody who is signed in. */
async function signedIn(base: string, browser: Browser, username = "doctor") {
  const answer = await fetch(`${base}/api/session`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ username, password: PASSWORD }),
  });
  await answer.body?.cancel();
  assert.equal(answer.status, 200);
  const opened = await openPage(browser, SCREENS.wide);
  await useCookie(opened.page, base, answer.headers.get("set-cookie")!.split(";")[0]!);
  return opened;
}

/** Stores objects and says of which studies they are. */
async function stored(box: Box, objects: Iterable<Uint8Array>): Promise<string[]> {
  const client = DicomWebClient.of(box);
  const studies = new Set<string>();
  for (const object of objects) {
    const answer = await client.store([object]);
    assert.equal(answer.status, 200);
    const [item] = (await answer.json())["00081199"].Value;
    studies.add(/studies\/([^/]+)/.exec(item["00081190"].Value[0])![1]!);
  }
  return [...studies];
}

/** Resolves once a picture is drawn: the canvas has more than one shade. */
async function pictureDrawn(page: Page): Promise<void> {
  await page.waitForFunction(
    () => {
      const canvas = document.querySelector<HTMLCanvasElement>("canvas.cornerstone-canvas");
      const context = canvas?.width ? canvas.getContext("2d") : null;
      if (!canvas || !context) return false;
      const { data } = context.getImageData(0, 0, canvas.width, canvas.height);
      const shades = new Set<number>();
      for (let at = 0; at < data.length; at += 4 * 97) {
        shades.add(
          data[at]! + data[at + 1]! * 256 + data[at + 2]! * 65536,
        );
      }
      return shades.size > 3;
    },
    undefined,
    { timeout: 60_000 },
  );
}

const unmodal = () => ultrasoundObject({ patientId: "NM", texts: [[Tag.Modality, "CS", ""]] }).data;

ohifTest(
  "OHIF: its list has every study of ultrasound, and one without a modality does not empty it",
  async ({ box, base, browser }) => {
    const files = [...fixtures(), ...samples("us")].map(({ path }) => Deno.readFileSync(path));
    const studies = await stored(box, [...files, unmodal()]);
    const { page, errors } = await signedIn(base, browser);
    await page.goto(`${base}/ohif/`);
    await page.getByText(`1-${studies.length} of ${studies.length}`).waitFor({ timeout: 60_000 });
    await page.getByText("García, José").waitFor();
    await screenshot(page, "ohif-list-wide");
    assert.deepEqual(errors, []);
  },
);

ohifTest(
  "OHIF: images and clips draw, in each compression, of retired classes and without a modality",
  async ({ box, base, browser }) => {
    const files = samples("us").filter(({ name }) => !/h264|^sc_not_us/.test(name)).map(({ path }) =>
      Deno.readFileSync(path)
    );
    const cine = fixtures().filter(({ name }) => /cine|palette/.test(name)).map(({ path }) => Deno.readFileSync(path));
    const { page, errors } = await signedIn(base, browser);
    for (const study of await stored(box, [...cine, ...files, unmodalPicture()])) {
      await page.goto(`${base}/ohif/viewer?StudyInstanceUIDs=${study}`);
      await pictureDrawn(page).catch(async (error) => {
        await screenshot(page, "ohif-nothing-drawn");
        const shown = await page.locator("body").innerText();
        throw new Error(`Nothing is drawn of ${study}: ${JSON.stringify({ shown, errors })}`, { cause: error });
      });
    }
    await screenshot(page, "ohif-study-wide");
    assert.deepEqual(errors, []);
  },
);

ohifTest("OHIF: a clip of H.264 plays, of the class of ultrasound clips", async ({ box, base, browser }) => {
  const { page, errors } = await signedIn(base, browser);
  await page.goto(`${base}/ohif/`);
  const [study] = await stored(box, [objectBytes({
    ...{ rows: 240, columns: 320, samplesPerPixel: 3, photometricInterpretation: "YBR_PARTIAL_420", frames: 50 },
    transferSyntaxUid: "1.2.840.10008.1.2.4.102",
    sopClassUid: "1.2.840.10008.5.1.4.1.1.3.1",
    pixels: { fragments: [await encodedStream(page)] },
  })]);
  const clip = page.waitForResponse((answer) => answer.url().endsWith("/rendered"), { timeout: 60_000 });
  await page.goto(`${base}/ohif/viewer?StudyInstanceUIDs=${study}`);
  assert.equal((await clip).headers()["content-type"], "video/mp4");
  await pictureDrawn(page);
  assert.deepEqual(errors, []);
});

ohifTest(
  "OHIF: a doctor opens it from the kiosk's viewer and comes back; who is not a doctor is not offered it",
  async ({ box, base, browser }) => {
    const study = await scanned(box);
    const { page, errors } = await signedIn(base, browser);
    const open = async (page: Page) => {
      await page.goto(base);
      await page.locator(`.row[data-id="${study.appointmentId}"]`).click();
      await page.locator(`.pane[data-person] .thumbnail`).first().click();
      await page.locator("dialog.viewer").getByRole("link", { name: "Print" }).waitFor();
      return page.getByRole("link", { name: "Open in the OHIF viewer" });
    };
    await (await open(page)).click();
    await page.waitForURL(/\/ohif\/viewer/);
    await pictureDrawn(page);
    await page.getByText("← Sonodesk").click();
    await page.locator(".row").first().waitFor();
    assert.deepEqual(errors, []);
    // whose pictures are the small ones alone
    await addPerson(box, "desk", "receptionist");
    const desk = await signedIn(base, browser, "desk");
    await desk.page.goto(base);
    await desk.page.locator(`.row[data-id="${study.appointmentId}"]`).click();
    await desk.page.locator(".pane[data-person]").waitFor();
    assert.equal(await desk.page.getByRole("link", { name: "OHIF" }).count(), 0);
    assert.equal((await desk.page.request.get(`${base}/dicom-web/studies`)).status(), 403);
  },
);

ohifTest(
  "OHIF: who is not signed in comes to the sign-in page, and after a while without a touch it locks",
  async ({ box, base, browser }) => {
    const study = await scanned(box);
    const nobody = await openPage(browser, SCREENS.panel);
    await nobody.page.goto(`${base}/ohif/viewer?StudyInstanceUIDs=${study.studyInstanceUid}`);
    await nobody.page.waitForURL(`${base}/`);
    await nobody.page.locator("input[name=username]").waitFor();

    const { page } = await signedIn(base, browser);
    await page.goto(`${base}/ohif/viewer?StudyInstanceUIDs=${study.studyInstanceUid}`);
    await page.waitForURL(`${base}/`, { timeout: 60_000 });
    await until(
      "the session is locked",
      () => page.evaluate(() => fetch("/api/session").then(({ status }) => status === 401)),
    );
    await page.getByText("Tap to unlock").waitFor();
  },
  5,
);

Deno.test("OHIF: a box without it says so with 404, and a page of the box keeps its policy beside it", async () => {
  await using without = await Box.start({ ohif: "/nowhere" });
  const at = (box: Box, path: string) => fetch(`http://127.0.0.1:${box.appliance.ports.webPort}${path}`);
  const missing = await at(without, "/ohif/");
  assert.equal(missing.status, 404);
  await missing.body?.cancel();
  if (OHIF === undefined) return;
  await using box = await Box.start({ ohif: OHIF });
  const policyOf = async (path: string) => {
    const answer = await at(box, path);
    await answer.body?.cancel();
    assert.equal(answer.status, 200, path);
    return answer.headers.get("content-security-policy")!;
  };
  const bundle = [...Deno.readDirSync(OHIF)].map(({ name }) => name).find((name) => name.startsWith("app.bundle"))!;
  assert.doesNotMatch(await policyOf("/ohif/"), /unsafe-eval'(?<!wasm-unsafe-eval')/);
  assert.match(await policyOf(`/ohif/${bundle.replace(".gz", "")}`), /'unsafe-eval'/);
  for (const path of ["/", "/settings", "/print", "/shared/ohif_config.ts"]) {
    assert.doesNotMatch(await policyOf(path), /unsafe|blob: *;|worker-src/, path);
  }
  for (const path of ["/ohif/../ohif.json", "/ohif/..%2f..%2fetc%2fpasswd.js", "/ohif/assets.js", "/ohif/x.exe"]) {
    const answer = await at(box, path);
    await answer.body?.cancel();
    assert.ok(answer.status === 404, `${path} ${answer.status}`);
  }
});

function unmodalPicture(): Uint8Array {
  return objectBytes({
    ...{ rows: 100, columns: 200 },
    pixels: Uint8Array.from({ length: 100 * 200 }, (_, at) => at % 200),
    more: (dataset) => dataset.setText(Tag.Modality, "CS", ""),
  });
}
