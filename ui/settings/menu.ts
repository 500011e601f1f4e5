import { html, useEffect, useRef } from "../shared/html.ts";
import { text } from "../shared/text.ts";
import { groupOf, GROUPS, type PageName } from "./pages.ts";

/** What the settings are about, in a few words; on a narrow screen a row that moves by itself to where one is. */
export function Menu({ page }: { page: PageName }) {
  const nav = useRef<HTMLElement>(null);
  const group = groupOf(page);
  useCurrentInView(nav, group);
  return html`
    <nav class="settings-nav" ref=${nav} aria-label=${text.settings.title}>
      ${Object.entries(GROUPS).map(([name, { icon, pages }]) =>
        html`
          <a key=${name} href=${`#${pages[0]}`} aria-current=${name === group ? "true" : undefined}>
            ${icon()}<span>${text.groups[name as keyof typeof text.groups]}</span>
          </a>
        `
      )}
    </nav>
  `;
}

/** The pages that are under the same entry of the menu, where there are several. */
export function Tabs({ page }: { page: PageName }) {
  const nav = useRef<HTMLElement>(null);
  const group = groupOf(page);
  const { pages } = GROUPS[group];
  useCurrentInView(nav, page);
  if (pages.length < 2) return null;
  return html`
    <nav class="settings-tabs" ref=${nav} aria-label=${text.groups[group]}>
      ${pages.map((one) =>
        html`
          <a key=${one} href=${`#${one}`} aria-current=${one === page ? "page" : undefined}>${text.pages[one]}</a>
        `
      )}
    </nav>
  `;
}

/** Moves a list to its current entry, when that is another one, and when the screen is turned. */
function useCurrentInView(list: { readonly current: HTMLElement | null }, current: string) {
  useEffect(() => {
    const show = () => showCurrent(list.current);
    show();
    addEventListener("resize", show);
    return () => removeEventListener("resize", show);
  }, [current]);
}

/** Within the list alone: the page itself is shown from its top. */
function showCurrent(list: HTMLElement | null) {
  const one = list?.querySelector<HTMLElement>("[aria-current]");
  if (!list || !one) return;
  list.scrollLeft = one.offsetLeft - (list.clientWidth - one.offsetWidth) / 2;
  if (one.offsetTop < list.scrollTop) list.scrollTop = one.offsetTop;
  list.scrollTop = Math.max(list.scrollTop, one.offsetTop + one.offsetHeight - list.clientHeight);
}
