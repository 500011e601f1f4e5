import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { connect } from "node:net";
import sharp from "sharp";
import { Dataset } from "../../src/dicom/dataset.ts";
import { Tag } from "../../src/dicom/dictionary.ts";
import { readFileMeta, writeFileMeta } from "../../src/dicom/file_meta.ts";
import { readDataset } from "../../src/dicom/read_dataset.ts";
import { EXPLICIT_LITTLE_ENDIAN, transferSyntaxOf } from "../../src/dicom/transfer_syntax.ts";
import { newUid } from "../../src/dicom/uid.ts";
import { Box } from "../support/box.ts";
import { DicomWebClient } from "../support/dicomweb_client.ts";
import { fixtures, readObject, samples } from "../support/samples.ts";
import { send } from "../support/sender.ts";
import { ultrasoundObject } from "../support/ultrasound_object.ts";

/** An object as a file. */
function fileOf(object: ReturnType<typeof ultrasoundObject>): Buffer {
  return Buffer.concat([writeFileMeta({ ...object, sourceAeTitle: "ELSEWHERE" }), object.data]);
}

const locate = (study: string, series: string, instance: string) =>
  `/studies/${study}/series/${series}/instances/${instance}`;

/** Where an object of the box is to be found. */
function pathOf(box: Box, sopInstanceUid: string): string {
  const [found] = box.store.catalogue.instances({ sopInstanceUids: [sopInstanceUid] });
  return locate(found!.studyInstanceUid, found!.seriesInstanceUid, sopInstanceUid);
}

Deno.test("DICOMweb: every fixture and sample goes in by STOW and comes out by WADO byte for byte", async () => {
  await using box = await Box.start();
  const client = DicomWebClient.of(box);
  const files = [...fixtures(), ...samples("us")].map(({ name, path }) => ({ name, bytes: Deno.readFileSync(path) }));
  for (const { name, bytes } of files) {
    const { meta } = readFileMeta(bytes);
    const answer = await client.store([bytes]);
    const response = await answer.json();
    assert.equal(answer.status, 200, `${name} ${JSON.stringify(response)}`);
    const [item] = response["00081199"].Value;
    assert.equal(item["00081155"].Value[0], meta.sopInstanceUid);
    const path = item["00081190"].Value[0].replace(client.address, "");
    const [part, ...others] = await client.parts(path, 'multipart/related; type="application/dicom"');
    assert.equal(others.length, 0);
    assert.equal(part!.contentType, `application/dicom; transfer-syntax=${meta.transferSyntaxUid}`);
    assert.ok(part!.body.equals(bytes), name);
    const single = await client.fetch(path, "application/dicom; transfer-syntax=*");
    assert.equal(single.headers.get("content-type"), `application/dicom; transfer-syntax=${meta.transferSyntaxUid}`);
    assert.ok(Buffer.from(await single.bytes()).equals(bytes), name);
  }
  const again = await client.store(files.map(({ bytes }) => bytes));
  assert.equal(again.status, 200, "what is here already is stored");
  assert.equal((await again.json())["00081199"].Value.length, files.length);
  const uids = new Set(files.map(({ bytes }) => readFileMeta(bytes).meta.sopInstanceUid));
  assert.equal(box.store.instanceFiles.totals().count, uids.size, "some samples are the same object in other syntaxes");
  const { damaged } = await box.appliance.archive.checkIntegrity();
  assert.deepEqual(damaged, []);
});

Deno.test("DICOMweb: metadata, frames, pictures and bulk data of every fixture and sample", async () => {
  await using box = await Box.start();
  const client = DicomWebClient.of(box);
  for (const { name, path: file } of [...fixtures(), ...samples("us")]) {
    const { sopInstanceUid, transferSyntaxUid, sopClassUid, data } = readObject(file);
    await (await client.store([Deno.readFileSync(file)])).body?.cancel();
    const path = pathOf(box, sopInstanceUid);
    const [metadata] = await client.json(`${path}/metadata`);
    assert.equal(metadata["00080018"].Value[0], sopInstanceUid, name);
    assert.equal(metadata["00080016"].Value[0], sopClassUid);
    assert.equal(Object.keys(metadata).some((tag) => !/^[0-9A-F]{8}$/.test(tag) || tag.endsWith("0000")), false);
    const { frames } = box.store.instances.find(sopInstanceUid)!;
    if (frames === 0) {
      assert.equal(metadata["7FE00010"], undefined);
      const refused = await client.fetch(`${path}/frames/1`);
      assert.equal(refused.status, 404);
      await refused.body?.cancel();
      continue;
    }
    assert.equal(metadata["00280010"].vr, "US");
    assert.equal(metadata["7FE00010"].BulkDataURI, `${client.address}${path}/bulkdata/7FE00010`);
    const syntax = transferSyntaxOf(transferSyntaxUid)!;
    const isVideo = /\.4\.10[0-8]/.test(transferSyntaxUid);
    if (isVideo) {
      const refused = await client.fetch(`${path}/frames/1`);
      assert.equal(refused.status, 409);
      assert.match((await refused.json()).detail, /video/);
      const [stream] = await client.parts(`${path}/bulkdata/7FE00010`);
      assert.match(stream!.contentType, /^video\//);
      assert.ok(Buffer.from(data).includes(stream!.body.subarray(0, 4096)));
      continue;
    }
    const stored = await client.parts(`${path}/frames/1,${frames}`, "multipart/related; transfer-syntax=*");
    assert.equal(stored.length, 2);
    if (!syntax.deflated && !syntax.bigEndian) {
      for (const { body } of stored) assert.ok(Buffer.from(data).includes(body.subarray(0, 200)), name);
    }
    const frameSyntax = syntax.encapsulated ? transferSyntaxUid : EXPLICIT_LITTLE_ENDIAN.uid;
    assert.ok(stored[0]!.contentType.endsWith(`; transfer-syntax=${frameSyntax}`));
    const native = await client.parts(`${path}/frames/${frames}`, 'multipart/related; type="application/octet-stream"');
    assert.equal(native[0]!.contentType, `application/octet-stream; transfer-syntax=${EXPLICIT_LITTLE_ENDIAN.uid}`);
    const [rows, columns] = [metadata["00280010"].Value[0], metadata["00280011"].Value[0]];
    assert.equal(native[0]!.body.length % (rows * columns), 0, name);
    assert.ok(native[0]!.body.length >= rows * columns);
    for (const [accept, format] of [["image/png", "png"], ["image/jpeg", "jpeg"]] as const) {
      const rendered = await client.fetch(`${path}/frames/${frames}/rendered?viewport=64,64`, accept);
      assert.equal(rendered.status, 200, name);
      const shown = await sharp(await rendered.bytes()).metadata();
      assert.equal(shown.format, format);
      assert.equal(Math.max(shown.width, shown.height), Math.min(64, Math.max(rows, columns)));
    }
    const thumbnail = await client.fetch(`${path}/thumbnail`);
    assert.equal(thumbnail.headers.get("content-type"), "image/jpeg");
    await thumbnail.body?.cancel();
    const bulk = await client.parts(`${path}/bulkdata/7FE00010`);
    assert.equal(bulk.length, syntax.encapsulated ? frames : 1, name);
  }
});

Deno.test("DICOMweb: an object is had in Explicit VR Little Endian where that is asked for", async () => {
  await using box = await Box.start();
  const client = DicomWebClient.of(box);
  const wanted = `multipart/related; type="application/dicom"; transfer-syntax=${EXPLICIT_LITTLE_ENDIAN.uid}`;
  for (const { name, path: file } of [...fixtures(), ...samples("us")]) {
    const { sopInstanceUid, transferSyntaxUid, data } = readObject(file);
    await (await client.store([Deno.readFileSync(file)])).body?.cancel();
    const path = pathOf(box, sopInstanceUid);
    const syntax = transferSyntaxOf(transferSyntaxUid)!;
    if (/\.4\.10[0-8]/.test(transferSyntaxUid)) {
      const refused = await client.fetch(path, wanted);
      assert.equal(refused.status, 406, name);
      await refused.body?.cancel();
      const [asIs] = await client.parts(path, `${wanted}, multipart/related; type="application/dicom"; q=0.5`);
      assert.ok(asIs!.contentType.endsWith(transferSyntaxUid), "the second best is taken");
      continue;
    }
    const [part] = await client.parts(path, wanted);
    const { meta, dataOffset } = readFileMeta(part!.body);
    assert.equal(meta.transferSyntaxUid, EXPLICIT_LITTLE_ENDIAN.uid);
    assert.equal(meta.sopInstanceUid, sopInstanceUid);
    const { dataset } = readDataset(part!.body.subarray(dataOffset), EXPLICIT_LITTLE_ENDIAN);
    assert.equal(dataset.text("SOPInstanceUID"), sopInstanceUid);
    if (!dataset.has(Tag.PixelData)) continue;
    const bytes = ["Rows", "Columns", "SamplesPerPixel"].reduce(
      (product, keyword) => product * dataset.number(keyword as "Rows")!,
      dataset.number("BitsAllocated")! / 8,
    ) * Math.max(1, dataset.number("NumberOfFrames") ?? 1);
    assert.equal(dataset.bytes("PixelData")!.length, bytes + bytes % 2, name);
    if (/\.4\.50$/.test(transferSyntaxUid)) {
      assert.equal(dataset.text("LossyImageCompression"), "01");
      assert.ok(["RGB", "MONOCHROME2"].includes(dataset.text("PhotometricInterpretation")));
      assert.ok(dataset.number("LossyImageCompressionRatio")! > 1);
    }
    if (!syntax.deflated && syntax.explicit) {
      // every other attribute has its bytes
      const { dataset: before } = readDataset(data, syntax, { until: Tag.SamplesPerPixel });
      for (const { tag, value } of before) {
        const after = dataset.element(tag)?.value;
        if (!(value instanceof Uint8Array) || (tag & 0xffff) === 0) continue;
        assert.ok(after instanceof Uint8Array && Buffer.from(after).equals(value), `${name} ${tag.toString(16)}`);
      }
    }
  }
});

Deno.test("DICOMweb: searches by the levels, keys, pages and warnings of the standard", async () => {
  await using box = await Box.start();
  const client = DicomWebClient.of(box, { readOnly: true });
  const writer = DicomWebClient.of(box);
  const [study, series] = [newUid(), newUid()];
  const sharma = {
    patientId: "P1",
    patientName: "Sharma^Priya=शर्मा^प्रिया",
    studyInstanceUid: study,
    seriesInstanceUid: series,
  };
  const objects = [1, 2, 3].map((shade) => ultrasoundObject({ ...sharma, shade, studyDate: "20261120" }));
  const rao = ultrasoundObject({ patientId: "P2", patientName: "Rao^Asha", studyDate: "20261121" });
  await (await writer.store([...objects, rao].map(fileOf))).body?.cancel();
  const found = async (path: string) => {
    const answer = await client.fetch(path, "application/dicom+json");
    const body = await answer.text();
    assert.ok([200, 204].includes(answer.status), body);
    return { warning: answer.headers.get("warning"), results: body === "" ? [] : JSON.parse(body) };
  };
  assert.equal((await found("/studies")).results.length, 2);
  assert.equal((await found("/series")).results.length, 2);
  assert.equal((await found("/instances")).results.length, 4);
  const { results: [one], warning } = await found(
    "/studies?PatientName=sharma*&StudyDate=20261119-20261120&includefield=all",
  );
  assert.equal(warning, null);
  assert.deepEqual(one["00100010"], {
    vr: "PN",
    Value: [{ Alphabetic: "Sharma^Priya", Ideographic: "शर्मा^प्रिया" }],
  });
  assert.deepEqual(one["0020000D"].Value, [study]);
  assert.deepEqual(one["00201208"].Value, [3]);
  assert.deepEqual(one["00080056"].Value, ["ONLINE"]);
  assert.deepEqual(one["00081190"].Value, [`${client.address}/studies/${study}`]);
  assert.equal((await found("/studies?00100020=P2")).results.length, 1, "a key by its tag");
  assert.equal((await found("/studies?PatientID=P3")).results.length, 0);
  assert.equal((await found(`/studies?StudyInstanceUID=${study},${newUid()}`)).results.length, 1, "a list of UIDs");
  assert.equal((await found(`/studies/${study}/series?Modality=US`)).results.length, 1);
  assert.equal((await found(`/studies/${study}/instances`)).results.length, 3);
  assert.equal((await found(`/studies/${study}/series/${series}/instances`)).results.length, 3);
  const { results: [image] } = await found(`/instances?SOPInstanceUID=${rao.sopInstanceUid}`);
  assert.equal(image["00081190"].Value[0], client.address + pathOf(box, rao.sopInstanceUid));

  const first = await found(`/studies/${study}/instances?limit=2`);
  const rest = await found(`/studies/${study}/instances?limit=2&offset=2`);
  assert.match(first.warning!, /299 \S+ "There are 1 additional results that can be requested"/);
  assert.equal(rest.warning, null);
  const uids = [...first.results, ...rest.results].map((result) => result["00080018"].Value[0]);
  assert.deepEqual(uids.sort(), objects.map(({ sopInstanceUid }) => sopInstanceUid).sort());
  // what nothing can be found by finds nothing, and says so
  for (const key of ["PatientComments", "RequestAttributesSequence.StudyInstanceUID", "InstanceNumber"]) {
    const { results, warning } = await found(`/studies?${key}=7`);
    assert.deepEqual([results.length, warning!.includes(key)], [0, true], String(warning));
  }
  assert.ok((await found("/studies?PatientComments=")).results.length > 0, "without a value it asks for nothing");
  for (
    const [path, why] of [["?limit=many", /limit/], ["?StudyDate=today", /StudyDate/], [
      "?$where=1",
      /\$where/,
    ]] as const
  ) {
    const refused = await client.fetch(`/studies${path}`);
    assert.equal(refused.status, 400, path);
    assert.match((await refused.json()).detail, why);
  }
  const xml = await client.fetch("/studies", 'multipart/related; type="application/dicom+xml"');
  assert.equal(xml.status, 406);
  assert.equal(xml.headers.get("content-type"), "application/problem+json");
  await xml.body?.cancel();

  const parts = await client.parts(`/studies/${study}`);
  assert.equal(parts.length, 3, "a whole study");
  for (const object of objects) assert.ok(parts.some(({ body }) => body.equals(fileOf(object))));
  assert.equal((await client.json(`/studies/${study}/series/${series}/metadata`)).length, 3);
  const pictures = await client.parts(`/studies/${study}/rendered`, "multipart/related; type=image/png");
  assert.deepEqual(pictures.map(({ contentType }) => contentType), ["image/png", "image/png", "image/png"]);
  for (
    const path of [`/studies/${newUid()}`, `/studies/${study}/series/${newUid()}/metadata`, "/studies/1.2.3/rendered"]
  ) {
    const missing = await client.fetch(path);
    assert.equal(missing.status, 404, path);
    await missing.body?.cancel();
  }
  const refused = await client.store([fileOf(rao)]);
  assert.equal(refused.status, 403, "a token that only reads");
  await refused.body?.cancel();
});

Deno.test("STOW: what cannot be stored is named with its reason, and the rest is stored", async () => {
  await using box = await Box.start({ largestObject: 20_000 });
  const client = DicomWebClient.of(box);
  const good = ultrasoundObject();
  const other = ultrasoundObject();
  const large = ultrasoundObject({ pixels: 64 * 512 });
  const unknownClass = ultrasoundObject({ texts: [[Tag.SOPClassUID, "UI", "1.2.840.10008.1.1"]] });
  const unknownSyntax = ultrasoundObject();
  const cutOff = fileOf(ultrasoundObject()).subarray(0, -10);
  const files = [
    fileOf({ ...unknownClass, sopClassUid: "1.2.840.10008.1.1" }),
    fileOf({ ...unknownSyntax, transferSyntaxUid: "1.2.3.5" }),
    cutOff,
    Buffer.from("no object at all"),
    new Uint8Array(0),
    fileOf(large),
    fileOf(good),
  ];
  const answer = await client.store(files);
  assert.equal(answer.status, 202);
  const response = await answer.json();
  assert.deepEqual(
    response["00081198"].Value.map((item: Record<string, { Value: unknown[] }>) => item["00081197"]!.Value[0]),
    [0x0122, 0xc122, 0xc000, 0xc000, 0xc000, 0xa700],
  );
  assert.deepEqual(
    response["00081199"].Value.map((item: Record<string, { Value: unknown[] }>) => item["00081155"]!.Value[0]),
    [good.sopInstanceUid],
  );
  const elsewhere = await client.store([fileOf(other)], `/studies/${newUid()}`);
  assert.equal(elsewhere.status, 409);
  assert.equal((await elsewhere.json())["00081198"].Value[0]["00081197"].Value[0], 0xa900);
  assert.equal(box.store.instances.find(other.sopInstanceUid), undefined, "nothing of it is kept");
  assert.deepEqual([...Deno.readDirSync(`${box.folder}/archive/incoming`)], [], "no half file stays");
  assert.equal(box.store.instanceFiles.totals().count, 1);
  const [event] = box.store.audit.list({}, 50).filter(({ action }) => action === "instances stored");
  assert.equal(event!.actor, "program viewer");

  const typed = (contentType: string, body: string) =>
    client.fetch("/studies", "*/*", { method: "POST", body, headers: { "content-type": contentType } });
  const expected: [string, string, number][] = [
    ["application/dicom", "x", 415],
    ["multipart/related; type=application/dicom+json; boundary=b", "x", 415],
    ["multipart/related; type=application/dicom", "x", 400],
    ["multipart/related; type=application/dicom; boundary=b", "no delimiter", 400],
    ["multipart/related; type=application/dicom; boundary=b", "--b--", 400],
    ["multipart/related; type=application/dicom; boundary=b", `--b\r\n${"x".repeat(20_000)}`, 400],
    ["multipart/related; type=application/dicom; boundary=b", "--b\r\n\r\nends too early", 400],
  ];
  for (const [contentType, body, status] of expected) {
    const refused = await typed(contentType, body);
    assert.equal(refused.status, status, `${contentType} ${body.slice(0, 30)}`);
    assert.equal(refused.headers.get("content-type"), "application/problem+json");
    await refused.body?.cancel();
  }
});

Deno.test("STOW: a sender that vanishes leaves the whole objects and nothing else", async () => {
  await using box = await Box.start();
  const client = DicomWebClient.of(box);
  const [whole, half] = [fileOf(ultrasoundObject()), fileOf(ultrasoundObject({ pixels: 64 * 4000 }))];
  const { meta } = readFileMeta(whole);
  const socket = connect(box.appliance.ports.webPort, "127.0.0.1");
  using _closed = { [Symbol.dispose]: () => socket.destroy() };
  socket.write(
    `POST /dicom-web/studies HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer ${client.token}\r\n` +
      `Content-Type: multipart/related; type="application/dicom"; boundary=b\r\nContent-Length: 10000000\r\n\r\n--b\r\n\r\n`,
  );
  socket.write(whole);
  socket.write("\r\n--b\r\n\r\n");
  socket.write(half.subarray(0, 100_000));
  await box.until("the first is stored", () => box.store.instances.find(meta.sopInstanceUid));
  const incoming = () => [...Deno.readDirSync(`${box.folder}/archive/incoming`)].length;
  await box.until("the second is on its way", () => incoming() === 1);
  socket.destroy();
  await box.until("nothing of the second is left", () => incoming() === 0);
  assert.equal(box.store.instanceFiles.totals().count, 1);
  const [part] = await client.parts(pathOf(box, meta.sopInstanceUid));
  assert.ok(part!.body.equals(whole));
});

Deno.test("DICOMweb: web viewers of other hosts are let in by the settings, and with a token only", async () => {
  await using box = await Box.start({ dicomWebOrigins: "https://viewer.local, http://10.0.0.7:3000" });
  const client = DicomWebClient.of(box);
  const from = (origin: string, init: RequestInit = {}) =>
    fetch(`${client.address}/studies`, { ...init, headers: { origin, ...init.headers } });
  const authorization = `Bearer ${client.token}`;
  const seen = async (answer: Response) => {
    await answer.body?.cancel();
    return [answer.status, answer.headers.get("access-control-allow-origin")];
  };
  const known = "http://10.0.0.7:3000";
  const preflight = await from(known, { method: "OPTIONS", headers: { "access-control-request-method": "GET" } });
  assert.deepEqual(await seen(preflight), [204, known]);
  assert.match(preflight.headers.get("access-control-allow-headers")!, /authorization/);
  assert.equal(preflight.headers.get("access-control-allow-credentials"), null, "never with a cookie");
  assert.deepEqual(await seen(await from(known, { headers: { authorization } })), [204, known]);
  assert.deepEqual(await seen(await from(known)), [401, known], "the refusal can be read");
  const store = { method: "POST", body: "x" };
  assert.deepEqual(await seen(await from(known, { ...store, headers: { authorization } })), [415, known]);
  assert.deepEqual(await seen(await from(known, store)), [403, known], "a write with no token is another site's");
  const stranger = "https://elsewhere.local";
  assert.equal((await seen(await from(stranger, { method: "OPTIONS" })))[1], null);
  assert.deepEqual(await seen(await from(stranger, { headers: { authorization } })), [204, null]);
  assert.deepEqual(await seen(await from(stranger, { ...store, headers: { authorization } })), [403, null]);
  const outside = await fetch(`http://127.0.0.1:${box.appliance.ports.webPort}/api/studies`, {
    headers: { origin: known, authorization },
  });
  assert.equal((await seen(outside))[1], null, "only DICOMweb");
});

Deno.test("DICOMweb: large values are bulk data, those within sequences too", async () => {
  await using box = await Box.start();
  const client = DicomWebClient.of(box);
  const object = ultrasoundObject();
  const icon = new Uint8Array(4096).fill(7);
  const sequence = new Dataset().setItems(0x00880200, [
    new Dataset().setUnsignedShort(Tag.Rows, 64).add({ tag: Tag.PixelData, vr: "OB", value: icon }),
  ]);
  const { writeDataset } = await import("../../src/dicom/write_dataset.ts");
  const { dataset } = readDataset(object.data, EXPLICIT_LITTLE_ENDIAN);
  for (const element of sequence) dataset.add(element);
  await (await client.store([
    fileOf({ ...object, data: new Uint8Array(writeDataset(dataset, EXPLICIT_LITTLE_ENDIAN)) }),
  ]))
    .body?.cancel();
  const path = pathOf(box, object.sopInstanceUid);
  const [metadata] = await client.json(`${path}/metadata`);
  const uri = metadata["00880200"].Value[0]["7FE00010"].BulkDataURI;
  assert.equal(uri, `${client.address}${path}/bulkdata/00880200/0/7FE00010`);
  const [part] = await client.parts(uri.replace(client.address, ""));
  assert.ok(part!.body.equals(icon));
  const nothing = await client.fetch(`${path}/bulkdata/00880200/1/7FE00010`);
  assert.equal(nothing.status, 404);
  await nothing.body?.cancel();
});

Deno.test("DICOMweb: an object whose file is gone is left out of its study's metadata, and alone it is not there", async () => {
  await using box = await Box.start();
  const client = DicomWebClient.of(box);
  const studyInstanceUid = newUid();
  const objects = [1, 2, 3].map(() => ultrasoundObject({ studyInstanceUid }));
  for (const object of objects) assert.equal((await send(box.storagePort, object)).status, 0);
  const [first, second] = box.store.catalogue.instances({ studyInstanceUids: [studyInstanceUid] });
  const described = async (study: string) =>
    (await client.json(`/studies/${study}/metadata`)).map((one: Record<string, { Value: string[] }>) =>
      one["00080018"]!.Value[0]
    );
  assert.equal((await described(studyInstanceUid)).length, 3);
  for (const { path, sopInstanceUid } of [second!, first!]) {
    Deno.removeSync(box.appliance.archive.pathOf(path));
    assert.ok(!(await described(studyInstanceUid)).includes(sopInstanceUid));
    const { seriesInstanceUid } = box.store.catalogue.instances({ sopInstanceUids: [sopInstanceUid] })[0]!;
    const alone = `/studies/${studyInstanceUid}/series/${seriesInstanceUid}/instances/${sopInstanceUid}/metadata`;
    const answer = await client.fetch(alone);
    await answer.body?.cancel();
    assert.ok([404, 409].includes(answer.status), `${answer.status}`);
  }
});
