/**
 * `deno task compile [--target TRIPLE] [--output FILE]`: the program as one self-contained file.
 *
 * Deno fetches the base binary it puts the program behind; on a machine that cannot reach Deno's downloads DENORT_BIN
 * names one, and DENO_FOR_COMPILE the Deno of the same version.
 */
import { parseArgs } from "node:util";
import { fileURLToPath } from "node:url";
import { runProgram } from "./run_program.ts";
import { MEMORY_FLAG, PERMISSIONS, TARGETS, withTree } from "./tree.ts";

/** What `deno task test` is run with, as the README says. */
const TESTED_DENO = "2.9.5";
/** What the program reads beside its modules. */
const INCLUDED = [
  "deno.json",
  "src/web/answers.json",
  "src/store/migrations",
  "src/clinic",
  "ui",
  "fixtures/dicom",
  "src/store/store_worker.ts",
  "src/backup/proof_worker.ts",
  "src/objects/rewrite_worker.ts",
  "src/web/password_worker.ts",
  "src/web/password_strength_worker.ts",
  "node_modules",
];

const { values } = parseArgs({
  args: Deno.args,
  options: {
    target: { type: "string", default: Deno.build.target },
    output: { type: "string", default: fileURLToPath(new URL("../dist/sonodesk", import.meta.url)) },
  },
});
if (!Object.hasOwn(TARGETS, values.target)) {
  console.error(`Cannot compile for ${values.target}: choose one of ${Object.keys(TARGETS).join(", ")}`);
  Deno.exit(1);
}

const deno = Deno.env.get("DENO_FOR_COMPILE") ?? Deno.execPath();
await refuseUntested(deno, Deno.env.get("DENORT_BIN"));
await withTree(values.target, async (cwd) => {
  Deno.mkdirSync(values.output.slice(0, values.output.lastIndexOf("/")), { recursive: true });
  await runProgram(deno, [
    ...[
      "compile",
      "--quiet",
      "--no-check",
      MEMORY_FLAG,
      "--target",
      values.target,
      ...PERMISSIONS,
    ],
    ...INCLUDED.flatMap((path) => ["--include", path]),
    ...["--output", values.output, "src/program.ts"],
  ], { cwd });
});
/**
 * Another version of Deno does not do all that the program was tested with: with 2.4.2 every backup failed. Where
 * UNTESTED_DENO=yes is set, which is for a test of the packaging alone, it is used all the same.
 *
 * @param base the base binary, where one is given; else Deno fetches its own
 */
async function refuseUntested(deno: string, base: string | undefined): Promise<void> {
  if (Deno.env.get("UNTESTED_DENO") === "yes") return;
  const { stdout } = await new Deno.Command(deno, { args: ["eval", "console.log(Deno.version.deno)"] }).output();
  const found = [[deno, new TextDecoder().decode(stdout).trim()]];
  if (base !== undefined) found.push([base, versionIn(Deno.readFileSync(base))]);
  for (const [path, version] of found) {
    if (version === TESTED_DENO) continue;
    console.error(
      `Cannot compile with ${path}: it is Deno ${version || "of no known version"}, and Sonodesk is tested with ` +
        `${TESTED_DENO}, use that one`,
    );
    Deno.exit(1);
  }
}

/** The version that a binary of Deno calls itself by when it asks for files; "" where it has none. */
function versionIn(bytes: Uint8Array): string {
  const text = new TextDecoder("latin1").decode(bytes);
  return /Deno\/(\d+\.\d+\.\d+)/.exec(text)?.[1] ?? "";
}

const megabytes = Deno.statSync(values.output).size / 1e6;
console.log(`${values.output}: ${megabytes.toFixed(0)} MB for ${values.target}`);
