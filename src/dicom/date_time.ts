/** Dates and times between DICOM's way of writing (PS3.5 6.2: DA, TM) and ISO 8601. */

/** `20260108` (or the retired `2026.01.08`) as `2026-01-08`; "" when it is no date: there is no year 0. */
export function isoDate(da: string): string {
  const match = /^(?!0000)(\d{4})\.?(\d{2})\.?(\d{2})$/.exec(da.trim());
  if (!match) return "";
  const iso = `${match[1]}-${match[2]}-${match[3]}`;
  const time = Date.parse(`${iso}T00:00:00Z`);
  // Date.parse takes 31 February for 3 March
  return Number.isNaN(time) || new Date(time).toISOString().slice(0, 10) !== iso ? "" : iso;
}

/** `101237.5`, `1012` or `10:12:37` as `10:12:37`; "" when it is no time. */
export function isoTime(tm: string): string {
  const match = /^(\d{2})(?::?(\d{2})(?::?(\d{2})(?:\.\d{1,6})?)?)?$/.exec(tm.trim());
  if (!match) return "";
  const [hours, minutes, seconds] = [match[1]!, match[2] ?? "00", match[3] ?? "00"];
  return Number(hours) < 24 && Number(minutes) < 60 && Number(seconds) <= 60 ? `${hours}:${minutes}:${seconds}` : "";
}

/** `2026-01-08` as `20260108`. */
export function dicomDate(iso: string): string {
  return iso.replaceAll("-", "");
}

/** `10:12:37` or `10:12` as `101237`. */
export function dicomTime(iso: string): string {
  return iso.replaceAll(":", "").slice(0, 6).padEnd(6, "0");
}

/** A clock's time as DT has it, in its own time zone and with its offset from UTC: `20260108101237+0530`. */
export function dicomDateTime(time: Date): string {
  const pad = (number: number) => String(number).padStart(2, "0");
  const clock = pad(time.getHours()) + pad(time.getMinutes()) + pad(time.getSeconds());
  const offset = -time.getTimezoneOffset();
  const zone = pad(Math.trunc(Math.abs(offset) / 60)) + pad(Math.abs(offset) % 60);
  return `${dicomDate(localDate(time))}${clock}${offset < 0 ? "-" : "+"}${zone}`;
}

/** A clock's day, `YYYY-MM-DD`, in its own time zone. */
export function localDate(time: Date): string {
  const pad = (number: number) => String(number).padStart(2, "0");
  return `${String(time.getFullYear()).padStart(4, "0")}-${pad(time.getMonth() + 1)}-${pad(time.getDate())}`;
}

/**
 * A patient's age on a day as an AS value (PS3.5 6.2): days below a month, weeks below three, months below two
 * years, then years; "" when the birth date is unknown or in the future.
 */
export function ageOn(birthDate: string | null, date: string): string {
  if (birthDate === null) return "";
  const [birth, on] = [Date.parse(`${birthDate}T00:00:00Z`), Date.parse(`${date}T00:00:00Z`)];
  if (Number.isNaN(birth) || Number.isNaN(on) || on < birth) return "";
  const [b, o] = [new Date(birth), new Date(on)];
  const months = (o.getUTCFullYear() - b.getUTCFullYear()) * 12 + o.getUTCMonth() - b.getUTCMonth() -
    (o.getUTCDate() < b.getUTCDate() ? 1 : 0);
  const days = Math.floor((on - birth) / 86_400_000);
  const [number, unit] = months >= 24
    ? [Math.floor(months / 12), "Y"]
    : months >= 3
    ? [months, "M"]
    : months >= 1
    ? [Math.floor(days / 7), "W"]
    : [days, "D"];
  return `${String(Math.min(number as number, 999)).padStart(3, "0")}${unit}`;
}
