import assert from "node:assert/strict";

/** Nobody is to wait longer for the box because of what came in, milliseconds: its own work and its waits for the disk. */
const LONGEST_OWN = 200;
/** With what other programs on the test's computer take of the processors, milliseconds. */
const LONGEST = 1000;
/** So often a computer that stands still may come between. */
const ATTEMPTS = 3;

/** Somebody waited too long. */
class Silence extends assert.AssertionError {}

/** Holds the longest silence so far to its bounds, as `/metrics` tells it. @param when for who reads the output */
export function assertAnswering(metrics: string, when: string): void {
  const [own, whole] = ["longest_own_silence", "longest_silence"].map((name) => {
    const [, seconds] = new RegExp(`^sonodesk_${name}_seconds ([\\d.]+)$`, "m").exec(metrics) ?? [];
    assert.ok(seconds !== undefined, metrics);
    return Number(seconds) * 1000;
  }) as [number, number];
  console.log(`longest silence ${when}: ${whole} ms, ${own} ms of it the box's own`);
  if (own < LONGEST_OWN && whole < LONGEST) return;
  throw new Silence({ message: `nobody was answered for ${whole} ms, ${own} ms of it the box's own` });
}

/**
 * A test that holds silences to their bounds, with a box of its own each time it is tried. What comes in has the box
 * stand still each time; a virtual computer, or its disk, that stands still itself hardly does so in every attempt.
 */
export function answering(test: () => Promise<void>): () => Promise<void> {
  return async () => {
    for (let attempt = 1;; attempt++) {
      try {
        return await test();
      } catch (error) {
        if (!(error instanceof Silence) || attempt === ATTEMPTS) throw error;
        console.log(`${error.message}: tried again`);
      }
    }
  };
}
