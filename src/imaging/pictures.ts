import { type Sentence, type Told, told } from "../sentences.ts";
import { createHash } from "node:crypto";
import { NoPicture } from "../dicom/pixel_data.ts";
import type { VideoKind } from "../dicom/video/video_kind.ts";
import { readExtents } from "./file_extents.ts";
import { type CacheLimits, PictureCache } from "./picture_cache.ts";
import { failureOf, unreadOf } from "./not_readable.ts";
import { placeholder, type PlaceholderKind } from "./placeholder.ts";
import { type Attempts, Renderer, type RendererLimits, type Rendering, type Subject } from "./renderer.ts";
import type {
  NativeFrame,
  ObjectDescription,
  ObjectMeasurements,
  PictureType,
  PictureView,
  RenderRequest,
  VideoStream,
} from "./render_protocol.ts";

/**
 * An object's file: where it is on disk, and, where known, the hash of its bytes in hex, and the character set on the
 * record of the machine that it came from.
 */
export interface PictureFile {
  /** Complete. */
  path: string;
  /** SOP Instance UID (0008,0018). */
  sopInstanceUid: string;
  /** Of the file's bytes, hex. */
  sha256?: string;
  /** As `readText` has it. */
  machineCharset?: readonly string[];
}

/** A picture for a browser. `placeholder` says why the object itself could not be drawn. */
export interface Picture {
  /** Of the picture. */
  bytes: Uint8Array<ArrayBuffer>;
  /** Media type. */
  contentType: string;
  /** A strong entity tag with its quotes, as HTTP wants it. */
  etag: string;
  /** In English. */
  placeholder?: string;
  /** The same by its code. */
  coded?: Sentence | undefined;
}

/** A video as the object holds it, readable from any position, as an HTTP range asks. */
export interface Video extends VideoKind {
  /** Bytes. */
  size: number;
  /** With its quotes. */
  etag: string;
  /** The bytes from `start` up to, not including, `end`. */
  read(start?: number, end?: number): ReadableStream<Uint8Array<ArrayBuffer>>;
}

/** How a frame is wanted. */
export interface FrameOptions {
  /** The longer side in pixels at most; the frame's own size when absent. Pictures are never enlarged. */
  size?: number | undefined;
  /** JPEG where not given. */
  type?: PictureType | undefined;
  /** Of JPEG and of lossy WebP, 1 to 100. */
  quality?: number | undefined;
  /** A part of it, a box that it fits, another window. */
  view?: PictureView | undefined;
}

export interface PicturesOptions {
  /** A folder that belongs to the pictures alone. */
  cacheFolder: string;
  cache?: Partial<CacheLimits>;
  renderer?: Partial<RendererLimits>;
  /** Where it is written down what is tried of stored objects. */
  attempts?: Attempts;
  /** Told when the cache cannot be read or written, a full disk for one; pictures are shown all the same. */
  reportCacheFailure?: (error: Error) => void;
}

/** Longer side of a thumbnail, in pixels. */
export const THUMBNAIL_SIZE = 200;
const SMALLEST_SIZE = 16;
const LARGEST_SIZE = 8192;
const THUMBNAIL_QUALITY = 82;
const FRAME_QUALITY = 92;
const MEBIBYTE = 1024 * 1024;
/** How many pictures that cannot be drawn are remembered, so that they are not tried in vain again and again. */
const MOST_REFUSALS = 2_000;
/** For how long, in milliseconds: it may have been the box that was slow. */
const REFUSAL_LASTS = 10 * 60_000;
/** Extents of a video that is remembered: those of half an hour, 50 pictures a second. */
const MOST_EXTENTS = 200_000;
/** To be raised when pictures come out otherwise than before, so that kept ones are drawn again. */
const RENDERING = 2;

/** The description of an object that cannot be read. */
export const NOT_READ: ObjectDescription = {
  columns: 0,
  rows: 0,
  frames: 0,
  cine: { frames: 1, milliseconds: 40, source: "" },
  regions: [],
  assumed: [],
};

/** Why there is no picture, what stands for it, and until when that is taken as it is. */
interface Refusal {
  why: Told;
  kind: PlaceholderKind;
  until: number;
}

/**
 * Pictures of stored objects: drawn in a process of its own, kept on disk, a placeholder where nothing can be drawn. What objects
 * say was measured is read in the same one: a hostile report takes seconds.
 */
export class Pictures {
  readonly #cache: PictureCache;
  readonly #renderer: Renderer;
  readonly #underway = new Map<
    string,
    { picture: Promise<Picture>; rendering: Rendering | undefined; wanted: boolean }
  >();
  readonly #refusals = new Map<string, Refusal>();
  /** The video that was looked at last: browsers ask for it in many ranges, and a bare stream is read whole to index it. */
  #video: { key: string; stream: VideoStream } | undefined;
  readonly #reportCacheFailure: (error: Error) => void;

  /** Starts no renderer before there is something to draw. */
  constructor(options: PicturesOptions) {
    this.#cache = new PictureCache(options.cacheFolder, { bytes: 512 * MEBIBYTE, files: 20_000, ...options.cache });
    this.#renderer = new Renderer(options.renderer, options.attempts);
    this.#reportCacheFailure = options.reportCacheFailure ?? ((error) => console.error(error.message));
  }

  /** Whether the renderer is running; it starts with the first picture and ends when idle. */
  get isRendering(): boolean {
    return this.#renderer.isRunning;
  }

  /**
   * The first frame, at most 200 pixels wide and high, as JPEG.
   *
   * @throws Deno.errors.NotFound when the file is not there
   * @throws RendererBusy when too many pictures wait
   */
  thumbnail(file: PictureFile): Promise<Picture> {
    return this.#picture(file, 1, thumbnailRequest(file), false);
  }

  /**
   * Frame `n`, from 1, as JPEG or WebP.
   *
   * @throws as `thumbnail`
   */
  frame(file: PictureFile, n: number, options: FrameOptions = {}): Promise<Picture> {
    const size = options.size === undefined
      ? undefined
      : Math.min(LARGEST_SIZE, Math.max(SMALLEST_SIZE, Math.round(options.size) || SMALLEST_SIZE));
    const type = options.type ?? "image/jpeg";
    return this.#picture(
      file,
      n,
      {
        ...{ kind: "frame", path: file.path, frame: n, size, type, quality: options.quality ?? FRAME_QUALITY },
        ...(options.view && { view: options.view }),
      },
      false,
    );
  }

  /**
   * Makes the thumbnail ahead, when nobody waits for a picture. It may be left out when very many are queued, and is
   * then made when it is asked for.
   *
   * @throws as `thumbnail`, but for RendererBusy
   */
  async prepare(file: PictureFile): Promise<void> {
    try {
      await this.#picture(file, 1, thumbnailRequest(file), true);
    } catch (error) {
      if (!(error instanceof Error && error.name === "RendererBusy")) throw error;
    }
  }

  /**
   * What a viewer must know of the object: size, frames, their timing, the calibrated regions. Of a file that is no
   * DICOM object the box can read: why.
   *
   * @throws as `thumbnail`
   */
  async describe(file: PictureFile): Promise<ObjectDescription> {
    const { path, machineCharset = [] } = file;
    const request = { kind: "describe", path, machineCharset } as const;
    const answer = await this.#renderer.render(request, { subject: subjectOf(file) }).answer;
    if (answer.kind === "description") {
      const { video } = answer.description;
      if (video !== undefined && video.extents.length <= MOST_EXTENTS) {
        this.#video = { key: await keyOf(file, ["video"]), stream: video };
      }
      return answer.description;
    }
    if (answer.kind === "noPicture" || answer.kind === "setAside") {
      return { ...NOT_READ, noPicture: answer.reason, coded: answer.coded };
    }
    throw failureOf(file, answer);
  }

  /**
   * The video that the object holds, as stored or in a container that browsers play; undefined when it is none.
   *
   * @throws as `describe`
   */
  async video(file: PictureFile): Promise<Video | undefined> {
    await Deno.stat(file.path);
    const key = await keyOf(file, ["video"]);
    const video = this.#video?.key === key ? this.#video.stream : (await this.describe(file)).video;
    if (video === undefined) return undefined;
    const { extents, made, ...kind } = video;
    return {
      ...kind,
      etag: `"${key}"`,
      read: (start = 0, end = video.size) => readExtents(file.path, { extents, made }, start, end),
    };
  }

  /**
   * The bare pixels of frame `n`, from 1.
   *
   * @param ahead true for what can wait until nobody looks at a screen
   * @throws NoPicture when they cannot be decoded, and as `thumbnail`
   */
  async native(file: PictureFile, n: number, ahead: boolean): Promise<NativeFrame> {
    const request = { kind: "native", path: file.path, frame: n } as const;
    const answer = await this.#renderer.render(request, { ahead, subject: subjectOf(file) }).answer;
    if (answer.kind === "native") return answer.frame;
    if (answer.kind === "noPicture" || answer.kind === "setAside") throw new NoPicture(answer.coded);
    throw failureOf(file, answer);
  }

  /**
   * What the object says was measured. Nobody waits for it: it comes after the pictures that people ask for.
   *
   * @param withoutFetalSex what may not be told of a fetus's sex is looked for, and left out where it is coded
   * @throws NotReadable, and as `thumbnail`
   */
  async measurements(file: PictureFile, withoutFetalSex = false): Promise<ObjectMeasurements> {
    const request = textRequest("measurements", file, withoutFetalSex);
    const answer = await this.#renderer.render(request, { ahead: true, subject: subjectOf(file) }).answer;
    if (answer.kind === "measurements") return answer.measurements;
    throw unreadOf(file, answer);
  }

  /**
   * The whole tree of a report, for a person who wants to see all of it: the JSON of a `Report`, in UTF-8.
   *
   * @throws as `measurements`
   */
  async report(file: PictureFile, withoutFetalSex = false): Promise<Uint8Array<ArrayBuffer>> {
    const request = textRequest("report", file, withoutFetalSex);
    const answer = await this.#renderer.render(request, { subject: subjectOf(file) }).answer;
    if (answer.kind === "report") return answer.json;
    throw unreadOf(file, answer);
  }

  /** Starts the renderer before there is anything to draw. */
  warm(): void {
    this.#renderer.warm();
  }

  /** Forgets why an object could not be drawn: it is tried again. */
  forgetRefusals(): void {
    this.#refusals.clear();
  }

  /** Ends the renderer. Pictures that wait are refused. */
  close(): void {
    this.#renderer.close();
  }

  async #picture(
    file: PictureFile,
    n: number,
    request: RenderRequest & { kind: "frame" },
    ahead: boolean,
  ): Promise<Picture> {
    const key = await keyOf(file, [
      ...[n, request.size ?? "full", request.type, request.quality],
      ...(request.view ? [JSON.stringify(request.view)] : []),
    ]);
    const underway = this.#underway.get(key);
    if (underway !== undefined) {
      if (!ahead) {
        underway.wanted = true;
        underway.rendering?.promote();
      }
      return underway.picture;
    }
    const entry = { rendering: undefined as Rendering | undefined, wanted: !ahead };
    const picture = this.#make(file, key, request, entry).finally(() => this.#underway.delete(key));
    this.#underway.set(key, Object.assign(entry, { picture }));
    return await picture;
  }

  async #make(
    file: PictureFile,
    key: string,
    request: RenderRequest & { kind: "frame" },
    entry: { rendering: Rendering | undefined; wanted: boolean },
  ): Promise<Picture> {
    const refusal = this.#refusals.get(key);
    if (refusal !== undefined && refusal.until > performance.now()) {
      return standIn(refusal.why, request.size, refusal.kind);
    }
    const kept = await this.#kept(key, request.type);
    if (kept !== undefined) return { bytes: kept, contentType: request.type, etag: `"${key}"` };
    entry.rendering = this.#renderer.render(request, { ahead: !entry.wanted, subject: subjectOf(file) });
    const answer = await entry.rendering.answer;
    if (answer.kind === "picture") {
      await this.#keep(key, request.type, answer.bytes);
      return { bytes: answer.bytes, contentType: request.type, etag: `"${key}"` };
    }
    // not remembered here: a person may say that it is to be tried again
    if (answer.kind === "setAside") return standIn(told(answer.coded), request.size);
    if (answer.kind !== "noPicture") throw failureOf(file, answer);
    const kind = answer.video ? "video" : answer.document ? "document" : "none";
    const why = told(answer.coded);
    this.#refuse(key, { why, kind, until: performance.now() + REFUSAL_LASTS });
    return standIn(why, request.size, kind);
  }

  #refuse(key: string, refusal: Refusal): void {
    this.#refusals.delete(key);
    this.#refusals.set(key, refusal);
    const [oldest] = this.#refusals.keys();
    if (this.#refusals.size > MOST_REFUSALS) this.#refusals.delete(oldest!);
  }

  async #kept(key: string, type: PictureType): Promise<Uint8Array<ArrayBuffer> | undefined> {
    try {
      return await this.#cache.read(key, type);
    } catch (error) {
      this.#reportCacheFailure(error as Error);
      return undefined;
    }
  }

  async #keep(key: string, type: PictureType, bytes: Uint8Array): Promise<void> {
    try {
      await this.#cache.write(key, type, bytes);
    } catch (error) {
      this.#reportCacheFailure(error as Error);
    }
  }
}

function thumbnailRequest({ path }: PictureFile): RenderRequest & { kind: "frame" } {
  return { kind: "frame", path, frame: 1, size: THUMBNAIL_SIZE, type: "image/jpeg", quality: THUMBNAIL_QUALITY };
}

function textRequest(
  kind: "measurements" | "report",
  { path, machineCharset = [] }: PictureFile,
  withoutFetalSex: boolean,
): RenderRequest {
  return { kind, path, machineCharset, withoutFetalSex };
}

/** Whose attempts are written down: of a file that is no stored object's, nobody's. */
function subjectOf({ sopInstanceUid, sha256 }: PictureFile): Subject | undefined {
  return sha256 === undefined ? undefined : { sopInstanceUid, sha256 };
}

/** A name for a picture that changes when the object's bytes or the way of drawing do. */
async function keyOf(file: PictureFile, parts: readonly (string | number)[]): Promise<string> {
  let content = file.sha256;
  if (content === undefined) {
    const { size, mtime } = await Deno.stat(file.path);
    content = `${file.sopInstanceUid} ${size} ${mtime?.getTime() ?? 0}`;
  }
  return createHash("sha256").update([RENDERING, content, ...parts].join("\n")).digest("hex").slice(0, 40);
}

/** What stands for a picture that there is not. @param size its longer side at most, in pixels */
export function standIn(why: Told, size: number | undefined, kind: PlaceholderKind = "none"): Picture {
  const side = Math.min(size ?? 640, 640);
  const bytes = placeholder(kind, side);
  const etag = createHash("sha256").update(bytes).digest("hex").slice(0, 40);
  return { bytes, contentType: "image/png", etag: `"${etag}"`, placeholder: why.detail, coded: why.coded };
}
