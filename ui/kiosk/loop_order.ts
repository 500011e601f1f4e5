import type { Description } from "../../src/web/contract/studies.ts";

/** Where a loop is, from frame 1, and which way it goes: 1 or -1. */
export interface Place {
  frame: number;
  step: number;
}

type Order = Pick<Description["cine"], "trim" | "sweeping">;

/** The frame with which a loop begins. */
export function firstPlayed({ trim }: Partial<Order>): number {
  return trim?.first ?? 1;
}

/** What a loop of so many frames shows next: within what the machine marks for playing, round and round or there and back. */
export function nextPlayed({ frame, step }: Place, frames: number, { trim, sweeping }: Partial<Order>): Place {
  const { first, last } = trim ?? { first: 1, last: frames };
  // a person may have gone to a frame that is not played
  if (frame < first || frame > last) return { frame: first, step: 1 };
  if (!sweeping) return { frame: frame >= last ? first : frame + 1, step: 1 };
  if (first >= last) return { frame, step };
  const on = frame + step > last ? -1 : frame + step < first ? 1 : step;
  return { frame: frame + on, step: on };
}
