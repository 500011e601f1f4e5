import { useEffect, useState } from "./html.ts";

/** How far the box's clock is ahead of this device's, milliseconds. */
let ahead = 0;

/** A device whose clock differs by more is told so, milliseconds. */
const DIFFERS = 60_000;

/** Takes over the box's clock, by which everything is shown and booked. @param now ISO 8601, as the box has just said */
export function setBoxClock(now: string): void {
  const at = Date.parse(now);
  if (!Number.isNaN(at)) ahead = at - Date.now();
}

/** The present moment by the box's clock, milliseconds since 1970. */
export function boxNow(): number {
  return Date.now() + ahead;
}

/** Minutes that this device's clock is ahead of the box's, or behind where below zero; 0 where it does not matter. */
export function minutesAhead(): number {
  return Math.abs(ahead) > DIFFERS ? Math.round(-ahead / 60_000) : 0;
}

/** The present minute by the box's clock, in milliseconds since 1970, fresh at each turn of the minute. */
export function useMinute() {
  const [minute, setMinute] = useState(present);
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout>;
    const untilNext = () => 60_000 - (boxNow() % 60_000) + 20;
    function tick() {
      setMinute(present());
      timer = setTimeout(tick, untilNext());
    }
    timer = setTimeout(tick, untilNext());
    return () => clearTimeout(timer);
  }, []);
  return minute;
}

function present() {
  return Math.floor(boxNow() / 60_000) * 60_000;
}
