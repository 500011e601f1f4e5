import type { Session } from "../../src/web/contract/people.ts";
import { html, useLayoutEffect, useRef, useState, type VNode } from "../shared/html.ts";
import { icons } from "../shared/icons.ts";
import { keyboardIsOn, switchKeyboard } from "../shared/keyboard.ts";
import { chooseLanguage, language, LANGUAGES, text } from "../shared/text.ts";

/** The windows that the menu opens. */
export type MenuWindow = "connect" | "pin" | "password" | "screen";

export interface MenuProperties {
  session: Session;
  onSignOut: () => void;
  onLock: () => void;
  onOpen: (window: MenuWindow) => void;
}

/** What is rarely needed: lock, connect a machine, settings, PIN, password, size of the screen, language, sign out. */
export function Menu({ session, onSignOut, onLock, onOpen }: MenuProperties) {
  const [open, setOpen] = useState(false);
  const element = useRef<HTMLDivElement>(null);
  const opener = useRef<HTMLButtonElement>(null);

  // not after the next paint: a key may come before that
  useLayoutEffect(() => {
    if (!open) return;
    const outside = ({ target }: PointerEvent) => {
      if (!(target instanceof Node && element.current?.contains(target))) setOpen(false);
    };
    const escape = (event: KeyboardEvent) => {
      if (event.key === "Escape") close();
    };
    addEventListener("pointerdown", outside);
    addEventListener("keydown", escape);
    return () => {
      removeEventListener("pointerdown", outside);
      removeEventListener("keydown", escape);
    };
  }, [open]);

  /** The focus goes back to where the menu was opened, and a window that is opened by it gives it back there. */
  function close() {
    setOpen(false);
    opener.current?.focus();
  }

  const item = (window: MenuWindow, icon: VNode, words: string) =>
    html`
      <button
        onClick=${() => {
          close();
          onOpen(window);
        }}
      >
        ${icon}${words}
      </button>
    `;
  const others = Object.entries(LANGUAGES).filter(([code]) => code !== language);
  return html`
    <div class="menu" ref=${element}>
      <button
        ref=${opener}
        class="button quiet round"
        aria-label=${text.header.menu}
        aria-expanded=${open}
        onClick=${() => setOpen(!open)}
      >
        ${icons.menu()}
      </button>
      ${open && html`
        <div class="menu-sheet">
          <p class="menu-user">${text.header.signedInAs(session.displayName || session.username)}</p>
          <button onClick=${onLock}>${icons.lock()}${text.lock.now}</button>
          ${item("connect", icons.plug(), text.connect.title)}
          ${session.permissions.includes("settings") &&
            html`<a href="/settings">${icons.gear()}${text.header.settings}</a>`}
          ${item("pin", icons.dots(), session.pin ? text.pin.change : text.pin.set)}
          ${item("password", icons.key(), text.ownPassword.title)}
          ${item("screen", icons.screen(), text.screen.title)}
          <button
            onClick=${() => {
              switchKeyboard(!keyboardIsOn());
              close();
            }}
          >
            ${icons.keyboard()}${keyboardIsOn() ? text.header.keyboardOff : text.header.keyboardOn}
          </button>
          ${others.map(([code, name]) =>
            html`
              <button key=${code} lang=${code} onClick=${() => chooseLanguage(code)}>${icons.language()}${name}</button>
            `
          )}
          <button onClick=${onSignOut}>${icons.out()}${text.header.signOut}</button>
        </div>
      `}
    </div>
  `;
}
