import assert from "node:assert/strict";
import { ensureAdmin } from "../../src/web/admin.ts";
import { hashPassword } from "../../src/web/password.ts";
import { weaknessOf } from "../../src/web/password_strength.ts";
import { PASSWORD, TestBox } from "../support/web_box.ts";

const SETUP = { username: "asha", displayName: "Asha Rao", clinicName: "Sunrise Clinic", timeZone: "", country: "IN" };

Deno.test("Passwords: the first admin's is refused with the reason, in a code, where it is easily guessed", async () => {
  let code = "";
  const box = await TestBox.start({ announceSetupCode: (announced) => code = announced });
  const weak = {
    "12345678": "password-common",
    password1: "password-common",
    sonodesk1: "password-of-names",
    Sonodesk2026: "password-of-names",
    "asha1234": "password-of-names",
    "AshaRao1": "password-of-names",
    "SunriseClinic1": "password-of-names",
    "sunrise clinic": "password-of-names",
    aaaaaaaaaaaaaaaa: "password-pattern",
    ultrasound1: "password-guessable",
  };
  for (const [password, why] of Object.entries(weak)) {
    const answer = await box.fetch("/api/setup", { body: { ...SETUP, code, password } });
    const problem = await answer.json();
    assert.equal(answer.status, 400, password);
    assert.equal(problem.code, "weak-password");
    assert.equal(problem.parameters.why.code, why, password);
    assert.equal(problem.fields[0].field, "password");
    assert.equal(problem.fields[0].code, "field-password-weak");
    assert.match(problem.detail, /^Cannot take this password: .* Choose three or four words/);
    assert.equal(box.store.users.any(), false);
  }
  const done = await box.fetch("/api/setup", { body: { ...SETUP, code, password: "mango tree over lamp" } });
  assert.equal(done.status, 201, await done.text());
  await box.stop();
});

Deno.test("Passwords: a weak one is refused when a person is added or gets another, and one that exists still signs in", async () => {
  const box = await TestBox.start();
  box.settings.change("SONODESK_NAME", "Sunrise Clinic");
  const cookie = await box.signIn("admin");
  const add = async (password: string) => {
    const body = { username: "meera", displayName: "Meera Iyer", role: "doctor", password };
    const answer = await box.fetch("/api/users", { cookie, body });
    return { status: answer.status, json: await answer.json() };
  };
  for (const password of ["meera-iyer", "qwertyuiop", "password1"]) assert.equal((await add(password)).status, 400);
  assert.equal(box.store.users.findByUsername("meera"), undefined);
  const { status, json: { id } } = await add(PASSWORD);
  assert.equal(status, 201);
  const change = async (body: object) => {
    const answer = await box.fetch(`/api/users/${id}`, { cookie, method: "PATCH", body });
    return { status: answer.status, json: await answer.json() };
  };
  const refused = await change({ password: "SunriseClinic1", displayName: "Meera" });
  assert.equal(refused.status, 400);
  assert.equal(box.store.users.find(id)!.displayName, "Meera Iyer", "nothing of it was done");
  // the new name counts, not the old one
  assert.equal((await change({ password: "Lakshminarayan1", displayName: "Dr. Lakshminarayan" })).status, 400);
  box.store.users.setPasswordHash(id, await hashPassword("12345678"));
  const signIn = await box.fetch("/api/session", { body: { username: "meera", password: "12345678" } });
  assert.equal(signIn.status, 200, await signIn.text());
  assert.equal((await change({ displayName: "Dr. Meera" })).status, 200, "what is not a password is not looked at");
  await box.stop();
});

Deno.test("Passwords: one of the environment makes the first admin whatever it is, and a weak one is told in the log", async () => {
  const box = await TestBox.start();
  const warned: string[] = [];
  for (const user of box.store.users.all()) box.store.users.change(user.id, { disabled: true });
  assert.equal(await ensureAdmin(box.store, "owner", "12345678", (message) => warned.push(message)), true);
  assert.match(warned[0]!, /SONODESK_ADMIN_PASSWORD is easily guessed/);
  await box.stop();
});

Deno.test("Passwords: very long ones, in any script, are looked at in a moment", async () => {
  assert.equal(await weaknessOf("नीला आम खिड़की पहाड़", ["आशा"]), null);
  assert.equal(await weaknessOf("ab".repeat(500), []), "password-pattern");
  assert.equal(await weaknessOf("आशाराव12", ["आशा राव"]), "password-of-names");
});
