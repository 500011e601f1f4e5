import type { Box } from "../../src/web/contract/box.ts";
import type { Machine } from "../../src/web/contract/machines.ts";
import type { Session } from "../../src/web/contract/people.ts";
import { api, whenSecondAdmin } from "../shared/api.ts";
import { listen } from "../shared/events.ts";
import { WithSession, type WithSessionProperties } from "../shared/session.ts";
import { html, renderPage, useEffect, useRef, useState, type VNode } from "../shared/html.ts";
import { icons } from "../shared/icons.ts";
import { Keyboard } from "../shared/keyboard.ts";
import { StopBanner } from "../shared/stop_banner.ts";
import { text } from "../shared/text.ts";
import { Audit } from "./audit.ts";
import { Clinic } from "./clinic.ts";
import { Computer } from "./computer.ts";
import { Destinations } from "./destinations.ts";
import { DicomSecurity } from "./dicom_security.ts";
import { General } from "./general.ts";
import { MachinePage } from "./machine_page.ts";
import { Logs } from "./logs.ts";
import { Machines } from "./machines.ts";
import { Network } from "./network.ts";
import { askSecondAdmin } from "./second_admin.ts";
import { Security } from "./security.ts";
import { Storage } from "./storage.ts";
import { Updates } from "./updates.ts";
import { Users } from "./users.ts";

/** What each page of the settings may show, and whom it tells that machines have changed. */
interface PageProperties {
  box: Box;
  machines: Machine[];
  onChanged: () => Promise<void>;
}

type PageName = keyof typeof text.pages;

/** The pages of the settings, in the order of the menu. A page is added here. */
const PAGES: Record<PageName, { icon: () => VNode; page: (properties: PageProperties) => VNode }> = {
  machines: { icon: icons.plug, page: Machines },
  people: { icon: icons.people, page: Users },
  general: { icon: icons.house, page: General },
  clinic: { icon: icons.database, page: Clinic },
  storage: { icon: icons.disk, page: Storage },
  forwarding: { icon: icons.send, page: Destinations },
  network: { icon: icons.network, page: Network },
  security: { icon: icons.shield, page: Security },
  dicom: { icon: icons.lock, page: DicomSecurity },
  logs: { icon: icons.list, page: Logs },
  updates: { icon: icons.down, page: Updates },
  computer: { icon: icons.gear, page: Computer },
  audit: { icon: icons.book, page: Audit },
};

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

  const nav = useRef<HTMLElement>(null);
  useEffect(() => {
    // within the list alone: the page itself is shown from its top
    const list = nav.current;
    const one = list?.querySelector<HTMLElement>("[aria-current]");
    if (!list || !one) return;
    list.scrollLeft = one.offsetLeft - (list.clientWidth - one.offsetWidth) / 2;
    if (one.offsetTop < list.scrollTop) list.scrollTop = one.offsetTop;
    list.scrollTop = Math.max(list.scrollTop, one.offsetTop + one.offsetHeight - list.clientHeight);
  }, [place]);

  const machine = place.name === "machine" ? machines?.find(({ id }) => id === place.id) : undefined;
  const name = place.name === "machine" ? "machines" : place.name;
  const Page = PAGES[name].page;
  return html`
    <div class="settings-body">
      <nav class="settings-nav" ref=${nav} aria-label=${text.settings.title}>
        ${Object.entries(PAGES).map(([one, { icon }]) =>
          html`
            <a key=${one} href=${`#${one}`} aria-current=${one === name ? "page" : undefined}>
              ${icon()}<span>${text.pages[one as PageName]}</span>
            </a>
          `
        )}
      </nav>
      <main class="settings-page" aria-busy=${!box || !machines}>
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
  return { name: isPage(name) ? name : "machines" };
}

function isPage(name: string): name is PageName {
  return Object.hasOwn(PAGES, name);
}

whenSecondAdmin(askSecondAdmin);
const children: WithSessionProperties["children"] = (box, session, { lock }) =>
  html`<${SettingsPage} box=${box} session=${session} onLock=${lock} />`;

renderPage(html`<${WithSession}>${children}<//>`);
