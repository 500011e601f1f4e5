import assert from "node:assert/strict";
import { VERIFICATION } from "../../src/dicom/sop_class.ts";
import { IMPLICIT_LITTLE_ENDIAN } from "../../src/dicom/transfer_syntax.ts";
import { APPLICATION_CONTEXT, ownUserInformation, PduType } from "../../src/dimse/pdu.ts";
import { writeAssociateRequest } from "../../src/dimse/write_pdu.ts";
import { judgeCall } from "../../src/services/machine_call.ts";
import type { MachineOrigin } from "../../src/store/machine_origins.ts";
import { echo } from "../../src/services/echo_check.ts";
import { TestAuthority } from "../support/authority.ts";
import { peerTest } from "../support/peers.ts";
import { remote } from "../support/sender.ts";
import { Box } from "../support/box.ts";
import { ScriptedPeer } from "../support/scripted_peer.ts";

/** Whether a caller from an address is let in under an AE title. */
async function isLetIn(box: Box, address: string, callingAeTitle: string): Promise<boolean> {
  await using peer = await ScriptedPeer.from(address, box.worklistPort);
  await peer.send(writeAssociateRequest({
    ...{ calledAeTitle: "STORESCP", callingAeTitle, applicationContext: APPLICATION_CONTEXT },
    contexts: [{ id: 1, abstractSyntax: VERIFICATION, transferSyntaxes: [IMPLICIT_LITTLE_ENDIAN.uid] }],
    user: ownUserInformation(16384),
  }));
  const type = (await peer.pdu())?.type;
  assert.ok(type === PduType.ASSOCIATE_AC || type === PduType.ASSOCIATE_RJ, `answered with ${type}`);
  return type === PduType.ASSOCIATE_AC;
}

const origins = (box: Box, aeTitle: string) =>
  box.store.machineOrigins.of(box.store.machines.findByAeTitle(aeTitle)!.id).map(({ value, state }) =>
    `${state} ${value}`
  );

const admitted = (box: Box, aeTitle: string, address = "") =>
  box.store.machines.add({ aeTitle, name: aeTitle, address, admitted: true });

for (const admission of ["pairing", "closed"] as const) {
  Deno.test(`an admitted AE title from another address, admission ${admission}: refused, asked about, and seen`, async () => {
    await using box = await Box.start({ admission });
    const { id } = admitted(box, "US1", "127.0.0.7");
    assert.ok(await isLetIn(box, "127.0.0.7", "US1"));
    assert.ok(!await isLetIn(box, "127.0.0.66", "US1"));
    assert.ok(!await isLetIn(box, "127.0.0.66", "US1"), "asking again does not help");
    assert.deepEqual(origins(box, "US1"), ["allowed 127.0.0.7", "asked 127.0.0.66"]);
    const seen = box.store.audit.latest(10).filter(({ action }) => action === "machine called from elsewhere");
    assert.deepEqual(seen.map(({ subject }) => subject), [`machine ${id}`], "once");
    await box.until(
      "it is in the journal",
      () =>
        box.store.associations.latest(10).some(({ outcome }) => /"US1" was not admitted at 127.0.0.66/.test(outcome)),
    );
    assert.equal(box.store.machines.find(id)!.address, "127.0.0.7");
    assert.ok(await isLetIn(box, "127.0.0.7", "US1"), "the machine itself is let in as before");
  });
}

Deno.test("an admitted AE title from another address, where any machine may connect: let in as ever", async () => {
  await using box = await Box.start({ admission: "open" });
  admitted(box, "US1", "127.0.0.7");
  assert.ok(await isLetIn(box, "127.0.0.66", "US1"));
  assert.deepEqual(origins(box, "US1"), ["allowed 127.0.0.7"]);
});

Deno.test("calls from elsewhere are to be refused: nobody is asked, and it is seen all the same", async () => {
  await using box = await Box.start({ admission: "pairing", elsewhere: "refuse" });
  admitted(box, "US1", "127.0.0.7");
  assert.ok(!await isLetIn(box, "127.0.0.66", "US1"));
  assert.deepEqual(origins(box, "US1"), ["allowed 127.0.0.7", "refused 127.0.0.66"]);
  assert.equal(box.store.audit.latest(1)[0]!.action, "machine called from elsewhere");
});

Deno.test("a machine that was admitted without an address is known by the one of its first call", async () => {
  await using box = await Box.start({ admission: "closed" });
  admitted(box, "US1");
  assert.ok(await isLetIn(box, "127.0.0.7", "US1"));
  assert.ok(!await isLetIn(box, "127.0.0.66", "US1"));
  assert.deepEqual(origins(box, "US1"), ["allowed 127.0.0.7", "asked 127.0.0.66"]);
});

Deno.test("a machine that called is admitted at the address that it called from, and forgotten when it is not any more", async () => {
  await using box = await Box.start({ admission: "pairing" });
  assert.ok(!await isLetIn(box, "127.0.0.7", "US1"));
  const { id } = box.store.machines.findByAeTitle("US1")!;
  box.store.machines.change(id, { admitted: true });
  assert.ok(!await isLetIn(box, "127.0.0.66", "US1"));
  assert.ok(await isLetIn(box, "127.0.0.7", "US1"));
  box.store.machines.change(id, { admitted: false });
  assert.deepEqual(origins(box, "US1"), []);
});

Deno.test("a destination's AE title from another address than the destination's: it waits to be admitted", async () => {
  await using box = await Box.start({ admission: "pairing" });
  box.store.destinations.add(
    {
      ...{ name: "PACS", aeTitle: "PACS", address: "127.0.0.8", port: 104, tls: false, enabled: true, rules: [] },
    } as unknown as Parameters<typeof box.store.destinations.add>[0],
  );
  assert.ok(await isLetIn(box, "127.0.0.8", "PACS"));
  assert.ok(!await isLetIn(box, "127.0.0.66", "PACS"));
  assert.equal(box.store.machines.findByAeTitle("PACS")?.admitted, false);
});

Deno.test("an admitted AE title from fifty addresses: the latest are kept, and what is allowed", async () => {
  await using box = await Box.start({ admission: "pairing" });
  const { id } = admitted(box, "US1", "127.0.0.7");
  for (let n = 1; n <= 50; n++) {
    box.store.machineOrigins.set(id, { kind: "address", value: `10.0.0.${n}` }, "asked", true);
  }
  assert.equal(origins(box, "US1").length, 21);
  assert.ok(origins(box, "US1").includes("allowed 127.0.0.7"));
});

Deno.test("a certificate that a machine is known by counts wherever it calls from, and another one nowhere", () => {
  const allowed = (kind: MachineOrigin["kind"], value: string): MachineOrigin => ({
    ...{ kind, value, state: "allowed", since: "", calledAt: null },
  });
  const known = [allowed("address", "10.0.0.7"), allowed("certificate", "CN=us1")];
  assert.deepEqual(judgeCall(known, { address: "10.0.0.99", certificate: "CN=us1" }), { known: true, learn: [] });
  assert.deepEqual(judgeCall(known, { address: "10.0.0.7", certificate: "CN=other" }), {
    ...{ known: false, stranger: { kind: "certificate", value: "CN=other" } },
  });
  assert.equal(judgeCall(known, { address: "10.0.0.7" }).known, true, "without TLS from its own address");
  assert.equal(judgeCall(known, { address: "10.0.0.99" }).known, false);
  assert.deepEqual(judgeCall([allowed("address", "10.0.0.7")], { address: "10.0.0.7", certificate: "CN=us1" }), {
    ...{ known: true, learn: [{ kind: "certificate", value: "CN=us1" }] },
  });
});

peerTest("a machine that called with a certificate: another one is asked about, at the same address too", [
  "openssl",
], async () => {
  await using authority = await TestAuthority.make();
  const own = await authority.certify("box");
  await using box = await Box.start({
    ...{ admission: "closed", dicomTls: "certified", dicomTlsAuthorities: authority.cert },
    ...{ dicomTlsKey: own.key, dicomTlsCertificate: own.cert },
  });
  admitted(box, "US1");
  const call = async (name: string) => {
    const files = await authority.certify(name);
    const [key, cert, authorities] = [files.key, files.cert, authority.cert].map((path) => Deno.readTextFileSync(path));
    await echo({ ...remote(box.tlsPort, "US1"), tls: { key: key!, cert: cert!, authorities: authorities! } });
  };
  await call("us1");
  assert.deepEqual(origins(box, "US1").sort(), ["allowed 127.0.0.1", "allowed CN=us1"]);
  await assert.rejects(call("us2"), /refuses the association/);
  assert.deepEqual(origins(box, "US1").sort(), ["allowed 127.0.0.1", "allowed CN=us1", "asked CN=us2"]);
  await call("us1");
});

Deno.test("fifty invented AE titles: a new machine is offered for admission all the same", async () => {
  await using box = await Box.start({ admission: "pairing" });
  const { machines } = box.store;
  for (let n = 0; n < 50; n++) machines.heard(`INVENTED${n}`, "127.0.0.66");
  assert.ok(!await isLetIn(box, "127.0.0.7", "US1"));
  assert.equal(machines.findByAeTitle("US1")?.admitted, false);
  assert.equal(machines.all().length, 11, "ten of one address, and the machine");
});

Deno.test("fifty invented AE titles of as many addresses: a new machine pushes out who called longest ago", async () => {
  await using box = await Box.start({ admission: "pairing" });
  const { machines } = box.store;
  const touched = machines.add({ aeTitle: "SPARE", name: "A spare one", admitted: true });
  machines.change(touched.id, { admitted: false });
  for (let n = 0; n < 50; n++) machines.heard(`INVENTED${n}`, `10.0.0.${n}`);
  assert.ok(!await isLetIn(box, "127.0.0.7", "US1"));
  assert.equal(machines.findByAeTitle("US1")?.admitted, false);
  assert.equal(machines.all().length, 51);
  assert.ok(machines.findByAeTitle("SPARE"), "what a person has set does not make room");
  // it calls again and again, and those who invent titles go on with others
  for (let n = 50; n < 90; n++) machines.heard(`INVENTED${n}`, `10.0.1.${n}`);
  assert.ok(machines.findByAeTitle("US1"), "it is offered still");
});
