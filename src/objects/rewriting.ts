import { askWorker } from "../ask_worker.ts";
import { type CorrectedObject, correctedObject } from "../dicom/corrected_object.ts";
import type { Correction } from "../dicom/correction.ts";
import { fullDictionary } from "../dicom/full_dictionary.ts";
import { type ByteSource, bytesSource } from "../dicom/byte_source.ts";
import { elementPlaces } from "../dicom/object_header.ts";
import { MalformedDataset, TooManyElements } from "../dicom/malformed_dataset.ts";
import { ReadingBudget } from "../dicom/read_dataset.ts";
import { type HeaderToRewrite, rewrittenHeader } from "../dicom/rewritten_header.ts";
import { type TransferSyntax, transferSyntaxOf } from "../dicom/transfer_syntax.ts";
import { alone } from "../timing/turns.ts";
import { FileSource } from "./file_source.ts";

/** An object whose identity is to be corrected; its bytes as they are in its file, or inflated. */
interface ObjectToCorrect {
  source: { path: string; dataOffset: number } | { bytes: Uint8Array };
  syntaxUid: string;
  correction: Correction;
  machineCharset?: readonly string[] | undefined;
}

/** What is rewritten on a thread of its own. */
export type Rewriting = { object: ObjectToCorrect } | { header: HeaderToRewrite };
export type RewritingAnswer =
  | { corrected: CorrectedObject | undefined }
  | { bytes: Uint8Array }
  | { error: string; isMalformed: boolean };

/** What has no more than this is rewritten at once, in some milliseconds: nearly every image of an ultrasound machine. */
const FEW_ELEMENTS = 2000;
const FEW_BYTES = 256 * 1024;
/** Their values are passed over, however long they are. */
const BINARY_VRS: ReadonlySet<string> = new Set(["OB", "OD", "OF", "OL", "OV", "OW"]);

/**
 * As `correctedObject`. One with so many elements that others would have to wait is gone over on a thread of its own,
 * one such object after the other.
 *
 * @throws MalformedDataset, TruncatedDataset where the data set cannot be read
 * @throws Error of the file system
 */
export async function correctObject(object: ObjectToCorrect): Promise<CorrectedObject | undefined> {
  const { source, syntaxUid, correction, machineCharset } = object;
  const syntax = transferSyntaxOf(syntaxUid)!;
  {
    using file = "path" in source ? Deno.openSync(source.path, { read: true }) : undefined;
    const bytes = "path" in source ? new FileSource(file!, source.dataOffset) : bytesSource(source.bytes);
    if (isShort(bytes, syntax)) {
      const { vrOf } = await fullDictionary();
      return correctedObject(bytes, syntax, correction, { machineCharset, vrOf });
    }
  }
  const answer = await rewriteApart({ object });
  return "corrected" in answer ? answer.corrected : undefined;
}

/** As `rewrittenHeader`, and as above. @throws MalformedDataset, TruncatedDataset */
export async function rewriteHeader(header: HeaderToRewrite): Promise<Uint8Array> {
  if (isShort(bytesSource(header.bytes), transferSyntaxOf(header.from)!)) {
    return rewrittenHeader(header, (await fullDictionary()).vrOf);
  }
  const answer = await rewriteApart({ header });
  return "bytes" in answer ? answer.bytes : header.bytes;
}

/** Whether what stands before the pixels is gone over in no time. @throws MalformedDataset, TruncatedDataset */
function isShort(source: ByteSource, syntax: TransferSyntax): boolean {
  let bytes = 0;
  try {
    for (const { vr, start, end } of elementPlaces(source, syntax, new ReadingBudget(FEW_ELEMENTS))) {
      if (!BINARY_VRS.has(vr)) bytes += end - start;
      if (bytes > FEW_BYTES) return false;
    }
  } catch (error) {
    if (error instanceof TooManyElements) return false;
    throw error;
  }
  return true;
}

/** @throws MalformedDataset, and Error where it is not the object's fault */
function rewriteApart(work: Rewriting): Promise<Exclude<RewritingAnswer, { error: string }>> {
  return alone(async () => {
    const answer = await askWorker<RewritingAnswer>(new URL("./rewrite_worker.ts", import.meta.url), work);
    if (!("error" in answer)) return answer;
    throw answer.isMalformed ? new MalformedDataset(answer.error) : new Error(answer.error);
  });
}
