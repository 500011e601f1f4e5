import assert from "node:assert/strict";
import type { Appointment } from "../../src/web/contract/appointments.ts";
import type { Machine } from "../../src/web/contract/machines.ts";
import { isOfPlace, placesOf, roomsOf } from "../../ui/kiosk/rooms.ts";

const machine = (id: string, room: string) => ({ id, room, name: `US ${id}`, aeTitle: `AE-${id}` }) as Machine;
const booked = (changes: Partial<Appointment>) =>
  ({ department: "", sentAt: null, machineId: null, plannedMachineId: null, seenBy: null, ...changes }) as Appointment;

Deno.test("Rooms: those of the machines, the desk's own first, then the departments that are no rooms", () => {
  assert.deepEqual(roomsOf([machine("a", "1"), machine("b", "1")]), [], "one room is no choice");
  const rooms = roomsOf([machine("a", "Room 10"), machine("b", "Room 2"), machine("c", "room 2"), machine("d", "")]);
  assert.deepEqual(rooms, ["Room 2", "Room 10", "US d"]);
  assert.deepEqual(placesOf(rooms, ["Obstetrics", "ROOM 2"], "Room 10"), ["Room 10", "Room 2", "US d", "Obstetrics"]);
  assert.deepEqual(placesOf([], ["Obstetrics"], ""), ["Obstetrics"]);
});

Deno.test("Rooms: somebody is of the room of their machine, else of their department; who may go anywhere waits in each", () => {
  const machines = [machine("a", "1"), machine("b", "2")];
  const rooms = roomsOf(machines);
  const placeOf = (changes: Partial<Appointment>) =>
    [...rooms, "Obstetrics"].filter((place) => isOfPlace(booked(changes), place, machines, rooms)).join();
  assert.equal(placeOf({ plannedMachineId: "a" }), "1");
  assert.equal(placeOf({ plannedMachineId: "a", machineId: "b", sentAt: "2026-11-29T10:00:00Z" }), "2");
  assert.equal(placeOf({ sentAt: "2026-11-29T10:00:00Z", seenBy: "AE-b" }), "2", "sent to any, and asked for by one");
  assert.equal(placeOf({ department: "2" }), "2");
  assert.equal(placeOf({}), "1,2");
  assert.equal(placeOf({ department: "Obstetrics", plannedMachineId: "a" }), "1,Obstetrics");
  assert.equal(isOfPlace(booked({ plannedMachineId: "a" }), "", machines, rooms), true);
});
