import assert from "node:assert/strict";
import { ClinicBox } from "../clinic/clinic_box.ts";

Deno.test("Attention: of a study of very many reasons the worst are told, each object tells its own, and others come as these are settled", async () => {
  await using box = await ClinicBox.make({ url: undefined });
  const { attention, studies } = box.store;
  const priya = { patientId: "P1", patientName: "Sharma^Priya" };
  const { studyInstanceUid, sopInstanceUid } = await box.receive(priya);
  const others: string[] = [];
  for (let n = 0; n < 3; n++) others.push((await box.receive({ ...priya, studyInstanceUid })).sopInstanceUid);
  box.store.transaction(() => {
    for (let n = 0; n < 700; n++) attention.add({ sopInstanceUid }, "sex-differs", { here: "F", there: `${n}` });
    for (const uid of others) attention.add({ sopInstanceUid: uid }, "names-another-patient", {});
  });
  const told = attention.ofStudy(studyInstanceUid);
  assert.equal(told.length, 500);
  assert.deepEqual(
    told.slice(0, 3).map(({ code, sopInstanceUid }) => [code, sopInstanceUid]),
    others.map((uid) => ["names-another-patient", uid]),
    "the worst first, though they came last",
  );
  const study = studies.find(studyInstanceUid)!;
  const own = new Map(study.series[0]!.instances.map((one) => [one.sopInstanceUid, one.reasons.length]));
  assert.deepEqual([own.get(sopInstanceUid), ...others.map((uid) => own.get(uid))], [700, 1, 1, 1]);
  assert.equal(attention.all(10).length, 10);
  for (const { id } of told) assert.ok(attention.settle(id, "asha", "looked"));
  assert.equal(
    attention.ofStudy(studyInstanceUid).length,
    700 + 3 + 1 - 500,
    "and that the study waits for an appointment",
  );
});
