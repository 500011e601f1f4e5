import type { Answer, Body, PathNames, Query, Route } from "../../src/web/contract/api.ts";
import type { ProblemDetails } from "../../src/web/contract/problem.ts";
import type { Study, StudyDetails } from "../../src/web/contract/studies.ts";
import { inWords } from "./translate.ts";

/** The box said no, or did not answer (`status` 0). The message is a sentence for the person. */
export class Refusal extends Error {
  readonly status: number;
  readonly problem: ProblemDetails;

  constructor(status: number, message: string, problem: ProblemDetails = {}) {
    super(message);
    this.status = status;
    this.problem = problem;
  }
}

/** What the box refused, in the language of the page. */
const told = (problem: ProblemDetails) => inWords(problem, problem.detail ?? "");

/** A box in the LAN that has not answered by then will not, milliseconds. */
const PATIENCE = 30_000;

/** Called when the box says that nobody is signed in any more. */
let onSignedOut: (problem: ProblemDetails) => void = () => {};

/** @param listener hears what the box said: signed out, or locked */
export function whenSignedOut(listener: (problem: ProblemDetails) => void): void {
  onSignedOut = listener;
}

/** Asks somebody to confirm as a second admin; undefined where nobody does. */
let bySecondAdmin = (_why: string): Promise<string | undefined> => Promise.resolve(undefined);

/** @param confirming gives the value of the header that confirms */
export function whenSecondAdmin(confirming: (why: string) => Promise<string | undefined>): void {
  bySecondAdmin = confirming;
}

/** What a route is told: what its path has in it by name, its query and its body. */
export type Given<Name extends Route> =
  & Record<PathNames<Name>, string | number>
  & ([Query<Name>] extends [never] ? unknown : { query?: Query<Name> })
  & ([Body<Name>] extends [never] ? unknown : { body: Body<Name> });

/** Nothing need be given where nothing must be. */
type Arguments<Name extends Route> = Record<never, never> extends Given<Name> ? [given?: Given<Name>]
  : [given: Given<Name>];

/**
 * Asks the box: `api("POST /api/appointments/:id/send", { id, body: { machineId } })`. A file is sent as it is.
 *
 * @returns the answer's JSON, undefined where it has none
 * @throws Refusal
 */
export async function api<Name extends Route>(route: Name, ...[given]: Arguments<Name>): Promise<Answer<Name>> {
  const { method, address, body } = requestOf(route, given);
  return (await answerTo<Answer<Name>>(method, address, body)).json;
}

interface AnyGiven {
  query?: Record<string, string | undefined>;
  body?: unknown;
}

function requestOf(route: Route, given: unknown = {}): { method: string; address: string; body: unknown } {
  const [method = "", path = ""] = route.split(" ");
  const { query = {}, body, ...named } = given as AnyGiven & Record<string, unknown>;
  const filled = path.replaceAll(/:(\w+)/g, (_, name) => encodeURIComponent(String(named[name])));
  const asked = new URLSearchParams(
    Object.entries(query).flatMap(([name, value]) => value === undefined ? [] : [[name, value]]),
  );
  return { method, address: asked.size > 0 ? `${filled}?${asked}` : filled, body };
}

/** Instances of a study that a page shows: as many as can be moved at once. */
const MOST_INSTANCES = 5000;
/** Studies that a page shows. */
const MOST_STUDIES = 2000;

/**
 * Asks for studies, page by page, each with all its instances.
 *
 * @throws Refusal
 */
export async function studiesBy(query: Query<"GET /api/studies">): Promise<Study[]> {
  const studies: Study[] = [];
  let next: string | undefined = requestOf("GET /api/studies", { query }).address;
  while (next !== undefined && studies.length < MOST_STUDIES) {
    const page: { json: Study[]; next?: string } = await answerTo<Study[]>("GET", next);
    studies.push(...page.json);
    next = page.next;
  }
  const whole: Study[] = [];
  for (const study of studies) whole.push(study.instancesLeftAfter === null ? study : await withRest(study));
  return whole;
}

/**
 * Asks for one study, with all its instances.
 *
 * @throws Refusal
 */
export async function wholeStudy(uid: string): Promise<StudyDetails> {
  return await withRest(await api("GET /api/studies/:uid", { uid }));
}

/** The study with the instances that its first page leaves out. */
async function withRest<Listed extends Study>(study: Listed): Promise<Listed> {
  const series = study.series.map((one) => ({ ...one, instances: [...one.instances] }));
  let left = study.instancesLeftAfter;
  for (let count = 0; left !== null && count < MOST_INSTANCES;) {
    const page = await api("GET /api/studies/:uid", { uid: study.studyInstanceUid, query: { instancesAfter: left } });
    for (const { seriesInstanceUid, instances } of page.series) {
      count += instances.length;
      series.find((one) => one.seriesInstanceUid === seriesInstanceUid)?.instances.push(...instances);
    }
    left = page.instancesLeftAfter;
  }
  return { ...study, series, instancesLeftAfter: left };
}

/** What the box answers, and the address of the next page where there is one. */
async function answerTo<Json>(
  method: string,
  address: string,
  body?: unknown,
  confirmedBy = "",
): Promise<{ json: Json; next?: string }> {
  const isFile = body instanceof Blob;
  let answer: Response;
  try {
    answer = await fetch(address, {
      method,
      headers: {
        ...(body !== undefined && { "content-type": isFile ? "application/octet-stream" : "application/json" }),
        ...(confirmedBy && { "x-confirmed-by": confirmedBy }),
      },
      ...(body !== undefined && { body: isFile ? body : JSON.stringify(body) }),
      ...(!isFile && { signal: after(PATIENCE) }),
    });
  } catch {
    throw new Refusal(0, "");
  }
  if (answer.status === 204) return { json: undefined as Json };
  const json: unknown = await answer.json().catch(() => ({}));
  if (answer.ok) {
    const next = /^<([^>]+)>; rel="next"$/.exec(answer.headers.get("link") ?? "")?.[1];
    return { json: json as Json, ...(next !== undefined && { next }) };
  }
  const problem = json as ProblemDetails;
  const gone = answer.status === 401 || (answer.status === 503 && (problem.setup || problem.rescue));
  if (gone && !address.startsWith("/api/session")) onSignedOut(problem);
  if (problem.secondAdmin) {
    const confirmation = await bySecondAdmin(told(problem));
    if (confirmation !== undefined) return await answerTo(method, address, body, confirmation);
  }
  throw new Refusal(answer.status, told(problem), problem);
}

/** Ends a request after so long; older tablets have no `AbortSignal.timeout`. */
function after(milliseconds: number): AbortSignal {
  if ("timeout" in AbortSignal) return AbortSignal.timeout(milliseconds);
  const ending = new AbortController();
  setTimeout(() => ending.abort(), milliseconds);
  return ending.signal;
}

export function thumbnailAddress(uid: string, attempt = 0): string {
  return `/api/instances/${uid}/thumbnail${attempt > 0 ? `?attempt=${attempt}` : ""}`;
}

/** @param frame from 1 */
export function frameAddress(uid: string, frame: number): string {
  return `/api/instances/${uid}/frames/${frame}`;
}

/** How often a picture is asked for again while the box has too many others to draw. */
const MOST_TRIES = 5;

/** A frame as the box draws it, or why it cannot be drawn; "" where the box did not say. */
export type DrawnFrame = { blob: Blob; problem?: undefined } | { blob?: undefined; problem: string };

/** @param frame from 1 */
export async function fetchFrame(uid: string, frame: number): Promise<DrawnFrame> {
  for (let tries = 1;; tries++) {
    try {
      const answer = await fetch(frameAddress(uid, frame));
      if (answer.ok) {
        const placeholder = answer.headers.get("x-placeholder");
        const coded = answer.headers.get("x-placeholder-coded");
        return placeholder === null
          ? { blob: await answer.blob() }
          : { problem: inWords(coded === null ? {} : JSON.parse(decodeURIComponent(coded)), placeholder) };
      }
      if (answer.status !== 503 || tries === MOST_TRIES) {
        const refused: ProblemDetails = await answer.json().catch(() => ({}));
        if (answer.status === 401) onSignedOut(refused);
        return { problem: told(refused) };
      }
    } catch {
      if (tries === MOST_TRIES) return { problem: "" };
    }
    await new Promise((resolve) => setTimeout(resolve, tries * 1000));
  }
}
