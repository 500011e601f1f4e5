import type { Dataset } from "../dicom/dataset.ts";
import { type ByteSource, bytesSource } from "../dicom/byte_source.ts";
import { readingObjectHeader } from "../dicom/object_header.ts";
import type { TransferSyntax } from "../dicom/transfer_syntax.ts";
import { alone, inSlices, inTurns } from "../timing/turns.ts";
import { inflate } from "../objects/inflate.ts";
import { DESCRIBED } from "./received_object.ts";

/**
 * Reads what the store keeps of an object, and checks that the object is whole. One that is large or was made to keep
 * the box busy takes its time, in slices: others get their turn, and memory does not grow with it.
 *
 * @param source a data set without file meta information, as it is stored; it must not be read by others meanwhile
 * @param machineCharset the character set on the record of the machine that it came from
 * @throws TooManyElements where what is wanted stands after more elements than the box looks at
 * @throws MalformedDataset, TruncatedDataset
 */
export async function readIdentification(
  source: ByteSource,
  syntax: TransferSyntax,
  machineCharset?: readonly string[],
): Promise<Dataset> {
  if (!syntax.deflated) return await inTurns(readingObjectHeader(source, syntax, DESCRIBED, { machineCharset }));
  return await alone(async () => {
    const { bytes, whole } = await inflate(source);
    const options = { machineCharset, isBeginning: !whole };
    return await inSlices(readingObjectHeader(bytesSource(bytes), syntax, DESCRIBED, options));
  });
}
