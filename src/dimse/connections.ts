/** Connections in a row that were gone before they were taken, after which everything else has its turn. */
const MOST_AT_ONCE = 50;
/** Until there may be room for a connection again, milliseconds. */
const PAUSE = 100;
/** What a peer that went away at once leaves to be accepted, by the name of its error in accept(2). */
const GONE = ["ENOTCONN", "ECONNABORTED", "ECONNRESET", "EPROTO", "EINTR"];

/**
 * The connections that come in on a listener, until it is closed. One that its peer has reset costs the next no wait;
 * there is a pause only where the system has no descriptor or memory left for one.
 *
 * @param pausing told why none can be taken for a moment
 */
export async function* connectionsOf<T>(
  listener: { accept(): Promise<T> },
  pausing: (error: unknown) => void,
): AsyncGenerator<T, void> {
  let gone = 0;
  while (true) {
    let connection: T;
    try {
      connection = await listener.accept();
    } catch (error) {
      if (error instanceof Deno.errors.BadResource || error instanceof Deno.errors.Interrupted) return; // closed
      if (!isGone(error)) {
        pausing(error);
        await wait(PAUSE);
      } else if (++gone % MOST_AT_ONCE === 0) await wait(0);
      continue;
    }
    yield connection;
  }
}

function isGone(error: unknown): boolean {
  return GONE.includes((error as { code?: string }).code ?? "") || error instanceof Deno.errors.NotConnected ||
    error instanceof Deno.errors.ConnectionAborted || error instanceof Deno.errors.ConnectionReset;
}

function wait(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

/** Whether an error of the socket says that the connection is gone. */
export function isConnectionLoss(error: unknown): boolean {
  return error instanceof Deno.errors.ConnectionReset || error instanceof Deno.errors.BrokenPipe ||
    error instanceof Deno.errors.ConnectionAborted || error instanceof Deno.errors.BadResource ||
    error instanceof Deno.errors.Interrupted || error instanceof Deno.errors.UnexpectedEof ||
    error instanceof Deno.errors.TimedOut || error instanceof Deno.errors.NotConnected;
}
