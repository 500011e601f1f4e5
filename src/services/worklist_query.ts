import { inEnglish, say, type Sentence } from "../sentences.ts";
import { Dataset } from "../dicom/dataset.ts";
import { isoDate, localDate } from "../dicom/date_time.ts";
import { nameOf, Tag } from "../dicom/dictionary.ts";
import { askedDays, isKey, isUniversal, type Matcher, matcher, shownValue } from "../dicom/matching.ts";
import { wildcardTest } from "../dicom/wildcards.ts";
import { asksForUnknown, type Station } from "../dicom/worklist_answer.ts";
import type { Machine } from "../store/machines.ts";
import type { NotAnswered } from "../store/worklist_queries.ts";
import type { AnswerProfile, BookedItem, ItemView, WorklistCache } from "./worklist_cache.ts";

/** Who asks for the worklist. */
export interface Asker {
  /** Empty where it gives none. */
  aeTitle: string;
  /** What is known of the machine with this AE title. */
  machine: Machine | undefined;
  /** It negotiated fuzzy matching of names. */
  fuzzyNames: boolean;
  /** A person or a program that is no machine: what it is shown, no machine has seen. */
  onlyLooks?: boolean;
}

/** A query that can be answered: what is asked, by whom and when. */
export interface Query {
  identifier: Dataset;
  asker: Asker;
  /** The box's own AE title. */
  boxAeTitle: string;
  /** For date windows and retention. */
  now: Date;
  matches: Matcher;
  /** For an item that was sent to any machine: it is at whatever station asks. */
  matchesAtAnyStation: Matcher;
  /** That station, as such an item shows it. */
  station: Station;
}

/** An item that goes into an answer, as the asker sees it. */
export interface Match {
  booked: BookedItem;
  view: ItemView;
}

/** How many of the items sent last are explained when they were not answered. */
const MOST_EXPLAINED = 30;
/** Keys kept in words: a screenful. */
const MOST_KEYS = 50;

/** A query from its identifier, which is looked at whole, whoever may be there to be found. @throws UnusableIdentifier */
export function readQuery(identifier: Dataset, asker: Asker, boxAeTitle: string, now: Date): Query {
  const options = { fuzzyNames: asker.fuzzyNames };
  return {
    ...{ identifier, asker, boxAeTitle, now },
    matches: matcher(identifier, options),
    matchesAtAnyStation: matcher(withoutStation(identifier), options),
    station: askingStation(identifier, asker, boxAeTitle),
  };
}

/** What a machine gets for a query: the one way, for C-FIND and for the preview on the machine's page. */
export function findMatches(cache: WorklistCache, query: Query): Match[] {
  const asked = askedDays(step(query.identifier), Tag.ScheduledProcedureStepStartDate);
  const items = cache.between(isoDate(asked.from ?? "") || undefined, isoDate(asked.to ?? "") || undefined, query.now);
  const matches: Match[] = [];
  for (const booked of items) {
    const view = cache.view(booked, stationFor(booked, query));
    if (reasonNotAnswered(booked, view, query) === undefined) matches.push({ booked, view });
  }
  return matches;
}

/** Whether the answers are to say that a key is not supported (status FF01 in place of FF00). */
export function hasUnknownKeys({ identifier }: Query): boolean {
  return asksForUnknown(identifier);
}

/** For each item that was sent lately and is not among the matches, why not. */
export function explain(cache: WorklistCache, query: Query, matches: readonly Match[]): NotAnswered[] {
  const answered = new Set(matches.map(({ booked }) => booked.item.appointmentId));
  return cache.latest(MOST_EXPLAINED).flatMap((booked) => {
    const { appointmentId } = booked.item;
    if (answered.has(appointmentId)) return [];
    const reason = reasonNotAnswered(booked, cache.view(booked, stationFor(booked, query)), query) ??
      say(cache.isPast(booked, query.now) ? "sent-too-long-ago" : "sent-meanwhile");
    return [notAnswered(appointmentId, reason)];
  });
}

/** An item that is not in an answer. */
export function notAnswered(appointmentId: string, coded: Sentence): NotAnswered {
  return { appointmentId, reason: inEnglish(coded), coded };
}

/** How answers are written for a machine. */
export function profileOf(machine: Machine | undefined): AnswerProfile {
  return { charset: machine?.characterSet ?? "", unshowable: machine?.unshowable ?? "transliterate" };
}

/** What an identifier asks for, in words: each key that has a value, up to a number of them. */
export function keysInWords(identifier: Dataset): string[] {
  const keys = allKeysInWords(identifier);
  return keys.length <= MOST_KEYS ? keys : [...keys.slice(0, MOST_KEYS), `… (${keys.length} keys)`];
}

function allKeysInWords(identifier: Dataset): string[] {
  return [...identifier].flatMap((key) => {
    if (!isKey(key) || isUniversal(key)) return [];
    if (Array.isArray(key.value)) return (key.value as readonly Dataset[]).flatMap(allKeysInWords);
    return [`${nameOf(key.tag)} ${typeof key.value === "string" ? shownValue(key.value) : "(binary)"}`];
  });
}

/** The first reason why an item is not answered; undefined when it is. */
function reasonNotAnswered({ item }: BookedItem, view: ItemView, query: Query): Sentence | undefined {
  const { identifier, asker: { machine }, now } = query;
  if (item.status === "completed" && !asksBy(identifier, Tag.ScheduledProcedureStepStatus)) {
    return say("sent-scan-completed");
  }
  if (item.status === "cancelled") return say("sent-cancelled");
  if (item.status === "no show") return say("sent-no-show");
  const isAnothers = machine !== undefined && ![null, machine.id].includes(item.machineId);
  if (
    isAnothers && machine.admitted && machine.ownListOnly && !asksBy(identifier, Tag.ScheduledStationAETitle)
  ) {
    return say("sent-to-another", { machine: item.machineName });
  }
  if (machine && machine.dateWindow !== null && daysApart(item.date, localDate(now)) > machine.dateWindow) {
    return say("sent-for-another-day", { date: item.date, days: machine.dateWindow });
  }
  return (item.machineAeTitle === null ? query.matchesAtAnyStation : query.matches)(view.dataset);
}

/** Where an item is to be done, as the asker sees it. */
function stationFor({ item }: BookedItem, query: Query): Station {
  if (item.machineAeTitle === null) return query.station;
  return { aeTitle: item.machineAeTitle, name: item.machineName, location: item.machineRoom };
}

/**
 * The station that asks: the one its key names, else the caller, so that the title is never empty and never another
 * machine's. Of a list or a pattern it is the caller's own title, if that is among them.
 */
function askingStation(identifier: Dataset, asker: Asker, boxAeTitle: string): Station {
  const own = asker.machine?.fillsStation === false ? boxAeTitle : asker.aeTitle || boxAeTitle;
  const asked = step(identifier).texts("ScheduledStationAETitle").filter((title) => title !== "");
  const named = asked.some((title) => wildcardTest(title)(own)) ? own : asked.find((title) => !/[*?]/.test(title));
  return { aeTitle: named ?? own, name: asker.machine?.name ?? "", location: asker.machine?.room ?? "" };
}

/** Whether the step is asked for by an attribute: with a value that does not match everything. */
function asksBy(identifier: Dataset, tag: number): boolean {
  const key = step(identifier).element(tag);
  return key !== undefined && !isUniversal(key);
}

function step(identifier: Dataset): Dataset {
  return identifier.items("ScheduledProcedureStepSequence")[0] ?? identifier;
}

/** An identifier that asks for no station. */
function withoutStation(identifier: Dataset): Dataset {
  const copy = new Dataset();
  for (const key of identifier) {
    if (key.tag === Tag.ScheduledStationAETitle) continue;
    copy.add(
      key.tag === Tag.ScheduledProcedureStepSequence && Array.isArray(key.value)
        ? { ...key, value: (key.value as readonly Dataset[]).map(withoutStation) }
        : key,
    );
  }
  return copy;
}

function daysApart(one: string, other: string): number {
  return Math.abs(Date.parse(`${one}T00:00:00Z`) - Date.parse(`${other}T00:00:00Z`)) / 86_400_000;
}
