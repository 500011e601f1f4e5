import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { Dataset } from "../../src/dicom/dataset.ts";
import { Tag } from "../../src/dicom/dictionary.ts";
import { PUSH_MODEL_INSTANCE, STORAGE_COMMITMENT_PUSH_MODEL as PUSH_MODEL } from "../../src/dicom/sop_class.ts";
import { EXPLICIT_LITTLE_ENDIAN, IMPLICIT_LITTLE_ENDIAN } from "../../src/dicom/transfer_syntax.ts";
import { newUid } from "../../src/dicom/uid.ts";
import { writeDataset } from "../../src/dicom/write_dataset.ts";
import { CommandField, Status } from "../../src/dimse/command.ts";
import { Requestor } from "../../src/dimse/requestor.ts";
import type { Box } from "../support/box.ts";
import { commitmentReport, forwarding, Pacs, pacsAt, quietBox } from "../support/pacs.ts";
import { remote, send } from "../support/sender.ts";
import { freePort } from "../support/servers.ts";
import { ULTRASOUND_IMAGE, ultrasoundObject } from "../support/ultrasound_object.ts";

const DAY = 86_400_000;

/** A destination reports on an association of its own, as the provider that it stays. Returns the box's answer. */
async function report(box: Box, data: Dataset, aeTitle = "PACS"): Promise<number> {
  const requestor = await Requestor.connect(remote(box.storagePort, aeTitle), [
    { abstractSyntax: PUSH_MODEL, transferSyntaxes: [EXPLICIT_LITTLE_ENDIAN.uid] },
  ], { roles: [{ sopClassUid: PUSH_MODEL, scu: false, scp: true }] });
  assert.equal(requestor.role(PUSH_MODEL)?.scp, true);
  const command = new Dataset()
    .setText(Tag.AffectedSOPClassUID, "UI", PUSH_MODEL)
    .setText(Tag.AffectedSOPInstanceUID, "UI", PUSH_MODEL_INSTANCE)
    .setUnsignedShort(Tag.EventTypeID, data.has(Tag.FailedSOPSequence) ? 2 : 1);
  const { command: response } = await requestor.request(
    requestor.accepted(PUSH_MODEL)[0]!.id,
    CommandField.N_EVENT_REPORT,
    command,
    new Uint8Array(writeDataset(data, EXPLICIT_LITTLE_ENDIAN)),
  );
  await requestor.release();
  return response.number("Status")!;
}

/** A box that has sent so many objects to a PACS that was asked about them. */
async function sentTo(pacs: Pacs, port: number, count: number, data?: string) {
  const box = await quietBox(data);
  const { id } = box.store.destinations.add(pacsAt(port));
  const objects = Array.from({ length: count }, (_, shade) => ultrasoundObject({ shade }));
  for (const object of objects) await send(box.storagePort, object);
  const uids = objects.map(({ sopInstanceUid }) => sopInstanceUid);
  assert.equal(pacs.requests.length, 0);
  return { box, id, uids };
}

Deno.test("commitment of destinations: asked on the association of the objects, reported on another", async () => {
  const pacs = new Pacs();
  pacs.commits = true;
  await using server = await pacs.listen();
  const { box, id, uids } = await sentTo(pacs, server.port, 3);
  await using _box = box;
  const forward = forwarding(box);
  await forward.look();
  assert.equal(pacs.associations, 1);
  const [request] = pacs.requests;
  assert.deepEqual([...request!.sopInstanceUids].sort(), [...uids].sort());
  assert.deepEqual(new Set(request!.sopClassUids), new Set([ULTRASOUND_IMAGE]));
  assert.equal(box.store.destinations.find(id)!.commits, true);
  assert.equal(box.store.destinations.queueLength(id).committed, 0);

  const good = commitmentReport(request!.transactionUid, ULTRASOUND_IMAGE, uids);
  assert.equal(
    await report(box, good, "ELSEWHERE"),
    Status.NO_SUCH_SOP_INSTANCE,
    "somebody else's word counts nothing",
  );
  assert.equal(
    await report(box, commitmentReport(newUid(), ULTRASOUND_IMAGE, uids)),
    Status.NO_SUCH_SOP_INSTANCE,
    "nor a transaction that is none",
  );
  assert.equal(box.store.destinations.queueLength(id).committed, 0);
  assert.equal(await report(box, good), Status.SUCCESS);
  assert.equal(box.store.destinations.queueLength(id).committed, 3);
  await forward.look();
  assert.deepEqual([pacs.requests.length, pacs.received.length], [1, 3], "nothing is left to do");
  await forward.stop();
});

Deno.test("commitment of destinations: what was not kept is sent again, and parked after some times", async () => {
  const pacs = new Pacs();
  pacs.commits = true;
  let lost: string | undefined;
  pacs.reportsAtOnce = ({ transactionUid, sopInstanceUids }) =>
    commitmentReport(
      transactionUid,
      ULTRASOUND_IMAGE,
      sopInstanceUids.filter((uid) => uid !== lost),
      sopInstanceUids.filter((uid) => uid === lost).map((uid) => [uid, 0x0112]),
    );
  await using server = await pacs.listen();
  const { box, id, uids } = await sentTo(pacs, server.port, 3);
  await using _box = box;
  lost = uids[1];
  const forward = forwarding(box, () => new Date(), 10_000);
  await forward.look();
  const { committed, parked, sent } = box.store.destinations.queueLength(id);
  assert.deepEqual({ committed, parked, sent }, { committed: 2, parked: 1, sent: 2 });
  assert.equal(pacs.received.filter(({ sopInstanceUid }) => sopInstanceUid === lost).length, 5);
  assert.match(box.store.destinations.unsent(id, 1)[0]!.lastError, /PACS took it and does not have it: reason 0112/);
  await box.until("each report is answered", () => pacs.answersToReports.length === pacs.requests.length);
  assert.deepEqual(new Set(pacs.answersToReports), new Set([Status.SUCCESS]));
  lost = undefined;
  box.store.destinations.retry(id);
  await forward.look();
  assert.equal(box.store.destinations.queueLength(id).committed, 3);
  await forward.stop();
});

Deno.test("commitment of destinations: restarts, silence and refusals; in the end it is given up, and the file may go", async () => {
  const data = await Deno.makeTempDir({ prefix: "sonodesk-box-" });
  const pacs = new Pacs();
  pacs.commits = true;
  const port = Number(freePort());
  let now = Date.now();
  const clock = () => new Date(now);
  {
    // it stops after the sending, before the asking
    await using server = await pacs.listen(port);
    const { box, id, uids } = await sentTo(pacs, server.port, 2, data);
    const [first, second] = box.store.destinations.ready(id, 10).map(({ sequence }) => sequence);
    box.store.destinations.offersCommitment(id, true);
    box.store.destinations.sent(id, [first!, second!], true);
    assert.equal(uids.length, 2);
    await box.appliance.stop();
  }
  const before = await quietBox(data);
  const { id } = before.store.destinations.all()[0]!;
  // the destination is down: nothing is lost
  const forward = forwarding(before, clock);
  await forward.look();
  assert.match(before.store.destinations.find(id)!.lastError, /nothing listens/);
  assert.equal(pacs.requests.length, 0);
  now += DAY;
  await using _server = await pacs.listen(port);
  pacs.answerRequest = () => Status.PROCESSING_FAILURE;
  await forward.look();
  assert.equal(pacs.requests.length, 1, "it is asked though nothing is to be sent");
  const [refused] = pacs.requests;
  pacs.answerRequest = () => Status.SUCCESS;
  await forward.look();
  assert.equal(pacs.requests.length, 1, "not before its time");
  now += 600_000;
  await forward.look();
  assert.equal(pacs.requests[1]!.transactionUid, refused!.transactionUid, "what was refused is the same request");
  await forward.stop();
  await before.appliance.stop();

  await using box = await quietBox(data);
  const again = forwarding(box, clock);
  await again.look();
  assert.equal(pacs.requests.length, 2, "after a restart it is not asked anew");
  const transactions = new Set(pacs.requests.map(({ transactionUid }) => transactionUid));
  for (let day = 0; day < 10; day++) {
    now += DAY + 1000;
    await again.look();
    for (const { transactionUid } of pacs.requests) transactions.add(transactionUid);
  }
  assert.equal(pacs.requests.length, 7, "asked for days, then given up");
  assert.equal(transactions.size, 6, "each time anew, but for the one that was refused");
  const last = pacs.requests.at(-1)!;
  assert.equal(
    await report(box, commitmentReport(last.transactionUid, ULTRASOUND_IMAGE, last.sopInstanceUids)),
    Status.SUCCESS,
    "a late report is welcome all the same",
  );
  assert.equal(box.store.destinations.queueLength(id).committed, 2);
  await again.stop();
});

Deno.test("commitment of destinations: a file stays until the destination has answered for it", async () => {
  const pacs = new Pacs();
  pacs.commits = true;
  await using server = await pacs.listen();
  const { box, id, uids } = await sentTo(pacs, server.port, 1);
  await using _box = box;
  const forward = forwarding(box);
  const removable = () => [...box.store.instanceFiles.removable(new Date(Date.now() + DAY).toISOString())].length;
  // a clinic without a database has told it nothing: what is told is not what this is about
  const outbox = new DatabaseSync(`${box.folder}/sonodesk.sqlite`);
  outbox.exec("PRAGMA busy_timeout = 5000; UPDATE outbox SET delivered_at = created_at");
  outbox.close();
  await forward.look();
  assert.equal(removable(), 0);
  const [request] = pacs.requests;
  assert.equal(await report(box, commitmentReport(request!.transactionUid, ULTRASOUND_IMAGE, uids)), Status.SUCCESS);
  assert.equal(removable(), 1);
  assert.equal(box.store.destinations.queueLength(id).committed, 1);
  await forward.stop();
});

Deno.test("commitment of destinations: a report that cannot be read is answered with a failure, and nothing changes", async () => {
  const pacs = new Pacs();
  pacs.commits = true;
  await using server = await pacs.listen();
  const { box, id } = await sentTo(pacs, server.port, 1);
  await using _box = box;
  const forward = forwarding(box);
  await forward.look();
  const requestor = await Requestor.connect(remote(box.storagePort, "PACS"), [
    { abstractSyntax: PUSH_MODEL, transferSyntaxes: [IMPLICIT_LITTLE_ENDIAN.uid] },
  ]);
  const { command } = await requestor.request(
    requestor.accepted(PUSH_MODEL)[0]!.id,
    CommandField.N_EVENT_REPORT,
    new Dataset().setText(Tag.AffectedSOPClassUID, "UI", PUSH_MODEL).setUnsignedShort(Tag.EventTypeID, 1),
    Uint8Array.of(1, 2, 3, 4, 5),
  );
  await requestor.release();
  assert.notEqual(command.number("Status"), Status.SUCCESS);
  assert.equal(box.store.destinations.queueLength(id).committed, 0);
  await forward.stop();
});

Deno.test("commitment of destinations: a report is answered once what it says outlasts a power cut", async () => {
  const pacs = new Pacs();
  pacs.commits = true;
  pacs.reportsAtOnce = ({ transactionUid, sopInstanceUids }) =>
    commitmentReport(transactionUid, ULTRASOUND_IMAGE, sopInstanceUids);
  await using server = await pacs.listen();
  const { box } = await sentTo(pacs, server.port, 1);
  await using _box = box;
  let durableSince = "";
  pacs.whenAnswered = () => durableSince = box.store.durableSince;
  const forward = forwarding(box, () => new Date(), 10_000);
  await forward.look();
  await box.until("the report is answered", () => durableSince !== "");
  using store = new DatabaseSync(`${box.folder}/sonodesk.sqlite`, { readOnly: true });
  const { answeredAt } = store.prepare(`SELECT answered_at AS answeredAt FROM forward_commitments`).get()!;
  assert.ok(durableSince >= String(answeredAt), `${durableSince} is before ${answeredAt}`);
  await forward.stop();
});
