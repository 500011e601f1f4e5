import assert from "node:assert/strict";
import type { Appointment } from "../../src/web/contract/appointments.ts";
import { counted, EVERYBODY, fits, inOrder, nextOf } from "../../ui/kiosk/board_filter.ts";
import { dayOf } from "../../ui/shared/format.ts";

const NOW = Date.parse("2026-11-29T12:00:00Z");
const TODAY = dayOf(NOW);

function appointment(id: string, changes: Partial<Appointment>): Appointment {
  return {
    ...{ id, date: TODAY, time: "12:00:00", status: "scheduled", department: "", doctor: "", reasons: [], missing: 0 },
    ...{ stopped: null, reopened: false, arrivedAt: null, urgent: false, wait: null },
    ...changes,
  } as Appointment;
}

Deno.test("Board: who is here is next, the urgent before those who wait longest; else whoever is due", () => {
  const clock = (minutes: number) => new Date(NOW + minutes * 60_000).toTimeString().slice(0, 8);
  const due = appointment("due", { time: clock(5) });
  const missed = appointment("missed", { time: clock(-120) });
  const sent = appointment("sent", { time: clock(1), status: "sent" });
  const early = appointment("early", { time: clock(60), arrivedAt: new Date(NOW - 20 * 60_000).toISOString() });
  const urgent = appointment("urgent", { time: clock(90), arrivedAt: new Date(NOW).toISOString(), urgent: true });
  assert.equal(nextOf([due, missed, sent], TODAY, NOW)?.id, "due");
  assert.equal(nextOf([missed, sent], TODAY, NOW)?.id, "missed");
  assert.equal(nextOf([due, early], TODAY, NOW)?.id, "early");
  assert.equal(nextOf([due, early, urgent], TODAY, NOW)?.id, "urgent");
  assert.equal(nextOf([due, early, urgent], TODAY, NOW, "urgent")?.id, "early");
  assert.equal(nextOf([sent], TODAY, NOW), undefined);
  // otherwise the board has the order of the day, whatever has become of whom
  assert.deepEqual(inOrder([urgent, due, sent, missed], "all").map(({ id }) => id), [
    "missed",
    "sent",
    "due",
    "urgent",
  ]);
  assert.deepEqual(inOrder([early, urgent], "here").map(({ id }) => id), ["urgent", "early"]);
});

Deno.test("Board: who waits longer than they should needs a look, and is counted", () => {
  const since = new Date(NOW - 20 * 60_000).toISOString();
  const lateAt = (minutes: number) => new Date(NOW + minutes * 60_000).toISOString();
  const wait = (minutes: number) => ({ code: "no-machine-asked" as const, since, lateAt: lateAt(minutes) });
  const late = appointment("late", { status: "sent", wait: wait(-5), department: "2" });
  const soon = appointment("soon", { status: "sent", wait: wait(5) });
  const byDepartment = ({ department }: Appointment, room: string) => room === "" || department === room;
  const counts = counted([late, soon], EVERYBODY, NOW, byDepartment);
  assert.deepEqual({ look: counts.look, all: counts.all, at: counts["at machine"] }, { look: 1, all: 2, at: 2 });
  assert.equal(fits(late, { stage: "look", room: "2", doctor: "" }, NOW, byDepartment), true);
  assert.equal(fits(late, { stage: "look", room: "3", doctor: "" }, NOW, byDepartment), false);
});
