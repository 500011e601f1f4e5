import assert from "node:assert/strict";
import { APPOINTMENT_STATUSES } from "../../src/store/appointment_status.ts";
import { APPOINTMENT_VERBS, outcomeOf, reasonAgainst } from "../../src/store/appointment_verbs.ts";

/** + is done, = is so already; else the refusal. */
const CELLS = `
verb               | scheduled | sent | seen by machine | in progress   | images received | completed | cancelled | no show
edit               | +         | +    | +               | +             | +               | +         | cancelled | +
cancel             | +         | +    | +               | being-scanned | has-images      | completed | =         | +
reinstate          | =         | =    | =               | =             | =               | =         | +         | =
mark no show       | +         | +    | +               | being-scanned | has-images      | completed | cancelled | =
unmark no show     | =         | =    | =               | =             | =               | =         | =         | +
move to day        | +         | +    | +               | being-scanned | has-images      | completed | cancelled | +
move to machine    | +         | +    | +               | being-scanned | has-images      | completed | cancelled | no-show
mark arrived       | +         | +    | +               | being-scanned | has-images      | completed | cancelled | +
unmark arrived     | +         | +    | +               | being-scanned | has-images      | completed | +         | +
mark urgent        | +         | +    | +               | +             | has-images      | completed | cancelled | no-show
unmark urgent      | +         | +    | +               | +             | +               | +         | +         | +
note               | +         | +    | +               | +             | +               | +         | cancelled | +
send               | +         | +    | +               | being-scanned | +               | +         | cancelled | no-show
complete           | +         | +    | +               | +             | +               | =         | cancelled | no-show
reopen             | =         | =    | =               | =             | =               | +         | =         | =
`;

Deno.test("Verbs: each follows each status as reception would say it, cell by cell", async (t) => {
  const [head, ...rows] = CELLS.trim().split("\n").map((line) => line.split("|").map((cell) => cell.trim()));
  assert.deepEqual(head!.slice(1), [...APPOINTMENT_STATUSES]);
  assert.deepEqual(rows.map(([verb]) => verb), [...APPOINTMENT_VERBS]);
  for (const [verb, ...cells] of rows) {
    await t.step(verb!, () => {
      cells.forEach((cell, at) => {
        const [name, status] = [verb as typeof APPOINTMENT_VERBS[number], APPOINTMENT_STATUSES[at]!];
        const outcome = outcomeOf(name, status);
        assert.equal({ "done": "+", "so already": "=" }[outcome as string] ?? outcome, cell, `${verb} in ${status}`);
        assert.equal(reasonAgainst(name, status) === undefined, cell === "+" || cell === "=", `${verb} in ${status}`);
      });
    });
  }
});
