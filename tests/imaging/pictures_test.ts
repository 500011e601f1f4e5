import assert from "node:assert/strict";
import { join } from "node:path";
import sharp from "sharp";
import { Tag } from "../../src/dicom/dictionary.ts";
import { Pictures, type PicturesOptions, THUMBNAIL_SIZE } from "../../src/imaging/pictures.ts";
import { Renderer, RendererBusy } from "../../src/imaging/renderer.ts";
import { colourfulPixels, type TestObject, withFolder, writeObject } from "./objects.ts";
import { until } from "../support/until.ts";

const COLOURFUL: TestObject = {
  ...{ rows: 300, columns: 400, samplesPerPixel: 3, photometricInterpretation: "RGB" },
  pixels: colourfulPixels(400, 300),
};

/** A folder with pictures over it, closed in the end. */
function withPictures(
  use: (pictures: Pictures, folder: string) => Promise<void>,
  options: Partial<PicturesOptions> = {},
): Promise<void> {
  return withFolder(async (folder) => {
    const pictures = new Pictures({ cacheFolder: join(folder, "pictures"), ...options });
    try {
      await use(pictures, folder);
    } finally {
      pictures.close();
    }
  });
}

const fileOf = (path: string) => ({ path, sopInstanceUid: "2.25.1" });

async function cachedFiles(folder: string): Promise<string[]> {
  const found: string[] = [];
  for await (const { name, isDirectory } of Deno.readDir(join(folder, "pictures"))) {
    if (!isDirectory) found.push(name);
    else for await (const file of Deno.readDir(join(folder, "pictures", name))) found.push(`${name}/${file.name}`);
  }
  return found.sort();
}

Deno.test("a thumbnail fits into 200 pixels, is JPEG, and comes from the cache the second time", () =>
  withPictures(async (pictures, folder) => {
    const path = await writeObject(folder, COLOURFUL);
    const first = await pictures.thumbnail(fileOf(path));
    assert.equal(first.contentType, "image/jpeg");
    assert.equal(first.placeholder, undefined);
    const { width, height, format } = await sharp(first.bytes).metadata();
    assert.deepEqual({ width, height, format }, { width: THUMBNAIL_SIZE, height: 150, format: "jpeg" });
    assert.equal((await cachedFiles(folder)).length, 1);
    const again = await pictures.thumbnail(fileOf(path));
    assert.deepEqual(again, first);
    assert.match(again.etag, /^"[0-9a-f]{40}"$/);
  }));

Deno.test("pictures of each type come from the cache the second time, and half a one does not", () =>
  withPictures(async (pictures, folder) => {
    const file = fileOf(await writeObject(folder, COLOURFUL));
    await pictures.thumbnail(file); // makes the cache's folder
    for (const type of ["image/jpeg", "image/webp", "image/png"] as const) {
      const before = await cachedFiles(folder);
      await pictures.frame(file, 1, { type, size: 60 });
      const [name] = (await cachedFiles(folder)).filter((one) => !before.includes(one));
      const cached = join(folder, "pictures", name!);
      const planted = await sharp({ create: { width: 9, height: 9, channels: 3, background: "red" } })
        .toFormat(type.slice(6) as "jpeg" | "webp" | "png").toBuffer();
      await Deno.writeFile(cached, planted);
      const again = await pictures.frame(file, 1, { type, size: 60 });
      assert.deepEqual(again.bytes, new Uint8Array(planted), type);
      await Deno.writeFile(cached, planted.subarray(0, planted.length - 6));
      const drawn = await sharp((await pictures.frame(file, 1, { type, size: 60 })).bytes).metadata();
      assert.equal(drawn.width, 60, `half a ${type} is drawn again`);
    }
  }));

Deno.test("a frame comes at its own size, or smaller, never larger, as JPEG or WebP", () =>
  withPictures(async (pictures, folder) => {
    const file = fileOf(await writeObject(folder, COLOURFUL));
    const sizeOf = async (bytes: Uint8Array) => {
      const { width, height, format } = await sharp(bytes).metadata();
      return { width, height, format };
    };
    const whole = await pictures.frame(file, 1);
    assert.deepEqual(await sizeOf(whole.bytes), { width: 400, height: 300, format: "jpeg" });
    const webp = await pictures.frame(file, 1, { type: "image/webp", size: 100 });
    assert.equal(webp.contentType, "image/webp");
    assert.deepEqual(await sizeOf(webp.bytes), { width: 100, height: 75, format: "webp" });
    const large = await pictures.frame(file, 1, { size: 4000 });
    assert.deepEqual(await sizeOf(large.bytes), { width: 400, height: 300, format: "jpeg" });
    assert.equal(new Set([whole.etag, webp.etag, large.etag]).size, 3);
    const drawn = await sharp(whole.bytes).raw().toBuffer();
    const wanted = colourfulPixels(400, 300);
    const sum = drawn.reduce((total, value, index) => total + Math.abs(value - wanted[index]!), 0);
    assert.ok(sum / wanted.length < 4, "encoding keeps the colours");
  }));

Deno.test("what cannot be drawn gets a grey picture that says so, and a reason", () =>
  withPictures(async (pictures, folder) => {
    const cases: [TestObject, RegExp][] = [
      [{ ...COLOURFUL, pixels: colourfulPixels(400, 200) }, /not all there/],
      [{ ...COLOURFUL, photometricInterpretation: "HSV" }, /HSV/],
      [{ ...COLOURFUL, rows: 60_000, columns: 60_000 }, /larger than the box draws/],
      [{ ...COLOURFUL, transferSyntaxUid: "1.2.840.10008.1.2.4.50", pixels: { fragments: [] } }, /no fragments/],
      [
        { ...COLOURFUL, transferSyntaxUid: "1.2.840.10008.1.2.4.50", pixels: { fragments: [new Uint8Array(500)] } },
        /no header/,
      ],
      [
        { ...COLOURFUL, transferSyntaxUid: "1.2.840.10008.1.2.5", pixels: { fragments: [new Uint8Array(500)] } },
        /segments/,
      ],
      [
        { ...COLOURFUL, transferSyntaxUid: "1.2.840.10008.1.2.4.102", pixels: { fragments: [new Uint8Array(8)] } },
        /video/,
      ],
    ];
    for (const [object, reason] of cases) {
      const picture = await pictures.thumbnail(fileOf(await writeObject(folder, object)));
      assert.match(picture.placeholder ?? "", reason);
      assert.equal(picture.contentType, "image/png");
      const { width, height } = await sharp(picture.bytes).metadata();
      assert.deepEqual([width, height], [200, 150]);
      const { channels } = await sharp(picture.bytes).stats();
      assert.ok(channels[0]!.max - channels[0]!.min > 100, "there is something to read");
    }
    const junk = join(folder, "junk.dcm");
    await Deno.writeTextFile(junk, "this is no DICOM file");
    assert.match((await pictures.thumbnail(fileOf(junk))).placeholder ?? "", /cannot be read/);
    await assert.rejects(pictures.thumbnail(fileOf(join(folder, "not there.dcm"))), Deno.errors.NotFound);
  }));

Deno.test("a frame beyond the last is a placeholder, and the others are drawn", () =>
  withPictures(async (pictures, folder) => {
    const pixels = Uint8Array.from({ length: 3 * 40 * 30 }, (_, index) => Math.floor(index / 1200) * 100);
    const path = await writeObject(folder, { rows: 30, columns: 40, frames: 1_000_000, pixels });
    const third = await pictures.frame(fileOf(path), 3);
    assert.equal(third.placeholder, undefined);
    assert.equal((await sharp(third.bytes).raw().toBuffer())[0], 200);
    assert.match((await pictures.frame(fileOf(path), 4)).placeholder ?? "", /not all there/);
    assert.match((await pictures.frame(fileOf(path), 1_000_001)).placeholder ?? "", /no frame 1000001/);
  }));

Deno.test("a picture that takes too long gives way, and the next one is drawn", () =>
  withFolder(async (folder) => {
    const renderer = new Renderer({ timeLimit: 0 });
    const path = await writeObject(folder, COLOURFUL);
    const request = { kind: "frame", path, frame: 1, size: 50, type: "image/jpeg", quality: 80 } as const;
    const answer = await renderer.render(request).answer;
    assert.equal(answer.kind, "noPicture");
    assert.match(answer.kind === "noPicture" ? answer.reason : "", /longer than/);
    assert.equal(renderer.isRunning, false);
    renderer.close();
    const patient = new Renderer();
    assert.equal((await patient.render(request).answer).kind, "picture");
    patient.close();
  }));

Deno.test("a report that takes too long is given up, and can be read another time", () =>
  withFolder(async (folder) => {
    const path = new URL("../../fixtures/dicom/sr_obgyn.dcm", import.meta.url).pathname;
    for (const kind of ["measurements", "report"] as const) {
      const renderer = new Renderer({ timeLimit: 0 });
      const answer = await renderer.render({ kind, path, withoutFetalSex: false }).answer;
      assert.deepEqual(answer, {
        kind: "unreadable",
        reason: "reading it took longer than 0 seconds",
        forGood: false,
      });
      renderer.close();
    }
    const pictures = new Pictures({ cacheFolder: join(folder, "pictures") });
    const file = { path, sopInstanceUid: "2.25.1" };
    assert.ok((await pictures.measurements(file)).values.length > 10);
    const tree = JSON.parse(new TextDecoder().decode(await pictures.report(file)));
    assert.equal(tree.root.valueType, "CONTAINER");
    pictures.close();
  }));

Deno.test("a picture that keeps the worker busy is given up in the midst of it, and the next one is drawn", () =>
  withFolder(async (folder) => {
    const pixels = new Uint8Array(4000 * 4000 * 3);
    for (let at = 0, seed = 1; at < pixels.length; at++) {
      seed = Math.imul(seed, 1_664_525) + 1_013_904_223 | 0;
      pixels[at] = seed >>> 24; // nothing that compresses, so that its PNG takes seconds
    }
    const noise = { rows: 4000, columns: 4000, samplesPerPixel: 3, photometricInterpretation: "RGB", pixels };
    const small = { kind: "frame", frame: 1, size: 50, type: "image/jpeg", quality: 80 } as const;
    const [huge, path] = [await writeObject(folder, noise), await writeObject(folder, COLOURFUL)];
    const renderer = new Renderer({ timeLimit: 400 });
    // until the worker has started, however slow the machine is
    let warm = await renderer.render({ ...small, path }).answer;
    while (warm.kind !== "picture") {
      await new Renderer().render({ ...small, path }).answer;
      warm = await renderer.render({ ...small, path }).answer;
    }
    assert.equal(renderer.isRunning, true);
    const answer = await renderer.render({ ...small, path: huge, size: 4000, type: "image/png" }).answer;
    assert.match(answer.kind === "noPicture" ? answer.reason : "", /longer than 0.4 seconds/);
    assert.equal(renderer.isRunning, false);
    renderer.close();
    const patient = new Renderer();
    assert.equal((await patient.render({ ...small, path }).answer).kind, "picture");
    patient.close();
  }));

Deno.test("the queue has a bound, people go before pictures made ahead, and closing refuses who waits", () =>
  withFolder(async (folder) => {
    const renderer = new Renderer({ queueLimit: 2, preparedLimit: 2 });
    const path = await writeObject(folder, COLOURFUL);
    const request = { kind: "frame", path, frame: 1, size: 50, type: "image/jpeg", quality: 80 } as const;
    const order: string[] = [];
    const ask = (name: string, ahead: boolean) => {
      const rendering = renderer.render(request, { ahead });
      return { ...rendering, done: rendering.answer.then(() => order.push(name)) };
    };
    const underway = ask("underway", true);
    const ahead = [ask("ahead 1", true), ask("ahead 2", true)];
    assert.throws(() => renderer.render(request, { ahead: true }), RendererBusy);
    const people = [ask("person", false)];
    ahead[1]!.promote();
    assert.throws(() => renderer.render(request), RendererBusy);
    await Promise.all([underway, ...ahead, ...people].map(({ done }) => done));
    assert.deepEqual(order, ["underway", "person", "ahead 2", "ahead 1"]);
    const waiting = renderer.render(request).answer;
    renderer.close();
    await assert.rejects(waiting, RendererBusy);
    assert.throws(() => renderer.render(request), RendererBusy);
  }));

Deno.test("the worker starts with the first picture and ends when idle", () =>
  withPictures(async (pictures, folder) => {
    const file = fileOf(await writeObject(folder, COLOURFUL));
    assert.equal(pictures.isRendering, false);
    await pictures.thumbnail(file);
    await until("it ends", () => !pictures.isRendering);
    assert.equal((await pictures.frame(file, 1)).placeholder, undefined);
  }, { renderer: { idleLimit: 1 } }));

Deno.test("prepare makes the thumbnail that is asked for later; many at once ask for one drawing", () =>
  withPictures(async (pictures, folder) => {
    const file = fileOf(await writeObject(folder, COLOURFUL));
    const prepared = pictures.prepare(file);
    const asked = await Promise.all([pictures.thumbnail(file), pictures.thumbnail(file)]);
    await prepared;
    assert.equal(asked[0]!.etag, asked[1]!.etag);
    assert.equal((await cachedFiles(folder)).length, 1);
  }));

Deno.test("the cache stays within its bound, and the least recently used pictures go", () =>
  withPictures(async (pictures, folder) => {
    const file = fileOf(await writeObject(folder, COLOURFUL));
    await pictures.frame(file, 1, { size: 40 });
    await pictures.frame(file, 1, { size: 50 });
    const [before] = [await cachedFiles(folder)];
    assert.equal(before.length, 2);
    await pictures.frame(file, 1, { size: 40 }); // used again
    await pictures.frame(file, 1, { size: 60 });
    const after = await cachedFiles(folder);
    assert.equal(after.length, 2);
    assert.equal(after.filter((name) => before.includes(name)).length, 1);
  }, { cache: { files: 2 } }));

Deno.test("a picture that a power cut left half written is drawn again, and a rest is cleared away", () =>
  withFolder(async (folder) => {
    const file = fileOf(await writeObject(folder, COLOURFUL));
    const first = new Pictures({ cacheFolder: join(folder, "pictures") });
    const whole = await first.thumbnail(file);
    first.close();
    const [name] = await cachedFiles(folder);
    await Deno.truncate(join(folder, "pictures", name!), 100);
    await Deno.writeFile(join(folder, "pictures", "7.part"), new Uint8Array(10));
    const second = new Pictures({ cacheFolder: join(folder, "pictures") });
    assert.deepEqual(await second.thumbnail(file), whole);
    second.close();
    assert.deepEqual(await cachedFiles(folder), [name]);
  }));

Deno.test("a cache that cannot be written is told of, and the picture is shown", () =>
  withFolder(async (folder) => {
    const failures: Error[] = [];
    const cacheFolder = join(folder, "a file");
    await Deno.writeTextFile(cacheFolder, "");
    const pictures = new Pictures({ cacheFolder, reportCacheFailure: (error) => failures.push(error) });
    const picture = await pictures.thumbnail(fileOf(await writeObject(folder, COLOURFUL)));
    pictures.close();
    assert.equal(picture.contentType, "image/jpeg");
    assert.equal(failures.length, 1);
  }));

Deno.test("a video is handed out as stored, whole or in part, with what a browser may do with it", () =>
  withPictures(async (pictures, folder) => {
    const container = new Uint8Array(600_000);
    container.set([0, 0, 0, 16, ...new TextEncoder().encode("ftypisom")]);
    for (let at = 16; at < container.length; at++) container[at] = at % 251;
    const parts = [container.slice(0, 200_000), container.slice(200_000)];
    const object = { rows: 240, columns: 320, samplesPerPixel: 3, photometricInterpretation: "YBR_PARTIAL_420" };
    const mp4 = fileOf(
      await writeObject(folder, {
        ...{ ...object, transferSyntaxUid: "1.2.840.10008.1.2.4.102", frames: 50, pixels: { fragments: parts } },
        more: (dataset) => dataset.setText(Tag.FrameTime, "DS", "33.3"),
      }),
    );
    const video = await pictures.video(mp4);
    assert.ok(video !== undefined);
    const { contentType, playable, size } = video;
    assert.deepEqual({ contentType, playable, size }, { contentType: "video/mp4", playable: true, size: 600_000 });
    assert.deepEqual(new Uint8Array(await new Response(video.read()).arrayBuffer()), container);
    const part = new Uint8Array(await new Response(video.read(199_990, 200_010)).arrayBuffer());
    assert.deepEqual(part, container.slice(199_990, 200_010));
    await video.read().cancel();
    const description = await pictures.describe(mp4);
    assert.deepEqual(description.cine, { frames: 50, milliseconds: 33.3, source: "FrameTime" });

    const bare = Uint8Array.of(0, 0, 0, 1, 0x67, 0x64, 0, 0x29);
    const raw = await pictures.video(fileOf(
      await writeObject(folder, {
        ...{ ...object, transferSyntaxUid: "1.2.840.10008.1.2.4.102", pixels: { fragments: [bare] } },
      }),
    ));
    assert.deepEqual([raw?.contentType, raw?.playable, raw?.extension], ["video/h264", false, "h264"]);
    assert.equal(await pictures.video(fileOf(await writeObject(folder, COLOURFUL))), undefined);
  }));

Deno.test("a video that is asked for in many ranges is looked at once", () =>
  withPictures(async (pictures, folder) => {
    const container = new Uint8Array(1000);
    container.set([0, 0, 0, 16, ...new TextEncoder().encode("ftypisom")]);
    const path = await writeObject(folder, {
      ...{ rows: 240, columns: 320, samplesPerPixel: 3, photometricInterpretation: "YBR_PARTIAL_420" },
      ...{ transferSyntaxUid: "1.2.840.10008.1.2.4.102", frames: 50, pixels: { fragments: [container] } },
    });
    const file = { ...fileOf(path), sha256: "of the object" };
    const first = await pictures.video(file);
    await Deno.writeTextFile(path, "nothing that can be looked at");
    const { read: _read, ...again } = (await pictures.video(file))!;
    assert.deepEqual({ ...again, read: first!.read }, first);
    assert.equal(await pictures.video({ ...file, sha256: "of another" }), undefined);
    await Deno.remove(path);
    await assert.rejects(pictures.video(file), Deno.errors.NotFound);
  }));
