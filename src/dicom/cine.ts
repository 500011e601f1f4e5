import type { Dataset } from "./dataset.ts";

/** What a loop plays at where the object does not say. */
const USUAL_MILLISECONDS = 40;

/** How long each frame of a loop is shown, in milliseconds, and which attribute says so; "" where none does. */
export interface Cine {
  /** At least 1. */
  frames: number;
  /** One number for all frames, else one a frame. */
  milliseconds: number | number[];
  /** Which attribute says it; "" where none does. */
  source: string;
}

/**
 * The speed at which the object wants to be played (PS3.3 C.7.6.5): what is recommended for display, else the time at
 * which its frames were taken.
 */
export function readCine(dataset: Dataset): Cine {
  const frames = Math.max(1, Math.trunc(dataset.number("NumberOfFrames") ?? 1));
  const one = (source: string, milliseconds: number | undefined): Cine | undefined =>
    milliseconds !== undefined && milliseconds > 0 && Number.isFinite(milliseconds)
      ? { frames, milliseconds, source }
      : undefined;
  const rate = (keyword: "RecommendedDisplayFrameRate" | "CineRate") => {
    const perSecond = dataset.number(keyword);
    return one(keyword, perSecond === undefined ? undefined : 1000 / perSecond);
  };
  return rate("RecommendedDisplayFrameRate") ?? one("FrameTime", dataset.number("FrameTime")) ??
    timeVector(dataset, frames) ?? rate("CineRate") ??
    one("ActualFrameDuration", dataset.number("ActualFrameDuration")) ??
    { frames, milliseconds: USUAL_MILLISECONDS, source: "" };
}

/** Frame Time Vector has the time from each frame to the one before; the first is 0 (PS3.3 C.7.6.5.1.2). */
function timeVector(dataset: Dataset, frames: number): Cine | undefined {
  const before = dataset.numbers("FrameTimeVector");
  if (before.length !== frames || frames < 2 || before.slice(1).some((time) => time <= 0)) return undefined;
  const shown = before.slice(1);
  return { frames, milliseconds: [...shown, shown.at(-1)!], source: "FrameTimeVector" };
}
