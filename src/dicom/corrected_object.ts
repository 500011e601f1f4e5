import { Buffer } from "node:buffer";
import { showable } from "./character_repertoire.ts";
import { asciiBytes, encodeText, isAsciiText, isKnownCharset } from "./charset.ts";
import { CORRECTED, type Correction, GONE_WITH } from "./correction.ts";
import { isTextVr, usesCharset } from "./dataset.ts";
import { dicomDateTime } from "./date_time.ts";
import { nameOf, Tag, type Vr, vrOf as ownVrOf } from "./dictionary.ts";
import { type Edit, editedSequence, elementBytes, itemBytes, termsIn, withItem } from "./element_bytes.ts";
import { elementHeader, type Syntax } from "./element_header.ts";
import type { ByteSource } from "./byte_source.ts";
import { type ElementPlace, elementPlaces } from "./object_header.ts";
import { MalformedDataset } from "./malformed_dataset.ts";
import { type ReadText, readText } from "./read_text.ts";
import { reencode } from "./reencode.ts";
import { IMPLICIT_LITTLE_ENDIAN } from "./transfer_syntax.ts";
import { withinLength } from "./value_length.ts";

/** What a correction heeds beside the object. */
export interface CorrectionOptions {
  /** The character set on the record of the machine that the object came from, as `readText` has it. */
  machineCharset?: readonly string[] | undefined;
  /** The VR of an attribute whose data set does not write it; by default what the box's own dictionary has. */
  vrOf?: (tag: number) => Vr;
}

/** Bytes of their own, or those of the source from `start` up to, not including, `end`. */
export type Piece = Uint8Array | { start: number; end: number };

/** A data set that is corrected: what stands before its pixel data in pieces, then the source's bytes from `rest` on. */
export interface CorrectedObject {
  /** What stands before `rest`, to be written in this order. */
  head: readonly Piece[];
  /** From this position on the bytes stay as they are. */
  rest: number;
}

/** Sequences whose items say which request the object was made for (PS3.3 10.6, C.17.2). */
const REQUESTS: readonly number[] = [Tag.RequestAttributesSequence, Tag.ReferencedRequestSequence];

/** A longer sequence or text is not rewritten: those of real machines are a hundredth of it. */
const LONGEST_REWRITTEN = 32 * 1024 * 1024;
/** What the box calls itself as the system that changed an object. */
const SYSTEM = "Sonodesk";
const UTF8 = "ISO_IR 192";

/**
 * An object's data set as it leaves the box: with the corrected identity, and what stood there before in an item of
 * Original Attributes Sequence (0400,0561) of its own (PS3.3 C.12.1.1.9). Everything else keeps its bytes: the stored
 * object is not touched.
 *
 * Lengths of groups with a change are left out: they are retired (PS3.5 7.2). A name in letters that the object's
 * character set lacks, or in place of one in another set than the object declares, takes the whole data set to UTF-8, so that every text in it stays readable; else the former values
 * keep their bytes.
 *
 * @param source a data set without file meta information, not deflated
 * @returns undefined where the object already is as the correction has it
 * @throws MalformedDataset, TruncatedDataset where the data set cannot be read
 */
export function correctedObject(
  source: ByteSource,
  syntax: Syntax,
  correction: Correction,
  options: CorrectionOptions = {},
): CorrectedObject | undefined {
  const places = [...elementPlaces(source, syntax)];
  const work = new Work(source, syntax, places, correction, options);
  return work.corrected();
}

/** The bytes of a corrected data set, or of its head alone, in pieces; each is good only until the next one is asked for. */
export function* correctedBytes(
  source: ByteSource,
  { head, rest }: CorrectedObject,
  part: "whole" | "head" = "whole",
): Generator<Uint8Array> {
  const pieces = part === "head" ? head : [...head, { start: rest, end: source.size }];
  for (const piece of pieces) {
    if (piece instanceof Uint8Array) {
      yield piece;
      continue;
    }
    const { start, end } = piece;
    for (let at = start; at < end; at += CHUNK) yield source.readAt(at, Math.min(CHUNK, end - at));
  }
}

const CHUNK = 128 * 1024;

/** The attributes that are to have another value, and those that are to go, by tag. */
type Changes = Map<number, { vr: Vr; text: string } | undefined>;

class Work {
  readonly #source: ByteSource;
  readonly #syntax: Syntax;
  readonly #places: readonly ElementPlace[];
  readonly #correction: Correction;
  readonly #vrOf: (tag: number) => Vr;
  readonly #machineCharset: readonly string[];
  /** The character set that the data set declares. */
  readonly #charset: readonly string[];
  /** What is written in the place of elements, by tag; undefined where they are left out. */
  readonly #written = new Map<number, Uint8Array | undefined>();

  constructor(
    source: ByteSource,
    syntax: Syntax,
    places: readonly ElementPlace[],
    correction: Correction,
    { machineCharset = [], vrOf = ownVrOf }: CorrectionOptions,
  ) {
    this.#source = source;
    this.#syntax = syntax;
    this.#places = places;
    this.#correction = correction;
    this.#vrOf = vrOf;
    this.#machineCharset = machineCharset;
    const declared = this.#place(Tag.SpecificCharacterSet);
    this.#charset = declared ? termsIn(this.#value(declared)) : [];
  }

  corrected(): CorrectedObject | undefined {
    const changes = this.#changes();
    const own = this.#charset.join("\\");
    const isMisread = [...changes.keys()].some((tag) => this.#read(tag).readAs !== "declared");
    const charset = isMisread ? UTF8 : this.#charsetFor(changes, own);
    const isConverted = isMisread || charset !== own;
    if (isConverted) this.#convert(changes);
    const sequences = this.#changeSequences(changes, charset);
    if (changes.size === 0 && sequences.length === 0) return undefined;
    for (const [tag, change] of changes) {
      this.#written.set(tag, change && this.#element(tag, change.vr, change.text, charset));
    }
    const former = [...changes.keys(), ...sequences].sort((a, b) => a - b)
      .map((tag) => this.#formerElement(tag, isConverted));
    this.#written.set(Tag.OriginalAttributesSequence, this.#originalAttributes(former, charset));
    return { head: [...this.#pieces()], rest: this.#places.at(-1)?.end ?? 0 };
  }

  #changes(): Changes {
    const changes: Changes = new Map();
    for (const [name, tag, vr] of CORRECTED) {
      const text = this.#correction[name];
      if (text === undefined) continue;
      const former = this.#read(tag);
      const isDifferent = !isSame(vr, former.text, text);
      // what only the box can read is another value to everybody else
      if (!isDifferent && former.readAs === "declared") continue;
      changes.set(tag, { vr, text });
      if (!isDifferent) continue;
      for (const gone of GONE_WITH.get(tag) ?? []) if (this.#place(gone)) changes.set(gone, undefined);
    }
    return changes;
  }

  /** Specific Character Set as it will be: the object's own where it has every letter, and gives it back. */
  #charsetFor(changes: Changes, own: string): string {
    for (const change of changes.values()) {
      if (change === undefined || isAsciiText(change.text)) continue;
      const bytes = isKnownCharset(this.#charset) ? encodeText(change.text, own) : undefined;
      if (bytes === undefined || readText(bytes, this.#charset).text !== change.text) return UTF8;
    }
    return own;
  }

  /** Every text of the data set in UTF-8, but for what is changed. */
  #convert(changes: Changes): void {
    this.#written.set(Tag.SpecificCharacterSet, this.#element(Tag.SpecificCharacterSet, "CS", UTF8, ""));
    for (const place of this.#places) {
      const { tag } = place;
      const converted = changes.has(tag) ? undefined : this.#converted(place);
      if (converted) this.#written.set(tag, converted);
    }
  }

  /** An element with its texts in UTF-8; undefined where it is the same there. */
  #converted(place: ElementPlace): Uint8Array | undefined {
    const vr = this.#vr(place);
    if (this.#isSequence(place)) {
      return this.#edited(this.#bytes(place), this.#charset, ({ tag, vr, value, charset }) => {
        if (tag === Tag.SpecificCharacterSet) return asciiBytes(UTF8);
        return usesCharset(vr as Vr) ? this.#inUtf8(value, charset) : undefined;
      });
    }
    const value = usesCharset(vr) ? this.#inUtf8(this.#value(place), this.#charset) : undefined;
    return value && elementBytes(place.tag, vr, value, this.#syntax);
  }

  /**
   * References to studies and series that have moved, and the number of the request that the object was made for.
   *
   * @param charset in which the data set is written
   * @returns the tags of the sequences that change
   */
  #changeSequences(changes: Changes, charset: string): number[] {
    const moved = new Map(this.#correction.uidMap);
    for (const tag of [Tag.StudyInstanceUID, Tag.SeriesInstanceUID]) {
      const [former, change] = [this.#read(tag).text, changes.get(tag)];
      if (former !== "" && change !== undefined) moved.set(former, change.text);
    }
    const accessionNumber = changes.get(Tag.AccessionNumber)?.text;
    if (moved.size === 0 && accessionNumber === undefined) return [];
    const formerNumber = this.#read(Tag.AccessionNumber).text;
    const terms = charset === "" ? [] : charset.split("\\");
    const changed: number[] = [];
    for (const place of this.#places) {
      if (!this.#isSequence(place) || place.tag === Tag.OriginalAttributesSequence || changes.has(place.tag)) continue;
      const element = this.#written.get(place.tag) ?? this.#bytes(place);
      // one that names a single request names this one, also where the object itself had no number
      const numbers = REQUESTS.includes(place.tag) ? this.#requestNumbers(element) : 0;
      const edited = this.#edited(element, terms, ({ tag, value, charset, within }) => {
        const isReference = tag === Tag.ReferencedSOPInstanceUID && within.at(-1) === Tag.ReferencedStudySequence;
        if (isReference || tag === Tag.StudyInstanceUID || tag === Tag.SeriesInstanceUID) {
          const uid = moved.get(plain(value));
          return uid === undefined ? undefined : asciiBytes(uid);
        }
        if (numbers === 0 || accessionNumber === undefined || !isRequestNumber(tag, within)) return undefined;
        const number = readText(value, charset, this.#machineCharset).text.replace(/[ \0]+$/, "").trim();
        if (number === accessionNumber || (numbers > 1 && number !== formerNumber)) return undefined;
        return encodedIn(accessionNumber, charset);
      });
      if (edited === undefined) continue;
      this.#written.set(place.tag, edited);
      changed.push(place.tag);
    }
    return changed;
  }

  /** A text in UTF-8; undefined where it is the same there. */
  #inUtf8(value: Uint8Array, charset: readonly string[]): Uint8Array | undefined {
    const bytes = encodeText(readText(value, charset, this.#machineCharset).text, UTF8)!;
    return Buffer.compare(bytes, value) === 0 ? undefined : bytes;
  }

  /** Original Attributes Sequence with an item more, of the elements that stood in the place of others. */
  #originalAttributes(former: readonly Uint8Array[], charset: string): Uint8Array {
    const place = this.#place(Tag.OriginalAttributesSequence);
    const existing = this.#written.get(Tag.OriginalAttributesSequence) ?? (place && this.#bytes(place));
    const isHidden = place?.vr === "UN";
    // a sequence in UN has its items in Implicit VR Little Endian (PS3.5 6.2.2)
    const inner = isHidden ? IMPLICIT_LITTLE_ENDIAN : this.#syntax;
    const kept = isHidden ? former.map((one) => reencode(one, this.#syntax, inner, this.#vrOf)) : former;
    const { changedBy, changedAt, reason, source } = this.#correction;
    const text = (tag: number, vr: Vr, value: string) => this.#element(tag, vr, value, charset, inner);
    const label = (value: string) => withinLength(labelIn(value, charset), "LO");
    const content = Buffer.concat([
      sequence(Tag.ModifiedAttributesSequence, itemBytes(Buffer.concat(kept), inner), inner),
      text(Tag.AttributeModificationDateTime, "DT", dicomDateTime(changedAt)),
      text(Tag.ModifyingSystem, "LO", label(changedBy === "" ? SYSTEM : `${SYSTEM} (${changedBy})`)),
      text(Tag.SourceOfPreviousValues, "LO", label(source)),
      text(Tag.ReasonForTheAttributeModification, "CS", reason),
    ]);
    const item = itemBytes(content, inner);
    return existing
      ? withItem(existing, item, this.#syntax)
      : sequence(Tag.OriginalAttributesSequence, item, this.#syntax);
  }

  /**
   * An element as it stands in the object, and an empty one where there is none. Its texts are in the set that the data
   * set will have, and not in one of the item's own: not every reader knows that items can have one.
   */
  #formerElement(tag: number, isConverted: boolean): Uint8Array {
    const place = this.#place(tag);
    if (place === undefined) return elementHeader(tag, this.#vrOf(tag), 0, this.#syntax);
    return (isConverted ? this.#converted(place) : undefined) ?? this.#bytes(place);
  }

  /** What is written, in the order in which it stands, and what is new before the first element above it. */
  *#pieces(): Generator<Piece> {
    const changedGroups = new Set([...this.#written.keys()].map((tag) => tag >>> 16));
    const there = new Set(this.#places.map(({ tag }) => tag));
    const added = [...this.#written].filter(([tag]) => !there.has(tag)).sort(([a], [b]) => a - b);
    let unchanged = { start: 0, end: 0 };
    for (const { tag, start, end } of this.#places) {
      const before: Piece[] = [];
      while (added[0] && added[0][0] < tag) before.push(...present(added.shift()![1]));
      const isGroupLength = (tag & 0xffff) === 0 && changedGroups.has(tag >>> 16);
      if (before.length === 0 && !isGroupLength && !this.#written.has(tag)) {
        unchanged.end = end;
        continue;
      }
      if (unchanged.end > unchanged.start) yield unchanged;
      unchanged = { start: end, end };
      yield* before;
      if (this.#written.has(tag)) yield* present(this.#written.get(tag));
      else if (!isGroupLength) unchanged.start = start;
    }
    if (unchanged.end > unchanged.start) yield unchanged;
    for (const [, bytes] of added) yield* present(bytes);
  }

  #element(tag: number, vr: Vr, text: string, charset: string, syntax = this.#syntax): Uint8Array {
    const bytes = usesCharset(vr) ? encodedIn(text, charset.split("\\")) : asciiBytes(text);
    return elementBytes(tag, vr, bytes, syntax, vr === "UI" ? 0 : 0x20);
  }

  #edited(element: Uint8Array, charset: readonly string[], edit: Edit): Uint8Array | undefined {
    return editedSequence(element, this.#syntax, this.#vrOf, charset, edit);
  }

  /** How many accession numbers the items of a sequence of requests have. */
  #requestNumbers(element: Uint8Array): number {
    let count = 0;
    this.#edited(element, [], ({ tag, within }) => {
      if (isRequestNumber(tag, within)) count += 1;
      return undefined;
    });
    return count;
  }

  /** Of elements of one tag the last one is what readers take. */
  #place(tag: number): ElementPlace | undefined {
    return this.#places.findLast((place) => place.tag === tag);
  }

  #vr({ tag, vr }: ElementPlace): Vr {
    return vr === "" ? this.#vrOf(tag) : vr as Vr;
  }

  #isSequence(place: ElementPlace): boolean {
    const vr = this.#vr(place);
    return vr === "SQ" || (place.hasUndefinedLength && vr === "UN");
  }

  /** The text of an attribute without spaces around it; "" where it is absent. */
  #read(tag: number): ReadText {
    const place = this.#place(tag);
    if (place === undefined || place.hasUndefinedLength || !isTextVr(ownVrOf(tag))) {
      return { text: "", readAs: "declared" };
    }
    const { text, readAs } = readText(this.#value(place), this.#charset, this.#machineCharset);
    return { text: text.replace(/[ \0]+$/, "").trim(), readAs };
  }

  /** A copy, since the source's bytes are good until its next call. */
  #bytes({ tag, start, end }: ElementPlace): Uint8Array {
    if (end - start > LONGEST_REWRITTEN) {
      throw new MalformedDataset(`${nameOf(tag)} is longer than the ${LONGEST_REWRITTEN} bytes that are rewritten`);
    }
    return new Uint8Array(this.#source.readAt(start, end - start));
  }

  #value(place: ElementPlace): Uint8Array {
    return this.#bytes(place).subarray(place.value - place.start);
  }
}

function isRequestNumber(tag: number, within: readonly number[]): boolean {
  return tag === Tag.AccessionNumber && within.length === 1;
}

function isSame(vr: Vr, one: string, other: string): boolean {
  const plainly = (text: string) => vr === "PN" ? text.replace(/[\^ ]+(?==|$)/g, "").replace(/=+$/, "") : text;
  return plainly(one) === plainly(other.trim());
}

function sequence(tag: number, items: Uint8Array, syntax: Syntax): Uint8Array {
  return Buffer.concat([elementHeader(tag, "SQ", items.length, syntax), items]);
}

function present(bytes: Uint8Array | undefined): Uint8Array[] {
  return bytes === undefined ? [] : [bytes];
}

function plain(value: Uint8Array): string {
  return Buffer.from(value).toString("latin1").replace(/[ \0]+$/, "").trim();
}

/** @throws MalformedDataset where the set lacks a letter */
function encodedIn(text: string, charset: readonly string[]): Uint8Array {
  const bytes = isAsciiText(text) ? asciiBytes(text) : encodeText(text, charset.join("\\"));
  if (bytes === undefined) throw new MalformedDataset(`a corrected value has letters that ${charset.join("\\")} lacks`);
  return bytes;
}

/** What a person is called who reads where an object was changed, in the letters that the object has. */
function labelIn(text: string, charset: string): string {
  const known = isKnownCharset(charset.split("\\")) ? charset : "ISO_IR 6";
  return showable(text.replaceAll("\\", "/"), known, "transliterate");
}
