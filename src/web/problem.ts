import type { WrongField } from "./contract/problem.ts";
import { inEnglish, Refused, say, type Sentence } from "../sentences.ts";

/** A refusal as the API words it: `application/problem+json` (RFC 9457). */
export class Problem extends Refused {
  readonly status: number;
  readonly title: string;
  readonly more: Record<string, unknown>;
  readonly headers: Record<string, string>;

  /**
   * @param title what kind of refusal, the same for every occurrence
   * @param detail this occurrence, with what to do
   * @param more further members of the answer, such as the fields that were wrong
   */
  constructor(
    status: number,
    title: string,
    detail: Sentence | string,
    { more = {}, headers = {} }: { more?: Record<string, unknown>; headers?: Record<string, string> } = {},
  ) {
    super(detail);
    this.status = status;
    this.title = title;
    this.more = more;
    this.headers = headers;
  }

  response(): Response {
    const { title, status, message: detail, sentence, more } = this;
    const coded = sentence && { type: `urn:sonodesk:${sentence.code}`, ...sentence };
    const body = JSON.stringify({ ...coded, title, detail, status, ...more });
    return new Response(body, {
      status: this.status,
      headers: { ...this.headers, "content-type": "application/problem+json", "cache-control": "no-store" },
    });
  }
}

export function notFound(detail: Sentence | string): Problem {
  return new Problem(404, "Not found", detail);
}

export function conflict(detail: Sentence | string): Problem {
  return new Problem(409, "Not possible now", detail);
}

export function notUnderstood(detail: Sentence | string, more: Record<string, unknown> = {}): Problem {
  return new Problem(400, "Not understood", detail, { more });
}

/** One of the `fields` of a refusal: what of the request is wrong, and how. */
export function wrongField(field: string, problem: Sentence | string): WrongField {
  return { field, problem: inEnglish(problem), ...(typeof problem === "object" ? problem : say("field-odd")) };
}
