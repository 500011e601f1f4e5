import assert from "node:assert/strict";
import { pbkdf2Sync } from "node:crypto";
import { hashPassword, verifyPassword } from "../../src/web/password.ts";
import { StaffReader } from "../../src/clinic/staff.ts";
import { SignIns } from "../../src/web/sign_ins.ts";
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

  await t.step(
    "also where the clinic's own view says so in a word or a number; what says neither lets nobody in",
    async () => {
      await clinic.sql`DROP VIEW sonodesk.staff`;
      await clinic.sql`ALTER TABLE users ADD COLUMN works smallint DEFAULT 1`;
      await clinic.sql`
      CREATE VIEW sonodesk.staff AS SELECT username, password_hash, role, works AS active FROM users`;
      await clinic.sql`GRANT SELECT ON sonodesk.staff TO PUBLIC`;
      const isLocked = () => box.store.users.findByUsername("asha")!.disabled;
      await clinic.sql`UPDATE users SET works = 0 WHERE username = 'asha'`;
      await box.until("asha is locked out", isLocked);
      await clinic.sql`UPDATE users SET works = 1 WHERE username = 'asha'`;
      await box.until("asha may come again", () => !isLocked());
      await clinic.sql`UPDATE users SET works = 7 WHERE username = 'asha'`;
      await box.until("asha is locked out again", isLocked);
      const problem = box.link.status().staffProblems.find(({ username }) => username === "asha");
      assert.equal(problem?.reason, '"7" does not say whether this user is active');
      await clinic.sql`UPDATE users SET works = 1 WHERE username = 'asha'`;
      await box.until("asha may come once more", () => !isLocked());
    },
  );

  await t.step("a clinic whose view of them is gone locks nobody out", async () => {
    await clinic.sql`DROP VIEW sonodesk.staff`;
    const { readAt } = box.link.status();
    await box.until("it was read without", () => box.link.status().readAt! > readAt!);
    assert.equal(box.store.users.findByUsername("asha")!.disabled, false);
  });
});

Deno.test("Staff: one name for two people is a problem that is told, and nothing goes to and fro", async () => {
  await using box = await ClinicBox.make({ url: "" });
  const staff = new StaffReader(box.store);
  const row = await staffRows();
  const rows = [row("Anna", "doctor"), row("anna", "receptionist"), row("meera")];
  assert.deepEqual(staff.takeOver(rows).map(({ username }) => username), ["Anna"]);
  assert.deepEqual(box.store.users.all().map(({ username }) => username), ["meera"]);
  const before = box.store.state().rows.audit_events;
  staff.takeOver(rows);
  assert.equal(box.store.state().rows.audit_events, before);
  assert.deepEqual(staff.takeOver(rows.slice(1)), []);
  assert.equal(box.store.users.findByUsername("anna")!.role, "receptionist");
});

Deno.test("Staff: when most are gone at once they are locked out only once that has stayed so", async () => {
  await using box = await ClinicBox.make({ url: "" });
  let now = 0;
  const staff = new StaffReader(box.store, () => now);
  const row = await staffRows();
  const rows = ["asha", "bina", "chitra", "divya", "esha"].map((name) => row(name));
  const mayCome = () => box.store.users.all().filter(({ disabled }) => !disabled).map(({ username }) => username);
  const everybody = rows.map(({ username }) => username);
  assert.deepEqual(staff.takeOver(rows), []);
  for (const mistaken of [[], rows.slice(0, 1), rows.map((row) => ({ ...row, passwordHash: null }))]) {
    assert.match(staff.takeOver(mistaken).at(-1)!.reason, /^\d users are gone from the view at once/);
    assert.deepEqual(mayCome(), everybody);
    now += 9 * 60_000;
    assert.deepEqual(staff.takeOver(rows), [], "it was a mistake");
  }
  const disabled = rows.map((row, n) => n < 4 ? { ...row, active: "false" } : row);
  assert.deepEqual(staff.takeOver(disabled), []);
  assert.deepEqual(mayCome(), ["esha"], "who is disabled is locked at once");
  staff.takeOver(rows);
  staff.takeOver(rows.slice(1));
  assert.deepEqual(mayCome(), everybody.slice(1), "one who leaves is nothing strange");
  staff.takeOver(rows.slice(4));
  now += 11 * 60_000;
  assert.deepEqual(staff.takeOver(rows.slice(4)), []);
  assert.deepEqual(mayCome(), ["esha"]);
});

/** Rows as the clinic's view has them. */
async function staffRows() {
  const passwordHash: string | null = await hashPassword("secret");
  return (username: string, role = "doctor") => ({ username, passwordHash, role, active: "true" });
}
