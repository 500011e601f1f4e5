import type { Appointment } from "../../src/web/contract/appointments.ts";
import type { Machine } from "../../src/web/contract/machines.ts";
import { useEffect, useState } from "../shared/html.ts";
import { remembered } from "../shared/remembered.ts";
import { isSame, machineOf, roomOf } from "./rooms.ts";

/** The lane of those who may go to any room. */
export const ANY_ROOM = "";

const REMEMBERED = "lanes";

/** Where lanes can be read beside the person. */
const WIDE = "(min-width: 1200px)";

/**
 * Whether this desk shows its rooms beside each other: undefined where the screen is too narrow for it, which may change
 * when it is turned.
 */
export function useLanes(): [boolean | undefined, (on: boolean) => void] {
  const [on, setOn] = useState(() => remembered.getItem(REMEMBERED) === "on");
  const [wide, setWide] = useState(() => matchMedia(WIDE).matches);
  useEffect(() => {
    const screen = matchMedia(WIDE);
    const turned = () => setWide(screen.matches);
    screen.addEventListener("change", turned);
    return () => screen.removeEventListener("change", turned);
  }, []);
  return [wide ? on : undefined, (on) => {
    remembered.setItem(REMEMBERED, on ? "on" : "");
    setOn(on);
  }];
}

/** The room an appointment is in by its machine, else by its department; `ANY_ROOM` while neither says one. */
export function laneOf(appointment: Appointment, machines: readonly Machine[], rooms: readonly string[]): string {
  const machine = machineOf(appointment, machines);
  const room = machine === undefined ? appointment.department : roomOf(machine);
  return rooms.find((one) => isSame(one, room)) ?? ANY_ROOM;
}
