import type * as v from "valibot";
import type { BackupBody, ChoiceBody, CodeBody } from "../rescue_pages.ts";
import type { AnswerType, FileAnswer, PathNames, Route as Declared } from "../route.ts";
import type { ROUTES } from "../routes.ts";
import type { BackupSnapshot, Rescue } from "./rescue.ts";

/*
 * What the API takes and answers, route by route, for the pages: read from the routes' declarations. Nothing here is
 * there when the program runs.
 */

/** What a schema takes. */
export type Taken<Schema extends v.GenericSchema> = v.InferInput<Schema>;

/** A body that is not JSON is sent as it is. */
export type Given<Schema> = Schema extends v.GenericSchema ? Taken<Schema> : Schema extends string ? Blob : never;
/** What a route answers, in JSON. */
export type Answered<Type> = Type extends AnswerType<infer T> ? T : undefined;

/** A route as the pages ask it. */
export type One<Route> = Route extends Declared<infer Name, infer Query, infer Body, infer Type>
  ? { name: Name; query: Given<Query>; body: Given<Body>; answer: Answered<Type> }
  : never;
/** Those that answer JSON or nothing: what is a file is fetched by its address. */
export type Asked = Exclude<One<typeof ROUTES[number]>, { answer: FileAnswer }>;

/** What a box in rescue has, beside. */
export interface RescueApi {
  /** How the trouble stands. */
  "GET /api/rescue": { query: never; body: never; answer: Rescue };
  /** Somebody gives the code from the box's screen. */
  "POST /api/rescue/session": { query: never; body: Taken<typeof CodeBody>; answer: undefined };
  /** Somebody chooses a way out. */
  "POST /api/rescue/choice": { query: never; body: Taken<typeof ChoiceBody>; answer: undefined };
  /** Folders with a backup, on disks that are plugged in. */
  "GET /api/rescue/disks": { query: never; body: never; answer: string[] };
  /** Somebody asks what a backup holds. */
  "POST /api/rescue/backup": { query: never; body: Taken<typeof BackupBody>; answer: BackupSnapshot[] };
}

/** Every route with what is asked and answered. */
export type Api = { [Each in Asked as Each["name"]]: Each } & RescueApi;

/** The routes that pages ask. */
export type Route = keyof Api;

/** What a route answers. */
export type Answer<Name extends Route> = Api[Name]["answer"];
/** What may stand in its address. */
export type Query<Name extends Route> = Api[Name]["query"];
/** What is sent to it. */
export type Body<Name extends Route> = Api[Name]["body"];
export type { PathNames };
