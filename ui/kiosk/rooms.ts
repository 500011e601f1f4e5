import type { Appointment } from "../../src/web/contract/appointments.ts";
import type { Machine } from "../../src/web/contract/machines.ts";
import { remembered } from "../shared/remembered.ts";

const REMEMBERED = "room";

/** The room this desk showed last, of which its board begins; "" for every room, or where nobody has chosen. */
export function deskRoom(): string {
  return remembered.getItem(REMEMBERED) ?? "";
}

/** @param room "" for every room */
export function rememberRoom(room: string): void {
  remembered.setItem(REMEMBERED, room);
}

/** What a machine's room is called: the machine's name where it has none. */
export const roomOf = ({ room, name }: Pick<Machine, "room" | "name">): string => room.trim() || name;

export const isSame = (one: string, other: string) => one.toLowerCase() === other.toLowerCase();

/** The rooms that machines stand in, each once, in order. One alone is no choice: then there are none. */
export function roomsOf(machines: readonly Machine[]): string[] {
  const rooms = machines.map(roomOf);
  const once = rooms.filter((room, at) => rooms.findIndex((other) => isSame(other, room)) === at);
  return once.length < 2 ? [] : once.sort((a, b) => a.localeCompare(b, undefined, { numeric: true }));
}

/**
 * What of the day can be chosen by: the rooms of the machines, the desk's own first, then the departments that are no
 * rooms.
 *
 * @param own the room of the machine that this desk sends to; "" where there is none
 */
export function placesOf(rooms: readonly string[], departments: readonly string[], own: string): string[] {
  const isOwn = (room: string) => Number(isSame(room, own));
  return [
    ...[...rooms].sort((a, b) => isOwn(b) - isOwn(a)),
    ...departments.filter((one) => !rooms.some((room) => isSame(room, one))),
  ];
}

/** The machine that an appointment is at, was sent to or is planned for; undefined while it is for any. */
export function machineOf({ sentAt, machineId, plannedMachineId, seenBy }: Appointment, machines: readonly Machine[]) {
  const wanted = sentAt === null ? plannedMachineId : machineId;
  return machines.find(({ id }) => id === wanted) ?? machines.find(({ aeTitle }) => aeTitle === seenBy);
}

/**
 * Whether an appointment is of a room, by the machine it goes to, else by its department, which may be called as the
 * room is. Who may go to any room waits in each.
 *
 * @param place one of `placesOf`; "" for every room
 */
export function isOfPlace(
  appointment: Appointment,
  place: string,
  machines: readonly Machine[],
  rooms: readonly string[],
): boolean {
  if (place === "" || isSame(appointment.department, place)) return true;
  if (!rooms.some((room) => isSame(room, place))) return false;
  const machine = machineOf(appointment, machines);
  if (machine !== undefined) return isSame(roomOf(machine), place);
  return !rooms.some((room) => isSame(room, appointment.department));
}
