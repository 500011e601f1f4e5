import assert from "node:assert/strict";
import { fold } from "../../ui/settings/fold.ts";

const folded = (things: string[]) =>
  fold(things, (thing) => thing[0]!, (thing) => thing.endsWith("!") ? undefined : thing.slice(1))
    .map(({ newest, all }) => `${newest} × ${all.length}`);

Deno.test("Fold: what repeats is one, though others come between; what one does otherwise parts it", () => {
  assert.deepEqual(folded(["a poll", "b poll", "a poll", "b poll", "a image", "b poll", "a poll"]), [
    "a poll × 2",
    "b poll × 3",
    "a image × 1",
    "a poll × 1",
  ]);
});

Deno.test("Fold: what stands for itself is never folded, and parts what is before and after it", () => {
  assert.deepEqual(folded(["a x!", "a x!", "a y", "a x!", "a y"]), [
    "a x! × 1",
    "a x! × 1",
    "a y × 1",
    "a x! × 1",
    "a y × 1",
  ]);
});
