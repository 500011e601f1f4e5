// @ts-nocheck: not typed yet
// The one place that names the libraries: the rest of the pages imports from here.
import { Component, createContext, h, render } from "../vendor/preact.ts";
import htm from "../vendor/htm.ts";

export { useCallback, useContext, useEffect, useLayoutEffect, useMemo, useRef, useState } from "../vendor/hooks.ts";
export { Component, createContext, h, render };
export const html = htm.bind(h);

/** A component that is drawn again only when one of its properties changed. */
export function memo<P>(draw: (properties: P) => unknown) {
  return class Memo extends Component {
    shouldComponentUpdate(next: P) {
      const before = this.props;
      return Object.keys(next).length !== Object.keys(before).length ||
        Object.keys(next).some((name) => next[name] !== before[name]);
    }

    render(properties: P) {
      return h(draw, properties);
    }
  };
}
