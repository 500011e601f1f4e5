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

Deno.test({
  name: "Of what a burst of objects took of memory and left free between what is kept, nearly all is given back",
  ignore: Deno.build.os !== "linux",
  fn: async () => {
    const script = new URL("memory_given_back.ts", import.meta.url).pathname;
    const args = ["run", "-A", "--no-check", "--v8-flags=--expose-gc", script];
    const { stdout, stderr } = await new Deno.Command(Deno.execPath(), { args }).output();
    const said = new TextDecoder().decode(stdout);
    assert.ok(said, new TextDecoder().decode(stderr));
    const { gave, freed, kept } = JSON.parse(said);
    assert.deepEqual([gave, kept], [true, 200]);
    assert.ok(freed > 80_000_000, `${freed} of 108,000,000 bytes`);
  },
});
