/** How long a piece of long work may take before others get their turn, milliseconds. */
const SLICE = 8;
/** What is done within this is done at once, without waiting for its turn. */
const AT_ONCE = 2;

/**
 * Lets others have their turn: sockets, timers, requests. By a timer, since of a chain of `setImmediate` Deno looks at
 * sockets only now and then: a second goes by until one is answered.
 */
export function othersTurn(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0));
}

/**
 * Runs work that may take long on the main thread, in slices of a few milliseconds with others' turns between them.
 * What is short is done before this returns; of what is long only one is under way at a time, the others wait for it.
 *
 * @param work yields now and then, at least every millisecond or so
 * @throws what the work throws
 */
export function inTurns<T>(work: Generator<unknown, T>): Promise<T> {
  try {
    const begun = slice(work, AT_ONCE);
    if (begun.done) return Promise.resolve(begun.value);
  } catch (error) {
    return Promise.reject(error);
  }
  return alone(() => inSlices(work));
}

/** The same, but at once: for who has waited for their turn already. @throws what the work throws */
export async function inSlices<T>(work: Generator<unknown, T>): Promise<T> {
  while (true) {
    await othersTurn();
    const next = slice(work, SLICE);
    if (next.done) return next.value;
  }
}

/** Runs a kind of work one after the other, so that the memory of only one is taken. What it throws is thrown. */
export function oneAfterAnother(): <T>(work: () => Promise<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve();
  return (work) => {
    const mine = last.then(work, work);
    last = mine.catch(() => {}); // told to who waits for it
    return mine;
  };
}

/** Runs what takes much memory or time of objects when all of it before has ended. @throws what the work throws */
export const alone: ReturnType<typeof oneAfterAnother> = oneAfterAnother();

/** @returns the result, once it is there */
function slice<T>(
  work: Generator<unknown, T>,
  milliseconds: number,
): { done: true; value: T } | { done: false; value?: undefined } {
  const until = performance.now() + milliseconds;
  while (true) {
    const step = work.next();
    if (step.done) return { done: true, value: step.value };
    if (performance.now() >= until) return { done: false };
  }
}

/** For work that is asynchronous already: lets others have their turn where some milliseconds have gone by since. */
export class Pace {
  #since = performance.now();

  /** Resolves at once while there is time in this turn, else in the next. */
  async next(): Promise<void> {
    if (performance.now() - this.#since < SLICE) return;
    await othersTurn();
    this.#since = performance.now();
  }
}
