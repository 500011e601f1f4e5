import { whyNot } from "../shared/action.ts";
import { useEffect, useRef } from "../shared/html.ts";

/**
 * Loads anew a moment after the last change of a filter. Only the answer to what was asked last counts.
 *
 * @param ask what is set of the filter, and `before` for what is older than what is shown
 * @param take `isMore` where it goes on behind what is shown
 * @returns loads now, or what is older
 */
export function useFiltered<Filter extends Record<string, string>, Found>(
  filter: Filter,
  ask: (query: Partial<Filter> & { before?: string }) => Promise<Found>,
  take: (found: Found, isMore: boolean) => void,
  setProblem: (problem: string) => void,
): (before?: number) => Promise<void> {
  const asked = useRef(0);
  // whoever loads after an answer means the filter as it is then
  const latest = useRef(filter);
  latest.current = filter;

  async function load(before?: number) {
    const turn = ++asked.current;
    const set = Object.fromEntries(Object.entries(latest.current).filter(([, value]) => value.trim() !== ""));
    try {
      const query = { ...set as Partial<Filter>, ...(before && { before: String(before) }) };
      const found = await ask(query);
      if (turn !== asked.current) return;
      take(found, before !== undefined);
      setProblem("");
    } catch (refusal) {
      if (turn === asked.current) setProblem(whyNot(refusal));
    }
  }

  useEffect(() => {
    const timer = setTimeout(() => load(), 150);
    return () => clearTimeout(timer);
  }, [filter]);
  return load;
}
