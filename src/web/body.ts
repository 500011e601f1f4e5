import * as v from "valibot";
import { say, together } from "../sentences.ts";
import { notUnderstood, Problem, wrongField } from "./problem.ts";
import { message, sentenceOf } from "./messages.ts";

/** How long a body may take to come, milliseconds: it is one screenful. */
const LONGEST_WAIT = 10_000;

/** The most an API request may bring, in bytes. */
const MOST_BODY_BYTES = 64 * 1024;

/**
 * The JSON body of a request in the shape of `schema`. No body at all counts as `{}`.
 *
 * @param wait how long it may take to come, milliseconds
 * @throws Problem 408 when it does not come in time, 413 when it is too large, 415 when it is no JSON by its content type, 400 when it does not fit,
 *   with every wrong field named
 */
export async function readJson<Schema extends v.GenericSchema>(
  request: Request,
  schema: Schema,
  wait = LONGEST_WAIT,
): Promise<v.InferOutput<Schema>> {
  const bytes = await readBounded(request, { wait });
  if (bytes.length === 0) return shape(schema, {}, "body");
  const type = request.headers.get("content-type")?.split(";")[0]?.trim().toLowerCase() ?? "";
  // a form of another site can be sent without asking first, but not with this content type
  if (type !== "application/json") {
    throw new Problem(415, "Not JSON", say("not-json"));
  }
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch {
    throw notUnderstood(say("malformed-json"));
  }
  return shape(schema, value, "body");
}

/** What is said where a value is not of a kind, by Valibot's name of the kind. */
const NOT_OF_KIND = {
  string: message("field-no-text"),
  number: message("field-no-number"),
  boolean: message("field-true-or-false"),
  Object: message("field-no-object"),
  Array: message("field-no-list"),
};
const ODD = message("field-odd");

/**
 * A value in the shape of `schema`.
 *
 * @param where what to call the value itself, where no field of it can be named
 * @throws Problem 400 with every wrong field named in words
 */
export function shape<Schema extends v.GenericSchema>(
  schema: Schema,
  value: unknown,
  where: string,
): v.InferOutput<Schema> {
  const result = v.safeParse(schema, value, {
    abortPipeEarly: true,
    // of what has no words of its own: a value of another kind
    message: ({ expected }) => isKind(expected) ? NOT_OF_KIND[expected] : ODD,
  });
  if (result.success) return result.output;
  const issues = result.issues.map((issue) => ({
    field: v.getDotPath(issue) ?? where,
    problem: issue.input === undefined ? say("field-missing") : sentenceOf(issue.message),
  }));
  throw notUnderstood(say("wrong-fields", { wrong: together(issues.map((issue) => say("of-field", issue))) }), {
    fields: issues.map(({ field, problem }) => wrongField(field, problem)),
  });
}

function isKind(expected: string | null): expected is keyof typeof NOT_OF_KIND {
  return expected !== null && Object.hasOwn(NOT_OF_KIND, expected);
}

/**
 * The bytes of a request's body; none where it has none.
 *
 * @param wait how long they may take to come, milliseconds
 * @param most bytes
 * @throws Problem 408 when they do not come in time, 413 when there are more
 */
export async function readBounded(
  request: Request,
  { wait = LONGEST_WAIT, most = MOST_BODY_BYTES } = {},
): Promise<Uint8Array<ArrayBuffer>> {
  const announced = Number(request.headers.get("content-length") ?? 0);
  if (announced > most) throw tooLarge(most);
  if (!request.body) return new Uint8Array();
  const parts: Uint8Array[] = [];
  let size = 0;
  const reader = request.body.getReader();
  let late = false;
  const timer = setTimeout(() => {
    late = true;
    reader.cancel().catch(() => {}); // the sender is gone already
  }, wait);
  try {
    for (let next = await reader.read(); !next.done; next = await reader.read()) {
      size += next.value.length;
      if (size > most) throw tooLarge(most);
      parts.push(next.value);
    }
  } finally {
    clearTimeout(timer);
  }
  if (late) throw tooSlow();
  const whole = new Uint8Array(size);
  let offset = 0;
  for (const part of parts) {
    whole.set(part, offset);
    offset += part.length;
  }
  return whole;
}

function tooSlow(): Problem {
  return new Problem(408, "Too slow", say("body-too-slow"), {
    headers: { connection: "close" },
  });
}

function tooLarge(most: number): Problem {
  return new Problem(
    413,
    "Too large",
    say("body-too-large", { most: most / 1024 }),
    { headers: { connection: "close" } },
  );
}
