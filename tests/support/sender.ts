import { Dataset } from "../../src/dicom/dataset.ts";
import { Tag } from "../../src/dicom/dictionary.ts";
import { CommandField } from "../../src/dimse/command.ts";
import { Requestor } from "../../src/dimse/requestor.ts";
import { PATIENCE } from "./until.ts";

export interface SentObject {
  sopClassUid: string;
  sopInstanceUid: string;
  transferSyntaxUid: string;
  data: Uint8Array;
}

/** Where the tests' own sender finds a box. */
export function remote(port: string | number, callingAeTitle = "TESTSCU") {
  return { address: "127.0.0.1", port: Number(port), calledAeTitle: "STORESCP", callingAeTitle };
}

/**
 * Sends one object as it is, in an association of its own, for data sets that DCMTK's tools would mend or cannot
 * read. Returns the status and the error comment.
 */
export async function send(
  port: string | number,
  object: SentObject,
  callingAeTitle?: string,
): Promise<{ status: number; comment: string }> {
  const requestor = await Requestor.connect(remote(port, callingAeTitle), [
    { abstractSyntax: object.sopClassUid, transferSyntaxes: [object.transferSyntaxUid] },
  ], { patience: PATIENCE * 1000 });
  const context = requestor.accepted(object.sopClassUid)[0];
  if (context === undefined) {
    await requestor.release();
    throw new Error(`The box did not accept ${object.sopClassUid} in ${object.transferSyntaxUid}`);
  }
  const command = new Dataset()
    .setText(Tag.AffectedSOPClassUID, "UI", object.sopClassUid)
    .setText(Tag.AffectedSOPInstanceUID, "UI", object.sopInstanceUid)
    .setUnsignedShort(Tag.Priority, 0);
  const { command: response } = await requestor.request(context.id, CommandField.C_STORE, command, object.data);
  await requestor.release();
  return { status: response.number("Status")!, comment: response.text("ErrorComment") };
}
