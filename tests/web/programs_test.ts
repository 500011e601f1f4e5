import assert from "node:assert/strict";
import { isForPeople, type Route } from "../../src/web/route.ts";
import { ROUTES } from "../../src/web/routes.ts";
import { TestBox } from "../support/web_box.ts";

async function makeToken(box: TestBox, cookie: string, more: object = {}) {
  const answer = await box.fetch("/api/tokens", { cookie, body: { name: "fleet", role: "admin", ...more } });
  assert.equal(answer.status, 201);
  return await answer.json();
}

const bearer = (token: string) => ({ headers: { authorization: `Bearer ${token}` } });

async function statusOf(answer: Promise<Response>): Promise<number> {
  const { status, body } = await answer;
  await body?.cancel();
  return status;
}

Deno.test("Programs: a token does what its role may; it is kept as a hash and gone when revoked", async () => {
  const box = await TestBox.start();
  const cookie = await box.signIn("admin");
  const { token, id } = await makeToken(box, cookie, { role: "receptionist", readOnly: false });
  assert.match(token, /^sd_[\w-]{43}$/);
  assert.equal(await statusOf(box.fetch("/api/appointments", bearer(token))), 200);
  assert.equal(await statusOf(box.fetch("/api/settings", bearer(token))), 403);
  assert.equal(await statusOf(box.fetch("/api/appointments", bearer(token.slice(0, -1) + "!"))), 401);
  const machines = await statusOf(box.fetch("/api/machines", { ...bearer(token), body: { aeTitle: "US-9" } }));
  assert.equal(machines, 403);
  const list = await (await box.fetch("/api/tokens", { cookie })).text();
  assert.equal(list.includes(token), false);
  assert.notEqual(JSON.parse(list)[0].lastUsedAt, null);
  for (const name of ["sonodesk.sqlite", "sonodesk.sqlite-wal"]) {
    const bytes = await Deno.readFile(`${box.folder}/../${name}`);
    assert.equal(new TextDecoder("latin1").decode(bytes).includes(token), false, name);
  }
  assert.equal(await statusOf(box.fetch(`/api/tokens/${id}`, { cookie, method: "DELETE" })), 204);
  assert.equal(await statusOf(box.fetch("/api/appointments", bearer(token))), 401);
  await box.stop();
});

Deno.test("Programs: one that only reads cannot write; none makes users, tokens or sessions; a day ends it", async () => {
  const box = await TestBox.start();
  const cookie = await box.signIn("admin");
  const reads = (await makeToken(box, cookie)).token;
  assert.equal(await statusOf(box.fetch("/api/settings", bearer(reads))), 200);
  assert.equal(await statusOf(box.fetch("/api/settings", { ...bearer(reads), method: "PATCH", body: {} })), 403);
  const writes = (await makeToken(box, cookie, { readOnly: false })).token;
  assert.equal(await statusOf(box.fetch("/api/settings", { ...bearer(writes), method: "PATCH", body: {} })), 200);
  for (const { name, method, path } of (ROUTES as readonly Route[]).filter(isForPeople)) {
    assert.equal(await statusOf(box.fetch(path, { ...bearer(writes), method, body: {} })), 403, name);
  }
  const old = (await makeToken(box, cookie, { lastDay: "2020-01-01" })).token;
  assert.equal(await statusOf(box.fetch("/api/settings", bearer(old))), 401);
  // a token beside a cookie counts, not the cookie: a program must not get more by accident
  assert.equal(
    await statusOf(box.fetch("/api/settings", { cookie, headers: { authorization: "Bearer rubbish" } })),
    401,
  );
  await box.stop();
});

Deno.test("OpenAPI: every route is in it, once, with what it takes and answers, and who may", async () => {
  const box = await TestBox.start();
  box.addUser("admin", "admin");
  const api = await (await box.fetch("/api/openapi.json")).json();
  assert.match(api.openapi, /^3\.1\./);
  assert.equal(new Set(ROUTES.map(({ name }) => name)).size, ROUTES.length);
  for (const { name, method, path } of ROUTES) {
    const operation = api.paths[path.replaceAll(/:(\w+)/g, "{$1}").replace("*", "{file}")]?.[method.toLowerCase()];
    assert.ok(operation, name);
    if (path.startsWith("/api/")) {
      assert.notEqual(operation.summary, "A page, or a file of one", `${name}: describe it`);
    }
    for (const [, parameter] of path.matchAll(/:(\w+)/g)) {
      assert.ok(operation.parameters.some((one: { name: string }) => one.name === parameter), `${name} ${parameter}`);
    }
  }
  const booking = api.paths["/api/appointments"].post.requestBody.content["application/json"].schema;
  assert.deepEqual(booking.required, ["patient"]);
  assert.equal(booking.properties.patient.properties.lastName.anyOf[0].type, "string");
  const port = api.paths["/api/machines"].post.requestBody.content["application/json"].schema.properties.port;
  assert.deepEqual(port.anyOf[0], { type: "integer", minimum: 1, maximum: 65535 });
  assert.deepEqual(api.paths["/api/users"].post.security, [{ session: [] }], "not for programs");
  assert.deepEqual(api.paths["/healthz"].get.security, []);
  const answered = api.paths["/api/machines"].post.responses["201"].content["application/json"].schema;
  assert.deepEqual(answered, { $ref: "#/components/schemas/MachineRecord" });
  assert.equal(api.components.schemas.MachineRecord.properties.aeTitle.description, "The title it calls with.");
  await box.stop();
});

Deno.test("OpenAPI: what it says of the answers is what the types say now", async () => {
  const folder = new URL("../../appliance/describe/", import.meta.url).pathname;
  const { stdout, success } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--quiet", "--frozen", "--config", `${folder}deno.json`, `${folder}main.ts`, "--print"],
    stderr: "inherit",
  }).output();
  assert.ok(success);
  const kept = await Deno.readTextFile(new URL("../../src/web/answers.json", import.meta.url));
  assert.ok(
    new TextDecoder().decode(stdout) === kept,
    "a type that a route answers has changed: run deno task describe",
  );
});
