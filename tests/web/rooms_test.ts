import assert from "node:assert/strict";
import { say } from "../../src/sentences.ts";
import { localDate } from "../../src/dicom/date_time.ts";
import { TestBox } from "../support/web_box.ts";

const NAMES = /Asha|Rao|Priya|Sharma|Meera/;

async function clinic() {
  const box = await TestBox.start();
  box.addUser("admin", "admin");
  const [one, two] = [box.addMachine("US-1", "1"), box.addMachine("US-2", "2")];
  const look = async (room: string) => {
    const answer = await box.fetch(`/api/rooms/${room}`);
    const text = await answer.text();
    assert.doesNotMatch(text, NAMES, "nobody's name leaves without a login");
    return { status: answer.status, json: JSON.parse(text) };
  };
  const shows = (value: string) => box.settings.change("SONODESK_ROOM_DISPLAY", value);
  return { box, one, two, look, shows, [Symbol.asyncDispose]: () => box.stop() };
}

Deno.test("Room display: until the clinic chooses what it shows, it says nothing at all", async () => {
  await using at = await clinic();
  at.box.store.worklistItems.send(at.box.book({ id: "P1", firstName: "Asha", lastName: "Rao" }).id, at.one.id, "anna");
  const { status, json } = await at.look("1");
  assert.deepEqual([status, json.code, json.parameters], [404, "room-displays-off", {}]);
});

Deno.test("Room display: who is next in this room and since when, by what the clinic lets it say", async () => {
  await using at = await clinic();
  const { box, one, two, look, shows } = at;
  const changes = box.store.appointmentChanges;
  const asha = box.book({ id: "P1", firstName: "Asha", lastName: "Rao" }, { time: "09:00:00" });
  const priya = box.book({ id: "P2", firstName: "प्रिया", lastName: "Sharma" }, { time: "10:00:00" });
  const other = box.book({ id: "P3", firstName: "Meera", lastName: "Nair" }, { time: "08:00:00" });
  const anybodys = box.book({ id: "P4", firstName: "Meera", lastName: "Das" }, { time: "11:00:00" });
  box.book({ id: "P5", firstName: "Meera", lastName: "Bose" }); // booked, not here
  box.store.worklistItems.send(asha.id, one.id, "anna");
  box.store.worklistItems.send(priya.id, one.id, "anna");
  box.store.worklistItems.send(other.id, two.id, "anna");
  changes.markArrived(anybodys.id, "2026-11-29T08:00:00.000Z", "anna");
  changes.markUrgent(priya.id, true, "anna");
  shows("id");
  const first = (await look("1")).json;
  assert.deepEqual(first.waiting.map((person: { label: string }) => person.label), ["P2", "P1", "P4"]);
  assert.equal(first.waiting[2].since, "2026-11-29T08:00:00.000Z");
  assert.equal(first.waiting[0].urgent, true);
  shows("initials");
  const initials = (await look("1")).json.waiting.map((person: { label: string }) => person.label);
  assert.deepEqual(initials, ["प्रि S", "A R", "M D"]);
  shows("number");
  assert.equal((await look("1")).json.waiting[1].label, asha.accessionNumber);
  shows("time");
  const byTime = (await look("1")).json.waiting;
  assert.deepEqual(byTime.map(({ label, time }: { label: string; time: string }) => [label, time]), [
    ["", "10:00:00"],
    ["", "09:00:00"],
    ["", "11:00:00"],
  ]);
  assert.equal((await look("nowhere")).status, 404);

  // at the machine
  box.store.worklistItems.seen([asha.id], "US-1");
  box.store.appointments.record(asha.id, "scan started", say("begun-on", { machine: "US-1" }));
  await new Promise((resolve) => setTimeout(resolve, 1100)); // the board is read once in a second
  shows("id");
  const busy = (await look("1")).json;
  assert.deepEqual(busy.atMachine.map((person: { label: string }) => person.label), ["P1"]);
  assert.deepEqual(busy.waiting.map((person: { label: string }) => person.label), ["P2", "P4"]);
});

Deno.test("Room display: who was sent yesterday and has gone home does not stand before who waits today", async () => {
  await using at = await clinic();
  const { box, one, look, shows } = at;
  const yesterday = new Date(Date.now() - 86_400_000);
  const date = localDate(yesterday);
  const before = box.book({ id: "P1", firstName: "Asha", lastName: "Rao" }, { date, time: "23:50:00" });
  const now = box.book({ id: "P2", firstName: "Priya", lastName: "Sharma" }, { time: "09:00:00" });
  for (const { id } of [before, now]) box.store.worklistItems.send(id, one.id, "anna");
  shows("id");
  const waiting = async () => (await look("1")).json.waiting.map(({ label }: { label: string }) => label);
  assert.deepEqual(await waiting(), ["P1", "P2"], "whoever waits at midnight waits still");
  const clock = Date.now;
  try {
    Date.now = () => clock() + 13 * 3_600_000;
    assert.deepEqual(await waiting(), ["P2"]);
  } finally {
    Date.now = clock;
  }
});
