/** What came of a request: `status` is null where nobody answered, and `error` then says why; it has no secret in it. */
export interface Posted {
  /** Of HTTP; null where nobody answered. */
  status: number | null;
  /** Why it has not arrived, in English. */
  error: string;
}

/** How JSON is sent to somebody outside. */
export interface PostOptions {
  /** Beside the content type. */
  headers?: Record<string, string>;
  /** Breaks it off. */
  signal: AbortSignal;
  /** How long the answer may take, milliseconds. */
  within: number;
}

/**
 * Tells somebody outside something over HTTP. A page that leads elsewhere, such as to a login, has not taken it: it is
 * not followed. Never throws: what went wrong is its answer.
 *
 * @param body JSON
 */
export async function postJson(url: string, body: string, { headers, signal, within }: PostOptions): Promise<Posted> {
  try {
    const answer = await fetch(url, {
      method: "POST",
      redirect: "manual",
      signal: AbortSignal.any([signal, AbortSignal.timeout(within)]),
      headers: { "content-type": "application/json", ...headers },
      body,
    });
    await answer.body?.cancel();
    return { status: answer.status, error: `it answered ${answer.status}` };
  } catch (error) {
    return { status: null, error: whyNot(error, url, within) };
  }
}

/** Whether who was told has taken it. */
export function isTaken(status: Posted["status"]): status is number {
  return status !== null && status >= 200 && status < 300;
}

/** For a person. The address may hold a secret, and the system's words may name it. */
function whyNot(error: unknown, url: string, within: number): string {
  if ((error as Error).name === "TimeoutError") return `it did not answer within ${within / 1000} s`;
  const { cause, message } = error as Error;
  return (cause instanceof Error ? cause.message : message).replaceAll(url, "the address").slice(0, 300);
}
