import type { Appointment } from "../../src/web/contract/appointments.ts";
import { useEffect, useRef, useState } from "../shared/html.ts";
import { remembered } from "../shared/remembered.ts";
import { isLate } from "./where_now.ts";

const REMEMBERED = "sounded";
/** So many of whom it has sounded are remembered: more than wait at once. */
const MOST = 500;

/** Two soft notes, the second lower: hertz, and when each begins, seconds. */
const NOTES = [[784, 0], [587, 0.22]] as const;
/** Seconds that a note lasts. */
const LASTS = 0.5;
/** Of full strength. */
const VOLUME = 0.08;

/** Somebody who waits too long, for the same thing since the same moment. */
const keyOf = ({ id, wait }: Appointment) => `${id} ${wait?.code} ${wait?.since}`;

function sounded(): string[] {
  try {
    const keys: unknown = JSON.parse(remembered.getItem(REMEMBERED) ?? "[]");
    return Array.isArray(keys) ? keys : [];
  } catch {
    // something else has written there: it sounds once more
    return [];
  }
}

/**
 * Sounds once for each appointment that begins to wait too long, on this device, also after a reload; for several at
 * once it sounds once. What became late behind the lock screen, where nothing sounds, does when the page is there again.
 *
 * @param wanted whether the clinic wants it
 * @param appointments that the board is about
 * @param now milliseconds
 */
export function useWaitSound(wanted: boolean, appointments: readonly Appointment[], now: number): void {
  /** how often somebody has touched the page since it could not sound: a browser lets none before the first touch */
  const [touches, setTouches] = useState(0);
  /** for whom it is about to sound, which is remembered once it has */
  const inHand = useRef(new Set<string>());
  const contexts = useRef(new Set<AudioContext>());
  const late = wanted ? appointments.filter((one) => isLate(one, now)).map(keyOf).join("\n") : "";
  useEffect(() => {
    if (late === "") return;
    const before = sounded();
    const fresh = late.split("\n").filter((key) => !before.includes(key) && !inHand.current.has(key));
    if (fresh.length === 0) return;
    const context = new AudioContext();
    contexts.current.add(context);
    // one that comes while it is tried counts too
    const touched = new Promise((resolve) => addEventListener("pointerdown", resolve, { once: true }));
    for (const key of fresh) inHand.current.add(key);
    sound(context).then((played) => {
      for (const key of fresh) inHand.current.delete(key);
      if (played) remembered.setItem(REMEMBERED, JSON.stringify([...sounded(), ...fresh].slice(-MOST)));
      else touched.then(() => setTouches((n) => n + 1));
    });
  }, [late, touches]);
  // the page is locked: what sounds ends
  useEffect(() => () => {
    for (const context of contexts.current) if (context.state !== "closed") context.close();
  }, []);
}

/** @returns false where the browser lets no page sound that nobody has touched */
async function sound(context: AudioContext): Promise<boolean> {
  if (context.state !== "running") {
    // one that is closed meanwhile says so by its state
    await Promise.race([context.resume().catch(() => {}), new Promise((resolve) => setTimeout(resolve, 300))]);
  }
  if (context.state !== "running") {
    if (context.state !== "closed") await context.close();
    return false;
  }
  const begin = context.currentTime + 0.02;
  for (const [frequency, at] of NOTES) {
    const note = new OscillatorNode(context, { frequency });
    const strength = new GainNode(context, { gain: 0 });
    strength.gain.setValueAtTime(0, begin + at);
    strength.gain.linearRampToValueAtTime(VOLUME, begin + at + 0.03);
    strength.gain.exponentialRampToValueAtTime(0.0001, begin + at + LASTS);
    note.connect(strength).connect(context.destination);
    note.start(begin + at);
    note.stop(begin + at + LASTS);
  }
  setTimeout(() => context.state === "closed" || context.close(), 2000);
  return true;
}
