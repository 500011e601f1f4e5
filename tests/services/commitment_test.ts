import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { Dataset } from "../../src/dicom/dataset.ts";
import { Tag } from "../../src/dicom/dictionary.ts";
import { readDataset } from "../../src/dicom/read_dataset.ts";
import { PUSH_MODEL_INSTANCE, STORAGE_COMMITMENT_PUSH_MODEL as PUSH_MODEL } from "../../src/dicom/sop_class.ts";
import { IMPLICIT_LITTLE_ENDIAN } from "../../src/dicom/transfer_syntax.ts";
import { newUid } from "../../src/dicom/uid.ts";
import { writeDataset } from "../../src/dicom/write_dataset.ts";
import { CommandField, RESPONSE, Status, writeCommand } from "../../src/dimse/command.ts";
import { CommitmentReports, FailureReason } from "../../src/services/commitment_reports.ts";
import { APPLICATION_CONTEXT, ownUserInformation, PduType, type RoleSelection } from "../../src/dimse/pdu.ts";
import { readAssociateAccept, readAssociateRequest } from "../../src/dimse/read_pdu.ts";
import {
  writeAssociateAccept,
  writeAssociateRequest,
  writePData,
  writeReleaseRequest,
  writeReleaseResponse,
} from "../../src/dimse/write_pdu.ts";
import { latestAttempt } from "../../src/timing/retry_schedule.ts";
import { Box } from "../support/box.ts";
import { ScriptedPeer } from "../support/scripted_peer.ts";
import { remote, send } from "../support/sender.ts";
import { ULTRASOUND_IMAGE, ultrasoundObject } from "../support/ultrasound_object.ts";

const noTls = () => Promise.reject(new Error("no TLS in this test"));

interface Reference {
  sopClassUid: string;
  sopInstanceUid: string;
}

/** A machine that asks for commitment on an association it opened, byte by byte. */
async function asking(box: Box, roles: RoleSelection[] = []) {
  const peer = await ScriptedPeer.connect(box.storagePort);
  const request = {
    ...remote(box.storagePort, "US1"),
    applicationContext: APPLICATION_CONTEXT,
    contexts: [{ id: 1, abstractSyntax: PUSH_MODEL, transferSyntaxes: [IMPLICIT_LITTLE_ENDIAN.uid] }],
    user: ownUserInformation(16384, roles),
  };
  await peer.send(writeAssociateRequest(request));
  const accept = readAssociateAccept((await peer.pdu())!.body);
  assert.equal(accept.contexts[0]!.result, 0);
  return {
    peer,
    roles: accept.user.roles,
    /** N-ACTION (PS3.7 10.1.4). Returns the status of the response. */
    ask: async (data: Dataset, change: (command: Dataset) => void = () => {}) => {
      const command = new Dataset()
        .setText(Tag.RequestedSOPClassUID, "UI", PUSH_MODEL)
        .setText(Tag.RequestedSOPInstanceUID, "UI", PUSH_MODEL_INSTANCE)
        .setUnsignedShort(Tag.CommandField, CommandField.N_ACTION)
        .setUnsignedShort(Tag.MessageID, 7)
        .setUnsignedShort(Tag.ActionTypeID, 1);
      change(command);
      await peer.send(
        writePData(1, true, writeCommand(command, true), 0),
        writePData(1, false, new Uint8Array(writeDataset(data, IMPLICIT_LITTLE_ENDIAN)), 0),
      );
      const { command: response } = await peer.message();
      assert.equal(response.number("CommandField"), CommandField.N_ACTION | RESPONSE);
      assert.equal(response.number("MessageIDBeingRespondedTo"), 7);
      return response.number("Status")!;
    },
    release: async () => {
      await peer.send(writeReleaseRequest());
      assert.equal((await peer.pdu())!.type, PduType.RELEASE_RP);
      peer.close();
    },
  };
}

/** A machine that waits for its report on a port of its own. */
function listening() {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return {
    port: listener.addr.port,
    close: () => listener.close(),
    /** Takes one report, answered with `status`; `role` is what it answers to the role selection. */
    report: async (status: number = Status.SUCCESS, role: RoleSelection[] = [PROVIDER]) => {
      await using peer = await ScriptedPeer.accept(listener);
      const request = readAssociateRequest((await peer.pdu())!.body);
      await peer.send(writeAssociateAccept(request, {
        contexts: [{ id: request.contexts[0]!.id, result: 0, transferSyntax: IMPLICIT_LITTLE_ENDIAN.uid }],
        user: ownUserInformation(16384, role),
      }));
      const next = await reportOn(peer, status).catch((error) => error as Error);
      if (!(next instanceof Error)) {
        assert.equal((await peer.pdu())!.type, PduType.RELEASE_RQ);
        await peer.send(writeReleaseResponse());
      }
      return { request, report: next };
    },
  };
}

const PROVIDER: RoleSelection = { sopClassUid: PUSH_MODEL, scu: false, scp: true };

/** The N-EVENT-REPORT that comes next (PS3.7 10.1.1), answered. */
async function reportOn(peer: ScriptedPeer, status: number = Status.SUCCESS) {
  const { command, data } = await peer.message();
  assert.equal(command.number("CommandField"), CommandField.N_EVENT_REPORT);
  assert.equal(command.text("AffectedSOPClassUID"), PUSH_MODEL);
  assert.equal(command.text("AffectedSOPInstanceUID"), PUSH_MODEL_INSTANCE);
  const response = new Dataset()
    .setText(Tag.AffectedSOPClassUID, "UI", PUSH_MODEL)
    .setUnsignedShort(Tag.CommandField, CommandField.N_EVENT_REPORT | RESPONSE)
    .setUnsignedShort(Tag.MessageIDBeingRespondedTo, command.number("MessageID")!)
    .setUnsignedShort(Tag.Status, status);
  await peer.send(writePData(1, true, writeCommand(response, false), 0));
  const { dataset } = readDataset(data!, IMPLICIT_LITTLE_ENDIAN);
  return {
    eventType: command.number("EventTypeID"),
    transactionUid: dataset.text("TransactionUID"),
    committed: dataset.items("ReferencedSOPSequence").map((item) => item.text("ReferencedSOPInstanceUID")),
    failed: Object.fromEntries(
      dataset.items("FailedSOPSequence").map((item) => [
        item.text("ReferencedSOPInstanceUID"),
        item.number("FailureReason"),
      ]),
    ),
  };
}

function request(transactionUid: string, references: Reference[]): Dataset {
  return new Dataset()
    .setText(Tag.TransactionUID, "UI", transactionUid)
    .setItems(
      Tag.ReferencedSOPSequence,
      references.map(({ sopClassUid, sopInstanceUid }) =>
        new Dataset()
          .setText(Tag.ReferencedSOPClassUID, "UI", sopClassUid)
          .setText(Tag.ReferencedSOPInstanceUID, "UI", sopInstanceUid)
      ),
    );
}

Deno.test("commitment on the open association: every file is read, and what is safe is said", async () => {
  await using box = await Box.start();
  const [whole, damaged, other] = [ultrasoundObject(), ultrasoundObject({ shade: 2 }), ultrasoundObject({ shade: 3 })];
  for (const object of [whole, damaged, other]) await send(box.storagePort, object);
  const path = box.appliance.archive.pathOf(box.store.instances.find(damaged.sopInstanceUid)!.path);
  const bytes = await Deno.readFile(path);
  bytes[bytes.length - 1]! ^= 1;
  await Deno.writeFile(path, bytes);
  const absent = newUid();
  const transactionUid = newUid();
  const us1 = await asking(box);
  const references = [
    { sopClassUid: ULTRASOUND_IMAGE, sopInstanceUid: whole.sopInstanceUid },
    { sopClassUid: ULTRASOUND_IMAGE, sopInstanceUid: damaged.sopInstanceUid },
    { sopClassUid: "1.2.840.10008.5.1.4.1.1.7", sopInstanceUid: other.sopInstanceUid },
    { sopClassUid: ULTRASOUND_IMAGE, sopInstanceUid: absent },
  ];
  assert.equal(await us1.ask(request(transactionUid, references)), Status.SUCCESS);
  assert.deepEqual(await reportOn(us1.peer), {
    eventType: 2,
    transactionUid,
    committed: [whole.sopInstanceUid],
    failed: {
      [damaged.sopInstanceUid]: FailureReason.PROCESSING_FAILURE,
      [other.sopInstanceUid]: FailureReason.CLASS_INSTANCE_CONFLICT,
      [absent]: FailureReason.NO_SUCH_OBJECT_INSTANCE,
    },
  });
  await box.until("the report is known to be given", () => box.store.commitments.latest().get("US1")?.reportedAt);
  assert.equal(box.store.instanceFiles.damagedCount(), 1);
  const all = newUid();
  assert.equal(await us1.ask(request(all, references.slice(0, 1))), Status.SUCCESS, "the association goes on");
  const second = await reportOn(us1.peer);
  assert.deepEqual([second.eventType, second.transactionUid], [1, all]);
  await us1.release();
  const { objects, committed } = box.store.commitments.latest().get("US1")!;
  assert.deepEqual([committed, objects], [1, 1]);
});

Deno.test("commitment on a new association: the box stays the provider, and says so by role selection", async () => {
  await using box = await Box.start();
  const machine = listening();
  box.store.machines.add({ aeTitle: "US1", name: "US1", address: "127.0.0.1", port: machine.port, admitted: true });
  const object = ultrasoundObject();
  await send(box.storagePort, object);
  const us1 = await asking(box, [{ sopClassUid: PUSH_MODEL, scu: true, scp: false }]);
  assert.deepEqual(us1.roles, [{ sopClassUid: PUSH_MODEL, scu: true, scp: false }]);
  await us1.ask(request(newUid(), [object]));
  await us1.release();
  const { request: asked, report } = await machine.report();
  assert.deepEqual([asked.calledAeTitle, asked.callingAeTitle], ["US1", "STORESCP"]);
  assert.deepEqual(asked.user.roles, [PROVIDER]);
  assert.ok(!(report instanceof Error));
  assert.deepEqual(report.committed, [object.sopInstanceUid]);
  await box.until("the report is known to be given", () => box.store.commitments.latest().get("US1")?.reportedAt);
  machine.close();
});

Deno.test("commitment: a machine without address waits with the reason, and has its report once it has one", async () => {
  await using box = await Box.start();
  const us1 = await asking(box);
  await us1.ask(request(newUid(), [ultrasoundObject()]));
  await us1.release();
  const waiting = await box.until("it waits", () => box.store.commitments.latest().get("US1")?.lastError || undefined);
  assert.match(waiting, /address and port are not known/);
  const machine = listening();
  const known = box.store.machines.findByAeTitle("US1") ?? box.store.machines.add({ aeTitle: "US1", name: "US1" });
  box.store.machines.change(known.id, { address: "127.0.0.1", port: machine.port });
  const reports = new CommitmentReports(box.store, box.appliance.archive, { boxAeTitle: "STORESCP", tls: noTls });
  const [{ report }] = await Promise.all([machine.report(), reports.look()]);
  assert.ok(!(report instanceof Error));
  assert.equal(report.eventType, 2);
  machine.close();
});

Deno.test("commitment: a machine that is down for two days has its report after a restart of the box", async () => {
  const folder = await Deno.makeTempDir({ prefix: "sonodesk-box-" });
  const machine = listening();
  const { port } = machine;
  machine.close();
  const object = ultrasoundObject();
  {
    const box = await Box.start({ data: folder });
    box.store.machines.add({ aeTitle: "US1", name: "US1", address: "127.0.0.1", port, admitted: true });
    await send(box.storagePort, object);
    const us1 = await asking(box);
    await us1.ask(request(newUid(), [object]));
    await us1.release();
    await box.until("it was tried", () => box.store.commitments.latest().get("US1")?.lastError || undefined);
    let now = Date.now();
    const reports = new CommitmentReports(box.store, box.appliance.archive, {
      boxAeTitle: "STORESCP",
      tls: noTls,
      now: () => new Date(now),
    });
    const begun = now;
    let tries = 0;
    for (; now < begun + 2 * 86_400_000; now += 600_000) {
      tries += box.store.commitments.due(new Date(now), latestAttempt(new Date(now))).length;
      await reports.look();
    }
    assert.ok(tries > 40 && tries < 70, `about one try an hour: ${tries}`);
    await box.appliance.stop();
  }
  await using box = await Box.start({ data: folder });
  const again = listening();
  box.store.machines.change(box.store.machines.findByAeTitle("US1")!.id, { port: again.port });
  const later = new CommitmentReports(box.store, box.appliance.archive, {
    boxAeTitle: "STORESCP",
    tls: noTls,
    now: () => new Date(Date.now() + 3 * 86_400_000),
  });
  const [{ report }] = await Promise.all([again.report(), later.look()]);
  assert.ok(!(report instanceof Error));
  assert.deepEqual(report.committed, [object.sopInstanceUid]);
  assert.ok(box.store.commitments.latest().get("US1")!.reportedAt);
  again.close();
});

Deno.test("commitment: what the machine will not take is tried again, and given up after a week", async () => {
  await using box = await Box.start();
  const machine = listening();
  box.store.machines.add({ aeTitle: "US1", name: "US1", address: "127.0.0.1", port: machine.port, admitted: true });
  const us1 = await asking(box);
  await us1.ask(request(newUid(), [ultrasoundObject()]));
  await us1.release();
  await machine.report(Status.PROCESSING_FAILURE);
  const latest = () => box.store.commitments.latest().get("US1")!;
  await box.until("the failure is known", () => latest().lastError !== "");
  assert.match(latest().lastError, /status 110/);
  let days = 1;
  const reports = new CommitmentReports(box.store, box.appliance.archive, {
    boxAeTitle: "STORESCP",
    tls: noTls,
    now: () => new Date(Date.now() + days * 86_400_000),
  });
  await Promise.all([machine.report(Status.SUCCESS, [{ ...PROVIDER, scp: false }]), reports.look()]);
  assert.match(latest().lastError, /does not take commitment reports/);
  days = 3650;
  await Promise.all([machine.report(Status.PROCESSING_FAILURE), reports.look()]);
  const due = () => {
    const now = new Date(Date.now() + days * 86_400_000);
    return box.store.commitments.due(now, latestAttempt(now)).length;
  };
  days = 3651;
  assert.equal(due(), 1, "a clock that went years ahead gives up nothing");
  days = 4;
  assert.equal(due(), 1, "nor does it put anything off for years once it is right again");
  machine.close();
  for (let hours = 0; hours < 5 * 24; hours++, days += 1 / 24) await reports.look();
  assert.equal(due(), 1);
  for (let hours = 0; hours < 3 * 24; hours++, days += 1 / 24) await reports.look();
  days = 30;
  assert.equal(due(), 0);
});

Deno.test("commitment: a transaction UID that is in use", async () => {
  await using box = await Box.start();
  const object = ultrasoundObject();
  await send(box.storagePort, object);
  const transactionUid = newUid();
  const us1 = await asking(box);
  await us1.ask(request(transactionUid, [object]));
  assert.equal((await reportOn(us1.peer)).eventType, 1);
  await us1.ask(request(transactionUid, [object]));
  assert.deepEqual((await reportOn(us1.peer)).committed, [object.sopInstanceUid], "the same again is the same");
  const { sopInstanceUid } = ultrasoundObject();
  await us1.ask(request(transactionUid, [{ sopClassUid: ULTRASOUND_IMAGE, sopInstanceUid }]));
  assert.deepEqual((await reportOn(us1.peer)).failed, {
    [sopInstanceUid]: FailureReason.DUPLICATE_TRANSACTION_UID,
  });
  await us1.release();
});

Deno.test("commitment: statuses of N-ACTION, and nothing is kept of what was refused", async () => {
  await using box = await Box.start();
  const us1 = await asking(box);
  const good = request(newUid(), [ultrasoundObject()]);
  const withUid = (tag: number, value: string) => (command: Dataset) => command.setText(tag, "UI", value);
  assert.equal(await us1.ask(good, withUid(Tag.RequestedSOPClassUID, newUid())), Status.NO_SUCH_SOP_CLASS);
  assert.equal(await us1.ask(good, withUid(Tag.RequestedSOPInstanceUID, newUid())), Status.NO_SUCH_SOP_INSTANCE);
  assert.equal(
    await us1.ask(good, (command) => command.setUnsignedShort(Tag.ActionTypeID, 2)),
    Status.NO_SUCH_ACTION,
  );
  assert.equal(await us1.ask(request("", [ultrasoundObject()])), Status.INVALID_ARGUMENT_VALUE);
  assert.equal(await us1.ask(request(newUid(), [])), Status.INVALID_ARGUMENT_VALUE);
  assert.equal(await us1.ask(good), Status.SUCCESS);
  await reportOn(us1.peer);
  assert.equal(box.store.commitments.latest().size, 1);
  assert.equal(box.store.commitments.find(2), undefined);
  await us1.release();
});

Deno.test("commitment: a response that nobody asked for ends the association", async () => {
  await using box = await Box.start();
  const us1 = await asking(box);
  const response = new Dataset()
    .setUnsignedShort(Tag.CommandField, CommandField.N_EVENT_REPORT | RESPONSE)
    .setUnsignedShort(Tag.MessageIDBeingRespondedTo, 1)
    .setUnsignedShort(Tag.Status, 0);
  await us1.peer.send(writePData(1, true, writeCommand(response, false), 0));
  assert.equal((await us1.peer.pdu())!.type, PduType.ABORT);
  us1.peer.close();
});

Deno.test("commitment: an answer to a report that nobody waits for any more is passed over", async () => {
  await using box = await Box.start();
  const us1 = await asking(box);
  const object = ultrasoundObject();
  await send(box.storagePort, object);
  const reference = { sopClassUid: ULTRASOUND_IMAGE, sopInstanceUid: object.sopInstanceUid };
  assert.equal(await us1.ask(request(newUid(), [reference])), Status.SUCCESS);
  await reportOn(us1.peer);
  const again = new Dataset()
    .setUnsignedShort(Tag.CommandField, CommandField.N_EVENT_REPORT | RESPONSE)
    .setUnsignedShort(Tag.MessageIDBeingRespondedTo, 1) // the box counts from one
    .setUnsignedShort(Tag.Status, 0);
  await us1.peer.send(writePData(1, true, writeCommand(again, false), 0));
  assert.equal(await us1.ask(request(newUid(), [reference])), Status.SUCCESS, "the association goes on");
  await reportOn(us1.peer);
  await us1.release();
});

Deno.test("commitment: what a report says is safe outlasts a power cut before it is said", async () => {
  await using box = await Box.start();
  const machine = listening();
  const object = ultrasoundObject();
  await send(box.storagePort, object);
  const us1 = await asking(box);
  await us1.ask(request(newUid(), [object]));
  await us1.release();
  await box.until("it waits", () => box.store.commitments.latest().get("US1")?.lastError || undefined);
  const known = box.store.machines.findByAeTitle("US1") ?? box.store.machines.add({ aeTitle: "US1", name: "US1" });
  box.store.machines.change(known.id, { address: "127.0.0.1", port: machine.port });
  const reports = new CommitmentReports(box.store, box.appliance.archive, { boxAeTitle: "STORESCP", tls: noTls });
  let durableSince = "";
  const [{ report }] = await Promise.all([
    machine.report().then((given) => {
      durableSince = box.store.durableSince;
      return given;
    }),
    reports.look(),
  ]);
  assert.ok(!(report instanceof Error));
  assert.deepEqual(report.committed, [object.sopInstanceUid]);
  using store = new DatabaseSync(`${box.folder}/sonodesk.sqlite`, { readOnly: true });
  const { verifiedAt } = store.prepare(`SELECT verified_at AS verifiedAt FROM instances`).get()!;
  assert.ok(durableSince >= String(verifiedAt), `${durableSince} is before ${verifiedAt}`);
  machine.close();
});
