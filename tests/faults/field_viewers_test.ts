import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import sharp from "sharp";
import { Dataset } from "../../src/dicom/dataset.ts";
import { Tag } from "../../src/dicom/dictionary.ts";
import { writeFileMeta } from "../../src/dicom/file_meta.ts";
import { ENCAPSULATED_PDF } from "../../src/dicom/sop_class.ts";
import { EXPLICIT_LITTLE_ENDIAN } from "../../src/dicom/transfer_syntax.ts";
import { newUid } from "../../src/dicom/uid.ts";
import { writeDataset } from "../../src/dicom/write_dataset.ts";
import { objectBytes } from "../imaging/objects.ts";
import { annexB, h264Parameters, h264Slice } from "../support/annex_b.ts";
import { Box } from "../support/box.ts";
import { DicomWebClient } from "../support/dicomweb_client.ts";

/** A box with one object, and where a program finds it. */
async function boxWith(bytes: Uint8Array) {
  const box = await Box.start({ dicomWebOrigins: "https://viewer.local" });
  const client = DicomWebClient.of(box);
  const answer = await client.store([bytes]);
  assert.equal(answer.status, 200, await answer.clone().text());
  const [item] = (await answer.json())["00081199"].Value;
  return { box, client, path: item["00081190"].Value[0].replace(client.address, "") as string };
}

/** Grey from black to white across 200 columns, and brighter in the lower half. */
const ramp = objectBytes({
  ...{ rows: 100, columns: 200 },
  pixels: Uint8Array.from({ length: 100 * 200 }, (_, at) => at % 200 + (at >= 50 * 200 ? 50 : 0)),
});

Deno.test("rendered: viewport with a part of the picture, turned round, and what lies outside", async () => {
  const { box, client, path } = await boxWith(ramp);
  await using _box = box;
  const drawn = async (query: string) => {
    const answer = await client.fetch(`${path}/rendered?${query}`, "image/png");
    assert.equal(answer.status, 200, `${query} ${answer.status === 200 ? "" : await answer.text()}`);
    const { data, info } = await sharp(await answer.bytes()).greyscale().raw().toBuffer({ resolveWithObject: true });
    return { width: info.width, height: info.height, at: (x: number, y: number) => data[y * info.width + x]! };
  };
  const sizeOf = ({ width, height }: { width: number; height: number }) => [width, height];
  assert.deepEqual(sizeOf(await drawn("viewport=100,100")), [100, 50], "fits both sides");
  assert.deepEqual(sizeOf(await drawn("viewport=150,20")), [40, 20]);
  assert.deepEqual(sizeOf(await drawn("viewport=4000,4000")), [200, 100], "never enlarged");
  const part = await drawn("viewport=100,100,20,60,50,30");
  assert.deepEqual(sizeOf(part), [50, 30]);
  assert.deepEqual([part.at(0, 0), part.at(49, 29)], [70, 119]);
  const turned = await drawn("viewport=100,100,20,60,-50,30");
  assert.deepEqual([turned.at(0, 0), turned.at(49, 0)], [119, 70]);
  assert.deepEqual(sizeOf(await drawn("viewport=200,200,150,,,")), [50, 100], "to the edge");
  assert.deepEqual(sizeOf(await drawn("viewport=200,200,-30,-80,50,100")), [20, 20], "from before the edge");
  for (
    const wrong of ["viewport=0,10", "viewport=a,b", "viewport=10", "viewport=10,10,1,2,0,4", "viewport=1,1,1,1,1,1,1"]
  ) {
    const answer = await client.fetch(`${path}/rendered?${wrong}`, "image/png");
    assert.equal(answer.status, 400, wrong);
    await answer.body?.cancel();
  }
  const outside = await client.fetch(`${path}/rendered?viewport=10,10,500,0,10,10`, "image/png");
  assert.equal(outside.status, 409);
  assert.match(await outside.text(), /outside of the picture/);
});

Deno.test("rendered: a window in place of the object's own, and the quality of a JPEG", async () => {
  const { box, client, path } = await boxWith(ramp);
  await using _box = box;
  const pixel = async (query: string, x: number) => {
    const answer = await client.fetch(`${path}/rendered?${query}`, "image/png");
    assert.equal(answer.status, 200, query);
    return (await sharp(await answer.bytes()).greyscale().raw().toBuffer())[x]!;
  };
  assert.equal(await pixel("", 100), 100);
  assert.deepEqual([await pixel("window=100,2,linear", 98), await pixel("window=100,2,linear", 101)], [0, 255]);
  assert.equal(await pixel("window=100,200,linear-exact", 150), 191);
  assert.equal(await pixel("window=100,50,sigmoid", 100), 128);
  for (const wrong of ["window=1", "window=1,0,linear", "window=1,2,cubic", "quality=0", "quality=101", "quality=x"]) {
    const answer = await client.fetch(`${path}/rendered?${wrong}`, "image/jpeg");
    assert.equal(answer.status, 400, wrong);
    await answer.body?.cancel();
  }
  const sizes = await Promise.all(
    [10, 95].map(async (quality) =>
      (await (await client.fetch(`${path}/rendered?quality=${quality}`, "image/jpeg")).bytes()).length
    ),
  );
  assert.ok(sizes[0]! < sizes[1]!, String(sizes));
});

Deno.test("rendered: a clip of bare H.264 comes as MP4, whole and by ranges", async () => {
  const slices = Array.from({ length: 20 }, (_, n) => h264Slice({ order: n * 2 % 64, frame: n % 16, idr: n === 0 }));
  const { box, client, path } = await boxWith(objectBytes({
    ...{ rows: 240, columns: 320, samplesPerPixel: 3, photometricInterpretation: "YBR_PARTIAL_420", frames: 20 },
    transferSyntaxUid: "1.2.840.10008.1.2.4.102",
    pixels: { fragments: [annexB([...h264Parameters(), ...slices])] },
  }));
  await using _box = box;
  const whole = await client.fetch(`${path}/rendered`, "video/mp4");
  assert.deepEqual([whole.status, whole.headers.get("content-type"), whole.headers.get("accept-ranges")], [
    ...[200, "video/mp4", "bytes"],
  ]);
  const bytes = Buffer.from(await whole.bytes());
  assert.equal(bytes.subarray(4, 8).toString(), "ftyp");
  const part = await client.fetch(`${path}/rendered`, "video/mp4", { headers: { range: "bytes=100-199" } });
  assert.deepEqual([part.status, part.headers.get("content-range")], [206, `bytes 100-199/${bytes.length}`]);
  assert.ok(Buffer.from(await part.bytes()).equals(bytes.subarray(100, 200)));
  const picture = await client.fetch(`${path}/rendered`, "image/jpeg");
  assert.equal(picture.status, 406);
  await picture.body?.cancel();
});

Deno.test("rendered: a report is a page without script, whatever its machine wrote, and a PDF is itself", async () => {
  const bytes = Deno.readFileSync(new URL("../../fixtures/dicom/sr_obgyn.dcm", import.meta.url));
  {
    const { box, client, path } = await boxWith(bytes);
    await using _box = box;
    const page = await client.fetch(`${path}/rendered`, "text/html");
    assert.deepEqual([page.status, page.headers.get("content-type")], [200, "text/html; charset=utf-8"]);
    assert.match(page.headers.get("content-security-policy")!, /default-src 'none'/);
    const text = await page.text();
    assert.match(text, /Biparietal Diameter<\/b> 4\.74/);
    assert.equal(/<script|<img/i.test(text), false);
  }
  const document = Buffer.concat([Buffer.from("%PDF-1.4\n"), Buffer.alloc(1_500_001, 7)]);
  const sopInstanceUid = newUid();
  const dataset = new Dataset().setText(Tag.SOPClassUID, "UI", ENCAPSULATED_PDF)
    .setText(Tag.SOPInstanceUID, "UI", sopInstanceUid).setText(Tag.StudyInstanceUID, "UI", newUid())
    .setText(Tag.SeriesInstanceUID, "UI", newUid()).setText(0x00420012, "LO", "application/pdf")
    .add({ tag: 0x00420011, vr: "OB", value: document })
    .add({
      tag: Tag.EncapsulatedDocumentLength,
      vr: "UL",
      value: new Uint8Array(Uint32Array.of(document.length).buffer),
    });
  const { uid: transferSyntaxUid } = EXPLICIT_LITTLE_ENDIAN;
  const meta = { sopClassUid: ENCAPSULATED_PDF, sopInstanceUid, transferSyntaxUid, sourceAeTitle: "" };
  const { box, client, path } = await boxWith(
    Buffer.concat([writeFileMeta(meta), writeDataset(dataset, EXPLICIT_LITTLE_ENDIAN)]),
  );
  await using _box = box;
  const pdf = await client.fetch(`${path}/rendered`, "application/pdf");
  assert.deepEqual([pdf.status, pdf.headers.get("content-type")], [200, "application/pdf"]);
  assert.ok(Buffer.from(await pdf.bytes()).equals(document), "without its padding");
});

Deno.test("what is of one instance is kept by its tag, and asked for again it is not sent again", async () => {
  const { box, client, path } = await boxWith(ramp);
  await using _box = box;
  for (
    const [below, accept] of [
      ["", 'multipart/related; type="application/dicom"'],
      ["/metadata", "application/dicom+json"],
      ["/frames/1", 'multipart/related; type="application/octet-stream"'],
      ["/bulkdata/7FE00010", 'multipart/related; type="application/octet-stream"'],
      ["/rendered", "image/jpeg"],
    ] as const
  ) {
    const first = await client.fetch(path + below, accept);
    await first.body?.cancel();
    const etag = first.headers.get("etag")!;
    assert.ok(first.status === 200 && etag !== null, `${below} ${first.status}`);
    assert.match(first.headers.get("cache-control")!, /private/);
    const again = await client.fetch(path + below, accept, { headers: { "if-none-match": etag } });
    assert.deepEqual([again.status, (await again.bytes()).length], [304, 0], below);
    const other = await client.fetch(path + below, accept, { headers: { "if-none-match": '"other"' } });
    assert.equal(other.status, 200, below);
    await other.body?.cancel();
  }
});

Deno.test("a program without a token is told that one is wanted; viewers of other hosts may ask by ranges", async () => {
  const { box, client, path } = await boxWith(ramp);
  await using _box = box;
  const refused = await fetch(client.address + path);
  assert.deepEqual([refused.status, refused.headers.get("www-authenticate")], [401, 'Bearer realm="sonodesk"']);
  await refused.body?.cancel();
  const origin = "https://viewer.local";
  const preflight = await fetch(client.address + path, {
    method: "OPTIONS",
    headers: { origin, "access-control-request-method": "GET", "access-control-request-headers": "range" },
  });
  assert.match(preflight.headers.get("access-control-allow-headers")!, /\brange\b/);
  const answer = await client.fetch(path, "*/*", { headers: { origin } });
  assert.match(answer.headers.get("access-control-expose-headers")!, /content-range/);
  await answer.body?.cancel();
});
