import assert from "node:assert/strict";
import { asTheProgram } from "../support/as_the_program.ts";

const MODULE = new URL("../../src/imaging/process_memory.ts", import.meta.url);

Deno.test({
  name:
    "What a process has waited for a processor is told with the box's own permissions too, from which Deno keeps /proc",
  ignore: Deno.build.os !== "linux",
  fn: async () => {
    // none starts without having waited a little
    const waited = await asTheProgram(MODULE, 'waitedOf("self")');
    assert.ok(Number(waited) > 0, waited);
    assert.ok(Number(await asTheProgram(MODULE, 'memoryOf("self")?.resident')) > 10_000_000);
    assert.equal(await asTheProgram(MODULE, "waitedOf(2 ** 30)"), "undefined", "of nobody nothing is told");
  },
});
