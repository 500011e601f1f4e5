import { getLogger } from "@logtape/logtape";
import { dicomJsonText, type JsonDataset } from "../../dicom/dicom_json.ts";
import type { Dataset } from "../../dicom/dataset.ts";
import { NoPicture } from "../../dicom/pixel_data.ts";
import { MalformedDataset } from "../../dicom/malformed_dataset.ts";
import { EXPLICIT_LITTLE_ENDIAN, transferSyntaxOf } from "../../dicom/transfer_syntax.ts";
import type { CatalogueInstance } from "../../store/catalogue.ts";
import { Pace } from "../../timing/turns.ts";
import { type AcceptedType, acceptedTypes, takes } from "../dicomweb/accept.ts";
import { baseOf } from "../dicomweb/base.ts";
import { pixelMediaType } from "../dicomweb/media_type.ts";
import { type OutgoingPart, writeMultipart } from "../dicomweb/multipart.ts";
import { refuseDamaged } from "../damaged.ts";
import { type Handler, type Routes, userOf, type WebContext } from "../context.ts";
import type { Parts } from "../parts.ts";
import type { Picture, PictureType } from "../pictures.ts";
import { conflict, notFound, notUnderstood, Problem } from "../problem.ts";

const log = getLogger(["sonodesk", "web", "dicomweb"]);

const PICTURE_TYPES: readonly PictureType[] = ["image/jpeg", "image/png", "image/webp"];
const OCTETS = "application/octet-stream";
/** Characters of an answer that are sent together. */
const PIECE = 16 * 1024;
/** Frames in one request. */
const MOST_FRAMES = 5000;

/** How an answer with several objects begins. */
interface Answer {
  status: 200 | 206;
  headers: Record<string, string>;
}

const STUDY = "/dicom-web/studies/:study";
const SERIES = `${STUDY}/series/:series` as const;
const INSTANCE = `${SERIES}/instances/:instance` as const;
const FRAMES = `${INSTANCE}/frames/:frames` as const;

/**
 * Retrieving (WADO-RS, PS3.18 10.4): objects as they came unless a client asks for Explicit VR Little Endian, their
 * metadata, frames, bulk data and pictures.
 */
export function dicomWebRetrieveRoutes({ store, objects, pictures }: Parts): Routes<
  | `GET ${typeof STUDY | typeof SERIES | typeof INSTANCE}${"" | "/metadata" | "/rendered" | "/thumbnail"}`
  | `GET ${typeof FRAMES}${"" | "/rendered" | "/thumbnail"}`
  | `GET ${typeof INSTANCE}/bulkdata/*`
> {
  /** The objects that an address names, series by series; others get their turn between pages. */
  async function* objectsOf(context: WebContext): AsyncGenerator<CatalogueInstance> {
    const { study, series, instance } = context.req.param() as Record<string, string | undefined>;
    const pages = store.catalogue.pages({
      ...(study !== undefined && { studyInstanceUids: [study] }),
      ...(series !== undefined && { seriesInstanceUids: [series] }),
      ...(instance !== undefined && { sopInstanceUids: [instance] }),
    });
    const pace = new Pace();
    for (const page of pages) {
      yield* page;
      await pace.next();
    }
  }

  /** The first of them that is to be had so. @throws Problem 404 where there are none */
  async function firstOf(
    context: WebContext,
    isWanted: (instance: CatalogueInstance) => boolean = () => true,
  ): Promise<CatalogueInstance | undefined> {
    let isThere = false;
    for await (const instance of objectsOf(context)) {
      if (isWanted(instance)) return instance;
      isThere = true;
    }
    if (!isThere) throw notFound("Cannot find what is asked for: there is nothing with these UIDs");
    return undefined;
  }

  const isWhole = ({ sopInstanceUid }: CatalogueInstance) => store.instanceFiles.damageOf(sopInstanceUid) === "";

  /** @throws Problem 409 where no file is as it came, as far as is known */
  async function firstWhole(context: WebContext): Promise<CatalogueInstance> {
    const first = await firstOf(context, isWhole);
    if (first === undefined) refuseDamaged(store, (await firstOf(context))!.sopInstanceUid, "send the object");
    return first!;
  }

  /** What is asked for, without what is damaged. */
  async function* wholeOf(context: WebContext): AsyncGenerator<CatalogueInstance> {
    for await (const instance of objectsOf(context)) if (isWhole(instance)) yield instance;
  }

  /** An answer that leaves out what is damaged is a partial one (PS3.18 8.5.1), and says so. */
  async function answerOf(context: WebContext): Promise<Answer> {
    let [left, all] = [0, 0];
    if (store.instanceFiles.damagedCount() > 0) {
      for await (const instance of objectsOf(context)) {
        all += 1;
        if (!isWhole(instance)) left += 1;
      }
    }
    if (left === 0) return { status: 200, headers: {} };
    const warning = `299 - "${left} of ${all} objects are left out: their files are damaged or missing"`;
    return { status: 206, headers: { warning } };
  }

  const retrieve: Handler = (context) =>
    readable(async () => {
      const first = await firstWhole(context);
      const isOne = context.req.param("instance") !== undefined;
      for (const accepted of typesOf(context)) {
        if (!takes(accepted.content, "application/dicom")) continue;
        const isSingle = !accepted.multipart && accepted.content === "application/dicom";
        if (isSingle && !isOne && await hasAnother(context)) continue;
        const count = await countSendable(context, accepted.transferSyntax);
        if (count === undefined) continue;
        audit(context, first, count);
        if (isSingle) return await single(context, (await partOf(context, first, accepted.transferSyntax))!);
        return multipart(
          context,
          "application/dicom",
          partsOf(context, accepted.transferSyntax),
          await answerOf(context),
        );
      }
      throw notAcceptable("multipart/related; type=application/dicom, in the transfer syntax of the object");
    });

  async function hasAnother(context: WebContext): Promise<boolean> {
    let seen = 0;
    for await (const _ of objectsOf(context)) if (++seen > 1) return true;
    return false;
  }

  /** How many objects are sent in a transfer syntax; undefined where one of them cannot be had in it. */
  async function countSendable(context: WebContext, wanted: string | undefined): Promise<number | undefined> {
    let count = 0;
    for await (const instance of wholeOf(context)) {
      if (await partOf(context, instance, wanted) === undefined) return undefined;
      count += 1;
    }
    return count;
  }

  async function* partsOf(context: WebContext, wanted: string | undefined): AsyncGenerator<OutgoingPart> {
    for await (const instance of wholeOf(context)) {
      const part = await partOf(context, instance, wanted);
      if (part !== undefined) yield part; // one that came meanwhile may not be had so
    }
  }

  /** An object as a part of an answer; undefined where it cannot be had in a transfer syntax. */
  async function partOf(
    context: WebContext,
    instance: CatalogueInstance,
    wanted: string | undefined,
  ): Promise<OutgoingPart | undefined> {
    const location = `${baseOf(context)}/studies/${instance.studyInstanceUid}/series/${instance.seriesInstanceUid}` +
      `/instances/${instance.sopInstanceUid}`;
    const asStored = wanted === undefined || wanted === "*" || wanted === instance.transferSyntaxUid;
    const uid = asStored ? instance.transferSyntaxUid : wanted;
    const contentType = `application/dicom; transfer-syntax=${uid}`;
    if (asStored) {
      const file = await objects.file(instance);
      await file.cancel(); // it is there: it is opened again when its turn comes
      return { contentType, location, body: () => objects.file(instance) };
    }
    if (wanted !== EXPLICIT_LITTLE_ENDIAN.uid) return undefined;
    const syntax = transferSyntaxOf(instance.transferSyntaxUid);
    if (syntax === undefined || syntax.bigEndian) return undefined;
    if (syntax.encapsulated && (await objects.outline(instance)).pixels === "video") return undefined;
    return { contentType, location, body: () => objects.explicitFile(instance) };
  }

  function audit(context: WebContext, first: CatalogueInstance, count: number): void {
    const one = count === 1;
    store.audit.add(
      userOf(context).username,
      one ? "instance downloaded" : "instances downloaded",
      one ? first.sopInstanceUid : `study ${first.studyInstanceUid}`,
      one ? {} : { count },
    );
  }

  const metadata: Handler = (context) =>
    readable(async () => {
      const json = "application/dicom+json";
      if (!typesOf(context).some(({ content }) => takes(content, json) || takes(content, "application/json"))) {
        throw notAcceptable(json);
      }
      const { limit, offset } = pageOf(context);
      const described = describedOf(context, offset, limit);
      // what is not there, or cannot be read at all, is told before anything is sent
      await firstWhole(context);
      const { status, headers } = await answerOf(context);
      const first = await described.next();
      const body = ReadableStream.from((async function* () {
        const encoder = new TextEncoder();
        if (!first.done) yield encoder.encode(first.value);
        for await (const piece of described) yield encoder.encode(piece);
      })());
      return context.body(body, status, { ...headers, "content-type": json, "cache-control": "no-store" });
    });

  /**
   * What objects are made of, as the text of a JSON array, in pieces. One that cannot be read, which nobody knew of, is
   * left out, and told in the log: the answer is under way.
   *
   * @throws what the first of them throws where none can be read
   */
  async function* describedOf(context: WebContext, offset: number, limit: number): AsyncGenerator<string> {
    let position = 0;
    let isFirst = true;
    let unreadable: unknown;
    const pace = new Pace();
    for await (const instance of wholeOf(context)) {
      if (position >= offset + limit) break;
      if (position++ < offset) continue;
      let outline: Awaited<ReturnType<typeof objects.outline>>;
      try {
        outline = await objects.outline(instance);
      } catch (error) {
        if (!isUnreadable(error)) throw error;
        unreadable ??= error;
        const { sopInstanceUid } = instance;
        log.warn("{sopInstanceUid} is left out of its study's metadata: {error}", { sopInstanceUid, error });
        continue;
      }
      const { dataset, pixels } = outline;
      const address = `${baseOf(context)}/studies/${instance.studyInstanceUid}/series/${instance.seriesInstanceUid}` +
        `/instances/${instance.sopInstanceUid}/bulkdata`;
      const more: JsonDataset = pixels === "none"
        ? {}
        : { "7FE00010": { vr: "OW", BulkDataURI: `${address}/7FE00010` } };
      let piece = isFirst ? "[" : ",";
      isFirst = false;
      for (const text of dicomJsonText(dataset, (path) => `${address}/${path}`, more)) {
        piece += text;
        await pace.next();
        if (piece.length < PIECE) continue;
        yield piece;
        piece = "";
      }
      yield piece;
    }
    if (isFirst && unreadable !== undefined) throw unreadable;
    yield isFirst ? "[]" : "]";
  }

  const frames: Handler = (context) =>
    readable(async () => {
      const instance = await firstWhole(context);
      return await framesOf(context, instance!, frameNumbers(context, instance!));
    });

  async function framesOf(context: WebContext, instance: CatalogueInstance, numbers: number[]): Promise<Response> {
    const { pixels } = await objects.outline(instance);
    if (pixels === "none") throw notFound("Cannot show frames: this object is no image");
    if (pixels === "video") throw conflict("Cannot cut a video into frames: fetch its bulk data, or the whole object");
    const stored = pixelMediaType(instance.transferSyntaxUid);
    for (const accepted of typesOf(context)) {
      const { content, transferSyntax: wanted } = accepted;
      const anySyntax = wanted === undefined || wanted === "*" || wanted === instance.transferSyntaxUid;
      const asStored = pixels === "encapsulated" && anySyntax &&
        (takes(content, stored) || (content === OCTETS && wanted !== undefined));
      const asNative = takes(content, OCTETS) &&
        (wanted === undefined || wanted === EXPLICIT_LITTLE_ENDIAN.uid || (pixels === "native" && anySyntax));
      if (!asStored && !asNative) continue;
      const type = asStored ? stored : OCTETS;
      const syntax = asStored ? instance.transferSyntaxUid : EXPLICIT_LITTLE_ENDIAN.uid;
      const parts = numbers.map((n) => ({
        contentType: `${type}; transfer-syntax=${syntax}`,
        body: () => asStored ? objects.storedFrame(instance, n) : objects.nativeFrame(instance, n),
      }));
      // what cannot be read is told before anything is sent
      const first = await parts[0]!.body();
      parts[0] = { ...parts[0]!, body: () => Promise.resolve(first) };
      return !accepted.multipart && content === type && parts.length === 1
        ? await single(context, parts[0]!)
        : multipart(context, type, parts);
    }
    throw notAcceptable(stored === OCTETS ? OCTETS : `${stored} or ${OCTETS}`);
  }

  const bulkData: Handler = (context) =>
    readable(async () => {
      const instance = await firstWhole(context);
      const path = new URL(context.req.url).pathname.split("/bulkdata/")[1] ?? "";
      if (!/^[0-9a-f]{8}(\/\d{1,6}\/[0-9a-f]{8})*$/i.test(path)) {
        throw notFound("Cannot find the bulk data: this is no address that the metadata gives");
      }
      const { dataset, pixels, frames } = await objects.outline(instance!);
      if (path.toUpperCase() !== "7FE00010") {
        const value = valueAt(dataset, path);
        if (value === undefined) throw notFound("Cannot find the bulk data: the object has no bytes there");
        return multipart(context, OCTETS, [{ contentType: OCTETS, body: () => value }]);
      }
      if (pixels === "none") throw notFound("Cannot find the bulk data: the object has no pixels");
      if (pixels === "encapsulated") {
        return await framesOf(context, instance!, Array.from({ length: frames }, (_, index) => index + 1));
      }
      const { transferSyntaxUid } = instance!;
      const type = pixelMediaType(transferSyntaxUid);
      // a data set may be deflated, bulk data is not
      const syntax = transferSyntaxOf(transferSyntaxUid)?.deflated ? EXPLICIT_LITTLE_ENDIAN.uid : transferSyntaxUid;
      const contentType = `${type}; transfer-syntax=${syntax}`;
      return multipart(context, type, [{ contentType, body: () => objects.pixelData(instance!) }]);
    });

  /** @param several whether each object that is an image has its picture, where the client takes several */
  const rendered = (several: boolean): Handler => (context) =>
    readable(async () => {
      const first = await firstOf(context, ({ frames }) => frames > 0);
      if (first === undefined) throw notFound("Cannot draw this: it is no image");
      const numbers = context.req.param("frames") === undefined ? [1] : frameNumbers(context, first);
      const { searchParams } = new URL(context.req.url);
      const size = sizeOf(searchParams);
      for (const { content, multipart: takesSeveral } of typesOf(context)) {
        const type = PICTURE_TYPES.find((one) => takes(content, one));
        if (type === undefined || (numbers.length > 1 && !takesSeveral && content === type)) continue;
        if (numbers.length === 1 && !takesSeveral) {
          return pictureResponse(context, await pictureOf(first, numbers[0]!, size, type));
        }
        const drawn = several ? firstFrames(context) : numbers.map((n) => [first, n] as const);
        return multipart(context, type, pictureParts(drawn, size, type));
      }
      throw notAcceptable(PICTURE_TYPES.join(", "));
    });

  async function* firstFrames(context: WebContext): AsyncGenerator<readonly [CatalogueInstance, number]> {
    for await (const instance of objectsOf(context)) if (instance.frames > 0) yield [instance, 1];
  }

  /** @throws Problem where there is no picture */
  async function pictureOf(
    { sopInstanceUid }: CatalogueInstance,
    n: number,
    size: number | undefined,
    type: PictureType,
  ): Promise<Picture> {
    const picture = await pictures.frame(sopInstanceUid, n, { size, type });
    if (!picture) throw notFound("Cannot draw the object: its file is not there");
    if (picture.placeholder) throw conflict(`Cannot draw the object: ${picture.placeholder}`);
    return picture;
  }

  /** Pictures one after the other; what cannot be drawn, such as a video among images, is left out. */
  async function* pictureParts(
    drawn: Iterable<readonly [CatalogueInstance, number]> | AsyncIterable<readonly [CatalogueInstance, number]>,
    size: number | undefined,
    type: PictureType,
  ): AsyncGenerator<OutgoingPart> {
    for await (const [{ sopInstanceUid }, n] of drawn) {
      const picture = await pictures.frame(sopInstanceUid, n, { size, type });
      if (picture && !picture.placeholder) yield { contentType: type, body: () => picture.bytes };
    }
  }

  const thumbnail: Handler = (context) =>
    readable(async () => {
      const first = await firstOf(context, ({ frames }) => frames > 0);
      if (first === undefined) throw notFound("Cannot show a thumbnail: there is no image");
      const [n] = context.req.param("frames") === undefined ? [1] : frameNumbers(context, first);
      const picture = n === 1
        ? await pictures.thumbnail(first.sopInstanceUid)
        : await pictures.frame(first.sopInstanceUid, n!, { size: 200, type: "image/jpeg" });
      if (!picture) throw notFound("Cannot show a thumbnail: the object's file is not there");
      return pictureResponse(context, picture);
    });

  return {
    "GET /dicom-web/studies/:study": retrieve,
    "GET /dicom-web/studies/:study/metadata": metadata,
    "GET /dicom-web/studies/:study/rendered": rendered(true),
    "GET /dicom-web/studies/:study/thumbnail": thumbnail,
    "GET /dicom-web/studies/:study/series/:series": retrieve,
    "GET /dicom-web/studies/:study/series/:series/metadata": metadata,
    "GET /dicom-web/studies/:study/series/:series/rendered": rendered(true),
    "GET /dicom-web/studies/:study/series/:series/thumbnail": thumbnail,
    "GET /dicom-web/studies/:study/series/:series/instances/:instance": retrieve,
    "GET /dicom-web/studies/:study/series/:series/instances/:instance/metadata": metadata,
    "GET /dicom-web/studies/:study/series/:series/instances/:instance/rendered": rendered(false),
    "GET /dicom-web/studies/:study/series/:series/instances/:instance/thumbnail": thumbnail,
    "GET /dicom-web/studies/:study/series/:series/instances/:instance/frames/:frames": frames,
    "GET /dicom-web/studies/:study/series/:series/instances/:instance/frames/:frames/rendered": rendered(false),
    "GET /dicom-web/studies/:study/series/:series/instances/:instance/frames/:frames/thumbnail": thumbnail,
    "GET /dicom-web/studies/:study/series/:series/instances/:instance/bulkdata/*": bulkData,
  };
}

function typesOf(context: WebContext): AcceptedType[] {
  return acceptedTypes(context.req.header("accept"), context.req.query("accept"));
}

/** Which of the objects are described (as PS3.18 8.3.4.4 has it for a search): all without these. @throws Problem 400 */
function pageOf(context: WebContext): { limit: number; offset: number } {
  const number = (name: string, otherwise: number) => {
    const given = context.req.query(name);
    if (given === undefined) return otherwise;
    if (!/^\d{1,9}$/.test(given)) throw notUnderstood(`Cannot answer: ${name} must be a whole number`);
    return Number(given);
  };
  return { limit: number("limit", Infinity), offset: number("offset", 0) };
}

/** The frames that an address lists, from 1. @throws Problem 404 */
function frameNumbers(context: WebContext, { frames }: CatalogueInstance): number[] {
  const list = (context.req.param("frames") ?? "").split(",");
  const numbers = list.map((n) => /^[1-9]\d{0,8}$/.test(n) ? Number(n) : 0);
  if (numbers.length > MOST_FRAMES || numbers.some((n) => n < 1 || n > frames)) {
    throw notFound(
      frames === 0
        ? "Cannot show frames: this object is no image"
        : `Cannot show the frames: this object has frames 1 to ${frames}, and the list has commas between them`,
    );
  }
  return numbers;
}

/**
 * The longer side of a picture that fits a viewport (PS3.18 8.3.5.1.3).
 *
 * @throws Problem 400 for what would make another picture than the one that is drawn
 */
function sizeOf(parameters: URLSearchParams): number | undefined {
  if (parameters.has("window")) throw notUnderstood("Cannot draw with another window: leave the parameter out");
  const viewport = parameters.get("viewport");
  if (viewport === null) return undefined;
  const [, width, height] = /^([1-9]\d{0,4}),([1-9]\d{0,4})$/.exec(viewport) ?? [];
  if (width === undefined) throw notUnderstood("Cannot draw this part: a viewport is a width and a height in pixels");
  return Math.min(Number(width), Number(height));
}

/** The bytes of an attribute by its path, such as `00880200/0/00281201`. */
function valueAt(dataset: Dataset, path: string): Uint8Array | undefined {
  const [tag, item, ...rest] = path.split("/");
  if (item === undefined) return dataset.bytes(parseInt(tag!, 16));
  const inner = dataset.items(parseInt(tag!, 16))[Number(item)];
  return inner && valueAt(inner, rest.join("/"));
}

function multipart(
  context: WebContext,
  type: string,
  parts: Iterable<OutgoingPart> | AsyncIterable<OutgoingPart>,
  { status, headers }: Answer = { status: 200, headers: {} },
): Response {
  const { contentType, body } = writeMultipart(type, parts);
  return context.body(body, status, {
    ...headers,
    ...{ "content-type": contentType, "cache-control": "no-store, no-transform" },
  });
}

async function single(context: WebContext, { contentType, body }: OutgoingPart): Promise<Response> {
  const content = await body();
  return context.body(content as Uint8Array<ArrayBuffer> | ReadableStream, 200, {
    "content-type": contentType,
    "cache-control": "no-store, no-transform",
  });
}

function pictureResponse(context: WebContext, picture: Picture): Response {
  return context.body(picture.bytes, 200, {
    "content-type": picture.contentType,
    "content-length": String(picture.bytes.length),
    "cache-control": "private, no-cache",
    vary: "accept",
    etag: picture.etag,
  });
}

function notAcceptable(offered: string): Problem {
  return new Problem(406, "Not available so", `Cannot answer in the form that is asked for: there is ${offered}`);
}

/** What an object's own bytes make impossible is a refusal, not a failure of the box. */
function isUnreadable(error: unknown): boolean {
  return error instanceof NoPicture || error instanceof MalformedDataset || error instanceof Deno.errors.NotFound;
}

async function readable(work: () => Promise<Response>): Promise<Response> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof NoPicture || error instanceof MalformedDataset) {
      throw conflict(`Cannot read the object: ${error.message}`);
    }
    if (error instanceof Deno.errors.NotFound) throw notFound("Cannot send the object: its file is not there");
    throw error;
  }
}
