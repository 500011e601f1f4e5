import assert from "node:assert/strict";
import { IdleMemory } from "../../src/operations/idle_memory.ts";

Deno.test("IdleMemory: memory is given back after the start and after each burst of work, once, and not while the box works", async () => {
  // processor time at each look, milliseconds, from the first one on
  const looks = [0, 300, 600, 900, 9_000, 17_000, 17_300, 17_600, 18_000, 18_500, 19_000, 19_400];
  const given: number[] = [];
  const all = Promise.withResolvers<void>();
  let look = 0;
  using _ = new IdleMemory({
    worked: () => {
      if (look === looks.length - 1) all.resolve();
      return looks[Math.min(look++, looks.length - 1)]!;
    },
    giveBack: () => given.push(looks[look - 1]!),
  }, 1);
  // its own timer keeps no program alive
  const alive = setInterval(() => {}, 10);
  await all.promise;
  await new Promise((resolve) => setTimeout(resolve, 5));
  clearInterval(alive);
  assert.deepEqual(given, [300, 17_300, 19_400], "little by little it has worked as well");
});
