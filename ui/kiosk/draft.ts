import type { Draft, DraftName } from "../../src/web/contract/board.ts";
import { api } from "../shared/api.ts";
import { html, useEffect, useRef, useState } from "../shared/html.ts";
import { text } from "../shared/text.ts";

/** How long a pause ends what is kept at once, milliseconds. */
const PAUSE = 300;

type Values = NonNullable<Draft["values"]>;

/** What somebody types, in which window, and about whom. */
export interface DraftOf {
  /** Whose it is. */
  user: string;
  window: DraftName;
  /** Which appointment or person it is about; "" for a new one. A draft about another one is not taken for it. */
  about: string;
}

/** What of a draft says what it is about: no field is called so. */
const ABOUT = "about";

/** What could not be kept, as the session had ended: the box gets it once the same user is back. */
let left: { of: DraftOf; values: Values } | undefined;

const isSame = (one: DraftOf, other: DraftOf) =>
  one.user === other.user && one.window === other.window && one.about === other.about;

/** The draft that is on its way to the box. */
let underWay: Promise<void> | undefined;

/** One after the other: what was typed must not come after the word that it is kept no longer. @throws Refusal */
function keep({ window, about }: DraftOf, values: Values | null): Promise<unknown> {
  const put = () =>
    api("PUT /api/drafts/:name", {
      name: window,
      body: { values: values === null ? null : { ...values, ...(about !== "" && { [ABOUT]: about }) } },
    });
  const answer = underWay === undefined ? put() : underWay.then(put);
  const ended: Promise<void> = answer.then(() => {}, () => {}).then(() => {
    if (underWay === ended) underWay = undefined;
  });
  underWay = ended;
  return answer;
}

/** What is kept of it. @throws Refusal */
async function keptOf({ window, about }: DraftOf): Promise<Values | undefined> {
  const { values } = await api("GET /api/drafts/:name", { name: window });
  if (values === null) return undefined;
  const { [ABOUT]: of = "", ...fields } = values;
  return of === about ? fields : undefined;
}

/**
 * Keeps what somebody types in a window, in the box and for them alone: it is there again after the lock, another
 * sign-in, a reload or an update. One that is sent or closed is kept no longer.
 *
 * @param values as they are now, of what is put right only what differs: another desk may have changed the rest
 *   meanwhile; null while nobody has typed anything
 * @param onFound is told what was left, once, where something was
 * @param onClose closes the window
 * @returns whether something was left; what forgets it; and what forgets it and closes the window, once: the answer to
 *   what was sent may come after somebody has closed it, and closes no other one
 */
export function useDraft(
  of: DraftOf,
  values: Values | null,
  onFound: (values: Values) => void,
  onClose: () => void = () => {},
): { isLeft: boolean; forget: () => void; close: () => void } {
  const latest = useRef(values);
  latest.current = values;
  const state = useRef({ kept: "", sent: false, forgotten: false });
  const [isLeft, setIsLeft] = useState(false);
  const now = JSON.stringify(values);

  function take(found: Values) {
    // what it is put back to is kept anew, were it nothing
    state.current.kept = JSON.stringify(found);
    onFound(found);
    setIsLeft(true);
  }

  useEffect(() => {
    let gone = false;
    const mine = left !== undefined && isSame(left.of, of) ? left.values : undefined;
    if (mine !== undefined) {
      left = undefined;
      take(mine);
      keep(of, mine).catch(() => left = { of, values: mine });
    } else {
      keptOf(of).then((found) => {
        // who has begun to type has begun anew
        if (!gone && found !== undefined && latest.current === null) take(found);
      }, () => {});
    }
    return () => {
      gone = true;
      if (latest.current === null || state.current.forgotten) return;
      const values = latest.current;
      if (state.current.kept !== JSON.stringify(values)) keep(of, values).catch(() => left = { of, values });
    };
  }, []);

  useEffect(() => {
    if (values === null && state.current.kept === "") return;
    const timer = setTimeout(() => {
      if (state.current.forgotten || state.current.kept === now) return;
      state.current.sent = true;
      keep(of, values).then(() => state.current.kept = now, () => {
        if (values !== null) left = { of, values };
      });
    }, PAUSE);
    return () => clearTimeout(timer);
  }, [now]);

  function forget() {
    // by then another window may have a draft of the same name
    if (state.current.forgotten) return;
    state.current.forgotten = true;
    if (left !== undefined && isSame(left.of, of)) left = undefined;
    // where nobody has typed, the draft about another one stays
    if (latest.current !== null || state.current.sent || state.current.kept !== "") keep(of, null).catch(() => {});
  }

  return {
    isLeft,
    forget,
    close() {
      if (state.current.forgotten) return;
      forget();
      onClose();
    },
  };
}

/** That what stands in a window was left there before. */
export function LeftBefore({ draft }: { draft: { isLeft: boolean } }) {
  if (!draft.isLeft) return null;
  return html`<p class="lead whole" role="status">${text.walkIn.left}</p>`;
}
