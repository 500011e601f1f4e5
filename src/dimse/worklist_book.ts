import { getLogger } from "@logtape/logtape";
import { encodeText, isKnownCharset } from "../dicom/charset.ts";
import { showable, sufficientCharset, type Unshowable } from "../dicom/character_repertoire.ts";
import type { Dataset } from "../dicom/dataset.ts";
import { isTextVr } from "../dicom/dataset.ts";
import { Tag } from "../dicom/dictionary.ts";
import type { TransferSyntax } from "../dicom/transfer_syntax.ts";
import { answerTo, type Station, worklistItem } from "../dicom/worklist_answer.ts";
import { withinLength } from "../dicom/value_length.ts";
import { writeDataset } from "../dicom/write_dataset.ts";
import type { Store } from "../store/store.ts";
import type { WorklistItem } from "../store/worklist_items.ts";

const log = getLogger(["sonodesk", "dimse", "worklist"]);

/** How answers are written for one machine. */
export interface AnswerProfile {
  /** A term of Specific Character Set, or "" for the smallest that has every letter. */
  charset: string;
  unshowable: Unshowable;
}

/** An item of the worklist with what has been made of it so far. */
export interface BookedItem {
  item: WorklistItem;
  /** The item as a data set, by the station it is shown for. */
  views: Map<string, Dataset>;
  /** Encoded answers, by everything they depend on. */
  answers: Map<string, Uint8Array>;
}

/** Items of one query kept at hand; beyond that each query reads them afresh. */
const MOST_KEPT = 20_000;
/** Kinds of answers kept of one item: machines ask the same thing again and again. */
const MOST_ANSWERS = 8;

/**
 * The worklist as machines ask for it: read from the store once, each item made a data set once a station and encoded
 * once a kind of query, until something about it changes.
 */
export class WorklistBook {
  readonly #store: Store;
  readonly #retentionDays: number;
  readonly #unsubscribe: () => void;
  #latest: BookedItem[] | undefined;
  #ranges = new Map<string, BookedItem[]>();
  #known = new Map<string, { signature: string; booked: BookedItem }>();

  /** @param retentionDays for how many days after it was sent an item can be found */
  constructor(store: Store, retentionDays: number) {
    this.#store = store;
    this.#retentionDays = retentionDays;
    this.#unsubscribe = store.changes.subscribe(({ noun }) => {
      if (noun !== "worklist item" && noun !== "appointment" && noun !== "machine") return;
      this.#ranges.clear();
      this.#latest = undefined;
    });
  }

  close(): void {
    this.#unsubscribe();
  }

  /** The items whose day is from `from` to `to`, `YYYY-MM-DD` or open, in the order of their start. */
  between(from: string | undefined, to: string | undefined, now: Date): readonly BookedItem[] {
    // by the hour, so that queries one after the other find the same list at hand
    const hour = Math.floor(now.getTime() / 3_600_000) * 3_600_000;
    const sentSince = new Date(hour - this.#retentionDays * 86_400_000).toISOString();
    const range = `${from ?? ""}/${to ?? ""}/${sentSince}`;
    let items = this.#ranges.get(range);
    if (items === undefined) {
      items = this.#store.worklistItems.between(from, to, sentSince).map((item) => this.#book(item));
      if (this.#ranges.size > 50) this.#ranges.clear();
      if (items.length <= MOST_KEPT) this.#ranges.set(range, items);
    }
    return items;
  }

  /** The items that were sent last. */
  latest(count: number): readonly BookedItem[] {
    return this.#latest ??= this.#store.worklistItems.latest(count).map((item) => this.#book(item));
  }

  /** An item as it is shown for a station. */
  view(booked: BookedItem, station: Station): Dataset {
    const key = `${station.aeTitle}\n${station.name}\n${station.location}`;
    let view = booked.views.get(key);
    if (view === undefined) {
      const shortened: string[] = [];
      view = worklistItem(booked.item, station, (attribute) => shortened.push(attribute));
      if (shortened.length > 0) {
        log.warn("appointment {id}: too long for a machine and shortened: {attributes}", {
          id: booked.item.appointmentId,
          attributes: shortened.join(", "),
        });
      }
      if (booked.views.size >= MOST_ANSWERS) booked.views.clear();
      booked.views.set(key, view);
    }
    return view;
  }

  /**
   * The bytes of the answer to an identifier.
   *
   * @param shape `shapeOf(identifier)`, which is the same for all items of a query
   */
  answer(
    booked: BookedItem,
    view: Dataset,
    identifier: Dataset,
    shape: string,
    syntax: TransferSyntax,
    profile: AnswerProfile,
  ): Uint8Array {
    const asked = identifier.texts("SpecificCharacterSet");
    const key = `${syntax.uid} ${profile.charset} ${profile.unshowable} ${asked} ${
      view.items("ScheduledProcedureStepSequence")[0]?.text("ScheduledStationAETitle")
    } ${shape}`;
    let bytes = booked.answers.get(key);
    if (bytes === undefined) {
      bytes = encodeAnswer(answerTo(identifier, view), syntax, profile, asked);
      if (booked.answers.size >= MOST_ANSWERS) booked.answers.clear();
      booked.answers.set(key, bytes);
    }
    return bytes;
  }

  /** What has been made of an item stays as long as nothing about it changed that a machine can see. */
  #book(item: WorklistItem): BookedItem {
    const { seenAt: _seenAt, sentAt: _sentAt, ...visible } = item;
    const signature = JSON.stringify(visible);
    const known = this.#known.get(item.appointmentId);
    if (known?.signature === signature) {
      known.booked.item = item;
      return known.booked;
    }
    const booked: BookedItem = { item, views: new Map(), answers: new Map() };
    if (this.#known.size >= MOST_KEPT) this.#known.clear();
    this.#known.set(item.appointmentId, { signature, booked });
    return booked;
  }
}

/** An answer in the machine's character set, which it names itself. */
export function encodeAnswer(
  answer: Dataset,
  syntax: TransferSyntax,
  profile: AnswerProfile,
  askedCharsets: readonly string[],
): Uint8Array {
  const term = profile.charset || charsetFor(answer, askedCharsets);
  answer.setText(Tag.SpecificCharacterSet, "CS", term);
  return writeDataset(answer, syntax, (text, vr) =>
    // written in other letters it may have become longer
    encodeText(withinLength(showable(text, term, profile.unshowable), vr), term)!);
}

/** The set that the machine asks in, if it has all the letters; else the smallest that has. */
function charsetFor(answer: Dataset, asked: readonly string[]): string {
  const texts = [...textsOf(answer)];
  if (asked.length === 1 && isKnownCharset(asked) && !asked[0]!.startsWith("ISO 2022")) {
    if (texts.every((text) => encodeText(text, asked[0]!) !== undefined)) return asked[0]!;
  }
  return sufficientCharset(texts);
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
