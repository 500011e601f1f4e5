import { say } from "../sentences.ts";
import sharp, { type Sharp } from "sharp";
import { NoPicture } from "../dicom/pixel_data.ts";
import { MalformedDataset } from "../dicom/malformed_dataset.ts";
import type { Report } from "../dicom/report/report.ts";
import { readMeasurements, readStoredReport } from "./read_measurements.ts";
import { describeObject, ObjectIsNoPicture, readNativeFrame, readPicture } from "./read_picture.ts";
import {
  noPictureOf,
  type PictureType,
  type PictureView,
  type RenderAnswer,
  type RenderRequest,
} from "./render_protocol.ts";

/** The largest side that a file of each type can have. */
const LARGEST_SIDE: Record<PictureType, number> = {
  "image/jpeg": 65_500,
  "image/webp": 16_383,
  "image/png": 65_535,
};

/** The largest tree of a report that is handed to a page, bytes of JSON: those of real machines are a hundredth of it. */
const LARGEST_TREE = 32 * 1024 * 1024;

// one picture at a time, and nothing kept: memory belongs to the rest of the box
sharp.cache(false);
sharp.concurrency(1);

/**
 * What a request is answered.
 *
 * @param timeLimit how long native code may take over it, seconds
 */
export async function answerTo(request: RenderRequest, timeLimit: number): Promise<RenderAnswer> {
  try {
    if (request.kind === "describe") {
      return { kind: "description", description: await describeObject(request.path, request.machineCharset) };
    }
    if (request.kind === "native") {
      return { kind: "native", frame: await readNativeFrame(request.path, request.frame) };
    }
    if (request.kind === "measurements") {
      const { path, machineCharset, withoutFetalSex } = request;
      return { kind: "measurements", measurements: await readMeasurements(path, machineCharset, withoutFetalSex) };
    }
    if (request.kind === "report") {
      const { path, machineCharset, withoutFetalSex } = request;
      return { kind: "report", json: asJson(await readStoredReport(path, machineCharset, withoutFetalSex)) };
    }
    const drawing = (await draw(request)).timeout({ seconds: timeLimit });
    return { kind: "picture", bytes: new Uint8Array(await drawing.toBuffer()) };
  } catch (error) {
    if (error instanceof NoPicture) {
      const why = error instanceof ObjectIsNoPicture ? error.what : undefined;
      return noPictureOf(error.why, { video: why === "video", document: why === "document" });
    }
    if (error instanceof MalformedDataset) return { kind: "unreadable", reason: error.message, forGood: true };
    if (OUT_OF_MEMORY.test(String(error))) return outOfMemory(request);
    const missing = error instanceof Deno.errors.NotFound;
    return { kind: "failure", message: error instanceof Error ? error.message : String(error), missing };
  }
}

/** As libvips, V8 and WebAssembly say it. */
const OUT_OF_MEMORY = /insufficient memory|out of memory|allocation failed|could not allocate|Cannot allocate memory/i;

function outOfMemory({ kind }: RenderRequest): RenderAnswer {
  if (kind === "measurements" || kind === "report") {
    return { kind: "unreadable", reason: "reading it took more memory than it may", forGood: false };
  }
  return noPictureOf(say("drawing-out-of-memory"));
}

/** @throws MalformedDataset when the tree is larger than a page can show */
function asJson(report: Report): Uint8Array<ArrayBuffer> {
  const json = new TextEncoder().encode(JSON.stringify(report));
  if (json.length > LARGEST_TREE) throw new MalformedDataset(`its tree is ${json.length} bytes of JSON`);
  return json;
}

/** The part of a picture that a region is, whole pixels. @throws NoPicture where it lies outside */
function within(region: PictureView["region"], { width, height }: { width: number; height: number }) {
  if (region === undefined) return undefined;
  const left = Math.max(0, Math.floor(region.x));
  const top = Math.max(0, Math.floor(region.y));
  const part = {
    ...{ left, top },
    width: Math.min(width, Math.ceil(region.x + Math.abs(region.width))) - left,
    height: Math.min(height, Math.ceil(region.y + Math.abs(region.height))) - top,
  };
  if (part.width < 1 || part.height < 1) throw new NoPicture(say("picture-part-outside", { width, height }));
  return part;
}

async function turned(part: Sharp, { width, height }: { width: number; height: number }) {
  const { data, info } = await part.raw().toBuffer({ resolveWithObject: true });
  const raw = { width: info.width, height: info.height, channels: info.channels };
  return sharp(data, { raw }).flop(width < 0).flip(height < 0);
}

/** How the picture is made; nothing is made yet. */
async function draw(request: RenderRequest & { kind: "frame" }): Promise<Sharp> {
  const { view = {} } = request;
  const picture = await readPicture(request.path, request.frame, view.window);
  const side = Math.min(request.size ?? Infinity, LARGEST_SIDE[request.type]);
  let drawing = sharp(picture.pixels, {
    raw: { width: picture.width, height: picture.height, channels: picture.channels },
    limitInputPixels: false, // bounded by describePixels
  });
  const part = within(view.region, picture);
  if (part !== undefined) {
    drawing = drawing.extract(part);
    // sharp turns before it takes a part: a picture of its own
    if (view.region!.width < 0 || view.region!.height < 0) {
      drawing = await turned(drawing, view.region!);
    }
  }
  const [width, height] = [Math.min(side, view.box?.width ?? side), Math.min(side, view.box?.height ?? side)];
  const shown = part ?? picture;
  if (shown.width > width || shown.height > height) drawing = drawing.resize(width, height, { fit: "inside" });
  // full colour resolution: Doppler and coloured captions are thin. Lossy WebP has but a quarter of it
  return request.type === "image/webp"
    ? picture.channels === 3 ? drawing.webp({ lossless: true, effort: 0 }) : drawing.webp({ quality: request.quality })
    : request.type === "image/png"
    ? drawing.png()
    : drawing.jpeg({
      ...{ quality: request.quality, chromaSubsampling: "4:4:4" },
      // a fifth of the work for a tenth fewer bytes: not of a thumbnail, which each image has
      optimiseCoding: request.size === undefined,
    });
}
