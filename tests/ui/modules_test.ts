import assert from "node:assert/strict";
import { serveFile } from "../../src/web/static_files.ts";

const UI = new URL("../../ui/", import.meta.url);

/** The modules of the pages, by their paths below `ui/`. */
function modules(folder = ""): string[] {
  return [...Deno.readDirSync(new URL(folder, UI))].flatMap(({ name, isDirectory }) =>
    isDirectory ? modules(`${folder}${name}/`) : name.endsWith(".ts") ? [folder + name] : []
  );
}

Deno.test("Modules: a browser gets each without its types, every line in its place, and asks only for what is there", async () => {
  const known = new Set(modules());
  for (const path of known) {
    const answer = await serveFile(path, new Request(`http://box/${path}`));
    assert.equal(answer.headers.get("content-type"), "text/javascript; charset=utf-8", path);
    const script = await answer.text();
    if (path.startsWith("vendor/")) continue;
    const source = await Deno.readTextFile(new URL(path, UI));
    assert.equal(script.split("\n").length, source.split("\n").length, path);
    assert.doesNotMatch(script, /^(export )?(interface|type) |^import type /m, path);
    for (const [, fixed, late] of script.matchAll(/^(?:import|export) [^;"=(]*"([^"]+)"|\bimport\("([^"]+)"\)/gm)) {
      const asked = new URL((fixed ?? late)!, `http://box/${path}`).pathname.slice(1);
      assert.ok(known.has(asked), `${path} asks for ${asked}`);
    }
  }
});
