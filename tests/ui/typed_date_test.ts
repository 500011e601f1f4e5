import assert from "node:assert/strict";
import { typedDate, withStrokes } from "../../ui/shared/typed_date.ts";

Deno.test("Typed date: digits get their strokes, whatever is typed or taken away", () => {
  let typed = "";
  const seen = [];
  for (const digit of "17051990") seen.push(typed = withStrokes(typed + digit));
  assert.deepEqual(seen, ["1", "17", "17/0", "17/05", "17/05/1", "17/05/19", "17/05/199", "17/05/1990"]);
  assert.equal(withStrokes("17/05/19901"), "17/05/1990", "there is nothing after a year");
  for (; typed !== ""; typed = withStrokes(typed.slice(0, -1))) assert.ok(typed.length < 20);
  assert.equal(withStrokes("7.5.1990"), "7.5.1990");
  assert.equal(withStrokes("7/5/1990"), "7/5/1990");
});

Deno.test("Typed date: only a day there is, day first", () => {
  const days = [
    ["17/05/1990", "1990-05-17"],
    ["7.5.1990", "1990-05-07"],
    [" 7-5-1990 ", "1990-05-07"],
    ["29/02/2024", "2024-02-29"],
  ] as const;
  for (const [typed, day] of days) assert.equal(typedDate(typed), day);
  for (const typed of ["", "17", "17/05", "17/05/90", "31/02/2024", "29/02/2023", "00/01/2000", "05/17/1990", "now"]) {
    assert.equal(typedDate(typed), undefined, typed);
  }
});
