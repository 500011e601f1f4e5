import type { Hello, LiveEvent } from "../../src/web/contract/events.ts";

const NOUNS = [
  "appointment",
  "study",
  "instance",
  "machine",
  "destination",
  "worklist item",
  "set aside",
  "procedure step",
  "setting",
  "user",
  "clinic",
] as const satisfies LiveEvent["noun"][];

/** The box says every 15 seconds that it is there: after so long it is not, whatever the network says. */
const SILENCE_MILLISECONDS = 40_000;
/** A stream that gave way to a newer one of the same sign-in comes back so much later, or when somebody looks. */
const SUPERSEDED_MILLISECONDS = 60_000;

export interface Listener {
  onConnected: (hello: Hello) => void;
  onLost: () => void;
  onEvent: (event: LiveEvent) => void;
}

/** The box's live events, for a page or for all pages of a browser. */
export interface EventStream {
  /** Somebody looks at a page. */
  seen(): void;
  end(): void;
}

/**
 * Listens to the box's live events, for good: after a restart of the box, a lost network or a sleeping tablet it
 * comes back by itself and says `onConnected` again, so that the page loads what it missed.
 */
export function openStream({ onConnected, onLost, onEvent }: Listener): EventStream {
  let source: EventSource | undefined;
  let retry: ReturnType<typeof setTimeout> | undefined;
  let waits = false;
  let ended = false;
  let lastAwake = Date.now();
  let heardAt = performance.now();

  function connect() {
    heardAt = performance.now();
    waits = false;
    source = new EventSource("/api/events");
    hear("hello", onConnected);
    hear("alive", () => {});
    hear("superseded", () => lost(SUPERSEDED_MILLISECONDS));
    for (const noun of NOUNS) hear(noun, onEvent);
    source.onerror = () => lost();
  }

  function hear<Data>(name: string, take: (data: Data) => void) {
    source?.addEventListener(name, (event: MessageEvent<string>) => {
      heardAt = performance.now();
      take(JSON.parse(event.data));
    });
  }

  // The browser's own retry gives up after an answer such as 502; this one never does.
  function lost(pause = 1000) {
    source?.close();
    clearTimeout(retry);
    if (ended) return;
    heardAt = performance.now();
    onLost();
    retry = setTimeout(connect, pause);
    waits = pause > 1000;
  }

  // A tablet that slept does not notice that its connection is gone, nor does one whose network went without a word.
  function wake() {
    const slept = Date.now() - lastAwake > SILENCE_MILLISECONDS;
    lastAwake = Date.now();
    if (!waits && (slept || performance.now() - heardAt > SILENCE_MILLISECONDS)) lost();
  }
  const watch = setInterval(wake, 5000);

  connect();
  return {
    seen() {
      if (!waits) return;
      clearTimeout(retry);
      connect();
    },
    end() {
      ended = true;
      clearTimeout(retry);
      clearInterval(watch);
      source?.close();
    },
  };
}
