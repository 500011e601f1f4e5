import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import fc from "fast-check";
import {
  APPLICATION_CONTEXT,
  type AssociateRequest,
  MalformedPdu,
  PDU_HEADER,
  PduType,
  type UserInformation,
} from "../../src/dimse/pdu.ts";
import { readAssociateAccept, readAssociateReject, readAssociateRequest, readPdvs } from "../../src/dimse/read_pdu.ts";
import {
  writeAssociateAccept,
  writeAssociateReject,
  writeAssociateRequest,
  writeMessage,
  writePData,
} from "../../src/dimse/write_pdu.ts";

const PLAIN = { noNullPrototype: true } as const;
const uid = fc.array(fc.integer({ min: 0, max: 99999 }), { minLength: 2, maxLength: 9 }).map((parts) =>
  parts.join(".")
);
const printable = (maxLength: number, minLength = 0) =>
  fc.string({
    unit: fc.integer({ min: 0x21, max: 0x7e }).map((code) => String.fromCharCode(code)),
    minLength,
    maxLength,
  });
const bytes = (maxLength: number) => fc.uint8Array({ maxLength }).map((view) => new Uint8Array(view));

const user: fc.Arbitrary<UserInformation> = fc.record({
  maxPduLength: fc.integer({ min: 0, max: 0xffffffff }),
  implementationClassUid: uid,
  implementationVersionName: printable(16),
  roles: fc.array(fc.record({ sopClassUid: uid, scu: fc.boolean(), scp: fc.boolean() }, PLAIN), { maxLength: 5 }),
  extended: fc.array(fc.tuple(uid, bytes(40)), { maxLength: 5 }).map((pairs) => new Map(pairs)),
}, PLAIN);

const request: fc.Arbitrary<AssociateRequest> = fc.record({
  calledAeTitle: printable(16, 1),
  callingAeTitle: printable(16, 1),
  applicationContext: fc.constant(APPLICATION_CONTEXT),
  contexts: fc.array(
    fc.record({
      id: fc.integer({ min: 0, max: 127 }).map((n) => 2 * n + 1),
      abstractSyntax: uid,
      transferSyntaxes: fc.array(uid, { minLength: 1, maxLength: 5 }),
    }, PLAIN),
    { minLength: 1, maxLength: 128 },
  ),
  user,
}, PLAIN);

/** The body of a PDU of this type, whose length must be the one that its header says. */
function bodyOf(pdu: Uint8Array, type: number): Uint8Array {
  const view = new DataView(pdu.buffer, pdu.byteOffset);
  assert.equal(pdu[0], type);
  assert.equal(view.getUint32(2), pdu.length - PDU_HEADER);
  return new Uint8Array(pdu).subarray(PDU_HEADER); // no Buffer, whose slice is a view
}

/** The P-DATA-TF bodies that were written one after the other. */
function pDataBodies(written: Uint8Array): Uint8Array[] {
  const bodies: Uint8Array[] = [];
  for (let at = 0; at < written.length;) {
    const length = new DataView(written.buffer, written.byteOffset + at).getUint32(2);
    bodies.push(bodyOf(written.subarray(at, at + PDU_HEADER + length), PduType.P_DATA));
    at += PDU_HEADER + length;
  }
  return bodies;
}

Deno.test("PDU: an A-ASSOCIATE-RQ is read as it was written", () => {
  fc.assert(fc.property(request, (given) => {
    assert.deepEqual(readAssociateRequest(bodyOf(writeAssociateRequest(given), PduType.ASSOCIATE_RQ)), given);
  }));
});

Deno.test("PDU: an A-ASSOCIATE-AC is read as it was written, and says whether an identity was verified", () => {
  const result = fc.constantFrom(0, 1, 2, 3, 4) as fc.Arbitrary<0 | 1 | 2 | 3 | 4>;
  const context = fc.record({ id: fc.integer({ min: 1, max: 255 }), result, transferSyntax: uid }, PLAIN);
  const contexts = fc.array(context, { maxLength: 128 });
  fc.assert(fc.property(request, contexts, user, fc.boolean(), (asked, contexts, user, verified) => {
    const given = { contexts, user: { ...user, ...(verified && { identityVerified: true }) } };
    assert.deepEqual(readAssociateAccept(bodyOf(writeAssociateAccept(asked, given), PduType.ASSOCIATE_AC)), given);
  }));
});

Deno.test("PDU: an A-ASSOCIATE-RJ is read as it was written", () => {
  const byte = fc.integer({ min: 0, max: 255 });
  fc.assert(fc.property(fc.record({ result: byte, source: byte, reason: byte }, PLAIN), (given) => {
    assert.deepEqual(readAssociateReject(bodyOf(writeAssociateReject(given), PduType.ASSOCIATE_RJ)), given);
  }));
});

Deno.test("PDU: a command or data set comes whole out of its PDVs, none longer than the peer takes", () => {
  const contextId = fc.integer({ min: 1, max: 255 });
  const most = fc.oneof(fc.constant(0), fc.integer({ min: 8, max: 4096 }));
  fc.assert(fc.property(contextId, fc.boolean(), bytes(9000), most, fc.boolean(), (id, isCommand, data, most, ends) => {
    const bodies = pDataBodies(writePData(id, isCommand, data, most, ends));
    const pdvs = bodies.flatMap(readPdvs);
    assert.deepEqual(new Uint8Array(Buffer.concat(pdvs.map((pdv) => pdv.data))), data);
    assert.ok(most === 0 || bodies.every((body) => body.length <= most));
    assert.ok(pdvs.every((pdv) => pdv.contextId === id && pdv.isCommand === isCommand));
    assert.deepEqual(pdvs.map((pdv) => pdv.isLast), pdvs.map((_, index) => ends && index === pdvs.length - 1));
  }));
});

Deno.test("PDU: a command and its data set come whole, and never share a PDU", () => {
  fc.assert(fc.property(bytes(300), bytes(2000), fc.integer({ min: 8, max: 4096 }), (command, data, most) => {
    const bodies = pDataBodies(writeMessage(3, command, data, most));
    assert.ok(bodies.every((body) => body.length <= most && readPdvs(body).length === 1));
    for (const isCommand of [true, false]) {
      const parts = bodies.flatMap(readPdvs).filter((pdv) => pdv.isCommand === isCommand);
      assert.deepEqual(new Uint8Array(Buffer.concat(parts.map((pdv) => pdv.data))), isCommand ? command : data);
      assert.ok(parts.at(-1)!.isLast);
    }
  }));
});

Deno.test("PDU: whatever bytes come, they are read or they are malformed", () => {
  const readers = [readAssociateRequest, readAssociateAccept, readAssociateReject, readPdvs];
  const cut = fc.tuple(request, fc.nat(), fc.nat(), fc.integer({ min: 0, max: 255 })).map(([given, end, at, byte]) => {
    const body = writeAssociateRequest(given).slice(PDU_HEADER);
    body[at % body.length] = byte;
    return body.subarray(0, end % (body.length + 1));
  });
  fc.assert(
    fc.property(fc.oneof(cut, bytes(300)), fc.constantFrom(...readers), (body, read) => {
      try {
        read(body);
      } catch (error) {
        assert.ok(error instanceof MalformedPdu, String(error));
      }
    }),
    { numRuns: 2000 },
  );
});
