// Times, ages and names in the clinic's way. Dates of appointments are the clinic's wall clock as text; times at
// which something happened are ISO 8601 in UTC and shown in the box's time zone.

/** Sweden writes dates and times as ISO 8601 does. */
const ISO = "sv-SE";

let timeZone: string | undefined;
let language = "en-GB";

const formats: Map<string, Intl.DateTimeFormat> = new Map();

export function setPlace(place: { timeZone?: string; language?: string }) {
  language = place.language || language;
  if (place.timeZone === undefined) return;
  timeZone = place.timeZone;
  try {
    minuteOfDay(0); // by a format that is needed anyway: making one takes a slow browser a tenth of a second
  } catch {
    // a browser that does not know the box's zone shows its own: the clinic's devices stand where the box does
    timeZone = undefined;
  }
}

function format(options: Intl.DateTimeFormatOptions, zone = timeZone, locale = language) {
  const key = JSON.stringify([options, zone, locale]);
  let made = formats.get(key);
  if (!made) formats.set(key, made = new Intl.DateTimeFormat(locale, { ...options, timeZone: zone }));
  return made;
}

/** When something happened, as the clinic's clock showed it: "10:02". */
export function clockTime(at: string | number | Date | null) {
  return at === null ? "" : format({ hour: "2-digit", minute: "2-digit", hourCycle: "h23" }).format(new Date(at));
}

/** The clinic's day of a moment, YYYY-MM-DD. */
export function dayOf(at: number | Date) {
  return format({}, timeZone, ISO).format(at);
}

/** Minutes since midnight on the clinic's clock. */
export function minuteOfDay(at: number | Date) {
  return minutesOf(format({ hour: "2-digit", minute: "2-digit" }, timeZone, ISO).format(at));
}

/** Minutes since midnight of "HH:MM" or "HH:MM:SS". */
export function minutesOf(time: string) {
  const [hours = 0, minutes = 0] = time.split(":").map(Number);
  return hours * 60 + minutes;
}

/** "Saturday 1 August". @param day YYYY-MM-DD */
export function dayInWords(day: string) {
  return format({ weekday: "long", day: "numeric", month: "long" }, "UTC").format(new Date(`${day}T12:00:00Z`));
}

/** "Sat 1 Aug". @param day YYYY-MM-DD */
export function dayInShort(day: string) {
  return format({ weekday: "short", day: "numeric", month: "short" }, "UTC").format(new Date(`${day}T12:00:00Z`));
}

/** The clinic's day and time of a moment: "Sat 1 Aug 10:02". @param at ISO 8601 */
export function dayAndTime(at: string) {
  return `${dayInShort(dayOf(new Date(at)))} ${clockTime(at)}`;
}

/** "17 May 1990". @param day YYYY-MM-DD */
export function dateInWords(day: string) {
  return format({ day: "numeric", month: "short", year: "numeric" }, "UTC").format(new Date(`${day}T12:00:00Z`));
}

/** "November 2026". @param month YYYY-MM */
export function monthInWords(month: string) {
  return format({ month: "long", year: "numeric" }, "UTC").format(new Date(`${month}-01T12:00:00Z`));
}

/** "Mon" to "Sun". */
export function weekdaysInShort(): string[] {
  // 1 January 2024 was a Monday
  return Array.from({ length: 7 }, (_, n) => format({ weekday: "short" }, "UTC").format(Date.UTC(2024, 0, n + 1, 12)));
}

/** A day before or after. @param day YYYY-MM-DD */
export function dayAfter(day: string, days: number) {
  const date = new Date(`${day}T12:00:00Z`);
  date.setUTCDate(date.getUTCDate() + days);
  return date.toISOString().slice(0, 10);
}

/**
 * Age on a day: years, or for small children months or days.
 *
 * @param birthDate YYYY-MM-DD
 * @param day YYYY-MM-DD
 */
export function ageOn(
  birthDate: string | null,
  day: string,
): { count: number; unit: "years" | "months" | "days" } | undefined {
  if (!birthDate || birthDate > day) return undefined;
  const [birthYear = 0, birthMonth = 0, birthDay = 0] = birthDate.split("-").map(Number);
  const [year = 0, month = 0, dayOfMonth = 0] = day.split("-").map(Number);
  const months = (year - birthYear) * 12 + (month - birthMonth) - (dayOfMonth < birthDay ? 1 : 0);
  if (months >= 24) return { count: Math.floor(months / 12), unit: "years" };
  if (months >= 2) return { count: months, unit: "months" };
  return { count: Math.round((Date.parse(day) - Date.parse(birthDate)) / 86_400_000), unit: "days" };
}

export function fullName({ firstName, lastName }: { firstName: string; lastName: string }) {
  return [firstName, lastName].map(firstGroup).filter((part) => part !== "").join(" ");
}

/** Of a name that was booked with its ideographs and its reading, the Latin letters. */
function firstGroup(part: string) {
  return (part.split("=")[0] ?? "").trim() || part;
}

/** A DICOM person name as people read it: "Rao^Asha" is "Asha Rao". */
export function readableName(personName: string) {
  const [family = "", given = "", middle = "", prefix = "", suffix = ""] = (personName.split("=")[0] ?? "").split("^");
  return [prefix, given, middle, family, suffix].map((part) => part.trim()).filter((part) => part !== "").join(" ");
}

/** Text to search in and with: small letters without accents. */
export function searchable(text: string) {
  return text.normalize("NFD").replace(/\p{M}/gu, (mark) => /[\u0300-\u036f]/.test(mark) ? "" : mark).toLowerCase();
}
