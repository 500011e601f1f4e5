import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import fc from "fast-check";
import { Dataset } from "../../src/dicom/dataset.ts";
import { Tag } from "../../src/dicom/dictionary.ts";
import { MalformedDataset } from "../../src/dicom/malformed_dataset.ts";
import { readDataset } from "../../src/dicom/read_dataset.ts";
import {
  EXPLICIT_BIG_ENDIAN,
  EXPLICIT_LITTLE_ENDIAN,
  IMPLICIT_LITTLE_ENDIAN,
} from "../../src/dicom/transfer_syntax.ts";
import { writeDataset } from "../../src/dicom/write_dataset.ts";
import { CommandField, hasDataSet, readCommand, responseTo, writeCommand } from "../../src/dimse/command.ts";
import { MessageStream, PeerLeft, type ReadCommand } from "../../src/dimse/message_stream.ts";
import { MalformedPdu, ownUserInformation } from "../../src/dimse/pdu.ts";
import { writeAbort, writeAssociateAccept, writePData, writeReleaseRequest } from "../../src/dimse/write_pdu.ts";

/** An established association over loopback: what the box asked for, and the socket of its peer. */
async function established(): Promise<{ box: MessageStream; peer: Deno.Conn } & AsyncDisposable> {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const [peer, socket] = await Promise.all([
    listener.accept(),
    Deno.connect({ hostname: "127.0.0.1", port: listener.addr.port }),
  ]);
  listener.close();
  const box = new MessageStream(socket, "requestor", 16384, (contextId) => contextId === 1);
  const titles = { calledAeTitle: "US1", callingAeTitle: "BOX", applicationContext: "", contexts: [] };
  const user = ownUserInformation(16384);
  await peer.write(writeAssociateAccept({ ...titles, user }, { contexts: [], user }));
  assert.equal((await box.receive()).action, "AE-3");
  return {
    box,
    peer,
    [Symbol.asyncDispose]: () => {
      box.close();
      peer.close();
      return Promise.resolve();
    },
  };
}

async function writeAll(peer: Deno.Conn, ...parts: Uint8Array[]): Promise<void> {
  const bytes = Buffer.concat(parts);
  for (let at = 0; at < bytes.length;) at += await peer.write(bytes.subarray(at));
}

const echo = () => new Dataset().setUnsignedShort(Tag.CommandField, CommandField.C_ECHO);

Deno.test("message stream: a command and its data set come whole, however they were cut", async () => {
  await using link = await established();
  const { box, peer } = link;
  const data = Uint8Array.from({ length: 5000 }, (_, index) => index & 0xff);
  for (const most of [8, 100, 0]) {
    await writeAll(peer, writePData(1, true, writeCommand(echo(), true), most), writePData(1, false, data, most));
    const read = await box.command() as ReadCommand;
    assert.equal(read.field, CommandField.C_ECHO);
    assert.deepEqual(new Uint8Array(await box.wholeData(read, 1_000_000)), data);
  }
});

Deno.test("message stream: a command, a data set and empty pieces without an end are all bounded", async () => {
  const endless = async (peer: Deno.Conn, piece: Uint8Array) => {
    const many = Buffer.concat(Array(200).fill(piece));
    try {
      while (true) await writeAll(peer, many);
    } catch {
      // the box has had enough of it
    }
  };
  const cases: [string, Uint8Array, (box: MessageStream) => Promise<unknown>, RegExp][] = [
    ["command", writePData(1, true, new Uint8Array(500), 0, false), (box) => box.command(), /a command longer than/],
    ["empty command", writePData(1, true, new Uint8Array(0), 0, false), (box) => box.command(), /command longer than/],
    [
      "data set",
      writePData(1, false, new Uint8Array(500), 0, false),
      (box) => box.wholeData({ contextId: 1, command: withData(), field: 1 }, 100_000),
      /a data set longer than 100000 bytes/,
    ],
    [
      "empty data set",
      writePData(1, false, new Uint8Array(0), 0, false),
      (box) => box.wholeData({ contextId: 1, command: withData(), field: 1 }, 100_000_000),
      /a data set of empty pieces/,
    ],
  ];
  for (const [name, piece, read, why] of cases) {
    const link = await established();
    const flood = endless(link.peer, piece);
    await assert.rejects(read(link.box), (error) => error instanceof MalformedPdu && why.test(error.message), name);
    link.box.close();
    await flood;
    link.peer.close();
  }
});

const withData = () => new Dataset().setUnsignedShort(Tag.CommandDataSetType, 1);

Deno.test("message stream: what does not belong where it comes breaks the association", async () => {
  const command = writeCommand(echo(), true);
  const cases: [Uint8Array, RegExp][] = [
    [writePData(3, true, command, 0), /context 3, which was not accepted/],
    [writePData(1, false, command, 0), /a data set without a command/],
    [writePData(1, true, writeCommand(new Dataset(), false), 0), /a command without CommandField/],
    [Buffer.concat([writePData(1, true, command.subarray(0, 4), 0, false), writeReleaseRequest()]), /within a command/],
    [Uint8Array.of(0x47, 0x45, 0x54, 0x20, 0x2f, 0x20), /does not speak DICOM/],
    [Uint8Array.of(2, 0, 0, 0, 0, 0), /a PDU of type 2 within an association/],
  ];
  for (const [bytes, why] of cases) {
    await using link = await established();
    await writeAll(link.peer, bytes);
    await assert.rejects(
      link.box.command(),
      (error) => (error instanceof MalformedPdu || error instanceof MalformedDataset) && why.test(error.message),
      String(why),
    );
    assert.equal(link.box.state, 13, String(why));
  }
});

Deno.test("message stream: a peer that releases, aborts or is gone is told apart", async () => {
  await using released = await established();
  await writeAll(released.peer, writeReleaseRequest());
  assert.equal(await released.box.command(), "release");
  assert.equal(released.box.state, 8);
  await using aborted = await established();
  await writeAll(aborted.peer, writeAbort());
  await assert.rejects(aborted.box.command(), (error) => error instanceof PeerLeft && error.how === "aborted");
  const gone = await established();
  gone.peer.close();
  await assert.rejects(gone.box.command(), (error) => error instanceof PeerLeft && error.how === "closed");
  gone.box.close();
});

Deno.test("message stream: what is sent in pieces as it comes is one data set for the peer", async () => {
  await using link = await established();
  const { box, peer } = link;
  box.peerMaxPduLength = 16384;
  const other = new MessageStream(peer, "acceptor", 16384, () => true);
  async function* pieces() {
    yield Uint8Array.of(1, 2);
    yield new Uint8Array(0);
    await Promise.resolve();
    yield Uint8Array.of(3, 4);
  }
  const command = echo();
  const number = box.number(command);
  assert.equal(box.number(echo()), number + 1);
  await box.sendInPieces(1, command, pieces());
  // the peer's side was not negotiated here: what comes is read as PDUs
  const received: number[] = [];
  for (let count = 0; count < 3; count++) received.push((await other.receive()).pdu!.body.length);
  assert.deepEqual(received.slice(1), [6 + 2, 6 + 2]);
});

Deno.test("command sets: a request and its response are read as they were written", () => {
  const fields = Object.values(CommandField);
  const short = fc.integer({ min: 0, max: 0xffff });
  const uid = fc.array(fc.nat(9999), { minLength: 2, maxLength: 9 }).map((parts) => parts.join("."));
  fc.assert(fc.property(fc.constantFrom(...fields), short, short, uid, fc.boolean(), (field, id, status, uid, data) => {
    const request = new Dataset().setUnsignedShort(Tag.CommandField, field).setUnsignedShort(Tag.MessageID, id)
      .setText(Tag.AffectedSOPClassUID, "UI", uid);
    const read = readCommand(writeCommand(request, data));
    assert.equal(read.number("CommandField"), field);
    assert.equal(read.number("MessageID"), id);
    assert.equal(hasDataSet(read), data);
    const response = readCommand(writeCommand(responseTo(read, { status, comment: "why\n✗" }), false));
    assert.equal(response.number("CommandField"), field | 0x8000);
    assert.equal(response.number("MessageIDBeingRespondedTo"), id);
    assert.equal(response.number("Status"), status);
    assert.equal(response.text("AffectedSOPClassUID"), uid);
    assert.equal(response.text("ErrorComment"), "why??");
  }));
});

Deno.test("data sets: what is written in each uncompressed transfer syntax is read as it was", () => {
  const text = fc.string({ unit: fc.constantFrom(..."ABCabc 12-"), maxLength: 40 }).map((value) => value.trim());
  const syntaxes = fc.constantFrom(IMPLICIT_LITTLE_ENDIAN, EXPLICIT_LITTLE_ENDIAN, EXPLICIT_BIG_ENDIAN);
  fc.assert(fc.property(syntaxes, text, text, fc.integer({ min: 0, max: 0xffff }), (syntax, name, id, rows) => {
    const item = new Dataset().setText(Tag.PatientID, "LO", id).setUnsignedShort(Tag.Rows, rows);
    const given = new Dataset().setText(Tag.PatientName, "PN", name).setUnsignedShort(Tag.Rows, rows)
      .setItems(Tag.ReferencedSOPSequence, [item, item]);
    const { dataset } = readDataset(writeDataset(given, syntax), syntax);
    assert.equal(dataset.text("PatientName"), name);
    assert.equal(dataset.number("Rows"), rows);
    const items = dataset.items("ReferencedSOPSequence");
    assert.deepEqual(items.map((one) => [one.text("PatientID"), one.number("Rows")]), [[id, rows], [id, rows]]);
  }));
});
