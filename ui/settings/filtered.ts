// @ts-nocheck: not typed yet
// deno-lint-ignore-file no-explicit-any
import { ask } from "../shared/api.ts";
import { whyNot } from "../shared/deed.ts";
import { useEffect } from "../shared/html.ts";

/**
 * Loads anew a moment after the last change of a filter.
 *
 * @param take `isMore` where it goes on behind what is shown
 *
 * @returns loads now, or what is older
 */
export function useFiltered(
  path: string,
  filter: Record<string, string>,
  take: (found: any, isMore: boolean) => void,
  setProblem: (problem: string) => void,
): (before?: number) => Promise<void> {
  async function load(before) {
    const asked = Object.entries(filter).filter(([, value]) => value.trim() !== "");
    const query = new URLSearchParams([...asked, ...(before ? [["before", String(before)]] : [])]);
    try {
      take(await ask(`${path}?${query}`), before !== undefined);
      setProblem("");
    } catch (refusal) {
      setProblem(whyNot(refusal));
    }
  }

  useEffect(() => {
    const timer = setTimeout(load, 150);
    return () => clearTimeout(timer);
  }, [filter]);
  return load;
}
