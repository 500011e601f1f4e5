import type { RoomDisplay, RoomPerson } from "../../src/web/contract/board.ts";
import { api, Refusal } from "../shared/api.ts";
import { boxNow, setBoxClock } from "../shared/clock.ts";
import { clockTime, setPlace } from "../shared/format.ts";
import { html, renderPage, useEffect, useState } from "../shared/html.ts";
import { icons } from "../shared/icons.ts";
import { languageOfBox, text } from "../shared/text.ts";

/** How often the box is asked, milliseconds: nobody is signed in here, so it has no live events to tell. */
const EVERY = 4000;
/** How often it is asked what it is: its language, its clock, another version of this page. */
const BOX_EVERY = 60_000;
/** Questions in a row without an answer after which it is said that the box is not reached. */
const SILENT = 2;
/** After so long without an answer nothing of what was shown is still to be believed, milliseconds. */
const BELIEVED = 3 * 60_000;
/** Who waits after the next, that the screen has room for. */
const MOST_AFTER = 3;

/** Letters of an id above which it is set smaller, to stay in one line. */
const LONG = 16;

const room = roomIn(location.pathname);

/** @param path `/room/Room%201` */
function roomIn(path: string): string {
  const named = path.split("/")[2] ?? "";
  try {
    return decodeURIComponent(named);
  } catch {
    // no room is called so: as it stands it is said
    return named;
  }
}

type Look =
  | { is: "asked" }
  | { is: "on"; display: RoomDisplay }
  | { is: "off" | "no such room" };

/** A room's own screen: who is next, and since when; read from across the room, by nobody who signs in. */
function RoomPage() {
  const [look, setLook] = useState<Look>({ is: "asked" });
  /** when the box answered last, and how often it has not since */
  const [heard, setHeard] = useState({ at: boxNow(), silent: 0 });

  useEffect(() => {
    let ended = false;
    let timer: ReturnType<typeof setTimeout> | undefined;
    async function ask() {
      const found = await lookAt(room);
      if (ended) return;
      if (found !== undefined) setLook(found);
      setHeard(({ at, silent }) => found === undefined ? { at, silent: silent + 1 } : { at: boxNow(), silent: 0 });
      timer = setTimeout(ask, EVERY);
    }
    ask();
    const watching = followBox();
    return () => {
      ended = true;
      clearTimeout(timer);
      watching();
    };
  }, []);

  const silent = heard.silent >= SILENT;
  const believed = !silent || boxNow() - heard.at < BELIEVED;
  return html`
    <main class=${`room ${silent ? "is-lost" : ""}`}>
      <header class="room-head">
        <h1>${look.is === "on" ? look.display.room : room}</h1>
        <time>${clockTime(boxNow())}</time>
      </header>
      ${silent && html`
        <p class="room-lost" role="alert">${icons.alert()}<span>${text.room.lost(clockTime(heard.at))}</span></p>
      `}
      ${look.is === "on" && believed && html`<${People} display=${look.display} />`}
      ${look.is === "off" && html`<${Says} title=${text.room.off} where=${text.room.whereOn} />`}
      ${look.is === "no such room" && html`<${Says} title=${text.room.noRoom(room)} where=${text.room.whereRooms} />`}
    </main>
  `;
}

/** @returns undefined where the box does not answer */
async function lookAt(room: string): Promise<Look | undefined> {
  try {
    const display = await api("GET /api/rooms/:room", { room });
    setBoxClock(display.now);
    return { is: "on", display };
  } catch (refusal) {
    if (!(refusal instanceof Refusal)) throw refusal;
    if (refusal.problem.code === "room-displays-off") return { is: "off" };
    if (refusal.problem.code === "no-machine-in-room") return { is: "no such room" };
    return undefined;
  }
}

/** Takes over the box's place and language, and its newer page once it has been updated. @returns ends it */
function followBox(): () => void {
  let version: string | undefined;
  const look = async () => {
    const box = await api("GET /api/box").catch(() => undefined);
    if (box === undefined) return;
    if (version !== undefined && version !== box.version) location.reload();
    version = box.version;
    setBoxClock(box.now);
    setPlace({ timeZone: box.timeZone });
    document.title = [room, box.name].join(" · ");
    languageOfBox(box.language);
  };
  look();
  const timer = setInterval(look, BOX_EVERY);
  return () => clearInterval(timer);
}

function People({ display: { atMachine, waiting } }: { display: RoomDisplay }) {
  const [next, ...after] = waiting;
  const left = after.length - MOST_AFTER;
  return html`
    <section class="room-next" aria-label=${text.room.next}>
      <h2>${text.room.next}</h2>
      ${next === undefined ? html`<p class="room-nobody">${text.room.nobody}</p>` : html`
        <p class=${`room-who ${labelOf(next).length > LONG ? "is-long" : ""}`}>
          ${labelOf(next)} ${next.urgent &&
            html`<span class="room-urgent">${icons.urgent()}${text.verbs.urgent}</span>`}
        </p>
        <p class="room-since">${[next.label !== "" && text.room.booked(timeOf(next)), sinceInWords(next)].filter(
          Boolean,
        )
          .join(" · ")}</p>
      `}
    </section>
    ${atMachine.length > 0 && html`<${Line} title=${text.room.atMachine} people=${atMachine} kind="is-at-machine" />`}
    ${after.length > 0 && html`
      <${Line} title=${text.room.then} people=${after.slice(0, MOST_AFTER)} kind="is-after"
        more=${left > 0 ? text.room.more(left) : ""} />
    `}
  `;
}

interface LineProperties {
  title: string;
  people: RoomPerson[];
  kind: string;
  more?: string;
}

function Line({ title, people, kind, more = "" }: LineProperties) {
  return html`
    <section class=${`room-line ${kind}`} aria-label=${title}>
      <h2>${title}</h2>
      <ul>
        ${people.map((person, place) =>
          html`
            <li key=${place}>
              <b>${person.urgent && icons.urgent()}${labelOf(person)}</b>
              <span>${text.room.minutes(minutesOf(person))}</span>
            </li>
          `
        )}
        ${more !== "" && html`<li class="room-more">${more}</li>`}
      </ul>
    </section>
  `;
}

/** By what the clinic lets this screen call somebody: where that is nothing, by the time they are booked for. */
const labelOf = (person: RoomPerson) => person.label || timeOf(person);
const timeOf = ({ time }: RoomPerson) => time.slice(0, 5);
const minutesOf = ({ since }: RoomPerson) => Math.max(0, Math.floor((boxNow() - Date.parse(since)) / 60_000));

const sinceInWords = (person: RoomPerson) => text.room.since(clockTime(person.since), minutesOf(person));

function Says({ title, where }: { title: string; where: string }) {
  return html`
    <section class="room-says">
      <h2>${title}</h2>
      <p>${where}</p>
    </section>
  `;
}

renderPage(html`<${RoomPage} />`);
