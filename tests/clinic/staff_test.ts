import assert from "node:assert/strict";
import { pbkdf2Sync } from "node:crypto";
import { hashPassword, verifyPassword } from "../../src/web/password.ts";
import { SignIns } from "../../src/web/sign_ins.ts";
import { Box } from "../support/box.ts";
import { ClinicBox } from "./clinic_box.ts";
import { FlaskClinic } from "./flask_clinic.ts";
import { PostgresServer } from "./postgres_server.ts";

Deno.test("The clinic's staff sign in with the password they have", async (t) => {
  await using server = await PostgresServer.start();
  await using clinic = await FlaskClinic.create(server);
  const pbkdf2 = `pbkdf2:sha256:1000$salt$${pbkdf2Sync("old secret", "salt", 1000, 32, "sha256").toString("hex")}`;
  const scrypt = await hashPassword("secret");
  await clinic.sql`
    INSERT INTO users (username, password_hash, role) VALUES ('asha', ${scrypt}, 'Receptionist'),
      ('meera', ${pbkdf2}, 'doctor'), ('owner', ${scrypt}, 'superadmin'), ('clerk', ${scrypt}, 'accountant'),
      ('local', ${scrypt}, 'admin'), ('modern', '$2b$12$abc', 'doctor')`;
  await using box = await ClinicBox.make({ url: clinic.url });
  box.store.users.add({ username: "Local", displayName: "", role: "receptionist", passwordHash: scrypt });
  box.link.start();
  await box.until("asha is known", () => box.store.users.findByUsername("asha"));
  await box.until("the problems are told", () => box.link.status().staffProblems.length === 3);

  await t.step("in their roles, beside the users of the box", async () => {
    const users = new Map(box.store.users.all().map((user) => [user.username, user]));
    assert.deepEqual([...users.values()].map(({ username, role, source }) => [username, role, source]), [
      ["asha", "receptionist", "clinic"],
      ["Local", "receptionist", "box"],
      ["meera", "doctor", "clinic"],
      ["owner", "admin", "clinic"],
    ]);
    assert.equal(await verifyPassword("secret", users.get("asha")!.passwordHash), true);
    assert.equal(await verifyPassword("old secret", users.get("meera")!.passwordHash), true);
    assert.deepEqual(box.link.status().staffProblems.map(({ username }) => username), ["clerk", "local", "modern"]);
  });

  await t.step("also while the clinic's database is away", async () => {
    await server.down();
    await box.until("it is away", () => box.link.status().state === "away");
    await box.restart();
    assert.equal(await verifyPassword("secret", box.store.users.findByUsername("asha")!.passwordHash), true);
    await server.up();
    await clinic.reconnect();
    await box.untilInSync();
  });

  await t.step("until they are disabled there", async () => {
    const signIns = new SignIns(box.store);
    const { token } = signIns.begin(box.store.users.findByUsername("asha")!);
    assert.ok(signIns.find(token));
    await clinic.sql`UPDATE users SET is_active = false WHERE username = 'asha'`;
    await box.until("asha is locked out", () => box.store.users.findByUsername("asha")!.disabled);
    assert.equal(signIns.find(token), undefined);
    await clinic.sql`UPDATE users SET is_active = true WHERE username = 'asha'`;
    await box.until("asha may come again", () => !box.store.users.findByUsername("asha")!.disabled);
    assert.equal(signIns.find(token), undefined, "an ended session stays ended");
    await clinic.sql`DELETE FROM users WHERE username = 'meera'`;
    await box.until("meera is locked out", () => box.store.users.findByUsername("meera")!.disabled);
    assert.equal(box.store.users.findByUsername("Local")!.disabled, false);
  });

  await t.step("whatever way the clinic says that they may not; a name that is there twice is nobody's", async () => {
    const view = (active: string, more = "") =>
      clinic.sql.unsafe(`
        DROP VIEW IF EXISTS sonodesk.staff;
        CREATE VIEW sonodesk.staff AS
          SELECT username, password_hash, role, ${active} AS active FROM users ${more};
        GRANT SELECT ON sonodesk.staff TO sonodesk;`);
    const isLocked = () => box.store.users.findByUsername("asha")!.disabled;
    await view("CASE WHEN username = 'asha' THEN 0 ELSE 1 END");
    await box.until("a 0 locks", isLocked);
    await view("CASE WHEN username = 'asha' THEN 'yes' ELSE 'Active' END");
    await box.until("a yes lets in", () => !isLocked());
    await view("CASE WHEN username = 'asha' THEN 'perhaps' ELSE 'Active' END");
    await box.until("what is neither locks", isLocked);
    await box.until(
      "and is told",
      () => box.link.status().staffProblems.some(({ reason }) => /"perhaps" does not say whether/.test(reason)),
    );
    await view("true");
    await box.until("asha may come again", () => !isLocked());

    await view("true", "UNION ALL SELECT 'ASHA', password_hash, 'doctor', false FROM users WHERE username = 'asha'");
    await box.untilInSync();
    assert.equal(isLocked(), false, "only one of them may sign in: that one it is");
    await view("true", "UNION ALL SELECT 'ASHA', password_hash, 'doctor', true FROM users WHERE username = 'asha'");
    await box.until("two of one name are nobody", isLocked);
    await box.until(
      "and are told",
      () => box.link.status().staffProblems.some(({ reason }) => /more than once/.test(reason)),
    );
    const told = box.store.audit.latest(50).length;
    const { readAt } = box.link.status();
    await box.until("it was read again", () => box.link.status().readAt! > readAt!);
    assert.equal(box.store.audit.latest(50).length, told, "and once");
    await view("true");
    await box.until("asha may come again", () => !isLocked());
  });

  await t.step("a list that is suddenly empty locks nobody out at once", async () => {
    await clinic.sql`CREATE TABLE gone AS SELECT * FROM users`;
    await clinic.sql`DELETE FROM users`;
    await box.until(
      "it is told",
      () => box.link.status().staffProblems.some(({ reason }) => /people are gone from the clinic's list/.test(reason)),
    );
    assert.equal(box.store.users.findByUsername("asha")!.disabled, false);
    await clinic.sql`INSERT INTO users SELECT * FROM gone`;
    await box.until(
      "all is well",
      () => !box.link.status().staffProblems.some(({ reason }) => /are gone/.test(reason)),
    );
  });

  await t.step("logins that change all the time do not keep the schedule from being read", async () => {
    for (const name of ["sonodesk_schedule", "sonodesk_changed"]) {
      await clinic.sql.unsafe(`DROP TRIGGER ${name} ON appointments`);
    }
    const stopping = new AbortController();
    const changing = (async () => {
      while (!stopping.signal.aborted) {
        await clinic.sql`UPDATE users SET role = role WHERE username = 'asha'`;
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    })();
    const id = await clinic.book({ patientId: "BUSY" });
    await box.until("the booking is here", () => box.store.appointments.find(id), 20);
    stopping.abort();
    await changing;
  });

  await t.step("a clinic that tells of none any more locks nobody out", async () => {
    await clinic.sql.unsafe(`DROP VIEW sonodesk.staff; DROP FUNCTION sonodesk.logins()`);
    const { readAt } = box.link.status();
    await box.until("it was read without", () => box.link.status().readAt! > readAt!);
    assert.equal(box.store.users.findByUsername("asha")!.disabled, false);
  });
});

Deno.test("The clinic's staff sign in at the page also while the clinic's database is away, until they are disabled", async () => {
  await using server = await PostgresServer.start();
  await using clinic = await FlaskClinic.create(server);
  await clinic.sql`
    INSERT INTO users (username, password_hash, role) VALUES ('asha', ${await hashPassword("secret")}, 'Receptionist')`;
  await using box = await Box.start({ clinicDatabaseUrl: clinic.url });
  await box.until("asha is known", () => box.store.users.findByUsername("asha"));
  const signIn = async (password: string) => {
    const answer = await fetch(`http://127.0.0.1:${box.appliance.ports.webPort}/api/session`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ username: "asha", password }),
    });
    return { status: answer.status, ...await answer.json() };
  };
  await server.down();
  const { status, username, role } = await signIn("secret");
  assert.deepEqual([status, username, role], [200, "asha", "receptionist"]);
  assert.equal((await signIn("another")).status, 401);
  await server.up();
  await clinic.reconnect();
  await clinic.sql`UPDATE users SET is_active = false WHERE username = 'asha'`;
  // within a minute of contact: the waits until then are the box's own
  for (let tries = 0; !box.store.users.findByUsername("asha")!.disabled; tries++) {
    assert.ok(tries < 600, "asha is locked within a minute");
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  assert.equal((await signIn("secret")).status, 401);
});
