import type { Dataset } from "../../dicom/dataset.ts";
import { MalformedDataset } from "../../dicom/malformed_dataset.ts";
import { NoPicture } from "../../dicom/pixel_data.ts";
import type { CatalogueInstance } from "../../store/catalogue.ts";
import type { WebContext } from "../context.ts";
import type { Picture } from "../pictures.ts";
import { conflict, notFound, notUnderstood, Problem } from "../problem.ts";
import { isFresh } from "../static_files.ts";
import { type AcceptedType, acceptedTypes } from "./accept.ts";
import { type OutgoingPart, writeMultipart } from "./multipart.ts";

/** Frames in one request. */
const MOST_FRAMES = 5000;

/** How an answer with several objects begins. */
export interface Answer {
  status: 200 | 206;
  headers: Record<string, string>;
}

export function typesOf(context: WebContext): AcceptedType[] {
  return acceptedTypes(context.req.header("accept"), context.req.query("accept"));
}

/** Which of the objects are described (as PS3.18 8.3.4.4 has it for a search): all without these. @throws Problem 400 */
export function pageOf(context: WebContext): { limit: number; offset: number } {
  const number = (name: string, otherwise: number) => {
    const given = context.req.query(name);
    if (given === undefined) return otherwise;
    if (!/^\d{1,9}$/.test(given)) throw notUnderstood(`Cannot answer: ${name} must be a whole number`);
    return Number(given);
  };
  return { limit: number("limit", Infinity), offset: number("offset", 0) };
}

/** The frames that an address lists, from 1. @throws Problem 404 */
export function frameNumbers(context: WebContext, { frames }: CatalogueInstance): number[] {
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

/** The bytes of an attribute by its path, such as `00880200/0/00281201`. */
export function valueAt(dataset: Dataset, path: string): Uint8Array | undefined {
  const [tag, item, ...rest] = path.split("/");
  if (item === undefined) return dataset.bytes(parseInt(tag!, 16));
  const inner = dataset.items(parseInt(tag!, 16))[Number(item)];
  return inner && valueAt(inner, rest.join("/"));
}

export function multipart(
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

export async function single(context: WebContext, { contentType, body }: OutgoingPart): Promise<Response> {
  const content = await body();
  return context.body(content as Uint8Array<ArrayBuffer> | ReadableStream, 200, {
    "content-type": contentType,
    "cache-control": "no-store, no-transform",
  });
}

export function pictureResponse(context: WebContext, picture: Picture): Response {
  const headers = { "cache-control": "private, no-cache", vary: "accept", etag: picture.etag };
  if (isFresh(context.req.raw, picture.etag)) return context.body(null, 304, headers);
  return context.body(picture.bytes, 200, {
    ...headers,
    "content-type": picture.contentType,
    "content-length": String(picture.bytes.length),
  });
}

export function notAcceptable(offered: string): Problem {
  return new Problem(406, "Not available so", `Cannot answer in the form that is asked for: there is ${offered}`);
}

/** What an object's own bytes make impossible is a refusal, not a failure of the box. */
export function isUnreadable(error: unknown): boolean {
  return error instanceof NoPicture || error instanceof MalformedDataset || error instanceof Deno.errors.NotFound;
}

export async function readable(work: () => Promise<Response>): Promise<Response> {
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
