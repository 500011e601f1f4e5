import type { Appointment } from "../../src/web/contract/appointments.ts";
import { type ComponentChildren, html, useEffect, useLayoutEffect, useRef } from "../shared/html.ts";
import { icons } from "../shared/icons.ts";
import { dayInShort, minuteOfDay, minutesOf } from "../shared/format.ts";
import { text } from "../shared/text.ts";
import { away, counted, type Filter, fits, inOrder, type InRoom } from "./board_filter.ts";
import { BoardRow } from "./board_row.ts";
import { Chips } from "./chips.ts";
import type { Action } from "./day.ts";
import { type Lane, standingLanes } from "./standing_order.ts";
import { useRest, useSteady } from "./steady.ts";
import { isLate, minutesSince } from "./where_now.ts";

export interface BoardProperties {
  /** Of the day, in any order. */
  appointments: Appointment[];
  /** Those of them that are searched for. */
  found: Appointment[];
  filter: Filter;
  /** What can be chosen as a room, and whether that stands first. */
  places: string[];
  roomFirst: boolean;
  inRoom: InRoom;
  /** Whether the rooms are beside each other; undefined where they cannot be. */
  beside: boolean | undefined;
  /** The rooms that then are, in order, and which of them an appointment is in. */
  lanes: string[];
  laneOf: (appointment: Appointment) => string;
  /** Changes with what somebody asked to see, such as the day or a search: the rows are put in order then, and only then. */
  asked: string;
  date: string;
  isToday: boolean;
  now: number;
  loaded: boolean;
  busy: boolean;
  chosen: string | undefined;
  actions: ReadonlyMap<string, Action>;
  imagesOf: (id: string) => number;
  machineOf: (appointment: Appointment) => string;
  sameName: (appointment: Appointment) => boolean;
  onFilter: (filter: Filter) => void;
  onLanes: (on: boolean) => void;
  onChoose: (id: string) => void;
  onShowAll: () => void;
  /** Drawn below the rows: nobody there, and who is found on other days. */
  children: ComponentChildren;
}

/** The day in rows that stand still: whatever machines and other desks do, the row under a finger stays what it is. */
export function Board(
  {
    appointments,
    found,
    filter,
    places,
    roomFirst,
    inRoom,
    beside,
    lanes,
    laneOf,
    asked,
    date,
    isToday,
    now,
    loaded,
    busy,
    chosen,
    actions,
    imagesOf,
    machineOf,
    sameName,
    onFilter,
    onLanes,
    onChoose,
    onShowAll,
    children,
  }: BoardProperties,
) {
  const list = useSteady();
  /** as they were when they were last there: a row keeps its place when its booking goes */
  const known = useRef(new Map<string, Appointment>());
  const order = useRef<{ asked: string; lanes: Lane[] }>({ asked: "", lanes: [] });
  const knownOf = useRef(date);
  if (knownOf.current !== date) known.current.clear();
  knownOf.current = date;
  for (const appointment of appointments) known.current.set(appointment.id, appointment);

  const wanted = inOrder(found.filter((one) => fits(one, filter, now, inRoom)), filter.stage);
  const isAsked = order.current.asked !== asked || order.current.lanes.every(({ ids }) => ids.length === 0);
  const standing = standingLanes(
    isAsked ? undefined : order.current.lanes,
    lanes.length > 0 && wanted.length > 0 ? lanes : [""],
    wanted.map((one) => ({ id: one.id, lane: laneOf(one) })),
    (id) => !isSeen(list.current, id),
  );
  if (loaded) order.current = { asked, lanes: standing.lanes };
  const present = new Set(appointments.map(({ id }) => id));
  const { added, stale } = standing;
  const isEmpty = standing.lanes.every(({ ids }) => ids.length === 0);
  const rests = useRest("news", added + stale > 0 ? "shown" : "", 700);

  // what is now is seen first
  const shownFor = useRef("");
  useLayoutEffect(() => {
    if (!loaded || isEmpty || shownFor.current === date) return;
    shownFor.current = date;
    if (isToday) toNow();
  });
  // whoever is chosen elsewhere, such as by a scanner, comes into view
  useEffect(() => {
    if (chosen === undefined) return;
    rowOf(list.current, chosen)?.scrollIntoView({ block: "nearest" });
  }, [chosen, isAsked]);

  function toNow() {
    const minute = minuteOfDay(now);
    for (const { ids } of standing.lanes) {
      const next = ids.find((id) => minutesOf(known.current.get(id)?.time ?? "") >= minute - 15) ?? ids.at(-1);
      const row = next === undefined ? null : rowOf(list.current, next);
      const scrolled = row?.closest(".list");
      if (row && scrolled) scrolled.scrollTop = row.offsetTop - scrolled.clientHeight / 4;
    }
  }

  const rowsOf = (ids: readonly string[]) =>
    html`
      <ul class="rows">
        ${ids.map((id) => {
          const appointment = known.current.get(id);
          if (appointment === undefined) return null;
          return html`
            <${BoardRow}
              key=${id}
              appointment=${appointment}
              images=${imagesOf(id)}
              action=${actions.get(id)}
              machineName=${machineOf(appointment)}
              sameName=${sameName(appointment)}
              gone=${!present.has(id)}
              chosen=${id === chosen}
              waits=${waitsInWords(appointment, date, now)}
              late=${isLate(appointment, now)}
              onChoose=${onChoose}
            />
          `;
        })}
      </ul>
    `;
  const [first, ...others] = standing.lanes;
  return html`
    <main class="board" aria-label=${text.board.title} aria-busy=${busy}>
      <div class="board-head">
        <${Chips} filter=${filter} counts=${counted(
          appointments,
          filter,
          now,
          inRoom,
        )} places=${places} roomFirst=${roomFirst}
          doctors=${every(appointments, "doctor")} lanes=${beside} onFilter=${onFilter} onLanes=${onLanes} />
        <button
          class=${`chip chip-news ${added + stale > 0 ? "is-on" : ""}`}
          aria-live="polite"
          disabled=${added + stale === 0}
          aria-disabled=${rests}
          onClick=${() => rests || onShowAll()}
        >
          ${added > 0 ? text.board.added(added) : stale > 0 ? text.board.stale : ""}
        </button>
        <button class="chip chip-now" hidden=${!isToday} onClick=${toNow}>${icons.clock()}${text.board.toNow}</button>
      </div>
      <div class=${others.length > 0 ? "lanes" : "list"} ref=${list} tabindex="-1" onKeyDown=${stepped}>
        ${others.length === 0 ? rowsOf(first?.ids ?? []) : standing.lanes.map(({ name, ids }) =>
          html`
            <section key=${name} class="lane" aria-label=${name || text.board.anyRoom}>
              <h2>${name || text.board.anyRoom} <b>${ids.length}</b></h2>
              <div class="list" tabindex="-1">${rowsOf(ids)}</div>
            </section>
          `
        )}
        ${children}
      </div>
    </main>
  `;
}

/** What is said of the appointments, each word once. */
export function every(appointments: readonly Appointment[], name: "department" | "doctor"): string[] {
  return [...new Set(appointments.map((one) => one[name]))].filter(Boolean).sort((a, b) => a.localeCompare(b));
}

function rowOf(list: HTMLElement | null, id: string): HTMLElement | null {
  return list?.querySelector<HTMLElement>(`[data-id="${CSS.escape(id)}"]`) ?? null;
}

/** Which way each key leads, in lanes and in rows. */
const STEPS: Record<string, [number, number]> = {
  ...{ ArrowUp: [0, -1], ArrowDown: [0, 1], ArrowLeft: [-1, 0], ArrowRight: [1, 0] },
};

/** The arrow keys lead from row to row, and into the lane beside it where there is one. */
function stepped(event: KeyboardEvent): void {
  const step = STEPS[event.key];
  const row = event.target instanceof Element ? event.target.closest(".row") : null;
  if (step === undefined || row === null || event.ctrlKey || event.altKey || event.metaKey) return;
  const lists = [...(event.currentTarget as Element).querySelectorAll(".rows")].filter((one) =>
    one.children.length > 0
  );
  const rows = row.parentElement!;
  const place = [...rows.children].indexOf(row) + step[1];
  const beside = lists[lists.indexOf(rows) + step[0]];
  const next = beside?.children[Math.min(place, beside.children.length - 1)];
  if (next === undefined) return;
  event.preventDefault();
  next.querySelector("button")?.focus();
}

/** Whether a row put before this one would move something that can be touched; undefined is the end of the list. */
function isSeen(list: HTMLElement | null, id: string | undefined): boolean {
  const row = id === undefined ? null : rowOf(list, id);
  if (list === null || row === null) return false;
  return row.getBoundingClientRect().top < row.closest(".list")!.getBoundingClientRect().bottom;
}

/** Since when they wait here, or how long until they are due; of another day's which day that was. */
function waitsInWords(appointment: Appointment, date: string, now: number): string {
  if (appointment.date !== date) return dayInShort(appointment.date);
  if (appointment.status === "scheduled" && appointment.arrivedAt !== null) {
    return text.board.here(minutesSince(appointment.arrivedAt, now));
  }
  const minutes = away(appointment, date, now);
  if (minutes === undefined) return "";
  if (minutes === 0) return text.row.now;
  return minutes > 0 ? text.row.inMinutes(minutes) : text.row.minutesAgo(-minutes);
}
