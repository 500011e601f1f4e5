import { say } from "../sentences.ts";
import { type Assumption, assumption } from "./assumption.ts";
import type { Dataset } from "./dataset.ts";
import { Tag } from "./dictionary.ts";

/** What a loop plays at where the object does not say. */
const USUAL_MILLISECONDS = 40;
/** Frames shown for less than this are not what a machine means to be shown: it has written seconds. */
const LEAST_MILLISECONDS = 1;
const MILLISECONDS_PER_SECOND = 1000;
/** How many times as fast as the other one of two speeds of an object may be and mean the same: rates are whole numbers. */
const SAME_SPEED = 5;
/** Of fewer frames it cannot be told whether their times count from the beginning, or grow. */
const LEAST_TO_TELL = 5;
/** Preferred Playback Sequencing (PS3.3 C.7.6.5): there and back. */
const SWEEPING = 1;

/** How long each frame of a loop is shown, in milliseconds, and which attribute says so; "" where none does. */
export interface Cine {
  /** At least 1. */
  frames: number;
  /** One number for all frames, else one a frame. */
  milliseconds: number | number[];
  /** Which attribute says it; "" where none does. */
  source: string;
  /** The frames that are to be played, where not all are: the first and the last, from 1. */
  trim?: { first: number; last: number };
  /** It is played there and back. */
  sweeping?: true;
}

type Speed = Pick<Cine, "milliseconds" | "source">;

/**
 * The speed at which the object wants to be played (PS3.3 C.7.6.5), and which of its frames: what is recommended for
 * display, else the time at which its frames were taken, by the attribute that Frame Increment Pointer (0028,0009) names
 * first of all.
 *
 * @param notes what had to be mended or taken for granted is added to them
 */
export function readCine(dataset: Dataset, notes: Assumption[] = []): Cine {
  const frames = Math.max(1, Math.trunc(dataset.number("NumberOfFrames") ?? 1));
  const pointed = dataset.numbers("FrameIncrementPointer");
  const vector = () => timeVector(dataset, frames, pointed.includes(Tag.FrameTimeVector), notes);
  const time = () => frameTime(dataset, notes);
  const speed = rate(dataset, "RecommendedDisplayFrameRate") ??
    (pointed.includes(Tag.FrameTimeVector) ? vector() ?? time() : time() ?? vector()) ??
    rate(dataset, "CineRate") ?? one("ActualFrameDuration", dataset.number("ActualFrameDuration")) ??
    frameTimes(dataset, frames);
  if (speed === undefined && frames > 1) {
    const count = MILLISECONDS_PER_SECOND / USUAL_MILLISECONDS;
    notes.push(assumption("speed", say("assumed-speed", { count })));
  }
  const sweeping = dataset.number("PreferredPlaybackSequencing") === SWEEPING;
  return {
    frames,
    ...(speed ?? { milliseconds: USUAL_MILLISECONDS, source: "" }),
    ...trimmed(dataset, frames),
    ...(sweeping && { sweeping: true as const }),
  };
}

function one(source: string, milliseconds: number | undefined): Speed | undefined {
  return milliseconds !== undefined && milliseconds > 0 && Number.isFinite(milliseconds)
    ? { milliseconds, source }
    : undefined;
}

function rate(dataset: Dataset, keyword: "RecommendedDisplayFrameRate" | "CineRate"): Speed | undefined {
  const perSecond = dataset.number(keyword);
  return one(keyword, perSecond === undefined ? undefined : MILLISECONDS_PER_SECOND / perSecond);
}

/** Frame Time is in milliseconds; machines also write seconds, which Cine Rate beside it or its size gives away. */
function frameTime(dataset: Dataset, notes: Assumption[]): Speed | undefined {
  const said = one("FrameTime", dataset.number("FrameTime"));
  if (said === undefined) return undefined;
  const time = said.milliseconds as number;
  if (!isInSeconds([time], rate(dataset, "CineRate"))) return said;
  notes.push(assumption("speed", say("assumed-seconds", { time })));
  return { ...said, milliseconds: fromSeconds(time) };
}

/** Seconds, as they were written in decimals, in milliseconds, to a thousandth. */
function fromSeconds(time: number): number {
  return Math.round(time * MILLISECONDS_PER_SECOND * 1000) / 1000;
}

/** @param other the speed that the object also names */
function isInSeconds(times: readonly number[], other: Speed | undefined): boolean {
  const usual = middleOf(times);
  if (other !== undefined) {
    const expected = other.milliseconds as number;
    const isNear = (time: number) => time * SAME_SPEED >= expected && time <= expected * SAME_SPEED;
    if (isNear(usual)) return false;
    if (isNear(usual * MILLISECONDS_PER_SECOND)) return true;
  }
  return usual < LEAST_MILLISECONDS;
}

/**
 * Frame Time Vector has the time from each frame to the one before; the first is 0 (PS3.3 C.7.6.5.1.2). Machines also
 * leave the first out, write one too many, a 0 between, times from the beginning, or seconds.
 *
 * @param isMeant whether Frame Increment Pointer names it
 */
function timeVector(dataset: Dataset, frames: number, isMeant: boolean, notes: Assumption[]): Speed | undefined {
  const said = dataset.numbers("FrameTimeVector");
  if (said.length === 0 || frames < 2) return undefined;
  const unusable = () => {
    if (isMeant) notes.push(assumption("speed", say("assumed-vector-unusable", { count: said.length, frames })));
    return undefined;
  };
  const between = intervals(said, frames);
  if (between === undefined) return unusable();
  const usable = between.filter((time) => time > 0);
  // most of them have to say something, or they say nothing
  if (usable.length * 2 < between.length) return unusable();
  const middle = middleOf(usable);
  const shown = between.map((time) => time > 0 ? time : middle);
  const inSeconds = isInSeconds(usable, rate(dataset, "CineRate"));
  const asWritten = said.length === frames && shown.every((time, index) => time === said[index + 1]);
  if (!asWritten) notes.push(assumption("speed", say("assumed-vector", { count: said.length, frames })));
  if (inSeconds) notes.push(assumption("speed", say("assumed-seconds", { time: middle })));
  const milliseconds = [...shown, shown.at(-1)!].map((time) => inSeconds ? fromSeconds(time) : time);
  return { milliseconds, source: "FrameTimeVector" };
}

/** From each frame to the next, one less than there are frames; undefined where they cannot be told. */
function intervals(said: readonly number[], frames: number): number[] | undefined {
  if (said.length < frames - 1 || said.length > frames + 1) return undefined;
  // a vector that is one too short has no time of the first frame, one too long has one after the last
  const first = said.length === frames - 1 ? 0 : 1;
  const between = said.slice(first, first + frames - 1);
  const steps = said.slice(1).map((time, index) => time - said[index]!);
  const middle = middleOf(steps);
  const isFromBeginning = frames >= LEAST_TO_TELL && steps.every((step) => step > middle / 2 && step < middle * 2) &&
    middle > 0;
  return isFromBeginning ? stepsTo(steps, frames - 1, middle) : between;
}

function stepsTo(steps: readonly number[], count: number, otherwise: number): number[] {
  return Array.from({ length: count }, (_, index) => steps[index] ?? otherwise);
}

function middleOf(numbers: readonly number[]): number {
  const sorted = [...numbers].sort((a, b) => a - b);
  return sorted[sorted.length >> 1] ?? 0;
}

/** What the functional groups of an enhanced clip say of when its frames were taken (PS3.3 C.7.6.16.2.2, C.8.24.6.8). */
function frameTimes(dataset: Dataset, frames: number): Speed | undefined {
  const groups = dataset.items("PerFrameFunctionalGroupsSequence");
  if (groups.length !== frames || frames < 2) return undefined;
  const contents = groups.map((group) => group.items("FrameContentSequence")[0]);
  const taken = contents.map((content) =>
    momentOf(content?.text("FrameReferenceDateTime")) ?? momentOf(content?.text("FrameAcquisitionDateTime"))
  );
  const offsets = groups.map((group) => {
    const seconds = group.items("TemporalPositionSequence")[0]?.number("TemporalPositionTimeOffset");
    return seconds === undefined ? undefined : seconds * MILLISECONDS_PER_SECOND;
  });
  return fromMoments("FrameReferenceDateTime", taken) ?? fromMoments("TemporalPositionTimeOffset", offsets) ??
    one("FrameAcquisitionDuration", contents[0]?.number("FrameAcquisitionDuration"));
}

/** Undefined where the frames do not follow each other in time, such as the planes of one volume. */
function fromMoments(source: string, moments: readonly (number | undefined)[]): Speed | undefined {
  const between = moments.slice(1).map((moment, index) => (moment ?? NaN) - (moments[index] ?? NaN));
  if (!between.every((time) => time > 0)) return undefined;
  return { source, milliseconds: [...between, between.at(-1)!] };
}

/** A DT (PS3.5 6.2) as milliseconds that are good for differences; undefined where it names no time of day. */
function momentOf(text: string | undefined): number | undefined {
  const found = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d(?:\.\d{1,6})?)/.exec(text ?? "");
  if (found === null) return undefined;
  const [year, month, day, hour, minute, second] = found.slice(1).map(Number) as [
    ...[number, number, number, number, number, number],
  ];
  return Date.UTC(year, month - 1, day, hour, minute) + second * MILLISECONDS_PER_SECOND;
}

/** Start Trim (0008,2142) and Stop Trim (0008,2143): the first and the last frame that are to be played. */
function trimmed(dataset: Dataset, frames: number): Pick<Cine, "trim"> {
  const first = Math.max(1, Math.trunc(dataset.number("StartTrim") ?? 1));
  const last = Math.min(frames, Math.trunc(dataset.number("StopTrim") ?? frames));
  // what leaves nothing to play says nothing
  return last <= first || (first === 1 && last === frames) ? {} : { trim: { first, last } };
}
