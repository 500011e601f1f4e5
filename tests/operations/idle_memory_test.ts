import assert from "node:assert/strict";
import { IdleMemory } from "../../src/operations/idle_memory.ts";

Deno.test("IdleMemory: memory is given back after the start and after each burst of work, once, and not while the box works", async () => {
  // processor time at each look, milliseconds: what rises by a hundredth is idle
  const looks = [
    ...[0, 900, 1800, 1800.01], // it starts
    ...[2500, 2500.01, 9000, 17_000, 17_000.01, 17_000.02], // a burst after a little work
    ...[18_500, 18_500.01, 19_001, 19_001.01], // little by little
  ];
  const started: number[] = [];
  const given: number[] = [];
  const all = Promise.withResolvers<void>();
  let look = 0;
  using _ = new IdleMemory({
    worked: () => {
      if (look === looks.length - 1) all.resolve();
      return looks[Math.min(look++, looks.length - 1)]!;
    },
    releaseProgram: () => started.push(looks[look - 1]!),
    giveBack: () => given.push(looks[look - 1]!),
  }, { starting: 1, started: 1 });
  // its own timer keeps no program alive
  const alive = setInterval(() => {}, 10);
  await all.promise;
  await new Promise((resolve) => setTimeout(resolve, 5));
  clearInterval(alive);
  assert.deepEqual(started, [1800.01], "once");
  assert.deepEqual(given, [1800.01, 17_000.01, 19_001.01], "little by little it has worked as well");
});
