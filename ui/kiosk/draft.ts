import { api } from "../shared/api.ts";
import { useEffect, useRef } from "../shared/html.ts";

/** How long a pause ends what is kept at once, milliseconds. */
const PAUSE = 300;

/** What could not be kept, as the session had ended: the box gets it once the same user is back. */
let left: { user: string; values: Record<string, string> } | undefined;

const keep = (values: Record<string, string> | null) =>
  api("PUT /api/drafts/:name", { name: "walk-in", body: { values } });

/**
 * Keeps what somebody types in a walk-in, in the box and for them alone: it is there again after the lock, another
 * sign-in, a reload or an update. One that is added or closed is kept no longer.
 *
 * @param user whose it is
 * @param values as they are now; null while nobody has typed anything
 * @param onFound is told what was left, once, where something was
 */
export function useDraft(
  user: string,
  values: Record<string, string> | null,
  onFound: (values: Record<string, string>) => void,
): { forget: () => void } {
  const latest = useRef(values);
  latest.current = values;
  const state = useRef({ kept: "", forgotten: false });
  const now = JSON.stringify(values);

  useEffect(() => {
    let gone = false;
    const mine = left?.user === user ? left.values : undefined;
    left = undefined;
    if (mine !== undefined) onFound(mine);
    else {
      api("GET /api/drafts/:name", { name: "walk-in" }).then((found) => {
        // who has begun to type has begun anew
        if (!gone && found.values !== null && latest.current === null) onFound(found.values);
      }, () => {});
    }
    return () => {
      gone = true;
      if (latest.current === null || state.current.forgotten) return;
      const values = latest.current;
      if (state.current.kept !== JSON.stringify(values)) keep(values).catch(() => left = { user, values });
    };
  }, []);

  useEffect(() => {
    if (values === null) return;
    const timer = setTimeout(() => {
      if (state.current.forgotten) return;
      keep(values).then(() => state.current.kept = now, () => left = { user, values });
    }, PAUSE);
    return () => clearTimeout(timer);
  }, [now]);

  return {
    forget() {
      state.current.forgotten = true;
      left = undefined;
      keep(null).catch(() => {});
    },
  };
}
