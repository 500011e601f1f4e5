import { html } from "./html.js";

/** @param {unknown} shapes @param {string} [kind] */
const icon = (shapes, kind = "") =>
  html`<svg class=${`icon ${kind}`} viewBox="0 0 24 24" aria-hidden="true" focusable="false">${shapes}</svg>`;

export const icons = {
  previous: () => icon(html`<path d="m14.5 5-7 7 7 7" />`),
  next: () => icon(html`<path d="m9.5 5 7 7-7 7" />`),
  down: () => icon(html`<path d="m5.5 9 6.5 6.5L18.5 9" />`),
  search: () =>
    icon(html`
      <circle cx="10.5" cy="10.5" r="6.5" />
      <path d="m15.5 15.5 5 5" />
    `),
  close: () => icon(html`<path d="m6 6 12 12M18 6 6 18" />`),
  menu: () => icon(html`<path d="M4 7h16M4 12h16M4 17h16" />`),
  plug: () => icon(html`<path d="M9 3v5M15 3v5M6.5 8h11v3.5a5.5 5.5 0 0 1-11 0ZM12 17v4" />`),
  tray: () => icon(html`<path d="M4 13.5 6.5 5h11L20 13.5V19H4ZM4 13.5h4.5l1.5 2.5h4l1.5-2.5H20" />`),
  send: () => icon(html`<path d="M4 12h14M12.5 6l6 6-6 6" />`),
  undo: () => icon(html`<path d="M9 7 4.5 11.5 9 16M5 11.5h9a5 5 0 0 1 0 10h-1.5" />`),
  alert: () =>
    icon(html`
      <path d="M12 4 2.8 20h18.4ZM12 10v4.5" />
      <circle cx="12" cy="17.2" r=".6" />
    `),
  check: () => icon(html`<path d="m5 12.5 4.5 4.5L19 7.5" />`),
  play: () => icon(html`<path d="M8 5.5v13l11-6.5Z" />`, "solid"),
  pause: () => icon(html`<path d="M7 5h3.5v14H7ZM13.5 5H17v14h-3.5Z" />`, "solid"),
  ruler: () => icon(html`<path d="m3 16.5 13.5-13.5L21 7.5 7.5 21ZM7 12.5l2 2M10 9.5l2.5 2.5M13 6.5l2 2" />`),
  image: () =>
    icon(html`
      <path d="M4 5h16v14H4ZM4 16l5-5 4 4 2.5-2.5L20 17" />
      <circle cx="15.5" cy="9" r="1.2" />
    `),
  save: () => icon(html`<path d="M12 4v11M7 10.5l5 5 5-5M4.5 20h15" />`),
  gear: () =>
    icon(
      html`
        <circle cx="12" cy="12" r="3" />
        <path
          d="M12 3v2.5M12 18.5V21M3 12h2.5M18.5 12H21M5.6 5.6l1.8 1.8M16.6 16.6l1.8 1.8M18.4 5.6l-1.8 1.8M7.4 16.6l-1.8 1.8"
        />
      `,
    ),
  out: () => icon(html`<path d="M13 4H5v16h8M10 12h10M16 7.5l4.5 4.5L16 16.5" />`),
  backspace: () => icon(html`<path d="M8.5 5.5H20v13H8.5L3 12ZM11.5 9.5l5 5M16.5 9.5l-5 5" />`),
  shift: () => icon(html`<path d="m12 4 7.5 8H16v7H8v-7H4.5Z" />`),
  keyboard: () => icon(html`<path d="M3 6.5h18v11H3ZM7 10h.01M10.5 10h.01M14 10h.01M17.5 10h.01M8 14h8" />`),
  add: () => icon(html`<path d="M12 5v14M5 12h14" />`),
  calendar: () => icon(html`<path d="M4 6h16v14H4ZM4 10.5h16M8 3.5V8M16 3.5V8" />`),
  language: () =>
    icon(html`
      <circle cx="12" cy="12" r="8.5" />
      <path d="M3.5 12h17M12 3.5c5 5 5 12 0 17M12 3.5c-5 5-5 12 0 17" />
    `),
};
