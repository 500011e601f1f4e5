import assert from "node:assert/strict";
import { dirname, join, normalize, relative } from "node:path";

/*
 * What a room gives to others says what it is: each export that another room, the program or the pages import, each type
 * in their signatures, and every member of these has its words, as `deno doc --lint` asks. What files of one room give to
 * each other does not need to.
 */

const ROOT = new URL("../", import.meta.url).pathname;
const SOURCE = `${ROOT}src/`;

/** Rooms, and files of `src/` itself, that are not documented whole yet. */
const NOT_YET: readonly string[] = [];

const FROM = /(?:import|export)\s+(?:type\s+)?(?:\w+\s*,\s*)?\{([^}]*)\}\s+from\s+"(\.[^"]+)"/g;

function* filesBelow(folder: string): Generator<string> {
  for (const { name, isDirectory } of Deno.readDirSync(folder)) {
    if (isDirectory) yield* filesBelow(join(folder, name));
    else if (name.endsWith(".ts")) yield join(folder, name);
  }
}

/** The room of a file; of one in `src/` itself its name, of one elsewhere "". */
function roomOf(path: string): string {
  const below = relative(SOURCE, path);
  return below.startsWith("..") ? "" : below.split("/")[0]!;
}

/** What files give to other rooms, by file. */
function given(): Map<string, Set<string>> {
  const all = new Map<string, Set<string>>();
  for (const path of [...filesBelow(SOURCE), ...filesBelow(`${ROOT}ui`), `${ROOT}main.ts`]) {
    for (const [, names, from] of Deno.readTextFileSync(path).matchAll(FROM)) {
      const file = normalize(join(dirname(path), from!));
      if (roomOf(file) === "" || roomOf(file) === roomOf(path)) continue;
      const taken = all.get(file) ?? new Set();
      all.set(file, taken);
      for (const name of names!.split(",").map((one) => one.trim().replace(/^type /, "").split(" as ")[0]!)) {
        if (name !== "") taken.add(name);
      }
    }
  }
  return all;
}

interface Finding {
  place: string;
  what: string;
}

/** What `deno doc --lint` finds. A type that a signature names and its file exports is given too. */
async function findings(exports: Map<string, Set<string>>, folder: string): Promise<Finding[]> {
  // a list a file: two rooms may give things of one name
  const lists = await Promise.all([...exports].map(async ([file, names]) => {
    const list = `${folder}/${relative(SOURCE, file).replaceAll("/", "_")}`;
    await Deno.writeTextFile(list, `export { ${[...names].join(", ")} } from "file://${file}";`);
    return list;
  }));
  const { stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["doc", "--lint", "--quiet", ...lists],
    cwd: ROOT,
    env: { NO_COLOR: "1" },
    stdout: "null",
    stderr: "piped",
  }).output();
  const text = new TextDecoder().decode(stderr);
  const found: Finding[] = [];
  let grown = false;
  for (const report of text.split(/^(?=error)/m)) {
    const [, kind, what, file, line] = /^error\[([\w-]+)\]: (.*)\n\s*--> (.*?):(\d+):/.exec(report) ?? [];
    if (file === undefined) {
      assert.ok(!report.startsWith("error") || /^error: Found \d+/.test(report), report);
      continue;
    }
    const type = /references private type '(\w+)'/.exec(what!)?.[1];
    if (type !== undefined && isOfPackageOrConstant(type, report)) continue;
    const unknown = type === undefined
      ? []
      : declarationsOf(type, report).filter(({ exported, path }) => exported && !exports.get(path)?.has(type));
    for (const { path } of unknown) exports.set(path, (exports.get(path) ?? new Set()).add(type!));
    if (unknown.length > 0) grown = true;
    else {found.push({
        place: `${relative(ROOT, file)}:${line}`,
        what: kind === "missing-jsdoc" ? "no words" : what!,
      });}
  }
  return grown ? await findings(exports, folder) : found;
}

/** A package documents its own types; and a type that is made of a constant says itself which values there are. */
function isOfPackageOrConstant(type: string, report: string): boolean {
  return !declarationsOf(type, report).some(({ kind }) => kind === "type");
}

/** Where types of this name are declared, by the line that the report shows; none for one that no room declares. */
function declarationsOf(type: string, report: string): Declaration[] {
  const [, line] = /^ *(\d+) \| .*\n\s*\|\s*-+ this is the referenced type/m.exec(report) ?? [];
  return DECLARED.filter((declaration) => declaration.name === type && declaration.line === Number(line));
}

interface Declaration {
  name: string;
  path: string;
  /** From 1. */
  line: number;
  kind: "type" | "constant";
  exported: boolean;
}

const DECLARED = [...filesBelow(SOURCE)].flatMap((path) =>
  Deno.readTextFileSync(path).split("\n").flatMap((text, index): Declaration[] => {
    const [, exported, kind, name] = /^(export )?(?:abstract )?(interface|type|class|const) (\w+)/.exec(text) ?? [];
    return name === undefined ? [] : [{
      ...{ name, path, line: index + 1 },
      ...{ kind: kind === "const" ? "constant" : "type", exported: exported !== undefined },
    }];
  })
);

Deno.test("documentation: what a room gives to others has its words", async () => {
  const folder = await Deno.makeTempDir({ prefix: "sonodesk-doc-" });
  try {
    const found = (await findings(given(), folder))
      .filter(({ place }) => !NOT_YET.includes(place.split("/")[1]!.split(":")[0]!));
    assert.deepEqual(found.map(({ place, what }) => `${place} ${what}`).sort(), []);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
