import { rolesOf } from "./authorisation.ts";
import { jsonSchema } from "./json_schema.ts";
import { isForPeople, type Route } from "./route.ts";

const PROBLEM = { "application/problem+json": { schema: { $ref: "#/components/schemas/ProblemDetails" } } };

/** What `deno task describe` made of the types of the answers: a JSON schema for each route, and those that they refer to. */
interface Answers {
  routes: Record<string, unknown>;
  schemas: Record<string, unknown>;
}

/** The whole API as OpenAPI 3.1, from the declarations of its routes. */
export function openApi(version: string, routes: readonly Route[]): Record<string, unknown> {
  const answers: Answers = JSON.parse(Deno.readTextFileSync(new URL("answers.json", import.meta.url)));
  const paths: Record<string, Record<string, unknown>> = {};
  for (const route of routes) {
    const written = route.path.replaceAll(/:(\w+)/g, "{$1}").replace("*", "{file}");
    paths[written] ??= {};
    paths[written][route.method.toLowerCase()] = operation(route, written, answers);
  }
  return {
    openapi: "3.1.0",
    info: {
      title: "Sonodesk",
      version,
      description: "Dates are YYYY-MM-DD, times ISO 8601. Programs send `Authorization: Bearer` with a token that an " +
        "admin made on the settings page; it may do what its role may, or only read.",
    },
    paths,
    components: {
      securitySchemes: {
        token: { type: "http", scheme: "bearer" },
        session: { type: "apiKey", in: "cookie", name: "sonodesk_session" },
      },
      schemas: answers.schemas,
    },
  };
}

function operation(route: Route, path: string, answers: Answers) {
  const { name, who, summary, query, body, status = 200 } = route;
  const roles = rolesOf(who);
  const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => ({
    name,
    in: "path",
    required: true,
    schema: { type: "string" },
  }));
  const inQuery = Object.entries(query?.entries ?? {}).map(([name, schema]) => ({
    name,
    in: "query",
    required: schema.type !== "optional",
    schema: jsonSchema(schema),
  }));
  const content = typeof body === "object"
    ? { "application/json": { schema: jsonSchema(body) } }
    : { [body ?? ""]: {} };
  const schema = answers.routes[name];
  return {
    summary,
    ...(roles && { description: `For: ${roles.join(", ")}.` }),
    parameters: [...inPath, ...inQuery],
    ...(body && { requestBody: { content } }),
    responses: {
      ...(route.answer === undefined ? { 204: { description: "Done" } } : {
        [status]: {
          description: "Done",
          content: { [route.answer.contentType]: schema === undefined ? {} : { schema } },
        },
      }),
      "4XX": { description: "Refused, with what to do", content: PROBLEM },
      "5XX": { description: "Not possible now, or the box failed", content: PROBLEM },
    },
    security: roles === undefined ? [] : [...(isForPeople(route) ? [] : [{ token: [] }]), { session: [] }],
  };
}
