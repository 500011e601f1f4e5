const NOUNS = [
  "appointment",
  "study",
  "instance",
  "machine",
  "destination",
  "worklist item",
  "procedure step",
  "setting",
  "user",
  "clinic",
];
const SILENCE_MILLISECONDS = 40_000;

/**
 * Listens to the box's live events, for good: after a restart of the box, a lost network or a sleeping tablet it
 * comes back by itself and says `onConnected` again, so that the page loads what it missed.
 *
 * @param {{
 *   onConnected: (hello: { serverId: string, version: string }) => void,
 *   onLost: () => void,
 *   onEvent: (noun: string, data: any) => void,
 * }} listener
 * @returns {() => void} ends it
 */
export function listen({ onConnected, onLost, onEvent }) {
  /** @type {EventSource | undefined} */
  let source;
  let retry;
  let ended = false;
  let lastAwake = Date.now();

  function connect() {
    source = new EventSource("/api/events");
    source.addEventListener("hello", (event) => onConnected(JSON.parse(event.data)));
    for (const noun of NOUNS) source.addEventListener(noun, (event) => onEvent(noun, JSON.parse(event.data)));
    source.onerror = lost;
  }

  // The browser's own retry gives up after an answer such as 502; this one never does.
  function lost() {
    source?.close();
    clearTimeout(retry);
    if (ended) return;
    onLost();
    retry = setTimeout(connect, 1000);
  }

  // A tablet that slept does not notice that its connection is gone.
  function wake() {
    if (document.visibilityState === "visible" && Date.now() - lastAwake > SILENCE_MILLISECONDS) lost();
    lastAwake = Date.now();
  }
  const watch = setInterval(wake, 5000);

  connect();
  return () => {
    ended = true;
    clearTimeout(retry);
    clearInterval(watch);
    source?.close();
  };
}
