import type { Box } from "../../src/web/contract/box.ts";
import type { Session } from "../../src/web/contract/people.ts";
import type { ProblemDetails } from "../../src/web/contract/problem.ts";
import { api, Refusal, whenSignedOut } from "./api.ts";
import { setBoxClock } from "./clock.ts";
import { setPlace } from "./format.ts";
import { html, useEffect, useState, type VNode } from "./html.ts";
import { later } from "./later.ts";
import { secondsIdle, touched, useIdle } from "./idle.ts";
import type { Locked } from "./lock_screen.ts";
import { setPanel } from "./screen.ts";
import { languageOfBox } from "./text.ts";
import { remembered, TO_BE_LOCKED } from "./remembered.ts";

/** The pages of who is not signed in, or not there: nothing of what is behind them is in the page until they are. */
const LOGIN = later(async () => (await import("./login.ts")).Login, "/shared/login.css");
export const LOCK_SCREEN = later(
  async () => (await import("./lock_screen.ts")).LockScreen,
  "/shared/login.css",
  "/shared/lock.css",
);

/** Once in the life of a box. */
const FIRST_START = later(
  async () => (await import("./first_start.ts")).FirstStart,
  "/shared/login.css",
  "/shared/first_start.css",
  "/shared/time_zone_field.css",
);

/** How often a new box is asked whether it is still new, milliseconds. */
const NEW_INTERVAL = 5000;

/** Who is at the page. */
type Who =
  | { is: "new here" }
  | { is: "nobody" }
  | { is: "somebody"; session: Session }
  | { is: "locked" } & Locked;

export interface WithSessionProperties {
  /** Draws what is behind the sign-in. */
  children: (box: Box, session: Session, acts: {
    signOut: () => void;
    lock: () => void;
    changed: (session: Session) => void;
  }) => VNode;
}

/**
 * Who is at the page: the first start, the sign-in page, the lock screen, or what is behind it. While it is locked
 * nothing of what is behind is in the page.
 */
export function WithSession({ children }: WithSessionProperties) {
  const [box, setBox] = useState<Box | undefined>(undefined);
  /** undefined: not known yet */
  const [who, setWho] = useState<Who | undefined>(undefined);

  useEffect(() => {
    whenSignedOut((problem) => {
      if (problem.setup || problem.rescue) location.reload();
      else setWho(nobodyOrLocked(problem));
    });
    arrive();
  }, []);

  async function arrive() {
    try {
      // both are asked for at once: most of the time nothing comes between them
      const asked = api("GET /api/session");
      asked.catch(() => {});
      const found = await look();
      if (found.setup) return setWho({ is: "new here" });
      // the browser was closed, or the tablet slept, while nobody was there; or the box did not hear that it is locked
      if (isToBeLocked() || (found.lockSeconds ?? 0) > 0 && secondsIdle() >= (found.lockSeconds ?? 0)) {
        await tellLocked();
        await api("GET /api/session");
      }
      setWho({ is: "somebody", session: await asked });
    } catch (refusal) {
      if (refusal instanceof Refusal && refusal.status === 401) setWho(nobodyOrLocked(refusal.problem));
      else setTimeout(arrive, 1500);
    }
  }

  /** What the box says of itself before a login is less than what the pages show. */
  async function look() {
    const found = await api("GET /api/box");
    setBoxClock(found.now);
    setPlace({ timeZone: found.timeZone });
    setPanel(found.pixelsPerMillimetre);
    setBox(found);
    document.title = found.name;
    languageOfBox(found.language);
    return found;
  }

  async function enter(session: Session) {
    touched();
    remembered.removeItem(TO_BE_LOCKED);
    try {
      await look();
    } finally {
      setWho({ is: "somebody", session });
    }
  }

  async function signOut() {
    try {
      await api("DELETE /api/session");
    } finally {
      setWho({ is: "nobody" });
    }
  }

  /** What is shown goes at once; should the box not answer, it is told before the PIN is tried. */
  function lock() {
    if (who?.is !== "somebody") return;
    const { displayName, username, unlocksByPin: pin } = who.session;
    remembered.setItem(TO_BE_LOCKED, "yes");
    const telling = tellLocked().catch(() => {});
    setWho({ is: "locked", displayName: displayName || username, pin, telling });
  }

  async function unlock(pin: string) {
    if (who?.is === "locked") await who.telling;
    await enter(await api("POST /api/session/unlock", { body: { pin } }));
  }

  // it may be set up from another computer meanwhile, and a screen without a keyboard cannot ask for the page again
  useEffect(() => {
    if (who?.is !== "new here") return;
    const looking = setInterval(() => {
      api("GET /api/box").then(({ setup }) => setup ? undefined : arrive(), () => {});
    }, NEW_INTERVAL);
    return () => clearInterval(looking);
  }, [who?.is]);

  // a page may have a patient in its title, which the tab still shows
  useEffect(() => {
    if (box !== undefined && who?.is !== "somebody") document.title = box.name;
  }, [who?.is, box]);

  useIdle(who?.is === "somebody" ? box?.lockSeconds ?? 0 : 0, lock);

  if (who === undefined || box === undefined) return html`<div class="arriving" aria-busy="true"></div>`;
  switch (who.is) {
    case "new here":
      return html`<${FIRST_START.component} box=${box} onDone=${enter} />`;
    case "nobody":
      return html`<${LOGIN.component} box=${box} onSignedIn=${enter} />`;
    case "locked":
      return html`
        <${LOCK_SCREEN.component} box=${box} locked=${who} onPin=${unlock} onSignedIn=${enter}
          onGone=${() => setWho({ is: "nobody" })} />
      `;
    default:
      return children(box, who.session, {
        signOut,
        lock,
        // it may have been locked, or signed out, while the box was asked
        changed: (session: Session) => setWho((now) => now?.is === "somebody" ? { is: "somebody", session } : now),
      });
  }
}

function isToBeLocked() {
  return remembered.getItem(TO_BE_LOCKED) !== null;
}

/** @throws Refusal when the box does not answer: then it is told when the page opens again */
async function tellLocked() {
  await api("POST /api/session/lock");
  remembered.removeItem(TO_BE_LOCKED);
}

function nobodyOrLocked({ locked, displayName = "", pin = false }: ProblemDetails): Who {
  return locked ? { is: "locked", displayName, pin } : { is: "nobody" };
}
