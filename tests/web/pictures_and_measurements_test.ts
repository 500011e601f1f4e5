import assert from "node:assert/strict";
import sharp from "sharp";
import { Dataset } from "../../src/dicom/dataset.ts";
import { Tag } from "../../src/dicom/dictionary.ts";
import { EXPLICIT_LITTLE_ENDIAN } from "../../src/dicom/transfer_syntax.ts";
import { writeDataset } from "../../src/dicom/write_dataset.ts";
import { container, number, report, text } from "../dicom/report/trees.ts";
import { joined } from "../imaging/objects.ts";
import { Box } from "../support/box.ts";
import {
  addPerson,
  fixtureReport,
  PASSWORD,
  scanned,
  type ScannedStudy,
  sendImage,
  sendReport,
  sendUnawaited,
} from "../support/scanned_study.ts";
import { answersTo } from "../support/worklist_client.ts";

function littleEndian(length: number): Uint8Array {
  return new Uint8Array(Uint32Array.of(length).buffer);
}

/** A whole box with the fixtures in it, and a doctor's way to ask it. */
async function withStudy(
  use: (given: {
    box: Box;
    study: ScannedStudy;
    ask: (path: string, options?: RequestInit) => Promise<Response>;
  }) => Promise<void>,
): Promise<void> {
  await using box = await Box.start();
  await addPerson(box, "doctor", "doctor");
  const study = await scanned(box);
  const address = `http://127.0.0.1:${box.appliance.ports.webPort}`;
  const session = await fetch(`${address}/api/session`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ username: "doctor", password: PASSWORD }),
  });
  await session.body?.cancel();
  const cookie = session.headers.get("set-cookie")!.split(";")[0]!;
  await use({
    box,
    study,
    ask: (path, options = {}) => fetch(address + path, { ...options, headers: { cookie, ...options.headers } }),
  });
}

const VIDEO = {
  ...{ rows: 240, columns: 320, samplesPerPixel: 3, photometricInterpretation: "YBR_PARTIAL_420", frames: 50 },
  transferSyntaxUid: "1.2.840.10008.1.2.4.102",
};

Deno.test("Description: what a viewer must know, and why there is nothing to see", () =>
  withStudy(async ({ box, study, ask }) => {
    const describe = async (uid: string) => await (await ask(`/api/instances/${uid}/description`)).json();
    const cine = await describe(study.uids.cine);
    assert.deepEqual([cine.columns, cine.rows, cine.frames], [640, 480, 32]);
    assert.deepEqual(cine.cine, { frames: 32, milliseconds: 25, source: "RecommendedDisplayFrameRate" });
    const rle = await describe(study.uids.rle);
    assert.equal(rle.regions.length, 2);
    assert.ok(Math.abs(rle.regions[0].centimetersPerPixel.x - 0.00717) < 1e-4);
    assert.equal(rle.noPicture, undefined);
    assert.match((await describe(study.uids.report)).noPicture, /holds no picture/);
    const odd = { rows: 10, columns: 10, samplesPerPixel: 4, pixels: new Uint8Array(400) };
    assert.match((await describe(await sendImage(box, study, odd))).noPicture, /4 samples/);
    const clip = await describe(await sendImage(box, study, { ...VIDEO, pixels: { fragments: [new Uint8Array(8)] } }));
    assert.deepEqual(clip.video, { contentType: "video/h264", extension: "h264", playable: false, size: 8 });
    assert.equal((await ask("/api/instances/1.2.3/description")).status, 404);
  }));

Deno.test("Frames: by number, JPEG or WebP as asked, as large as asked; unchanged ones are not sent again; the file is as it came", () =>
  withStudy(async ({ box, study, ask }) => {
    const sizes = async (answer: Response) => {
      const { width, height, format } = await sharp(await answer.arrayBuffer()).metadata();
      return [width, height, format];
    };
    const path = `/api/instances/${study.uids.cine}/frames/2`;
    const jpeg = await ask(path, { headers: { accept: "image/jpeg" } });
    assert.equal(jpeg.headers.get("content-type"), "image/jpeg");
    const etag = jpeg.headers.get("etag")!;
    assert.deepEqual(await sizes(jpeg), [640, 480, "jpeg"]);
    const webp = await ask(`${path}?size=320`, { headers: { accept: "image/avif,image/webp,*/*" } });
    assert.equal(webp.headers.get("content-type"), "image/webp");
    assert.match(webp.headers.get("vary") ?? "", /accept/i);
    assert.deepEqual(await sizes(webp), [320, 240, "webp"]);
    const again = await ask(path, { headers: { accept: "image/jpeg", "if-none-match": etag } });
    assert.equal(again.status, 304);
    for (const [wrong, status] of [["0", 404], ["33", 404], ["x", 404], ["2?size=-1", 400]] as const) {
      const answer = await ask(`/api/instances/${study.uids.cine}/frames/${wrong}`);
      await answer.body?.cancel();
      assert.equal(answer.status, status, wrong);
    }
    const file = await ask(`/api/instances/${study.uids.rle}/file`);
    assert.equal(file.headers.get("content-type"), "application/dicom");
    const stored = Deno.readFileSync(box.appliance.archive.pathOf(box.store.instances.find(study.uids.rle)!.path));
    assert.deepEqual(new Uint8Array(await file.arrayBuffer()), stored);

    Deno.removeSync(box.appliance.archive.pathOf(box.store.instances.find(study.uids.rle)!.path));
    const gone = await ask(`/api/instances/${study.uids.rle}/file`);
    assert.equal(gone.status, 404);
    assert.match((await gone.json()).detail, /not here any more/);
  }));

Deno.test("Video: whole, in parts as a browser asks, and only what is one", () =>
  withStudy(async ({ box, study, ask }) => {
    const stream = new Uint8Array(100_000).map((_, at) => at % 251);
    stream.set([0, 0, 0, 16, ...new TextEncoder().encode("ftypisom")]);
    const uid = await sendImage(box, study, {
      ...VIDEO,
      pixels: { fragments: [stream.slice(0, 30_000), stream.slice(30_000)] },
    });
    const path = `/api/instances/${uid}/video`;
    const bytesOf = async (answer: Response) => new Uint8Array(await answer.arrayBuffer());
    const whole = await ask(path);
    assert.equal(whole.status, 200);
    assert.equal(whole.headers.get("content-type"), "video/mp4");
    assert.equal(whole.headers.get("accept-ranges"), "bytes");
    assert.equal(whole.headers.get("content-length"), "100000");
    assert.match(whole.headers.get("content-disposition")!, /^inline/);
    assert.deepEqual(await bytesOf(whole), stream);

    const part = await ask(path, { headers: { range: "bytes=29990-30009" } });
    assert.equal(part.status, 206);
    assert.equal(part.headers.get("content-range"), "bytes 29990-30009/100000");
    assert.deepEqual(await bytesOf(part), stream.slice(29_990, 30_010));
    const etag = whole.headers.get("etag")!;
    const same = await ask(path, { headers: { range: "bytes=99999-", "if-range": etag } });
    assert.equal(same.status, 206);
    assert.deepEqual(await bytesOf(same), stream.slice(99_999));
    const other = await ask(path, { headers: { range: "bytes=0-9", "if-range": '"another"' } });
    assert.equal(other.status, 200, "a range of another version is not this one's");
    await other.body?.cancel();
    const beyond = await ask(path, { headers: { range: "bytes=100000-" } });
    assert.equal(beyond.status, 416);
    assert.equal(beyond.headers.get("content-range"), "bytes */100000");
    await beyond.body?.cancel();
    assert.equal((await ask(path, { headers: { "if-none-match": etag } })).status, 304);

    const bare = await sendImage(box, study, {
      ...VIDEO,
      pixels: { fragments: [Uint8Array.of(0, 0, 0, 1, 0x67, 0x64)] },
    });
    const raw = await ask(`/api/instances/${bare}/video`);
    assert.equal(raw.headers.get("content-disposition"), `attachment; filename="${bare}.h264"`);
    await raw.body?.cancel();
    assert.equal((await ask(`/api/instances/${study.uids.cine}/video`)).status, 404);
    assert.equal((await ask(`/api/instances/${study.uids.report}/video`)).status, 404);
  }));

Deno.test("Measurements: in groups as a doctor reads, as CSV and as FHIR", () =>
  withStudy(async ({ box, study, ask }) => {
    const path = `/api/studies/${study.studyInstanceUid}/measurements`;
    const { groups, reports } = await (await ask(path)).json();
    assert.equal(groups[0].title, "Fetus 1 · Fetus Summary");
    assert.deepEqual(groups.map(({ title }: { title: string }) => title).slice(-3), [
      "Left ovary",
      "Right ovary",
      "Pelvis and Uterus",
    ]);
    const [age, weight] = groups[0].lines;
    assert.deepEqual([age.text, age.exact], ["20w 2d", "142 d"]);
    assert.equal(weight.detail, "EFW by AC, BPD, FL, HC, Hadlock 1985");
    assert.deepEqual(weight.reports, [study.uids.report]);
    assert.equal(reports.length, 1);
    assert.deepEqual([reports[0].values, reports[0].replacedBy, reports[0].notRepeated], [30, null, 0]);

    const csv = await ask(`${path}.csv`);
    assert.equal(csv.headers.get("content-type"), "text/csv; charset=utf-8");
    assert.match(csv.headers.get("content-disposition")!, /^attachment; filename="measurements-[\d.]+\.csv"$/);
    const rows = (await csv.text()).trim().split("\r\n");
    assert.equal(rows.length, 31);
    assert.ok(rows.some((row) => row.includes("Biparietal Diameter,LN:11820-8,4.74,cm")));
    const fhir = await (await ask(`${path}.fhir.json`)).json();
    assert.equal(fhir.resourceType, "Bundle");
    assert.equal(fhir.entry.length, 30);
    assert.equal(box.appliance.store.studies.find(study.studyInstanceUid)!.measurements.length, 30);
    assert.equal((await ask("/api/studies/1.2.3/measurements")).status, 404);
    assert.equal((await ask("/api/studies/1.2.3/measurements.csv")).status, 404);
  }));

Deno.test("Reports: one again adds nothing twice, one with predecessors replaces, a late predecessor stays replaced", () =>
  withStudy(async ({ box, study, ask }) => {
    const path = `/api/studies/${study.studyInstanceUid}/measurements`;
    const linesOf = async () =>
      (await (await ask(path)).json()).groups.flatMap(({ lines }: { lines: { text: string; reports: string[] }[] }) =>
        lines
      );
    await sendReport(box, study, fixtureReport());
    const lines = await linesOf();
    assert.equal(lines.length, 30);
    assert.ok(lines.every(({ reports }: { reports: string[] }) => reports.length === 2));

    const amended = report(
      "99X:1:Amended",
      container("99X:2:Findings", number("LN:11820-8:Biparietal Diameter", "4.80", "UCUM:cm:cm")),
    );
    const first = box.store.reports.ofStudy(study.studyInstanceUid).map(({ sopInstanceUid }) => sopInstanceUid);
    const newer = await sendReport(box, study, amended, [...first, "2.25.777"]);
    assert.deepEqual((await linesOf()).map(({ text }: { text: string }) => text), ["4.80 cm"]);
    const history = (await (await ask(path)).json()).reports;
    assert.deepEqual(history.map(({ replacedBy }: { replacedBy: string | null }) => replacedBy), [newer, newer, null]);
    assert.deepEqual(history.map(({ notRepeated }: { notRepeated: number }) => notRepeated), [30, 30, 0]);
    assert.equal(box.store.studies.find(study.studyInstanceUid)!.measurements.length, 1);
    assert.equal(box.store.appointments.get(study.appointmentId).measurements, 1);
    assert.equal((await (await ask(`${path}.csv`)).text()).trim().split("\r\n").length, 2);

    // a report on its own adds
    const more = report("99X:1:More", container("99X:2:Findings", number("LN:1:Cervix", "3.1", "UCUM:cm:cm")));
    await sendReport(box, study, more);
    assert.deepEqual((await linesOf()).map(({ text }: { text: string }) => text), ["4.80 cm", "3.1 cm"]);
  }));

Deno.test("Reports: the whole tree can be opened, its text as it is; other objects are none", () =>
  withStudy(async ({ box, study, ask }) => {
    const attack = "<script>alert(1)</script>";
    const uid = await sendReport(
      box,
      study,
      report(`99X:1:${attack}`, container("99X:2:Findings", text("CONTAINS", "DCM:121106:Comment", attack))),
    );
    const answer = await ask(`/api/instances/${uid}/report`);
    assert.equal(answer.headers.get("content-type"), "application/json");
    const { title, root } = await answer.json();
    assert.equal(title, attack);
    assert.equal(root.children[0].children[0].value, attack);
    assert.equal((await ask(`/api/instances/${study.uids.rgb}/report`)).status, 404);
    assert.equal((await ask("/api/instances/1.2.3/report")).status, 404);
  }));

Deno.test("Reports: a worklist query is answered while one of forty thousand values is read", () =>
  withStudy(async ({ box, study, ask }) => {
    const value = writeDataset(number("LN:11984-2:FL by US", "13.2", "UCUM:cm:centimeter"), EXPLICIT_LITTLE_ENDIAN);
    const item = joined(Uint8Array.of(0xfe, 0xff, 0x00, 0xe0, ...littleEndian(value.length)), value);
    const sequence = joined(
      Uint8Array.of(0x40, 0x00, 0x30, 0xa7, 0x53, 0x51, 0, 0, 0xff, 0xff, 0xff, 0xff), // (0040,A730) of no length
      ...Array.from({ length: 40_000 }, () => item),
      Uint8Array.of(0xfe, 0xff, 0xdd, 0xe0, 0, 0, 0, 0),
    );
    const uid = await sendUnawaited(box, study, report("99X:1:Many"), sequence);
    let isOpen = true;
    let answered = 0;
    const opened = ask(`/api/instances/${uid}/report`).finally(() => isOpen = false);
    while (isOpen) {
      const { status } = await answersTo(box, "US-1", new Dataset().setText(Tag.PatientName, "PN", ""));
      if (isOpen && status === 0) answered++;
    }
    assert.ok(answered > 0, "no query was answered before the report was read");
    const { root } = await (await opened).json();
    assert.equal(root.children.length, 40_000);
  }));

Deno.test("Reports: one that cannot be read stands in the study's list without values, and its file is there", () =>
  withStudy(async ({ box, study, ask }) => {
    const long = report("99X:1:Long", text("CONTAINS", "DCM:121106:Comment", "x".repeat(17 * 1024 * 1024)));
    const uid = await sendReport(box, study, long);
    const { reports, groups } = await (await ask(`/api/studies/${study.studyInstanceUid}/measurements`)).json();
    const [readable, unread] = reports;
    assert.deepEqual([readable.problem, readable.sopInstanceUid], ["", study.uids.report]);
    assert.ok(groups.length > 0);
    assert.deepEqual([unread.sopInstanceUid, unread.title, unread.values], [uid, "", 0]);
    assert.match(unread.problem, /larger than the box reads/);
    const answer = await ask(`/api/instances/${uid}/report`);
    assert.equal(answer.status, 409);
    assert.match((await answer.json()).detail, /save its file instead/);
    const file = await ask(`/api/instances/${uid}/file`);
    assert.equal(file.status, 200);
    assert.ok((await file.arrayBuffer()).byteLength > 17 * 1024 * 1024);
    assert.ok(![...box.store.instances.unread()].includes(uid), "it is not read again in vain");
  }));

Deno.test("Stars: given, moved to another frame, taken back; never to what is no image", () =>
  withStudy(async ({ study, ask }) => {
    const star = (uid: string, body?: unknown, method = "PUT") =>
      ask(`/api/instances/${uid}/star`, {
        method,
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        headers: { "content-type": "application/json" },
      });
    const stars = async () => (await (await ask(`/api/studies/${study.studyInstanceUid}`)).json()).stars;
    const { cine, rgb, report } = study.uids;
    assert.deepEqual(await stars(), []);
    assert.equal((await star(cine, { frame: 7 })).status, 200);
    assert.equal((await star(rgb)).status, 200);
    assert.deepEqual(await stars(), [{ sopInstanceUid: cine, frame: 7 }, { sopInstanceUid: rgb, frame: 1 }]);
    assert.equal((await star(cine, { frame: 8 })).status, 200);
    assert.equal((await star(cine, { frame: 33 })).status, 404);
    assert.equal((await star(cine, { frame: 0 })).status, 400);
    assert.equal((await star(cine, { frame: "x" })).status, 400);
    assert.equal((await star(report)).status, 404);
    assert.equal((await star(rgb, undefined, "DELETE")).status, 204);
    assert.equal((await star(rgb, undefined, "DELETE")).status, 204);
    assert.deepEqual(await stars(), [{ sopInstanceUid: cine, frame: 8 }]);
  }));
