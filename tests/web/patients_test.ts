import assert from "node:assert/strict";
import type { WrongField } from "../../src/web/contract/problem.ts";
import { TestBox } from "../support/web_box.ts";

Deno.test("Correcting a person: a name longer than a machine's field takes is refused, as in a booking, and so is none", async () => {
  const box = await TestBox.start();
  const cookie = await box.signIn("doctor");
  box.book({ id: "P-1", firstName: "Asha", lastName: "Rao" });
  const correct = async (fields: Record<string, string>) => {
    const answer = await box.fetch("/api/patients/P-1", {
      method: "PATCH",
      cookie,
      body: { ...fields, reason: "misheard" },
    });
    const { fields: wrong = [] } = await answer.json();
    return [answer.status, ...wrong.map(({ field, code }: WrongField) => `${field} ${code}`)];
  };
  // each part would do, and the whole is what a machine gets: PN has 64 characters with the mark between (PS3.5 6.2)
  assert.deepEqual(await correct({ firstName: "A".repeat(60) }), [200]);
  assert.deepEqual(await correct({ firstName: "A".repeat(61) }), [400, "lastName field-name-too-long"]);
  assert.deepEqual(await correct({ lastName: "Raos" }), [400, "lastName field-name-too-long"]);
  assert.deepEqual(await correct({ firstName: "A".repeat(40), lastName: "B".repeat(40) }), [
    400,
    "lastName field-name-too-long",
  ]);
  assert.deepEqual(await correct({ firstName: "", lastName: " " }), [400, "lastName field-empty"]);
  const { firstName, lastName } = box.store.patients.find("P-1")!;
  assert.deepEqual([firstName, lastName], ["A".repeat(60), "Rao"]);
  await box.stop();
});

Deno.test("A name of the clinic's that no machine's field takes keeps nobody from putting a phone number right", async () => {
  const box = await TestBox.start();
  const cookie = await box.signIn("receptionist");
  const { id } = box.book({ id: "P-1", firstName: "A".repeat(50), lastName: "B".repeat(50) });
  const answer = await box.fetch(`/api/appointments/${id}`, {
    method: "PATCH",
    cookie,
    body: { patient: { phone: "98450 12345" } },
  });
  assert.equal(answer.status, 200);
  assert.equal((await answer.json()).patient.phone, "98450 12345");
  await box.stop();
});

Deno.test("Who returns with a name of the clinic's that no machine's field takes is added again, and nobody else of such a name", async () => {
  const box = await TestBox.start();
  const cookie = await box.signIn("receptionist");
  const [firstName, lastName] = ["A".repeat(50), "B".repeat(50)];
  box.book({ id: "P-1", firstName, lastName });
  const add = async (patient: object) => {
    const answer = await box.fetch("/api/appointments", { method: "POST", cookie, body: { patient } });
    const { fields = [] } = await answer.json();
    return [answer.status, ...fields.map(({ field, code }: WrongField) => `${field} ${code}`)];
  };
  assert.deepEqual(await add({ id: "P-1", firstName, lastName }), [201]);
  const refused = [400, "patient.lastName field-name-too-long"];
  assert.deepEqual(await add({ id: "P-1", firstName, lastName: `${lastName}C` }), refused);
  assert.deepEqual(await add({ id: "P-2", firstName, lastName }), refused);
  assert.deepEqual(await add({ firstName, lastName }), refused);
  await box.stop();
});
