import { worklistItem } from "../../src/dicom/worklist_answer.ts";
import { APPOINTMENT, Box } from "../support/box.ts";
import { run } from "../support/peers.ts";
import { startOrthanc, startWlmscpfs } from "../support/servers.ts";
import { inTurn, milliseconds, ratio, table } from "./measure.ts";
import { Replay } from "./replay.ts";

const DAY = "2026-11-22";
const KEYS = [
  ...["SpecificCharacterSet", "AccessionNumber", "ReferringPhysicianName", "PatientName", "PatientID"],
  ...["PatientBirthDate", "PatientSex", "StudyInstanceUID", "RequestedProcedureID", "RequestedProcedureDescription"],
  ...["ScheduledStationAETitle", "ScheduledProcedureStepStartTime", "ScheduledPerformingPhysicianName"]
    .map((key) => `ScheduledProcedureStepSequence[0].${key}`),
  ...["ScheduledProcedureStepDescription", "ScheduledProcedureStepID", "Modality=US"]
    .map((key) => `ScheduledProcedureStepSequence[0].${key}`),
];
const ROUNDS = 9;

/**
 * The worklist against DCMTK's wlmscpfs and Orthanc, with findscu as the client; and findscu against answers that are
 * recorded, which shows how much of each time is its own.
 */
export async function benchWorklist(): Promise<void> {
  const items = Array.from({ length: 1000 }, (_, index) => booking(index, index < 100 ? DAY : "2026-11-23"));
  const datasets = items.map((item) =>
    worklistItem(
      {
        ...item,
        modality: "US",
        status: "sent",
        urgent: false,
        note: "",
        stepId: item.accessionNumber,
        studyInstanceUid: `1.2.3.${item.accessionNumber.slice(1)}`,
      },
      { aeTitle: "US1", name: "", location: "" },
    )
  );
  await using wlmscpfs = await startWlmscpfs(datasets);
  await using orthanc = await startOrthanc(datasets);
  await using box = await Box.start();
  await using large = await Box.start();
  box.store.transaction(() => items.forEach((item) => box.send(item)));
  large.store.transaction(() => {
    for (let index = 0; index < 100_000; index++) large.send(booking(index, index < 100 ? DAY : laterDay(index)));
  });
  for (const server of [box.worklistPort, wlmscpfs.port, orthanc.port]) {
    await count(server, DAY, 100);
    await count(server, "", 1000);
  }
  await count(large.worklistPort, DAY, 100);

  const rows = [];
  for (const [name, date] of [["100 answers of 1,000", DAY], ["1,000 answers", ""]] as const) {
    using recorded = await Replay.record(box.worklistPort, (port) => find(port, date));
    const times = await inTurn({
      client: () => find(recorded.port, date),
      sonodesk: () => find(box.worklistPort, date),
      wlmscpfs: () => find(wlmscpfs.port, date),
      orthanc: () => find(orthanc.port, date),
    }, ROUNDS);
    const faster = Math.min(times.wlmscpfs!, times.orthanc!);
    rows.push({
      query: name,
      Sonodesk: milliseconds(times.sonodesk!),
      wlmscpfs: milliseconds(times.wlmscpfs!),
      Orthanc: milliseconds(times.orthanc!),
      "Sonodesk / faster peer": ratio(times.sonodesk!, faster),
      "findscu alone": milliseconds(times.client!),
      "without findscu's part": ratio(Math.max(0, times.sonodesk! - times.client!), faster - times.client!),
    });
  }
  table(`Worklist, median of ${ROUNDS} findscu runs each, warm`, rows);

  const sizes = await inTurn({
    small: () => find(box.worklistPort, DAY),
    large: () => find(large.worklistPort, DAY),
  }, ROUNDS);
  table("100 answers for today, by items in the store", [{
    "1,000": milliseconds(sizes.small!),
    "100,000": milliseconds(sizes.large!),
    ratio: ratio(sizes.large!, sizes.small!),
  }]);
}

function booking(index: number, date: string) {
  return {
    ...APPOINTMENT,
    patient: { ...APPOINTMENT.patient, id: `P${index}`, lastName: `Sharma${index}` },
    accessionNumber: `B${index}`,
    date,
  };
}

function laterDay(index: number): string {
  return `2027-${String(1 + index % 12).padStart(2, "0")}-${String(1 + index % 28).padStart(2, "0")}`;
}

function query(port: string, date: string, options: string[]) {
  const keys = [
    ...KEYS,
    `ScheduledProcedureStepSequence[0].ScheduledProcedureStepStartDate=${date.replaceAll("-", "")}`,
  ];
  return run("findscu", [
    ...options,
    "-W",
    "-aec",
    "STORESCP",
    ...keys.flatMap((key) => ["-k", key]),
    "127.0.0.1",
    port,
  ]);
}

async function find(port: string, date: string): Promise<void> {
  const { code, text } = await query(port, date, []);
  if (code !== 0) throw new Error(`findscu failed: ${text}`);
}

/** Makes sure, before anything is timed, that the same question has the same number of answers everywhere. */
async function count(port: string, date: string, expected: number): Promise<void> {
  const { text } = await query(port, date, ["-v"]);
  const answers = text.match(/Find Response: \d+/g)?.length ?? 0;
  if (answers !== expected) throw new Error(`findscu got ${answers} of ${expected} answers: ${text.slice(-500)}`);
}
