/** The first wait after a failure, and the longest, milliseconds. */
const FIRST = 30_000;
const LONGEST = 3_600_000;

/**
 * The latest time that a wait begun by now can end. One that ends later was begun while the clock was ahead, and is over.
 *
 * @param longest of the waits in question, milliseconds
 */
export function latestEnd(now: Date, longest = LONGEST): Date {
  return new Date(now.getTime() + longest);
}

/** When to try again after so many attempts in vain: half a minute, twice as long each time, an hour at most. */
export function nextAttempt(attempts: number, now: Date): Date {
  return new Date(now.getTime() + Math.min(LONGEST, FIRST * 2 ** Math.min(attempts, 20)));
}
