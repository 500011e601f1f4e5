/** Digits of any script as 0 to 9: ४५ is 45. */
export function latinDigits(typed: string): string {
  return typed.replace(/\p{Nd}/gu, (digit) => {
    // the digits of a script stand beside each other, zero first
    let first = digit.codePointAt(0)!;
    while (/\p{Nd}/u.test(String.fromCodePoint(first - 1))) first--;
    return String((digit.codePointAt(0)! - first) % 10);
  });
}

/**
 * A date as it is typed, with the strokes that reception need not type: digits become `17/05/1990`. What somebody
 * divides otherwise stays as it is.
 */
export function withStrokes(written: string) {
  const typed = latinDigits(written);
  if (!/^(\d{0,8}|\d\d\/\d{0,7}|\d\d\/\d\d\/\d{0,5})$/.test(typed)) return typed;
  const digits = typed.replaceAll("/", "").slice(0, 8);
  return [digits.slice(0, 2), digits.slice(2, 4), digits.slice(4)].filter(Boolean).join("/");
}

/**
 * The day that was typed, day first: YYYY-MM-DD, or undefined where it is none (yet).
 *
 * @param typed such as 17/05/1990, 7.5.1990, 7-5-1990
 */
export function typedDate(typed: string) {
  const [, day = "", month = "", year = ""] = /^(\d{1,2})[/. -](\d{1,2})[/. -](\d{4})$/.exec(typed.trim()) ?? [];
  const date = `${year}-${month.padStart(2, "0")}-${day.padStart(2, "0")}`;
  const time = Date.parse(`${date}T00:00:00Z`);
  return Number.isNaN(time) || new Date(time).toISOString().slice(0, 10) !== date ? undefined : date;
}
