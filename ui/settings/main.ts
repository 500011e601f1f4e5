import type { Box } from "../../src/web/contract/box.ts";
import type { Machine } from "../../src/web/contract/machines.ts";
import type { Session } from "../../src/web/contract/people.ts";
import { api, whenSecondAdmin } from "../shared/api.ts";
import { listen } from "../shared/events.ts";
import { WithSession, type WithSessionProperties } from "../shared/session.ts";
import { html, renderPage, useEffect, useRef, useState } from "../shared/html.ts";
import { icons } from "../shared/icons.ts";
import { Keyboard } from "../shared/keyboard.ts";
import { StopBanner } from "../shared/stop_banner.ts";
import { text } from "../shared/text.ts";
import { Menu, Tabs } from "./menu.ts";
import { MachinePage } from "./machine_page.ts";
import { isPage, type PageName, PAGES } from "./pages.ts";
import { askSecondAdmin } from "./second_admin.ts";

function reloadWhenClosed() {
  if (document.querySelector("dialog[open]") === null) return location.reload();
  setTimeout(reloadWhenClosed, 2000);
}

/** The settings, for who may; a friendly no for others. */
function SettingsPage({ box, session, onLock }: { box: Box; session: Session; onLock: () => void }) {
  return html`
    <div class="settings">
      <header class="settings-head">
        <img src="/shared/mark.svg" alt="" width="40" height="40" />
        <h1>${text.settings.title}<span>${box.name}</span></h1>
        <button class="button" aria-label=${text.lock.now} title=${text.lock.now} onClick=${onLock}>${icons
          .lock()}</button>
        <a class="button" href="/" aria-label=${text.settings.kiosk}>${icons
          .calendar()}<span class="button-words">${text.settings.kiosk}</span></a>
      </header>
      <${StopBanner} />
      ${session.permissions.includes("settings") ? html`<${Settings} />` : html`
        <main class="settings-page">
          <p class="card lead">${text.settings.onlyAdmin}</p>
        </main>
      `}
      <${Keyboard} />
    </div>
  `;
}

function Settings() {
  const [box, setBox] = useState<Box | undefined>(undefined);
  const [machines, setMachines] = useState<Machine[] | undefined>(undefined);
  const [place, setPlace] = useState(placeNow);

  useEffect(() => {
    const moved = () => {
      setPlace(placeNow());
      scrollTo(0, 0);
    };
    addEventListener("hashchange", moved);
    return () => removeEventListener("hashchange", moved);
  }, []);

  const asked = useRef(0);

  /** Only the answer to what was asked last counts. @throws Refusal */
  async function loadMachines() {
    const turn = ++asked.current;
    const found = await api("GET /api/machines");
    if (turn === asked.current) setMachines(found);
  }

  useEffect(() => {
    const loadBox = () => api("GET /api/box").then(setBox, () => {});
    let version: string | undefined;
    return listen({
      onConnected(hello) {
        // the box was updated: its pages are new as well, once no window is open in which somebody types
        if (version !== undefined && version !== hello.version) reloadWhenClosed();
        version = hello.version;
        loadBox();
        loadMachines().catch(() => {});
      },
      onLost() {
        // tells a login that has ended from a network that has
        api("GET /api/machines").catch(() => {});
      },
      onEvent({ noun }) {
        if (noun === "machine") loadMachines().catch(() => {});
        if (noun === "setting") loadBox();
      },
    });
  }, []);

  const machine = place.name === "machine" ? machines?.find(({ id }) => id === place.id) : undefined;
  const name = place.name === "machine" ? "machines" : place.name;
  const Page = PAGES[name];
  return html`
    <div class="settings-body">
      <${Menu} page=${name} />
      <main class="settings-page" aria-busy=${!box || !machines}>
        <${Tabs} page=${name} />
        ${box && machines &&
          (machine
            ? html`<${MachinePage} key=${machine.id} machine=${machine} onChanged=${loadMachines} />`
            : html`<${Page} box=${box} machines=${machines} onChanged=${loadMachines} />`)}
      </main>
    </div>
  `;
}

/** The page in the address: the hash is for a page only, and a machine has one of its own. */
function placeNow(): { name: PageName } | { name: "machine"; id: string } {
  const [name = "", id = ""] = decodeURIComponent(location.hash.slice(1)).split("/");
  if (name === "machine") return { name, id };
  return { name: isPage(name) ? name : "home" };
}

whenSecondAdmin(askSecondAdmin);
const children: WithSessionProperties["children"] = (box, session, { lock }) =>
  html`<${SettingsPage} box=${box} session=${session} onLock=${lock} />`;

renderPage(html`<${WithSession}>${children}<//>`);
