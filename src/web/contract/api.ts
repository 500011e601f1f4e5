import type * as v from "valibot";
import type { BackupBody, ChoiceBody, CodeBody } from "../rescue_pages.ts";
import type { AnswerType, FileAnswer, PathNames, Route as Declared } from "../route.ts";
import type { ROUTES } from "../routes.ts";
import type { BackupSnapshot, Rescue } from "./rescue.ts";

/*
 * What the API takes and answers, route by route, for the pages: read from the routes' declarations. Nothing here is
 * there when the program runs.
 */

type Taken<Schema extends v.GenericSchema> = v.InferInput<Schema>;

/** A body that is not JSON is sent as it is. */
type Given<Schema> = Schema extends v.GenericSchema ? Taken<Schema> : Schema extends string ? Blob : never;
type Answered<Type> = Type extends AnswerType<infer T> ? T : undefined;

type One<Route> = Route extends Declared<infer Name, infer Query, infer Body, infer Type>
  ? { name: Name; query: Given<Query>; body: Given<Body>; answer: Answered<Type> }
  : never;
/** Those that answer JSON or nothing: what is a file is fetched by its address. */
type Asked = Exclude<One<typeof ROUTES[number]>, { answer: FileAnswer }>;

/** What a box in rescue has, beside. */
interface RescueApi {
  "GET /api/rescue": { query: never; body: never; answer: Rescue };
  "POST /api/rescue/session": { query: never; body: Taken<typeof CodeBody>; answer: undefined };
  "POST /api/rescue/choice": { query: never; body: Taken<typeof ChoiceBody>; answer: undefined };
  "POST /api/rescue/backup": { query: never; body: Taken<typeof BackupBody>; answer: BackupSnapshot[] };
}

export type Api = { [Each in Asked as Each["name"]]: Each } & RescueApi;

/** The routes that pages ask. */
export type Route = keyof Api;

export type Answer<Name extends Route> = Api[Name]["answer"];
export type Query<Name extends Route> = Api[Name]["query"];
export type Body<Name extends Route> = Api[Name]["body"];
export type { PathNames };
