import { decodeText } from "./charset.ts";
import { type ReadAs, readText, weaker } from "./read_text.ts";
import { Dataset, type Element, isTextVr, numberWidth, turned, usesCharset } from "./dataset.ts";
import { formatTag, nameOf, Tag, type Vr, vrOf } from "./dictionary.ts";
import {
  ITEM,
  ITEM_END,
  MOST_NESTING,
  readElementHeader,
  readTag,
  SEQUENCE_END,
  UNDEFINED_LENGTH,
} from "./element_header.ts";
import type { NoteOddity } from "./oddity.ts";
import { MalformedDataset, TooManyElements, TruncatedDataset } from "./malformed_dataset.ts";
import { IMPLICIT_LITTLE_ENDIAN, type TransferSyntax } from "./transfer_syntax.ts";

/**
 * What reading of one object may take, across all of it: however many sequences it has, and in however many pieces it is
 * read. An element and an item count as one each, whether they are kept or only passed over.
 */
export class ReadingBudget {
  readonly #most: number;
  #taken = 0;

  /**
   * Nothing is taken yet.
   *
   * @param most elements and items
   */
  constructor(most: number) {
    this.#most = most;
  }

  /**
   * One element or item more is read.
   *
   * @returns whether others may want their turn: now and then
   * @throws TooManyElements
   */
  take(): boolean {
    this.#taken += 1;
    if (this.#taken > this.#most) throw new TooManyElements(`it has more than ${this.#most} elements`);
    return this.#taken % 512 === 0;
  }
}

/** How a data set is read. */
export interface ReadOptions {
  /** Stop before the first element at or above this tag, at the top level. */
  until?: number;
  /** The character set outside the data set, as items inherit it from theirs. */
  charset?: readonly string[];
  /** The character set on the record of the machine that sent it, as `readText` has it. */
  machineCharset?: readonly string[] | undefined;
  /** The VR of an attribute whose data set does not write it; by default what the box's own dictionary has. */
  vrOf?: (tag: number) => Vr;
  /**
   * An attribute that the box knows has the dictionary's VR, whatever the data set writes: machines send the keys of their
   * queries as UN, or with another VR (PS3.5 6.2.2).
   */
  knownVrs?: boolean;
  /** Told of what is odd: an element's VR, its length, its place. */
  note?: NoteOddity | undefined;
  /** What it may take, where that is shared with other parts of the object; by default a million elements. */
  budget?: ReadingBudget;
}

/** A data set, and where reading stopped: the end of the bytes, or the offset of the first element not read. */
export interface ReadResult {
  /** What was read. */
  dataset: Dataset;
  /** Position behind the last element that was read. */
  end: number;
}

/** More elements and items than any real report or clip has: some bytes each in the file, and some hundred in memory. */
const MOST_ELEMENTS = 1_000_000;

const KNOWN_VRS: ReadonlySet<string> = new Set(
  "AE AS AT CS DA DS DT FL FD IS LO LT OB OD OF OL OV OW PN SH SL SQ SS ST SV TM UC UI UL UN UR US UT UV".split(" "),
);

/**
 * Reads a data set of a native transfer syntax, or the part of an encapsulated one before its pixel data.
 *
 * Text is decoded in the data set's own character set; big-endian numbers are turned. Tolerated, since machines do
 * so: elements out of order, odd lengths, group lengths, sequences hidden in UN.
 *
 * @param bytes the data set without preamble and file meta information, not deflated
 * @throws TruncatedDataset when the bytes end within an element
 * @throws MalformedDataset when they follow no rule of PS3.5
 */
export function readDataset(bytes: Uint8Array, syntax: TransferSyntax, options: ReadOptions = {}): ReadResult {
  return toItsEnd(readingDataset(bytes, syntax, options));
}

/**
 * The same for who does something else meanwhile: it yields every few hundred elements.
 *
 * @throws as `readDataset`
 */
export function* readingDataset(
  bytes: Uint8Array,
  syntax: TransferSyntax,
  options: ReadOptions = {},
): Generator<void, ReadResult> {
  const reader = new Reader(bytes, options.budget ?? new ReadingBudget(MOST_ELEMENTS));
  const end = yield* reader.readElements(0, bytes.length, {
    charset: options.charset ?? [],
    machineCharset: options.machineCharset ?? [],
    until: options.until ?? Infinity,
    depth: 0,
    endsWithItem: false,
    syntax,
    vrOf: options.vrOf ?? vrOf,
    knownVrs: options.knownVrs ?? false,
    note: options.note,
  });
  return { dataset: end.dataset, end: end.at };
}

/** What reading comes to, without a pause. */
export function toItsEnd<T>(reading: Generator<void, T>): T {
  let step = reading.next();
  while (!step.done) step = reading.next();
  return step.value;
}

interface Scope {
  charset: readonly string[];
  machineCharset: readonly string[];
  until: number;
  depth: number;
  endsWithItem: boolean;
  syntax: Pick<TransferSyntax, "explicit" | "bigEndian">;
  vrOf: (tag: number) => Vr;
  knownVrs: boolean;
  note: NoteOddity | undefined;
}

interface Header {
  tag: number;
  vr: Vr;
  /** Whether the data set writes it as UN. */
  isUnknown: boolean;
  length: number;
  /** Where the value begins. */
  value: number;
}

/** VRs of which the standard leaves the choice, for some attributes, to who writes them (PS3.6 6). */
const CHOSEN: readonly Vr[] = ["US", "SS", "OB", "OW"];

function noteOtherVr(tag: number, written: Vr, known: Vr, note: NoteOddity): void {
  if (CHOSEN.includes(written) && CHOSEN.includes(known)) return;
  if (written === "UN") note("vr-unknown", nameOf(tag));
  else note("vr-wrong", `${nameOf(tag)} ${written}`);
}

function noteOddElement({ tag, length }: Header, last: number, note: NoteOddity): void {
  if (tag <= last) note("out-of-order", nameOf(tag));
  if (length !== UNDEFINED_LENGTH && length % 2 === 1) note("odd-length", nameOf(tag));
}

interface ReadElement {
  element: Element;
  at: number;
  readAs: ReadAs;
}

function isSequence({ vr, length }: Header): boolean {
  return vr === "SQ" || (vr === "UN" && length === UNDEFINED_LENGTH);
}

class Reader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #budget: ReadingBudget;

  constructor(bytes: Uint8Array, budget: ReadingBudget) {
    this.#bytes = bytes;
    this.#budget = budget;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  *readElements(start: number, end: number, scope: Scope): Generator<void, { dataset: Dataset; at: number }> {
    if (scope.depth > MOST_NESTING) {
      throw new MalformedDataset(`sequences are nested more than ${MOST_NESTING} deep at byte ${start}`);
    }
    const dataset = new Dataset();
    let charset = scope.charset;
    let at = start;
    let last = -1;
    while (at < end) {
      // before its VR, which a data set that begins here may write in another syntax
      if (this.#readTag(at, end, scope) >= scope.until) return { dataset, at };
      const header = this.#readHeader(at, end, scope);
      if (header.tag === ITEM_END && scope.endsWithItem) return { dataset, at: header.value };
      if (header.tag === ITEM || header.tag === ITEM_END || header.tag === SEQUENCE_END) {
        throw new MalformedDataset(
          `an item delimiter ${formatTag(header.tag)} stands outside a sequence at byte ${at}`,
        );
      }
      if (this.#budget.take()) yield;
      if (scope.note !== undefined) noteOddElement(header, last, scope.note);
      last = header.tag;
      const here = charset === scope.charset ? scope : { ...scope, charset };
      const read = isSequence(header)
        ? yield* this.#readSequence(header, end, here)
        : this.#readValue(header, end, here);
      at = read.at;
      dataset.add(read.element);
      dataset.textReadAs = weaker(dataset.textReadAs, read.readAs);
      if (header.tag === Tag.SpecificCharacterSet) charset = dataset.texts(Tag.SpecificCharacterSet);
    }
    if (scope.endsWithItem) throw new TruncatedDataset(`an item without end at byte ${start}`);
    return { dataset, at };
  }

  #readHeader(at: number, end: number, scope: Scope): Header {
    const { syntax } = scope;
    const tag = this.#readTag(at, end, scope);
    if (tag === ITEM || tag === ITEM_END || tag === SEQUENCE_END) {
      const length = this.#view.getUint32(at + 4, !syntax.bigEndian);
      return { tag, vr: scope.vrOf(tag), isUnknown: false, length, value: at + 8 };
    }
    const header = readElementHeader(this.#view, at, syntax, at, end);
    if (!syntax.explicit) return { ...header, vr: scope.vrOf(tag), isUnknown: false };
    const written = KNOWN_VRS.has(header.vr) ? header.vr as Vr : "UN";
    const known = scope.knownVrs ? scope.vrOf(tag) : "UN";
    if (scope.note !== undefined && known !== "UN" && written !== known) noteOtherVr(tag, written, known, scope.note);
    return { ...header, vr: known === "UN" ? written : known, isUnknown: written === "UN" };
  }

  #readTag(at: number, end: number, { syntax }: Scope): number {
    return readTag(this.#view, at, !syntax.bigEndian, at, end);
  }

  *#readSequence(header: Header, end: number, scope: Scope): Generator<void, ReadElement> {
    const { tag, isUnknown, length, value } = header;
    const isDelimited = length === UNDEFINED_LENGTH;
    // PS3.5 6.2.2 note 2: UN of undefined length is a sequence in Implicit VR Little Endian
    const syntax = isUnknown ? IMPLICIT_LITTLE_ENDIAN : scope.syntax;
    const last = isDelimited ? end : this.#endOf(header, end);
    const sequence = yield* this.#readItems(value, last, isDelimited, { ...scope, syntax });
    const at = isDelimited ? sequence.at : last;
    return { element: { tag, vr: "SQ", value: sequence.items }, at, readAs: sequence.readAs };
  }

  #readValue(header: Header, end: number, scope: Scope): ReadElement {
    const { tag, vr, length, value } = header;
    if (length === UNDEFINED_LENGTH) {
      if (vr === "OB" || vr === "OW") return this.#readFragments(header, end, scope);
      throw new MalformedDataset(`${nameOf(tag)} (${vr}) has an undefined length`);
    }
    const at = this.#endOf(header, end);
    return { ...this.#plainElement(tag, vr, this.#bytes.subarray(value, at), scope), at };
  }

  #endOf({ tag, vr, length, value }: Header, end: number): number {
    if (value + length > end) {
      throw new TruncatedDataset(
        `${nameOf(tag)} (${vr}) says it is ${length} bytes long, and only ${end - value} are there`,
      );
    }
    return value + length;
  }

  /** Encapsulated pixel data inside a sequence, such as an icon's: kept as the bytes it is. */
  #readFragments({ tag, vr, value }: Header, end: number, scope: Scope): ReadElement {
    let at = value;
    while (at < end) {
      const item = this.#readHeader(at, end, scope);
      if (item.tag === SEQUENCE_END) {
        return { element: { tag, vr, value: this.#bytes.subarray(value, at) }, at: item.value, readAs: "declared" };
      }
      if (item.tag !== ITEM) {
        throw new MalformedDataset(`${formatTag(item.tag)} stands where a fragment should, at byte ${at}`);
      }
      at = item.value + item.length;
    }
    throw new TruncatedDataset(`the fragments of ${nameOf(tag)} have no end`);
  }

  #plainElement(tag: number, vr: Vr, raw: Uint8Array, scope: Scope): Omit<ReadElement, "at"> {
    if (isTextVr(vr)) {
      const { text, readAs } = usesCharset(vr)
        ? readText(raw, scope.charset, scope.machineCharset)
        : { text: decodeText(raw, []), readAs: "declared" as const };
      return { element: { tag, vr, value: text.replace(/[ \0]+$/, "") }, readAs };
    }
    const width = scope.syntax.bigEndian ? numberWidth(vr) : undefined;
    return { element: { tag, vr, value: width === undefined ? raw : turned(raw, width) }, readAs: "declared" };
  }

  *#readItems(
    start: number,
    end: number,
    delimited: boolean,
    scope: Scope,
  ): Generator<void, { items: Dataset[]; at: number; readAs: ReadAs }> {
    const items: Dataset[] = [];
    let readAs: ReadAs = "declared";
    let at = start;
    while (at < end) {
      const tag = this.#readTag(at, end, scope);
      const length = this.#view.getUint32(at + 4, !scope.syntax.bigEndian);
      if (tag === SEQUENCE_END) return { items, at: at + 8, readAs };
      if (tag !== ITEM) throw new MalformedDataset(`${formatTag(tag)} stands where an item should, at byte ${at}`);
      if (this.#budget.take()) yield;
      const undefinedLength = length === UNDEFINED_LENGTH;
      const itemEnd = undefinedLength ? end : at + 8 + length;
      if (itemEnd > end) {
        throw new TruncatedDataset(`an item at byte ${at} says it is ${length} bytes long, past the end`);
      }
      const item = yield* this.readElements(at + 8, itemEnd, {
        ...scope,
        until: Infinity,
        depth: scope.depth + 1,
        endsWithItem: undefinedLength,
      });
      items.push(item.dataset);
      readAs = weaker(readAs, item.dataset.textReadAs);
      at = item.at;
    }
    if (delimited) throw new TruncatedDataset(`a sequence without end at byte ${start}`);
    return { items, at, readAs };
  }
}
