// @ts-nocheck: not typed yet
import { html, useLayoutEffect, useRef, useState } from "../shared/html.ts";
import { icons } from "../shared/icons.ts";
import { keyboardIsOn, switchKeyboard } from "../shared/keyboard.ts";
import { chooseLanguage, language, LANGUAGES, text } from "../shared/text.ts";

/** What is rarely needed: lock, connect a machine, settings, PIN, size of the screen, language, sign out. */
export function Menu({ session, onSignOut, onLock, onOpen }) {
  const [open, setOpen] = useState(false);
  const element = useRef(null);
  const opener = useRef(null);

  // not after the next paint: a key may come before that
  useLayoutEffect(() => {
    if (!open) return;
    const outside = (event) => {
      if (!element.current.contains(event.target)) setOpen(false);
    };
    const escape = (event) => {
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
    opener.current.focus();
  }

  const item = (window, icon, words) =>
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
          ${item("screen", icons.screen(), text.screen.title)}
          <button
            onClick=${() => {
              switchKeyboard(!keyboardIsOn());
              close();
            }}
          >
            ${icons.keyboard()}${keyboardIsOn() ? text.header.keyboardOff : text.header.keyboardOn}
          </button>
          ${others.map(([code, { name }]) =>
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
