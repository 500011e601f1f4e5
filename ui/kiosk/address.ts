import { useEffect, useState } from "../shared/html.ts";

/** What is shown, as the address of the page says it: a link, a reload and the browser's Back lead there. */
export interface Place {
  /** YYYY-MM-DD; "" for today, whenever that is. */
  day: string;
  /** An appointment's id; "" for whoever is next. */
  person: string;
  /** The window that is open over the page; "" for none. */
  window: string;
  /** Of a picture, where the window shows one. */
  image: string;
  /** Of a person's page, the visits that are beside each other. */
  visits: string;
  /** What is searched for. */
  search: string;
}

const NOTHING: Place = { day: "", person: "", window: "", image: "", visits: "", search: "" };
const NAMES = Object.keys(NOTHING) as (keyof Place)[];

/** What else the address has is left as it is. */
function read(): Place {
  const asked = new URLSearchParams(location.search);
  const place = Object.fromEntries(NAMES.map((name) => [name, asked.get(name) ?? ""])) as unknown as Place;
  return /^\d{4}-\d\d-\d\d$/.test(place.day) ? place : { ...place, day: "" };
}

function addressOf(place: Place): string {
  const asked = new URLSearchParams(location.search);
  for (const name of NAMES) {
    if (place[name] === "") asked.delete(name);
    else asked.set(name, place[name]);
  }
  return asked.size > 0 ? `${location.pathname}?${asked}` : location.pathname;
}

/** A step back takes no longer, milliseconds. */
const LONGEST_STEP = 1000;

/** A step back that this page has asked for itself, which the browser takes a moment later. */
let stepping: Promise<void> | undefined;

/** One after the other: what is written while the browser steps back would be lost by it. */
async function write(place: Place, push: boolean): Promise<void> {
  await stepping;
  const address = addressOf(place);
  if (push) history.pushState({ opened: place.window !== "" }, "", address);
  else history.replaceState(history.state, "", address);
}

/** The window that is open was opened here: the step before it is the page without it, which may show more by now. */
function stepBackTo(place: Place): void {
  stepping = new Promise((resolve) => {
    const stepped = () => {
      clearTimeout(waiting);
      removeEventListener("popstate", stepped);
      stepping = undefined;
      history.replaceState(history.state, "", addressOf(place));
      resolve();
    };
    // a browser that is busy with another step drops this one without a word
    const waiting = setTimeout(stepped, LONGEST_STEP);
    addEventListener("popstate", stepped);
    history.back();
  });
}

export interface Address {
  place: Place;
  /** Shows something else, one step further: Back leads to what was shown before. */
  go: (changes: Partial<Place>) => void;
  /** Shows something else in the same step. */
  be: (changes: Partial<Place>) => void;
  /** Closes the window that is open, or what is open in it. @param changes what is shown then */
  close: (changes?: Partial<Place>) => void;
}

/** What somebody searched for when the page was locked: it does not stand in the address of a page that patients see. */
let left: { user: string; search: string } | undefined;

/** What the page shows, kept in its address. @param user whose page it is */
export function useAddress(user: string): Address {
  const [held] = useState(() => {
    const place = read();
    return { place: left?.user === user && place.search === "" ? { ...place, search: left.search } : place };
  });
  const [, redraw] = useState(0);

  function show(place: Place) {
    held.place = place;
    redraw((n) => n + 1);
  }

  useEffect(() => {
    const moved = () => stepping === undefined && show(read());
    addEventListener("popstate", moved);
    left = undefined;
    write(held.place, false);
    return () => {
      removeEventListener("popstate", moved);
      left = { user, search: held.place.search };
      history.replaceState(history.state, "", addressOf({ ...held.place, search: "" }));
    };
  }, []);

  const [address] = useState(() => ({
    go(changes: Partial<Place>) {
      show({ ...held.place, ...changes });
      write(held.place, true);
    },
    be(changes: Partial<Place>) {
      show({ ...held.place, ...changes });
      write(held.place, false);
    },
    close(changes: Partial<Place> = { window: "", image: "", visits: "" }) {
      const opened = (history.state as { opened?: boolean } | null)?.opened === true && stepping === undefined;
      show({ ...held.place, ...changes });
      if (opened) stepBackTo(held.place);
      else write(held.place, false);
    },
  }));
  return { place: held.place, ...address };
}
