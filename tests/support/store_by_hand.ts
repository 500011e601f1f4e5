import { Dataset } from "../../src/dicom/dataset.ts";
import { Tag } from "../../src/dicom/dictionary.ts";
import { EXPLICIT_LITTLE_ENDIAN } from "../../src/dicom/transfer_syntax.ts";
import { CommandField, writeCommand } from "../../src/dimse/command.ts";
import { APPLICATION_CONTEXT, ownUserInformation } from "../../src/dimse/pdu.ts";
import { writeAssociateRequest } from "../../src/dimse/write_pdu.ts";
import { ULTRASOUND_IMAGE } from "./ultrasound_object.ts";

/** An A-ASSOCIATE-RQ for an ultrasound image in context 1, for a `ScriptedPeer`: its PDUs are up to 16384 bytes. */
export const STORE_REQUEST = writeAssociateRequest({
  calledAeTitle: "STORESCP",
  callingAeTitle: "HOSTILE",
  applicationContext: APPLICATION_CONTEXT,
  contexts: [{ id: 1, abstractSyntax: ULTRASOUND_IMAGE, transferSyntaxes: [EXPLICIT_LITTLE_ENDIAN.uid] }],
  user: ownUserInformation(16384),
});

/** The command set of a C-STORE-RQ of an ultrasound image, which says that the object follows. */
export function storeCommand(sopInstanceUid: string): Uint8Array {
  return writeCommand(
    new Dataset()
      .setText(Tag.AffectedSOPClassUID, "UI", ULTRASOUND_IMAGE)
      .setText(Tag.AffectedSOPInstanceUID, "UI", sopInstanceUid)
      .setUnsignedShort(Tag.CommandField, CommandField.C_STORE)
      .setUnsignedShort(Tag.MessageID, 1)
      .setUnsignedShort(Tag.Priority, 0),
    true,
  );
}
