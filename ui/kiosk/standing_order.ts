/**
 * A list that stands still: what comes is added where it moves nothing that can be touched, else it waits until somebody
 * asks for it; what no longer belongs there keeps its place until then.
 */
export interface StandingOrder {
  /** What is shown, in the order shown. */
  ids: string[];
  /** How many wait to be shown. */
  added: number;
  /** How many are shown that no longer belong there, or not at this place. */
  stale: number;
}

/**
 * @param shown what is shown now, in its order
 * @param wanted what would be shown if nobody's finger were on its way
 * @param mayInsertBefore whether a row may be put before the one with this id; undefined is the end
 */
export function standingOrder(
  shown: readonly string[],
  wanted: readonly string[],
  mayInsertBefore: (id: string | undefined) => boolean,
): StandingOrder {
  const ids = [...shown];
  const places = new Map(wanted.map((id, place) => [id, place]));
  const known = new Set(ids);
  let added = 0;
  for (const [place, id] of wanted.entries()) {
    if (known.has(id)) continue;
    // behind the last one that comes before it, as they stand
    let before = ids.length - 1;
    while (before >= 0 && (places.get(ids[before]!) ?? Infinity) >= place) before--;
    if (mayInsertBefore(ids[before + 1])) ids.splice(before + 1, 0, id);
    else added++;
  }
  return { ids, added, stale: outOfPlace(shown, places) };
}

/** How many would have to go or to move. */
function outOfPlace(shown: readonly string[], places: ReadonlyMap<string, number>): number {
  let furthest = -1;
  let count = 0;
  for (const id of shown) {
    const place = places.get(id);
    if (place === undefined || place < furthest) count++;
    else furthest = place;
  }
  return count;
}
