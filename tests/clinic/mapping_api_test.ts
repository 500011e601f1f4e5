import assert from "node:assert/strict";
import type { Mapping, TablesPreview, TablesProposal } from "../../src/web/contract/box.ts";
import { takenMapping } from "../../src/clinic/mapping/mapping.ts";
import { TestBox } from "../support/web_box.ts";
import { until } from "../support/until.ts";
import { FlaskClinic } from "./flask_clinic.ts";
import { MappedClinic } from "./mapped_clinic.ts";
import { HOSPITAL, MODERN } from "./mapping_shapes.ts";
import { PostgresServer } from "./postgres_server.ts";

Deno.test("Mapping in the API: proposed, looked at, taken and given up again", async (t) => {
  await using server = await PostgresServer.start();
  const box = await TestBox.start();
  box.addUser("admin", "admin");
  box.clinic.start();
  const cookie = await box.signIn("admin");
  const ask = async (method: string, path: string, body?: object) => {
    const answer = await fetch(`${box.address}/api/clinic/${path}`, {
      method,
      headers: { cookie, "content-type": "application/json" },
      ...(body && { body: JSON.stringify(body) }),
    });
    return { status: answer.status, body: await answer.json() };
  };
  const proposal = async (more: object): Promise<TablesProposal> => {
    const { status, body } = await ask("POST", "mapping/proposal", { samples: false, ...more });
    assert.equal(status, 200, JSON.stringify(body));
    return body;
  };

  await t.step("without consent no value is looked at", async () => {
    await using clinic = await MappedClinic.create(server, HOSPITAL);
    const url = clinic.ownerUrl;
    const { appointments, mapping } = await proposal({ url });
    assert.ok(appointments.every(({ values }) => values.length === 0));
    assert.equal(mapping?.appointments.when.kind === "two" && mapping.appointments.when.time.kind, "clock");
    const counted = await ask("POST", "mapping/preview", { url, mapping, branches: [] });
    const { read, shown, reasons } = counted.body as TablesPreview;
    assert.deepEqual([read, shown, reasons.map(({ count, coded }) => [coded.code, count])], [20, 0, [[
      "row-time",
      20,
    ]]]);
    const sampled = await proposal({ url, samples: true });
    assert.equal(
      sampled.mapping?.appointments.when.kind === "two" && sampled.mapping.appointments.when.time.kind,
      "slots",
    );
    const told = sampled.patients.flatMap(({ values }) => values);
    assert.deepEqual(told.filter((value) => /Suresh|Patil|H70/.test(value)), [], "nobody is named by a sample");
    const needed = await ask("POST", "mapping/preview", { url, mapping: sampled.mapping, branches: [] });
    assert.deepEqual((needed.body as TablesPreview).needed.map(({ table, column }) => `${table}.${column}`), [
      "appointments.hospital_code",
    ]);
  });

  await t.step("a name that would end what it stands in is refused, and one with odd signs is a name", async () => {
    await using clinic = await MappedClinic.create(
      server,
      `CREATE TABLE patients ("id" serial PRIMARY KEY, "first ""name" text, "last%name" text, "O'Brien\\" date);
       CREATE TABLE appointments (id serial PRIMARY KEY, patient_id integer REFERENCES patients, "order" date, "end" time);
       INSERT INTO patients ("first ""name", "last%name", "O'Brien\\") VALUES ('Asha', 'Joshi', '1980-02-03');
       INSERT INTO appointments (patient_id, "order", "end") VALUES (1, current_date, '10:00')`,
    );
    const url = clinic.ownerUrl;
    const { mapping: proposed } = await proposal({ url });
    const mapping: Mapping = {
      ...proposed!,
      patients: {
        ...proposed!.patients,
        name: { kind: "parts", first: 'first "name', middle: null, last: "last%name" },
        birth: { kind: "date", column: "O'Brien\\", text: null },
      },
      appointments: {
        ...proposed!.appointments,
        when: { kind: "two", date: "order", text: null, time: { kind: "clock", column: "end" } },
      },
    };
    const odd = { ...mapping, patients: { ...mapping.patients, fill: { x: "$$; DROP TABLE patients; $$" } } };
    assert.equal((await ask("PUT", "mapping", { url, mapping: odd, branches: [], run: true })).status, 400);
    const { status, body } = await ask("PUT", "mapping", { url, mapping, branches: [], run: true });
    assert.equal(status, 200, JSON.stringify(body));
    const [row] = await clinic
      .sql`SELECT first_name, last_name, birth_date, time FROM sonodesk.bookings(NULL, NULL, ARRAY['1'])`;
    assert.deepEqual({ ...row }, {
      first_name: "Asha",
      last_name: "Joshi",
      birth_date: "1980-02-03",
      time: "10:00:00",
    });
    await ask("PUT", "mapping", { mapping: null, branches: [], run: false });
    assert.equal(takenMapping(box.store), undefined);
  });

  await t.step("a user who may not read the tables is told whose address is needed", async () => {
    await using clinic = await MappedClinic.create(server, MODERN);
    const { mapping } = await proposal({ url: clinic.ownerUrl });
    await clinic.install(mapping!);
    await proposal({ url: clinic.url });
    const refused = await ask("POST", "mapping/preview", { url: clinic.url, mapping, branches: [] });
    assert.equal(refused.body.code, "map-not-readable");
    const bare = await ask("POST", "mapping/proposal", { url: server.url("postgres"), samples: true });
    assert.equal(bare.body.code, "map-nobody-there");
  });

  await t.step("given up: the tables are read as they are expected, and who did it is kept", async () => {
    await using clinic = await FlaskClinic.create(server);
    await clinic.book();
    const { mapping } = await proposal({ url: clinic.ownerUrl });
    const url = clinic.ownerUrl;
    assert.equal((await ask("PUT", "mapping", { url, mapping, branches: [], run: true })).status, 200);
    const made = async () =>
      (await clinic
        .sql`SELECT prosrc LIKE '%made by Sonodesk from the mapping%' AS made FROM pg_proc WHERE proname = 'bookings'`)[
          0
        ]!.made;
    assert.equal(await made(), true);
    box.store.settings.set("SONODESK_CLINIC_DATABASE_URL", clinic.url);
    await until("the box is in sync", () => box.clinic.status().state === "in sync");
    assert.deepEqual(await box.clinic.missing(), []);
    assert.equal((await ask("PUT", "mapping", { url, mapping: null, branches: [], run: true })).status, 200);
    assert.equal(await made(), false);
    assert.deepEqual(await box.clinic.missing(), []);
    assert.equal(
      box.store.audit.latest(20).filter(({ action }) => action === "clinic tables mapped").length >= 2,
      true,
    );
  });
  await box.stop();
});
