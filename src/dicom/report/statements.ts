import { OF_THE_DOCUMENT } from "./context.ts";
import { isDecimal } from "./decimal.ts";
import type { ContentItem, Report } from "./report.ts";

/** What a report states that is no number: days, findings in codes, remarks. */
const STATEMENTS: ReadonlySet<string> = new Set(["DATE", "DATETIME", "TIME", "CODE", "TEXT"]);
/** Basic Text SR and Key Object Selection (PS3.4 B.5): documents to be read, and lists of pictures. */
const DOCUMENTS: ReadonlySet<string> = new Set(["1.2.840.10008.5.1.4.1.1.88.11", "1.2.840.10008.5.1.4.1.1.88.59"]);
/** The titles of Key Object Selections, whatever they are sent as (PS3.16 CID 7010). */
const KEY_OBJECT = /^1130(0\d|1[0-3]|18|2\d|3\d)$/;

/** Whether what a report states beside its numbers belongs among them. */
export function hasStatements({ sopClassUid, root }: Report): boolean {
  if (DOCUMENTS.has(sopClassUid)) return false;
  return !(root.concept?.scheme === "DCM" && KEY_OBJECT.test(root.concept.value));
}

/** Whether an item states something about what its container is about. */
export function isStatement({ valueType, relationship, concept, value }: ContentItem): boolean {
  return STATEMENTS.has(valueType) && relationship === "CONTAINS" && value !== "" && concept !== undefined &&
    !OF_THE_DOCUMENT.has(concept.value);
}

/** A number with its unit, as machines also write it into text. */
const NUMBER_IN_TEXT = /^([+-]?\d+(?:\.\d+)?)\s*((?:%|°|\p{L}+[23²³]?(?:\/\p{L}+[23²³]?)*)?)$/u;

/** The number that a text is, and nothing beside it; undefined where it says more. */
export function numberInText(text: string): { value: string; unit: string } | undefined {
  const [, value, unit] = NUMBER_IN_TEXT.exec(text.trim()) ?? [];
  return value === undefined || !isDecimal(value) ? undefined : { value, unit: unit ?? "" };
}

/** Percentile and Z-score of a value among others, by what machines call them and by LOINC's EFW percentile rank. */
export function isRank({ concept, unit }: ContentItem): boolean {
  return concept?.value === "11767-1" || unit?.value === "%tile" ||
    /percentile|centile|z[ -]?score|standard deviations? from/i.test(concept?.meaning ?? "");
}

/** A DA (PS3.5 6.2) as ISO 8601; undefined for what is none. */
export function isoDay(text: string): string | undefined {
  const [, year, month, day] = /^(\d{4})[.-]?(\d\d)[.-]?(\d\d)$/.exec(text) ?? [];
  if (year === undefined) return undefined;
  const moment = new Date(`${year}-${month}-${day}T00:00:00Z`);
  const iso = Number.isNaN(moment.getTime()) ? "" : moment.toISOString().slice(0, 10);
  return iso === `${year}-${month}-${day}` ? iso : undefined;
}
