import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { VERIFICATION } from "../../src/dicom/sop_class.ts";
import { IMPLICIT_LITTLE_ENDIAN } from "../../src/dicom/transfer_syntax.ts";
import { APPLICATION_CONTEXT, ownUserInformation, PduType } from "../../src/dimse/pdu.ts";
import { readAssociateAccept, readAssociateReject } from "../../src/dimse/read_pdu.ts";
import { writeAssociateRequest } from "../../src/dimse/write_pdu.ts";
import { hashPassword } from "../../src/web/password.ts";
import { Box } from "../support/box.ts";
import { peerTest, run } from "../support/peers.ts";
import { ScriptedPeer } from "../support/scripted_peer.ts";
import { remote } from "../support/sender.ts";

const IMAGE = new URL("../../fixtures/dicom/us_rgb.dcm", import.meta.url).pathname;

async function store(box: Box, ...options: string[]): Promise<{ stored: boolean; text: string }> {
  const { code, text } = await run("storescu", ["-v", ...options, "127.0.0.1", box.storagePort, IMAGE]);
  return { stored: code === 0, text };
}

peerTest(
  "User identity: names and passcodes that are known are let in, wrong ones are refused",
  ["storescu"],
  async () => {
    await using box = await Box.start();
    const right = ["-usr", "scanner", "-pwd", "open sesame"];
    assert.ok((await store(box, ...right)).stored, "without accounts nobody looks");
    box.store.dicomAccounts.add("scanner", await hashPassword("open sesame"));
    box.store.dicomAccounts.add("trolley", null);
    assert.ok((await store(box)).stored, "without an identity, where none is needed");
    assert.ok((await store(box, ...right)).stored);
    assert.ok((await store(box, ...right, "-rsp")).stored, "it has the positive response that it asks for");
    assert.ok((await store(box, "-usr", "trolley", "-rsp")).stored, "by its name alone");
    const wrong = [
      ["-usr", "scanner", "-pwd", "close sesame"],
      ["-usr", "scanner", "-epw"],
      ["-usr", "scanner"],
      ["-usr", "nobody", "-pwd", "open sesame"],
      ["-usr", "nobody"],
    ];
    for (const options of wrong) {
      const { stored, text } = await store(box, ...options);
      assert.ok(!stored, options.join(" "));
      assert.match(text, /Result: Rejected Permanent, Source: Service User/, options.join(" "));
    }
    box.store.machines.change(box.store.machines.findByAeTitle("STORESCU")!.id, { needsIdentity: true });
    const { stored, text } = await store(box);
    assert.ok(!stored, "a machine that must show one");
    assert.match(text, /Rejected Permanent/);
    assert.ok((await store(box, ...right)).stored);
    const outcomes = () => box.store.associations.latest(30).map(({ outcome }) => outcome);
    for (const why of ["its passcode is wrong", "its user name is none of the accounts", "it shows no user identity"]) {
      await box.until(`the journal says: ${why}`, () => outcomes().some((outcome) => outcome.includes(why)));
    }
  },
);

/** A user identity sub-item (PS3.7 Table D.3-14). */
function identityItem(type: number, wantsResponse: boolean, primary: string, secondary: string): Uint8Array {
  const field = (text: string) =>
    Buffer.concat([Buffer.from([text.length >> 8, text.length & 0xff]), Buffer.from(text)]);
  const value = Buffer.concat([Buffer.from([type, wantsResponse ? 1 : 0]), field(primary), field(secondary)]);
  return Buffer.concat([Buffer.from([0x58, 0, value.length >> 8, value.length & 0xff]), value]);
}

Deno.test("User identity byte by byte: the response is there only where it is asked for and the identity is known", async () => {
  await using box = await Box.start();
  box.store.dicomAccounts.add("scanner", await hashPassword("open sesame"));
  const ask = async (item: Uint8Array) => {
    await using peer = await ScriptedPeer.connect(box.storagePort);
    const request = Buffer.from(writeAssociateRequest({
      ...remote(box.storagePort, "US1"),
      applicationContext: APPLICATION_CONTEXT,
      contexts: [{ id: 1, abstractSyntax: VERIFICATION, transferSyntaxes: [IMPLICIT_LITTLE_ENDIAN.uid] }],
      user: ownUserInformation(16384),
    }));
    // the user information is the last item: the identity goes to its end
    const at = request.lastIndexOf(Buffer.from([0x50, 0x00])); // its header, before the lengths are put right
    const user = request.subarray(at + 4);
    const longer = Buffer.concat([request.subarray(0, at + 4), user, item]);
    longer.writeUInt16BE(user.length + item.length, at + 2);
    longer.writeUInt32BE(longer.length - 6, 2);
    await peer.send(new Uint8Array(longer));
    const pdu = (await peer.pdu())!;
    if (pdu.type === PduType.ASSOCIATE_RJ) return readAssociateReject(pdu.body);
    return readAssociateAccept(pdu.body).user.identityVerified ?? false;
  };
  const rejected = { result: 1, source: 1, reason: 1 };
  assert.equal(await ask(identityItem(2, true, "scanner", "open sesame")), true);
  assert.equal(await ask(identityItem(2, false, "scanner", "open sesame")), false);
  assert.deepEqual(await ask(identityItem(2, true, "scanner", "")), rejected);
  assert.deepEqual(await ask(identityItem(1, true, "scanner", "")), rejected);
  assert.equal(await ask(identityItem(3, true, "a kerberos ticket", "")), false, "passed over, without a response");
  assert.equal(await ask(identityItem(5, true, "a JSON web token", "")), false);
});
