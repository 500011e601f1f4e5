import assert from "node:assert/strict";
import { Dataset } from "../../src/dicom/dataset.ts";
import { Tag } from "../../src/dicom/dictionary.ts";
import { readDataset } from "../../src/dicom/read_dataset.ts";
import { MODALITY_WORKLIST_FIND } from "../../src/dicom/sop_class.ts";
import { IMPLICIT_LITTLE_ENDIAN } from "../../src/dicom/transfer_syntax.ts";
import { writeDataset } from "../../src/dicom/write_dataset.ts";
import { CommandField, writeCommand } from "../../src/dimse/command.ts";
import { APPLICATION_CONTEXT, ownUserInformation, PduType, type ProposedContext } from "../../src/dimse/pdu.ts";
import { readAssociateAccept } from "../../src/dimse/read_pdu.ts";
import { writeAssociateRequest, writePData } from "../../src/dimse/write_pdu.ts";
import type { Box } from "./box.ts";
import { ScriptedPeer } from "./scripted_peer.ts";

/** A machine that asks a box for its worklist, message by message. */

export const worklistContext = (syntax = IMPLICIT_LITTLE_ENDIAN.uid): ProposedContext[] => [
  { id: 1, abstractSyntax: MODALITY_WORKLIST_FIND, transferSyntaxes: [syntax] },
];

/** @param extended application information of extended negotiation for the worklist (PS3.4 K.5.1) */
export async function associate(
  box: Box,
  aeTitle: string,
  contexts: ProposedContext[] = worklistContext(),
  maxPduLength = 16384,
  extended?: Uint8Array,
) {
  const peer = await ScriptedPeer.connect(box.worklistPort);
  await peer.send(writeAssociateRequest({
    calledAeTitle: "STORESCP",
    callingAeTitle: aeTitle,
    applicationContext: APPLICATION_CONTEXT,
    contexts,
    user: {
      ...ownUserInformation(maxPduLength),
      ...(extended && { extended: new Map([[MODALITY_WORKLIST_FIND, extended]]) }),
    },
  }));
  const accepted = await peer.pdu();
  assert.equal(accepted?.type, PduType.ASSOCIATE_AC);
  return { peer, accept: readAssociateAccept(accepted.body) };
}

export function findCommand(messageId: number, sopClassUid = MODALITY_WORKLIST_FIND): Uint8Array {
  return writeCommand(
    new Dataset()
      .setText(Tag.AffectedSOPClassUID, "UI", sopClassUid)
      .setUnsignedShort(Tag.CommandField, CommandField.C_FIND)
      .setUnsignedShort(Tag.MessageID, messageId)
      .setUnsignedShort(Tag.Priority, 0),
    true,
  );
}

export async function ask(peer: ScriptedPeer, identifier: Dataset, syntax = IMPLICIT_LITTLE_ENDIAN, messageId = 1) {
  await peer.send(
    writePData(1, true, findCommand(messageId), 16384),
    writePData(1, false, writeDataset(identifier, syntax), 16384),
  );
}

/** All answers to a query and its final response. */
export async function answersOf(peer: ScriptedPeer, syntax = IMPLICIT_LITTLE_ENDIAN) {
  const answers: Dataset[] = [];
  const pending = new Set<number>();
  while (true) {
    const { command, data } = await peer.message();
    const status = command.number("Status")!;
    if (data === undefined) return { answers, final: command, status, pending };
    pending.add(status);
    answers.push(readDataset(data, syntax).dataset);
  }
}

/** The answers to one query on an association of its own. */
export async function answersTo(box: Box, aeTitle: string, identifier: Dataset, extended?: Uint8Array) {
  const { peer } = await associate(box, aeTitle, worklistContext(), 16384, extended);
  await using _ = peer;
  await ask(peer, identifier);
  return await answersOf(peer);
}
