import assert from "node:assert/strict";
import ANSWERS from "../../src/web/answers.json" with { type: "json" };
import type { Route } from "../../src/web/route.ts";
import { ROUTES } from "../../src/web/routes.ts";

/** The part of JSON Schema that `appliance/describe` writes. */
interface Schema {
  $ref?: string;
  type?: string;
  const?: unknown;
  enum?: readonly unknown[];
  anyOf?: readonly Schema[];
  items?: Schema;
  properties?: Record<string, Schema>;
  required?: readonly string[];
  additionalProperties?: Schema;
}

const SCHEMAS = ANSWERS.schemas as unknown as Record<string, Schema>;
const OF_ROUTE = ANSWERS.routes as Record<string, Schema>;

const patterns = (ROUTES as readonly Route[]).map((route) => ({
  route,
  pattern: new URLPattern({ pathname: route.path }),
}));

/** Fails where an answer of the box's API is not what its description says: its status, and each member of its JSON. */
export async function assertDescribed(method: string, address: string, answer: Response): Promise<void> {
  const contentType = answer.headers.get("content-type") ?? "";
  const isProblem = contentType === "application/problem+json";
  const { route } = patterns.find((one) => one.route.method === method && one.pattern.test(address)) ?? {};
  if (!isProblem && (route === undefined || contentType !== "application/json")) return;
  if (answer.ok) assert.equal(answer.status, route?.status ?? 200, `the status of ${route?.name} is not described`);
  const schema = isProblem ? SCHEMAS.ProblemDetails : OF_ROUTE[route!.name];
  assert.ok(schema, `the answer of ${route?.name} is not described, run deno task describe`);
  const wrong = [...mismatches(schema, await answer.clone().json(), "the answer")];
  assert.deepEqual(wrong, [], `${method} ${address} answers other than its description`);
}

/** What a value has that its schema does not, and the other way round. */
function* mismatches(schema: Schema, value: unknown, where: string): Generator<string> {
  if (schema.$ref !== undefined) {
    yield* mismatches(SCHEMAS[schema.$ref.split("/").at(-1)!]!, value, where);
  } else if (schema.anyOf !== undefined) {
    const each = schema.anyOf.map((one) => [...mismatches(one, value, where)]);
    if (each.every((wrong) => wrong.length > 0)) yield* each.toSorted((a, b) => a.length - b.length)[0]!;
  } else if (schema.enum !== undefined) {
    if (!schema.enum.includes(value)) yield `${where} is ${JSON.stringify(value)}, none of ${schema.enum.join(", ")}`;
  } else if ("const" in schema) {
    if (value !== schema.const) yield `${where} is ${JSON.stringify(value)}, not ${JSON.stringify(schema.const)}`;
  } else if (schema.type !== undefined && schema.type !== typeOf(value)) {
    yield `${where} is ${JSON.stringify(value)?.slice(0, 80)}, not of type ${schema.type}`;
  } else if (Array.isArray(value)) {
    for (const [n, item] of value.entries()) yield* mismatches(schema.items ?? {}, item, `${where}[${n}]`);
  } else if (schema.type === "object") {
    const { properties = {}, required = [], additionalProperties } = schema;
    const given = value as Record<string, unknown>;
    for (const name of required) if (!Object.hasOwn(given, name)) yield `${where} lacks ${name}`;
    for (const [name, one] of Object.entries(given)) {
      const of = Object.hasOwn(properties, name) ? properties[name] : additionalProperties;
      if (of === undefined) yield `${where} has ${name}, which is not described`;
      else yield* mismatches(of, one, `${where}.${name}`);
    }
  }
}

function typeOf(value: unknown): string {
  return value === null ? "null" : Array.isArray(value) ? "array" : typeof value;
}
