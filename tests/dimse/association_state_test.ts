import assert from "node:assert/strict";
import {
  actionFor,
  type AssociationEvent,
  AssociationState,
  EVENTS,
  received,
  type State,
} from "../../src/dimse/association_state.ts";
import { PduType } from "../../src/dimse/pdu.ts";

/** PS3.8 Table 9-10, a row an event, a column a state from 1 to 13; `-` where the event cannot happen. */
const TABLE = `
  A-ASSOCIATE request         | AE-1 -    -    -    -    -    -    -    -    -     -    -    -
  transport connected         | -    -    -    AE-2 -    -    -    -    -    -     -    -    -
  A-ASSOCIATE-AC              | -    AA-1 AA-8 -    AE-3 AA-8 AA-8 AA-8 AA-8 AA-8  AA-8 AA-8 AA-6
  A-ASSOCIATE-RJ              | -    AA-1 AA-8 -    AE-4 AA-8 AA-8 AA-8 AA-8 AA-8  AA-8 AA-8 AA-6
  transport connection came   | AE-5 -    -    -    -    -    -    -    -    -     -    -    -
  A-ASSOCIATE-RQ              | -    AE-6 AA-8 -    AA-8 AA-8 AA-8 AA-8 AA-8 AA-8  AA-8 AA-8 AA-7
  A-ASSOCIATE accepted        | -    -    AE-7 -    -    -    -    -    -    -     -    -    -
  A-ASSOCIATE rejected        | -    -    AE-8 -    -    -    -    -    -    -     -    -    -
  P-DATA request              | -    -    -    -    -    DT-1 -    AR-7 -    -     -    -    -
  P-DATA-TF                   | -    AA-1 AA-8 -    AA-8 DT-2 AR-6 AA-8 AA-8 AA-8  AA-8 AA-8 AA-6
  A-RELEASE request           | -    -    -    -    -    AR-1 -    -    -    -     -    -    -
  A-RELEASE-RQ                | -    AA-1 AA-8 -    AA-8 AR-2 AR-8 AA-8 AA-8 AA-8  AA-8 AA-8 AA-6
  A-RELEASE-RP                | -    AA-1 AA-8 -    AA-8 AA-8 AR-3 AA-8 AA-8 AR-10 AR-3 AA-8 AA-6
  A-RELEASE response          | -    -    -    -    -    -    -    AR-4 AR-9 -     -    AR-4 -
  A-ABORT request             | -    -    AA-1 AA-2 AA-1 AA-1 AA-1 AA-1 AA-1 AA-1  AA-1 AA-1 -
  A-ABORT                     | -    AA-2 AA-3 -    AA-3 AA-3 AA-3 AA-3 AA-3 AA-3  AA-3 AA-3 AA-2
  transport closed            | -    AA-5 AA-4 AA-4 AA-4 AA-4 AA-4 AA-4 AA-4 AA-4  AA-4 AA-4 AR-5
  ARTIM expired               | -    AA-2 -    -    -    -    -    -    -    -     -    -    AA-2
  unrecognized or invalid PDU | -    AA-1 AA-8 -    AA-8 AA-8 AA-8 AA-8 AA-8 AA-8  AA-8 AA-8 AA-7
`;

Deno.test("association state: every event in every state calls for the action of PS3.8 Table 9-10", () => {
  const rows = TABLE.trim().split("\n").map((line) => line.split("|") as [string, string]);
  assert.deepEqual(rows.map(([event]) => event.trim()), [...EVENTS]);
  for (const [event, cells] of rows) {
    const expected = cells.trim().split(/ +/);
    assert.equal(expected.length, 13, event);
    const actions = expected.map((_, index) => actionFor(index + 1 as State, event.trim() as AssociationEvent) ?? "-");
    assert.deepEqual(actions, expected, event);
  }
});

/** Lets these events happen one after the other; returns the state after each. */
function through(side: "requestor" | "acceptor", ...events: AssociationEvent[]): State[] {
  const state = new AssociationState(side);
  return events.map((event) => {
    state.on(event);
    return state.current;
  });
}

Deno.test("association state: an association that is accepted and released comes to its end on both sides", () => {
  assert.deepEqual(
    through("acceptor", "A-ASSOCIATE-RQ", "A-ASSOCIATE accepted", "P-DATA-TF", "P-DATA request", "A-RELEASE-RQ"),
    [3, 6, 6, 6, 8],
  );
  assert.deepEqual(
    through("requestor", "A-ASSOCIATE-AC", "P-DATA request", "A-RELEASE request", "P-DATA-TF", "A-RELEASE-RP"),
    [6, 6, 7, 7, 1],
  );
});

Deno.test("association state: both sides ask for the release at once", () => {
  const established = "A-ASSOCIATE-AC";
  assert.deepEqual(
    through("requestor", established, "A-RELEASE request", "A-RELEASE-RQ", "A-RELEASE response", "A-RELEASE-RP"),
    [6, 7, 9, 11, 1],
  );
  assert.deepEqual(
    through(
      ...["acceptor", "A-ASSOCIATE-RQ", "A-ASSOCIATE accepted", "A-RELEASE request"] as const,
      ...["A-RELEASE-RQ", "A-RELEASE-RP", "A-RELEASE response", "transport closed"] as const,
    ),
    [3, 6, 7, 10, 12, 13, 1],
  );
});

Deno.test("association state: what cannot happen leaves it as it is", () => {
  assert.deepEqual(through("acceptor", "A-RELEASE request", "P-DATA request"), [2, 2]);
});

Deno.test("association state: each PDU type is an event, and any other is none of DICOM's", () => {
  assert.deepEqual(Object.values(PduType).map(received), [
    ...["A-ASSOCIATE-RQ", "A-ASSOCIATE-AC", "A-ASSOCIATE-RJ", "P-DATA-TF", "A-RELEASE-RQ", "A-RELEASE-RP", "A-ABORT"],
  ]);
  assert.equal(received(0x47), "unrecognized or invalid PDU");
});
