import assert from "node:assert/strict";
import { sentenceOf } from "../../src/web/messages.ts";
import type { Route } from "../../src/web/route.ts";
import type { WrongField } from "../../src/web/contract/problem.ts";
import { ROUTES } from "../../src/web/routes.ts";
import { TestBox } from "../support/web_box.ts";

/** The parts of a schema that can refuse a value, with what each says; those that say nothing of their own do so by a value's kind. */
function* refusing(schema: unknown, path: string, seen = new Set<unknown>()): Generator<[path: string, said: unknown]> {
  if (typeof schema !== "object" || schema === null || seen.has(schema)) return;
  seen.add(schema);
  const { kind, type, message, entries, wrapped, item, key, value, options, pipe } = schema as Record<string, unknown>;
  const first = Array.isArray(pipe) && pipe[0] === schema;
  if (kind === "validation" || (kind === "schema" && !NEVER_REFUSE.has(String(type)))) {
    yield [`${path} (${type})`, message];
  }
  for (const [name, one] of Object.entries(entries ?? {})) yield* refusing(one, `${path}.${name}`, seen);
  for (const one of [wrapped, item, key, value]) yield* refusing(one, path, seen);
  if (Array.isArray(options)) { for (const one of options) yield* refusing(one, path, seen); }
  if (Array.isArray(pipe)) { for (const one of first ? pipe.slice(1) : pipe) yield* refusing(one, path, seen); }
}
const NEVER_REFUSE = new Set(["optional", "nullable", "nullish", "unknown", "any"]);

Deno.test("whatever a request may be refused for has a code, so that each page says it in its own language", () => {
  const routes: readonly Route[] = ROUTES;
  const without = routes.flatMap(({ name, body, query }) =>
    [body, query].flatMap((schema) =>
      [...refusing(schema, name)].filter(([, said]) => said !== undefined && typeof sentenceOf(`${said}`) === "string")
        .map(([where, said]) => `${where}: ${said}`)
    )
  );
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
