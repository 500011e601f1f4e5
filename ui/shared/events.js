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
];
/** The box says every 15 seconds that it is there: after so long it is not, whatever the network says. */
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
  let heardAt = performance.now();

  function connect() {
    heardAt = performance.now();
    source = new EventSource("/api/events");
    hear("hello", onConnected);
    hear("alive", () => {});
    for (const noun of NOUNS) hear(noun, (data) => onEvent(noun, data));
    source.onerror = lost;
  }

  /** @param {string} name @param {(data: any) => void} take */
  function hear(name, take) {
    source?.addEventListener(name, (event) => {
      heardAt = performance.now();
      take(JSON.parse(event.data));
    });
  }

  // The browser's own retry gives up after an answer such as 502; this one never does.
  function lost() {
    source?.close();
    clearTimeout(retry);
    if (ended) return;
    heardAt = performance.now();
    onLost();
    retry = setTimeout(connect, 1000);
  }

  // A tablet that slept does not notice that its connection is gone, nor does one whose network went without a word.
  function wake() {
    const slept = document.visibilityState === "visible" && Date.now() - lastAwake > SILENCE_MILLISECONDS;
    lastAwake = Date.now();
    if (slept || performance.now() - heardAt > SILENCE_MILLISECONDS) lost();
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
