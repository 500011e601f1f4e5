/**
 * A repeatable source of chance. The seed is the environment variable's value, or a new one, and is printed so that a
 * failure can be seen again.
 */
export function randomFrom(variable: string) {
  const seed = Number(Deno.env.get(variable) ?? Math.floor(Math.random() * 2 ** 31));
  console.log(`${variable}=${seed}`);
  return randomOf(seed);
}

/** The same chance each time for the same seed. */
export function randomOf(seed: number) {
  let state = seed >>> 0;
  // mulberry32
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
  return {
    seed,
    next,
    /** A whole number from 0 up to, not including, `below`. */
    below: (below: number): number => Math.floor(next() * below),
    chance: (probability: number): boolean => next() < probability,
    pick: <T>(from: readonly T[]): T => from[Math.floor(next() * from.length)]!,
  };
}

export type Random = ReturnType<typeof randomOf>;
