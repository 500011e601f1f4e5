import { Gate } from "../shared/gate.js";
import { html, render } from "../shared/html.js";
import { Desk } from "./desk.js";

render(
  html`
    <${Gate}>
      ${(box, session, { signOut, lock, changed }) =>
        html`<${Desk} box=${box} session=${session} onSignOut=${signOut} onLock=${lock} onSession=${changed} />`}
    <//>
  `,
  document.querySelector("#page"),
);
