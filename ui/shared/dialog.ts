import { type ComponentChildren, html, useEffect, useRef } from "./html.ts";
import { icons } from "./icons.ts";
import { Keyboard } from "./keyboard.ts";
import { text } from "./text.ts";

export interface DialogProperties {
  title: string;
  onClose: () => void;
  children: ComponentChildren;
  /** Further classes, such as `wide`. */
  kind?: string;
}

/** A window over the page. The browser keeps the focus inside, and Escape or a tap outside closes it. */
export function Dialog({ title, onClose, children, kind = "" }: DialogProperties) {
  const element = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const dialog = element.current!;
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
      onPointerDown=${(event: PointerEvent) => {
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
