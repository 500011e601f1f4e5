// runs alone: how soon a machine is let in is measured
import assert from "node:assert/strict";
import { echo } from "../../src/services/echo_check.ts";
import { VERIFICATION } from "../../src/dicom/sop_class.ts";
import { IMPLICIT_LITTLE_ENDIAN } from "../../src/dicom/transfer_syntax.ts";
import { APPLICATION_CONTEXT, ownUserInformation, PduType } from "../../src/dimse/pdu.ts";
import { writeAssociateRequest } from "../../src/dimse/write_pdu.ts";
import { Box } from "../support/box.ts";
import { ScriptedPeer } from "../support/scripted_peer.ts";
import { remote } from "../support/sender.ts";

/**
 * Connects to each port so many times and resets at once. Meanwhile this process stands still, so that the connections
 * are gone when they are accepted.
 */
function connectAndReset(ports: number[], times: number): void {
  const script = `
    import { once } from "node:events";
    import { connect } from "node:net";
    for (let time = 0; time < ${times}; time++) {
      for (const port of ${JSON.stringify(ports)}) {
        const socket = connect({ host: "127.0.0.1", port, localAddress: "127.0.0.9" });
        await once(socket, "connect");
        socket.resetAndDestroy();
      }
    }`;
  const { code, stderr } = new Deno.Command(Deno.execPath(), { args: ["eval", script] }).outputSync();
  assert.equal(code, 0, new TextDecoder().decode(stderr));
}

const verificationRequest = (callingAeTitle: string) =>
  writeAssociateRequest({
    ...{ calledAeTitle: "STORESCP", callingAeTitle, applicationContext: APPLICATION_CONTEXT },
    contexts: [{ id: 1, abstractSyntax: VERIFICATION, transferSyntaxes: [IMPLICIT_LITTLE_ENDIAN.uid] }],
    user: ownUserInformation(16384),
  });

Deno.test("connect and reset, 100 times on each port: nobody after them waits", async () => {
  await using box = await Box.start();
  const { ports } = box.appliance;
  connectAndReset([ports.worklistPort, ports.storagePort, ports.webPort], 100);
  const started = performance.now();
  await echo(remote(ports.worklistPort));
  await echo(remote(ports.storagePort));
  const page = await fetch(`http://127.0.0.1:${ports.webPort}/healthz`);
  await page.body?.cancel();
  const waited = performance.now() - started;
  assert.equal(page.status, 200);
  assert.ok(waited < 8000, `${Math.round(waited)} ms until all three had answered`); // it was 10 s for each port
});

/**
 * Tries again, as a machine does that is told that the box is busy.
 *
 * @returns after how many milliseconds it was let in, and at which try
 */
async function letIn(box: Box, address: string): Promise<{ waited: number; tries: number }> {
  const started = performance.now();
  for (let tries = 1;; tries++) {
    await using peer = await ScriptedPeer.from(address, box.storagePort);
    await peer.send(verificationRequest("US1"));
    const answer = await peer.pdu();
    const waited = performance.now() - started;
    if (answer?.type === PduType.ASSOCIATE_AC) return { waited, tries };
    assert.ok(waited < 20_000, `not let in within ${Math.round(waited)} ms`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

Deno.test("four addresses with five silent connections each: a machine is let in within seconds", async () => {
  await using box = await Box.start();
  const silent: ScriptedPeer[] = [];
  for (let address = 2; address <= 5; address++) {
    for (let n = 0; n < 5; n++) silent.push(await ScriptedPeer.from(`127.0.0.${address}`, box.storagePort));
  }
  assert.ok((await letIn(box, "127.0.0.7")).waited < 10_000); // it was 31 s
  assert.ok((await letIn(box, "127.0.0.2")).waited < 10_000, "from one of these addresses too");
  for (const peer of silent) peer.close();
});

Deno.test("five associations that a crashed machine never released: it is let in again after a moment", async () => {
  await using box = await Box.start();
  const held: ScriptedPeer[] = [];
  for (let n = 0; n < 5; n++) {
    const peer = await ScriptedPeer.from("127.0.0.7", box.storagePort);
    await peer.send(verificationRequest("US1"));
    assert.equal((await peer.pdu())?.type, PduType.ASSOCIATE_AC);
    held.push(peer);
  }
  assert.ok((await letIn(box, "127.0.0.7")).waited < 20_000); // it was 600 s
  assert.equal((await held[0]!.pdu())?.type, PduType.ABORT, "the one that was idle longest");
  for (const peer of held) peer.close();
});

Deno.test("silent connections of unknown addresses: a machine that was admitted is let in at once", async () => {
  await using box = await Box.start({ admission: "pairing" });
  box.store.machines.add({ aeTitle: "US1", name: "US1", address: "127.0.0.7", admitted: true });
  const silent: ScriptedPeer[] = [];
  for (let address = 20; address < 40; address++) {
    silent.push(await ScriptedPeer.from(`127.0.0.${address}`, box.storagePort));
  }
  assert.equal((await letIn(box, "127.0.0.7")).tries, 1, "there is a place kept for it");
  for (const peer of silent) peer.close();
});

Deno.test("100 silent connections over TLS from four addresses: another is answered at once", async () => {
  await using box = await Box.start({ dicomTls: "on" });
  const silent: ScriptedPeer[] = [];
  for (let n = 0; n < 100; n++) silent.push(await ScriptedPeer.from(`127.0.0.${2 + n % 4}`, box.tlsPort));
  const started = performance.now();
  const authorities = Deno.readTextFileSync(`${box.folder}/certificates/authority.crt`);
  await echo({ ...remote(box.tlsPort), tls: { key: "", cert: "", authorities } });
  const waited = performance.now() - started;
  assert.ok(waited < 15_000, `${Math.round(waited)} ms`); // they had 30 s
  for (const peer of silent) peer.close();
});
