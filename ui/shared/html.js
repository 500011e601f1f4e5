// The one place that names the libraries: the rest of the pages imports from here.
import { Component, createContext, h, render } from "../vendor/preact.js";
import htm from "../vendor/htm.js";

export { useCallback, useContext, useEffect, useLayoutEffect, useMemo, useRef, useState } from "../vendor/hooks.js";
export { Component, createContext, h, render };
export const html = htm.bind(h);

/**
 * A component that is drawn again only when one of its properties changed.
 *
 * @template P
 * @param {(properties: P) => unknown} draw
 */
export function memo(draw) {
  return class Memo extends Component {
    /** @param {P} next */
    shouldComponentUpdate(next) {
      const before = this.props;
      return Object.keys(next).length !== Object.keys(before).length ||
        Object.keys(next).some((name) => next[name] !== before[name]);
    }

    /** @param {P} properties */
    render(properties) {
      return h(draw, properties);
    }
  };
}
