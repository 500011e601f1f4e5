// @ts-nocheck: not typed yet
// deno-lint-ignore-file no-explicit-any
import { said } from "./said.ts";

/** The box said no, or did not answer (`status` 0). The message is a sentence for the person. */
export class Refusal extends Error {
  constructor(status: number, message: string, problem: Record<string, unknown> = {}) {
    super(message);
    this.status = status;
    this.problem = problem;
  }
}

/** A box in the LAN that has not answered by then will not, milliseconds. */
const PATIENCE = 30_000;

/** Called when the box says that nobody is signed in any more. */
let onSignedOut: (problem: any) => void = (): void => {};

/** @param listener hears what the box said: signed out, or locked */
export function whenSignedOut(listener: (problem: any) => void) {
  onSignedOut = listener;
}

/** Asks somebody to confirm as a second admin; undefined where nobody does. */
let bySecondAdmin: (why: string) => Promise<string | undefined> = (_why): Promise<string | undefined> =>
  Promise.resolve(undefined);

/** @param confirming gives the value of the header that confirms */
export function whenSecondAdmin(confirming: (why: string) => Promise<string | undefined>) {
  bySecondAdmin = confirming;
}

/**
 * Asks the box.
 *
 * @param options with a body it is a POST of JSON unless told otherwise; a file
 *   is sent as it is
 * @param confirmedBy what a second admin has confirmed it with
 * @returns the answer's JSON, undefined where it has none
 * @throws Refusal
 */
export async function ask(
  path: string,
  options: { method?: string; body?: unknown } = {},
  confirmedBy: string = "",
): Promise<any> {
  return (await answerTo(path, options, confirmedBy)).json;
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
export async function askStudies(path: string): Promise<any[]> {
  const studies = [];
  for (let next = path; next !== undefined && studies.length < MOST_STUDIES;) {
    const page = await answerTo(next);
    studies.push(...page.json);
    next = page.next;
  }
  const whole = [];
  for (const study of studies) whole.push(study.instancesLeftAfter === null ? study : await withRest(study));
  return whole;
}

/**
 * Asks for one study, with all its instances.
 *
 * @throws Refusal
 */
export async function askStudy(uid: string): Promise<any> {
  return await withRest(await ask(`/api/studies/${encodeURIComponent(uid)}`));
}

/** The study with the instances that its first page leaves out. */
async function withRest(study) {
  const series = study.series.map((one) => ({ ...one, instances: [...one.instances] }));
  let left = study.instancesLeftAfter;
  for (let count = 0; left !== null && count < MOST_INSTANCES;) {
    const uid = encodeURIComponent(study.studyInstanceUid);
    const page = await ask(`/api/studies/${uid}?instancesAfter=${encodeURIComponent(left)}`);
    for (const { seriesInstanceUid, instances } of page.series) {
      count += instances.length;
      series.find((one) => one.seriesInstanceUid === seriesInstanceUid)?.instances.push(...instances);
    }
    left = page.instancesLeftAfter;
  }
  return { ...study, series, instancesLeftAfter: left };
}

/** What the box answers, and the address of the next page where there is one. */
async function answerTo(path, { method, body } = {}, confirmedBy = "") {
  const isFile = body instanceof Blob;
  let answer;
  try {
    answer = await fetch(path, {
      method: method ?? (body === undefined ? "GET" : "POST"),
      headers: {
        ...(body !== undefined && { "content-type": isFile ? "application/octet-stream" : "application/json" }),
        ...(confirmedBy && { "x-confirmed-by": confirmedBy }),
      },
      body: body === undefined || isFile ? body : JSON.stringify(body),
      ...(!isFile && { signal: AbortSignal.timeout(PATIENCE) }),
    });
  } catch {
    throw new Refusal(0, "");
  }
  if (answer.status === 204) return { json: undefined };
  const json = await answer.json().catch(() => ({}));
  if (answer.ok) return { json, next: /^<([^>]+)>; rel="next"$/.exec(answer.headers.get("link") ?? "")?.[1] };
  const gone = answer.status === 401 || (answer.status === 503 && (json.setup || json.rescue));
  if (gone && !path.startsWith("/api/session")) onSignedOut(json);
  if (json.secondAdmin) {
    const confirmation = await bySecondAdmin(said(json.detail));
    if (confirmation !== undefined) return await answerTo(path, { method, body }, confirmation);
  }
  throw new Refusal(answer.status, said(json.detail ?? ""), json);
}

export function thumbnailAddress(uid: string, attempt: number = 0) {
  return `/api/instances/${uid}/thumbnail${attempt > 0 ? `?attempt=${attempt}` : ""}`;
}

/** @param frame from 1 */
export function frameAddress(uid: string, frame: number) {
  return `/api/instances/${uid}/frames/${frame}`;
}

/** How often a picture is asked for again while the box has too many others to draw. */
const MOST_TRIES = 5;

/**
 * A frame as the box draws it, or, where it cannot be drawn, why.
 *
 * @param frame from 1
 * @returns `problem` is "" where the box did not say
 */
export async function fetchFrame(uid: string, frame: number): Promise<{ blob?: Blob; problem?: string }> {
  for (let tries = 1;; tries++) {
    try {
      const answer = await fetch(frameAddress(uid, frame));
      if (answer.ok) {
        const placeholder = answer.headers.get("x-placeholder");
        return placeholder === null ? { blob: await answer.blob() } : { problem: said(placeholder) };
      }
      if (answer.status !== 503 || tries === MOST_TRIES) {
        const refused = await answer.json().catch(() => ({}));
        if (answer.status === 401) onSignedOut(refused);
        return { problem: said(refused.detail ?? "") };
      }
    } catch {
      if (tries === MOST_TRIES) return { problem: "" };
    }
    await new Promise((resolve) => setTimeout(resolve, tries * 1000));
  }
}
