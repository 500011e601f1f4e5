import { correctedObject } from "../dicom/corrected_object.ts";
import { fullDictionary } from "../dicom/full_dictionary.ts";
import { bytesSource } from "../dicom/byte_source.ts";
import { MalformedDataset } from "../dicom/malformed_dataset.ts";
import { rewrittenHeader } from "../dicom/rewritten_header.ts";
import { transferSyntaxOf } from "../dicom/transfer_syntax.ts";
import { FileSource } from "./file_source.ts";
import type { Rewriting, RewritingAnswer } from "./rewriting.ts";

/** What a dedicated worker has, without the page's types that this project is checked with. */
interface WorkerScope {
  onmessage: ((event: MessageEvent<Rewriting>) => void) | null;
  postMessage(answer: RewritingAnswer): void;
}

const scope = self as unknown as WorkerScope;

scope.onmessage = async ({ data }) => {
  try {
    const { vrOf } = await fullDictionary();
    if ("header" in data) return scope.postMessage({ bytes: rewrittenHeader(data.header, vrOf) });
    const { source, syntaxUid, correction, machineCharset } = data.object;
    using file = "path" in source ? Deno.openSync(source.path, { read: true }) : undefined;
    const bytes = "path" in source ? new FileSource(file!, source.dataOffset) : bytesSource(source.bytes);
    scope.postMessage({
      corrected: correctedObject(bytes, transferSyntaxOf(syntaxUid)!, correction, { machineCharset, vrOf }),
    });
  } catch (error) {
    scope.postMessage({
      error: error instanceof Error ? error.message : String(error),
      isMalformed: error instanceof MalformedDataset,
    });
  }
};
