/**
 * `deno task ohif [--output FOLDER]`: the OHIF viewer as the box serves it below `/ohif/`, from its published package.
 * Left out is what no ultrasound needs: the models of automatic segmentation, microscopy, and source maps; 11 MB stay
 * of 204. What is text is kept compressed.
 */
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { parseArgs } from "node:util";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { runProgram } from "./run_program.ts";

/** The package, as it was tried. */
export const OHIF = {
  version: "3.13.2",
  integrity: "sha512-WZdxmpmG7rqFgW9ZJLcbgr3XCtLi1KDNPoMaeY5PPe6j4G4fjEjjkycZM6C6Zk2F87BKxFfpq+jd5xXZB9E8EA==",
} as const;

/** Fetches it where no npm is installed. */
const NPM = "npm:npm@11.6.2";
/** Below `dist`. */
const LEFT_OUT = [
  ...["ort", "dicom-microscopy-viewer", "customizations", "_headers", "_redirects", "serve.json", "manifest.json"],
  ...["sw.js", "init-service-worker.js", "silent-refresh.html", "oidc-client.min.js", "google.js", "app-config.js"],
  ...["es6-shim.min.js", "polyfill.min.js"],
];
/**
 * What an ultrasound box has that OHIF takes for nothing it knows: clips of ultrasound that are video, and the retired
 * classes of ultrasound. By the end of what it knows.
 */
const ADDED: readonly (readonly [after: string, added: string])[] = [
  [
    "  MULTIFRAME_TRUE_COLOR_SECONDARY_CAPTURE_IMAGE_STORAGE: '1.2.840.10008.5.1.4.1.1.7.4'",
    ",\n  ULTRASOUND_MULTI_FRAME: '1.2.840.10008.5.1.4.1.1.3.1',\n  RETIRED: '1.2.840.10008.5.1.4.1.1.3'",
  ],
  [
    "sopClassDictionary.EnhancedUSVolumeStorage, sopClassDictionary.RTDoseStorage",
    ", '1.2.840.10008.5.1.4.1.1.6', '1.2.840.10008.5.1.4.1.1.3'",
  ],
];
const COMPRESSED = /\.(js|css|wasm|svg|json|html)$/;

/**
 * Makes the folder, whole or not at all.
 *
 * @param folder is replaced where it is there
 * @throws Error when the package cannot be fetched, or is another than the one that was tried
 */
export async function makeOhif(folder: string): Promise<void> {
  Deno.mkdirSync(dirname(folder), { recursive: true });
  const stage = Deno.makeTempDirSync({ dir: dirname(folder), prefix: `.${basename(folder)}-` });
  try {
    const archive = await fetchPackage(stage);
    await runProgram("tar", ["-xzf", archive, "-C", stage, "package/dist"], { quiet: true });
    const dist = join(stage, "package/dist");
    for (const name of LEFT_OUT) Deno.removeSync(join(dist, name), { recursive: true });
    for (const { name, isDirectory } of [...Deno.readDirSync(join(dist, "assets"))]) {
      if (!isDirectory) Deno.removeSync(join(dist, "assets", name)); // icons of every phone
    }
    writePage(dist);
    const added = new Set<string>();
    pack(dist, added);
    if (added.size < ADDED.length) {
      throw new Error("Cannot add to OHIF what is ultrasound: it is written otherwise, see ADDED");
    }
    put(join(dist, "ohif.json"), new TextEncoder().encode(`${JSON.stringify({ version: OHIF.version })}\n`));
    if (existsSync(folder)) Deno.removeSync(folder, { recursive: true });
    Deno.chmodSync(dist, 0o755);
    Deno.renameSync(dist, folder);
  } finally {
    Deno.removeSync(stage, { recursive: true });
  }
}

/** @returns the package's file */
async function fetchPackage(into: string): Promise<string> {
  const args = ["pack", `@ohif/app@${OHIF.version}`, "--pack-destination", into, "--silent"];
  const isThere = (Deno.env.get("PATH") ?? "").split(":").some((folder) => existsSync(join(folder, "npm")));
  if (isThere) await runProgram("npm", args, { cwd: into, quiet: true });
  else await runProgram(Deno.execPath(), ["run", "-A", "--no-lock", NPM, ...args], { cwd: into, quiet: true });
  const archive = join(into, `ohif-app-${OHIF.version}.tgz`);
  const found = `sha512-${createHash("sha512").update(Deno.readFileSync(archive)).digest("base64")}`;
  if (found !== OHIF.integrity) {
    throw new Error(`Cannot use @ohif/app ${OHIF.version}: it is ${found}, and ${OHIF.integrity} was tried`);
  }
  return archive;
}

/** Its page without scripts in it, which the box's policy does not let run; the box's own two come before it. */
function writePage(dist: string): void {
  const page = Deno.readTextFileSync(join(dist, "index.html"));
  const [, script] = /<script defer src="\/(app\.bundle\.\w+\.js)">/.exec(page) ?? [];
  if (script === undefined) throw new Error("Cannot make the page of OHIF: its own is of another kind, see writePage");
  Deno.writeTextFileSync(
    join(dist, "index.html"),
    `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>OHIF Viewer</title>
<link rel="icon" href="/favicon.ico">
<script src="/shared/ohif_config.ts"></script>
<script type="module" src="/shared/beside_ohif.ts"></script>
<script defer src="/ohif/${script}"></script>
<link rel="stylesheet" href="/ohif/app.bundle.css">
</head>
<body>
<div id="react-portal"></div>
<div id="root"></div>
</body>
</html>
`,
  );
}

/** Takes out source maps, puts what is loaded by its address below `/ohif/`, and compresses texts. */
function pack(folder: string, added: Set<string>): void {
  for (const { name, isDirectory } of [...Deno.readDirSync(folder)]) {
    const path = join(folder, name);
    if (isDirectory) {
      Deno.chmodSync(path, 0o755);
      pack(path, added);
    } else if (name.endsWith(".map")) Deno.removeSync(path);
    else {
      const bytes = Deno.readFileSync(path);
      const placed = name.endsWith(".js") || name.endsWith(".css") ? placedBelow(bytes, added) : bytes;
      Deno.removeSync(path);
      const compressed = COMPRESSED.test(name);
      put(compressed ? `${path}.gz` : path, compressed ? gzipSync(placed, { level: 9 }) : placed);
    }
  }
}

/** For everybody to read, whatever the umask. */
function put(path: string, bytes: Uint8Array): void {
  Deno.writeFileSync(path, bytes);
  Deno.chmodSync(path, 0o644);
}

/** @param added takes note of what has been added */
function placedBelow(bytes: Uint8Array, added: Set<string>): Uint8Array {
  let text = new TextDecoder().decode(bytes)
    .replaceAll('__webpack_require__.p = "/"', '__webpack_require__.p = "/ohif/"')
    .replaceAll(/url\(\/(?!ohif\/)/g, "url(/ohif/")
    .replace(/\n\/\/# sourceMappingURL=\S+\s*$/, "\n");
  for (const [after, more] of ADDED) {
    if (!text.includes(after)) continue;
    text = text.replace(after, after + more);
    added.add(after);
  }
  return new TextEncoder().encode(text);
}

if (import.meta.main) {
  const output = { type: "string", default: fileURLToPath(new URL("../dist/ohif", import.meta.url)) } as const;
  const { values } = parseArgs({ args: Deno.args, options: { output } });
  await makeOhif(values.output);
  console.log(`${values.output}: OHIF ${OHIF.version}, for SONODESK_OHIF`);
}
