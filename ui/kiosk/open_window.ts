import type { Appointment, FoundPatient } from "../../src/web/contract/appointments.ts";
import type { Box } from "../../src/web/contract/box.ts";
import type { Machine } from "../../src/web/contract/machines.ts";
import type { Session } from "../../src/web/contract/people.ts";
import { html } from "../shared/html.ts";
import type { Address } from "./address.ts";
import type { Day } from "./day.ts";
import { WINDOWS } from "./desk_windows.ts";
import type { Decided } from "./taken_back.ts";
import type { May } from "./to_check.ts";
import type { Scanned } from "./walk_in.ts";

export interface OpenWindowProperties {
  address: Address;
  box: Box;
  session: Session;
  day: Day;
  today: string;
  machines: Machine[];
  usual: Machine | null;
  /** Who a walk-in is for, where somebody was found. */
  walkInFor: FoundPatient | undefined;
  scanned: Scanned | undefined;
  may: May;
  sameName: (appointment: Appointment) => boolean;
  machineNamed: (aeTitle: string) => string;
  onSend: (id: string, machineId: string | null) => void;
  onAdded: (appointment: Appointment, send: boolean) => void;
  onTake: (appointment: Appointment) => void;
  onDone: (done: Decided) => void;
  onDay: (date: string) => void;
  onSession: (session: Session) => void;
}

/** The window that the address names, over the page. */
export function OpenWindow(
  {
    address,
    box,
    session,
    day,
    today,
    machines,
    usual,
    walkInFor,
    scanned,
    may,
    sameName,
    machineNamed,
    onSend,
    onAdded,
    onTake,
    onDone,
    onDay,
    onSession,
  }: OpenWindowProperties,
) {
  const { place } = address;
  const close = () => address.close();
  const appointments = [...day.appointments.values()];
  const person = day.appointments.get(place.person);
  const decided = () => day.load();

  switch (place.window) {
    case "connect":
      return html`<${WINDOWS.connect.component} box=${box} onClose=${close} />`;
    case "pin":
      return html`
        <${WINDOWS.ownPin.component}
          session=${session}
          onClose=${close}
          onSaved=${(changed: Session) => {
            close();
            onSession(changed);
          }}
        />
      `;
    case "password":
      return html`<${WINDOWS.ownPassword.component} session=${session} onClose=${close} />`;
    case "screen":
      return html`<${WINDOWS.screenSize.component} onClose=${close} />`;
    case "calendar":
      return html`
        <${WINDOWS.calendar.component} date=${day.date} today=${today} onDay=${onDay} onClose=${close} />
      `;
    case "walk-in":
      return html`
        <${WINDOWS.walkIn.component}
          appointments=${appointments}
          words=${walkInFor === undefined ? place.search : ""}
          person=${walkInFor}
          scanned=${scanned}
          user=${session.username}
          onClose=${close}
          onAdded=${onAdded}
        />
      `;
    case "to-check": {
      const { cases, scans } = day.toCheck;
      return html`
        <${WINDOWS.toCheck.component}
          cases=${cases}
          scans=${scans}
          appointments=${appointments}
          date=${day.date}
          may=${may}
          machineNamed=${machineNamed}
          onDecided=${decided}
          onClose=${close}
        />
      `;
    }
    case "edit":
    case "note":
      return person && html`
        <${WINDOWS[place.window].component} key=${person.id} appointment=${person} user=${session
          .username} onTake=${onTake}
          onDone=${onDone} onClose=${close} />
      `;
    case "move":
      return person && html`
        <${WINDOWS.move.component} key=${person.id} appointment=${person} user=${session.username} machines=${machines}
          onTake=${onTake} onDone=${onDone} onClose=${close} />
      `;
    case "visits":
      return person && html`
        <${WINDOWS.visits.component} key=${person.patient.id} appointment=${person} address=${address} day=${day}
          may=${may} sameName=${sameName(person)} machineNamed=${machineNamed} onClose=${close} />
      `;
    case "choose":
      return person && html`
        <${WINDOWS.choose.component}
          appointment=${person}
          sameName=${sameName(person)}
          machines=${machines}
          usual=${usual}
          onChoose=${(machineId: string | null) => {
            close();
            onSend(person.id, machineId);
          }}
          onClose=${close}
        />
      `;
    case "viewer":
      return person && html`
        <${WINDOWS.viewer.component}
          appointment=${person}
          images=${day.images.get(person.id) ?? []}
          start=${place.image}
          sameName=${sameName(person)}
          appointments=${appointments}
          date=${day.date}
          may=${may}
          machineNamed=${machineNamed}
          onDecided=${decided}
          onClose=${close}
        />
      `;
    default:
      return null;
  }
}
