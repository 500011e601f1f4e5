import assert from "node:assert/strict";
import { ClinicBox } from "./clinic_box.ts";
import { FlaskClinic } from "./flask_clinic.ts";
import { PostgresServer } from "./postgres_server.ts";

Deno.test("The clinic's own audit log has what happened at the box, in its own columns", async (t) => {
  await using server = await PostgresServer.start();

  await t.step("as a Flask program has it: who by their id, what of what, and when in UTC without a zone", async () => {
    await using clinic = await FlaskClinic.create(server, { installed: false });
    await clinic.sql.unsafe(`DROP TABLE audit_logs; CREATE TABLE audit_logs (id serial PRIMARY KEY,
      user_id integer REFERENCES users (id), action varchar(12) NOT NULL, entity_type varchar(64), entity_id varchar(64),
      details json, ip_address varchar(45), created_at timestamp NOT NULL);
      INSERT INTO users (id, username, password_hash, role) VALUES (7, 'anna', 'x', 'receptionist')`);
    await clinic.install();
    await using box = await ClinicBox.start({ url: clinic.url });
    box.store.audit.add("anna", "appointment sent", "appointment 42", { machineId: null });
    box.store.audit.add("the box", "backup made", "box", {});
    await box.untilDelivered();
    const rows = await clinic.sql`SELECT user_id, action, entity_type, entity_id, details,
      abs(extract(epoch FROM created_at - (now() AT TIME ZONE 'UTC'))) < 600 AS now FROM audit_logs ORDER BY id`;
    const boxId = box.store.settings.boxId();
    const ours = rows.map((row) => ({ ...row })).filter(({ action }) => /appoint|backup/.test(action));
    assert.deepEqual(ours, [
      {
        ...{ user_id: 7, action: "appointment ", entity_type: "appointment", entity_id: "42", now: true },
        details: { machineId: null, by: "anna", box: boxId },
      },
      {
        ...{ user_id: null, action: "backup made", entity_type: "box", entity_id: null, now: true },
        details: { by: "the box", box: boxId },
      },
    ]);
    assert.equal((await clinic.sql`SELECT FROM sonodesk.audit_events WHERE not_copied IS NOT NULL`).length, 0);
  });

  await t.step("one that cannot take it keeps nothing from the box, which says why", async () => {
    await using clinic = await FlaskClinic.create(server, { installed: false });
    await clinic.sql.unsafe(`ALTER TABLE audit_logs ADD COLUMN branch_id integer NOT NULL`);
    await clinic.install();
    await using box = await ClinicBox.start({ url: clinic.url });
    box.store.audit.add("anna", "appointment sent", "appointment 42", {});
    await box.untilDelivered();
    assert.equal((await clinic.sql`SELECT FROM audit_logs`).length, 0);
    const [told] = await clinic.sql`SELECT not_copied FROM sonodesk.audit_events WHERE actor = 'anna'`;
    assert.match(told!.not_copied, /branch_id/);
  });

  await t.step("what the clinic has adapted stays when the SQL is run again, and its columns may change", async () => {
    await using clinic = await FlaskClinic.create(server);
    await clinic.sql.unsafe(`ALTER TABLE audit_logs ALTER COLUMN action TYPE text;
      CREATE OR REPLACE FUNCTION sonodesk.copy_audit() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN INSERT INTO audit_logs (action) VALUES ('Sonodesk: ' || NEW.action); RETURN NEW; END $$`);
    await clinic.sql.unsafe(`GRANT INSERT ON audit_logs TO PUBLIC; GRANT USAGE ON audit_logs_id_seq TO PUBLIC`);
    await clinic.install();
    await using box = await ClinicBox.start({ url: clinic.url });
    box.store.audit.add("anna", "appointment sent", "appointment 42", {});
    await box.untilDelivered();
    const actions = (await clinic.sql`SELECT action FROM audit_logs`).map(({ action }) => action);
    assert.ok(actions.includes("Sonodesk: appointment sent"));
  });
});
