/** The first wait after a failure, and the longest, milliseconds. */
const FIRST = 30_000;
const LONGEST = 3_600_000;

/** When to try again after so many attempts in vain: half a minute, twice as long each time, an hour at most. */
export function nextAttempt(attempts: number, now: Date): Date {
  return new Date(now.getTime() + Math.min(LONGEST, FIRST * 2 ** Math.min(attempts, 20)));
}

/** The latest time that `nextAttempt` gives now. A later one was set by a clock that was ahead: it does not count. */
export function latestAttempt(now: Date): Date {
  return new Date(now.getTime() + LONGEST);
}
