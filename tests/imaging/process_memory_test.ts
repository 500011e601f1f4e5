import assert from "node:assert/strict";
import { programParts } from "../../src/imaging/process_memory.ts";
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

Deno.test({
  name: "What only a start needs of the program is not kept in memory after it, and the program goes on with the rest",
  ignore: Deno.build.os !== "linux",
  fn: async () => {
    const script = new URL("program_released.ts", import.meta.url).pathname;
    const { stdout, stderr } = await new Deno.Command(Deno.execPath(), { args: ["run", "-A", "--no-check", script] })
      .output();
    const said = new TextDecoder().decode(stdout);
    assert.ok(said, new TextDecoder().decode(stderr));
    const { released, answers } = JSON.parse(said);
    assert.ok(released > 10_000_000, `${released} bytes`);
    assert.deepEqual(answers[0], answers[1]);
  },
});

Deno.test("What the linker has put right in a program's file, what may be written, and what is no file's is not let go", () => {
  const part = (line: string, { anonymous = 0, swap = 0 } = {}) =>
    `${line}\nSize: 132 kB\nRss: 100 kB\nAnonymous:          ${anonymous} kB\nSwap:                  ${swap} kB\n`;
  const smaps = [
    part("00400000-00500000 r--p 00000000 fe:00 12  /usr/bin/program"),
    part("00500000-00700000 r-xp 00100000 fe:00 12                    /usr/bin/with a space"),
    part("00700000-00701000 r--p 00300000 fe:00 12  /usr/bin/program", { anonymous: 4 }),
    part("00701000-00702000 r--p 00301000 fe:00 12  /usr/bin/program", { swap: 4 }),
    part("00702000-00703000 rw-p 00302000 fe:00 12  /usr/bin/program"),
    part("00703000-00704000 rw-p 00000000 00:00 0   [heap]"),
    part("7f0000000000-7f0000001000 r--p 00000000 00:00 0"),
    part("7f0000002000-7f0000004000 r--s 00000000 fe:00 40 /var/cache/code"),
    part("7fff00000000-7fff00002000 r-xp 00000000 00:00 0   [vdso]"),
    part("7fff00004000-7fff00005000 ---p 00000000 fe:00 12  /usr/bin/program"),
  ].join("");
  assert.deepEqual(programParts(smaps), [
    { start: 0x400000n, end: 0x500000n },
    { start: 0x500000n, end: 0x700000n },
    { start: 0x7f0000002000n, end: 0x7f0000004000n },
  ]);
});
