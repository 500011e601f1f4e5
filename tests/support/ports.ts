/**
 * The variable with the ports that a file of tests may take for what it starts, as `from-to`, when the test command runs
 * it beside others; named as no setting of the box is. All are below those that the system gives to who asks for any:
 * nobody takes one between its choice and its use.
 */
export const OWN_PORTS = "TEST_PORTS";
/** Those of all files together. */
export const FIRST_PORT = 12_000;
export const LAST_PORT = 31_999;

let next: number | undefined;

/** A port of loopback that is free now, and that no other test is given meanwhile. */
export function freePort(): string {
  const [first, last] = (Deno.env.get(OWN_PORTS) ?? `${FIRST_PORT}-${LAST_PORT}`).split("-").map(Number) as [
    number,
    number,
  ];
  const count = last - first + 1;
  next ??= Math.floor(Math.random() * count); // whoever runs the tests a second time on this machine begins elsewhere
  for (let tries = 0; tries < count; tries++) {
    const port = first + next;
    next = (next + 1) % count;
    if (isFree(port)) return String(port);
  }
  throw new Error(`None of the ports ${first} to ${last} is free`);
}

function isFree(port: number): boolean {
  try {
    Deno.listen({ hostname: "127.0.0.1", port }).close();
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.AddrInUse) return false;
    throw error;
  }
}

/** Whether somebody takes connections on a port of loopback. */
export async function listens(port: string | number): Promise<boolean> {
  try {
    (await Deno.connect({ hostname: "127.0.0.1", port: Number(port) })).close();
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.ConnectionRefused) return false;
    throw error;
  }
}
