import assert from "node:assert/strict";
import type { Route } from "../../src/web/route.ts";
import { ROUTES } from "../../src/web/routes.ts";
import { PASSWORD, TestBox } from "../support/web_box.ts";

const SETUP = {
  username: "asha",
  password: PASSWORD,
  clinicName: "Sunrise Clinic",
  timeZone: "UTC",
  country: "IN",
  language: "hi",
};

Deno.test("First start: the code is announced and shown on the box's own screen only", async () => {
  let announced = "";
  const box = await TestBox.start({ announceSetupCode: (code) => announced = code });
  assert.match(announced, /^\d{4}-\d{4}$/);
  const { setup } = await (await box.fetch("/api/box")).json();
  assert.equal(setup.code, announced);
  for (const [name, value] of [["x-forwarded-for", "10.0.0.7"], ["forwarded", "for=10.0.0.7"]] as const) {
    const outside = await (await box.fetch("/api/box", { headers: { [name]: value } })).json();
    assert.deepEqual(outside.setup, {}, "through a proxy");
  }
  await box.stop();
});

Deno.test("First start: nothing else works before, but health", async () => {
  const box = await TestBox.start();
  for (const { name, method, path } of (ROUTES as readonly Route[]).filter(({ beforeSetup }) => !beforeSetup)) {
    const answer = await box.fetch(path.replace("*", "main.ts"), { method, body: method === "POST" ? {} : undefined });
    const problem = await answer.json();
    assert.equal(answer.status, 503, name);
    assert.equal(problem.setup, true, name);
  }
  const health = await box.fetch("/healthz");
  await health.body?.cancel();
  assert.equal(health.status, 200);
  await box.stop();
});

Deno.test("First start: with the code the first admin is made and signed in, once; wrong codes are slowed down", async () => {
  let code = "";
  const box = await TestBox.start({ announceSetupCode: (announced) => code = announced });
  const setUp = async (body: object) => {
    const answer = await box.fetch("/api/setup", { body });
    return { status: answer.status, cookie: answer.headers.get("set-cookie"), json: await answer.json() };
  };
  const wrongCode = code === "0000-0000" ? "1111-1111" : "0000-0000";
  for (let n = 0; n < 5; n++) assert.equal((await setUp({ ...SETUP, code: wrongCode })).status, 403);
  assert.equal((await setUp({ ...SETUP, code })).status, 429);
  assert.equal(box.store.users.any(), false);
  await box.restart(); // forgets the tries, and makes another code
  const done = await setUp({ ...SETUP, code: code.replace("-", " ") });
  assert.equal(done.status, 201, JSON.stringify(done.json));
  assert.equal(done.json.role, "admin");
  const cookie = done.cookie!.split(";")[0]!;
  const settings = await (await box.fetch("/api/settings", { cookie })).json();
  const value = (name: string) => settings.find((one: { name: string }) => one.name === name).value;
  assert.equal(value("SONODESK_NAME"), "Sunrise Clinic");
  assert.equal(value("SONODESK_LANGUAGE"), "hi");
  assert.equal(value("SONODESK_COUNTRY"), "IN");
  assert.equal((await setUp({ ...SETUP, code, username: "mallory" })).status, 409);
  assert.equal((await (await box.fetch("/api/box")).json()).setup, undefined);
  await box.stop();
});
