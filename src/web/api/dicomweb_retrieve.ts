import { createHash } from "node:crypto";
import { getLogger } from "@logtape/logtape";
import { Dataset } from "../../dicom/dataset.ts";
import { dicomJsonText, type JsonDataset } from "../../dicom/dicom_json.ts";
import { Tag } from "../../dicom/dictionary.ts";
import { EXPLICIT_LITTLE_ENDIAN, pixelMediaType, transferSyntaxOf } from "../../dicom/transfer_syntax.ts";
import type { CatalogueInstance } from "../../store/catalogue.ts";
import { Pace } from "../../timing/turns.ts";
import { takes } from "../dicomweb/accept.ts";
import { addressed } from "../dicomweb/addressed.ts";
import { baseOf } from "../dicomweb/base.ts";
import type { OutgoingPart } from "../dicomweb/multipart.ts";
import {
  frameNumbers,
  isUnreadable,
  multipart,
  notAcceptable,
  pageOf,
  readable,
  single,
  typesOf,
  valueAt,
} from "../dicomweb/retrieval.ts";
import { VERSION } from "../../version.ts";
import { userOf, type WebContext } from "../context.ts";
import type { Parts } from "../parts.ts";
import { conflict, notFound } from "../problem.ts";
import { isFresh } from "../static_files.ts";

const log = getLogger(["sonodesk", "web", "dicomweb"]);

const OCTETS = "application/octet-stream";
/**
 * An object's attributes, where it is to be found should it not say it itself, and in which transfer syntax it can be
 * had: viewers file it by the ones, and tell a video by the other.
 */
function placed(dataset: Dataset, instance: CatalogueInstance): Dataset {
  const described = new Dataset();
  for (const element of dataset) described.add(element);
  const { studyInstanceUid, seriesInstanceUid, transferSyntaxUid } = instance;
  if (described.text("StudyInstanceUID") === "") described.setText(Tag.StudyInstanceUID, "UI", studyInstanceUid);
  if (described.text("SeriesInstanceUID") === "") described.setText(Tag.SeriesInstanceUID, "UI", seriesInstanceUid);
  return described.setText(Tag.AvailableTransferSyntaxUID, "UI", transferSyntaxUid);
}

/** Characters of an answer that are sent together. */
const PIECE = 16 * 1024;

/**
 * Retrieving (WADO-RS, PS3.18 10.4): objects as they came unless a client asks for Explicit VR Little Endian, their
 * metadata, frames and bulk data. What is of one instance has an entity tag by which a client keeps it.
 */
export function retrieval({ store, objects }: Pick<Parts, "store" | "objects">) {
  const { objectsOf, firstWhole, wholeOf, answerOf } = addressed(store);

  const retrieve = (context: WebContext) =>
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
    if (syntax === undefined) return undefined;
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

  const metadata = (context: WebContext) =>
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
      for (const text of dicomJsonText(placed(dataset, instance), (path) => `${address}/${path}`, more)) {
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

  const frames = (context: WebContext) =>
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

  const bulkData = (context: WebContext) =>
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

  /** An answer of one instance, which changes with what leaves of it, or that it is as the client has it (RFC 9110 13). */
  const versioned = (answer: (context: WebContext) => Promise<Response>) => (context: WebContext) =>
    readable(async () => {
      if (context.req.param("instance") === undefined) return await answer(context);
      const version = objects.versionOf(await firstWhole(context));
      const { pathname, search, origin } = new URL(context.req.url);
      // another version of the program may describe it otherwise
      const asked = [VERSION, version, origin, pathname, search, context.req.header("accept") ?? ""];
      const etag = `"${createHash("sha256").update(JSON.stringify(asked)).digest("hex").slice(0, 40)}"`;
      const headers = { etag: `W/${etag}`, "cache-control": "private, no-cache, no-transform", vary: "accept" };
      if (isFresh(context.req.raw, etag)) return context.body(null, 304, headers);
      const made = await answer(context);
      if (made.status === 200) { for (const [name, value] of Object.entries(headers)) made.headers.set(name, value); }
      return made;
    });

  return {
    ...{ retrieve: versioned(retrieve), metadata: versioned(metadata) },
    ...{ frames: versioned(frames), bulkData: versioned(bulkData) },
  };
}
