import type { LiveEvent } from "../../src/web/contract/events.ts";
import { whyNot } from "../shared/action.ts";
import { listen } from "../shared/events.ts";
import { useEffect, useRef, useState } from "../shared/html.ts";

/**
 * What the box says of something, kept fresh: asked for now, when an event of `noun` comes, and every so often. Only the
 * answer to what was asked last counts.
 *
 * @param look throws a `Refusal`
 * @param when `every` in milliseconds
 */
export function useLive<T>(
  look: () => Promise<T>,
  { noun, every }: { noun: LiveEvent["noun"]; every: number },
): { found: T | undefined; problem: string; reload: () => Promise<void> } {
  const [found, setFound] = useState<T | undefined>(undefined);
  const [problem, setProblem] = useState("");
  const asked = useRef(0);

  async function reload() {
    const turn = ++asked.current;
    try {
      const next = await look();
      if (turn !== asked.current) return;
      setFound(next);
      setProblem("");
    } catch (refusal) {
      if (turn === asked.current) setProblem(whyNot(refusal));
    }
  }

  useEffect(() => {
    const timer = setInterval(reload, every);
    const stop = listen({
      onConnected: reload,
      onLost() {},
      onEvent(event) {
        if (event.noun === noun) reload();
      },
    });
    reload();
    return () => {
      asked.current++;
      clearInterval(timer);
      stop();
    };
  }, []);

  return { found, problem, reload };
}
