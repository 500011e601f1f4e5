import { isKnownCharset } from "./charset.ts";
import { isTextVr } from "./dataset.ts";
import { type Leaf, walkingDataset } from "./dataset_walk.ts";
import { Tag, type Vr } from "./dictionary.ts";
import type { Syntax } from "./element_header.ts";
import { TextMask } from "./masked_text.ts";

/** Of every UID that is the standard's. */
const STANDARD_ROOT = "1.2.840.10008.";
const DAY = 86_400_000;
/** The day to which the day of a recording is moved, and every other date with it. */
const RECORDED_ON = Date.UTC(2000, 0, 1);

/** Text that says how a message is made, and not of whom: kept where it has the form of such. */
const KEPT_TEXT: ReadonlySet<number> = new Set([
  ...[Tag.SpecificCharacterSet, Tag.ImageType, Tag.QueryRetrieveLevel, Tag.Modality, Tag.ModalitiesInStudy],
  ...[Tag.InstanceAvailability, Tag.CodingSchemeDesignator, Tag.MappingResource, Tag.ContextIdentifier],
  ...[Tag.PhotometricInterpretation, Tag.PerformedProcedureStepStatus, Tag.ScheduledProcedureStepStatus],
  ...[Tag.TemplateIdentifier, Tag.TimezoneOffsetFromUTC, Tag.Manufacturer, Tag.ManufacturerModelName],
  0x00080064, // ConversionType
  0x00181020, // SoftwareVersions
  0x00280301, // BurnedInAnnotation
  0x00282110, // LossyImageCompression
  0x00282114, // LossyImageCompressionMethod
  0x0040a010, // RelationshipType
  0x0040a040, // ValueType
  0x0040a050, // ContinuityOfContent
  0x0040a491, // CompletionFlag
  0x0040a493, // VerificationFlag
]);
/** Numbers written out that say how pictures are made and shown. */
const KEPT_NUMBERS: ReadonlySet<number> = new Set([
  ...[Tag.InstanceNumber, Tag.SeriesNumber, Tag.NumberOfFrames, Tag.FrameTime, Tag.ReferencedFrameNumber],
  0x00181065, // FrameTimeVector
  0x00180040, // CineRate
  0x00082144, // RecommendedDisplayFrameRate
  0x00082142, // StartTrim
  0x00082143, // StopTrim
  0x00280030, // PixelSpacing
  0x00281050, // WindowCenter
  0x00281051, // WindowWidth
  0x00281052, // RescaleIntercept
  0x00281053, // RescaleSlope
  0x00282112, // LossyImageCompressionRatio
]);
/** Groups whose binary numbers say how a message or a picture is made. */
const KEPT_GROUPS: readonly number[] = [0x0000, 0x0008, 0x0018, 0x0028];
/** UIDs of classes, which a machine's own ones keep too: what it proposes is by them. */
const CLASSES: ReadonlySet<number> = new Set([
  ...[Tag.AffectedSOPClassUID, Tag.RequestedSOPClassUID, Tag.SOPClassUID, Tag.ReferencedSOPClassUID],
  ...[Tag.SOPClassesInStudy, Tag.AvailableTransferSyntaxUID],
]);
/** Dates that say who somebody is, or when: not moved but replaced. */
const PERSONAL_DATES: ReadonlySet<number> = new Set([
  Tag.PatientBirthDate,
  0x00100033, // PatientBirthDateInAlternativeCalendar
  0x00100034, // PatientDeathDateInAlternativeCalendar
  0x001021d0, // LastMenstrualDate
  0x0040a120, // DateTime of a report's content
  0x0040a121, // Date of it, such as when a child is expected
]);
/** What names or numbers somebody: its words must stand nowhere else either. */
const IDENTIFYING: ReadonlySet<number> = new Set([
  ...[Tag.PatientID, Tag.OtherPatientIDs, Tag.AccessionNumber, Tag.StudyID, Tag.IssuerOfPatientID],
  ...[Tag.RequestedProcedureID, Tag.ScheduledProcedureStepID, Tag.PerformedProcedureStepID],
]);
/** Shorter ones stand in too much that is nobody's: as words, and as parts of words. */
const SHORTEST_WORD = 3;
const SHORTEST_PART = 4;
/** Coding schemes whose values anybody may look up. */

/** How messages are masked. */
interface MaskOptions {
  /** The VR of an attribute of the standard. */
  vrOf: (tag: number) => Vr;
  /** AE titles that stay: those of the association. */
  aeTitles: readonly string[];
  /** SOP classes that stay, beside the standard's: those that were proposed. */
  classes: readonly string[];
  /** The day of the recording. */
  today: Date;
  /** Kept nowhere. */
  secret?: Uint8Array;
}

/**
 * Replaces in messages all that could say whom they are of: names, ids, dates of birth, free and private text, UIDs,
 * pixels. Each value stays as long as it is, and everything stays where it is, so that what is odd about a message stays
 * odd: framing, VRs, lengths, order. What is not known to be harmless is replaced.
 */
export class MessageMask {
  readonly #options: MaskOptions;
  readonly #text: TextMask;
  /** Words of names and ids, in capitals. */
  readonly #words = new Set<string>();

  /** Of one recording: the same value becomes the same in all its messages. */
  constructor(options: MaskOptions) {
    this.#options = options;
    this.#text = new TextMask(options.secret ?? crypto.getRandomValues(new Uint8Array(32)));
  }

  /** Takes note of the names and ids of a message, before any is masked: they are looked for in what is kept of all. */
  *noting(bytes: Uint8Array, syntax: Syntax): Generator<void, void> {
    yield* walkingDataset(bytes, syntax, {
      vrOf: this.#options.vrOf,
      leaf: (leaf) => {
        if (leaf.vr !== "PN" && !IDENTIFYING.has(leaf.tag)) return;
        const text = String.fromCharCode(...bytes.subarray(leaf.start, Math.min(leaf.end, leaf.start + 1024)));
        for (const word of text.toUpperCase().split(/[^A-Z0-9\x80-\xff]+/)) {
          if (word.length >= SHORTEST_WORD) this.#words.add(word);
        }
      },
      opaque: () => {},
    });
  }

  /** Masks a data set, or a command set, in its place. @returns whether all of it could be read */
  *masking(bytes: Uint8Array, syntax: Syntax): Generator<void, boolean> {
    return yield* walkingDataset(bytes, syntax, {
      vrOf: this.#options.vrOf,
      leaf: (leaf) => this.#mask(leaf, bytes.subarray(leaf.start, leaf.end)),
      opaque: (start, end) => bytes.fill(0, start, end),
    });
  }

  #mask(leaf: Leaf, value: Uint8Array): void {
    const { tag, vr } = leaf;
    if ((tag & 0xffff) === 0) return; // a group's length
    const isPrivate = ((tag >>> 16) & 1) === 1;
    if (tag === Tag.SpecificCharacterSet && isKnownCharset(textOf(value).split("\\"))) return;
    if (isPrivate && (tag & 0xffff) <= 0xff) return this.#keep(value);
    if (!isPrivate && (KEPT_TEXT.has(tag) || (tag === Tag.CodeValue && leaf.hasPublicCode))) return this.#keep(value);
    switch (vr) {
      case "UI":
        return this.#maskUids(value, CLASSES.has(tag));
      case "AE":
        return this.#maskTitles(value);
      case "DA":
      case "DT":
        return this.#maskDate(value, PERSONAL_DATES.has(tag));
      case "TM":
        if (tag === Tag.ScheduledProcedureStepStartTime && isTimes(value)) return;
        return digits(value, 0x30);
      case "AS":
        return digits(value, 0x30);
      case "DS":
      case "IS":
        return !isPrivate && KEPT_NUMBERS.has(tag) && isNumbers(value) ? undefined : this.#maskNumbers(value);
    }
    if (tag === Tag.PatientSex) return void value.forEach((byte, n) => value[n] = byte <= 0x20 ? byte : 0x4f);
    if (isTextVr(vr)) return this.#text.mask(value);
    const isNumber = ["US", "SS", "UL", "SL", "FL", "FD", "AT"].includes(vr);
    if (isNumber && !isPrivate && KEPT_GROUPS.includes(tag >>> 16)) return;
    value.fill(0);
  }

  /** What says how a message is made stays, unless it has a name or an id in it, or is no such thing. */
  #keep(value: Uint8Array): void {
    const text = String.fromCharCode(...value).toUpperCase();
    const isPlain = value.length <= 256 && value.every((byte) => byte === 0 || (byte >= 0x20 && byte < 0x7f));
    const names = text.split(/[^A-Z0-9]+/).some((word) => this.#words.has(word)) ||
      [...this.#words].some((word) => word.length >= SHORTEST_PART && text.includes(word));
    if (!isPlain || names) this.#text.mask(value);
  }

  #maskUids(value: Uint8Array, areClasses: boolean): void {
    each(value, (uid) => {
      const text = String.fromCharCode(...uid).replace(/[ \0]+$/, "");
      if (text.startsWith(STANDARD_ROOT) && /^[\d.]+$/.test(text)) return;
      if (areClasses && this.#options.classes.includes(text)) return;
      let component = 0;
      for (let at = 0; at < uid.length; component++) {
        let end = uid.indexOf(0x2e, at);
        if (end === -1) end = uid.length;
        // the first two say whose root it is of; a component that begins with 0 goes on to do so
        if (component > 1 || end - at > 3) this.#maskComponent(uid.subarray(at, end), `${text} ${component}`);
        at = end + 1;
      }
    });
  }

  #maskComponent(component: Uint8Array, word: string): void {
    component.forEach((byte, n) => {
      const isDigit = byte >= 0x30 && byte <= 0x39;
      if (byte <= 0x20 || (isDigit && n === 0 && byte === 0x30)) return;
      const least = n === 0 ? 1 : 0;
      component[n] = !isDigit ? 0x78 : 0x30 + least + this.#text.number(`${word} ${n}`, 10 - least);
    });
  }

  #maskTitles(value: Uint8Array): void {
    each(value, (title) => {
      const text = String.fromCharCode(...title).replace(/[ \0]+$/, "").trim();
      if (!this.#options.aeTitles.includes(text)) this.#text.mask(title);
    });
  }

  /** Dates are moved by as many days as the recording's day is; those of a person become others. */
  #maskDate(value: Uint8Array, isPersonal: boolean): void {
    const text = String.fromCharCode(...value);
    const days = Math.round((RECORDED_ON - startOf(this.#options.today)) / DAY);
    const masked = isPersonal
      ? withDates(text, (date) => this.#otherDate(date))
      : withDates(text, (date) => movedDate(date, days));
    for (let n = 0; n < value.length; n++) value[n] = masked.text.charCodeAt(n);
    // what is no date, such as the time of a DT
    masked.others.forEach(([start, end]) => {
      if (isPersonal || /[^\d.+\- ]/.test(text.slice(start, end))) this.#text.mask(value.subarray(start, end));
      else digits(value.subarray(start, end), 0x30);
    });
  }

  #otherDate(date: string): string {
    const year = 1900 + this.#text.number(`year ${date}`, 90);
    const month = 1 + this.#text.number(`month ${date}`, 12);
    const day = 1 + this.#text.number(`day ${date}`, 28);
    const other = `${year}${String(month).padStart(2, "0")}${String(day).padStart(2, "0")}`;
    return other === date ? `${year + 1}${other.slice(4)}` : other;
  }

  #maskNumbers(value: Uint8Array): void {
    if (isNumbers(value)) digits(value, 0x31);
    else this.#text.mask(value);
  }
}

/** Without what pads it. */
function textOf(value: Uint8Array): string {
  return String.fromCharCode(...value).replace(/[ \0]+$/, "");
}

/** Moves the dates of a masked data set, in their places, so that those of the recording's day are of another. */
export function* movingDates(
  bytes: Uint8Array,
  syntax: Syntax,
  vrOf: (tag: number) => Vr,
  today: Date,
): Generator<void, void> {
  const days = Math.round((startOf(today) - RECORDED_ON) / DAY);
  yield* walkingDataset(bytes, syntax, {
    vrOf,
    leaf: ({ tag, vr, start, end }) => {
      if ((vr !== "DA" && vr !== "DT") || PERSONAL_DATES.has(tag)) return;
      const { text } = withDates(String.fromCharCode(...bytes.subarray(start, end)), (date) => movedDate(date, days));
      for (let at = start; at < end; at++) bytes[at] = text.charCodeAt(at - start);
    },
    opaque: () => {},
  });
}

/** The day of a time on the wall clock, as if it were in UTC. */
function startOf(time: Date): number {
  return Date.UTC(time.getFullYear(), time.getMonth(), time.getDate());
}

/** A text with each of its dates, `YYYYMMDD` or `YYYY.MM.DD`, as another, and where all else of it stands. */
function withDates(text: string, other: (date: string) => string): { text: string; others: [number, number][] } {
  const others: [number, number][] = [];
  let from = 0;
  const masked = text.replaceAll(/(?<!\d)(\d{4})(\.?)(\d\d)\2(\d\d)/g, (whole, year, dot, month, day, at) => {
    if (at > from) others.push([from, at]);
    from = at + whole.length;
    const date = other(year + month + day);
    return [date.slice(0, 4), date.slice(4, 6), date.slice(6)].join(dot);
  });
  if (from < text.length) others.push([from, text.length]);
  return { text: masked, others };
}

/** `YYYYMMDD` so many days later; one that is no day, or would have another length, becomes 1900. */
function movedDate(date: string, days: number): string {
  const [year, month, day] = [Number(date.slice(0, 4)), Number(date.slice(4, 6)), Number(date.slice(6))];
  const moved = new Date(Date.UTC(year, month - 1, day) + days * DAY);
  const text = Number.isNaN(moved.getTime()) ? "" : moved.toISOString().slice(0, 10).replaceAll("-", "");
  return /^\d{8}$/.test(text) ? text : "19000101";
}

function each(value: Uint8Array, work: (part: Uint8Array) => void): void {
  for (let at = 0; at <= value.length;) {
    let end = value.indexOf(0x5c, at);
    if (end === -1) end = value.length;
    work(value.subarray(at, end));
    at = end + 1;
  }
}

/** Each digit becomes this one; letters too, but those behind an age. */
function digits(value: Uint8Array, digit: number): void {
  value.forEach((byte, n) => {
    if (byte >= 0x30 && byte <= 0x39) value[n] = digit;
    else if (byte > 0x39 && byte !== 0x5c && !UNITS_OF_AGE.includes(byte)) value[n] = 0x30;
  });
}

/** `D`, `W`, `M`, `Y` behind an age (PS3.5 6.2, AS). */
const UNITS_OF_AGE: readonly number[] = [0x44, 0x57, 0x4d, 0x59];

function isTimes(value: Uint8Array): boolean {
  return value.every((byte) => byte === 0 || /[\d.:\- ]/.test(String.fromCharCode(byte)));
}

function isNumbers(value: Uint8Array): boolean {
  return value.every((byte) => byte === 0 || /[\d.+\-eE \\]/.test(String.fromCharCode(byte)));
}
