import { inEnglish, say } from "../../src/sentences.ts";
import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { setTimeout as delay } from "node:timers/promises";
import { readFileMeta } from "../../src/dicom/file_meta.ts";
import { type Attempts, Renderer } from "../../src/imaging/renderer.ts";
import type { RenderRequest } from "../../src/imaging/render_protocol.ts";
import { objectBytes } from "../imaging/objects.ts";
import { Box } from "../support/box.ts";
import { BoxProcess } from "../support/box_process.ts";
import { type Desk, signIn } from "../support/desk.ts";
import { DicomWebClient } from "../support/dicomweb_client.ts";
import { jpeg2000 } from "../support/jpeg2000.ts";
import { send, type SentObject } from "../support/sender.ts";
import { slowObject } from "../support/slow_picture.ts";
import { ultrasoundObject } from "../support/ultrasound_object.ts";
import { until } from "../support/until.ts";

const JPEG_2000 = "1.2.840.10008.1.2.4.90";
const MEBIBYTE = 1024 * 1024;

async function inFolder(test: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "sonodesk-renderer-" });
  try {
    await Deno.mkdir(`${folder}/data`); // a box removes its own
    await test(`${folder}/data`);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** A Part 10 file as an object to send. */
function sendable(file: Uint8Array): SentObject {
  const { meta, dataOffset } = readFileMeta(file);
  return { ...meta, data: file.slice(dataOffset) };
}

/** An object whose whole picture is a JPEG 2000 codestream. */
function compressed(side: number, codestream: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  return objectBytes({ rows: side, columns: side, transferSyntaxUid: JPEG_2000, pixels: { fragments: [codestream] } });
}

/** The renderers of a box, or of the test itself, by what the kernel says. */
function renderersOf(parent: number): number[] {
  const found: number[] = [];
  for (const { name } of Deno.readDirSync("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    try {
      const [, ppid] = /^PPid:\t(\d+)$/m.exec(Deno.readTextFileSync(`/proc/${name}/status`)) ?? [];
      const command = Deno.readTextFileSync(`/proc/${name}/cmdline`);
      if (Number(ppid) === parent && command.includes("render_command.ts")) found.push(Number(name));
    } catch {
      // it has ended meanwhile
    }
  }
  return found;
}

function isThere(pid: number): boolean {
  try {
    return !/^State:\t[ZX]/m.test(Deno.readTextFileSync(`/proc/${pid}/status`));
  } catch {
    return false;
  }
}

const frame = (path: string): RenderRequest & { kind: "frame" } => ({
  ...{ kind: "frame", path, frame: 1, size: 200, type: "image/jpeg", quality: 80 },
});

/** The rows of the store from beside the box. */
function attempts(data: string): Record<string, unknown>[] {
  const store = new DatabaseSync(`${data}/sonodesk.sqlite`, { readOnly: true });
  try {
    return store.prepare("SELECT * FROM drawing_attempts").all() as Record<string, unknown>[];
  } finally {
    store.close();
  }
}

Deno.test("418 bytes of JPEG 2000 with precincts of 1 × 1, and 65,025 tiles: stored, not drawn, and the box is whole after every start", () =>
  inFolder(async (data) => {
    const precincts = jpeg2000({ columns: 2048, rows: 2048, precincts: [0], length: 418 });
    assert.equal(precincts.length, 418);
    const hostile = [
      compressed(2048, precincts),
      compressed(255, jpeg2000({ columns: 255, rows: 255, tileWidth: 1, tileHeight: 1 })),
    ].map(sendable);
    for (let start = 0; start < 3; start++) {
      await using box = await BoxProcess.start(data);
      if (start === 0) { for (const object of hostile) assert.equal((await send(box.storagePort, object)).status, 0); }
      let most = 0;
      for (const ends = performance.now() + 4000; performance.now() < ends; await delay(50)) {
        const memory = [box.pid, ...renderersOf(box.pid)].filter(isThere).map(residentMegabytes);
        most = Math.max(most, memory.reduce((sum, one) => sum + one, 0));
      }
      assert.equal((await send(box.storagePort, ultrasoundObject())).status, 0, "it stores on");
      assert.ok(most < 600, `${most} MB for the box and what it draws with`);
      await box.kill();
    }
    assert.deepEqual(
      attempts(data).filter(({ ends }) => Number(ends) > 0),
      [],
      "its header says it: nothing was ended",
    );
  }));

function residentMegabytes(pid: number): number {
  try {
    return Number(/VmRSS:\s+(\d+)/.exec(Deno.readTextFileSync(`/proc/${pid}/status`))?.[1] ?? 0) / 1024;
  } catch {
    return 0; // it has ended meanwhile
  }
}

Deno.test("a picture that takes more memory than it may ends its renderer, not the box, and the next one is drawn", () =>
  inFolder(async (folder) => {
    const [large, small] = [`${folder}/large.dcm`, `${folder}/small.dcm`];
    await Deno.writeFile(large, compressed(8192, jpeg2000({ columns: 8192, rows: 8192 })));
    await Deno.writeFile(small, objectBytes({ rows: 64, columns: 64, pixels: new Uint8Array(64 * 64) }));
    const renderer = new Renderer({ memory: 64 * MEBIBYTE });
    try {
      renderer.warm();
      let most = 0;
      const watch = setInterval(() => {
        if (renderer.pid !== undefined) most = Math.max(most, residentMegabytes(renderer.pid));
      }, 10);
      const answer = await renderer.render(frame(large)).answer;
      clearInterval(watch);
      assert.match(
        answer.kind === "noPicture" ? answer.reason : "",
        /more than 64 MB of memory|more memory than it may/,
      );
      assert.ok(most < 64 + 320 + 192, `it had ${most} MB`);
      assert.equal((await renderer.render(frame(small)).answer).kind, "picture");
    } finally {
      renderer.close();
    }
  }));

Deno.test("a picture that is never ready is given up when its time is up, and its renderer is gone", () =>
  inFolder(async (folder) => {
    const path = `${folder}/slow.dcm`;
    await Deno.writeFile(path, await slowObject());
    const renderer = new Renderer({ timeLimit: 700 });
    try {
      const asked = renderer.render(frame(path)).answer;
      const pid = await until("it draws", () => renderer.pid);
      const answer = await asked;
      assert.match(answer.kind === "noPicture" ? answer.reason : "", /took longer than 0.7 seconds/);
      await until("it is gone", () => !isThere(pid));
      const next = renderer.render(frame(path)).answer;
      const stopped = await until("the next one is there", () => renderer.pid);
      renderer.close();
      await assert.rejects(next, /the box is stopping/);
      await until("it is gone too", () => !isThere(stopped));
    } finally {
      renderer.close();
    }
  }));

Deno.test("a computer that is busy with other things: a picture takes longer than it may work, and is drawn", () =>
  inFolder(async (folder) => {
    const path = `${folder}/small.dcm`;
    await Deno.writeFile(path, objectBytes({ rows: 64, columns: 64, pixels: new Uint8Array(64 * 64) }));
    const renderer = new Renderer({ timeLimit: 1000 });
    try {
      assert.equal((await renderer.render(frame(path)).answer).kind, "picture");
      const pid = renderer.pid!;
      Deno.kill(pid, "SIGSTOP"); // no processor for it
      const asked = renderer.render(frame(path)).answer;
      await delay(2000);
      Deno.kill(pid, "SIGCONT");
      assert.equal((await asked).kind, "picture");
    } finally {
      renderer.close();
    }
  }));

const TWICE = say("set-aside", { how: say("ended-in-crash"), ends: 2 });

Deno.test("an object that ended its renderer twice is set aside: nothing is started for it any more", () =>
  inFolder(async (folder) => {
    const path = `${folder}/slow.dcm`;
    await Deno.writeFile(path, await slowObject());
    const said: string[] = [];
    const log: Attempts = {
      begin: (_subject, work) => {
        const ends = said.filter((line) => line.startsWith("ended")).length;
        said.push(`begin ${work}`);
        return Promise.resolve(ends >= 2 ? TWICE : undefined);
      },
      done: (_subject, work) => said.push(`done ${work}`),
      ended: (_subject, work, how) => said.push(`ended ${work} ${how}`),
    };
    const renderer = new Renderer({}, log);
    try {
      for (let round = 0; round < 2; round++) {
        const answer = renderer.render(frame(path), { subject: { sopInstanceUid: "2.25.1", sha256: "0" } }).answer;
        await until("it has begun", () => said.at(-1) === "begin frame 1");
        await delay(200);
        Deno.kill(renderer.pid!, "SIGKILL");
        const ended = await answer;
        assert.match(ended.kind === "noPicture" ? ended.reason : "", /ended the program that draws: SIGKILL/);
      }
      const third = renderer.render(frame(path), { subject: { sopInstanceUid: "2.25.1", sha256: "0" } }).answer;
      assert.deepEqual(await third, { kind: "setAside", reason: inEnglish(TWICE), coded: TWICE });
      assert.deepEqual(said, [
        ...["begin frame 1", "ended frame 1 crash", "begin frame 1", "ended frame 1 crash", "begin frame 1"],
      ]);
    } finally {
      renderer.close();
    }
  }));

Deno.test("the box is killed twice while it draws: no orphan stays, the object is set aside, and a tap tries it again", () =>
  inFolder(async (data) => {
    const object = sendable(await slowObject());
    for (let round = 0; round < 2; round++) {
      await using box = await BoxProcess.start(data);
      if (round === 0) assert.equal((await send(box.storagePort, object)).status, 0);
      await until("it draws", () => attempts(data).some(({ under_way }) => under_way === "frame 1"));
      const [renderer] = await until("a renderer is there", () => {
        const found = renderersOf(box.pid);
        return found.length > 0 && found;
      });
      Deno.kill(renderer!, "SIGSTOP"); // it cannot see that the pipe is closed, as one that is at work cannot
      await box.kill();
      try {
        await until("the renderer ends with the box", () => !isThere(renderer!));
      } finally {
        if (isThere(renderer!)) Deno.kill(renderer!, "SIGKILL");
      }
    }
    await using box = await Box.start({ data });
    const [row] = attempts(data).filter(({ part }) => part === "picture");
    assert.deepEqual([row?.ends, row?.ended_how, row?.under_way], [2, "box", null]);
    const desk = await signIn(box, "admin");
    const thumbnail = `/api/instances/${object.sopInstanceUid}/thumbnail`;
    const refused = await desk.ask(thumbnail);
    await refused.body?.cancel();
    assert.match(refused.headers.get("x-placeholder") ?? "", /does not try this object any more/);
    const coded = JSON.parse(decodeURIComponent(refused.headers.get("x-placeholder-coded")!));
    assert.deepEqual(coded, say("set-aside", { how: say("ended-in-box"), ends: 2 }));
    const [listed, ...others] = await desk.json("/api/set-aside");
    assert.deepEqual(others, []);
    assert.deepEqual([listed.sopInstanceUid, listed.part, listed.how], [object.sopInstanceUid, "picture", "box"]);
    const file = await desk.ask(`/api/instances/${object.sopInstanceUid}/file`);
    const bytes = new Uint8Array(await file.arrayBuffer());
    assert.deepEqual(bytes.subarray(readFileMeta(bytes).dataOffset), object.data, "its bytes are there");
    const again = await desk.post(`/api/set-aside/${object.sopInstanceUid}/try-again`, {});
    assert.equal(again.status, 204);
    const drawn = await desk.ask(thumbnail);
    await drawn.body?.cancel();
    assert.deepEqual([drawn.status, drawn.headers.get("x-placeholder")], [200, null], "it was only slow");
    assert.deepEqual(await desk.json("/api/set-aside"), []);
    const audit = await desk.json("/api/audit");
    assert.ok(JSON.stringify(audit).includes("object tried again"));
    assert.equal((await desk.post(`/api/set-aside/${object.sopInstanceUid}/try-again`, {})).status, 404);
  }));

Deno.test("the renderer is killed again and again: storing goes on, and what is whole is drawn in the end", () =>
  inFolder(async (data) => {
    await using box = await Box.start({ data });
    const desk = await signIn(box, "doctor");
    let kills = 0;
    let storing = true;
    const killing = (async () => {
      while (storing) {
        for (const pid of renderersOf(Deno.pid)) {
          try {
            Deno.kill(pid, "SIGKILL");
            kills += 1;
          } catch {
            // it has ended meanwhile
          }
        }
        await delay(300);
      }
    })();
    const objects = Array.from({ length: 120 }, (_, shade) => ultrasoundObject({ shade }));
    for (const object of objects) {
      assert.equal((await send(box.storagePort, object)).status, 0);
      await delay(20);
    }
    storing = false;
    await killing;
    assert.ok(kills > 0, "there was a renderer to kill");
    for (const { sopInstanceUid, data: bytes } of objects) {
      const path = box.appliance.archive.pathOf(box.store.instances.find(sopInstanceUid)!.path);
      const file = Deno.readFileSync(path);
      assert.deepEqual(file.subarray(readFileMeta(file).dataOffset), bytes);
    }
    const last = await desk.ask(`/api/instances/${objects.at(-1)!.sopInstanceUid}/thumbnail`);
    await last.body?.cancel();
    assert.equal(last.status, 200);
  }));

/** What the box answers a doctor who asks for an object's picture, frame and file. */
async function asked(desk: Desk, uid: string) {
  const answers: Record<string, { status: number; placeholder: string | null; text: string }> = {};
  for (const what of ["thumbnail", "frames/1", "file"]) {
    const answer = await desk.ask(`/api/instances/${uid}/${what}`);
    answers[what] = {
      status: answer.status,
      placeholder: answer.headers.get("x-placeholder"),
      text: answer.headers.get("content-type")!.includes("json") ? await answer.text() : "",
    };
    if (!answer.bodyUsed) await answer.body?.cancel();
  }
  return answers;
}

Deno.test("a file that is gone, and one that is known to be damaged: said on every way out, and never served as if nothing were", async () => {
  await using box = await Box.start();
  const desk = await signIn(box, "doctor");
  const studyInstanceUid = "2.25.771";
  const [gone, damaged, whole] = ["1", "2", "3"].map((patientId) =>
    ultrasoundObject({ studyInstanceUid, patientId: "P1", shade: Number(patientId) })
  ) as [SentObject, SentObject, SentObject];
  for (const object of [gone, damaged, whole]) assert.equal((await send(box.storagePort, object)).status, 0);
  const fileOf = (uid: string) => box.appliance.archive.pathOf(box.store.instances.find(uid)!.path);
  const before = await asked(desk, gone.sopInstanceUid);
  assert.deepEqual(Object.values(before).map(({ status, placeholder }) => [status, placeholder]), [
    ...[[200, null], [200, null], [200, null]],
  ]);
  for (const object of [damaged, whole]) await asked(desk, object.sopInstanceUid); // nothing is still being kept
  Deno.removeSync(fileOf(gone.sopInstanceUid));
  Deno.removeSync(`${box.folder}/cache/pictures`, { recursive: true });
  const missing = await asked(desk, gone.sopInstanceUid);
  assert.deepEqual([missing.thumbnail!.status, missing.thumbnail!.placeholder], [200, "The file is missing"]);
  assert.equal(missing["frames/1"]!.placeholder, "The file is missing");
  assert.equal(missing.file!.status, 409);
  assert.match(missing.file!.text, /The file is missing, restore it from the backup/);

  const path = fileOf(damaged.sopInstanceUid);
  const bytes = Deno.readFileSync(path);
  bytes[bytes.length - 5]! ^= 0xff;
  Deno.writeFileSync(path, bytes);
  await box.appliance.archive.checkIntegrity();
  const flipped = await asked(desk, damaged.sopInstanceUid);
  for (const what of ["thumbnail", "frames/1"]) {
    assert.equal(flipped[what]!.placeholder, "The file's bytes are not those that came", what);
  }
  assert.equal(flipped.file!.status, 409);
  const asItIs = await desk.ask(`/api/instances/${damaged.sopInstanceUid}/file?damaged=1`);
  assert.deepEqual(new Uint8Array(await asItIs.arrayBuffer()), bytes, "to whoever insists");

  const client = DicomWebClient.of(box);
  const study = `/studies/${studyInstanceUid}`;
  const { seriesInstanceUid } = box.store.instances.find(damaged.sopInstanceUid)!;
  const one = `${study}/series/${seriesInstanceUid}/instances/${damaged.sopInstanceUid}`;
  for (const way of ["", "/metadata", "/frames/1", "/bulkdata/7FE00010", "/rendered", "/frames/1/rendered"]) {
    const answer = await client.fetch(one + way);
    assert.equal(answer.status, 409, `${way}: ${await answer.text()}`);
  }
  for (const way of ["", "/metadata"]) {
    const answer = await client.fetch(study + way, way === "" ? "*/*" : "application/dicom+json");
    const body = await answer.text();
    assert.equal(answer.status, 206, `${way}: ${body}`);
    assert.match(answer.headers.get("warning") ?? "", /2 of 3 objects are left out/);
    assert.deepEqual([gone, damaged, whole].map(({ sopInstanceUid }) => body.includes(sopInstanceUid)), [
      ...[false, false, true],
    ]);
  }
});
