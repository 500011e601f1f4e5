import assert from "node:assert/strict";
import sharp from "sharp";
import { objectBytes } from "../imaging/objects.ts";
import { launchChromium, openPage, SCREENS, screenshot } from "../browser/chromium.ts";
import { Box } from "../support/box.ts";
import { DicomWebClient } from "../support/dicomweb_client.ts";
import * as streams from "../support/mpeg2_streams.ts";
import { peerTest } from "../support/peers.ts";
import { addPerson, PASSWORD, scanned, sendImage } from "../support/scanned_study.ts";

const MPEG2 = {
  ...{ rows: 32, columns: 48, samplesPerPixel: 3, photometricInterpretation: "YBR_PARTIAL_420", frames: 25 },
  sopClassUid: "1.2.840.10008.5.1.4.1.1.3.1",
};

for (const syntax of [".4.100", ".4.101"]) {
  for (const kind of ["progressive", "program", "transport"] as const) {
    Deno.test(`a clip of MPEG-2 (${syntax}, ${kind}) has its first picture as thumbnail, and is had whole`, async () => {
      await using box = await Box.start();
      const client = DicomWebClient.of(box);
      const transferSyntaxUid = `1.2.840.10008.1.2${syntax}`;
      const stored = await client.store([
        objectBytes({ ...MPEG2, transferSyntaxUid, pixels: { fragments: [streams[kind]] } }),
      ]);
      const [item] = (await stored.json())["00081199"].Value;
      const path = item["00081190"].Value[0].replace(client.address, "");
      const thumbnail = await client.fetch(`${path}/thumbnail`, "image/jpeg");
      assert.equal(thumbnail.status, 200);
      const { data, info } = await sharp(await thumbnail.bytes()).removeAlpha().raw().toBuffer({
        resolveWithObject: true,
      });
      assert.deepEqual([info.width, info.height], [48, 32]);
      assert.ok(data[0]! > data[2]! + 20, "red above the left, where the stream has it");
      const whole = await client.fetch(`${path}/rendered`, "*/*");
      assert.equal(whole.status, 200);
      assert.deepEqual(await whole.bytes(), streams[kind]);
    });
  }
}

peerTest("a clip of MPEG-2 shows its first picture in the viewer, and why it does not play", ["chromium"], async () => {
  await using box = await Box.start();
  const study = await scanned(box);
  const uid = await sendImage(box, study, {
    ...MPEG2,
    transferSyntaxUid: "1.2.840.10008.1.2.4.100",
    pixels: { fragments: [streams.progressive] },
  });
  await addPerson(box, "doctor", "doctor");
  const browser = await launchChromium();
  try {
    const { page, errors } = await openPage(browser, SCREENS.panel);
    await page.goto(`http://127.0.0.1:${box.appliance.ports.webPort}/`);
    await page.fill("input[name=username]", "doctor");
    await page.fill("input[name=password]", PASSWORD);
    await page.keyboard.press("Enter");
    await page.locator(`.row[data-id="${study.appointmentId}"]`).click();
    await page.locator(".pane[data-person] .thumbnail").first().click();
    await page.locator(`.viewer-strip .thumbnail:has(img[src*="${uid}/"])`).click();
    await page.getByText("Browsers cannot play this kind of video.").waitFor();
    const poster = page.getByAltText("First picture of the video");
    await page.waitForFunction(() =>
      document.querySelector<HTMLImageElement>(".no-picture-poster")?.naturalWidth === 48
    );
    assert.equal(await poster.count(), 1);
    await screenshot(page, "viewer-mpeg2-panel");
    assert.deepEqual(errors, []);
  } finally {
    await browser.close();
  }
});
