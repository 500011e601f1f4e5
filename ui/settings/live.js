import { whyNot } from "../shared/deed.js";
import { listen } from "../shared/events.js";
import { useEffect, useRef, useState } from "../shared/html.js";

/**
 * What the box says of something, kept fresh: asked for now, when an event of `noun` comes, and every so often.
 *
 * @template T
 * @param {() => Promise<T>} look throws a `Refusal`
 * @param {{ noun: string, every: number }} when `every` in milliseconds
 * @returns {{ found: T | undefined, problem: string, reload: () => Promise<void> }}
 */
export function useLive(look, { noun, every }) {
  const [found, setFound] = useState(undefined);
  const [problem, setProblem] = useState("");
  const gone = useRef(false);

  async function reload() {
    try {
      const next = await look();
      if (gone.current) return;
      setFound(next);
      setProblem("");
    } catch (refusal) {
      if (!gone.current) setProblem(whyNot(refusal));
    }
  }

  useEffect(() => {
    const timer = setInterval(reload, every);
    const stop = listen({
      onConnected: reload,
      onLost() {},
      onEvent(changed) {
        if (changed === noun) reload();
      },
    });
    reload();
    return () => {
      gone.current = true;
      clearInterval(timer);
      stop();
    };
  }, []);

  return { found, problem, reload };
}
