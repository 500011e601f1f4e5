import { ask, Refusal, whenSignedOut } from "../shared/api.js";
import { listen } from "../shared/events.js";
import { setPlace } from "../shared/format.js";
import { html, render, useEffect, useState } from "../shared/html.js";
import { icons } from "../shared/icons.js";
import { Login } from "../shared/login.js";
import { text } from "../shared/text.js";
import { Machines } from "./machines.js";
import { Users } from "./users.js";

/** Who may see the settings: the sign-in page, a friendly no, or the settings. */
function SettingsPage() {
  const [box, setBox] = useState(undefined);
  const [session, setSession] = useState(undefined);

  useEffect(() => {
    document.title = text.settings.title;
    whenSignedOut(() => setSession(null));
    arrive();
  }, []);

  async function arrive() {
    try {
      const found = await ask("/api/box");
      setPlace(found);
      setBox(found);
      setSession(await ask("/api/session"));
    } catch (refusal) {
      if (refusal instanceof Refusal && refusal.status === 401) setSession(null);
      else setTimeout(arrive, 1500);
    }
  }

  if (session === undefined || box === undefined) return html`<div aria-busy="true"></div>`;
  if (session === null) return html`<${Login} box=${box} onSignedIn=${setSession} />`;
  return html`
    <div class="settings">
      <header class="settings-head">
        <img src="/shared/mark.svg" alt="" width="40" height="40" />
        <h1>${text.settings.title}<span>${box.name}</span></h1>
        <a class="button" href="/">${icons.calendar()}${text.settings.kiosk}</a>
      </header>
      ${session.permissions.includes("settings") ? html`<${Settings} />` : html`
        <main>
          <p class="card lead">${text.settings.onlyAdmin}</p>
        </main>
      `}
    </div>
  `;
}

function Settings() {
  const [box, setBox] = useState(undefined);
  const [machines, setMachines] = useState(undefined);

  useEffect(() => {
    const loadBox = () => ask("/api/box").then(setBox, () => {});
    const loadMachines = () => ask("/api/machines").then(setMachines, () => {});
    return listen({
      onConnected() {
        loadBox();
        loadMachines();
      },
      onLost() {
        // tells a login that has ended from a network that has
        ask("/api/machines").catch(() => {});
      },
      onEvent(noun) {
        if (noun === "machine") loadMachines();
        if (noun === "setting") loadBox();
      },
    });
  }, []);

  if (!box || !machines) return html`<main aria-busy="true"></main>`;
  return html`
    <main>
      <${Machines} machines=${machines} admission=${box.admission} onSaved=${(all) => setMachines(all)} />
      <${Users} />
      <section class="card" aria-labelledby="box-title">
        <div class="card-head">
          <div>
            <h2 id="box-title">${text.settings.box}</h2>
            <p class="lead">${text.settings.boxLead}</p>
          </div>
        </div>
        <dl class="facts big">
          <div class="whole">
            <dt>${text.connect.address}</dt>
            <dd>${box.addresses.length > 0 ? box.addresses.join(", ") : text.connect.noAddress}</dd>
          </div>
          <div class="whole">
            <dt>${text.connect.hostName}</dt>
            <dd>${box.hostName}</dd>
          </div>
          <div class="whole">
            <dt>${text.connect.aeTitle}</dt>
            <dd>${box.aeTitle}</dd>
          </div>
          <div>
            <dt>${text.connect.worklistPort}</dt>
            <dd>${box.worklistPort}</dd>
          </div>
          <div>
            <dt>${text.connect.storagePort}</dt>
            <dd>${box.storagePort}</dd>
          </div>
        </dl>
        <dl class="facts">
          <div>
            <dt>${text.settings.admissionTitle}</dt>
            <dd>${text.settings.admission[box.admission]}</dd>
          </div>
          <div>
            <dt>${text.settings.version}</dt>
            <dd>${box.version}</dd>
          </div>
        </dl>
      </section>
    </main>
  `;
}

render(html`<${SettingsPage} />`, document.querySelector("#page"));
