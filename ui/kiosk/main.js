import { ask, Refusal, whenSignedOut } from "../shared/api.js";
import { setPlace } from "../shared/format.js";
import { html, render, useEffect, useState } from "../shared/html.js";
import { Desk } from "./desk.js";
import { Login } from "../shared/login.js";

/** Who is at the desk: the sign-in page, or the day. */
function Kiosk() {
  const [box, setBox] = useState(undefined);
  // undefined: not known yet; null: nobody
  const [session, setSession] = useState(undefined);

  useEffect(() => {
    whenSignedOut(() => setSession(null));
    arrive();
  }, []);

  async function arrive() {
    try {
      const found = await ask("/api/box");
      setPlace(found);
      setBox(found);
      document.title = found.name;
      setSession(await ask("/api/session"));
    } catch (refusal) {
      if (refusal instanceof Refusal && refusal.status === 401) setSession(null);
      else setTimeout(arrive, 1500);
    }
  }

  /** What the box says of itself before a login is less than what the desk shows. */
  async function enter(session) {
    try {
      setBox(await ask("/api/box"));
    } finally {
      setSession(session);
    }
  }

  async function signOut() {
    try {
      await ask("/api/session", { method: "DELETE" });
    } finally {
      setSession(null);
    }
  }

  if (session === undefined || box === undefined) return html`<div class="arriving" aria-busy="true"></div>`;
  if (session === null) return html`<${Login} box=${box} onSignedIn=${enter} />`;
  return html`<${Desk} box=${box} session=${session} onSignOut=${signOut} />`;
}

render(html`<${Kiosk} />`, document.querySelector("#page"));
