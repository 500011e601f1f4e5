import { Refused, say, type Sentence } from "../sentences.ts";
import { Buffer } from "node:buffer";
import { encodeText, isAsciiText } from "./charset.ts";
import { Dataset, type Element } from "./dataset.ts";
import { nameOf, Tag, type Vr } from "./dictionary.ts";
import { romanized } from "./romanization.ts";
import { wildcardTest } from "./wildcards.ts";

/** How a query matches (PS3.4 C.2.2.2), one function a kind. All are pure. */

/** VRs in whose keys `*` and `?` are wildcards (PS3.4 C.2.2.2.4). */
const WILDCARD_VRS: ReadonlySet<Vr> = new Set<Vr>([
  ...["AE", "CS", "LO", "LT", "PN", "SH", "ST", "UC", "UR", "UT"] as const,
]);

/** VRs in whose values a backslash is a backslash (PS3.5 6.2). */
const SINGLE_VALUED: ReadonlySet<Vr> = new Set<Vr>(["LT", "ST", "UR", "UT"]);

/** Signs that no text has, but for those that change its character set or its line. */
// deno-lint-ignore no-control-regex -- they are what is looked for
const CONTROL = /[\0-\x08\x0b\x0e-\x1a\x1c-\x1f\x7f]/;

/** The longest value of a key, in characters, and the most values of one: far beyond what a machine or a person asks. */
export const LONGEST_VALUE = 1024;
export const MOST_VALUES = 256;

/** How much of a value stands in a reason: it is read by a person, and kept. */
const LONGEST_SHOWN = 100;

/** How a query is matched beyond the base. */
export interface MatchingOptions {
  /** The peer negotiated fuzzy matching: accents do not count in person names (PS3.4 C.5.1.1.2). */
  fuzzyNames?: boolean;
}

/** The identifier cannot be answered at all (PS3.4 K.4.1.1.4, status A900): why, and at which attribute. */
export class UnusableIdentifier extends Refused {
  /** At attribute `tag` it cannot be answered. */
  constructor(readonly tag: number, why: Sentence) {
    super(why);
  }
}

/**
 * Why a candidate does not match an identifier, for a person ("PatientID is P2 here, the machine asks for P1");
 * undefined when it does.
 */
export type Matcher = (candidate: Dataset) => Sentence | undefined;

/**
 * What matches an identifier. All of it is looked at here, whatever candidates there will be, so that an identifier is
 * refused or not by what it asks alone; the matcher never throws.
 *
 * Keys that a candidate does not carry at all are not matched on. Group lengths and Specific Character Set are no
 * keys. A start date and a start time that are both ranges are one interval.
 *
 * @throws UnusableIdentifier for a sequence with more than one item, a date or time that is none, or a value longer or
 *   with more in it than anybody asks
 */
export function matcher(identifier: Dataset, options: MatchingOptions = {}): Matcher {
  const interval = combinedInterval(identifier);
  const keys: { tag: number; mismatch: Matcher }[] = [];
  for (const key of identifier) {
    if (!isKey(key)) continue;
    const mismatch = Array.isArray(key.value) ? sequenceMatcher(key, options) : valueMatcher(key, options);
    if (mismatch === undefined || key.tag === interval?.dateTag || key.tag === interval?.timeTag) continue;
    keys.push({ tag: key.tag, mismatch });
  }
  return (candidate) => {
    for (const { tag, mismatch } of keys) {
      const reason = candidate.has(tag) ? mismatch(candidate) : undefined;
      if (reason !== undefined) return reason;
    }
    return interval && intervalMismatch(interval, candidate);
  };
}

/** Why one candidate does not match an identifier, as `matcher` says. @throws UnusableIdentifier */
export function mismatch(identifier: Dataset, candidate: Dataset, options: MatchingOptions = {}): Sentence | undefined {
  return matcher(identifier, options)(candidate);
}

/** Whether an element of an identifier is asked for as a key or return key at all. */
export function isKey({ tag }: Element): boolean {
  return (tag & 0xffff) !== 0 && tag !== Tag.SpecificCharacterSet;
}

/**
 * Whether a key asks for anything: one without a value matches everything (PS3.4 C.2.2.2.3). Machines write that as `*`
 * too, also where the VR has no wildcards, and names with their delimiters and nothing between.
 */
export function isUniversal(key: Element): boolean {
  if (Array.isArray(key.value)) {
    return key.value.every((item) => [...item].every((inner) => !isKey(inner) || isUniversal(inner)));
  }
  if (typeof key.value !== "string") return key.value.length === 0;
  return universal(key.vr).test(key.value);
}

function universal(vr: Vr): RegExp {
  if (vr === "PN") return /^[*^=\s\\]*$/;
  // a range without ends: other servers take it for all
  if (vr === "DA" || vr === "TM" || vr === "DT") return /^[*\-\s]*$/;
  // values of which none is there
  return SINGLE_VALUED.has(vr) ? /^[*\s]*$/ : /^[*\s\\]*$/;
}

/** A value as it stands in a reason or a list of keys: not longer than a person reads. */
export function shownValue(value: string): string {
  return value.length <= LONGEST_SHOWN ? value : `${value.slice(0, LONGEST_SHOWN)}…`;
}

function sequenceMatcher(key: Element, options: MatchingOptions): Matcher | undefined {
  const items = key.value as readonly Dataset[];
  if (items.length > 1) {
    throw new UnusableIdentifier(key.tag, say("key-items", { key: nameOf(key.tag), count: items.length }));
  }
  if (items.length === 0) return undefined;
  const ofItem = matcher(items[0]!, options);
  if (isUniversal(key)) return undefined;
  return (candidate) => {
    let first: Sentence | undefined;
    for (const item of candidate.items(key.tag)) {
      const reason = ofItem(item);
      if (reason === undefined) return undefined;
      first ??= reason;
    }
    return first ?? say("key-empty", { key: nameOf(key.tag) });
  };
}

/** A key with text against the values a candidate has: one that fits is enough (PS3.4 C.2.2.2.1). */
function valueMatcher(key: Element, options: MatchingOptions): Matcher | undefined {
  if (isUniversal(key)) return undefined;
  if (typeof key.value !== "string") return bytesMatcher(key.tag, key.value as Uint8Array);
  if (CONTROL.test(key.value)) throw new UnusableIdentifier(key.tag, say("key-no-text", { key: nameOf(key.tag) }));
  const asked = key.value.trim();
  const fits = testFor(key, asked, options);
  return (candidate) => {
    const held = candidate.texts(key.tag);
    if (held.some(fits)) return undefined;
    const here = shownValue(held.join(", ")) || say("no-value-here");
    return say("key-differs", { key: nameOf(key.tag), here, asked: shownValue(asked) });
  };
}

/**
 * A key that is made of numbers: the same ones are there. Of what the candidate has no value it is not compared (PS3.4
 * C.2.2.1.3): machines fill in a number by themselves, as the pregnancy status 0.
 */
function bytesMatcher(tag: number, asked: Uint8Array): Matcher {
  return (candidate) => {
    const held = candidate.bytes(tag);
    if (held === undefined || held.length === 0 || Buffer.from(held).equals(asked)) return undefined;
    return say("key-bytes-differ", { key: nameOf(tag) });
  };
}

/** Whether a value fits. */
export type Test = (value: string) => boolean;

function testFor(key: Element, asked: string, options: MatchingOptions): Test {
  if (key.vr === "DA") return rangeTest(asked, key.tag, dateBounds);
  if (key.vr === "TM") return rangeTest(asked, key.tag, timeBounds);
  // several values in a key, as some machines send for their AE titles: any of them
  const values = SINGLE_VALUED.has(key.vr) ? [asked] : asked.split("\\").map((one) => one.trim());
  // one that is empty beside others asks for nobody, and not for everybody
  const wanted = values.filter((one) => one !== "");
  const longest = wanted.reduce((most, { length }) => Math.max(most, length), 0);
  if (longest > LONGEST_VALUE) {
    throw new UnusableIdentifier(
      key.tag,
      say("key-characters", { key: nameOf(key.tag), count: longest, most: LONGEST_VALUE }),
    );
  }
  if (key.vr === "UI") {
    const uids = new Set(wanted);
    return (value) => uids.has(value);
  }
  if (values.length > MOST_VALUES) {
    throw new UnusableIdentifier(
      key.tag,
      say("key-values", { key: nameOf(key.tag), count: values.length, most: MOST_VALUES }),
    );
  }
  const tests = wanted.map((one) => key.vr === "PN" ? personNameTest(one, options) : textTest(one, key.vr));
  return (value) => tests.some((test) => test(value));
}

/** Single value or wildcard matching; the case of letters counts. */
function textTest(key: string, vr: Vr): Test {
  return WILDCARD_VRS.has(vr) ? wildcardTest(key) : (value) => value === key;
}

/**
 * Person name matching: without regard to case (PS3.4 C.2.2.2.1.1 leaves that open, and machines shout), and by
 * component group, so that a key may fit the alphabetic, the ideographic or the phonetic form.
 *
 * A key fits a group as one text, in which `*` may reach over components, or component by component, where one that is
 * missing is an empty one: `SHARMA*^*` fits a name of one word. A key without `^` also fits names whose words, with
 * spaces, read like it.
 */
export function matchesPersonName(key: string, value: string, options: MatchingOptions = {}): boolean {
  return personNameTest(key, options)(value);
}

function personNameTest(key: string, options: MatchingOptions): Test {
  const groupsOf = (text: string) => folded(text, options).split("=").map(trimmedGroup);
  const tests = groupsOf(key).map(nameGroupTest);
  if (tests.length > 1) {
    return (value) => {
      const groups = groupsOf(value);
      return tests.every((test, index) => test(groups[index] ?? ""));
    };
  }
  const fits = (value: string) => groupsOf(value).some(tests[0]!);
  return (value) => fits(value) || otherForms(value).some(fits);
}

/** A title before a name: who asks for `Rao*` means Dr. Rao too. */
const TITLE = /^(?:dr|prof|mr|mrs|ms|miss|smt|shri|shree|sri|kum)\.?\s+/i;

/** A name as a machine may have been shown it: without its title, and in Latin letters where its own cannot be shown. */
function otherForms(value: string): string[] {
  const bare = value.replace(TITLE, "");
  const isLatin = isAsciiText(bare) || encodeText(bare, "ISO_IR 100") !== undefined;
  const latin = isLatin ? bare : bare.replaceAll(/[^\^=\s]+/gu, romanized);
  return [...new Set([bare, latin])].filter((form) => form !== value);
}

function folded(text: string, options: MatchingOptions): string {
  const lower = text.toLowerCase();
  return options.fuzzyNames ? lower.normalize("NFD").replaceAll(/\p{Mn}/gu, "") : lower.normalize("NFC");
}

/** A component group without the spaces around its components and the delimiters at its end. */
function trimmedGroup(group: string): string {
  return group.split("^").map((component) => component.trim()).join("^").replace(/\^+$/, "");
}

function nameGroupTest(key: string): Test {
  if (/^[*^]*$/.test(key)) return () => true;
  const whole = wildcardTest(key);
  if (!key.includes("^")) return (group) => whole(group) || whole(group.replaceAll("^", " "));
  const components = key.split("^").map(wildcardTest);
  return (group) => {
    if (whole(group)) return true;
    const held = group.split("^");
    return held.length <= components.length && components.every((test, index) => test(held[index] ?? ""));
  };
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
  const from = first === "" && parts ? { from: "", to: "" } : bounds(first);
  const to = last === "" && parts ? { from: OPEN_END, to: OPEN_END } : bounds(last);
  if (from === undefined || to === undefined) {
    // without the value: it may be a birth date, and this is logged
    throw new UnusableIdentifier(tag, say("key-no-range", { key: nameOf(tag) }));
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

function intervalMismatch(interval: Interval, candidate: Dataset): Sentence | undefined {
  if (!candidate.has(interval.dateTag)) return undefined;
  const date = dateBounds(candidate.text(interval.dateTag));
  const time = timeBounds(candidate.text(interval.timeTag));
  if (date === undefined) return say("key-empty", { key: nameOf(interval.dateTag) });
  const from = `${date.from}${time?.from ?? "000000000000"}`;
  const to = `${date.to}${time?.to ?? "999999999999"}`;
  if (from <= interval.to && to >= interval.from) return undefined;
  const here = `${candidate.text(interval.dateTag)} ${candidate.text(interval.timeTag)}`;
  return say("start-differs", { here, asked: shownValue(interval.asked) });
}

/**
 * The first and last day that an identifier's date key allows, `YYYYMMDD`; undefined where it is open.
 *
 * @throws UnusableIdentifier
 */
export function askedDays(identifier: Dataset, dateTag: number): { from: string | undefined; to: string | undefined } {
  const key = identifier.element(dateTag);
  if (key === undefined || isUniversal(key)) return { from: undefined, to: undefined };
  const range = parseRange(identifier.text(dateTag), dateTag, dateBounds);
  return {
    from: range.from === "" ? undefined : range.from,
    to: range.to === OPEN_END ? undefined : range.to,
  };
}
