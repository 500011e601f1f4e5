import { html, type VNode } from "./html.ts";

const icon = (shapes: VNode, kind = "") =>
  html`<svg class=${`icon ${kind}`} viewBox="0 0 24 24" aria-hidden="true" focusable="false">${shapes}</svg>`;

export const icons = {
  previous: () => icon(html`<path d="m14.5 5-7 7 7 7" />`),
  next: () => icon(html`<path d="m9.5 5 7 7-7 7" />`),
  down: () => icon(html`<path d="m5.5 9 6.5 6.5L18.5 9" />`),
  up: () => icon(html`<path d="M5.5 15.5 12 9l6.5 6.5" />`),
  clock: () =>
    icon(html`
      <circle cx="12" cy="12" r="8.5" />
      <path d="M12 7v5.2l3.4 2" />
    `),
  edit: () => icon(html`<path d="m4 20 1-4.5L16 4.5l3.5 3.5L8.5 19ZM13.5 7l3.5 3.5" />`),
  here: () =>
    icon(html`
      <path d="M12 21s-6.5-6.2-6.5-11a6.5 6.5 0 0 1 13 0c0 4.8-6.5 11-6.5 11Z" />
      <circle cx="12" cy="10" r="2.2" />
    `),
  urgent: () => icon(html`<path d="M12.5 3 5.5 13.5H11L10 21l8-11h-5.8Z" />`),
  note: () => icon(html`<path d="M5 4h14v10.5L14.5 19H5ZM14.5 19v-4.5H19M8.5 8.5h7M8.5 12h4" />`),
  move: () => icon(html`<path d="M4 6h16v14H4ZM4 10.5h16M8 3.5V8M16 3.5V8M8.5 15.5h6M12.5 13l2.5 2.5-2.5 2.5" />`),
  absent: () =>
    icon(html`
      <circle cx="12" cy="12" r="8.5" />
      <path d="m6 18 12-12" />
    `),
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
  indices: () => icon(html`<path d="M3 19h18M5 19 8.5 6l4.5 8 6 2.5M8.5 3.5v5M6 6h5" />`),
  trace: () => icon(html`<path d="M3 20h18M4 15 7.5 5l4 6 4 2.5 5 1M7.5 5v.01M11.5 11v.01M15.5 13.5v.01" />`),
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
  lock: () => icon(html`<path d="M6 11h12v9H6ZM8.5 11V8a3.5 3.5 0 0 1 7 0v3" />`),
  key: () => icon(html`<path d="M4 15.5a4 4 0 1 0 8 0 4 4 0 1 0-8 0M11 13l8.5-8.5M15.5 8.5l3 3" />`),
  dots: () =>
    icon(
      html`<path d="M5 6h.01M12 6h.01M19 6h.01M5 12h.01M12 12h.01M19 12h.01M5 18h.01M12 18h.01M19 18h.01" />`,
      "dotted",
    ),
  people: () =>
    icon(html`
      <circle cx="9" cy="8.5" r="3.5" />
      <path d="M2.5 20a6.5 6.5 0 0 1 13 0M16 5.5a3.3 3.3 0 0 1 0 6.2M18 14.5a6 6 0 0 1 3.5 5.5" />
    `),
  disk: () => icon(html`<path d="M4 5h16v6H4ZM4 13h16v6H4ZM7.5 8h.01M7.5 16h.01" />`),
  database: () =>
    icon(html`
      <ellipse cx="12" cy="6" rx="7.5" ry="3" />
      <path d="M4.5 6v12c0 1.7 3.4 3 7.5 3s7.5-1.3 7.5-3V6M4.5 12c0 1.7 3.4 3 7.5 3s7.5-1.3 7.5-3" />
    `),
  shield: () => icon(html`<path d="M12 3.5 5 6v6c0 4.5 3 7.2 7 8.5 4-1.3 7-4 7-8.5V6ZM9 12l2.2 2.2L15.5 10" />`),
  network: () => icon(html`<path d="M9 3.5h6v5H9ZM3 15.5h6v5H3ZM15 15.5h6v5h-6ZM12 8.5V12M6 15.5V12h12v3.5" />`),
  book: () => icon(html`<path d="M6 4h13v16H6a2 2 0 0 1-2-2V6a2 2 0 0 1 2-2ZM8.5 9h7M8.5 13h7" />`),
  screen: () => icon(html`<path d="M3.5 5h17v11h-17ZM9 20h6M12 16v4" />`),
  house: () => icon(html`<path d="M4 11 12 4l8 7M6 9.5V20h12V9.5M10 20v-6h4v6" />`),
  add: () => icon(html`<path d="M12 5v14M5 12h14" />`),
  calendar: () => icon(html`<path d="M4 6h16v14H4ZM4 10.5h16M8 3.5V8M16 3.5V8" />`),
  language: () =>
    icon(html`
      <circle cx="12" cy="12" r="8.5" />
      <path d="M3.5 12h17M12 3.5c5 5 5 12 0 17M12 3.5c-5 5-5 12 0 17" />
    `),
  stepBack: () => icon(html`<path d="m14.5 6-6 6 6 6M18.5 6v12" />`),
  stepOn: () => icon(html`<path d="m9.5 6 6 6-6 6M5.5 6v12" />`),
  whole: () => icon(html`<path d="M4 9V4h5M20 9V4h-5M4 15v5h5M20 15v5h-5" />`),
  list: () => icon(html`<path d="M4 6.5h10M4 12h10M4 17.5h10M18 6.5h2M18 12h2M18 17.5h2" />`),
  columns: () => icon(html`<path d="M4 5h6.5v14H4ZM13.5 5H20v14h-6.5Z" />`),
  printer: () => icon(html`<path d="M7 9V4h10v5M7 17H4V9h16v8h-3M7 14h10v6H7Z" />`),
  ellipse: () => icon(html`<ellipse cx="12" cy="12" rx="9" ry="5.5" transform="rotate(-30 12 12)" />`),
  erase: () => icon(html`<path d="m9 19-5-5L14 4l6 6-9 9H9ZM20 19h-9M8.5 9.5l6 6" />`),
  star: () =>
    icon(
      html`<path d="m12 3.6 2.6 5.4 5.9.8-4.3 4.1 1 5.9-5.2-2.8-5.2 2.8 1-5.9-4.3-4.1 5.9-.8Z" />`,
      "star-shape",
    ),
  copy: () => icon(html`<path d="M8.5 8.5h11v11h-11ZM15 8.5v-4H4.5V15h4" />`),
};
