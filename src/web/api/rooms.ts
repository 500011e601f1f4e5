import { say } from "../../sentences.ts";
import type { Appointment } from "../../store/appointment.ts";
import type { Machine } from "../../store/machines.ts";
import type { Store } from "../../store/store.ts";
import { today } from "../calendar.ts";
import type { RoomDisplay, RoomPerson } from "../contract/board.ts";
import { notFound } from "../problem.ts";
import { json, route } from "../route.ts";

/** Who waits for a room that is told at most: what a screen shows. */
const MOST_WAITING = 10;

/** Who was sent on another day and has waited longer than this has gone home, milliseconds. */
const LONGEST_WAIT = 12 * 3_600_000;

/** Milliseconds. */
const ONCE_IN = 1000;

/** The day's board as it was read last, which is for all who ask within a second: nobody signs in to ask. */
const lastRead = new WeakMap<Store, { at: number; appointments: Appointment[] }>();

function boardOf(store: Store): Appointment[] {
  let read = lastRead.get(store);
  if (read === undefined || performance.now() - read.at > ONCE_IN) {
    read = { at: performance.now(), appointments: store.appointments.onBoard(today()) };
    lastRead.set(store, read);
  }
  return read.appointments;
}

/** What a room's own screen shows without a login: nobody's name, and nothing until the clinic has chosen what. */
export const roomRoutes = [
  route("GET /api/rooms/:room", {
    who: "anyone",
    summary: "Who is next in a room, for its screen; as far as the settings say",
    answer: json<RoomDisplay>(),
  }, ({ store, settings, params }) => {
    const shows = settings.current.roomDisplay;
    if (shows === "off") throw notFound(say("room-displays-off"));
    const machines = store.machines.all().filter((machine) => machine.admitted && isOfRoom(machine, params.room));
    if (machines.length === 0) throw notFound(say("no-machine-in-room"));
    const ofRoom = boardOf(store).filter((appointment) => isForOneOf(machines, appointment));
    return {
      room: machines[0]!.room || machines[0]!.name,
      now: new Date().toISOString(),
      atMachine: ofRoom.filter(isAtMachine).map((one) => personOf(one, one.statusChangedAt, shows)),
      waiting: ofRoom.filter((one) => !isAtMachine(one) && isWaiting(one)).sort(byTurn).slice(0, MOST_WAITING)
        .map((one) => personOf(one, one.arrivedAt ?? one.sentAt!, shows)),
    };
  }),
];

/** One who is for any machine waits for each room, and is at the machine that asked for them. */
function isForOneOf(machines: readonly Machine[], appointment: Appointment): boolean {
  const { machineId, plannedMachineId, sentAt, seenBy } = appointment;
  const goesTo = sentAt === null ? plannedMachineId : machineId;
  if (goesTo !== null) return machines.some(({ id }) => id === goesTo);
  return !isAtMachine(appointment) || machines.some(({ aeTitle }) => aeTitle === seenBy);
}

/** By the room's name, or the machine's where it has no room; without regard to case. */
function isOfRoom({ room, name }: Machine, asked: string): boolean {
  return (room || name).toLowerCase() === asked.toLowerCase();
}

function isAtMachine({ status }: Appointment): boolean {
  return status === "in progress" || status === "images received";
}

/** Here, or sent to the room already; whoever is booked for another day waits for half a day at most. */
function isWaiting({ status, date, arrivedAt, sentAt }: Appointment): boolean {
  if (status === "scheduled") return arrivedAt !== null;
  if (status !== "sent" && status !== "seen by machine") return false;
  return date === today() || Date.now() - Date.parse(sentAt!) < LONGEST_WAIT;
}

/** Who is urgent first, then whoever was sent, then as booked. */
function byTurn(one: Appointment, other: Appointment): number {
  const turn = ({ urgent, status }: Appointment) => (urgent ? 0 : 2) + (status === "scheduled" ? 1 : 0);
  return turn(one) - turn(other) || one.date.localeCompare(other.date) || one.time.localeCompare(other.time) ||
    one.id.localeCompare(other.id);
}

function personOf(appointment: Appointment, since: string, shows: "time" | "number" | "id" | "initials"): RoomPerson {
  const { patient, time, urgent, accessionNumber } = appointment;
  const initial = (name: string) => [...new Intl.Segmenter().segment(name.trim())][0]?.segment ?? "";
  const label = {
    time: "",
    number: accessionNumber,
    id: patient.id,
    initials: [patient.firstName, patient.lastName].map(initial).filter(Boolean).join(" "),
  }[shows];
  return { label, time, since, urgent };
}
