import { Dataset, type Element } from "./dataset.ts";
import { nameOf, Tag, type Vr } from "./dictionary.ts";

/** How a query matches (PS3.4 C.2.2.2), one function a kind. All are pure; none throws for what a machine may send. */

/** VRs in whose keys `*` and `?` are wildcards (PS3.4 C.2.2.2.4). */
const WILDCARD_VRS: ReadonlySet<Vr> = new Set<Vr>([
  ...["AE", "CS", "LO", "LT", "PN", "SH", "ST", "UC", "UR", "UT"] as const,
]);

export interface MatchingOptions {
  /** The peer negotiated fuzzy matching: accents do not count in person names (PS3.4 C.5.1.1.2). */
  fuzzyNames?: boolean;
}

/** The identifier cannot be answered at all (PS3.4 K.4.1.1.4, status A900): why, in words. */
export class UnusableIdentifier extends Error {
  override name = "UnusableIdentifier";
}

/**
 * Why a candidate does not match an identifier, in words for a person ("PatientID P2, asked for P1"); undefined when
 * it does.
 *
 * Keys that the candidate does not carry at all are not matched on. Group lengths and Specific Character Set are no
 * keys. A start date and a start time that are both ranges are one interval.
 *
 * @throws UnusableIdentifier for a sequence with more than one item, or a date or time that is none
 */
export function mismatch(identifier: Dataset, candidate: Dataset, options: MatchingOptions = {}): string | undefined {
  const interval = combinedInterval(identifier);
  for (const key of identifier) {
    if (!isKey(key)) continue;
    if (interval && (key.tag === interval.dateTag || key.tag === interval.timeTag)) continue;
    const held = candidate.element(key.tag);
    if (held === undefined) continue;
    const reason = Array.isArray(key.value)
      ? sequenceMismatch(key, candidate.items(key.tag), options)
      : valueMismatch(key, candidate.texts(key.tag), options);
    if (reason !== undefined) return reason;
  }
  return interval && intervalMismatch(interval, candidate);
}

/** Whether an element of an identifier is asked for as a key or return key at all. */
export function isKey({ tag }: Element): boolean {
  return (tag & 0xffff) !== 0 && tag !== Tag.SpecificCharacterSet;
}

/** Whether a key asks for anything: one without a value matches everything (PS3.4 C.2.2.2.3). */
export function isUniversal(key: Element): boolean {
  if (Array.isArray(key.value)) {
    return key.value.every((item) => [...item].every((inner) => !isKey(inner) || isUniversal(inner)));
  }
  if (typeof key.value !== "string") return key.value.length === 0;
  return key.value.trim() === "" || (WILDCARD_VRS.has(key.vr) && /^\*+$/.test(key.value.trim()));
}

function sequenceMismatch(
  key: Element,
  candidates: readonly Dataset[],
  options: MatchingOptions,
): string | undefined {
  const items = key.value as readonly Dataset[];
  if (items.length > 1) {
    throw new UnusableIdentifier(`${nameOf(key.tag)} has ${items.length} items, a query may have one`);
  }
  const item = items[0];
  if (item === undefined || isUniversal(key)) return undefined;
  let first: string | undefined;
  for (const candidate of candidates) {
    const reason = mismatch(item, candidate, options);
    if (reason === undefined) return undefined;
    first ??= reason;
  }
  return first ?? `${nameOf(key.tag)} is empty here`;
}

/** A key with text against the values a candidate has: one that fits is enough (PS3.4 C.2.2.2.1). */
function valueMismatch(key: Element, held: readonly string[], options: MatchingOptions): string | undefined {
  if (isUniversal(key) || typeof key.value !== "string") return undefined;
  const asked = key.value.trim();
  const test = testFor(key, asked, options);
  if (held.some(test)) return undefined;
  return `${nameOf(key.tag)} is ${held.join(", ") || "empty"} here, the machine asks for ${asked}`;
}

function testFor(key: Element, asked: string, options: MatchingOptions): (value: string) => boolean {
  switch (key.vr) {
    case "DA":
      return rangeTest(asked, key.tag, dateBounds);
    case "TM":
      return rangeTest(asked, key.tag, timeBounds);
    case "UI": {
      const list = asked.split("\\").map((uid) => uid.trim());
      return (value) => list.includes(value);
    }
    case "PN":
      return (value) => matchesPersonName(asked, value, options);
    default: {
      // several values in a key, as some machines send for their AE titles: any of them
      const wanted = (WILDCARD_VRS.has(key.vr) ? asked.split("\\") : [asked]).map((one) => one.trim());
      return (value) => wanted.some((one) => matchesText(one, value, key.vr));
    }
  }
}

/** Single value or wildcard matching; case counts, except in LO and SH, where machines are careless with it. */
export function matchesText(key: string, value: string, vr: Vr): boolean {
  if (!WILDCARD_VRS.has(vr) || !/[*?]/.test(key)) return key === value;
  return wildcard(key).test(value);
}

/**
 * Person name matching: without regard to case (PS3.4 C.2.2.2.1.1 leaves that open, and machines shout), and by
 * component group, so that a key may fit the alphabetic, the ideographic or the phonetic form. Trailing empty
 * components do not count. A key without `^` also fits names whose words, with spaces, read like it.
 */
export function matchesPersonName(key: string, value: string, options: MatchingOptions = {}): boolean {
  const folded = (text: string) => {
    const lower = text.toLowerCase();
    return options.fuzzyNames ? lower.normalize("NFD").replaceAll(/\p{Mn}/gu, "") : lower;
  };
  const trimmed = (group: string) => group.replace(/[\^ ]+$/, "").replaceAll(/ *\^ */g, "^").trim();
  const keyGroups = folded(key).split("=").map(trimmed);
  const valueGroups = folded(value).split("=").map(trimmed);
  if (keyGroups.length > 1) {
    return keyGroups.every((group, index) => group === "" || fits(group, valueGroups[index] ?? ""));
  }
  const one = keyGroups[0]!;
  return valueGroups.some((group) => fits(one, group) || (!one.includes("^") && fits(one, group.replaceAll("^", " "))));
}

function fits(key: string, value: string): boolean {
  return /[*?]/.test(key) ? wildcard(key).test(value) : key === value;
}

const wildcards = new Map<string, RegExp>();

/** `*` is any run of characters, `?` any one (PS3.4 C.2.2.2.4). */
function wildcard(key: string): RegExp {
  let pattern = wildcards.get(key);
  if (pattern === undefined) {
    const source = key.replaceAll(/[.+^${}()|[\]\\]/g, "\\$&").replaceAll(/\*+/g, ".*").replaceAll("?", ".");
    pattern = new RegExp(`^${source}$`, "su");
    if (wildcards.size > 500) wildcards.clear();
    wildcards.set(key, pattern);
  }
  return pattern;
}

/** Sorts after every date and time. */
const OPEN_END = "\uffff";

interface Bounds {
  from: string;
  to: string;
}

/** `A`, `A-B`, `A-` or `-B` against one value (PS3.4 C.2.2.2.5), compared as padded text. */
function rangeTest(
  asked: string,
  tag: number,
  bounds: (value: string) => Bounds | undefined,
): (value: string) => boolean {
  const range = parseRange(asked, tag, bounds);
  return (value) => {
    const held = bounds(value);
    return held !== undefined && held.from <= range.to && held.to >= range.from;
  };
}

function parseRange(
  asked: string,
  tag: number,
  bounds: (value: string) => Bounds | undefined,
): Bounds & { isRange: boolean } {
  const parts = /^([^-]*)-([^-]*)$/.exec(asked);
  const [first, last] = parts ? [parts[1]!.trim(), parts[2]!.trim()] : [asked, asked];
  const from = first === "" ? { from: "", to: "" } : bounds(first);
  const to = last === "" ? { from: OPEN_END, to: OPEN_END } : bounds(last);
  if (from === undefined || to === undefined || (first === "" && last === "")) {
    throw new UnusableIdentifier(`${nameOf(tag)} "${asked.slice(0, 40)}" is no value or range`);
  }
  return { from: from.from, to: to.to, isRange: parts !== null };
}

/** A date as text that sorts; also the retired form with dots. */
function dateBounds(value: string): Bounds | undefined {
  const match = /^(\d{4})\.?(\d{2})\.?(\d{2})$/.exec(value);
  if (!match) return undefined;
  const date = `${match[1]}${match[2]}${match[3]}`;
  return { from: date, to: date };
}

/** A time as the span it means: `10` is all of that hour, `1012` all of that minute. */
function timeBounds(value: string): Bounds | undefined {
  const match = /^(\d{2})(?::?(\d{2})(?::?(\d{2})(?:\.(\d{1,6}))?)?)?$/.exec(value);
  if (!match) return undefined;
  const digits = `${match[1]}${match[2] ?? ""}${match[3] ?? ""}${match[4] ?? ""}`;
  return { from: digits.padEnd(12, "0"), to: digits.padEnd(12, "9") };
}

interface Interval extends Bounds {
  dateTag: number;
  timeTag: number;
  asked: string;
}

/** Attributes of date and time that belong together (PS3.4 C.2.2.2.5.1). */
const DATE_TIME_PAIRS: readonly (readonly [number, number])[] = [
  [Tag.ScheduledProcedureStepStartDate, Tag.ScheduledProcedureStepStartTime],
  [Tag.StudyDate, Tag.StudyTime],
];

/** A date key and a time key that are both ranges: from the first date's first time to the last date's last time. */
function combinedInterval(identifier: Dataset): Interval | undefined {
  for (const [dateTag, timeTag] of DATE_TIME_PAIRS) {
    const [date, time] = [identifier.text(dateTag), identifier.text(timeTag)];
    if (!date.includes("-") || !time.includes("-")) continue;
    const dates = parseRange(date, dateTag, dateBounds);
    const times = parseRange(time, timeTag, timeBounds);
    // a bound of the time without one of the date is no moment: then each is matched by itself
    if ((times.from !== "" && dates.from === "") || (times.to !== OPEN_END && dates.to === OPEN_END)) continue;
    return {
      dateTag,
      timeTag,
      asked: `${date} ${time}`,
      from: `${dates.from}${times.from}`,
      to: `${dates.to}${times.to}`,
    };
  }
  return undefined;
}

function intervalMismatch(interval: Interval, candidate: Dataset): string | undefined {
  const date = dateBounds(candidate.text(interval.dateTag));
  const time = timeBounds(candidate.text(interval.timeTag));
  if (date === undefined) return `${nameOf(interval.dateTag)} is empty here`;
  const from = `${date.from}${time?.from ?? "000000000000"}`;
  const to = `${date.to}${time?.to ?? "999999999999"}`;
  if (from <= interval.to && to >= interval.from) return undefined;
  return `it starts ${candidate.text(interval.dateTag)} ${candidate.text(interval.timeTag)}, ` +
    `the machine asks for ${interval.asked}`;
}

/** The first and last day that an identifier's date key allows, `YYYYMMDD`; undefined where it is open. */
export function askedDays(identifier: Dataset, dateTag: number): { from: string | undefined; to: string | undefined } {
  const asked = identifier.text(dateTag);
  if (asked === "") return { from: undefined, to: undefined };
  const range = parseRange(asked, dateTag, dateBounds);
  return {
    from: range.from === "" ? undefined : range.from,
    to: range.to === OPEN_END ? undefined : range.to,
  };
}
