import type { Appointment } from "../../src/web/contract/appointments.ts";
import type { Box } from "../../src/web/contract/box.ts";
import type { Machine } from "../../src/web/contract/machines.ts";
import { remembered } from "../shared/remembered.ts";

const REMEMBERED = "machine";
/** No machine has this for its id. */
const ANY = "any";

/**
 * The machine this desk sends to unless told otherwise: the one chosen last here, which of its own screen the box
 * remembers; null for any.
 */
export function usualMachine(machines: Machine[], box: Box): Machine | null {
  const id = remembered.getItem(REMEMBERED) ?? box.screenMachineId;
  return machines.find((machine) => machine.id === id) ?? null;
}

/**
 * The machine that a patient goes to with one tap: that of the room they are booked in, which is called as the
 * department is; else the desk's usual one.
 */
export function machineFor(appointment: Appointment, machines: Machine[], usual: Machine | null): Machine | null {
  return machines.find((machine) => isOfRoom(machine, appointment)) ?? usual;
}

export function isOfRoom({ room }: Machine, { department }: Appointment) {
  return room.trim() !== "" && room.trim().toLowerCase() === department.trim().toLowerCase();
}

/** The machine that was chosen last here; null for any. */
export function rememberMachine(id: string | null): void {
  remembered.setItem(REMEMBERED, id ?? ANY);
}
