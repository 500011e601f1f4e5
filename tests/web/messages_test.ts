import assert from "node:assert/strict";
import { sentenceOf } from "../../src/web/messages.ts";
import type { Route } from "../../src/web/route.ts";
import type { WrongField } from "../../src/web/contract/problem.ts";
import { ROUTES } from "../../src/web/routes.ts";
import { TestBox } from "../support/web_box.ts";

/** What a schema and its parts say of a value that they refuse, each with its path; most say nothing of their own. */
function* saidBy(part: unknown, path: string, seen = new Set<unknown>()): Generator<[path: string, said: string]> {
  if (typeof part !== "object" || part === null || seen.has(part)) return;
  seen.add(part);
  if ("message" in part && part.message !== undefined) yield [path, String(part.message)];
  for (const [name, inner] of Object.entries(part)) yield* saidBy(inner, `${path}.${name}`, seen);
}

Deno.test("whatever a request may be refused for has a code, so that each page says it in its own language", () => {
  const routes: readonly Route[] = ROUTES;
  const said = routes.flatMap(({ name, body, query }) => [...saidBy(body, name), ...saidBy(query, name)]);
  assert.ok(said.length > 300, "the schemas are gone through");
  const without = said.filter(([, sentence]) => typeof sentenceOf(sentence) === "string");
  assert.deepEqual(without, []);
});

Deno.test("a value of another kind is refused by a code as well, whatever was sent in its place", async () => {
  const box = await TestBox.start();
  const admin = await box.signIn("admin");
  for (const odd of [5, "x", null, [], { a: 1 }]) {
    const answer = await box.fetch("/api/users", {
      cookie: admin,
      body: { username: { odd }, displayName: [odd], role: { odd }, password: 5 },
    });
    assert.equal(answer.status, 400);
    const { fields } = await answer.json();
    assert.deepEqual(fields.map(({ field }: WrongField) => field), ["username", "displayName", "role", "password"]);
    for (const { field, code } of fields) assert.match(code, /^field-/, field);
  }
  const answer = await box.fetch("/api/appointments", { cookie: admin, body: { patient: "Asha Rao" } });
  assert.deepEqual((await answer.json()).fields, [
    { field: "patient", problem: "must be an object", code: "field-no-object", parameters: {} },
  ]);
  await box.stop();
});
