// @ts-nocheck: not typed yet
import { Gate } from "../shared/gate.ts";
import { html, render } from "../shared/html.ts";
import { Desk } from "./desk.ts";

render(
  html`
    <${Gate}>
      ${(box, session, { signOut, lock, changed }) =>
        html`<${Desk} box=${box} session=${session} onSignOut=${signOut} onLock=${lock} onSession=${changed} />`}
    <//>
  `,
  document.querySelector("#page"),
);
