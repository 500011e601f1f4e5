import { useEffect, useLayoutEffect, useRef, useState } from "../shared/html.ts";

/** How long after something has moved a tap on it may still be meant for what was there before, milliseconds. */
const AIMED_WITHIN = 700;
/** How far something may shift and still be what the finger aims at, CSS pixels. */
const UNNOTICED = 4;

/**
 * A tap on what has just come or moved does nothing: it was meant for what stood there before. Called by what draws them,
 * each of which is a `[data-id]`.
 *
 * @returns a ref for the element around them
 */
export function useSteady() {
  const list = useRef<HTMLElement>(null);
  /** when each one last moved */
  const movedAt = useRef(new Map<string, number>());
  // both measured in one go, before and after the rows are drawn: what the page is scrolled in between is no movement
  const before = places(list.current);

  useLayoutEffect(() => {
    const now = performance.now();
    for (const [id, { top, left }] of places(list.current)) {
      // a list that is shown for the first time, or that is of another day, has nothing anybody aimed at
      if (before.size === 0) continue;
      const was = before.get(id);
      if (was === undefined || Math.max(Math.abs(top - was.top), Math.abs(left - was.left)) > UNNOTICED) {
        movedAt.current.set(id, now);
      }
    }
  });

  useEffect(() => {
    const element = list.current!;
    const guard = (event: MouseEvent) => {
      const moved = event.target instanceof Element ? event.target.closest<HTMLElement>("[data-id]") : null;
      if (performance.now() - (movedAt.current.get(moved?.dataset.id ?? "") ?? -Infinity) >= AIMED_WITHIN) return;
      event.preventDefault();
      event.stopPropagation();
    };
    element.addEventListener("click", guard, { capture: true });
    return () => element.removeEventListener("click", guard, { capture: true });
  }, []);

  return list;
}

/** @returns where each one begins in the window */
function places(list: HTMLElement | null): Map<string, DOMRect> {
  const rows = [...list?.querySelectorAll<HTMLElement>("[data-id]") ?? []];
  return new Map(rows.map((row) => [row.dataset.id ?? "", row.getBoundingClientRect()]));
}

/** How long a button that has taken another one's place does nothing, milliseconds: a second tap was meant for that. */
const REST = 2000;
/** The same where somebody has chosen another person, or a thing that they saw come, milliseconds. */
const SHORT_REST = 400;

/**
 * Whether what a button means has changed just now, by whomever: until it has not, it does nothing.
 *
 * @param subject whom it is about
 * @param meaning what it does
 */
export function useRest(subject: string, meaning: string, milliseconds = REST): boolean {
  const [, redraw] = useState(0);
  const last = useRef({ subject, meaning, since: -Infinity, rest: 0 });
  if (last.current.subject !== subject || last.current.meaning !== meaning) {
    const rest = last.current.subject === subject ? milliseconds : SHORT_REST;
    last.current = { subject, meaning, since: performance.now(), rest };
  }
  const left = last.current.rest - (performance.now() - last.current.since);
  useEffect(() => {
    if (left <= 0) return;
    const timer = setTimeout(() => redraw((n) => n + 1), left + 10);
    return () => clearTimeout(timer);
  }, [subject, meaning]);
  return left > 0;
}
