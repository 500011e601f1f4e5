import type { ByteSource } from "./byte_source.ts";
import { Dataset } from "./dataset.ts";
import { formatTag, nameOf, Tag } from "./dictionary.ts";
import { MalformedDataset, TooManyElements, TruncatedDataset } from "./malformed_dataset.ts";
import {
  readDataset,
  ReadingBudget,
  readingDataset,
  type ReadOptions,
  type ReadResult,
  toItsEnd,
} from "./read_dataset.ts";
import {
  ITEM,
  ITEM_END,
  MOST_NESTING,
  readElementHeader,
  readTag,
  SEQUENCE_END,
  type Syntax,
  UNDEFINED_LENGTH,
} from "./element_header.ts";
import { weaker } from "./read_text.ts";
import type { TransferSyntax } from "./transfer_syntax.ts";

/** What reading text may need. */
export type TextOptions = Pick<ReadOptions, "machineCharset">;

/** How `readingObjectHeader` reads. */
export interface HeaderOptions extends TextOptions {
  /** Only the beginning of the data set is at hand: what is missing after what is wanted is no fault of it. */
  isBeginning?: boolean;
}

/** How much of a data set is read at first: nearly always all that stands before the pixel data. */
const FIRST_WINDOW = 64 * 1024;
/** A longer value is passed over: some machines keep volumes or films in private attributes. */
const LONGEST_VALUE = 1024 * 1024;
/**
 * Elements, items and fragments of one object that are looked at, most of them only by their lengths: the functional
 * groups of a long enhanced clip are some 100,000.
 */
const MOST_PASSED = 2_000_000;
/** Sequences and their items within each other, as deep as `readDataset` goes. */
const MOST_OPEN = 2 * MOST_NESTING;
const PIXEL_DATA: ReadonlySet<number> = new Set([Tag.PixelData, Tag.FloatPixelData, Tag.DoubleFloatPixelData]);

/**
 * Reads some attributes of a data set, and checks that it is whole: every value as long as it says, every fragment, every
 * element after the pixel data. Memory does not grow with the pixel data, nor with what else is long or much. Yields now
 * and then.
 *
 * One with more elements than the box looks at is read all the same where those that are wanted stand before them: what
 * stands after them, it is not known whether it is whole.
 *
 * @param source a data set without file meta information, not deflated
 * @param wanted the tags that are to be read; where all that stands before the pixel data is short, all of it is
 * @returns the attributes, but for values of more than a megabyte, of which only the length is looked at
 * @throws TooManyElements, MalformedDataset, TruncatedDataset
 */
export function* readingObjectHeader(
  source: ByteSource,
  syntax: TransferSyntax,
  wanted: ReadonlySet<number>,
  { isBeginning = false, ...options }: HeaderOptions = {},
): Generator<void, Dataset> {
  const length = Math.min(FIRST_WINDOW, source.size);
  const endsReading = (error: unknown) =>
    error instanceof TooManyElements || (isBeginning && error instanceof TruncatedDataset);
  const budget = new ReadingBudget(MOST_PASSED);
  try {
    const until = Tag.FloatPixelData;
    const { dataset, end } = yield* readingDataset(source.readAt(0, length), syntax, { ...options, until, budget });
    if (end < length || length === source.size) {
      try {
        for (const place of placesIn(source, syntax, budget, { start: end })) if (place === undefined) yield;
      } catch (error) {
        if (!endsReading(error)) throw error;
      }
      return dataset;
    }
  } catch (error) {
    if (!(error instanceof TruncatedDataset) || length === source.size) throw error;
  }
  const dataset = new Dataset();
  let passed = -1;
  let end = 0;
  try {
    for (const place of placesIn(source, syntax, budget)) {
      if (place === undefined) yield;
      else {
        // after the pixel data nothing is read, wherever it belongs
        const isWanted = passed < Tag.FloatPixelData &&
          (wanted.has(place.tag) || place.tag === Tag.SpecificCharacterSet);
        if (isWanted) yield* addElement(dataset, source, place, syntax, { ...options, budget });
        passed = Math.max(passed, place.tag);
        end = place.end;
      }
    }
  } catch (error) {
    if (!endsReading(error)) throw error;
    const within = source.size - end < 12 ? -1 : headerAt(source, end, syntax).tag;
    if (Math.max(passed, within) <= Math.max(...wanted)) throw error;
  }
  return dataset;
}

/**
 * The attributes that stand before the pixel data, but for values of more than a megabyte, and where they end. What
 * comes after them is not looked at.
 *
 * @throws MalformedDataset, TruncatedDataset
 */
export function readHeader(source: ByteSource, syntax: TransferSyntax, options: TextOptions = {}): ReadResult {
  const length = Math.min(FIRST_WINDOW, source.size);
  const budget = new ReadingBudget(MOST_PASSED);
  try {
    const read = readDataset(source.readAt(0, length), syntax, { ...options, until: Tag.FloatPixelData, budget });
    if (read.end < length || length === source.size) return read;
  } catch (error) {
    if (!(error instanceof TruncatedDataset) || length === source.size) throw error;
  }
  const dataset = new Dataset();
  let end = 0;
  for (const place of elementPlaces(source, syntax, budget)) {
    toItsEnd(addElement(dataset, source, place, syntax, { ...options, budget }));
    end = place.end;
  }
  return { dataset, end };
}

/** Reads one element, unless it is long: then it costs nothing. */
function* addElement(
  dataset: Dataset,
  source: ByteSource,
  { start, end }: ElementPlace,
  syntax: TransferSyntax,
  options: TextOptions & { budget: ReadingBudget },
): Generator<void, void> {
  if (end - start > LONGEST_VALUE) return;
  const charset = dataset.texts(Tag.SpecificCharacterSet);
  const { dataset: read } = yield* readingDataset(source.readAt(start, end - start), syntax, { ...options, charset });
  for (const element of read) dataset.add(element);
  dataset.textReadAs = weaker(dataset.textReadAs, read.textReadAs);
}

/** Where an element stands: `start` its first byte, `value` that of its value, `end` the byte after it. */
export interface ElementPlace {
  /** 0xGGGGEEEE. */
  tag: number;
  /** As it is written; "" where it is not. */
  vr: string;
  /** Of its header. */
  start: number;
  /** Of its value. */
  value: number;
  /** Behind its value, delimiters included. */
  end: number;
  /** It ends with a delimiter (PS3.5 7.5.1). */
  hasUndefinedLength: boolean;
}

/**
 * The places of a data set's elements that stand before its pixel data, in the order in which they stand there.
 *
 * @throws TooManyElements, MalformedDataset, TruncatedDataset
 */
export function* elementPlaces(
  source: ByteSource,
  syntax: Syntax,
  budget = new ReadingBudget(MOST_PASSED),
): Generator<ElementPlace> {
  for (const place of placesIn(source, syntax, budget, { until: Tag.FloatPixelData })) {
    if (place !== undefined) yield place;
  }
}

/** The places of elements from one on; undefined now and then, for who does something else meanwhile. */
function* placesIn(
  source: ByteSource,
  syntax: Syntax,
  budget: ReadingBudget,
  { start: first = 0, until = Infinity } = {},
): Generator<ElementPlace | undefined> {
  for (let start = first, end = first; start < source.size; start = end) {
    if (budget.take()) yield undefined;
    const { tag, vr, length, value } = headerAt(source, start, syntax);
    if (tag >= until) return;
    const hasUndefinedLength = length === UNDEFINED_LENGTH;
    if (hasUndefinedLength) {
      const walk = PIXEL_DATA.has(tag)
        ? endOfFragments(source, value, budget)
        : endOfSequence(source, start, tag, syntax, budget);
      let step = walk.next();
      for (; !step.done; step = walk.next()) yield undefined;
      end = step.value;
    } else end = value + length;
    if (end > source.size) {
      throw new TruncatedDataset(
        `${nameOf(tag)} is cut off: the data ends ${end - source.size} bytes too early`,
      );
    }
    yield { tag, vr, start, value, end, hasUndefinedLength };
  }
}

/**
 * Where an element of undefined length ends, by lengths alone: the tree of a report may have a million items, and
 * whoever sends one holds up nobody.
 */
function* endOfSequence(
  source: ByteSource,
  start: number,
  tag: number,
  syntax: Syntax,
  budget: ReadingBudget,
): Generator<void, number> {
  const little = !syntax.bigEndian;
  const first = headerAt(source, start, syntax);
  /** What is open, the innermost last: a sequence or an item, each up to its delimiter. */
  const open = [{ isSequence: true, explicit: syntax.explicit && first.vr !== "UN" }];
  let window = new DataView(new ArrayBuffer(0));
  let windowStart = 0;
  let at = first.value;
  for (let level = open.at(-1); level !== undefined; level = open.at(-1)) {
    if (budget.take()) yield;
    if (at + 8 > source.size) throw new TruncatedDataset(`a sequence without end at byte ${start}`);
    if (at < windowStart || at + 12 > windowStart + window.byteLength) {
      // a copy: the source's bytes are good until its next call
      const bytes = new Uint8Array(source.readAt(at, FIRST_WINDOW));
      window = new DataView(bytes.buffer);
      windowStart = at;
    }
    const here = at - windowStart;
    const found = readTag(window, here, little, at);
    if (found === (level.isSequence ? SEQUENCE_END : ITEM_END)) {
      open.pop();
      at += 8;
      continue;
    }
    if (level.isSequence) {
      if (found !== ITEM) throw new MalformedDataset(`${formatTag(found)} stands where an item should, at byte ${at}`);
      const length = window.getUint32(here + 4, little);
      if (length === UNDEFINED_LENGTH) open.push({ ...level, isSequence: false });
      at += 8 + (length === UNDEFINED_LENGTH ? 0 : length);
      continue;
    }
    const { length, value, vr } = readElementHeader(
      window,
      here,
      { explicit: level.explicit, bigEndian: syntax.bigEndian },
      at,
    );
    at = value;
    if (length !== UNDEFINED_LENGTH) at += length;
    else if (vr === "OB" || vr === "OW") at = yield* endOfFragments(source, at, budget);
    else {
      if (open.length > MOST_OPEN) {
        throw new MalformedDataset(
          `sequences of ${nameOf(tag)} are nested more than ${MOST_OPEN / 2} deep at byte ${at}`,
        );
      }
      open.push({ isSequence: true, explicit: level.explicit && vr !== "UN" });
    }
  }
  return at;
}

function headerAt(source: ByteSource, at: number, syntax: Syntax) {
  const bytes = source.readAt(at, 12);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return readElementHeader(view, 0, syntax, at);
}

/** Where the fragments of encapsulated pixel data end (PS3.5 A.4), after their delimiter. */
function* endOfFragments(source: ByteSource, start: number, budget: ReadingBudget): Generator<void, number> {
  let at = start;
  while (at < source.size) {
    if (budget.take()) yield;
    const bytes = source.readAt(at, 8);
    if (bytes.length < 8) break;
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const tag = readTag(view, 0, true);
    if (tag === SEQUENCE_END) return at + 8;
    if (tag !== ITEM) throw new MalformedDataset(`no fragment stands at byte ${at} of the pixel data`);
    at += 8 + view.getUint32(4, true);
  }
  throw new TruncatedDataset("the pixel data ends before its last fragment");
}
