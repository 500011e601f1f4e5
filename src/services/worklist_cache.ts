import { getLogger } from "@logtape/logtape";
import { encodeText, isKnownCharset } from "../dicom/charset.ts";
import { showable, showableName, sufficientCharset, type Unshowable } from "../dicom/character_repertoire.ts";
import type { Dataset } from "../dicom/dataset.ts";
import { isTextVr } from "../dicom/dataset.ts";
import { nameOf, Tag } from "../dicom/dictionary.ts";
import type { TransferSyntax } from "../dicom/transfer_syntax.ts";
import { answerTo, type Station, worklistItem } from "../dicom/worklist_answer.ts";
import { withinLength } from "../dicom/value_length.ts";
import { writeDataset } from "../dicom/write_dataset.ts";
import type { Store } from "../store/store.ts";
import { CLOCK_NOT_SET, type WorklistItem } from "../store/worklist_items.ts";

const log = getLogger(["sonodesk", "dimse", "worklist"]);

/** How answers are written for one machine. */
export interface AnswerProfile {
  /** A term of Specific Character Set, or "" for the smallest that has every letter. */
  charset: string;
  /** What becomes of letters that the character set lacks. */
  unshowable: Unshowable;
}

/** An item of the worklist with what has been made of it so far. */
export interface BookedItem {
  /** As the store has it. */
  item: WorklistItem;
  /** The item as it is shown, by the station it is shown for. */
  views: Map<string, ItemView>;
}

/** An item as it is shown for one station. */
export interface ItemView {
  /** As the asker sees it. */
  dataset: Dataset;
  /** Encoded answers, by everything else they depend on. */
  answers: Map<string, Uint8Array>;
}

/** Items of one query kept at hand; beyond that each query reads them afresh. */
const MOST_KEPT = 20_000;
/** Stations an item is kept for, and kinds of answers for each: machines ask the same thing again and again. */
const MOST_ANSWERS = 8;
/** All answers kept, bytes: a day's patients for a dozen machines are a few MB. */
const MOST_BYTES = 64 * 1024 * 1024;

/**
 * The worklist as machines ask for it: read from the store once, each item made a data set once a station and encoded
 * once a kind of query, until something about it changes.
 */
export class WorklistCache {
  readonly #store: Store;
  readonly #retentionDays: number;
  readonly #unsubscribe: () => void;
  #latest: BookedItem[] | undefined;
  #ranges = new Map<string, BookedItem[]>();
  #known = new Map<string, { signature: string; booked: BookedItem }>();
  #bytes = 0;

  /**
   * Reads what the store has, and follows its changes from here on.
   *
   * @param retentionDays for how many days after it was sent an item can be found
   */
  constructor(store: Store, retentionDays: number) {
    this.#store = store;
    this.#retentionDays = retentionDays;
    this.#unsubscribe = store.changes.subscribe(({ noun }) => {
      if (noun !== "worklist item" && noun !== "appointment" && noun !== "machine") return;
      this.#ranges.clear();
      this.#latest = undefined;
    });
  }

  /** No change is followed any more. */
  close(): void {
    this.#unsubscribe();
  }

  /** The items whose day is from `from` to `to`, `YYYY-MM-DD` or open, in the order of their start. */
  between(from: string | undefined, to: string | undefined, now: Date): readonly BookedItem[] {
    const sentSince = this.#sentSince(now);
    const range = `${from ?? ""}/${to ?? ""}/${sentSince}`;
    let items = this.#ranges.get(range);
    if (items === undefined) {
      items = this.#store.worklistItems.between(from, to, sentSince).map((item) => this.#entry(item));
      if (this.#ranges.size > 50) this.#ranges.clear();
      if (items.length <= MOST_KEPT) this.#ranges.set(range, items);
    }
    return items;
  }

  /** The items that were sent last. */
  latest(count: number): readonly BookedItem[] {
    return this.#latest ??= this.#store.worklistItems.latest(count).map((item) => this.#entry(item));
  }

  /** Whether the retention of an item has passed: it was sent too long ago to be found. */
  isPast({ item }: BookedItem, now: Date): boolean {
    return item.sentAt < this.#sentSince(now) && item.sentAt >= CLOCK_NOT_SET;
  }

  /** An item as it is shown for a station. */
  view(booked: BookedItem, station: Station): ItemView {
    const key = `${station.aeTitle}\n${station.name}\n${station.location}`;
    let view = booked.views.get(key);
    if (view === undefined) {
      const shortened: string[] = [];
      const dataset = worklistItem(booked.item, station, (attribute) => shortened.push(attribute));
      logShortened(booked.item, shortened);
      view = { dataset, answers: new Map() };
      if (booked.views.size >= MOST_ANSWERS) booked.views.clear();
      booked.views.set(key, view);
    }
    return view;
  }

  /**
   * The bytes of the answer to an identifier.
   *
   * @param shape `shapeOf(identifier)`, which is the same for all items of a query
   * @throws Error when a value cannot be written
   */
  answer(
    { item }: BookedItem,
    view: ItemView,
    identifier: Dataset,
    shape: string,
    syntax: TransferSyntax,
    profile: AnswerProfile,
  ): Uint8Array {
    const asked = identifier.texts("SpecificCharacterSet");
    const key = `${syntax.uid} ${profile.charset} ${profile.unshowable} ${asked} ${shape}`;
    let bytes = view.answers.get(key);
    if (bytes === undefined) {
      const shortened = new Set<string>();
      bytes = encodeAnswer(
        answerTo(identifier, view.dataset),
        syntax,
        profile,
        asked,
        (attribute) => shortened.add(attribute),
      );
      logShortened(item, [...shortened]);
      if (view.answers.size >= MOST_ANSWERS) view.answers.clear();
      view.answers.set(key, bytes);
      this.#bytes += bytes.length + key.length;
      if (this.#bytes > MOST_BYTES) this.#forget();
    }
    return bytes;
  }

  /** By the hour, so that queries one after the other find the same list at hand. */
  #sentSince(now: Date): string {
    const hour = Math.floor(now.getTime() / 3_600_000) * 3_600_000;
    return new Date(hour - this.#retentionDays * 86_400_000).toISOString();
  }

  /** Lets go of everything that was made of items; the next queries make it again. */
  #forget(): void {
    for (const { booked } of this.#known.values()) booked.views.clear();
    this.#known.clear();
    this.#ranges.clear();
    this.#latest = undefined;
    this.#bytes = 0;
  }

  /** What has been made of an item stays as long as nothing about it changed that a machine can see. */
  #entry(item: WorklistItem): BookedItem {
    const { seenAt: _seenAt, sentAt: _sentAt, ...visible } = item;
    const signature = JSON.stringify(visible);
    const known = this.#known.get(item.appointmentId);
    if (known?.signature === signature) {
      known.booked.item = item;
      return known.booked;
    }
    const booked: BookedItem = { item, views: new Map() };
    if (this.#known.size >= MOST_KEPT) this.#forget();
    this.#known.set(item.appointmentId, { signature, booked });
    return booked;
  }
}

function logShortened({ appointmentId }: WorklistItem, attributes: readonly string[]): void {
  if (attributes.length === 0) return;
  log.warn("appointment {id}: too long for a machine and shortened: {attributes}", {
    id: appointmentId,
    attributes: attributes.join(", "),
  });
}

/**
 * An answer in the machine's character set, which it names itself.
 *
 * @param onShortened told each attribute that had to be cut because other letters made it longer
 * @throws Error when a value cannot be written
 */
export function encodeAnswer(
  answer: Dataset,
  syntax: TransferSyntax,
  profile: AnswerProfile,
  askedCharsets: readonly string[],
  onShortened: (attribute: string) => void = () => {},
): Uint8Array {
  const term = profile.charset || charsetFor(answer, askedCharsets);
  answer.setText(Tag.SpecificCharacterSet, "CS", term);
  return writeDataset(answer, syntax, (text, vr, tag) => {
    const shown = (vr === "PN" ? showableName : showable)(text, term, profile.unshowable);
    const fitting = withinLength(shown, vr);
    if (fitting !== shown) onShortened(nameOf(tag));
    return encodeText(fitting, term)!; // which is what showable is for
  });
}

/**
 * The set that the query names, where the box knows it: what a machine asks in is what it can show. Without one the
 * smallest that has every letter.
 */
function charsetFor(answer: Dataset, asked: readonly string[]): string {
  return asked.length > 0 && isKnownCharset(asked) ? asked.join("\\") : sufficientCharset([...textsOf(answer)]);
}

function* textsOf(dataset: Dataset): Generator<string> {
  for (const { vr, value } of dataset) {
    if (typeof value === "string") {
      if (isTextVr(vr)) yield value;
    } else if (Array.isArray(value)) {
      for (const item of value as readonly Dataset[]) yield* textsOf(item);
    }
  }
}
