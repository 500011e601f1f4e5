import { whyNot } from "../shared/action.ts";
import { useEffect } from "../shared/html.ts";

/**
 * Loads anew a moment after the last change of a filter.
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
  async function load(before?: number) {
    const set = Object.fromEntries(Object.entries(filter).filter(([, value]) => value.trim() !== ""));
    try {
      const query = { ...set as Partial<Filter>, ...(before && { before: String(before) }) };
      take(await ask(query), before !== undefined);
      setProblem("");
    } catch (refusal) {
      setProblem(whyNot(refusal));
    }
  }

  useEffect(() => {
    const timer = setTimeout(() => load(), 150);
    return () => clearTimeout(timer);
  }, [filter]);
  return load;
}
