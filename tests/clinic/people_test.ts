import assert from "node:assert/strict";
import type { FoundPatient } from "../../src/web/contract/appointments.ts";
import { TestBox } from "../support/web_box.ts";
import { until } from "../support/until.ts";
import { takeMapping } from "../../src/clinic/mapping/mapping.ts";
import { FlaskClinic } from "./flask_clinic.ts";
import { MappedClinic } from "./mapped_clinic.ts";
import { MODERN } from "./mapping_shapes.ts";
import { PostgresServer } from "./postgres_server.ts";

const PEOPLE = 200_000;

async function boxAt(url: string, prepare: (box: TestBox) => void = () => {}): Promise<TestBox> {
  const box = await TestBox.start();
  box.addUser("receptionist", "receptionist");
  prepare(box);
  box.store.settings.set("SONODESK_CLINIC_DATABASE_URL", url);
  box.clinic.start();
  await until("the box is in sync", () => box.clinic.status().state === "in sync");
  return box;
}

async function found(box: TestBox, cookie: string, search: string): Promise<FoundPatient[]> {
  const answer = await fetch(`${box.address}/api/patients?search=${encodeURIComponent(search)}`, {
    headers: { cookie },
  });
  assert.equal(answer.status, 200);
  return await answer.json();
}

Deno.test("people: search runs over the clinic's whole table, and a walk-in of a known person is that person", async () => {
  await using server = await PostgresServer.start();
  await using clinic = await FlaskClinic.create(server);
  await clinic.sql`
    INSERT INTO patients (id, first_name, last_name, birth_date, gender, created_at)
    SELECT 'C' || n, (ARRAY['Asha', 'Priya', 'Kavita', 'आशा'])[1 + n % 4], 'Name' || n, date '1950-01-01' + n % 20000, 'Female', now()
    FROM generate_series(1, ${PEOPLE}::int) n`;
  await clinic.sql`ANALYZE patients`;
  const box = await boxAt(clinic.url);
  const cookie = await box.signIn("receptionist");
  await found(box, cookie, "Priya Name12"); // connects
  const times: number[] = [];
  for (
    const [search, ids] of [
      ["priya name1233", ["C1233", "C12333", "C12337", "C123301"]],
      ["C77777", ["C77777"]],
      ["आशा Name199999", ["C199999"]],
      ["Nam", undefined],
      ["nobody there", []],
    ] as const
  ) {
    const begun = performance.now();
    const people = await found(box, cookie, search);
    times.push(Math.round(performance.now() - begun));
    if (ids === undefined) assert.equal(people.length, 6, "no more than are offered");
    else if (search.startsWith("priya")) {
      assert.ok(
        people.length > 0 && people.every(({ id, firstName }) => id.startsWith("C1233") && firstName === "Priya"),
      );
    } else assert.deepEqual(people.map(({ id }) => id), ids, search);
  }
  console.log(`${PEOPLE} people: ${times.join(", ")} ms`);

  const [known] = await found(box, cookie, "C77777");
  const { nameAlert: _, ...patient } = known!;
  const answer = await fetch(`${box.address}/api/appointments`, {
    method: "POST",
    headers: { cookie, "content-type": "application/json" },
    body: JSON.stringify({
      patient,
      doctor: "Meera Iyer",
      department: "Obstetrics",
      date: new Date().toISOString().slice(0, 10),
      time: "11:15",
    }),
  });
  assert.equal(answer.status, 201, await answer.clone().text());
  await until("the walk-in is told", () => box.store.outbox.counts().waiting === 0);
  assert.deepEqual(box.clinic.queue().parkedAggregates, []);
  const [booked] = await clinic.sql`SELECT count(*)::int AS count, max(patient_id) AS id FROM appointments`;
  assert.deepEqual({ ...booked }, { count: 1, id: "C77777" });
  const [all] = await clinic.sql`SELECT count(*)::int AS count FROM patients`;
  assert.equal(all!.count, PEOPLE, "nobody was made twice");

  await server.down();
  assert.deepEqual((await found(box, cookie, "C77777")).map(({ id }) => id), ["C77777"], "who is known here is found");
  assert.deepEqual(await found(box, cookie, "C88888"), []);
  await server.up();
  await box.stop();
});

Deno.test("people: search follows the mapping, and leaves out who is deleted", async () => {
  await using server = await PostgresServer.start();
  await using clinic = await MappedClinic.create(server, MODERN);
  const mapping = await clinic.proposed();
  await clinic.install(mapping);
  const box = await boxAt(clinic.url, ({ store }) => takeMapping(store, mapping, []));
  const cookie = await box.signIn("receptionist");
  await clinic.sql`
    INSERT INTO clients ("mrNumber", name, date_of_birth, sex, mobile, deleted_at) VALUES
      ('C-5001', 'Leela Vaidya', '1970-02-03', 'F', '+91 98765 43210', NULL),
      ('C-5002', 'Leela Gone', '1970-02-03', 'F', NULL, now())`;
  for (const search of ["leela", "5001", "C-5001", "919876543", "vaid lee"]) {
    const people = await found(box, cookie, search);
    assert.deepEqual(people.map(({ id, firstName, lastName }) => [id, firstName, lastName]), [[
      "C-5001",
      "Leela",
      "Vaidya",
    ]], search);
  }
  await box.stop();
});
