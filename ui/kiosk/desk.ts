import type { Appointment } from "../../src/web/contract/appointments.ts";
import type { Box } from "../../src/web/contract/box.ts";
import type { Session } from "../../src/web/contract/people.ts";
import { api } from "../shared/api.ts";
import { clockTime, dayAfter, dayInShort, dayInWords, dayOf, fullName } from "../shared/format.ts";
import { listen } from "../shared/events.ts";
import { html, useCallback, useEffect, useMemo, useRef, useState } from "../shared/html.ts";
import { icons } from "../shared/icons.ts";
import { Keyboard } from "../shared/keyboard.ts";
import { text } from "../shared/text.ts";
import { AppointmentRow, FAILED } from "./appointment_row.ts";
import { LOCK_SCREEN } from "../shared/session.ts";
import { useMinute } from "../shared/clock.ts";
import { machineFor, usualMachine } from "./machine_for.ts";
import { inQuietMoments } from "../shared/later.ts";
import { Day } from "./day.ts";
import { away, grouped, matches } from "./day_groups.ts";
import { WINDOWS } from "./desk_windows.ts";
import { Empty, Summary } from "./day_summary.ts";
import { Menu, type MenuWindow } from "./menu.ts";
import { type Live, StatusBar } from "./status_bar.ts";
import { sharedNames, togetherInWords } from "./people.ts";
import { useSteady } from "./steady.ts";

export interface DeskProperties {
  box: Box;
  session: Session;
  onSignOut: () => void;
  onLock: () => void;
  onSession: (session: Session) => void;
}

/** The window that is open over the page. */
type Open =
  | { window: MenuWindow | "to check" }
  | { window: "walk-in"; words?: string }
  | { window: "choose" | "details"; id: string }
  | { window: "viewer"; id: string; uid: string };

/** The day at the desk. */
export function Desk({ box: boxAtFirst, session, onSignOut, onLock, onSession }: DeskProperties) {
  const now = useMinute();
  const today = dayOf(now);
  const [, redraw] = useState(0);
  const day = useMemo(() => {
    const made = new Day(today, () => redraw((n) => n + 1));
    // at once: effects wait until the page without it has been painted
    made.load();
    return made;
  }, []);
  const [box, setBox] = useState(boxAtFirst);
  const [live, setLive] = useState<Live>("connecting");
  const [words, setWords] = useState("");
  /** the window that is open over the page */
  const [open, setOpen] = useState<Open | null>(null);
  const mayReadImages = session.permissions.includes("images");
  const may = { decide: mayReadImages, takeBack: session.permissions.includes("settings") };

  useEffect(() => {
    let version: string | undefined;
    const stop = listen({
      onConnected(hello) {
        // the box was updated: its pages are new as well
        if (version !== undefined && version !== hello.version) return location.reload();
        version = hello.version;
        setLive("live");
        day.load();
        api("GET /api/box").then(setBox, () => {});
      },
      onLost() {
        setLive((before) => before === "connecting" ? before : "lost");
        // tells a lost network from a login that has ended: the latter leads to the sign-in page
        api("GET /api/machines").catch(() => {});
      },
      onEvent(event) {
        if (event.noun === "setting") api("GET /api/box").then(setBox, () => {});
        else day.hear(event);
      },
    });
    return stop;
  }, []);

  useEffect(() => {
    if (day.loaded) inQuietMoments([LOCK_SCREEN, ...Object.values(WINDOWS)]);
  }, [day.loaded]);

  // at midnight the page of today becomes that of the new day
  const shownToday = useRef(today);
  useEffect(() => {
    if (shownToday.current !== today && day.date === shownToday.current) show(today);
    shownToday.current = today;
  }, [today]);

  // who was just added comes into view
  const [arrived, setArrived] = useState<string | undefined>(undefined);
  useEffect(() => {
    if (arrived === undefined) return;
    document.querySelector(`[data-id="${CSS.escape(arrived)}"]`)?.scrollIntoView({ block: "center" });
  }, [arrived]);

  function show(date: string) {
    day.open(date);
  }

  const onSend = useCallback((id: string, machineId: string | null) => day.send(id, machineId), []);
  const onRecall = useCallback((id: string) => day.recall(id), []);
  const onComplete = useCallback((id: string) => day.complete(id), []);
  const onDismiss = useCallback((id: string) => day.dismiss(id), []);
  const onChoose = useCallback((id: string) => setOpen({ window: "choose", id }), []);
  const onDetails = useCallback((id: string) => setOpen({ window: "details", id }), []);
  const onView = useCallback((id: string, uid: string) => setOpen({ window: "viewer", id, uid }), []);
  const close = useCallback(() => setOpen(null), []);
  const list = useSteady();

  const all = [...day.appointments.values()];
  const found = words.trim() === "" ? all : all.filter((appointment) => matches(appointment, words));
  const groups = grouped(found, day.date, now);
  const machines = day.machines.filter((machine) => machine.admitted || box.admission === "open");
  const waiting = box.admission === "pairing" ? day.machines.length - machines.length : 0;
  const elsewhere = box.admission === "open"
    ? 0
    : machines.filter(({ origins }) => origins?.some(({ state }) => state === "asked")).length;
  const { cases, scans } = day.toCheck;
  const toCheck = cases.length + scans.length;
  const shared = sharedNames(all);
  const sameName = ({ nameKey }: Appointment) => shared.has(nameKey);
  const machineNamed = (aeTitle: string) => machineOf({ machineId: null, seenBy: aeTitle });
  const usual = machines.length > 1 ? usualMachine(machines, box) : null;
  const sendTo = (appointment: Appointment) => machines.length > 1 ? machineFor(appointment, machines, usual) : null;
  const machineOf = ({ machineId, seenBy }: Pick<Appointment, "machineId" | "seenBy">) =>
    day.machines.find((machine) => machine.id === machineId || machine.aeTitle === seenBy)?.name ?? seenBy ?? "";

  const opened = open !== null && "id" in open ? day.appointments.get(open.id) : undefined;

  return html`
    <div class="desk">
      <header class="top">
        <div class="brand">
          <img src="/shared/mark.svg" alt="" width="40" height="40" />
          <h1>${box.name}</h1>
        </div>
        <nav class="days" aria-label=${dayInWords(day.date)}>
          <button
            class="button quiet round"
            aria-label=${text.header.previousDay}
            onClick=${() => show(dayAfter(day.date, -1))}
          >
            ${icons.previous()}
          </button>
          <button class="day-name" onClick=${() => show(today)} title=${text.header.backToToday}>
            <strong>${relativeDay(day.date, today)}</strong>
            <span>${dayInShort(day.date)}</span>
          </button>
          <button class="button quiet round" aria-label=${text.header.nextDay} onClick=${() =>
            show(dayAfter(day.date, 1))}>
            ${icons.next()}
          </button>
        </nav>
        <label class="search">
          ${icons.search()}
          <input
            type="search"
            placeholder=${text.header.search}
            aria-label=${text.header.search}
            value=${words}
            onInput=${(event) => setWords(event.target.value)}
          />
          ${words !== "" && html`
            <button class="button quiet round small" aria-label=${text.header.clearSearch} onClick=${() =>
              setWords("")}>
              ${icons.close()}
            </button>
          `}
        </label>
        ${toCheck > 0 && html`
          <button
            class="button attention"
            aria-label=${text.header.unmatched(toCheck)}
            onClick=${() => setOpen({ window: "to check" })}>
            ${icons.tray()}<span class="button-words">${text.header.unmatched(toCheck)}</span>
            <span class="button-count">${toCheck}</span>
          </button>
        `}
        <button class="button walk-in-button" aria-label=${text.header.walkIn} onClick=${() =>
          setOpen({ window: "walk-in" })}>
          ${icons.add()}<span class="button-words">${text.header.walkIn}</span>
        </button>
        <time class="clock">${clockTime(now)}</time>
        <${Menu}
          session=${session}
          onSignOut=${onSignOut}
          onLock=${onLock}
          onOpen=${(window: MenuWindow) => setOpen({ window })}
        />
      </header>

      <div class="notices">
        ${box.admission === "open" && html`
          <aside class="notice">
            ${icons.alert()}
            <p>${text.open.notice}</p>
            <button class="button link" onClick=${() => setOpen({ window: "connect" })}>${text.open.action}</button>
          </aside>
        `}

        ${(waiting > 0 || elsewhere > 0) && html`
          <aside class="notice">
            ${icons.alert()}
            <p>
              ${[waiting > 0 && text.waiting.notice(waiting), elsewhere > 0 && text.waiting.elsewhere(elsewhere)]
                .filter(Boolean).join(" ")}
            </p>
            ${session.permissions.includes("settings")
              ? html`<a class="button link" href="/settings">${text.waiting.action}</a>`
              : html`<p>${text.waiting.ask}</p>`}
          </aside>
        `}

        ${day.problem !== undefined && live !== "lost" && html`
          <aside class="notice" role="alert">
            ${icons.alert()}
            <p><strong>${text.day.notLoaded(dayInShort(day.date))}</strong> ${day.problem || text.offline}</p>
            <button class="button link" onClick=${() => day.load()}>${text.day.again}</button>
          </aside>
        `}

        ${day.failedElsewhere.map(({ appointment, failed, problem }) =>
          html`
            <aside key=${appointment.id} class="notice" role="alert">
              ${icons.alert()}
              <p>
                <strong>${fullName(appointment.patient)}, ${dayInShort(appointment.date)}: ${FAILED[failed]()}</strong>
                ${" "}${problem || text.offline}
              </p>
              <button class="button link" onClick=${() => show(appointment.date)}>${text.day.open}</button>
              <button class="button link" onClick=${() => day.dismiss(appointment.id)}>${text.row.dismiss}</button>
            </aside>
          `
        )}
      </div>

      <main class="list" ref=${list} aria-busy=${!day.loaded && day.problem === undefined}>
        ${day.loaded && groups.length === 0 &&
          html`
            <${Empty}
              words=${words}
              date=${day.date}
              today=${today}
              onClear=${() => setWords("")}
              onWalkIn=${() => setOpen({ window: "walk-in", words })}
            />
          `}
        ${groups.map(({ name, appointments }, place) =>
          html`
            <section key=${name} class=${`group group-${name}`} aria-label=${text.groups[name]}>
              <h2 class="group-head">
                ${text.groups[name]} <span class="count">${appointments.length}</span>
                ${place === 0 && words === "" && html`<${Summary} appointments=${all} />`}
              </h2>
              <ul class="rows">
                ${appointments.map((appointment) =>
                  html`
                    <${AppointmentRow}
                      key=${appointment.id}
                      appointment=${appointment}
                      images=${day.images.get(appointment.id)}
                      action=${day.actions.get(appointment.id)}
                      machineName=${machineOf(appointment)}
                      sameName=${sameName(appointment)}
                      together=${togetherInWords(appointment.scannedWith, day.appointments)}
                      away=${away(appointment, day.date, today, now)}
                      done=${name === "done"}
                      sendTo=${sendTo(appointment)?.id ?? null}
                      sendToName=${sendTo(appointment)?.name}
                      onChoose=${machines.length > 1 ? onChoose : undefined}
                      mayReadImages=${mayReadImages}
                      onSend=${onSend}
                      onRecall=${onRecall}
                      onDismiss=${onDismiss}
                      onDetails=${onDetails}
                      onView=${onView}
                    />
                  `
                )}
              </ul>
            </section>
          `
        )}
      </main>

      <${StatusBar}
        live=${live}
        machines=${machines}
        now=${now}
        mayChange=${session.permissions.includes("settings")}
        onConnect=${() => setOpen({ window: "connect" })}
      />
      ${live === "lost" && html`<div class="lost" role="status">${icons.alert()}<p>${text.live.lost}</p></div>`}

      <${Keyboard} />
      ${open?.window === "connect" && html`<${WINDOWS.connect.component} box=${box} onClose=${close} />`}
      ${open?.window === "pin" && html`
        <${WINDOWS.ownPin.component}
          session=${session}
          onClose=${close}
          onSaved=${(changed: Session) => {
            setOpen(null);
            onSession(changed);
          }}
        />
      `}
      ${open?.window === "screen" && html`<${WINDOWS.screenSize.component} onClose=${close} />`}
      ${open?.window === "walk-in" && html`
        <${WINDOWS.walkIn.component}
          appointments=${all}
          words=${open.words ?? ""}
          onClose=${close}
          onAdded=${(appointment: Appointment, send: boolean) => {
            setOpen(null);
            setWords("");
            if (appointment.date !== day.date) show(appointment.date);
            day.take(appointment);
            if (send) day.send(appointment.id, sendTo(appointment)?.id ?? null);
            setArrived(appointment.id);
          }}
        />
      `}
      ${open?.window === "choose" && opened && html`
        <${WINDOWS.choose.component}
          appointment=${opened}
          sameName=${sameName(opened)}
          machines=${machines}
          usual=${usual}
          onChoose=${(machineId: string | null) => {
            setOpen(null);
            day.send(open.id, machineId);
          }}
          onClose=${close}
        />
      `}
      ${open?.window === "to check" && html`
        <${WINDOWS.toCheck.component}
          cases=${cases}
          scans=${scans}
          appointments=${all}
          date=${day.date}
          may=${may}
          machineNamed=${machineNamed}
          onDecided=${() => day.load()}
          onClose=${close}
        />
      `}
      ${open?.window === "details" && opened && html`
        <${WINDOWS.details.component}
          appointment=${opened}
          sameName=${sameName(opened)}
          together=${togetherInWords(opened.scannedWith, day.appointments)}
          action=${day.actions.get(open.id)}
          may=${may}
          onView=${onView}
          onDecided=${() => day.load()}
          onSend=${(id: string) => onSend(id, sendTo(opened)?.id ?? null)}
          onRecall=${onRecall}
          onComplete=${onComplete}
          machineNamed=${machineNamed}
          onClose=${close}
        />
      `}
      ${open?.window === "viewer" && opened && html`
        <${WINDOWS.viewer.component}
          appointment=${opened}
          images=${day.images.get(open.id) ?? []}
          start=${open.uid}
          sameName=${sameName(opened)}
          appointments=${all}
          date=${day.date}
          may=${may}
          machineNamed=${machineNamed}
          onDecided=${() => day.load()}
          onClose=${close}
        />
      `}
    </div>
  `;
}

function relativeDay(date: string, today: string) {
  if (date === today) return text.header.today;
  if (date === dayAfter(today, 1)) return text.header.tomorrow;
  if (date === dayAfter(today, -1)) return text.header.yesterday;
  return "";
}
