import { useEffect, useLayoutEffect, useRef } from "../shared/html.ts";

/** How long after a row has moved a tap on it may still be meant for what was there before, milliseconds. */
const AIMED_WITHIN = 700;
/** How far a row may shift and still be what the finger aims at, CSS pixels. */
const UNNOTICED = 4;

/**
 * A tap on the action of a row which has just come or moved does nothing: it was meant for what stood there before. Called
 * by what draws the rows, each of which is a `[data-id]` with a `.row-action`.
 *
 * @returns a ref for the element around the rows
 */
export function useSteady() {
  const list = useRef<HTMLElement>(null);
  /** when each row last moved */
  const movedAt = useRef(new Map<string, number>());
  // both measured in one go, before and after the rows are drawn: what the page is scrolled in between is no movement
  const before = places(list.current);

  useLayoutEffect(() => {
    const now = performance.now();
    for (const [id, top] of places(list.current)) {
      // a list that is shown for the first time, or that is of another day, has nothing anybody aimed at
      if (before.size === 0) continue;
      const was = before.get(id);
      if (was === undefined || Math.abs(top - was) > UNNOTICED) movedAt.current.set(id, now);
    }
  });

  useEffect(() => {
    const element = list.current!;
    const guard = (event: MouseEvent) => {
      // what a row shows more of may be looked at, whoever it is
      const action = event.target instanceof Element ? event.target.closest(".row-action") : null;
      const id = action?.closest<HTMLElement>("[data-id]")?.dataset.id ?? "";
      if (performance.now() - (movedAt.current.get(id) ?? -Infinity) >= AIMED_WITHIN) return;
      event.preventDefault();
      event.stopPropagation();
    };
    element.addEventListener("click", guard, { capture: true });
    return () => element.removeEventListener("click", guard, { capture: true });
  }, []);

  return list;
}

/** @returns where each row begins, from the top of the window */
function places(list: HTMLElement | null): Map<string, number> {
  const rows = [...list?.querySelectorAll<HTMLElement>("[data-id]") ?? []];
  return new Map(rows.map((row) => [row.dataset.id ?? "", row.getBoundingClientRect().top]));
}
