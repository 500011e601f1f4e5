import { html, useEffect, useRef } from "./html.js";
import { icons } from "./icons.js";
import { Keyboard } from "./keyboard.js";
import { text } from "./text.js";

/**
 * A window over the page. The browser keeps the focus inside, and Escape or a tap outside closes it.
 *
 * @param {{ title: string, onClose: () => void, children: unknown, kind?: string }} properties
 */
export function Dialog({ title, onClose, children, kind = "" }) {
  const element = useRef(null);
  useEffect(() => {
    const dialog = element.current;
    const before = document.activeElement;
    dialog.showModal();
    return () => {
      dialog.close();
      if (before instanceof HTMLElement) before.focus({ preventScroll: true });
    };
  }, []);
  return html`
    <dialog
      ref=${element}
      class=${`dialog ${kind}`}
      aria-label=${title}
      onCancel=${(event) => {
        event.preventDefault();
        onClose();
      }}
      onPointerDown=${(event) => {
        if (event.target === element.current) onClose();
      }}
    >
      <div class="dialog-body">
        <header class="dialog-head">
          <h2>${title}</h2>
          <button type="button" class="button quiet round" onClick=${onClose} aria-label=${text.close}>
            ${icons.close()}
          </button>
        </header>
        ${children}
      </div>
      <${Keyboard} />
    </dialog>
  `;
}
