/** How long a test waits for what must come, seconds: longer than a computer that is busy with other tests takes for it. */
export const PATIENCE = 60;

/**
 * Waits until something is so, and returns it.
 *
 * @param what is waited for; as a function it is asked in the end, and may say how far it has come
 * @throws Error after so many seconds
 */
export async function until<T>(
  what: string | (() => string),
  look: () => T | undefined | false | Promise<T | undefined | false>,
  seconds: number = PATIENCE,
): Promise<T> {
  for (const end = performance.now() + seconds * 1000;;) {
    const found = await look();
    if (found !== undefined && found !== false) return found;
    if (performance.now() > end) break;
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  throw new Error(`Waited ${seconds} seconds in vain until ${typeof what === "string" ? what : what()}`);
}
