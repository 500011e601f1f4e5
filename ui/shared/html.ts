// The one place that names the libraries: the rest of the pages imports from here.
import {
  Component,
  type ComponentChildren,
  type ComponentType,
  createContext,
  h,
  render,
  type RenderableProps,
  type VNode,
} from "../vendor/preact.ts";
import htm from "../vendor/htm.ts";

export { useCallback, useContext, useEffect, useLayoutEffect, useMemo, useRef, useState } from "../vendor/hooks.ts";
export { Component, createContext, h, render };
export type { ComponentChildren, ComponentType, VNode };

/** What a handler hears where it says nothing else: an event of a field or of a form's button. */
export type FieldEvent = Event & { readonly target: HTMLInputElement };

/** What may stand in a template: text, what is drawn, a component, a handler, what it is told. */
type Value = ((event: FieldEvent) => unknown) | ComponentChildren | object;

export const html = htm.bind(h) as (strings: TemplateStringsArray, ...values: Value[]) => VNode;

/** A component that is drawn again only when one of its properties changed. */
export function memo<Properties extends object>(draw: (properties: Properties) => VNode) {
  return class Memo extends Component<Properties> {
    override shouldComponentUpdate(next: Readonly<Properties>) {
      const before: Readonly<Properties> = this.props;
      const names = Object.keys(next) as (keyof Properties)[];
      return names.length !== Object.keys(before).length || names.some((name) => next[name] !== before[name]);
    }

    override render(properties: RenderableProps<Properties>) {
      return h(draw, properties);
    }
  };
}

/** The page itself. */
export function renderPage(page: VNode): void {
  render(page, document.querySelector("#page")!);
}
