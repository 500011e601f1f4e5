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

/** What the program reads beside its modules. */
const INCLUDED = [
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

await withTree(values.target, async (cwd) => {
  Deno.mkdirSync(values.output.slice(0, values.output.lastIndexOf("/")), { recursive: true });
  await runProgram(Deno.env.get("DENO_FOR_COMPILE") ?? Deno.execPath(), [
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
const megabytes = Deno.statSync(values.output).size / 1e6;
console.log(`${values.output}: ${megabytes.toFixed(0)} MB for ${values.target}`);
