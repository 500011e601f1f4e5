/*
 * What a page's modules import, so that a browser can ask for all of them at once: else it learns of each only from the
 * one that imports it.
 */

/** `import … from "./other.ts"` and `export … from`, as they stand at the beginning of a line; not `import("…")`. */
const STATIC_IMPORT = /^(?:import|export)\b[^;"=(]*"([^"]+)"/gm;

/** The addresses that a module imports from the start, from the root, without those it loads only later. */
function importsOf(path: string, script: string): string[] {
  return [...script.matchAll(STATIC_IMPORT)].map(([, to]) => new URL(to!, `http://box/${path}`).pathname.slice(1));
}

/**
 * A page with a `modulepreload` for each module that it needs at first, before its own script.
 *
 * @param read gives a file of the pages by its path below `/`, such as `kiosk/main.ts`
 */
export async function withPreloads(
  page: Uint8Array<ArrayBuffer>,
  read: (path: string) => Promise<Uint8Array<ArrayBuffer>>,
): Promise<Uint8Array<ArrayBuffer>> {
  const text = new TextDecoder().decode(page);
  const script = /^( *)<script type="module" src="\/([^"]+)"><\/script>$/m.exec(text);
  if (script === null) return page;
  const [, indent, main] = script as unknown as [string, string, string];
  const found = new Set([main]);
  // level by level: those that are imported by many come first
  for (let level = [main]; level.length > 0;) {
    const imported = await Promise.all(
      level.map(async (path) => importsOf(path, new TextDecoder().decode(await read(path)))),
    );
    level = [...new Set(imported.flat())].filter((path) => !found.has(path));
    for (const path of level) found.add(path);
  }
  const links = [...found].slice(1).map((path) => `${indent}<link rel="modulepreload" href="/${path}">\n`).join("");
  return new TextEncoder().encode(text.slice(0, script.index) + links + text.slice(script.index));
}
