import { WithSession, type WithSessionProperties } from "../shared/session.ts";
import { html, renderPage } from "../shared/html.ts";
import { Desk } from "./desk.ts";

const children: WithSessionProperties["children"] = (box, session, { signOut, lock, changed }) =>
  html`<${Desk} box=${box} session=${session} onSignOut=${signOut} onLock=${lock} onSession=${changed} />`;

renderPage(html`<${WithSession}>${children}<//>`);
