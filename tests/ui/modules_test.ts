import assert from "node:assert/strict";
import { browserModule } from "../../src/web/browser_module.ts";
import { serveFile } from "../../src/web/static_files.ts";

const UI = new URL("../../ui/", import.meta.url);

/** The files of the pages with this ending, by their paths below `ui/`. */
function files(ending: string, folder = ""): string[] {
  return [...Deno.readDirSync(new URL(folder, UI))].flatMap(({ name, isDirectory }) =>
    isDirectory ? files(ending, `${folder}${name}/`) : name.endsWith(ending) ? [folder + name] : []
  );
}

Deno.test("Modules: a browser gets each without its types, every line in its place, and asks only for what is there", async () => {
  const known = new Set(files(".ts"));
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

Deno.test("Modules: what is left out as a comment is one, and never the text of a template", () => {
  for (const path of files(".ts")) {
    const source = Deno.readTextFileSync(new URL(path, UI)).split("\n");
    const script = browserModule(source.join("\n")).split("\n");
    source.forEach((line, n) => {
      // a line that is left out whole begins or goes on a comment, or is of types alone
      if (line.trim() === "" || script[n] !== "" || !/^\s*(?:\/\/|\/\*)/.test(line)) return;
      const before = source.slice(0, n).filter((one) => !/^\s*(?:\/\/|\/?\*)/.test(one)).join("\n");
      const opened = before.replaceAll(/"[^"\n]*"|'[^'\n]*'/g, "").match(/`/g)?.length ?? 0;
      assert.equal(opened % 2, 0, `${path}:${n + 1} is within a template`);
    });
  }
  assert.equal(
    browserModule("// a\nconst a = 1; // b\n/** c\n * d */\nexport { a };"),
    "\nconst a = 1; // b\n\n\nexport { a };",
  );
});

Deno.test("Style sheets: each is linked by a page or loaded by a window, and none is asked for that is not there", async () => {
  const sources = await Promise.all(
    [".html", ".ts"].flatMap((ending) => files(ending)).map((path) => Deno.readTextFile(new URL(path, UI))),
  );
  const all = sources.join("\n");
  const styles = files(".css");
  const [, windows = ""] = /^export const WINDOWS = \{(.*?)^\};/ms.exec(all) ?? [];
  const [, viewer = ""] = /^const VIEWER = \[(.*?)\];/ms.exec(all) ?? [];
  const named = [...`${windows}${viewer}"windows"`.matchAll(/"(\w+)"/g)].map(([, name]) => `kiosk/${name}.css`);
  const linked = [...all.matchAll(/"\/(\w+\/\w+\.css)"/g)].map(([, path]) => path!);
  assert.deepEqual([...new Set([...named, ...linked])].sort(), styles.sort());
});

Deno.test("Preloads: a page names each module that it needs at first, once, and none that comes later", async () => {
  const page = await (await serveFile("kiosk/index.html", new Request("http://box/"))).text();
  const links = [...page.matchAll(/<link rel="modulepreload" href="\/([^"]+)">/g)].map(([, path]) => path);
  assert.equal(new Set(links).size, links.length);
  for (const path of ["kiosk/desk.ts", "kiosk/day.ts", "shared/text.en.ts", "vendor/preact.ts"]) {
    assert.ok(links.includes(path), path);
  }
  for (const path of ["kiosk/viewer.ts", "kiosk/walk_in.ts", "shared/text.hi.ts", "shared/lock_screen.ts"]) {
    assert.ok(!links.includes(path), path);
  }
});
