import assert from "node:assert/strict";
import { dirname, join, normalize, relative } from "node:path";

const SOURCE = new URL("../src/", import.meta.url).pathname;
const PAGES = new URL("../ui/", import.meta.url).pathname;

/** Which rooms a room may know. Files in `src/` itself put the parts together and know all; nobody knows `web`. */
const KNOWS: Record<string, readonly string[]> = {
  dicom: [],
  timing: [],
  objects: ["dicom", "timing"],
  dimse: ["dicom", "timing"],
  store: ["dicom"],
  settings: ["store"],
  archive: ["store", "objects", "dicom", "timing"],
  clinic: ["store", "objects", "dicom", "timing"],
  imaging: ["store", "objects", "dicom", "timing"],
  services: ["dimse", "archive", "store", "objects", "dicom", "timing"],
  backup: ["settings", "archive", "store", "objects", "dicom", "timing"],
  certificates: ["dimse", "settings", "objects", "dicom"],
  host: ["settings", "objects", "timing"],
  printing: ["objects", "timing"],
  rescue: ["backup", "settings", "archive", "store", "objects", "dicom"],
  operations: [
    ...["backup", "host", "certificates", "services", "imaging", "clinic", "archive", "settings", "store"],
    ...["dimse", "objects", "timing", "dicom"],
  ],
  simulator: ["settings", "dicom"],
  web: [
    ...[
      "rescue",
      "operations",
      "backup",
      "host",
      "printing",
      "certificates",
      "services",
      "imaging",
      "clinic",
      "archive",
    ],
    ...["settings", "store", "dimse", "objects", "timing", "dicom"],
  ],
};

/** Files in `src/` itself that import no room: every room may know them. */
const LEAVES = [
  "sentences.ts",
  "version.ts",
  "logging.ts",
  "data_folder.ts",
  "ask_worker.ts",
  "password_hash.ts",
  "post_json.ts",
];

const IMPORT = /(?:^|[\s;}])(?:from|import)\s*\(?\s*"(\.[^"]+)"/g;

function filesBelow(folder: string, ending = /\.ts$/): string[] {
  return [...Deno.readDirSync(folder)].flatMap(({ name, isDirectory }) =>
    isDirectory ? filesBelow(join(folder, name), ending) : ending.test(name) ? [join(folder, name)] : []
  );
}

/** Each file of `src/` with the files that it imports, from `src/`. */
function imports(): Map<string, string[]> {
  return new Map(
    filesBelow(SOURCE).sort().map((path) => [
      relative(SOURCE, path),
      [...Deno.readTextFileSync(path).matchAll(IMPORT)].map(([, to]) =>
        relative(SOURCE, normalize(join(dirname(path), to!)))
      ).filter((to) => to.endsWith(".ts")),
    ]),
  );
}

const roomOf = (path: string) => path.includes("/") && !path.startsWith("..") ? path.split("/")[0]! : "";

Deno.test("architecture: rooms know only the rooms below them", () => {
  const against = [...imports()].flatMap(([from, to]) => {
    const room = roomOf(from);
    if (room === "") return [];
    assert.ok(room in KNOWS, `${from} is in a room that the table does not have`);
    return to.filter((path) => !(roomOf(path) === room || KNOWS[room]!.includes(roomOf(path)) || LEAVES.includes(path)))
      .map((path) => `${from} → ${path}`);
  });
  assert.deepEqual(against, []);
});

Deno.test("architecture: what every room may know imports nothing of the box but what every room may know", () => {
  const all = imports();
  assert.deepEqual(LEAVES.flatMap((leaf) => all.get(leaf)!).filter((path) => !LEAVES.includes(path)), []);
});

Deno.test("architecture: no circle", () => {
  const all = imports();
  const done = new Set<string>();
  const circles: string[] = [];
  const follow = (path: string, way: string[]) => {
    if (way.includes(path)) return void circles.push([...way.slice(way.indexOf(path)), path].join(" → "));
    if (done.has(path)) return;
    for (const next of all.get(path) ?? []) follow(next, [...way, path]);
    done.add(path);
  };
  for (const path of all.keys()) follow(path, []);
  assert.deepEqual(circles, []);
});

/**
 * Who renames files besides: an object's, whose steps happen at once; what is set aside, folders and all; and a store's
 * copy before it is opened, which waits for nobody.
 */
const RENAMING = [
  ...[
    "archive/archive.ts",
    "archive/power_cut.ts",

    "objects/durable_file.ts",
    "rescue/moved_aside.ts",
  ],
  "store/before_migration.ts",
];

Deno.test("architecture: a file that must be there whole or not at all is written by objects/durable_file.ts", () => {
  const renaming = [...imports().keys()].filter((path) =>
    /Deno\.rename(Sync)?\(/.test(Deno.readTextFileSync(join(SOURCE, path)))
  );
  assert.deepEqual(renaming, RENAMING);
});

const LONGEST = 400;
/** The first words of a file that is longer all the same. */
const REASON = /^(\/\/|\/\*) Longer than other files: \S/;

Deno.test("architecture: no file is so long that it is not read, or it says at its top why", () => {
  const long = [SOURCE, PAGES].flatMap((folder) => filesBelow(folder, /\.(ts|css|html)$/)).filter((path) => {
    const text = Deno.readTextFileSync(path);
    return text.split("\n").length - 1 > LONGEST && !REASON.test(text);
  });
  assert.deepEqual(long.map((path) => relative(SOURCE, path)), []);
});

Deno.test("architecture: the list of the box's parts can be read at once", () => {
  const text = Deno.readTextFileSync(join(SOURCE, "appliance.ts"));
  assert.ok(text.split("\n").length < 300);
  assert.ok([...text.matchAll(/^import\b/gm)].length < 30);
});

/** What is loaded before a module runs: not its types, and not what it loads later by `import("…")`. */
const LOADED = /^(?:import|export) (?!type\b)(?:[^"]*? from )?"([^"]+)";/gm;

Deno.test("architecture: a box loads at its start what it needs itself, and no package of a single command or a rare act", () => {
  const loaded = new Set<string>();
  const packages = new Set<string>();
  const load = (path: string) => {
    if (loaded.has(path)) return;
    loaded.add(path);
    for (const [, name] of Deno.readTextFileSync(path).matchAll(LOADED)) {
      if (name!.startsWith(".")) load(normalize(join(dirname(path), name!)));
      else if (!name!.startsWith("node:")) packages.add(name!);
    }
  };
  load(join(SOURCE, "../main.ts"));
  assert.ok(loaded.has(join(SOURCE, "appliance.ts")));
  assert.deepEqual([...loaded].filter((path) => roomOf(relative(SOURCE, path)) === "simulator"), []);
  assert.deepEqual([...packages].sort(), [
    ...["@indic-transliteration/sanscript", "@logtape/logtape", "@vvo/tzdb", "any-ascii", "hono", "hono/cookie"],
    ...["iconv-lite", "postgres", "valibot"],
  ]);
});
