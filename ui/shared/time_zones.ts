import type { TimeZone } from "../../src/web/contract/box.ts";
import { api } from "./api.ts";
import { useEffect, useState } from "./html.ts";

/** A time zone to choose, as the page calls it. */
export interface ChoosableZone extends TimeZone {
  /** Its country, in the page's language; "" for none. */
  place: string;
  /** How far it is from UTC now, such as `GMT+5:30`. */
  offset: string;
  /** What it is found by, folded. */
  words: string[];
}

let asked: Promise<readonly TimeZone[]> | undefined;

/** The time zones that the box knows; undefined until they have come, and where they do not. */
export function useTimeZones(): readonly TimeZone[] | undefined {
  const [zones, setZones] = useState<readonly TimeZone[] | undefined>(undefined);
  useEffect(() => {
    asked ??= api("GET /api/time-zones");
    asked.then(setZones, () => {
      asked = undefined; // it is asked for again when the page is opened anew
    });
  }, []);
  return zones;
}

/** The time zone that goes by a name, today's or a former one. */
export function zoneCalled<Zone extends TimeZone>(zones: readonly Zone[], name: string): Zone | undefined {
  return zones.find((zone) => zone.name === name) ?? zones.find(({ names }) => names.includes(name));
}

/** The country of a time zone; "" where none is known. */
export function countryOf(zones: readonly TimeZone[], name: string): string {
  return zoneCalled(zones, name)?.country ?? "";
}

/**
 * Time zones as a page shows them, by their countries.
 *
 * @param language of the page: a country and a zone are found by their names in it, and in English
 */
export function choosable(zones: readonly TimeZone[], language: string): ChoosableZone[] {
  const own = new Intl.DisplayNames(language, { type: "region" });
  const english = new Intl.DisplayNames("en", { type: "region" });
  const shown = zones.flatMap((zone): ChoosableZone[] => {
    const offset = partOf("en", zone.name, "shortOffset");
    if (offset === undefined) return []; // this browser cannot show it
    const place = zone.country && (own.of(zone.country) ?? zone.country);
    const called = [
      ...[place, zone.country && english.of(zone.country), ...zone.names, ...zone.cities, ...zone.called],
      ...[partOf(language, zone.name, "long"), offset, offset.replace("GMT", "")],
    ];
    const words = [...new Set(called.flatMap((name) => foldedWords(name ?? "")))];
    return [{ ...zone, place, offset, words }];
  });
  return shown.sort((one, other) => one.place.localeCompare(other.place, language));
}

/** Those of whose words each typed word is the beginning of one; where it is a whole one comes first. */
export function zonesFor(zones: readonly ChoosableZone[], typed: string): ChoosableZone[] {
  const wanted = foldedWords(typed);
  const found = zones.filter(({ words }) => wanted.every((typed) => words.some((word) => word.startsWith(typed))));
  const isWhole = ({ words }: ChoosableZone) => wanted.every((typed) => words.includes(typed));
  return [...found.filter(isWhole), ...found.filter((zone) => !isWhole(zone))];
}

/** Without case and accents of Latin letters; the signs of other scripts are part of their letters. */
function foldedWords(text: string): string[] {
  const folded = text.toLowerCase().normalize("NFKD").replaceAll(/[\u0300-\u036f]/g, "");
  return folded.split(/[\s/_,()-]+/).filter((word) => word !== "");
}

/** What a time zone is called now; undefined where the browser does not know it. */
function partOf(language: string, timeZone: string, timeZoneName: "long" | "shortOffset"): string | undefined {
  try {
    const parts = new Intl.DateTimeFormat(language, { timeZone, timeZoneName }).formatToParts();
    return parts.find(({ type }) => type === "timeZoneName")?.value;
  } catch {
    return undefined;
  }
}
