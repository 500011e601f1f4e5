import assert from "node:assert/strict";
import { DicomListener } from "../../src/dimse/listener.ts";
import { type Bounds, type Connected, DEFAULT_BOUNDS, Guard } from "../../src/dimse/guard.ts";
import { PduType } from "../../src/dimse/pdu.ts";
import { readAssociateReject } from "../../src/dimse/read_pdu.ts";
import { Requestor } from "../../src/dimse/requestor.ts";
import { echo } from "../../src/services/echo_check.ts";
import type { AssociationSummary } from "../../src/dimse/association.ts";
import { Verification } from "../../src/services/verification.ts";
import { PduStream } from "../../src/dimse/pdu_stream.ts";
import { VERIFICATION } from "../../src/dicom/sop_class.ts";
import { IMPLICIT_LITTLE_ENDIAN } from "../../src/dicom/transfer_syntax.ts";
import { Box } from "../support/box.ts";
import { ScriptedPeer } from "../support/scripted_peer.ts";
import { remote } from "../support/sender.ts";

/** A connection of which the guard sees no more than where it comes from, and that it has waited for nothing. */
function from(address: string): Connected & { ended: string[] } {
  const ended: string[] = [];
  return {
    ...{ address, ended, busy: false, waiting: { for: "nothing", milliseconds: 0 } },
    end: (why) => {
      ended.push(why);
      return Promise.resolve();
    },
  };
}

const SERVICES = [{ abstractSyntax: VERIFICATION, transferSyntaxes: [IMPLICIT_LITTLE_ENDIAN.uid] }];

/** A listener with these bounds; the ends of its associations are kept. */
async function listen(bounds: Partial<Bounds>) {
  const ends: AssociationSummary[] = [];
  const listener = new DicomListener({
    hostname: "127.0.0.1",
    port: 0,
    purpose: "a test",
    guard: new Guard({ ...DEFAULT_BOUNDS, ...bounds }),
    services: [new Verification()],
    maxPduLength: 16384,
    admit: () => undefined,
    onEnd: (summary) => ends.push(summary),
  });
  await listener.start();
  return { listener, ends, port: listener.port, [Symbol.asyncDispose]: () => listener.stop(0) };
}

Deno.test("guard: one association too many is rejected with the reason, and there is room again when one ends", async () => {
  await using server = await listen({ associations: 2 });
  const [first, second] = [
    await Requestor.connect(remote(server.port), SERVICES),
    await Requestor.connect(remote(server.port), SERVICES),
  ];
  await assert.rejects(Requestor.connect(remote(server.port), SERVICES), /busy, try again later/);
  await first!.release();
  while (server.ends.length < 1) await new Promise((resolve) => setTimeout(resolve, 10));
  await echo(remote(server.port));
  await second!.release();
});

Deno.test("guard: one address cannot take every place", async () => {
  await using server = await listen({ associations: 10, associationsPerAddress: 1 });
  const held = await Requestor.connect(remote(server.port), SERVICES);
  await using peer = await ScriptedPeer.connect(server.port);
  await peer.send("0100 00000044 0001 0000", new Uint8Array(64));
  const answer = await peer.pdu();
  assert.equal(answer?.type, PduType.ASSOCIATE_RJ);
  assert.deepEqual(readAssociateReject(answer.body), { result: 2, source: 3, reason: 2 });
  await held.release();
});

for (
  const [what, bounds, bytes] of [
    ["no request comes", { firstPdu: 200 }, ""],
    ["a request does not end", { firstPdu: 200 }, "0100 00000100 0001"],
  ] as const
) {
  Deno.test(`guard: a connection on which ${what} is aborted in time`, async () => {
    await using server = await listen(bounds);
    await using peer = await ScriptedPeer.connect(server.port);
    await peer.send(bytes);
    assert.equal((await peer.pdu())?.type, PduType.ABORT);
    while (server.ends.length === 0) await new Promise((resolve) => setTimeout(resolve, 10));
    assert.match(server.ends[0]!.outcome, /no request came within/);
  });
}

Deno.test("guard: a silent association and a PDU that trickles are aborted, each for its own reason", () => {
  const guard = new Guard({ ...DEFAULT_BOUNDS, idle: 1000, onePdu: 500 });
  assert.equal(guard.overdue({ for: "next PDU", milliseconds: 999 }), undefined);
  assert.equal(guard.overdue({ for: "next PDU", milliseconds: 2000 }), "the peer was silent for 2 s");
  assert.equal(guard.overdue({ for: "rest of a PDU", milliseconds: 2000 }), "a PDU was not complete after 2 s");
  assert.equal(
    guard.overdue({ for: "nothing", milliseconds: 1e9 }),
    undefined,
    "the box's own work is not the peer's fault",
  );
});

Deno.test("guard: a peer that takes nothing of what it asked for is aborted in time", async () => {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const accepting = listener.accept();
  using _peer = await Deno.connect({ hostname: "127.0.0.1", port: listener.addr.port });
  const stream = new PduStream(await accepting, 16384);
  const guard = new Guard({ ...DEFAULT_BOUNDS, onePdu: 100 });
  const written = stream.write(new Uint8Array(64 * 1024 * 1024)).then(() => "taken", () => "given up");
  let why: string | undefined;
  while (why === undefined) {
    await new Promise((resolve) => setTimeout(resolve, 20));
    why = guard.overdue(stream.waiting);
  }
  assert.match(why, /the peer took nothing for/);
  stream.close();
  assert.equal(await written, "given up");
});

Deno.test("guard: an address that is refused again and again is refused whatever it asks, and told so", async () => {
  await using box = await Box.start({ admission: "closed" });
  for (let attempt = 0; attempt < DEFAULT_BOUNDS.refusalsPerMinute; attempt++) {
    await assert.rejects(echo(remote(box.storagePort)), /does not know the box's AE title/);
  }
  await assert.rejects(echo(remote(box.storagePort)), /busy|congest/i);
  const guard = new Guard({ ...DEFAULT_BOUNDS, refusalsPerMinute: 2 });
  for (let time = 0; time < 2; time++) guard.refused("10.0.0.7");
  assert.match(guard.enter(from("10.0.0.7"))?.why ?? "", /2 of its associations were refused/);
  assert.equal(guard.enter(from("10.0.0.8")), undefined);
  guard.belongs("10.0.0.7");
  assert.equal(guard.enter(from("10.0.0.7")), undefined, "a machine that belongs is behind the same address");
});

Deno.test("guard: who makes room, and in which order", () => {
  const bounds = { ...DEFAULT_BOUNDS, associations: 4, associationsPerAddress: 3 };
  const waits = (address: string, awaited: "first PDU" | "next PDU", seconds: number, busy = false) => ({
    ...from(address),
    ...{ busy, waiting: { for: awaited, milliseconds: seconds * 1000 } },
  });
  for (
    const [what, connected, goes] of [
      ["the longest silent one without a request", [
        waits("10.0.0.1", "next PDU", 500),
        waits("10.0.0.2", "first PDU", 2),
        waits("10.0.0.3", "first PDU", 3),
        waits("10.0.0.9", "next PDU", 60),
      ], 2],
      ["the longest idle association of the same address", [
        waits("10.0.0.1", "next PDU", 500),
        waits("10.0.0.9", "next PDU", 6),
        waits("10.0.0.9", "next PDU", 7),
        waits("10.0.0.3", "first PDU", 0.5),
      ], 2],
      ["one of another that has been idle for long", [
        waits("10.0.0.1", "next PDU", 20),
        waits("10.0.0.2", "next PDU", 31),
        waits("10.0.0.3", "next PDU", 40, true),
        waits("10.0.0.4", "next PDU", 10),
      ], 1],
      ["nobody who is busy, has just come, or was heard within seconds", [
        waits("10.0.0.9", "next PDU", 4),
        waits("10.0.0.9", "next PDU", 400, true),
        waits("10.0.0.3", "next PDU", 29),
        waits("10.0.0.4", "first PDU", 0.9),
      ], undefined],
    ] as const
  ) {
    const guard = new Guard(bounds);
    for (const one of connected) assert.equal(guard.enter(one), undefined);
    const refused = guard.enter(from("10.0.0.9"));
    assert.equal(refused === undefined, goes !== undefined, what);
    assert.deepEqual(
      connected.flatMap((one, n) => one.ended.length > 0 ? [n] : []),
      goes === undefined ? [] : [goes],
      what,
    );
  }
});

Deno.test("guard: half of the places are kept for addresses that belong here", () => {
  const guard = new Guard({ ...DEFAULT_BOUNDS, associations: 4 }, (address) => address.startsWith("10.0.0."));
  for (const address of ["192.168.7.1", "192.168.7.2"]) assert.equal(guard.enter(from(address)), undefined);
  assert.match(guard.enter(from("192.168.7.3"))?.why ?? "", /from addresses that are not known/);
  for (const address of ["10.0.0.1", "10.0.0.2"]) assert.equal(guard.enter(from(address)), undefined);
  assert.match(guard.enter(from("10.0.0.3"))?.why ?? "", /4 associations are open, the most there may be/);
});
