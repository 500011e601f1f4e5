import { html, useEffect, useRef, useState } from "../shared/html.js";
import { icons } from "../shared/icons.js";
import { keyboardIsOn, switchKeyboard } from "../shared/keyboard.js";
import { chooseLanguage, language, LANGUAGES, text } from "../shared/text.js";

/** What is rarely needed: connect a machine, settings, language, sign out. */
export function Menu({ session, onSignOut, onConnect }) {
  const [open, setOpen] = useState(false);
  const element = useRef(null);

  useEffect(() => {
    if (!open) return;
    const outside = (event) => {
      if (!element.current.contains(event.target)) setOpen(false);
    };
    const escape = (event) => {
      if (event.key === "Escape") setOpen(false);
    };
    addEventListener("pointerdown", outside);
    addEventListener("keydown", escape);
    return () => {
      removeEventListener("pointerdown", outside);
      removeEventListener("keydown", escape);
    };
  }, [open]);

  const others = Object.entries(LANGUAGES).filter(([code]) => code !== language);
  return html`
    <div class="menu" ref=${element}>
      <button
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
          <button
            onClick=${() => {
              setOpen(false);
              onConnect();
            }}
          >
            ${icons.plug()}${text.connect.title}
          </button>
          ${session.permissions.includes("settings") &&
            html`<a href="/settings">${icons.gear()}${text.header.settings}</a>`}
          <button
            onClick=${() => {
              switchKeyboard(!keyboardIsOn());
              setOpen(false);
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
