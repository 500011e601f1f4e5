import type { Appointment, FoundPatient } from "../../src/web/contract/appointments.ts";
import type { Visit } from "../../src/web/contract/board.ts";
import type { Box } from "../../src/web/contract/box.ts";
import type { Session } from "../../src/web/contract/people.ts";
import { api } from "../shared/api.ts";
import { setBoxClock, useMinute } from "../shared/clock.ts";
import { dayInShort, dayOf, fullName } from "../shared/format.ts";
import { listen } from "../shared/events.ts";
import { html, useCallback, useEffect, useMemo, useRef, useState } from "../shared/html.ts";
import { icons } from "../shared/icons.ts";
import { Keyboard } from "../shared/keyboard.ts";
import { inQuietMoments } from "../shared/later.ts";
import { LOCK_SCREEN } from "../shared/session.ts";
import { text } from "../shared/text.ts";
import { type Place, useAddress } from "./address.ts";
import type { SendTo } from "./big_action.ts";
import { Board, every } from "./board.ts";
import { EVERYBODY, type Filter, type InRoom, nextOf } from "./board_filter.ts";
import { Day } from "./day.ts";
import { Empty } from "./empty.ts";
import { IN_QUIET } from "./desk_windows.ts";
import { FoundElsewhere, useFound } from "./found_elsewhere.ts";
import { ANY_ROOM, laneOf, useLanes } from "./lanes.ts";
import { machineFor, usualMachine } from "./machine_for.ts";
import { matches } from "./matches.ts";
import { OpenWindow } from "./open_window.ts";
import { sharedNames, togetherInWords } from "./people.ts";
import { PersonPane } from "./person_pane.ts";
import type { Decided } from "./taken_back.ts";
import { deskRoom, isOfPlace, placesOf, rememberRoom, roomOf, roomsOf } from "./rooms.ts";
import { personOnCard, useScanner } from "./scanner.ts";
import type { Scanned } from "./walk_in.ts";
import { type Live, StatusBar } from "./status_bar.ts";
import { TopBar } from "./top_bar.ts";
import { useWaitSound } from "./wait_sound.ts";
import { FAILED } from "./where_now.ts";

export interface DeskProperties {
  box: Box;
  session: Session;
  onSignOut: () => void;
  onLock: () => void;
  onSession: (session: Session) => void;
}

const NO_IMAGES: never[] = [];

/** The day at the desk: the board, and the person chosen on it. */
export function Desk({ box: boxAtFirst, session, onSignOut, onLock, onSession }: DeskProperties) {
  const now = useMinute();
  const today = dayOf(now);
  const address = useAddress(session.username);
  const { place, go, be } = address;
  const [, redraw] = useState(0);
  const day = useMemo(() => {
    const made = new Day(place.day || today, () => redraw((n) => n + 1));
    // at once: effects wait until the page without it has been painted
    made.load();
    return made;
  }, []);
  const [box, setBox] = useState(boxAtFirst);
  const [live, setLive] = useState<Live>("connecting");
  const [filter, setFilter] = useState<Filter>(() => ({ ...EVERYBODY, room: deskRoom() }));
  const [lanesOn, showLanes] = useLanes();
  /** how often somebody asked to see the board as it is now */
  const [asked, setAsked] = useState(0);
  /** who was sent here, and can be taken back with a tap */
  const [sentHere, setSentHere] = useState<ReadonlySet<string>>(new Set());
  /** what was done about whom in a window, and its way back */
  const [done, setDone] = useState<{ id: string; done: Decided } | undefined>(undefined);
  const [walkInFor, setWalkInFor] = useState<FoundPatient | undefined>(undefined);
  const [scanned, setScanned] = useState<Scanned | undefined>(undefined);
  const mayReadImages = session.permissions.includes("images");
  const takeBack = session.permissions.includes("settings");
  const may = { decide: mayReadImages, takeBack, ohif: mayReadImages && box.ohif === true };

  useEffect(() => {
    const learn = () =>
      api("GET /api/box").then((found) => {
        setBoxClock(found.now);
        setBox(found);
      }, () => {});
    let version: string | undefined;
    const stop = listen({
      onConnected(hello) {
        // the box was updated: its pages are new as well
        if (version !== undefined && version !== hello.version) return location.reload();
        version = hello.version;
        setLive("live");
        day.load();
        learn();
      },
      onLost() {
        setLive((before) => before === "connecting" ? before : "lost");
        // tells a lost network from a login that has ended: the latter leads to the sign-in page
        api("GET /api/machines").catch(() => {});
      },
      onEvent(event) {
        if (event.noun === "setting") learn();
        else day.hear(event);
      },
    });
    return () => {
      stop();
      day.end();
    };
  }, []);

  useEffect(() => {
    if (day.loaded) inQuietMoments([LOCK_SCREEN, ...IN_QUIET]);
  }, [day.loaded]);

  // the day that the address names: at midnight the page of today becomes that of the new day
  const date = place.day || today;
  useEffect(() => {
    if (day.date !== date) day.open(date);
  }, [date]);

  const showDay = (wanted: string) => go({ day: wanted === today ? "" : wanted, person: "", window: "", image: "" });
  const all = [...day.appointments.values()];

  const machines = day.machines.filter((machine) => machine.admitted || box.admission === "open");
  const usual = machines.length > 1 ? usualMachine(machines, box) : null;
  // not of one that only calls: nobody has said where it stands
  const rooms = roomsOf(machines.filter(({ admitted }) => admitted));
  // a chip that comes to the front while somebody looks would move the others
  const roomFirst = useRef<boolean | undefined>(undefined);
  if (day.loaded) roomFirst.current ??= rooms.length > 0;
  const roomOfUsual = usual ? roomOf(usual) : "";
  const places = placesOf(rooms, every(all, "department"), roomOfUsual);
  const inRoom: InRoom = (appointment, room) => isOfPlace(appointment, room, machines, rooms);
  // a room that is there no more hides and silences nobody; and a search is over all rooms
  const ownRoom = places.includes(filter.room) ? filter.room : "";
  const room = place.search.trim() === "" ? ownRoom : "";
  const inThis = machines.filter((machine) => room !== "" && roomOf(machine) === room);
  const usualHere = inThis.length === 1 ? inThis[0]! : usual;
  // beside each other all rooms are shown; a search is one list
  const beside = lanesOn === true && place.search.trim() === "";
  const shownRoom = beside ? "" : room;
  const lanes = beside && rooms.length > 0 ? [...placesOf(rooms, [], ownRoom || roomOfUsual), ANY_ROOM] : [];
  /** Of the room shown, else of any. */
  const nextHere = (except?: string) =>
    nextOf(all.filter((one) => inRoom(one, room)), date, now, except) ?? nextOf(all, date, now, except);

  useWaitSound(box.waitSound === true, all.filter((one) => inRoom(one, ownRoom)), now);

  // whoever is next is chosen until somebody chooses; and stays, whatever machines and other desks do
  const chosen = useRef<Appointment | undefined>(undefined);
  const wanted = day.appointments.get(place.person) ??
    (chosen.current?.id === place.person ? chosen.current : undefined);
  if (wanted !== undefined) chosen.current = wanted;
  else if (day.loaded && day.date === date) {
    const still = chosen.current?.date === date ? day.appointments.get(chosen.current.id) : undefined;
    chosen.current = still ?? nextHere() ?? all[0];
  } else chosen.current = undefined;
  const person = chosen.current;
  const personId = person?.id ?? "";
  useEffect(() => {
    if (personId !== "" && place.person !== personId) be({ person: personId });
  }, [personId]);

  const sendTo = (appointment: Appointment): SendTo => {
    const planned = machines.find(({ id }) => id === appointment.plannedMachineId);
    const machine = planned ?? (machines.length > 1 ? machineFor(appointment, machines, usualHere) : null);
    return { id: machine?.id ?? null, name: machine?.name };
  };
  const machineOf = ({ machineId, seenBy }: Pick<Appointment, "machineId" | "seenBy">) =>
    day.machines.find((machine) => machine.id === machineId || machine.aeTitle === seenBy)?.name ?? seenBy ?? "";
  const machineNamed = (aeTitle: string) => machineOf({ machineId: null, seenBy: aeTitle });
  const shared = sharedNames(all);
  const sameName = ({ nameKey }: Appointment) => shared.has(nameKey);
  const { cases, scans } = day.toCheck;
  const words = place.search;
  const everywhere = useFound(words, date);
  const alsoFound = new Set(everywhere?.onDay);
  const found = words.trim() === "" ? all : all.filter((one) => alsoFound.has(one.id) || matches(one, words));

  function send(id: string, machineId: string | null) {
    if (id !== personId) be({ person: id });
    setSentHere((before) => new Set([...before, id]));
    day.send(id, machineId);
  }
  /** as the box has it now; one that has left the day stays beside it until somebody else is chosen */
  function take(appointment: Appointment) {
    if (chosen.current?.id === appointment.id) chosen.current = appointment;
    day.take(appointment);
  }
  const onDone = (what: Decided | undefined) => setDone(what && { id: personId, done: what });
  const choose = useCallback((id: string) => be({ person: id }), []);
  const onRecall = (id: string) => day.recall(id);
  const next = person && nextHere(person.id);

  const shown = useRef(place);
  shown.current = place;
  /** Whether somebody has gone on since, whom a late answer leads nowhere. Whom the page itself chooses is no step. */
  function hasGoneOn({ day, person, window, search }: Place) {
    const { current } = shown;
    return current.day !== day || current.window !== window || current.search !== search ||
      person !== "" && current.person !== person;
  }

  /** The day somebody was or will be here, with them chosen. */
  async function showVisit(date: string, patientId: string) {
    const { visits } = await api("GET /api/patients/:id/visits", { id: patientId });
    if (hasGoneOn(place)) return;
    const visit = visits.find((one) => one.date === date && one.appointmentId !== null);
    go({ day: date === today ? "" : date, person: visit?.appointmentId ?? "", search: "", window: "" });
  }

  // what is scanned is for the walk-in that is open, and for no later one
  useEffect(() => {
    if (place.window !== "walk-in") setScanned(undefined);
  }, [place.window]);

  // a scanner finds the person, or fills a walk-in; it never presses anything
  const lastScan = useRef(0);
  useScanner(async (code) => {
    const count = ++lastScan.current;
    if (place.window === "walk-in") return setScanned({ code, count });
    if (place.window !== "") return;
    if (personOnCard(code) !== undefined) {
      setScanned({ code, count });
      return openWalkIn(undefined);
    }
    const isIt = ({ patient, accessionNumber }: Appointment) =>
      [patient.id, accessionNumber].some((known) => known.toLowerCase() === code.toLowerCase());
    const here = all.find(isIt);
    if (here !== undefined) return be({ person: here.id, search: "" });
    // where the box does not answer the code stands in the search, to be seen
    const found = await api("GET /api/search", { query: { text: code.slice(0, 100) } }).catch(() => undefined);
    if (count !== lastScan.current || hasGoneOn(place)) return;
    const [only, ...others] = found?.appointments ?? [];
    if (only !== undefined && others.length === 0) {
      return go({ day: only.date === today ? "" : only.date, person: only.id, search: "" });
    }
    search(code);
  });

  function choosePart(wanted: Filter) {
    // a stage or a doctor that is chosen while one searches says nothing of the room
    if (wanted.room === shownRoom) return setFilter({ ...wanted, room: filter.room });
    if (beside) showLanes(false);
    rememberRoom(wanted.room);
    setFilter(wanted);
  }

  function openWalkIn(person: FoundPatient | undefined) {
    setWalkInFor(person);
    go({ window: "walk-in" });
  }

  function search(typed: string) {
    if ((words === "") !== (typed === "")) go({ search: typed });
    else be({ search: typed });
  }
  function added(appointment: Appointment, andSend: boolean) {
    day.take(appointment);
    if (hasGoneOn(place)) {
      if (andSend) day.send(appointment.id, sendTo(appointment).id);
      return;
    }
    setAsked((n) => n + 1);
    setFilter({ ...EVERYBODY, room: inRoom(appointment, room) ? room : "" });
    be({
      ...{ search: "", window: "", image: "", person: appointment.id },
      day: appointment.date === today ? "" : appointment.date,
    });
    if (andSend) send(appointment.id, sendTo(appointment).id);
  }

  return html`
    <div class=${`desk ${person ? "has-person" : ""}`}>
      <${TopBar} box=${box} session=${session} date=${date} today=${today} now=${now} words=${words}
        toCheck=${cases.length + scans.length} onDay=${showDay} onWords=${search}
        onOpen=${(window: string) =>
          window === "walk-in" ? openWalkIn(undefined) : go({ window })} onLock=${onLock} onSignOut=${onSignOut} />
      <${Board}
        appointments=${all}
        found=${found}
        filter=${{ ...filter, room: shownRoom }}
        places=${places}
        roomFirst=${roomFirst.current ?? false}
        inRoom=${inRoom}
        beside=${roomFirst.current === true ? lanesOn : undefined}
        lanes=${lanes}
        laneOf=${(one: Appointment) => laneOf(one, machines, rooms)}
        asked=${[day.date, words, filter.stage, shownRoom, beside, filter.doctor, asked, ...alsoFound].join("\n")}
        date=${day.date}
        isToday=${day.date === today}
        now=${now}
        loaded=${day.loaded}
        busy=${!day.loaded && day.problem === undefined}
        chosen=${personId}
        actions=${day.actions}
        imagesOf=${(id: string) => day.images.get(id)?.length ?? 0}
        machineOf=${machineOf}
        sameName=${sameName}
        onFilter=${choosePart}
        onLanes=${showLanes}
        onChoose=${choose}
        onShowAll=${() => setAsked((n) => n + 1)}
      >
        ${everywhere && html`
          <${FoundElsewhere} found=${everywhere} here=${new Set(found.map(({ patient }) => patient.id))}
            onDay=${showVisit} onWalkIn=${openWalkIn} />
        `}
        ${day.loaded && found.length === 0 && (everywhere?.people.length ?? 0) === 0 && html`
          <${Empty} words=${words} date=${day.date} today=${today} onClear=${() => search("")} onWalkIn=${() =>
            openWalkIn(undefined)} />
        `}
      <//>
      ${person && html`
        <${PersonPane}
          appointment=${person}
          action=${day.actions.get(person.id)}
          images=${day.images.get(person.id) ?? NO_IMAGES}
          mayReadImages=${mayReadImages}
          machineName=${machineOf(person)}
          sendTo=${sendTo(person)}
          sentHere=${sentHere.has(person.id)}
          next=${next}
          nextTo=${next ? sendTo(next) : { id: null, name: undefined }}
          user=${session.username}
          sameName=${sameName(person)}
          together=${togetherInWords(person.scannedWith, day.appointments)}
          may=${may}
          machineNamed=${machineNamed}
          now=${now}
          done=${done?.id === person.id ? done.done : undefined}
          onDone=${onDone}
          onTake=${take}
          onOpen=${(window: string) => go({ window, person: person.id })}
          onVisit=${({ date, appointmentId }: Visit) =>
            go({ day: date === today ? "" : date, person: appointmentId ?? "", search: "" })}
          onVisits=${() => go({ window: "visits", person: person.id })}
          onSend=${send}
          onSendAgain=${() => send(person.id, sendTo(person).id)}
          onChoose=${machines.length > 1 ? () => go({ window: "choose", person: person.id }) : undefined}
          onRecall=${onRecall}
          onComplete=${(id: string) => day.complete(id)}
          onDismiss=${(id: string) => day.dismiss(id)}
          onView=${(id: string, uid: string) => go({ window: "viewer", person: id, image: uid })}
          onDecided=${() => day.load()}
        />
      `}
      <${StatusBar} live=${live} box=${box} machines=${machines} known=${day.machines.length} now=${now}
        mayChange=${session.permissions.includes("settings")} onConnect=${() => go({ window: "connect" })} />
      <div class="said">
        ${live === "lost" &&
          html`<p class="saying is-lost" role="status">${icons.alert()}<span>${text.live.lost}</span></p>`}
        ${day.problem !== undefined && live !== "lost" && html`
          <p class="saying" role="alert">
            ${icons.alert()}
            <span><strong>${text.day.notLoaded(dayInShort(day.date))}</strong> ${day.problem || text.offline}</span>
            <button class="button link" onClick=${() => day.load()}>${text.day.again}</button>
          </p>
        `}
        ${day.failedElsewhere.map(({ appointment, failed, problem }) =>
          html`
            <p key=${appointment.id} class="saying" role="alert">
              ${icons.alert()}
              <span>
                <strong>${fullName(appointment.patient)}, ${dayInShort(appointment.date)}: ${FAILED[failed]()}</strong>
                ${" "}${problem || text.offline}
              </span>
              <button class="button link" onClick=${() => showDay(appointment.date)}>${text.day.open}</button>
              <button class="button link" onClick=${() => day.dismiss(appointment.id)}>${text.row.dismiss}</button>
            </p>
          `
        )}
      </div>
      <${Keyboard} />
      <${OpenWindow} address=${address} box=${box} session=${session} day=${day} today=${today}
        machines=${machines} usual=${usualHere} walkInFor=${walkInFor} scanned=${scanned} may=${may} sameName=${sameName} machineNamed=${machineNamed}
        onSend=${send} onAdded=${added} onTake=${take} onDone=${onDone} onDay=${showDay} onSession=${onSession} />
    </div>
  `;
}
