import { Buffer } from "node:buffer";
import type { Dataset } from "../dicom/dataset.ts";
import { MalformedDataset, readDataset } from "../dicom/read_dataset.ts";
import { Status } from "./command.ts";
import { Refusal, type Request } from "./service.ts";

/** What a machine says of one step or asks of one study is a few kilobytes, with a line for each image. */
const LONGEST_DATA_SET = 16 * 1024 * 1024;

/** The bytes of a request's data set. @throws Refusal with `status` when it is longer than the box reads */
export async function readBytes(request: Request, status: number): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  let length = 0;
  for await (const part of request.data) {
    length += part.length;
    if (length > LONGEST_DATA_SET) throw new Refusal(status, "The data set is too long");
    parts.push(part.slice());
  }
  return Buffer.concat(parts);
}

/**
 * A request's data set.
 *
 * @param options.machineCharset the character set on the record of the machine that asks
 * @throws Refusal with `status` when it cannot be read
 */
export async function readAttributes(
  request: Request,
  { status = Status.PROCESSING_FAILURE, machineCharset }: { status?: number; machineCharset?: readonly string[] } = {},
): Promise<Dataset> {
  try {
    const bytes = await readBytes(request, status);
    return readDataset(bytes, request.context.transferSyntax, { machineCharset }).dataset;
  } catch (error) {
    if (error instanceof MalformedDataset) throw new Refusal(status, error.message);
    throw error;
  }
}
