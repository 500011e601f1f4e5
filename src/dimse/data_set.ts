import type { Dataset } from "../dicom/dataset.ts";
import { MalformedDataset } from "../dicom/malformed_dataset.ts";
import type { NoteOddity } from "../dicom/oddity.ts";
import { ReadingBudget, readingDataset } from "../dicom/read_dataset.ts";
import type { TransferSyntax } from "../dicom/transfer_syntax.ts";
import { inTurns } from "../timing/turns.ts";
import { Status } from "./command.ts";
import { gathered } from "./message_stream.ts";
import { Refusal, type Request } from "./service.ts";

/** What a machine says of one step or asks of one study is a few kilobytes, with a line for each image. */
export const LONGEST_DATA_SET = 4 * 1024 * 1024;
/** Elements and items of one: a line for each of 10,000 images. */
export const MOST_ELEMENTS = 30_000;
/** Of a query or a retrieval, whose real ones have a screenful. */
export const MOST_KEYS = 2000;

/** The bytes of a request's data set. @throws Refusal with `status` when it is longer than the box reads */
async function readBytes(request: Request, status: number): Promise<Uint8Array> {
  const bytes = await gathered(request.data, LONGEST_DATA_SET);
  if (bytes === undefined) throw new Refusal(status, "The data set is too long");
  return bytes;
}

/** How a message's data set is read. */
export interface AttributesOptions {
  /** The character set on the record of the machine that sent it. */
  machineCharset?: readonly string[];
  /** Told of what is odd about it. */
  note?: NoteOddity;
  /** Told how its texts were read. */
  texts?: (dataset: Dataset, bytes: Uint8Array) => void;
  /** Elements and items of all of it. */
  most?: number;
}

/**
 * The data set of a message, read in slices where it is long: others get their turn.
 *
 * @throws MalformedDataset, also where it has more elements than any message
 */
export async function readMessage(
  bytes: Uint8Array,
  syntax: TransferSyntax,
  { machineCharset, note, texts, most = MOST_ELEMENTS }: AttributesOptions = {},
): Promise<Dataset> {
  const budget = new ReadingBudget(most);
  const reading = readingDataset(bytes, syntax, { machineCharset, budget, note, knownVrs: true });
  const { dataset } = await inTurns(reading);
  texts?.(dataset, bytes);
  return dataset;
}

/**
 * A request's data set.
 *
 * @param options.status what a refusal says
 * @throws Refusal with `status` when it cannot be read
 */
export async function readAttributes(
  request: Request,
  { status = Status.PROCESSING_FAILURE, ...options }: AttributesOptions & { status?: number } = {},
): Promise<Dataset> {
  try {
    return await readMessage(await readBytes(request, status), request.context.transferSyntax, options);
  } catch (error) {
    if (error instanceof MalformedDataset) throw new Refusal(status, error.message);
    throw error;
  }
}
