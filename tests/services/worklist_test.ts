import { say, told } from "../../src/sentences.ts";
import assert from "node:assert/strict";
import { Dataset } from "../../src/dicom/dataset.ts";
import { Tag } from "../../src/dicom/dictionary.ts";
import { EXPLICIT_LITTLE_ENDIAN } from "../../src/dicom/transfer_syntax.ts";
import { everything } from "../../src/dicom/worklist_answer.ts";
import { Status } from "../../src/dimse/command.ts";
import { writePData } from "../../src/dimse/write_pdu.ts";
import { LONGEST_IDENTIFIER, Worklist } from "../../src/services/worklist.ts";
import { encodeAnswer, WorklistCache } from "../../src/services/worklist_cache.ts";
import { explain, findMatches, notAnswered, readQuery } from "../../src/services/worklist_query.ts";
import { hashPassword } from "../../src/web/password.ts";
import { APPOINTMENT, Box } from "../support/box.ts";
import { answersOf, answersTo, ask, associate, findCommand, worklistContext } from "../support/worklist_client.ts";

const US1 = { aeTitle: "US1", name: "US 1", room: "1", admitted: true };
const DAY = 86_400_000;

/** A query for everything, with these keys of the scheduled step. */
function stepKeys(...keys: [tag: number, vr: "AE" | "CS" | "DA" | "TM", value: string][]): Dataset {
  const identifier = everything();
  const step = identifier.items("ScheduledProcedureStepSequence")[0]!;
  for (const [tag, vr, value] of keys) step.setText(tag, vr, value);
  return identifier;
}

const patient = (id: string, more = {}) => ({ patient: { ...APPOINTMENT.patient, id, ...more } });
const ids = (answers: readonly Dataset[]) => answers.map((answer) => answer.text("PatientID")).sort();
const stepOf = (answer: Dataset) => answer.items("ScheduledProcedureStepSequence")[0]!;
const local = (time: number) => new Date(time).toLocaleDateString("sv-SE");

/** The latest query that is kept of a machine, once there are so many. */
function kept(box: Box, aeTitle: string, count = 1) {
  return box.until(`${count} queries of ${aeTitle} are kept`, () => {
    const queries = box.store.worklistQueries.latest(aeTitle, 100);
    return queries.length === count && queries[0];
  });
}

Deno.test("a query that cannot be answered is refused on a day without patients too, and is kept", async () => {
  await using box = await Box.start();
  const machine = box.store.machines.add(US1);
  const step = everything().items("ScheduledProcedureStepSequence")[0]!;
  const refused: [Dataset, number, RegExp][] = [
    [
      everything().setItems(Tag.ScheduledProcedureStepSequence, [step, step]),
      Tag.ScheduledProcedureStepSequence,
      /2 i/,
    ],
    [everything().setItems(0x00081199, [step, step]), 0x00081199, /ReferencedSOPSequence has 2 items/],
    [
      stepKeys([Tag.ScheduledProcedureStepStartTime, "TM", "noon"]),
      Tag.ScheduledProcedureStepStartTime,
      /Time is no value or range/,
    ],
    [everything().setText(Tag.PatientBirthDate, "DA", "1990"), Tag.PatientBirthDate, /is no value or range/],
  ];
  for (const [index, [identifier, tag, why]] of refused.entries()) {
    const { status, final } = await answersTo(box, "US1", identifier);
    assert.equal(status, Status.DATA_SET_DOES_NOT_MATCH);
    assert.match(final.text("ErrorComment"), why);
    assert.deepEqual(final.numbers("OffendingElement"), [tag]);
    const query = await kept(box, "US1", index + 1);
    assert.match(query.outcome, /^refused: /);
    assert.match(query.outcome, why);
  }
  assert.ok(box.store.machines.find(machine.id)!.lastQueryAt);
});

Deno.test("an identifier that is too long, missing or unreadable is refused and kept, and none of it stays", async () => {
  await using box = await Box.start();
  const machine = box.store.machines.add(US1);
  box.send();
  const { peer } = await associate(box, "US1");
  await using _ = peer;
  await ask(peer, everything().setText(0x00091001, "LO", "A".repeat(LONGEST_IDENTIFIER)));
  const tooLong = await answersOf(peer);
  assert.equal(tooLong.status, Status.OUT_OF_RESOURCES);
  assert.equal((await kept(box, "US1")).outcome, "refused: The identifier is too long");
  assert.equal(box.store.worklistQueries.latestIdentifier("US1")!.identifier.length, 0);
  const cache = new WorklistCache(box.store, 30);
  const worklist = new Worklist(box.store, cache, "STORESCP");
  assert.deepEqual(worklist.preview(machine).refused, told(say("identifier-too-long")));

  await peer.send(writePData(1, true, findCommand(2), 16384), writePData(1, false, Uint8Array.of(1, 2, 3), 16384));
  assert.equal((await answersOf(peer)).status, Status.CANNOT_UNDERSTAND);
  await kept(box, "US1", 2);
  assert.match(worklist.preview(machine).refused!.detail, /the data ends within an element's header/);

  // a value of many kilobytes is refused; many short ones are kept in part
  await ask(peer, everything().setText(Tag.PatientName, "PN", `${"*".repeat(30_000)}A`));
  assert.equal((await answersOf(peer)).status, Status.DATA_SET_DOES_NOT_MATCH);
  assert.ok((await kept(box, "US1", 3)).keys.join().length < 500);
  const many = everything();
  for (let tag = 0x00091001; tag < 0x00091001 + 3000; tag++) many.setText(tag, "LO", "something");
  await ask(peer, many.setText(Tag.PatientID, "LO", "B".repeat(1000)));
  assert.equal((await answersOf(peer)).status, Status.SUCCESS);
  const query = await kept(box, "US1", 4);
  assert.ok(JSON.stringify(query).length < 5000, JSON.stringify(query));
  cache.close();
});

Deno.test("one patient that cannot be written costs nobody else, and the machine's page says who", async () => {
  await using box = await Box.start();
  // no page takes such a set; a store that somebody wrote into may have it
  const machine = box.store.machines.add({ ...US1, characterSet: "ISO_IR 999" });
  box.send(patient("P1"));
  const lost = box.send(patient("P2", { firstName: "José" }));
  box.send(patient("P3"));
  const { answers, status } = await answersTo(box, "US1", everything());
  assert.equal(status, Status.SUCCESS);
  assert.deepEqual(ids(answers), ["P1", "P3"]);
  const query = await kept(box, "US1");
  assert.equal(query.answers, 2);
  assert.deepEqual(query.notAnswered.map(({ appointmentId }) => appointmentId), [lost.id]);
  assert.match(query.notAnswered[0]!.reason, /^its answer could not be written: Cannot encode text as ISO_IR 999/);
  assert.equal(box.store.appointments.get(lost.id).status, "sent", "nobody has seen them");
  const cache = new WorklistCache(box.store, 30);
  assert.deepEqual(ids(new Worklist(box.store, cache, "STORESCP").preview(machine).answers), ["P1", "P3"]);
  cache.close();
});

Deno.test("a patient with a space of another script does not empty the list", async () => {
  await using box = await Box.start();
  box.store.machines.add({ ...US1, characterSet: "ISO_IR 100" });
  box.send(patient("P1", { lastName: "山田\u3000太郎", firstName: "A\u2003B" }));
  box.send(patient("P2"));
  const { answers, status } = await answersTo(box, "US1", everything());
  assert.equal(status, Status.SUCCESS);
  assert.deepEqual(ids(answers), ["P1", "P2"]);
  assert.match(answers.find((one) => one.text("PatientID") === "P1")!.text("PatientName"), /^\w+ \w+\^A B$/);
});

Deno.test("a machine is answered in the letters it asks in, unless its record names others", async () => {
  await using box = await Box.start();
  box.send(patient("P1", { lastName: "山田", firstName: "太郎" }));
  box.send(patient("P2", { lastName: "शर्मा", firstName: "प्रिया" }));
  box.send(patient("P3", { lastName: "Müller", firstName: "Jo" }));
  const asked: [charset: string, names: RegExp[]][] = [
    ["\\ISO 2022 IR 87", [/^山田\^太郎$/, /^Sharma\^Priya$/, /^Muller\^Jo$/]],
    ["ISO 2022 IR 6\\ISO 2022 IR 87", [/^山田\^太郎$/, /^Sharma\^Priya$/, /^Muller\^Jo$/]],
    ["ISO_IR 13", [/^\w+\^\w+$/, /^Sharma\^Priya$/, /^Muller\^Jo$/]],
    ["ISO_IR 6", [/^\w+\^\w+$/, /^Sharma\^Priya$/, /^Muller\^Jo$/]],
    ["ISO_IR 100", [/^\w+\^\w+$/, /^Sharma\^Priya$/, /^Müller\^Jo$/]],
    ["ISO 2022 IR 100\\ISO 2022 IR 87", [/^山田\^太郎$/, /^Sharma\^Priya$/, /^Müller\^Jo$/]],
    ["ISO_IR 192", [/^山田\^太郎$/, /^शर्मा\^प्रिया$/, /^Müller\^Jo$/]],
    ["GB18030", [/^山田\^太郎$/, /^शर्मा\^प्रिया$/, /^Müller\^Jo$/]],
  ];
  for (const [charset, names] of asked) {
    const identifier = everything().setText(Tag.SpecificCharacterSet, "CS", charset);
    const { answers } = await answersTo(box, "ANY", identifier);
    for (const [index, name] of names.entries()) {
      const answer = answers.find((one) => one.text("PatientID") === `P${index + 1}`)!;
      assert.equal(answer.texts("SpecificCharacterSet").join("\\"), charset);
      assert.match(answer.text("PatientName"), name, charset);
    }
  }
  // none, or one that the box does not know: the smallest of two that has every letter
  for (const charset of ["", "ISO_IR 999", "ISO_IR 192\\ISO 2022 IR 87"]) {
    const { answers } = await answersTo(box, "ANY", everything().setText(Tag.SpecificCharacterSet, "CS", charset));
    const sets = answers.map((one) => `${one.text("PatientID")} ${one.text("SpecificCharacterSet")}`).sort();
    assert.deepEqual(sets, ["P1 ISO_IR 192", "P2 ISO_IR 192", "P3 ISO_IR 100"], charset);
  }
  box.store.machines.add({ ...US1, characterSet: "ISO_IR 192" });
  const { answers } = await answersTo(box, "US1", everything().setText(Tag.SpecificCharacterSet, "CS", "ISO_IR 100"));
  assert.deepEqual(new Set(answers.map((one) => one.text("SpecificCharacterSet"))), new Set(["ISO_IR 192"]));
});

Deno.test("fuzzy matching is agreed on when the association begins, and only then accents do not count", async () => {
  await using box = await Box.start();
  const machine = box.store.machines.add(US1);
  box.send(patient("P1", { lastName: "García", firstName: "José" }));
  const worklist = "1.2.840.10008.5.1.4.31";
  const proposals: [proposed: number[] | undefined, agreed: number[] | undefined, found: string[]][] = [
    [undefined, undefined, []],
    [[1, 1, 1], [1, 1, 1], ["P1"]],
    [[1, 1, 0], [1, 1, 0], []],
    [[1, 1, 1, 1], [1, 1, 1], ["P1"]], // the fourth, about time zones, is turned down by its absence
    [[1, 1], undefined, []],
    [[], undefined, []],
  ];
  for (const [proposed, agreed, found] of proposals) {
    const { peer, accept } = await associate(box, "US1", undefined, 16384, proposed && Uint8Array.from(proposed));
    await using _ = peer;
    assert.deepEqual(
      [...accept.user.extended].map(([uid, bytes]) => [uid, ...bytes]),
      agreed ? [[worklist, ...agreed]] : [],
      `${proposed}`,
    );
    await ask(peer, everything().setText(Tag.PatientName, "PN", "GARCIA*"));
    assert.deepEqual(ids((await answersOf(peer)).answers), found, `${proposed}`);
  }
  // no context of the class, no agreement on it
  const { peer, accept } = await associate(
    box,
    "US1",
    [{ id: 1, abstractSyntax: "1.2.840.10008.1.1", transferSyntaxes: ["1.2.840.10008.1.2"] }],
    16384,
    Uint8Array.of(1, 1, 1),
  );
  peer.close();
  assert.equal(accept.user.extended.size, 0);

  // and the page asks as the machine did
  await kept(box, "US1", proposals.length);
  await answersTo(box, "US1", everything().setText(Tag.PatientName, "PN", "GARCIA*"), Uint8Array.of(1, 1, 1));
  await kept(box, "US1", proposals.length + 1);
  const cache = new WorklistCache(box.store, 30);
  assert.deepEqual(ids(new Worklist(box.store, cache, "STORESCP").preview(machine).answers), ["P1"]);
  cache.close();
});

Deno.test("a machine whose every query is refused sees that on its page, not what others would get", async () => {
  await using box = await Box.start();
  const machine = box.store.machines.add(US1);
  box.send();
  const cache = new WorklistCache(box.store, 30);
  const worklist = new Worklist(box.store, cache, "STORESCP");
  await answersTo(box, "US1", everything());
  await kept(box, "US1");
  assert.equal(worklist.preview(machine).answers.length, 1);
  await answersTo(box, "US1", stepKeys([Tag.ScheduledProcedureStepStartDate, "DA", "today"]));
  await kept(box, "US1", 2);
  const { refused, answers, keys } = worklist.preview(machine);
  assert.equal(refused?.detail, "ScheduledProcedureStepStartDate is no value or range");
  assert.deepEqual(answers, []);
  assert.deepEqual(keys, ["ScheduledProcedureStepStartDate today"]);
  cache.close();
});

Deno.test("a key that is written with another VR than the dictionary's asks for one patient, and never for everybody", async () => {
  await using box = await Box.start();
  for (const [id, lastName] of [["P1", "Sharma"], ["P2", "Rao"], ["P3", "Nair"]]) {
    box.send({
      ...APPOINTMENT,
      patient: { ...APPOINTMENT.patient, id: id!, lastName: lastName! },
      accessionNumber: id!,
    });
  }
  const syntax = EXPLICIT_LITTLE_ENDIAN;
  const found = async (identifier: Dataset) => {
    const { peer } = await associate(box, "US1", worklistContext(syntax.uid));
    await using _ = peer;
    await ask(peer, identifier, syntax);
    const { answers, status } = await answersOf(peer, syntax);
    return { ids: answers.map((answer) => answer.text("PatientID")), status };
  };
  const bytes = (text: string) => new TextEncoder().encode(text);
  const P2 = { ids: ["P2"], status: Status.SUCCESS };
  for (const vr of ["UN", "OB", "OW", "US", "UT", "PN", "DA", "SQ"] as const) {
    const key = { tag: Tag.PatientID, vr, value: bytes("P2") };
    assert.deepEqual(await found(new Dataset().add(key)), P2, `PatientID as ${vr}`);
  }
  for (const vr of ["LO", "UN"] as const) {
    const key = { tag: Tag.PatientName, vr, value: bytes("RAO*") };
    assert.deepEqual(await found(new Dataset().setText(Tag.PatientID, "LO").add(key)), P2, `PatientName as ${vr}`);
  }
  for (const value of [Uint8Array.of(0, 0), Uint8Array.of(4, 0)]) {
    const filledIn = new Dataset().setText(Tag.PatientID, "LO", "P2").add({
      tag: Tag.PregnancyStatus,
      vr: "US",
      value,
    });
    assert.deepEqual(await found(filledIn), P2, "a number that the machine fills in, of which the box has none");
  }
  const inStep = (step: Dataset) =>
    new Dataset().setText(Tag.PatientID, "LO").setItems(Tag.ScheduledProcedureStepSequence, [step]);
  const never = { ids: [], status: Status.SUCCESS };
  for (const vr of ["LO", "UN", "SH"] as const) {
    const key = { tag: Tag.ScheduledProcedureStepStartDate, vr, value: bytes("19990101-19990131") };
    assert.deepEqual(await found(inStep(new Dataset().add(key))), never, `a date as ${vr}`);
  }
  const binary = new Dataset().add({ tag: Tag.PatientID, vr: "US", value: Uint8Array.of(1, 0) });
  assert.deepEqual(await found(binary), { ids: [], status: Status.DATA_SET_DOES_NOT_MATCH });
});

Deno.test("FF01 where a key is asked for that the box does not have, with a value or without, at any depth", async () => {
  await using box = await Box.start();
  box.send();
  const inStep = (change: (step: Dataset) => void) => {
    const identifier = everything();
    change(identifier.items("ScheduledProcedureStepSequence")[0]!);
    return identifier;
  };
  const empty = new Dataset();
  const code = new Dataset().setText(0x00080100, "SH").setText(0x00080102, "SH");
  const cases: [Dataset, number][] = [
    [everything(), Status.PENDING],
    [everything().setItems(Tag.ScheduledProcedureStepSequence, []), Status.PENDING],
    [inStep((step) => step.setItems(Tag.ScheduledProtocolCodeSequence, [code])), Status.PENDING],
    [everything().add({ tag: 0x00080000, vr: "UL", value: new Uint8Array(4) }), Status.PENDING],
    [everything().setText(Tag.EthnicGroup, "SH"), Status.PENDING_OPTIONAL_KEYS_NOT_SUPPORTED],
    [everything().setText(Tag.EthnicGroup, "SH", "any"), Status.PENDING_OPTIONAL_KEYS_NOT_SUPPORTED],
    [everything().setItems(0x00081199, [code]), Status.PENDING_OPTIONAL_KEYS_NOT_SUPPORTED],
    [everything().setItems(0x00081199, [empty]), Status.PENDING_OPTIONAL_KEYS_NOT_SUPPORTED],
    [inStep((step) => step.setText(0x00091001, "LO")), Status.PENDING_OPTIONAL_KEYS_NOT_SUPPORTED],
  ];
  for (const [index, [identifier, expected]] of cases.entries()) {
    const { pending, status } = await answersTo(box, "US1", identifier);
    assert.deepEqual([...pending], [expected], `case ${index}`);
    assert.equal(status, Status.SUCCESS);
  }
});

Deno.test("a machine that is renamed or moved is answered with its new name and room at once", async () => {
  await using box = await Box.start();
  const machine = box.store.machines.add(US1);
  box.send(patient("P1"));
  box.send(patient("P2"), machine.id);
  const stations = async () =>
    (await answersTo(box, "US1", everything())).answers.map((answer) =>
      `${stepOf(answer).text("ScheduledStationName")}, ${stepOf(answer).text("ScheduledProcedureStepLocation")}`
    );
  assert.deepEqual(await stations(), ["US 1, 1", "US 1, 1"]);
  box.store.machines.change(machine.id, { name: "Voluson", room: "Blue" });
  assert.deepEqual(await stations(), ["Voluson, Blue", "Voluson, Blue"]);
});

Deno.test("a patient sent to any machine is found by every station key, and shows the station that asks", async () => {
  await using box = await Box.start();
  const other = box.store.machines.add({ aeTitle: "CT9", name: "CT 9", admitted: true });
  box.send(patient("P1"));
  box.send(patient("P2"), other.id);
  const cases: [key: string, title: string, found: string[]][] = [
    ["", "LOGIQ", ["P1", "P2"]],
    ["LOGIQ", "LOGIQ", ["P1"]],
    ["US1", "US1", ["P1"]],
    ["US*", "LOGIQ", ["P1"]],
    ["L*", "LOGIQ", ["P1"]],
    ["US1\\LOGIQ", "LOGIQ", ["P1"]],
    ["US?\\US7", "US7", ["P1"]],
    ["*", "LOGIQ", ["P1", "P2"]],
    ["C*", "LOGIQ", ["P1", "P2"]],
  ];
  for (const [key, title, found] of cases) {
    const { answers } = await answersTo(box, "LOGIQ", stepKeys([Tag.ScheduledStationAETitle, "AE", key]));
    assert.deepEqual(ids(answers), found, key);
    const any = answers.find((answer) => answer.text("PatientID") === "P1")!;
    assert.equal(stepOf(any).text("ScheduledStationAETitle"), title, key);
  }
  // a star asks for no station: a machine with its own list gets that
  box.store.machines.add(US1);
  const star = await answersTo(box, "US1", stepKeys([Tag.ScheduledStationAETitle, "AE", "*"]));
  assert.deepEqual(ids(star.answers), ["P1"]);
});

Deno.test("a patient that waits longer than the retention is no longer found, and one that is sent just now is not called old", async () => {
  await using box = await Box.start();
  const old = box.send(patient("P1"));
  const cache = new WorklistCache(box.store, 7);
  const asker = { aeTitle: "US1", machine: undefined, fuzzyNames: false };
  const found = (at: number) => {
    const query = readQuery(everything(), asker, "STORESCP", new Date(at));
    const matches = findMatches(cache, query);
    return { query, matches, ids: matches.map(({ booked }) => booked.item.patient.id) };
  };
  const now = Date.now();
  assert.deepEqual(found(now + 6 * DAY).ids, ["P1"]);
  const after = found(now + 8 * DAY);
  assert.deepEqual(after.ids, []);
  assert.deepEqual(explain(cache, after.query, after.matches), [
    notAnswered(old.id, say("sent-too-long-ago")),
  ]);
  const during = found(now);
  const late = box.send(patient("P2"));
  assert.deepEqual(explain(cache, during.query, during.matches), [
    notAnswered(late.id, say("sent-meanwhile")),
  ]);
  cache.close();
});

Deno.test("a machine with a window of days gets those, and what is outside is explained", async () => {
  await using box = await Box.start();
  const machine = box.store.machines.add({ ...US1, dateWindow: 2 });
  const now = Date.now();
  const days = [-3, -2, 0, 2, 3];
  const sent = days.map((day) => box.send({ ...patient(`P${day}`), date: local(now + day * DAY) }));
  const { answers } = await answersTo(box, "US1", everything());
  if (local(now) !== local(Date.now())) return; // midnight came between
  assert.deepEqual(ids(answers), ["P-2", "P0", "P2"]);
  const query = await kept(box, "US1");
  assert.deepEqual(
    new Map(query.notAnswered.map(({ appointmentId, reason }) => [appointmentId, reason])),
    new Map([sent[0]!, sent[4]!].map(({ id, date }) => [
      id,
      `it is for ${date}, more than 2 days from today, this machine's window`,
    ])),
  );
  box.store.machines.change(machine.id, { dateWindow: null });
  assert.equal((await answersTo(box, "US1", everything())).answers.length, days.length);
});

Deno.test("a patient sent to any machine shows the machine's own title, or the box's where the record says so", async () => {
  await using box = await Box.start();
  const machine = box.store.machines.add(US1);
  box.send();
  const title = async () =>
    stepOf((await answersTo(box, "US1", everything())).answers[0]!).text("ScheduledStationAETitle");
  assert.equal(await title(), "US1");
  box.store.machines.change(machine.id, { fillsStation: false });
  assert.equal(await title(), "STORESCP");
});

Deno.test("what other letters made too long is cut and told", () => {
  const answer = new Dataset()
    .setText(Tag.PatientName, "PN", "श्रीवास्तव".repeat(6))
    .setText(Tag.PatientID, "LO", "P1")
    .setItems(Tag.ScheduledProcedureStepSequence, [
      new Dataset().setText(Tag.ScheduledProcedureStepDescription, "LO", "लंबा विवरण ".repeat(5).trim()),
    ]);
  const shortened: string[] = [];
  encodeAnswer(
    answer,
    EXPLICIT_LITTLE_ENDIAN,
    { charset: "ISO_IR 100", unshowable: "transliterate" },
    [],
    (attribute) => shortened.push(attribute),
  );
  assert.deepEqual(shortened, ["PatientName", "ScheduledProcedureStepDescription"]);
});

Deno.test("the machine's page shows what it asked and what it would get", async () => {
  const [username, password] = ["owner", "correct horse battery staple"];
  await using box = await Box.start();
  box.store.users.add({ username, displayName: "", role: "admin", passwordHash: await hashPassword(password) });
  const machine = box.store.machines.add(US1);
  box.send(patient("P1"));
  const later = box.send({ ...patient("P2"), date: "2026-11-25" });
  const date = stepKeys([Tag.ScheduledProcedureStepStartDate, "DA", "20261122"]);
  await answersTo(box, "US1", date.setText(Tag.SpecificCharacterSet, "CS", "ISO_IR 100"));
  await kept(box, "US1");

  const address = `http://127.0.0.1:${box.appliance.ports.webPort}/api`;
  const session = await fetch(`${address}/session`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ username, password }),
  });
  await session.body?.cancel();
  const cookie = session.headers.get("set-cookie")!.split(";")[0]!;
  const read = async (path: string) =>
    await (await fetch(`${address}/machines/${path}`, { headers: { cookie } })).json();

  const [query, ...others] = await read(`${machine.id}/queries`);
  assert.deepEqual(others, []);
  assert.deepEqual(query.keys, ["ScheduledProcedureStepStartDate 20261122"]);
  assert.deepEqual([query.answers, query.outcome, query.aeTitle], [1, "answered", "US1"]);
  assert.deepEqual(query.notAnswered, [{
    appointmentId: later.id,
    reason: "ScheduledProcedureStepStartDate is 20261125 here, the machine asks for 20261122",
    coded: say("key-differs", { key: "ScheduledProcedureStepStartDate", here: "20261125", asked: "20261122" }),
  }]);
  const preview = await read(`${machine.id}/preview`);
  assert.deepEqual(preview.keys, query.keys);
  assert.deepEqual(preview.answers.map((answer: Record<string, string>) => answer.PatientID), ["P1"]);
  assert.equal(preview.answers[0].ScheduledProcedureStepSequence[0].ScheduledStationAETitle, "US1");
  assert.equal(preview.refused, undefined);

  await answersTo(box, "US1", stepKeys([Tag.ScheduledProcedureStepStartTime, "TM", "noon"]));
  await kept(box, "US1", 2);
  assert.equal(
    (await read(`${machine.id}/queries`))[0].outcome,
    `refused: ${(await read(`${machine.id}/preview`)).refused}`,
  );
  assert.equal((await read("nobody/preview")).status, 404);
});
