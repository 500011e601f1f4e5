import { say } from "../../src/sentences.ts";
import { newUid } from "../../src/dicom/uid.ts";
import { TestBox, today } from "../support/web_box.ts";

const PEOPLE = [
  ["P-20417", "Asha", "Rao", "1994-03-02", "Female", "Fetal growth scan, third trimester", "Dr. Meera Iyer"],
  ["P-20533", "Ramesh", "Kulkarni", "1958-11-21", "Male", "Abdomen and pelvis", "Dr. Vikram Shah"],
  ["P-20610", "Fatima", "Sheikh", "1989-07-14", "Female", "Thyroid and neck", "Dr. Meera Iyer"],
  [
    "P-20611",
    "Lakshmi Priya",
    "Venkataraman-Subramaniam",
    "1997-01-30",
    "Female",
    "Early pregnancy, dating scan",
    "Dr. Anjali Deshpande",
  ],
  ["P-20644", "Joseph", "D’Souza", "1971-09-05", "Male", "Carotid Doppler", "Dr. Vikram Shah"],
  ["P-20650", "Baby of Kavita", "Nair", "2026-06-18", "Male", "Hip, newborn", "Dr. Anjali Deshpande"],
  ["P-20655", "Sunita", "Devi", "1983-12-12", "Female", "Breast, both sides", "Dr. Meera Iyer"],
  ["P-20671", "Arjun", "Mehta", "2011-04-25", "Male", "Abdomen", "Dr. Vikram Shah"],
  ["P-20688", "Nandini", "Ghosh", "1992-08-08", "Female", "Anomaly scan, 20 weeks", "Dr. Anjali Deshpande"],
  ["P-20702", "Peter", "Lobo", "1949-02-17", "Male", "Kidneys and bladder", "Dr. Vikram Shah"],
  ["P-20715", "Shabana", "Khan", "1990-10-03", "Female", "Pelvis", "Dr. Meera Iyer"],
  ["P-20720", "Harish", "Patel", "1966-05-29", "Male", "Liver, follow-up", "Dr. Vikram Shah"],
] as const;

const MINUTE = 60_000;
const clock = (at: number) => new Date(at).toLocaleTimeString("sv-SE");

/** A clinic in the middle of its day: some done, some at the machine, some to come. Times are around now. */
export async function seedDay(box: TestBox) {
  const { store } = box;
  for (const name of ["receptionist", "doctor", "admin"] as const) box.addUser(name, name);
  const machine = store.machines.add({
    aeTitle: "VOLUSON",
    name: "Voluson E8",
    room: "2",
    address: "192.168.1.31",
    port: 104,
    modality: "US",
    admitted: true,
  });
  store.machines.queried(machine.id);
  // within the day, whatever the time: all of it is today's and in this order, and the sixth is not late
  const [midnight, end] = [new Date().setHours(0, 0, 0, 0), new Date().setHours(23, 59, 0, 0)];
  const start = Math.max(Date.now() - 80 * MINUTE, midnight);
  const isLate = start + (PEOPLE.length - 1) * 20 * MINUTE > end;
  const sixthAt = Math.min(Date.now() + 20 * MINUTE, end - (PEOPLE.length - 6) * MINUTE);
  const each = Math.min(20 * MINUTE, Math.floor((end - sixthAt) / (PEOPLE.length - 6) / MINUTE) * MINUTE);
  const timeOf = (n: number) =>
    isLate
      ? `${clock(sixthAt + (n - 5) * (n < 5 ? 20 * MINUTE : each)).slice(0, 5)}:00`
      : `${clock(start + n * 20 * MINUTE).slice(0, 4)}0:00`;
  const appointments = PEOPLE.map(([id, firstName, lastName, birthDate, gender, description, doctor], n) =>
    box.book({ id, firstName, lastName }, {
      patient: { birthDate, gender },
      description,
      doctor,
      date: today(),
      time: timeOf(n),
    })
  );
  const [first, second, third, fourth, fifth, sixth] = appointments as [
    (typeof appointments)[0],
    (typeof appointments)[0],
    (typeof appointments)[0],
    (typeof appointments)[0],
    (typeof appointments)[0],
    (typeof appointments)[0],
  ];
  const studyOf = (appointment: typeof first) => ({
    studyInstanceUid: appointment.studyInstanceUid,
    patientId: appointment.patient.id,
    patientName: `${appointment.patient.lastName}^${appointment.patient.firstName}`,
    patientBirthDate: appointment.patient.birthDate ?? "",
  });
  for (const appointment of [first, second, third, fourth, fifth]) {
    store.worklistItems.send(appointment.id, null, "receptionist");
  }
  store.worklistItems.seen([first.id, second.id, third.id, fourth.id], "VOLUSON");
  for (let n = 0; n < 7; n++) await box.receive(studyOf(first), { frames: n === 3 ? 24 : 1, number: n + 1 });
  const report = await box.receive(studyOf(first), { frames: 0 });
  store.measurements.replace(
    first.studyInstanceUid,
    report,
    [
      ["Biparietal Diameter", "78.4", "mm", "", ""],
      ["Head Circumference", "286.1", "mm", "", ""],
      ["Abdominal Circumference", "271.9", "mm", "", ""],
      ["Femur Length", "59.2", "mm", "", ""],
      ["Estimated Fetal Weight", "1684", "g", "", ""],
      ["Resistivity Index", "0.64", "", "Umbilical artery", ""],
      ["Resistivity Index", "0.78", "", "Middle cerebral artery", "Left"],
      ["Fetal Heart Rate", "146", "bpm", "", ""],
    ].map(([name, value, unit, site, laterality]) => ({
      name: name!,
      code: "",
      value: value!,
      unit: unit!,
      site: site!,
      laterality: laterality!,
      context: {},
    })),
  );
  store.appointments.record(first.id, "completed", say("completed-on", { machine: "US-1" }));
  for (let n = 0; n < 4; n++) await box.receive(studyOf(second), { number: n + 1 });
  store.appointments.record(third.id, "scan started", say("begun-on", { machine: "US-1" }));
  return { appointments, machine, studyOf, next: sixth };
}

/** Images of somebody who has no appointment here. */
export async function receiveUnmatched(box: TestBox): Promise<void> {
  const studyInstanceUid = newUid();
  for (let n = 0; n < 3; n++) {
    await box.receive({ studyInstanceUid, patientId: "TEMP-0031", patientName: "Unknown^Walkin" });
  }
}

/** An association with a machine, as the journal keeps it. */
export const ENDED = {
  at: new Date().toISOString(),
  aeTitle: "VOLUSON",
  calledAeTitle: "STORESCP",
  address: "192.168.1.31",
  implementation: "VOL_E8_2018",
  operations: 3,
  bytes: 2_400_000,
  milliseconds: 420,
};
