import assert from "node:assert/strict";
import { APPOINTMENT, Box } from "../support/box.ts";
import { peerTest, run, utf8 } from "../support/peers.ts";

const RETURN_KEYS = [
  "SpecificCharacterSet",
  "AccessionNumber",
  "ReferringPhysicianName",
  "PatientName",
  "PatientID",
  "PatientBirthDate",
  "PatientSex",
  "PatientAge",
  "StudyInstanceUID",
  "RequestedProcedureID",
  "RequestedProcedureDescription",
  "ScheduledProcedureStepSequence[0].ScheduledStationAETitle",
  "ScheduledProcedureStepSequence[0].ScheduledProcedureStepStartDate",
  "ScheduledProcedureStepSequence[0].ScheduledProcedureStepStartTime",
  "ScheduledProcedureStepSequence[0].Modality",
  "ScheduledProcedureStepSequence[0].ScheduledPerformingPhysicianName",
  "ScheduledProcedureStepSequence[0].ScheduledProcedureStepDescription",
  "ScheduledProcedureStepSequence[0].ScheduledProcedureStepID",
];
const SPS = "ScheduledProcedureStepSequence[0].";

/** Asks with findscu; returns each answer's attributes by keyword, and what it printed. */
async function find(box: Box, keys: string[], options: string[] = []) {
  const folder = await Deno.makeTempDir({ prefix: "sonodesk-find-" });
  try {
    const named = [...RETURN_KEYS.filter((key) => !keys.some((one) => one.startsWith(`${key}=`))), ...keys];
    const args = ["-v", "-W", "-X", "-od", folder, ...options, ...named.flatMap((key) => ["-k", key])];
    const { code, text } = await run("findscu", [...args, "127.0.0.1", box.worklistPort]);
    const answers: Record<string, string>[] = [];
    for (const { name } of [...Deno.readDirSync(folder)].sort((a, b) => a.name.localeCompare(b.name))) {
      const dump = await run("dcmdump", [`${folder}/${name}`]);
      const dataset = dump.text.slice(dump.text.indexOf("# Dicom-Data-Set"));

      answers.push(Object.fromEntries(
        [...utf8(dataset).matchAll(/^\s*\([0-9a-f,]+\) \w\w (?:\[(.*?)\s*\]|\(no value available\))\s+#.*? (\w+)$/gm)]
          .map(([, value, keyword]) => [keyword, value ?? ""]),
      ));
    }
    return { code, text, answers };
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

peerTest(
  "findscu gets the whole item of a patient that was sent, and nobody else",
  ["findscu", "dcmdump"],
  async () => {
    await using box = await Box.start();
    box.store.appointments.add({ ...APPOINTMENT, patient: { ...APPOINTMENT.patient, id: "P2" } }, "box");
    const sent = box.send();
    const { answers, text } = await find(box, [`${SPS}ScheduledProcedureStepStartDate=20261122`]);
    assert.equal(answers.length, 1, text);
    assert.deepEqual(answers[0], {
      SpecificCharacterSet: "ISO_IR 100",
      AccessionNumber: sent.accessionNumber,
      ReferringPhysicianName: "Dr. Meera Nair",
      PatientName: "Sharma^Priya",
      PatientID: "P1",
      PatientBirthDate: "19900517",
      PatientSex: "F",
      PatientAge: "036Y",
      StudyInstanceUID: sent.studyInstanceUid,
      RequestedProcedureID: sent.accessionNumber,
      RequestedProcedureDescription: "Obstetric scan",
      ScheduledStationAETitle: "FINDSCU",
      ScheduledProcedureStepStartDate: "20261122",
      ScheduledProcedureStepStartTime: "103000",
      Modality: "US",
      ScheduledPerformingPhysicianName: "Dr. Meera Nair",
      ScheduledProcedureStepDescription: "Obstetric scan",
      ScheduledProcedureStepID: sent.accessionNumber,
    });
    const seen = box.store.appointments.get(sent.id);
    assert.equal(seen.status, "seen by machine");
    assert.equal(seen.seenBy, "FINDSCU");
  },
);

peerTest("implicit and explicit little endian give the same answer", ["findscu", "dcmdump"], async () => {
  await using box = await Box.start();
  box.send();
  const implicit = await find(box, [], ["-xi"]);
  const explicit = await find(box, [], ["-xe"]);
  assert.equal(implicit.answers.length, 1, implicit.text);
  assert.deepEqual(implicit.answers, explicit.answers);
});

peerTest("names in any script arrive whole", ["findscu", "dcmdump"], async () => {
  await using box = await Box.start();
  box.send({ patient: { ...APPOINTMENT.patient, id: "H1", firstName: "प्रिया", lastName: "शर्मा" } });
  const { answers } = await find(box, ["PatientID=H1"]);
  assert.equal(answers[0]?.PatientName, "शर्मा^प्रिया");
  assert.equal(answers[0]?.SpecificCharacterSet, "ISO_IR 192");
});

peerTest("each kind of key finds who it should", ["findscu", "dcmdump"], async () => {
  await using box = await Box.start();
  const patient = APPOINTMENT.patient;
  box.send({ patient: { ...patient, id: "A1", lastName: "Smith", firstName: "Ann" }, date: "2026-11-21" });
  box.send({ patient: { ...patient, id: "A2", lastName: "Smithers", firstName: "Bea" }, date: "2026-11-22" });
  const third = box.send({ patient: { ...patient, id: "B3", lastName: "Nair", firstName: "Cy" }, date: "2026-11-23" });
  const date = `${SPS}ScheduledProcedureStepStartDate`;
  const expected: [keys: string[], ids: string[]][] = [
    [[`${date}=20261122`], ["A2"]],
    [[`${date}=20261121-20261122`], ["A1", "A2"]],
    [[`${date}=20261122-`], ["A2", "B3"]],
    [[`${date}=-20261121`], ["A1"]],
    [["PatientID=B3"], ["B3"]],
    [["PatientID=A*"], ["A1", "A2"]],
    [["PatientName=SMITH*"], ["A1", "A2"]],
    [["PatientName=smith^*"], ["A1"]],
    [["PatientName=*cy"], ["B3"]],
    [[`AccessionNumber=${third.accessionNumber}`], ["B3"]],
    [[`${SPS}Modality=US`], ["A1", "A2", "B3"]],
    [[`${SPS}Modality=CT`], []],
    [["PatientID=NOBODY"], []],
  ];
  for (const [keys, ids] of expected) {
    const { answers, text } = await find(box, keys);
    assert.deepEqual(answers.map(({ PatientID }) => PatientID).sort(), ids, `${keys}: ${text}`);
  }
});

peerTest("an item sent to one machine is found by its AE title and by no other", ["findscu", "dcmdump"], async () => {
  await using box = await Box.start();
  const machine = box.store.machines.add({
    aeTitle: "US2",
    name: "US 2",
    room: "2",
    address: "",
    port: null,
    modality: "US",
    admitted: true,
  });
  box.send({}, machine.id);
  const station = `${SPS}ScheduledStationAETitle`;
  const own = await find(box, [`${station}=US2`], ["-aet", "US2"]);
  assert.equal(own.answers[0]?.ScheduledStationAETitle, "US2");
  const other = await find(box, [`${station}=US1`], ["-aet", "US1"]);
  assert.deepEqual(other.answers, []);
});

peerTest("a recalled patient is no longer found", ["findscu", "dcmdump"], async () => {
  await using box = await Box.start();
  const sent = box.send();
  assert.equal((await find(box, [])).answers.length, 1);
  box.store.worklistItems.recall(sent.id, "reception");
  assert.equal((await find(box, [])).answers.length, 0);
});
