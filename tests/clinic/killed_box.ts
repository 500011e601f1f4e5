/**
 * A box of its own process that books walk-ins and receives images until somebody kills it: arguments are its folder,
 * the clinic's address, and from which patient to which. What it has acknowledged it prints, one line each.
 */
import { say } from "../../src/sentences.ts";
import { ClinicLink } from "../../src/clinic/clinic_link.ts";
import { Store } from "../../src/store/store.ts";

const [folder, url, from, to] = Deno.args as [string, string, string, string];
const store = new Store(`${folder}/sonodesk.sqlite`);
new ClinicLink(store, { url, readEvery: 200, backoff: { first: 20, longest: 200 } }).start();
console.log("began");

for (let n = Number(from); n < Number(to); n++) {
  const id = `box-${n}`;
  if (store.appointments.find(id)) continue;
  const appointment = store.transaction(() => {
    const patient = { id: store.patients.newId("2026-11-22"), firstName: `First${n}`, lastName: `Last${n}` };
    return store.appointments.add({
      id,
      patient: { ...patient, birthDate: null, gender: "", phone: "" },
      doctor: "",
      department: "",
      description: "",
      date: new Date().toISOString().slice(0, 10),
      time: "10:00:00",
    }, "box");
  });
  store.worklistItems.send(id, null, "reception");
  store.worklistItems.seen([id], "US-1");
  store.appointments.record(id, "scan started", say("begun-on", { machine: "US-1" }));
  for (let image = 1; image <= 3; image++) {
    const studyInstanceUid = appointment.studyInstanceUid;
    await store.instances.record({
      sopInstanceUid: `${studyInstanceUid.slice(0, 55)}.9.${image}`,
      sopClassUid: "1.2.840.10008.5.1.4.1.1.6.1",
      transferSyntaxUid: "1.2.840.10008.1.2.1",
      number: image,
      frames: 1,
      study: {
        studyInstanceUid,
        patientId: appointment.patient.id,
        patientName: `Last${n}^First${n}`,
        patientBirthDate: "",

        patientSex: "",
        accessionNumber: "",
        studyDate: appointment.date,
        studyTime: "",
        description: "",
      },
      series: {
        seriesInstanceUid: `${studyInstanceUid.slice(0, 60)}.1`,
        modality: "US",
        number: 1,
        description: "",
        bodyPart: "",
      },
      file: { path: `${id}-${image}`, size: 1, sha256: "", dataOffset: 0 },
      receivedFrom: "US-1",
    });
  }
  console.log(id);
  await new Promise((resolve) => setTimeout(resolve, 2));
}
