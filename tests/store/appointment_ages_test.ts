import assert from "node:assert/strict";
import { waitOf } from "../../src/store/appointment_ages.ts";

const AT = "2026-11-29T10:00:00.000Z";
const LATER = "2026-11-29T10:20:00.000Z";
const NOTHING = { date: "2026-11-29", statusChangedAt: AT, sentAt: null, seenAt: null, lastImageAt: null };

Deno.test("Ages: what an appointment waits for, since when, and when that is too long", () => {
  assert.deepEqual(waitOf({ ...NOTHING, status: "sent", sentAt: AT }), {
    ...{ code: "no-machine-asked", since: AT, lateAt: "2026-11-29T10:15:00.000Z" },
  });
  const ahead = waitOf({ ...NOTHING, status: "sent", sentAt: AT, date: "2026-12-24" })!;
  assert.deepEqual(
    [new Date(ahead.since), new Date(ahead.lateAt)],
    [new Date(2026, 11, 24), new Date(2026, 11, 24, 0, 15)],
    "from the morning of its day on",
  );
  assert.deepEqual(waitOf({ ...NOTHING, status: "seen by machine", sentAt: AT, seenAt: LATER }), {
    ...{ code: "no-image", since: LATER, lateAt: "2026-11-29T11:20:00.000Z" },
  });
  assert.deepEqual(waitOf({ ...NOTHING, status: "in progress", seenAt: AT, statusChangedAt: LATER }), {
    ...{ code: "no-image", since: LATER, lateAt: "2026-11-29T11:20:00.000Z" },
  });
  assert.deepEqual(waitOf({ ...NOTHING, status: "in progress", lastImageAt: LATER }), {
    ...{ code: "no-end", since: LATER, lateAt: "2026-11-29T11:20:00.000Z" },
  });
  assert.deepEqual(waitOf({ ...NOTHING, status: "images received", lastImageAt: LATER }), {
    ...{ code: "no-end", since: LATER, lateAt: "2026-11-29T11:20:00.000Z" },
  });
  for (const status of ["scheduled", "completed", "cancelled", "no show"] as const) {
    assert.equal(waitOf({ ...NOTHING, status }), null, status);
  }
});
