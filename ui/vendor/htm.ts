// For `deno check` and tests. A browser gets the package's own file at this address, see src/web/static_files.ts.
import htm from "htm";

/** Makes a template's tag of what makes an element. The package's own types are those of a CommonJS module, which it is not. */
interface Htm {
  bind<Element>(
    h: (type: never, properties: never, ...children: never[]) => Element,
  ): (strings: TemplateStringsArray, ...values: unknown[]) => Element | Element[];
}

export default htm as unknown as Htm;
