import assert from "node:assert/strict";

/** Nobody is to wait longer for the box because of what came in, milliseconds: its own work and its waits for the disk. */
const LONGEST_OWN = 200;
/** With what other programs on the test's computer take of the processors, milliseconds. */
const LONGEST = 1000;

/** Holds the longest silence so far to its bounds, as `/metrics` tells it. @param when for who reads the output */
export function assertAnswering(metrics: string, when: string): void {
  const [own, whole] = ["longest_own_silence", "longest_silence"].map((name) => {
    const [, seconds] = new RegExp(`^sonodesk_${name}_seconds ([\\d.]+)$`, "m").exec(metrics) ?? [];
    assert.ok(seconds !== undefined, metrics);
    return Number(seconds) * 1000;
  }) as [number, number];
  console.log(`longest silence ${when}: ${whole} ms, ${own} ms of it the box's own`);
  assert.ok(own < LONGEST_OWN && whole < LONGEST, `nobody was answered for ${whole} ms, ${own} ms of it the box's own`);
}
