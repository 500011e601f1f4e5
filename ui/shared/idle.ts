import { useEffect, useRef } from "./html.ts";
import { remembered } from "./remembered.ts";

/** When this browser was last touched on any page of the box, milliseconds since 1970. */
const REMEMBERED = "touched";
const SIGNS = ["pointerdown", "pointermove", "keydown", "wheel"];

/** Takes note that somebody is there. */
export function touched() {
  remembered.setItem(REMEMBERED, String(Date.now()));
}

/** Seconds since somebody touched a page of the box in this browser; 0 where that is not known. */
export function secondsIdle() {
  const at = Number(remembered.getItem(REMEMBERED));
  if (!(at > 0)) return 0;
  // the clock was set back: from now on, or the page would stay open until it has caught up
  if (at > Date.now()) touched();
  return Math.max(0, (Date.now() - at) / 1000);
}

/**
 * Calls `onIdle` once nobody has touched any page of the box in this browser for so long.
 *
 * @param seconds 0 for never
 */
export function useIdle(seconds: number, onIdle: () => void) {
  const latest = useRef(onIdle);
  latest.current = onIdle;
  useEffect(() => whenIdle(seconds, () => latest.current()), [seconds]);
}

/** The same outside of a component. @returns ends it */
export function whenIdle(seconds: number, onIdle: () => void): () => void {
  if (!(seconds > 0)) return () => {};
  let noted = 0;
  const note = () => {
    if (Date.now() - noted < 1000) return;
    noted = Date.now();
    touched();
  };
  const look = () => {
    if (secondsIdle() >= seconds) onIdle();
  };
  touched();
  for (const sign of SIGNS) addEventListener(sign, note, { capture: true, passive: true });
  // a tablet that slept looks when it wakes, before anybody sees the page
  document.addEventListener("visibilitychange", look);
  const timer = setInterval(look, 500);
  return () => {
    for (const sign of SIGNS) removeEventListener(sign, note, { capture: true });
    document.removeEventListener("visibilitychange", look);
    clearInterval(timer);
  };
}
