import assert from "node:assert/strict";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { run } from "../support/peers.ts";

/** Puts a matching pair of Deno and base binary in place on machines that cannot reach Deno's downloads. */
const DENORT_TOOL = new URL("../../../shared/tools/denort", import.meta.url).pathname;

/** What `deno compile` needs here: nothing, what the environment says, or what the tool beside the project gives. */
export async function compilerEnvironment(): Promise<Record<string, string>> {
  if (Deno.env.has("DENORT_BIN") || !exists(DENORT_TOOL)) return {};
  // one at a time: it brings files to the same place for all
  const { code, text } = await run("flock", [join(tmpdir(), "sonodesk-denort.lock"), "bash", DENORT_TOOL]);
  assert.equal(code, 0, text);
  // an older one than the program is tested with: enough for all but backups
  const found = Object.fromEntries(
    [...text.matchAll(/^export (\w+)=(.*)$/gm)].map(([, name, value]) => [name!, value!]),
  );
  return { ...found, UNTESTED_DENO: "yes" };
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
