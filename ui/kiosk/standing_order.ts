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

/** The rows of a lane; of the only one where the rooms are not beside each other. */
export interface Lane {
  /** What it is called, each once. */
  name: string;
  ids: readonly string[];
}

/** The lanes as they stand, and what of them waits until somebody asks. */
export interface StandingLanes extends Omit<StandingOrder, "ids"> {
  lanes: Lane[];
}

/**
 * Lanes that stand still, each as a standing order: nobody is in two of them, and whoever belongs in another now stays
 * where they stand.
 *
 * @param shown what is shown now; undefined where somebody has asked to see it as it is
 * @param names of the lanes, in order, at least one; what belongs in none of them is in the last
 * @param wanted what would be shown, in order, and in which lane
 */
export function standingLanes(
  shown: readonly Lane[] | undefined,
  names: readonly string[],
  wanted: readonly { id: string; lane: string }[],
  mayInsertBefore: (id: string | undefined) => boolean,
): StandingLanes {
  const held = shown?.map(({ name }) => name) ?? names;
  const stands = new Map(shown?.flatMap(({ name, ids }) => ids.map((id) => [id, name])));
  const laneOf = (lane: string) => held.includes(lane) ? lane : held.at(-1);
  let added = 0;
  // a lane more or less would move the others
  let stale = held.join("\n") === names.join("\n") ? 0 : 1;
  const lanes = held.map((name, place) => {
    const here = wanted.filter(({ id, lane }) => laneOf(lane) === name && (stands.get(id) ?? name) === name)
      .map(({ id }) => id);
    const order = shown === undefined ? undefined : standingOrder(shown[place]!.ids, here, mayInsertBefore);
    added += order?.added ?? 0;
    stale += order?.stale ?? 0;
    return { name, ids: order?.ids ?? here };
  });
  return { lanes, added, stale };
}
