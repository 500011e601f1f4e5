import assert from "node:assert/strict";
import { say } from "../../src/sentences.ts";
import { TestBox, today } from "../support/web_box.ts";

async function desk() {
  const box = await TestBox.start();
  const cookie = await box.signIn("receptionist");
  const ask = async (path: string, status = 200) => {
    const answer = await box.fetch(path, { cookie });
    const text = await answer.text();
    assert.equal(answer.status, status, text);
    return JSON.parse(text);
  };
  return { box, ask, [Symbol.asyncDispose]: () => box.stop() };
}

Deno.test("Search: one for all days, people and numbers, with when they were here", async () => {
  await using at = await desk();
  const { box, ask } = at;
  const old = box.book({ id: "P1", firstName: "Jürgen", lastName: "Müller" }, { date: "2021-03-04" });
  box.book({ id: "P1", firstName: "Jürgen", lastName: "Müller" }, { date: "2999-01-01" });
  const off = box.book({ id: "P1", firstName: "Jürgen", lastName: "Müller" }, { date: "2022-03-04" });
  box.store.appointmentChanges.cancel(off.id, "anna");
  const todays = box.book({ id: "P2", firstName: "Irfan", lastName: "ख़ान" }, { doctor: "Łucja Nowak" });
  box.book({ id: "P3", firstName: "Asha", lastName: "Rao" });

  const muller = await ask("/api/search?text=Muller");
  assert.equal(muller.people.length, 1);
  const { id, by, visits, lastVisit, nextVisit, nameAlert } = muller.people[0];
  assert.deepEqual([id, by, visits, lastVisit, nextVisit, nameAlert], [
    ...["P1", "name", 1, "2021-03-04", "2999-01-01", false],
  ]);
  const byNumber = await ask(`/api/search?text=${old.accessionNumber.slice(0, 12).toLowerCase()}`);
  assert.ok(byNumber.appointments.some((one: { id: string }) => one.id === old.id));
  assert.deepEqual([byNumber.people[0].id, byNumber.people[0].by], ["P1", "accession"]);
  const day = async (text: string) => (await ask(`/api/search?text=${encodeURIComponent(text)}&date=${today()}`)).onDay;
  assert.deepEqual(await day("खान"), [todays.id]);
  assert.deepEqual(await day("lucja"), [todays.id], "by the doctor");
  assert.deepEqual(await day(todays.accessionNumber), [todays.id]);
  assert.deepEqual(await day("muller"), []);
  assert.deepEqual((await ask("/api/patients?search=Muller")).map((one: { id: string }) => one.id), ["P1"]);
  await ask("/api/search?text=%E2%80%8B", 400);
});

Deno.test("Visits: dates and counts of all days, under all ids, for reception too", async () => {
  await using at = await desk();
  const { box, ask } = at;
  const first = box.book({ id: "P1", firstName: "Asha", lastName: "Rao" }, { date: "2021-03-04" });
  const second = box.book({ id: "P2", firstName: "Asha", lastName: "Rao" }, { date: "2022-03-04" });
  const patientId = "P1", patientName = "Rao^Asha";
  await box.receive({ studyInstanceUid: first.studyInstanceUid, patientId, patientName }, {});
  await box.receive({ studyInstanceUid: first.studyInstanceUid, patientId, patientName }, {});
  await box.receive({ studyInstanceUid: "1.2.3", patientId, patientName, studyDate: "2020-01-01" });
  await box.receive({ studyInstanceUid: "1.2.4", patientId, patientName: "Smith^John", studyDate: "2020-01-02" });
  box.store.personDecisions.merge("P2", "P1", { by: "anna", reason: "twice" });
  const { visits, more } = await ask("/api/patients/P1/visits");
  assert.equal(more, false);
  assert.deepEqual(
    visits.map((visit: Record<string, unknown>) => [visit.date, visit.appointmentId, visit.images, visit.studies]),
    [
      ["2022-03-04", second.id, 0, []],
      ["2021-03-04", first.id, 2, [first.studyInstanceUid]],
      ["2020-01-01", null, 1, ["1.2.3"]],
    ],
    "what only bears the id is not theirs",
  );
  await ask("/api/patients/nobody/visits", 404);
});

Deno.test("Calendar: how many each day of a month has", async () => {
  await using at = await desk();
  const { box, ask } = at;
  const one = (date: string) => box.book({ id: "P1", firstName: "Asha", lastName: "Rao" }, { date });
  one("2031-05-02");
  box.store.worklistItems.send(one("2031-05-02").id, null, "anna");
  box.store.appointmentChanges.cancel(one("2031-05-02").id, "anna");
  box.store.appointments.record(one("2031-05-31").id, "completed", say("completed-by", { who: "anna" }));
  one("2031-06-01");
  assert.deepEqual(await ask("/api/days?from=2031-05-01&to=2031-05-31"), [
    { date: "2031-05-02", appointments: 2, toSend: 1, completed: 0, off: 1 },
    { date: "2031-05-31", appointments: 1, toSend: 0, completed: 1, off: 0 },
  ]);
  assert.equal((await ask("/api/days?from=२०३१-०५-०१&to=2031-05-31")).length, 2);
  await ask("/api/days?from=2031-01-01&to=2031-05-31", 400);
});
