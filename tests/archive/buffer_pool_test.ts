import assert from "node:assert/strict";
import { BufferPool } from "../../src/archive/buffer_pool.ts";
import { until } from "../support/until.ts";

Deno.test("Buffers are used again, and no more are kept than are wanted", () => {
  const pool = new BufferPool(64, 2, 60_000);
  const taken = [pool.take(), pool.take(), pool.take()];
  assert.equal(new Set(taken).size, 3, "each has its own");
  for (const buffer of taken) pool.giveBack(buffer);
  assert.equal(pool.idle, 2);
  assert.ok(taken.includes(pool.take()) && taken.includes(pool.take()));
  assert.equal(taken.includes(pool.take()), false);
});

Deno.test("Buffers that nobody has needed for a while are given back to the system, those in use are not", async () => {
  const pool = new BufferPool(64, 8, 20);
  const [one, other] = [pool.take(), pool.take()];
  pool.giveBack(one);
  assert.equal(pool.idle, 1);
  await until("it is given back", () => pool.idle === 0);
  pool.giveBack(other);
  assert.equal(pool.take(), other);
  pool.giveBack(other);
  await until("that one too", () => pool.idle === 0);
});
