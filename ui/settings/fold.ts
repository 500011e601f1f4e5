/** Things that repeat, as one: all of them, the newest first. */
export interface Folded<T> {
  newest: T;
  all: T[];
}

/**
 * Folds what repeats: a thing joins the one before it of the same doer, when both are the same. What others do between
 * parts nothing, so that two machines that ask in turn are two rows.
 *
 * @param things newest first
 * @param whose of whom a thing is
 * @param what what it is; undefined where it stands for itself
 */
export function fold<T>(
  things: readonly T[],
  whose: (thing: T) => string,
  what: (thing: T) => string | undefined,
): Folded<T>[] {
  const folded: Folded<T>[] = [];
  const last = new Map<string, { what: string | undefined; group: Folded<T> }>();
  for (const thing of things) {
    const before = last.get(whose(thing));
    const it = what(thing);
    if (before !== undefined && it !== undefined && before.what === it) {
      before.group.all.push(thing);
      continue;
    }
    const group = { newest: thing, all: [thing] };
    folded.push(group);
    last.set(whose(thing), { what: it, group });
  }
  return folded;
}
