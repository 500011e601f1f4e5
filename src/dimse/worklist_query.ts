import type { Dataset } from "../dicom/dataset.ts";
import { isoDate, localDate } from "../dicom/date_time.ts";
import { nameOf, Tag } from "../dicom/dictionary.ts";
import { askedDays, isKey, isUniversal, mismatch } from "../dicom/matching.ts";
import { asksForUnknown, type Station } from "../dicom/worklist_answer.ts";
import type { Machine } from "../store/machines.ts";
import type { NotAnswered } from "../store/worklist_queries.ts";
import type { AnswerProfile, BookedItem, WorklistBook } from "./worklist_book.ts";

/** Who asks for the worklist. */
export interface Asker {
  aeTitle: string;
  /** What is known of the machine with this AE title. */
  machine: Machine | undefined;
  /** It negotiated fuzzy matching of names. */
  fuzzyNames: boolean;
}

/** An item that goes into an answer, as the asker sees it. */
export interface Match {
  booked: BookedItem;
  view: Dataset;
}

export interface Found {
  matches: Match[];
  /** The identifier has a key that could not be matched on (status FF01). */
  unknownKeys: boolean;
}

/** How many of the items sent last are explained when they were not answered. */
const MOST_EXPLAINED = 30;

/**
 * What a machine gets for an identifier: the one way, for C-FIND and for the preview on the machine's page.
 *
 * @param now for date windows and retention
 * @throws UnusableIdentifier
 */
export function findMatches(
  book: WorklistBook,
  identifier: Dataset,
  asker: Asker,
  boxAeTitle: string,
  now: Date,
): Found {
  const asked = askedDays(step(identifier), Tag.ScheduledProcedureStepStartDate);
  const items = book.between(isoDate(asked.from ?? "") || undefined, isoDate(asked.to ?? "") || undefined, now);
  const matches: Match[] = [];
  let unknownKeys = false;
  for (const booked of items) {
    const view = book.view(booked, stationFor(booked, identifier, asker, boxAeTitle));
    if (reasonNotAnswered(booked, view, identifier, asker, now) !== undefined) continue;
    matches.push({ booked, view });
    if (!unknownKeys) unknownKeys = asksForUnknown(identifier, view);
  }
  return { matches, unknownKeys };
}

/** For each item that was sent lately and is not among the matches, why not. */
export function explain(
  book: WorklistBook,
  identifier: Dataset,
  asker: Asker,
  boxAeTitle: string,
  matches: readonly Match[],
  now: Date,
): NotAnswered[] {
  const answered = new Set(matches.map(({ booked }) => booked.item.appointmentId));
  return book.latest(MOST_EXPLAINED).flatMap((booked) => {
    if (answered.has(booked.item.appointmentId)) return [];
    const view = book.view(booked, stationFor(booked, identifier, asker, boxAeTitle));
    const reason = reasonNotAnswered(booked, view, identifier, asker, now) ?? "it was sent too long ago";
    return [{ appointmentId: booked.item.appointmentId, reason }];
  });
}

/** How answers are written for a machine. */
export function profileOf(machine: Machine | undefined): AnswerProfile {
  return { charset: machine?.characterSet ?? "", unshowable: machine?.unshowable ?? "transliterate" };
}

/** What an identifier asks for, in words: each key that has a value. */
export function keysInWords(identifier: Dataset): string[] {
  return [...identifier].flatMap((key) => {
    if (!isKey(key) || isUniversal(key)) return [];
    if (Array.isArray(key.value)) return (key.value as readonly Dataset[]).flatMap(keysInWords);
    return [`${nameOf(key.tag)} ${typeof key.value === "string" ? key.value : "(binary)"}`];
  });
}

/** The first reason why an item is not answered; undefined when it is. */
function reasonNotAnswered(
  { item }: BookedItem,
  view: Dataset,
  identifier: Dataset,
  { machine, fuzzyNames }: Asker,
  now: Date,
): string | undefined {
  const status = step(identifier).text("ScheduledProcedureStepStatus");
  if (item.status === "completed" && status === "") return "the scan is completed";
  if (item.status === "cancelled") return "the appointment is cancelled";
  const asksForNoStation = step(identifier).text("ScheduledStationAETitle") === "";
  if (machine?.admitted && machine.ownListOnly && asksForNoStation && ![null, machine.id].includes(item.machineId)) {
    return `it was sent to ${item.machineName}, and this machine gets only its own list`;
  }
  if (machine && machine.dateWindow !== null && daysApart(item.date, localDate(now)) > machine.dateWindow) {
    return `it is for ${item.date}, more than ${machine.dateWindow} days from today, this machine's window`;
  }
  return mismatch(identifier, view, { fuzzyNames });
}

/**
 * Where an item is to be done, as the asker sees it. One that was sent to any machine belongs to the station that
 * asks: the one its key names, else the caller, so that the title is never empty and never another machine's.
 */
function stationFor({ item }: BookedItem, identifier: Dataset, asker: Asker, boxAeTitle: string): Station {
  if (item.machineAeTitle !== null) {
    return { aeTitle: item.machineAeTitle, name: item.machineName, location: item.machineRoom };
  }
  const asked = step(identifier).texts("ScheduledStationAETitle");
  const named = asked.length === 1 && !/[*?]/.test(asked[0]!) ? asked[0]! : "";
  const own = asker.machine?.fillsStation === false ? boxAeTitle : asker.aeTitle || boxAeTitle;
  return { aeTitle: named || own, name: asker.machine?.name ?? "", location: asker.machine?.room ?? "" };
}

function step(identifier: Dataset): Dataset {
  return identifier.items("ScheduledProcedureStepSequence")[0] ?? identifier;
}

function daysApart(one: string, other: string): number {
  return Math.abs(Date.parse(`${one}T00:00:00Z`) - Date.parse(`${other}T00:00:00Z`)) / 86_400_000;
}
