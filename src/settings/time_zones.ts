import { rawTimeZones, timeZonesNames } from "@vvo/tzdb";

/** A time zone, to be found by people. */
export interface TimeZone {
  /** As the IANA database calls it today, such as `Asia/Kolkata`. */
  name: string;
  /** All names under which programs have known it, such as `Asia/Calcutta`. */
  names: string[];
  /** ISO 3166-1 alpha-2; "" for UTC. */
  country: string;
  /** Its largest cities, in English. */
  cities: string[];
  /** What it is called in English, and in short, such as `India Time` and `IST`. */
  called: string[];
}

const UTC: TimeZone = {
  name: "UTC",
  names: ["UTC", "Etc/UTC", "GMT"],
  country: "",
  cities: [],
  called: ["Coordinated Universal Time"],
};

/** The time zones of the world, by the IANA database. */
export const TIME_ZONES: readonly TimeZone[] = [
  ...rawTimeZones.map(({ name, group, countryCode, mainCities, alternativeName, abbreviation }) => ({
    name,
    names: group,
    country: countryCode,
    cities: mainCities,
    called: [alternativeName, abbreviation],
  })),
  UTC,
];

/**
 * What the IANA database calls a time zone today. JavaScript calls some by their name of 1993 (`Asia/Calcutta`), which
 * systems without `tzdata-legacy` do not have: their C library, and with it SQLite, would take UTC instead.
 *
 * @throws RangeError when there is no such time zone
 */
export function currentZoneName(given: string): string {
  const canonical = canonicalName(given);
  if (canonical === "UTC" || timeZonesNames.includes(canonical)) return canonical;
  const isSame = (name: string) => canonicalName(name) === canonical;
  const { names = [] } = TIME_ZONES.find(({ names }) => names.includes(canonical)) ?? {};
  return names.find((name) => timeZonesNames.includes(name) && isSame(name)) ??
    TIME_ZONES.find(({ name }) => isSame(name))?.name ?? canonical;
}

function canonicalName(zone: string): string {
  return new Intl.DateTimeFormat("en", { timeZone: zone }).resolvedOptions().timeZone;
}
