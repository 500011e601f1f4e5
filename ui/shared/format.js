// Times, ages and names in the clinic's way. Dates of appointments are the clinic's wall clock as text; times at
// which something happened are ISO 8601 in UTC and shown in the box's time zone.

let timeZone;
let language = "en-GB";
/** @type {Map<string, Intl.DateTimeFormat>} */
const formats = new Map();

/** @param {{ timeZone?: string, language?: string }} place */
export function setPlace(place) {
  timeZone = place.timeZone ?? timeZone;
  language = place.language || language;
  formats.clear();
}

/** @param {Intl.DateTimeFormatOptions} options */
function format(options, zone = timeZone) {
  const key = JSON.stringify([options, zone]);
  let made = formats.get(key);
  if (!made) formats.set(key, made = new Intl.DateTimeFormat(language, { ...options, timeZone: zone }));
  return made;
}

/** When something happened, as the clinic's clock showed it: "10:02". @param {string | number | Date | null} at */
export function clockTime(at) {
  return at === null ? "" : format({ hour: "2-digit", minute: "2-digit", hourCycle: "h23" }).format(new Date(at));
}

/** The clinic's day of a moment, YYYY-MM-DD. @param {number | Date} at */
export function dayOf(at) {
  return new Intl.DateTimeFormat("sv-SE", { timeZone }).format(at);
}

/** Minutes since midnight on the clinic's clock. @param {number | Date} at */
export function minuteOfDay(at) {
  return minutesOf(new Intl.DateTimeFormat("sv-SE", { timeZone, hour: "2-digit", minute: "2-digit" }).format(at));
}

/** Minutes since midnight of "HH:MM" or "HH:MM:SS". @param {string} time */
export function minutesOf(time) {
  const [hours, minutes] = time.split(":").map(Number);
  return hours * 60 + minutes;
}

/** "Saturday 1 August". @param {string} day YYYY-MM-DD */
export function dayInWords(day) {
  return format({ weekday: "long", day: "numeric", month: "long" }, "UTC").format(new Date(`${day}T12:00:00Z`));
}

/** "Sat 1 Aug". @param {string} day YYYY-MM-DD */
export function dayInShort(day) {
  return format({ weekday: "short", day: "numeric", month: "short" }, "UTC").format(new Date(`${day}T12:00:00Z`));
}

/** "17 May 1990". @param {string} day YYYY-MM-DD */
export function dateInWords(day) {
  return format({ day: "numeric", month: "short", year: "numeric" }, "UTC").format(new Date(`${day}T12:00:00Z`));
}

/** A day before or after. @param {string} day YYYY-MM-DD @param {number} days */
export function dayAfter(day, days) {
  const date = new Date(`${day}T12:00:00Z`);
  date.setUTCDate(date.getUTCDate() + days);
  return date.toISOString().slice(0, 10);
}

/**
 * Age on a day: years, or for small children months or days.
 *
 * @param {string | null} birthDate YYYY-MM-DD
 * @param {string} day YYYY-MM-DD
 * @returns {{ count: number, unit: "years" | "months" | "days" } | undefined}
 */
export function ageOn(birthDate, day) {
  if (!birthDate || birthDate > day) return undefined;
  const [birthYear, birthMonth, birthDay] = birthDate.split("-").map(Number);
  const [year, month, dayOfMonth] = day.split("-").map(Number);
  const months = (year - birthYear) * 12 + (month - birthMonth) - (dayOfMonth < birthDay ? 1 : 0);
  if (months >= 24) return { count: Math.floor(months / 12), unit: "years" };
  if (months >= 2) return { count: months, unit: "months" };
  return { count: Math.round((Date.parse(day) - Date.parse(birthDate)) / 86_400_000), unit: "days" };
}

/** @param {{ firstName: string, lastName: string }} patient */
export function fullName({ firstName, lastName }) {
  return [firstName, lastName].filter((part) => part !== "").join(" ");
}

/** A DICOM person name as people read it: "Rao^Asha" is "Asha Rao". @param {string} personName */
export function readableName(personName) {
  const [family = "", given = "", middle = "", prefix = "", suffix = ""] = (personName.split("=")[0] ?? "").split("^");
  return [prefix, given, middle, family, suffix].map((part) => part.trim()).filter((part) => part !== "").join(" ");
}

/** Text to search in and with: small letters without accents. @param {string} text */
export function searchable(text) {
  return text.normalize("NFD").replace(/\p{M}/gu, (mark) => /[\u0300-\u036f]/.test(mark) ? "" : mark).toLowerCase();
}
