import type * as v from "valibot";

type Schema = v.GenericSchema & {
  entries?: Record<string, Schema>;
  wrapped?: Schema;
  item?: Schema;
  value?: Schema;
  options?: readonly unknown[];
  default?: unknown;
  pipe?: readonly { kind: string; type: string; requirement?: unknown }[];
};

/**
 * What a request must look like, as JSON Schema (2020-12): read from the very schema that checks it. What only a
 * function knows, such as whether a day exists, is left to the refusal.
 */
export function jsonSchema(given: v.GenericSchema): Record<string, unknown> {
  const schema = given as Schema;
  switch (schema.type) {
    case "object":
      return {
        type: "object",
        properties: Object.fromEntries(
          Object.entries(schema.entries ?? {}).map(([name, entry]) => [name, jsonSchema(entry)]),
        ),
        required: Object.entries(schema.entries ?? {}).filter(([, entry]) => !isOptional(entry)).map(([name]) => name),
      };
    case "record":
      return { type: "object", additionalProperties: jsonSchema(schema.value!) };
    case "optional":
      return { ...jsonSchema(schema.wrapped!), ...defaultOf(schema) };
    case "nullable":
    case "nullish":
      return { anyOf: [jsonSchema(schema.wrapped!), { type: "null" }], ...defaultOf(schema) };
    case "picklist":
      return { enum: schema.options };
    case "union":
      return { anyOf: (schema.options as Schema[]).map(jsonSchema) };
    case "string":
    case "number":
    case "boolean":
      return { type: schema.type, ...boundsOf(schema) };
    default:
      return {};
  }
}

function isOptional(schema: Schema): boolean {
  return schema.type === "optional" || schema.type === "nullish";
}

function defaultOf({ default: value }: Schema) {
  return value === undefined || typeof value === "function" ? {} : { default: value };
}

const BOUNDS: Record<string, string> = {
  min_length: "minLength",
  max_length: "maxLength",
  min_value: "minimum",
  max_value: "maximum",
};

function boundsOf({ pipe = [] }: Schema): Record<string, unknown> {
  const bounds: Record<string, unknown> = {};
  for (const { kind, type, requirement } of pipe) {
    if (kind !== "validation") continue;
    if (Object.hasOwn(BOUNDS, type)) bounds[BOUNDS[type]!] = requirement;
    else if (type === "non_empty") bounds.minLength = 1;
    else if (type === "integer" || type === "safe_integer") bounds.type = "integer";
    else if (type === "regex" && (requirement as RegExp).flags === "") bounds.pattern = (requirement as RegExp).source;
  }
  return bounds;
}
