import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { say } from "../../src/sentences.ts";
import { Dataset } from "../../src/dicom/dataset.ts";
import { Tag } from "../../src/dicom/dictionary.ts";
import {
  EXPLICIT_BIG_ENDIAN,
  EXPLICIT_LITTLE_ENDIAN,
  IMPLICIT_LITTLE_ENDIAN,
} from "../../src/dicom/transfer_syntax.ts";
import { Worklist } from "../../src/services/worklist.ts";
import { WorklistCache } from "../../src/services/worklist_cache.ts";
import { everything } from "../../src/dicom/worklist_answer.ts";
import { CommandField, Status, writeCommand } from "../../src/dimse/command.ts";
import { APPLICATION_CONTEXT, ownUserInformation, PduType } from "../../src/dimse/pdu.ts";
import { readAssociateAccept, readAssociateReject } from "../../src/dimse/read_pdu.ts";
import { writeAssociateRequest, writePData, writeReleaseRequest } from "../../src/dimse/write_pdu.ts";
import { APPOINTMENT, Box } from "../support/box.ts";
import { hex, padded, ScriptedPeer } from "../support/scripted_peer.ts";
import { answersOf, ask, associate, findCommand, worklistContext } from "../support/worklist_client.ts";

const WORKLIST = "1.2.840.10008.5.1.4.31";

/** An item of an A-ASSOCIATE-RQ: its type, a reserved byte, its length, its value (PS3.8 9.3.2). */
const item = (type: string, value: string) => `${type} 00 ${hex(value).length.toString(16).padStart(4, "0")} ${value}`;
const ascii = (text: string) => Buffer.from(text).toString("hex");

/** An A-ASSOCIATE-RQ (PS3.8 Table 9-11) with AE titles as raw bytes in hexadecimal. */
function associateRequest(calling: string, contexts: string[], maxPdu: string, version: string): Buffer {
  const body = hex(`
    0001 0000                         # protocol version 1, reserved
    ${padded("STORESCP", 16)}         # called AE title
    ${calling}                        # calling AE title, 16 bytes as the machine sends them
    ${"00".repeat(32)}                # reserved
    ${item("10", ascii(APPLICATION_CONTEXT))}
    ${contexts.join("\n")}
    ${
    item("50", `${item("51", maxPdu)} ${item("52", ascii("1.2.410.200001.101.11.801"))} ${item("55", ascii(version))}`)
  }
  `);
  const header = Buffer.alloc(6);
  header[0] = 1;
  header.writeUInt32BE(body.length, 2);
  return Buffer.concat([header, body]);
}

/** A presentation context: id, reserved, then its abstract and transfer syntaxes (PS3.8 Table 9-13). */
const context = (id: string, abstract: string, ...syntaxes: string[]) =>
  item(
    "20",
    `${id} 00 00 00 ${item("30", ascii(abstract))} ${syntaxes.map((uid) => item("40", ascii(uid))).join(" ")}`,
  );

Deno.test("Samsung V8: implicit little endian only, no verification, mostly empty nested keys", async () => {
  await using box = await Box.start();
  box.send({ date: "2022-08-05" });
  await using peer = await ScriptedPeer.connect(box.worklistPort);
  await peer.send(associateRequest(
    padded("MEDISON", 16),
    [context("33", WORKLIST, IMPLICIT_LITTLE_ENDIAN.uid)],
    "00003e80", // 16000
    "V8",
  ));
  const accept = readAssociateAccept((await peer.pdu())!.body);
  assert.deepEqual(accept.contexts, [{ id: 0x33, result: 0, transferSyntax: IMPLICIT_LITTLE_ENDIAN.uid }]);

  // the identifier of pynetdicom issue 791, in Implicit VR Little Endian: tag, length, value
  const code = "0800 0001 00000000  0800 0201 00000000  0800 0301 00000000  0800 0401 00000000";
  const step = `
    0800 6000 02000000 5553            # (0008,0060) Modality US
    4000 0100 00000000                 # (0040,0001) ScheduledStationAETitle
    4000 0200 08000000 ${ascii("20220805")} # (0040,0002) ScheduledProcedureStepStartDate
    4000 0300 00000000  4000 0600 00000000  4000 0700 00000000
    4000 0800 ${sequence(code)}        # (0040,0008) ScheduledProtocolCodeSequence
    4000 0900 00000000  4000 1000 00000000  4000 1100 00000000  4000 1200 00000000
    4000 2000 00000000  4000 0004 00000000`;
  const identifier = hex(`
    0800 0500 00000000  0800 5000 00000000  0800 9000 00000000
    1000 1000 00000000  1000 2000 00000000  1000 3000 00000000  1000 4000 00000000
    2000 0d00 00000000  3200 6010 00000000
    4000 0001 ${sequence(step)}        # (0040,0100) ScheduledProcedureStepSequence
    4000 0110 00000000  4000 1010 00000000  4000 0014 00000000  4000 0024 00000000`);
  await peer.send(writePData(0x33, true, findCommand(7), 16000), writePData(0x33, false, identifier, 16000));
  const { answers, status } = await answersOf(peer);
  assert.equal(status, Status.SUCCESS);
  assert.equal(answers.length, 1);
  const [answer] = answers;
  assert.equal(answer!.text("PatientName"), "Sharma^Priya");
  const scheduled = answer!.items("ScheduledProcedureStepSequence")[0]!;
  assert.equal(scheduled.text("ScheduledStationAETitle"), "MEDISON", "never empty: the machine's own");
  assert.equal(scheduled.text("ScheduledProcedureStepStartDate"), "20220805");
  assert.ok(scheduled.has(Tag.ScheduledProtocolCodeSequence), "asked for, so answered, empty");
  assert.ok(answer!.has(Tag.ImagingServiceRequestComments));
});

Deno.test("Philips Affiniti: retired classes and a private one are accepted beside the others", async () => {
  await using box = await Box.start();
  const classes = [
    ...["1.2.840.10008.1.1", "1.2.840.10008.5.1.4.1.1.6.1", "1.2.840.10008.5.1.4.1.1.3.1"],
    ...["1.2.840.10008.5.1.4.1.1.6", "1.2.840.10008.5.1.4.1.1.3", "1.3.46.670589.2.5.1.1"],
    ...["1.2.840.10008.5.1.4.1.1.88.33", "1.2.840.10008.5.1.4.1.1.7"],
  ];
  await using peer = await ScriptedPeer.connect(box.storagePort);
  await peer.send(associateRequest(
    padded("AFFINITI50", 16),
    classes.map((uid, index) =>
      context((index * 2 + 1).toString(16).padStart(2, "0"), uid, IMPLICIT_LITTLE_ENDIAN.uid)
    ),
    "00008000", // 32768
    "PHILIPS",
  ));
  const accept = readAssociateAccept((await peer.pdu())!.body);
  assert.deepEqual(accept.contexts.map(({ result }) => result), classes.map(() => 0));
});

Deno.test("GE LOGIQ S8: one context for each transfer syntax, ids past 57, each accepted as proposed", async () => {
  await using box = await Box.start();
  const syntaxes = [
    "1.2.840.10008.1.2.5",
    "1.2.840.10008.1.2.4.50",
    "1.2.840.10008.1.2.4.70",
    "1.2.840.10008.1.2.4.90",
    "1.2.840.10008.1.2.4.91",
  ];
  await using peer = await ScriptedPeer.connect(box.storagePort);
  await peer.send(associateRequest(
    padded("LOGIQS8", 16),
    syntaxes.map((uid, index) => context((57 + index * 2).toString(16), "1.2.840.10008.5.1.4.1.1.3.1", uid)),
    "00000000", // no limit
    "GE",
  ));
  const accept = readAssociateAccept((await peer.pdu())!.body);
  assert.deepEqual(
    accept.contexts.map(({ id, result, transferSyntax }) => [id, result, transferSyntax]),
    syntaxes.map((uid, index) => [57 + index * 2, 0, uid]),
  );
});

Deno.test("GE Voluson: multi-frame with JPEG Baseline alone, big endian beside the others, Enhanced US Volume", async () => {
  await using box = await Box.start();
  const [ele, ile, ebe] = [EXPLICIT_LITTLE_ENDIAN.uid, IMPLICIT_LITTLE_ENDIAN.uid, EXPLICIT_BIG_ENDIAN.uid];
  const jpeg = "1.2.840.10008.1.2.4.50";
  await using peer = await ScriptedPeer.connect(box.storagePort);
  await peer.send(associateRequest(
    padded("VOLUSON", 16),
    [
      context("01", "1.2.840.10008.5.1.4.1.1.6.1", ele, ile, ebe),
      context("03", "1.2.840.10008.5.1.4.1.1.6.1", ebe),
      context("05", "1.2.840.10008.5.1.4.1.1.3.1", jpeg),
      context("07", "1.2.840.10008.5.1.4.1.1.6.2", ele, ile),
    ],
    "00004000",
    "VOLUSON",
  ));
  const accept = readAssociateAccept((await peer.pdu())!.body);
  assert.deepEqual(
    accept.contexts.map(({ id, result, transferSyntax }) => [id, result, transferSyntax]),
    [[1, 0, ele], [3, 0, ebe], [5, 0, jpeg], [7, 0, ele]],
  );
});

Deno.test("Konica, Chison: gone right after the accept, or within a query, and the next one is served", async () => {
  await using box = await Box.start();
  box.send();
  for (const asksFirst of [false, true]) {
    await using peer = await ScriptedPeer.connect(box.worklistPort);
    const contexts = [context("01", WORKLIST, IMPLICIT_LITTLE_ENDIAN.uid)];
    await peer.send(associateRequest(padded("ECO5", 16), contexts, "00004000", "CHISON"));
    assert.equal((await peer.pdu())?.type, PduType.ASSOCIATE_AC);
    if (asksFirst) await peer.send(writePData(1, true, findCommand(1), 16384)); // and never the identifier
    peer.close();
  }
  await box.until("the query that broke off is kept", () => box.store.worklistQueries.latest("ECO5", 1).length === 1);
  const [query] = box.store.worklistQueries.latest("ECO5", 1);
  assert.equal(query!.outcome, "broken off before the last answer");
  const { peer } = await associate(box, "ECO5", worklistContext());
  await using _ = peer;
  await ask(peer, everything());
  assert.equal((await answersOf(peer)).answers.length, 1);
});

Deno.test("Philips Affiniti: an object on a context that was rejected ends that association alone", async () => {
  await using box = await Box.start();
  {
    await using peer = await ScriptedPeer.connect(box.storagePort);
    await peer.send(associateRequest(
      padded("AFFINITI50", 16),
      [
        context("01", "1.2.840.10008.5.1.4.1.1.6.1", IMPLICIT_LITTLE_ENDIAN.uid),
        context("03", "1.2.840.10008.5.1.1.9", IMPLICIT_LITTLE_ENDIAN.uid), // printing
      ],
      "00008000",
      "PHILIPS",
    ));
    const accept = readAssociateAccept((await peer.pdu())!.body);
    assert.deepEqual(accept.contexts.map(({ result }) => result), [0, 3]);
    const store = new Dataset()
      .setText(Tag.AffectedSOPClassUID, "UI", "1.2.840.10008.5.1.1.9")
      .setUnsignedShort(Tag.CommandField, CommandField.C_STORE)
      .setUnsignedShort(Tag.MessageID, 1)
      .setUnsignedShort(Tag.Priority, 0)
      .setText(Tag.AffectedSOPInstanceUID, "UI", "1.2.3");
    await peer.send(writePData(3, true, writeCommand(store, true), 32768));
    assert.equal((await peer.pdu())?.type, PduType.ABORT);
  }
  const { peer } = await associate(box, "AFFINITI50", worklistContext());
  await using _ = peer;
  await ask(peer, everything());
  assert.equal((await answersOf(peer)).status, Status.SUCCESS);
});

Deno.test("AE titles of spaces, with NUL or with stray bytes are taken as bytes", async () => {
  await using box = await Box.start();
  const titles: [bytes: string, shown: string][] = [
    [padded("", 16), ""],
    [padded("US1", 16, "\0"), "US1"],
    [`${ascii("US")}ff01${padded("", 12)}`, "US??"],
    [`${ascii("../../etc/passwd")}`, "../../etc/passwd"],
  ];
  for (const [bytes, shown] of titles) {
    await using peer = await ScriptedPeer.connect(box.worklistPort);
    await peer.send(associateRequest(bytes, [context("01", WORKLIST, IMPLICIT_LITTLE_ENDIAN.uid)], "00004000", "X"));
    assert.equal((await peer.pdu())?.type, PduType.ASSOCIATE_AC, shown);
    assert.ok(box.store.machines.findByAeTitle(shown), shown);
  }
});

Deno.test("a context with an even id and a class that is not served are refused alone", async () => {
  await using box = await Box.start();
  await using peer = await ScriptedPeer.connect(box.worklistPort);
  await peer.send(associateRequest(
    padded("ODD", 16),
    [
      context("02", WORKLIST, IMPLICIT_LITTLE_ENDIAN.uid),
      context("03", "1.2.840.10008.5.1.1.9", IMPLICIT_LITTLE_ENDIAN.uid),
      context("05", WORKLIST, "1.2.840.10008.1.2.4.50"),
      context("07", WORKLIST, IMPLICIT_LITTLE_ENDIAN.uid),
    ],
    "00004000",
    "X",
  ));
  const accept = readAssociateAccept((await peer.pdu())!.body);
  assert.deepEqual(accept.contexts.map(({ id, result }) => [id, result]), [[2, 2], [3, 3], [5, 4], [7, 0]]);
});

Deno.test("another application context is refused by name", async () => {
  await using box = await Box.start();
  await using peer = await ScriptedPeer.connect(box.worklistPort);
  await peer.send(writeAssociateRequest({
    calledAeTitle: "STORESCP",
    callingAeTitle: "X",
    applicationContext: "1.2.3",
    contexts: worklistContext(),
    user: ownUserInformation(16384),
  }));
  const answer = await peer.pdu();
  assert.equal(answer?.type, PduType.ASSOCIATE_RJ);
  assert.deepEqual(readAssociateReject(answer.body), { result: 1, source: 1, reason: 2 });
});

Deno.test("C-CANCEL in the middle of 10,000 answers stops them, and the association goes on; one that is gone is kept", async () => {
  await using box = await Box.start();
  box.store.transaction(() => {
    for (let index = 0; index < 10_000; index++) {
      box.send({ patient: { ...APPOINTMENT.patient, id: `P${index}` }, accessionNumber: `C${index}` });
    }
  });
  const { peer } = await associate(box, "CANCELLER", worklistContext());
  await using _ = peer;
  await ask(peer, everything(), IMPLICIT_LITTLE_ENDIAN, 5);
  for (let index = 0; index < 100; index++) {
    assert.equal((await peer.message()).command.number("Status"), Status.PENDING);
  }
  // one that was answered already is sent to another machine meanwhile, which has not seen it
  const another = box.store.machines.add({ aeTitle: "US2", name: "US 2", admitted: true });
  const [answered] = box.store.worklistItems.between(undefined, undefined, "");
  box.store.worklistItems.send(answered!.appointmentId, another.id, "reception");
  const cancel = new Dataset()
    .setUnsignedShort(Tag.CommandField, CommandField.C_CANCEL)
    .setUnsignedShort(Tag.MessageIDBeingRespondedTo, 5);
  await peer.send(writePData(1, true, writeCommand(cancel, false), 16384));
  const { answers, status } = await answersOf(peer);
  assert.equal(status, Status.CANCEL);
  assert.ok(100 + answers.length < 10_000, `${100 + answers.length} answers came all the same`);

  await ask(peer, everything().setText(Tag.PatientID, "LO", "P77"), IMPLICIT_LITTLE_ENDIAN, 6);
  const after = await answersOf(peer);
  assert.equal(after.answers.length, 1);
  assert.equal(after.final.number("MessageIDBeingRespondedTo"), 6);
  await peer.send(writeReleaseRequest());
  assert.equal((await peer.pdu())?.type, PduType.RELEASE_RP);

  const seenByMachine = () =>
    box.store.appointments.onDay(APPOINTMENT.date).filter(({ status }) => status === "seen by machine").length;
  assert.equal(box.store.worklistItems.find(answered!.appointmentId)!.seenAt, null);
  assert.equal(box.store.appointments.get(answered!.appointmentId).status, "sent");
  const seenBefore = seenByMachine();
  assert.ok(seenBefore >= 99 && seenBefore < 10_000);
  // one that reads the first answer and is gone: the query is kept, and who was not told has not been seen
  {
    const { peer } = await associate(box, "LEAVER", worklistContext());
    await using _ = peer;
    await ask(peer, everything(), IMPLICIT_LITTLE_ENDIAN, 7);
    await peer.message();
  }
  await box.until("the query is kept", () => box.store.worklistQueries.latest("LEAVER", 1).length === 1);
  const [query] = box.store.worklistQueries.latest("LEAVER", 1);
  assert.equal(query!.outcome, "broken off before the last answer");
  assert.ok(query!.answers < 10_000);
  assert.equal(seenByMachine(), seenBefore);
});

Deno.test("a machine that knows big endian alone is answered in it", async () => {
  await using box = await Box.start();
  box.send();
  const { peer } = await associate(box, "OLD", worklistContext(EXPLICIT_BIG_ENDIAN.uid));
  await using _ = peer;
  await ask(peer, everything(), EXPLICIT_BIG_ENDIAN);
  const { answers } = await answersOf(peer, EXPLICIT_BIG_ENDIAN);
  assert.equal(answers[0]!.text("PatientID"), APPOINTMENT.patient.id);
});

Deno.test("two machines at once: each its own list, in its own character set", async () => {
  await using box = await Box.start();
  const [one, two] = [
    box.store.machines.add({ aeTitle: "US1", name: "US 1", characterSet: "ISO_IR 100", admitted: true }),
    box.store.machines.add({ aeTitle: "US2", name: "US 2", characterSet: "ISO_IR 192", admitted: true }),
  ];
  const patient = { ...APPOINTMENT.patient, firstName: "प्रिया", lastName: "शर्मा" };
  for (let index = 0; index < 200; index++) {
    box.send({ patient: { ...patient, id: `P${index}` } }, index % 2 === 0 ? one.id : two.id);
  }
  const asked = async (aeTitle: string) => {
    const { peer } = await associate(box, aeTitle, worklistContext(EXPLICIT_LITTLE_ENDIAN.uid));
    await using _ = peer;
    await ask(peer, everything(), EXPLICIT_LITTLE_ENDIAN);
    return (await answersOf(peer, EXPLICIT_LITTLE_ENDIAN)).answers;
  };
  const [first, second] = await Promise.all([asked("US1"), asked("US2")]);
  assert.equal(first!.length, 100);
  assert.equal(second!.length, 100);
  for (const answer of first!) {
    assert.equal(answer.text("SpecificCharacterSet"), "ISO_IR 100");
    assert.equal(answer.text("PatientName"), "Sharma^Priya");
    assert.equal(answer.items("ScheduledProcedureStepSequence")[0]!.text("ScheduledStationAETitle"), "US1");
  }
  for (const answer of second!) assert.equal(answer.text("PatientName"), "शर्मा^प्रिया");
});

Deno.test("statuses: unknown keys FF01, two sequence items A900, a bad date A900, an unreadable identifier C000, too many A700", async () => {
  await using box = await Box.start();
  const machine = box.store.machines.add({ aeTitle: "US1", name: "US 1", admitted: true });
  box.send();
  box.send({ patient: { ...APPOINTMENT.patient, id: "P2" } });
  const { peer } = await associate(box, "US1", worklistContext());
  await using _ = peer;

  await ask(peer, everything().setText(Tag.EthnicGroup, "SH", "any"));
  const unknown = await answersOf(peer);
  assert.deepEqual([...unknown.pending], [Status.PENDING_OPTIONAL_KEYS_NOT_SUPPORTED]);
  assert.equal(unknown.answers.length, 2, "a key that is not known excludes nobody");
  assert.equal(unknown.answers[0]!.text(Tag.EthnicGroup), "", "and is answered empty");

  await ask(peer, everything().setItems(Tag.ScheduledProcedureStepSequence, [new Dataset(), new Dataset()]));
  const twoItems = await answersOf(peer);
  assert.equal(twoItems.status, Status.DATA_SET_DOES_NOT_MATCH);
  assert.match(twoItems.final.text("ErrorComment"), /ScheduledProcedureStepSequence has 2 items/);

  const badDate = new Dataset().setText(Tag.ScheduledProcedureStepStartDate, "DA", "tomorrow");
  await ask(peer, everything().setItems(Tag.ScheduledProcedureStepSequence, [badDate]));
  assert.equal((await answersOf(peer)).status, Status.DATA_SET_DOES_NOT_MATCH);

  await peer.send(
    writePData(1, true, findCommand(9), 16384),
    writePData(1, false, hex("1000 1000 ff000000 41"), 16384),
  );
  const unreadable = await answersOf(peer);
  assert.equal(unreadable.status, Status.CANNOT_UNDERSTAND);
  assert.match(unreadable.final.text("ErrorComment"), /PatientName/);

  box.store.machines.change(machine.id, { answerLimit: 1 });
  await ask(peer, everything());
  const tooMany = await answersOf(peer);
  assert.equal(tooMany.status, Status.OUT_OF_RESOURCES);
  assert.match(tooMany.final.text("ErrorComment"), /2 answers, this machine takes 1/);
});

Deno.test("what a machine would get now is what it gets, and where its question is refused the reason", async () => {
  await using box = await Box.start();
  const machine = box.store.machines.add({ aeTitle: "US1", name: "US 1", admitted: true, characterSet: "ISO_IR 100" });
  box.send();
  box.send({ patient: { ...APPOINTMENT.patient, id: "P2", firstName: "प्रिया", lastName: "शर्मा" } });
  const cache = new WorklistCache(box.store, 30);
  const worklist = new Worklist(box.store, cache, "STORESCP");
  assert.equal(worklist.preview(machine).answers.length, 2, "before it has asked: everything");

  const { peer } = await associate(box, "US1", worklistContext());
  await using _ = peer;
  await ask(peer, everything().setText(Tag.PatientID, "LO", "P2"));
  const { answers } = await answersOf(peer);
  const { keys, answers: previewed, refused } = worklist.preview(machine);
  assert.deepEqual(keys, ["PatientID P2"]);
  assert.deepEqual(previewed.map((answer) => answer.text("PatientName")), ["Sharma^Priya"]);
  assert.deepEqual(previewed.map((answer) => [...answer]), answers.map((answer) => [...answer]));
  assert.equal(refused, undefined);

  const limited = box.store.machines.change(machine.id, { answerLimit: 0 })!;
  assert.match(worklist.preview(limited).refused!.detail, /1 answers, this machine takes 0/);
  cache.close();
});

Deno.test("each query is kept with its keys, and what was sent and not answered with the reason", async () => {
  await using box = await Box.start();
  const machine = box.store.machines.add({ aeTitle: "US1", name: "US 1", admitted: true });
  const other = box.store.machines.add({ aeTitle: "US2", name: "US 2", admitted: true });
  const today = box.send({ date: "2026-11-22" });
  const later = box.send({ date: "2026-11-25", patient: { ...APPOINTMENT.patient, id: "P2" } });
  const elsewhere = box.send({ date: "2026-11-22", patient: { ...APPOINTMENT.patient, id: "P3" } }, other.id);
  const { peer } = await associate(box, "US1", worklistContext());
  await using _ = peer;
  const step = new Dataset().setText(Tag.ScheduledProcedureStepStartDate, "DA", "20261122").setText(
    Tag.Modality,
    "CS",
    "US",
  );
  await ask(peer, everything().setItems(Tag.ScheduledProcedureStepSequence, [step]));
  assert.equal((await answersOf(peer)).answers.length, 1);

  const [query] = await box.until("the query has been kept", () => {
    const queries = box.store.worklistQueries.latest("US1", 10);
    return queries.length > 0 && queries;
  });
  assert.deepEqual(query!.keys, ["Modality US", "ScheduledProcedureStepStartDate 20261122"]);
  assert.equal(query!.answers, 1);
  assert.equal(query!.outcome, "answered");
  const reasons = Object.fromEntries(query!.notAnswered.map(({ appointmentId, reason }) => [appointmentId, reason]));
  assert.deepEqual(Object.keys(reasons).sort(), [later.id, elsewhere.id].sort());
  assert.equal(reasons[later.id], "ScheduledProcedureStepStartDate is 20261125 here, the machine asks for 20261122");
  assert.equal(reasons[elsewhere.id], "it was sent to US 2, and this machine gets only its own list");
  assert.equal(box.store.appointments.get(today.id).seenBy, "US1");
  assert.ok(box.store.machines.find(machine.id)!.lastQueryAt);
});

Deno.test("a completed patient leaves the list, and is found by who asks for completed ones", async () => {
  await using box = await Box.start();
  const sent = box.send();
  box.store.appointments.record(sent.id, "completed", say("completed-by", { who: "anna" }));
  const { peer } = await associate(box, "US1", worklistContext());
  await using _ = peer;
  await ask(peer, everything());
  assert.equal((await answersOf(peer)).answers.length, 0);
  const step = new Dataset().setText(Tag.ScheduledProcedureStepStatus, "CS", "COMPLETED");
  await ask(peer, everything().setItems(Tag.ScheduledProcedureStepSequence, [step]));
  assert.equal((await answersOf(peer)).answers.length, 1);
});

/** A sequence of one item in Implicit VR Little Endian: the length of the value, then the item. */
function sequence(content: string): string {
  const bytes = hex(content);
  const little = (length: number) => {
    const buffer = Buffer.alloc(4);
    buffer.writeUInt32LE(length);
    return buffer.toString("hex");
  };
  return `${little(bytes.length + 8)} feff00e0 ${little(bytes.length)} ${bytes.toString("hex")}`;
}

Deno.test("values too long for a machine are cut by the rule, also when other letters made them longer", async () => {
  await using box = await Box.start();
  box.store.machines.add({ aeTitle: "US1", name: "US 1", characterSet: "ISO_IR 100", admitted: true });
  const name = "श्रीवास्तव".repeat(6);
  box.send({
    patient: { ...APPOINTMENT.patient, lastName: name, firstName: "प्रिया" },
    description: "लंबा विवरण ".repeat(6).trim(),
    accessionNumber: "A-VERY-LONG-ACCESSION-NUMBER",
  });
  const { peer } = await associate(box, "US1", worklistContext());
  await using _ = peer;
  await ask(peer, everything());
  const { answers } = await answersOf(peer);
  assert.equal(answers.length, 1);
  assert.equal(answers[0]!.text("AccessionNumber"), "A-VERY-LONG-ACCE");
  assert.ok(answers[0]!.text("PatientName").length <= 64 && answers[0]!.text("PatientName").startsWith("Shrivastav"));
  assert.ok(answers[0]!.text("RequestedProcedureDescription").length <= 64);
});
