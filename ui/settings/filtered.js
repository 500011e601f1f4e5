import { ask } from "../shared/api.js";
import { whyNot } from "../shared/deed.js";
import { useEffect } from "../shared/html.js";

/**
 * Loads anew a moment after the last change of a filter.
 *
 * @param {string} path
 * @param {Record<string, string>} filter
 * @param {(found: any, isMore: boolean) => void} take `isMore` where it goes on behind what is shown
 * @param {(problem: string) => void} setProblem
 * @returns {(before?: number) => Promise<void>} loads now, or what is older
 */
export function useFiltered(path, filter, take, setProblem) {
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
