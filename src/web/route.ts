import type * as v from "valibot";
import type { Purpose } from "../store/api_tokens.ts";
import type { User } from "../store/users.ts";
import type { Who } from "./authorisation.ts";
import { readJson, shape } from "./body.ts";
import { userOf, type WebContext } from "./context.ts";
import type { Parts } from "./parts.ts";

/** What a route's path has in it, by name: `id` of `/api/machines/:id/verify`. */
export type PathNames<Path extends string> = Path extends `${string}:${infer Name}/${infer Rest}`
  ? Name | PathNames<Rest>
  : Path extends `${string}:${infer Name}` ? Name
  : never;

/** How the query of a route may be declared. */
export type QuerySchema = v.GenericSchema & { readonly entries: Record<string, v.GenericSchema> };

/** What a successful answer is: JSON in the shape of `T`, or a file. */
export interface AnswerType<T> {
  /** Media type. */
  readonly contentType: string;
  /** Not there when the program runs: `appliance/describe.ts` reads the type. */
  readonly shape?: T;
}

declare const FILE: unique symbol;
/** Bytes that are no JSON of this API. */
export interface FileAnswer {
  /** Marks it: no value has it. */
  readonly [FILE]: true;
}

export const json = <T>(): AnswerType<T> => ({ contentType: "application/json" });
export const file = (contentType: string): AnswerType<FileAnswer> => ({ contentType });

/**
 * Who may use a route, what it is for, what it takes and what it answers. From it come the table of access, the checked
 * request, the description and the pages' types.
 */
export interface Declaration<Query, Body, Answer> {
  /** Who may use it. */
  who: Who;
  /** What it is for, in a line. */
  summary: string;
  /** What may stand in its address, behind the question mark. */
  query?: Query;
  /** The schema of its JSON, or the content type of a body that the handler reads itself. */
  body?: Body;
  /** Nothing, with 204, where it is left out. */
  answer?: Answer;
  /** Of a successful answer, where it is not 200. */
  status?: 201 | 202;
  /** Programs whose token is for this may use it, beside those whose token is for anything. */
  programs?: readonly Exclude<Purpose, "" | "reading">[];
  /** A person must do it, never a program: it is about a session, a decision or the computer itself. */
  peopleOnly?: true;
  /**
   * It leads data out of the box or lets somebody in: a person must do it, and a second admin confirms it where
   * `SONODESK_SECOND_ADMIN` asks for one.
   */
  outOrIn?: true;
  /** It works before there is anybody who could sign in, or only then. */
  beforeSetup?: true | "only";
  /** Its answers take long, and are counted while they are sent. */
  streams?: "downloads" | "pictures";
}

/** What a handler is given: the parts of the box, and the request, checked. */
export interface Asked<Path extends string = string, Query = unknown, Body = unknown> extends Parts {
  context: WebContext;
  params: Record<PathNames<Path>, string>;
  query: Query;
  body: Body;
  /** Who asks, and their user name. @throws Error where the route needs no login and there is none */
  readonly user: User;
  readonly by: string;
}

type OutputOf<Schema> = Schema extends v.GenericSchema ? v.InferOutput<Schema> : undefined;
/** What a handler answers: what is to become JSON, or what it has made a response of. */
type Answered<Answer> = Answer extends AnswerType<infer T> ? [T] extends [FileAnswer] ? Response : T | Response
  : Response | void;

/** A route with its handler. */
export interface Route<
  Name extends string = string,
  Query = QuerySchema | undefined,
  Body = v.GenericSchema | string | undefined,
  Answer = AnswerType<unknown> | undefined,
> extends Declaration<Query, Body, Answer> {
  /** Such as `GET /api/machines/:id`. */
  readonly name: Name;
  /** Of HTTP. */
  readonly method: string;
  /** With its parameters, such as `:id`. */
  readonly path: string;
  /** Reads and checks the request, and answers it. @throws Problem */
  handle(context: WebContext, parts: Parts): Promise<Response>;
}

type Method = "OPTIONS" | "GET" | "POST" | "PUT" | "PATCH" | "DELETE";

/** Declares a route, such as `route("GET /api/machines/:id", { … }, ({ store, params }) => …)`. */
export function route<
  const Name extends `${Method} /${string}`,
  Query extends QuerySchema | undefined = undefined,
  Body extends v.GenericSchema | string | undefined = undefined,
  Answer extends AnswerType<unknown> | undefined = undefined,
>(
  name: Name,
  declaration: Declaration<Query, Body, Answer>,
  handler: (
    asked: Asked<Name, OutputOf<Query>, OutputOf<Body>>,
  ) => Answered<Answer> | Promise<Answered<Answer>>,
): Route<Name, Query, Body, Answer> {
  const [method, path] = name.split(" ") as [string, string];
  const { query, body, answer, status } = declaration;
  return {
    ...declaration,
    name,
    method,
    path,
    async handle(context, parts) {
      const asked = {
        ...parts,
        context,
        params: context.req.param() as Record<PathNames<Name>, string>,
        query: (query && shape(query, context.req.query(), "query")) as OutputOf<Query>,
        body: (typeof body === "object" ? await readJson(context.req.raw, body) : undefined) as OutputOf<Body>,
        get user() {
          return userOf(context);
        },
        get by() {
          return userOf(context).username;
        },
      };
      if (answer?.contentType === "application/json") context.header("cache-control", "no-store");
      if (status !== undefined) context.status(status);
      const answered = await handler(asked);
      if (answered instanceof Response) return answered;
      return answer === undefined ? context.body(null, 204) : context.json(answered as object);
    },
  };
}

/** Whether a route is for people only. */
export function isForPeople({ peopleOnly, outOrIn }: Pick<Route, "peopleOnly" | "outOrIn">): boolean {
  return Boolean(peopleOnly || outOrIn);
}
