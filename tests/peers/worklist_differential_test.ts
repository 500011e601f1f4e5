import assert from "node:assert/strict";
import { worklistItem } from "../../src/dicom/worklist_answer.ts";
import type { NewAppointment } from "../../src/store/appointment.ts";
import { APPOINTMENT, Box } from "../support/box.ts";
import { peerTest, run } from "../support/peers.ts";
import { randomFrom } from "../support/random.ts";
import { startWlmscpfs } from "../support/servers.ts";

const SPS = "ScheduledProcedureStepSequence[0].";
const QUERIES = 220;

/** Bookings whose values touch each other: prefixes, neighbouring days and times, the same names. */
const BOOKINGS: (NewAppointment & { machine: string })[] = [
  booking("A1", "SMITH", "ANN", "2026-11-21", "08:00:00", "US1", "Dr. Nair", "1990-05-17"),
  booking("A2", "SMITH", "BEA", "2026-11-22", "08:00:00", "US1", "Dr. Nair"),
  booking("A3", "SMITHERS", "ANN", "2026-11-22", "10:12:37", "US2", "Dr. Iyer"),
  booking("B1", "NAIR", "ANN", "2026-11-22", "10:12:38", "US2", "Dr. Iyer"),
  booking("B10", "NAIR", "MARY JANE", "2026-11-23", "00:00:00", "US1", "Dr. Nair"),
  booking("B11", "O'BRIEN", "PAT", "2026-11-23", "23:59:59", "US2", "Dr. Khan"),
  booking("C1", "MUELLER", "JO", "2026-12-01", "12:00:00", "US1", "Dr. Khan"),
  booking("C2", "MULLER", "JO", "2027-01-01", "12:00:00", "US2", "Dr. Khan"),
];

/**
 * Random queries of all kinds, put to DCMTK's wlmscpfs and to the box over the same items. Left out on purpose, and
 * asserted below: names without regard to case, a lone hyphen, dates that are none.
 */
peerTest(
  "random queries find the same patients as DCMTK's worklist server",
  ["findscu", "wlmscpfs", "dcmdump"],
  async () => {
    const random = randomFrom("SONODESK_SEED");
    await using box = await Box.start();
    const stations = new Map(
      ["US1", "US2"].map((aeTitle) => [aeTitle, box.store.machines.add({ aeTitle, name: aeTitle })]),
    );
    for (const { machine, ...appointment } of BOOKINGS) box.send(appointment, stations.get(machine)!.id);
    await using peer = await startWlmscpfs(
      box.store.worklistItems.latest(100).map((item) =>
        worklistItem(item, { aeTitle: item.machineAeTitle!, name: "", location: "" })
      ),
    );
    let found = 0;
    for (let round = 0; round < QUERIES; round++) {
      const keys = randomKeys(random);
      const theirs = await patients(peer.port, keys);
      const ours = await patients(box.worklistPort, keys);
      assert.deepEqual(ours, theirs, `seed ${random.seed}, query ${round}: ${keys.join(" ")}`);
      found += ours.length;
    }
    assert.ok(found > QUERIES / 4, `seed ${random.seed}: the queries found next to nobody (${found})`);
  },
);

peerTest("where the box differs from DCMTK's worklist server, it is on purpose", ["findscu", "wlmscpfs"], async () => {
  await using box = await Box.start();
  const machineId = box.store.machines.add({ aeTitle: "US1", name: "US1" }).id;
  for (const { machine: _, ...appointment } of BOOKINGS) box.send(appointment, machineId);
  await using peer = await startWlmscpfs(
    box.store.worklistItems.latest(100).map((item) => worklistItem(item, { aeTitle: "US1", name: "", location: "" })),
  );
  const everybody = BOOKINGS.map(({ patient }) => patient.id).sort();
  // machines write names in capitals or not as they please; PS3.4 C.2.2.2.1.1 leaves the case open
  assert.deepEqual(await patients(peer.port, ["PatientName=smith^ann"]), []);
  assert.deepEqual(await patients(box.worklistPort, ["PatientName=smith^ann"]), ["A1"]);
  // PS3.4 C.2.2.2.4 gives wildcards to AE, CS and LO; DCMTK takes them literally in these three
  for (
    const [key, ids] of [["PatientID=B1*", ["B1", "B10", "B11"]], [`${SPS}Modality=U*`, everybody], [
      `${SPS}ScheduledStationAETitle=US?`,
      everybody,
    ]] as const
  ) {
    assert.deepEqual(await patients(peer.port, [key]), [], key);
    assert.deepEqual(await patients(box.worklistPort, [key]), ids, key);
  }
  // DCMTK does not match on these at all
  const uids = ["A1", "C2"].map((id) =>
    box.store.worklistItems.latest(100).find(({ patient }) => patient.id === id)!.studyInstanceUid
  );
  for (
    const [key, ids] of [
      [`StudyInstanceUID=${uids[0]}`, ["A1"]],
      [`StudyInstanceUID=${uids.join("\\")}`, ["A1", "C2"]],
      ["StudyInstanceUID=1.2.3", []],
      [`${SPS}ScheduledProcedureStepID=ACC-B1?`, ["B10", "B11"]],
    ] as const
  ) {
    assert.deepEqual(await patients(peer.port, [key]), everybody, key);
    assert.deepEqual(await patients(box.worklistPort, [key]), ids, key);
  }
  // from 21 November 10:12:38 to the end of the 22nd; DCMTK ends it at that day's first second
  const half = [
    `${SPS}ScheduledProcedureStepStartDate=20261121-20261122`,
    `${SPS}ScheduledProcedureStepStartTime=101238-`,
  ];
  assert.deepEqual(await patients(peer.port, half), []);
  assert.deepEqual(await patients(box.worklistPort, half), ["A2", "A3", "B1"]);
  // a name without ^ is what a person types on the machine
  assert.deepEqual(await patients(peer.port, ["PatientName=SMITH ANN"]), []);
  assert.deepEqual(await patients(box.worklistPort, ["PatientName=SMITH ANN"]), ["A1"]);
});

function booking(
  id: string,
  lastName: string,
  firstName: string,
  date: string,
  time: string,
  machine: string,
  doctor: string,
  birthDate = "1984-02-29",
): NewAppointment & { machine: string } {
  const patient = { ...APPOINTMENT.patient, id, firstName, lastName, birthDate };
  return { ...APPOINTMENT, patient, date, time, doctor, accessionNumber: `ACC-${id}`, machine };
}

function randomKeys({ pick, chance }: ReturnType<typeof randomFrom>): string[] {
  const keys: string[] = [];
  if (chance(0.35)) {
    keys.push(
      `PatientName=${
        pick([
          "SMITH*",
          "SMITH^ANN",
          "*",
          "*ANN*",
          "N?IR*",
          "SMITH^?NN",
          "MU*LLER*",
          "NAIR^MARY JANE",
          "X*",
          "*^JO",
          "O'BRIEN^PAT",
        ])
      }`,
    );
  }
  if (chance(0.3)) keys.push(`PatientID=${pick(["A1", "B1", "B10", "*", "Z9", "b1"])}`);
  if (chance(0.2)) keys.push(`AccessionNumber=${pick(["ACC-A1", "ACC-B*", "ACC-??", "ACC", "*"])}`);
  if (chance(0.15)) keys.push(`PatientSex=${pick(["F", "M"])}`);
  if (chance(0.15)) keys.push(`ReferringPhysicianName=${pick(["Dr. Nair", "Dr.*", "*Khan", "Dr. X"])}`);
  if (chance(0.15)) {
    keys.push(`PatientBirthDate=${pick(["19900517", "19840229", "19840101-19851231", "-19900516", "20200101-"])}`);
  }
  if (chance(0.1)) keys.push(`RequestedProcedurePriority=${pick(["ROUTINE", "STAT"])}`);
  if (chance(0.15)) keys.push(`RequestedProcedureID=${pick(["ACC-A1", "ACC-B*", "ACC-?1", "X"])}`);
  if (chance(0.2)) {
    // an item with empty keys asks for nobody in particular
    keys.push(
      pick([
        "RequestedProcedureCodeSequence[0].CodeValue=",
        "ReferencedStudySequence[0].ReferencedSOPInstanceUID=",
        `${SPS}ScheduledProtocolCodeSequence[0].CodeValue=`,
      ]),
    );
  }
  if (chance(0.25)) keys.push(`${SPS}Modality=${pick(["US", "CT"])}`);
  if (chance(0.3)) keys.push(`${SPS}ScheduledStationAETitle=${pick(["US1", "US2", "US9", "US9\\US1", "US1\\US2"])}`);
  if (chance(0.2)) keys.push(`${SPS}ScheduledPerformingPhysicianName=${pick(["Dr. Iyer", "*Nair", "Dr.*"])}`);
  if (chance(0.5)) {
    keys.push(
      `${SPS}ScheduledProcedureStepStartDate=${
        pick([
          "20261122",
          "20261121-20261122",
          "20261122-",
          "-20261122",
          "20261123-20270101",
          "20270101",
          "20250101-20250102",
        ])
      }`,
    );
  }
  if (chance(0.3)) {
    keys.push(
      `${SPS}ScheduledProcedureStepStartTime=${
        pick(["080000", "101237", "080000-101237", "101238-", "-080000", "000000-235959", "235959"])
      }`,
    );
  }
  // a closed range of days with a half-open one of times: see the test of what differs
  const closedDays = keys.some((key) => /StartDate=\d+-\d+$/.test(key));
  return closedDays ? keys.filter((key) => !/StartTime=(-\d+|\d+-)$/.test(key)) : keys;
}

/** The ids of the patients that a query finds, sorted. */
async function patients(port: string, keys: string[]): Promise<string[]> {
  const asked = ["PatientID", "PatientName", "StudyInstanceUID", `${SPS}ScheduledStationAETitle`, `${SPS}Modality`];
  const all = [...asked.filter((key) => !keys.some((one) => one.startsWith(`${key}=`))), ...keys];
  const args = ["-v", "-W", "-aec", "STORESCP", ...all.flatMap((key) => ["-k", key]), "127.0.0.1", port];
  const { code, text } = await run("findscu", args);
  assert.equal(code, 0, text);
  assert.match(text, /Received Final Find Response \(Success\)/);
  const answers = text.split(/Find Response: \d+/).slice(1).join("");
  return [...answers.matchAll(/\(0010,0020\) LO \[(.*?)\s*\]/g)].map(([, id]) => id!).sort();
}
