import assert from "node:assert/strict";
import { Dataset } from "../../src/dicom/dataset.ts";
import { IMPLICIT_LITTLE_ENDIAN } from "../../src/dicom/transfer_syntax.ts";
import { writeDataset } from "../../src/dicom/write_dataset.ts";
import { AbortReason, APPLICATION_CONTEXT, ownUserInformation, PduType, Rejection } from "../../src/dimse/pdu.ts";
import { readAssociateAccept, readAssociateReject } from "../../src/dimse/read_pdu.ts";
import { writeAssociateRequest, writePData } from "../../src/dimse/write_pdu.ts";
import { Box } from "../support/box.ts";
import { ScriptedPeer } from "../support/scripted_peer.ts";
import { findCommand, worklistContext } from "../support/worklist_client.ts";

/** The bytes of a request for an association. */
function request(contexts = worklistContext()): Uint8Array {
  return writeAssociateRequest({
    ...{ calledAeTitle: "STORESCP", callingAeTitle: "FIELD", applicationContext: APPLICATION_CONTEXT },
    ...{ contexts, user: ownUserInformation(16384) },
  });
}

/** What comes back for bytes, PDU by PDU. */
async function answered(box: Box, ...bytes: Uint8Array[]) {
  const peer = await ScriptedPeer.connect(box.storagePort);
  await using _peer = peer;
  await peer.send(...bytes);
  return await peer.pdu();
}

Deno.test("protocol version 0 in A-ASSOCIATE-RQ is rejected by the provider, a further version beside the first is not", async () => {
  await using box = await Box.start({ admission: "open" });
  const version = (bits: number) => {
    const bytes = request();
    [bytes[6], bytes[7]] = [bits >> 8, bits & 255];
    return bytes;
  };
  for (const bits of [0, 2]) {
    const answer = await answered(box, version(bits));
    assert.equal(answer?.type, PduType.ASSOCIATE_RJ, String(bits));
    assert.deepEqual(readAssociateReject(answer!.body), Rejection.PROTOCOL_VERSION_NOT_SUPPORTED);
  }
  assert.equal((await answered(box, version(3)))?.type, PduType.ASSOCIATE_AC);
});

Deno.test("the accept has the AE titles and the reserved bytes as they came", async () => {
  await using box = await Box.start({ admission: "open" });
  const bytes = request();
  bytes.set(new TextEncoder().encode(" storescp\0\0\0\0\0\0\0"), 10);
  bytes.fill(0x5a, 42, 74);
  const answer = await answered(box, bytes);
  assert.equal(answer?.type, PduType.ASSOCIATE_AC);
  assert.deepEqual(answer!.body.subarray(4, 68), bytes.subarray(10, 74));
});

Deno.test("abstract syntaxes that are no UID, or ask, are not taken for storage; a machine's own are", async () => {
  await using box = await Box.start({ admission: "open" });
  const syntaxes = [
    ...["", "abc", "1.2.840.10008.5.1.4.1.1.201.6", "1.2.840.10008.5.1.4.1.1.200.4"],
    ...["1.2.840.113619.4.30", "1.2.840.10008.5.1.4.1.1.6.1"],
  ];
  const answer = await answered(
    box,
    request(syntaxes.map((abstractSyntax, index) => ({
      ...{ id: index * 2 + 1, abstractSyntax, transferSyntaxes: [IMPLICIT_LITTLE_ENDIAN.uid] },
    }))),
  );
  assert.equal(answer?.type, PduType.ASSOCIATE_AC);
  assert.deepEqual(readAssociateAccept(answer!.body).contexts.map(({ result }) => result), [3, 3, 3, 3, 0, 0]);
});

Deno.test("an abort says why: a PDU that is none, one that does not belong there, a part out of place, a value that is wrong", async () => {
  await using box = await Box.start({ admission: "open" });
  const data = writeDataset(new Dataset(), IMPLICIT_LITTLE_ENDIAN);
  const cases: [what: string, bytes: Uint8Array, reason: number][] = [
    ["no PDU type", Uint8Array.of(0x20, 0, 0, 0, 0, 4, 0, 0, 0, 0), AbortReason.UNRECOGNIZED_PDU],
    ["a second request", request(), AbortReason.UNEXPECTED_PDU],
    ["a data set without a command", writePData(1, false, data, 16384), AbortReason.UNEXPECTED_PARAMETER],
    ["a context that was not accepted", writePData(9, true, findCommand(1), 16384), AbortReason.INVALID_PARAMETER],
  ];
  for (const [what, bytes, reason] of cases) {
    const peer = await ScriptedPeer.connect(box.storagePort);
    await using _peer = peer;
    await peer.send(request());
    assert.equal((await peer.pdu())?.type, PduType.ASSOCIATE_AC);
    await peer.send(bytes);
    const abort = await peer.pdu();
    assert.equal(abort?.type, PduType.ABORT, what);
    assert.deepEqual([abort!.body[2], abort!.body[3]], [2, reason], what);
  }
});
