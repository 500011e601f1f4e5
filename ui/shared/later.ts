import { type ComponentType, html, useEffect, useState, type VNode } from "./html.ts";

/** A part of the page that is not needed at first. */
export interface Later<Properties> {
  /** Draws it, and nothing until it is here. */
  component: (properties: Properties) => VNode | null;
  /** Has it brought, in a moment in which nothing else is to be done. */
  prepare: () => Promise<void>;
}

/**
 * A component whose modules and style sheets come when it is first drawn, or before in a quiet moment: what is shown
 * first does not wait for them.
 *
 * @param styles addresses of its style sheets
 */
export function later<Properties extends object>(
  load: () => Promise<ComponentType<Properties>>,
  ...styles: string[]
): Later<Properties> {
  let loaded: ComponentType<Properties> | undefined;
  let loading: Promise<void> | undefined;

  /** One try at a time; one that failed does not keep the next from trying. */
  function prepare(): Promise<void> {
    if (loaded !== undefined) return Promise.resolve();
    loading ??= Promise.all([load(), ...styles.map(linked)]).then(([component]) => {
      loaded = component;
    }).finally(() => loading = undefined);
    return loading;
  }

  function Component(properties: Properties) {
    const [, redraw] = useState(0);
    const drawn = loaded;
    useEffect(() => {
      // what has come since is not drawn yet
      if (drawn !== undefined) return;
      let gone = false;
      let retry: ReturnType<typeof setTimeout> | undefined;
      const bring = () =>
        prepare().then(() => gone || redraw((n) => n + 1), () => {
          // the box is out of reach: it is tried again until it is there, or the window is closed
          retry = setTimeout(bring, 1000);
        });
      bring();
      return () => {
        gone = true;
        clearTimeout(retry);
      };
    }, []);
    return drawn === undefined ? null : html`<${drawn} ...${properties} />`;
  }
  return { component: Component, prepare };
}

/** Adds a style sheet to the page, once; resolves when it holds. */
function linked(address: string): Promise<void> {
  const known = document.querySelector<HTMLLinkElement>(`link[rel=stylesheet][href="${CSS.escape(address)}"]`);
  if (known) return known.sheet ? Promise.resolve() : loadOf(known);
  const link = document.createElement("link");
  link.rel = "stylesheet";
  link.href = address;
  const held = loadOf(link);
  document.head.append(link);
  return held;
}

function loadOf(link: HTMLLinkElement): Promise<void> {
  return new Promise((resolve, reject) => {
    link.addEventListener("load", () => resolve());
    link.addEventListener("error", () => {
      link.remove();
      reject(new Error(`Cannot load ${link.href}`));
    });
  });
}

/** Brings what will be needed, one after the other, once the page has nothing else to do. */
export function inQuietMoments(parts: readonly Pick<Later<never>, "prepare">[]): void {
  const [next, ...rest] = parts;
  if (next === undefined) return;
  whenQuiet(() => next.prepare().then(() => inQuietMoments(rest), () => {}));
}

function whenQuiet(act: () => void): void {
  // Safari has had no such callback until lately
  if ("requestIdleCallback" in globalThis) requestIdleCallback(act, { timeout: 5000 });
  else setTimeout(act, 200);
}
