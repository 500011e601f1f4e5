import { toldOf } from "../../sentences.ts";
import { type Archive, DiskFull, OtherStudy } from "../../archive/archive.ts";
import { isOutOfResources } from "../../archive/out_of_resources.ts";
import { Dataset } from "../../dicom/dataset.ts";
import { dicomJson } from "../../dicom/dicom_json.ts";
import { Tag } from "../../dicom/dictionary.ts";
import type { FileMeta } from "../../dicom/file_meta.ts";
import { MalformedDataset } from "../../dicom/malformed_dataset.ts";
import { isStorageClass } from "../../dicom/sop_class.ts";
import { transferSyntaxOf } from "../../dicom/transfer_syntax.ts";
import { isUid } from "../../dicom/uid.ts";
import type { Instance } from "../../store/instance.ts";
import { acceptedTypes } from "../dicomweb/accept.ts";
import { askingMachine } from "../dicomweb/asking_machine.ts";
import { baseOf } from "../dicomweb/base.ts";
import { BodyTooSlow, MalformedMultipart, type Part, readMultipart } from "../dicomweb/multipart.ts";
import { headOf } from "../dicomweb/object_head.ts";
import type { WebContext } from "../context.ts";
import type { Asked } from "../route.ts";
import { notUnderstood, Problem } from "../problem.ts";

/** Longest wait for more of a body, milliseconds. */
const PATIENCE = 30_000;
/** Objects whose refusals stand in the answer's header; each has its own beside it. */
const MOST_WARNINGS = 20;
/** Characters of an LO (PS3.5 6.2). */
const LONGEST_COMMENT = 64;
/** Requests that store at once; each holds up to two files open. */
const MOST_AT_ONCE = 8;

/** Failure Reason (0008,1197) of an object that was not stored (PS3.18 Table I.2-2, PS3.4 B.2.3). */
export const StoreFailure = {
  PROCESSING_FAILURE: 0x0110,
  SOP_CLASS_NOT_SUPPORTED: 0x0122,
  OUT_OF_RESOURCES: 0xa700,
  OTHER_STUDY: 0xa900,
  CANNOT_UNDERSTAND: 0xc000,
  TRANSFER_SYNTAX_NOT_SUPPORTED: 0xc122,
} as const;

/** An object is refused: why, as a Failure Reason. */
class NotStored extends Error {
  override name = "NotStored";
  constructor(readonly reason: number, message: string) {
    super(message);
  }
}

/** How one object fared: its place in the archive, or why it has none. */
interface Outcome {
  meta: FileMeta | undefined;
  place?: Pick<Instance, "sopInstanceUid" | "studyInstanceUid" | "seriesInstanceUid">;
  failure?: number;
  /** In words. */
  why?: string;
}

/** Requests that are storing now. */
let underWay = 0;

/**
 * Storing (STOW-RS, PS3.18 10.5): Part 10 files by the way that C-STORE goes. An object that the answer names as stored
 * is durable, byte for byte as it was sent.
 */
export async function storeObjects(asked: Asked): Promise<Response> {
  const { context, stopping } = asked;
  const boundary = boundaryOf(context.req.header("content-type"));
  const study = context.req.param("study");
  if (study !== undefined && !isUid(study)) {
    throw notUnderstood("Cannot store: the address names no Study Instance UID");
  }
  const { body } = context.req.raw;
  if (!body) throw notUnderstood("Cannot store: the request has no body");
  if (underWay >= MOST_AT_ONCE) {
    throw new Problem(503, "Busy", "Cannot store now: others are storing, try again in a moment", {
      headers: { "retry-after": "5" },
    });
  }
  const from = askingMachine(asked).machine?.aeTitle ?? asked.by;
  underWay += 1;
  const outcomes: Outcome[] = [];
  try {
    for await (const part of readMultipart(body, boundary, PATIENCE, stopping)) {
      outcomes.push(await take(part, study, from, asked));
    }
  } catch (error) {
    throw bodyProblem(error);
  } finally {
    underWay -= 1;
    audit(asked, outcomes);
  }
  if (outcomes.length === 0) throw notUnderstood("Cannot store: the body has no parts");
  return answer(context, outcomes);
}

/** Takes one object in. What is wrong with it is told in the answer, and the others are not held up. */
async function take(part: Part, study: string | undefined, from: string, asked: Asked): Promise<Outcome> {
  const { store, receive, largestObject, log } = asked;
  let meta: FileMeta | undefined;
  let incoming: Awaited<ReturnType<Archive["receive"]>> | undefined;
  try {
    const [contentType] = acceptedTypes(part.headers.get("content-type") ?? "application/dicom", undefined);
    const type = contentType?.type ?? "";
    if (type !== "application/dicom") throw new NotStored(StoreFailure.CANNOT_UNDERSTAND, `${type} is no object`);
    const pieces = part.body[Symbol.asyncIterator]();
    const head = await headOf(pieces, contentType?.transferSyntax);
    meta = head.meta;
    const syntax = checked(meta);
    const { fileMeta } = head;
    const { sopClassUid, sopInstanceUid, transferSyntaxUid } = meta;
    const identity = { sopClassUid, sopInstanceUid, transferSyntaxUid };
    incoming = await receive(identity, syntax, from, { ...(fileMeta && { fileMeta }), studyInstanceUid: study });
    for (let bytes = head.bytes.subarray(head.dataOffset);;) {
      await incoming.write(bytes);
      if (incoming.size > largestObject) {
        throw new NotStored(StoreFailure.OUT_OF_RESOURCES, `it is larger than the ${largestObject} bytes taken`);
      }
      const next = await pieces.next();
      if (next.done) break;
      bytes = next.value;
    }
    await incoming.keep();
    return { meta, place: store.instances.latestUnder(meta.sopInstanceUid)! };
  } catch (error) {
    await incoming?.discard();
    if (error instanceof MalformedMultipart || error instanceof BodyTooSlow) throw error;
    const failure = failureOf(error);
    const why = error instanceof Error ? error.stack ?? error.message : String(error);
    if (failure === StoreFailure.PROCESSING_FAILURE) log.error("an object was not stored: {why}", { why });
    else log.warn("an object that came over the web was not stored: {why}", { why: (error as Error).message });
    const isOurs = failure === StoreFailure.PROCESSING_FAILURE;
    return { meta, failure, why: isOurs ? "The box failed, see its log" : toldOf(error).detail };
  }
}

function audit({ store, by }: Asked, outcomes: readonly Outcome[]): void {
  const studies = Map.groupBy(
    outcomes.filter(({ failure }) => failure === undefined),
    (one) => one.place!.studyInstanceUid,
  );
  for (const [study, stored] of studies) {
    store.audit.add(by, "instances stored", `study ${study}`, { count: stored.length });
  }
}

/** The boundary of a multipart/related body of objects. @throws Problem 415, 400 */
function boundaryOf(contentType: string | undefined): string {
  const [accepted] = acceptedTypes(contentType ?? "-", undefined);
  if (!accepted?.multipart || !["application/dicom", "*/*"].includes(accepted.content)) {
    throw new Problem(
      415,
      "Not DICOM",
      'Cannot store this: send multipart/related with type="application/dicom" and a boundary',
    );
  }
  // RFC 2046 5.1.1 allows 70 characters, Orthanc 1.10 sends 73
  const [, quoted, plain] = /;\s*boundary=(?:"([^"]{1,200})"|([^\s;"]{1,200}))(?:\s|;|$)/i.exec(contentType ?? "") ??
    [];
  const boundary = quoted ?? plain;
  if (boundary === undefined) throw notUnderstood("Cannot store: the content type names no boundary");
  return boundary;
}

function checked({ sopClassUid, sopInstanceUid, transferSyntaxUid }: FileMeta) {
  if (sopInstanceUid === "") throw new MalformedDataset("its file meta information names no SOP instance");
  if (!isStorageClass(sopClassUid)) {
    throw new NotStored(StoreFailure.SOP_CLASS_NOT_SUPPORTED, `the SOP class ${sopClassUid} is not stored here`);
  }
  const syntax = transferSyntaxOf(transferSyntaxUid);
  if (syntax === undefined) {
    throw new NotStored(
      StoreFailure.TRANSFER_SYNTAX_NOT_SUPPORTED,
      `the transfer syntax ${transferSyntaxUid} is not known`,
    );
  }
  return syntax;
}

/** What a failure to store is called. */
function failureOf(error: unknown): number {
  if (error instanceof NotStored) return error.reason;
  if (error instanceof OtherStudy) return StoreFailure.OTHER_STUDY;
  if (error instanceof MalformedDataset) return StoreFailure.CANNOT_UNDERSTAND;
  if (error instanceof DiskFull || isOutOfResources(error)) return StoreFailure.OUT_OF_RESOURCES;
  return StoreFailure.PROCESSING_FAILURE;
}

function bodyProblem(error: unknown): unknown {
  const close = { headers: { connection: "close" } };
  if (error instanceof BodyTooSlow) return new Problem(408, "Too slow", `Cannot store: ${error.message}`, close);
  if (error instanceof MalformedMultipart) {
    return new Problem(400, "Not understood", `Cannot read the multipart body: ${error.message}`, close);
  }
  return error;
}

/** What was stored and what was not (PS3.18 Table I.2-1). */
function answer(context: WebContext, outcomes: readonly Outcome[]): Response {
  const base = baseOf(context);
  const itemOf = ({ meta }: Outcome) =>
    new Dataset()
      .setText(Tag.ReferencedSOPClassUID, "UI", meta?.sopClassUid ?? "")
      .setText(Tag.ReferencedSOPInstanceUID, "UI", meta?.sopInstanceUid ?? "");
  const stored = outcomes.filter(({ failure }) => failure === undefined);
  const failed = outcomes.filter(({ failure }) => failure !== undefined);
  const response = new Dataset();
  const studies = new Set(stored.map(({ place }) => place!.studyInstanceUid));
  if (studies.size === 1) response.setText(Tag.RetrieveURL, "UR", `${base}/studies/${[...studies][0]}`);
  if (stored.length > 0) {
    response.setItems(
      Tag.ReferencedSOPSequence,
      stored.map((one) => {
        const { studyInstanceUid, seriesInstanceUid, sopInstanceUid } = one.place!;
        const path = `/studies/${studyInstanceUid}/series/${seriesInstanceUid}/instances/${sopInstanceUid}`;
        return itemOf(one).setText(Tag.RetrieveURL, "UR", `${base}${path}`);
      }),
    );
  }
  if (failed.length > 0) {
    response.setItems(
      Tag.FailedSOPSequence,
      failed.map((one) =>
        itemOf(one).setUnsignedShort(Tag.FailureReason, one.failure!)
          // what a C-STORE response would have
          .setText(Tag.ErrorComment, "LO", (one.why ?? "").replaceAll("\\", "/").slice(0, LONGEST_COMMENT))
      ),
    );
    for (const reason of new Set(failed.slice(0, MOST_WARNINGS).map(({ why = "" }) => why))) {
      context.header("warning", `299 sonodesk "${reason.replaceAll(/[^\x20-\x7e]|["\\]/g, "?")}"`, { append: true });
    }
  }
  const status = failed.length === 0 ? 200 : stored.length > 0 ? 202 : 409;
  return context.body(JSON.stringify(dicomJson(response)), status, {
    "content-type": "application/dicom+json",
    "cache-control": "no-store",
  });
}
