import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { Dataset } from "../../src/dicom/dataset.ts";
import { Tag } from "../../src/dicom/dictionary.ts";
import { VERIFICATION } from "../../src/dicom/sop_class.ts";
import { IMPLICIT_LITTLE_ENDIAN } from "../../src/dicom/transfer_syntax.ts";
import { CommandField, RESPONSE, Status, writeCommand } from "../../src/dimse/command.ts";
import { ownUserInformation } from "../../src/dimse/pdu.ts";
import { readAssociateAccept, readAssociateRequest } from "../../src/dimse/read_pdu.ts";
import { writeAssociateAccept, writePData } from "../../src/dimse/write_pdu.ts";
import { RequestFailed, Requestor } from "../../src/dimse/requestor.ts";
import { echo } from "../../src/services/echo_check.ts";
import { ScriptedPeer } from "../support/scripted_peer.ts";
import { remote } from "../support/sender.ts";

/** What a peer may send before the box must have had enough, and so that a test ends, bytes. */
const MOST_SENT = 256 * 1024 * 1024;
const CONTEXT = [{ abstractSyntax: VERIFICATION, transferSyntaxes: [IMPLICIT_LITTLE_ENDIAN.uid] }];
/** Pieces that go out together, so that many small ones do not take long. */
const TOGETHER = 128 * 1024;

/** A peer that accepts the box's association and its request, and then sends the same again and again. */
function peerThatSends(piece: Uint8Array, first: Uint8Array = new Uint8Array(0)) {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  let sent = 0;
  const together = Buffer.concat(Array(Math.max(1, Math.floor(TOGETHER / piece.length))).fill(piece));
  const running = (async () => {
    await using peer = await ScriptedPeer.accept(listener);
    const request = readAssociateRequest((await peer.pdu())!.body);
    await peer.send(accept(request));
    await peer.message();
    try {
      await peer.send(first);
      for (; sent < MOST_SENT; sent += together.length) await peer.send(together);
    } catch {
      // the box has closed the connection
    }
  })();
  return {
    port: listener.addr.port,
    /** Bytes that the box has taken, or that are on the way. */
    get sent() {
      return sent;
    },
    async [Symbol.asyncDispose]() {
      await running;
      listener.close();
    },
  };
}

function accept(request: ReturnType<typeof readAssociateRequest>): Uint8Array {
  return writeAssociateAccept(request, {
    contexts: request.contexts.map(({ id, transferSyntaxes }) => ({
      id,
      result: 0,
      transferSyntax: transferSyntaxes[0]!,
    })),
    user: ownUserInformation(16384),
  });
}

function response(status: number | undefined, withData: boolean): Uint8Array {
  const command = new Dataset()
    .setUnsignedShort(Tag.CommandField, CommandField.C_ECHO | RESPONSE)
    .setUnsignedShort(Tag.MessageIDBeingRespondedTo, 1);
  if (status !== undefined) command.setUnsignedShort(Tag.Status, status);
  return writePData(1, true, writeCommand(command, withData), 0);
}

const request = writePData(
  1,
  true,
  writeCommand(new Dataset().setUnsignedShort(Tag.CommandField, CommandField.N_GET), false),
  0,
);
const report = Buffer.concat([
  writePData(
    1,
    true,
    writeCommand(new Dataset().setUnsignedShort(Tag.CommandField, CommandField.N_EVENT_REPORT), true),
    0,
  ),
  writePData(1, false, new Uint8Array(1024 * 1024), 0),
]);

for (
  const [what, piece, first, why, most] of [
    ["a command without end", writePData(1, true, new Uint8Array(60_000), 0, false), [], /a command longer than/, 8],
    ["a command of empty pieces", writePData(1, true, new Uint8Array(0), 0, false), [], /a command longer than/, 8],
    [
      "a data set without end",
      writePData(1, false, new Uint8Array(60_000), 0, false),
      [response(Status.SUCCESS, true)],
      /a data set longer than/,
      64,
    ],
    [
      "a data set of empty pieces",
      writePData(1, false, new Uint8Array(0), 0, false),
      [response(Status.SUCCESS, true)],
      /a data set of empty pieces/,
      8,
    ],
    [
      "a data set of single bytes",
      writePData(1, false, new Uint8Array(1), 0, false),
      [response(Status.SUCCESS, true)],
      /a data set longer than/,
      64,
    ],
    ["pending answers without end", response(Status.PENDING, false), [], /more than 10000 answers/, 8],
    ["requests of its own", request, [], /a request that it may not make here/, 8],
    ["reports without end", report, [], /a data set longer than/, 64],
    ["answers without a status", response(undefined, false), [], /without a status/, 8],
  ] as const
) {
  Deno.test(`a peer answers C-ECHO with ${what}: it is left, and little of it is taken`, async () => {
    await using peer = peerThatSends(piece, Buffer.concat(first));
    const called = echo(remote(peer.port));
    await assert.rejects(called, (error: Error) => error instanceof RequestFailed && why.test(error.message));
    assert.ok(peer.sent < most * 1024 * 1024, `${peer.sent} bytes were taken`);
  });
}

Deno.test("a peer takes nothing of what the box sends: it is left when its time is over", async () => {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const accepting = ScriptedPeer.accept(listener).then(async (peer) => {
    await peer.send(accept(readAssociateRequest((await peer.pdu())!.body)));
    return peer;
  });
  const requestor = await Requestor.connect(remote(listener.addr.port), CONTEXT, { patience: 500 });
  await using _peer = await accepting;
  const command = new Dataset().setText(Tag.AffectedSOPClassUID, "UI", VERIFICATION);
  await assert.rejects(
    requestor.request(1, CommandField.C_STORE, command, new Uint8Array(64 * 1024 * 1024)),
    /did not give room for more within/,
  );
});

/** An A-ASSOCIATE-AC with so many answers to the same context (PS3.8 9.3.3.2). */
function acceptOf(contexts: number): Buffer {
  const answer = Buffer.concat([
    Buffer.from([0x21, 0, 0, 4 + 4 + IMPLICIT_LITTLE_ENDIAN.uid.length, 1, 0, 0, 0]),
    Buffer.from([0x40, 0, 0, IMPLICIT_LITTLE_ENDIAN.uid.length]),
    Buffer.from(IMPLICIT_LITTLE_ENDIAN.uid),
  ]);
  return Buffer.concat([Buffer.alloc(68), ...Array(contexts).fill(answer)]);
}

Deno.test("an association is accepted with thousands of contexts: it is left at once", async () => {
  assert.equal(readAssociateAccept(acceptOf(128)).contexts.length, 128, "as many as may be proposed");
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const answering = ScriptedPeer.accept(listener).then(async (peer) => {
    await peer.pdu();
    const body = acceptOf(30_000);
    const header = Buffer.from([2, 0, 0, 0, 0, 0]);
    header.writeUInt32BE(body.length, 2);
    await peer.send(header, body);
    return peer;
  });
  const started = performance.now();
  await assert.rejects(Requestor.connect(remote(listener.addr.port), CONTEXT), /more than 256 presentation contexts/);
  assert.ok(performance.now() - started < 10_000, "it takes no time to see");
  await using _peer = await answering;
});

Deno.test("a UID of 65,000 padding characters and a letter is read at once", () => {
  const uid = Buffer.concat([Buffer.alloc(65_000, "?"), Buffer.from("1")]);
  const item = (type: number, value: Buffer) =>
    Buffer.concat([Buffer.from([type, 0, value.length >> 8, value.length & 255]), value]);
  const body = Buffer.concat([Buffer.alloc(68), ...Array(15).fill(item(0x10, uid))]);
  const started = performance.now();
  assert.throws(() => readAssociateRequest(body), /without presentation contexts/);
  assert.ok(performance.now() - started < 10_000, `${performance.now() - started} ms`); // it was half a minute
});
