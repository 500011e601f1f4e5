import { html, useEffect, useState } from "./html.ts";
import { text } from "./text.ts";
import { typedDate, withStrokes } from "./typed_date.ts";

interface DateInputProperties {
  name: string;
  /** YYYY-MM-DD, or "" for none. */
  value: string;
  /** Told the day once it is whole, YYYY-MM-DD, and "" where there is none. */
  onDay: (day: string) => void;
}

/** A pattern that no text fits: what is no day is not sent as none. */
const NOTHING = "(?!)";
const ANYTHING = ".*";

/** A day as the clinic writes it, day first: a browser's own field shows it as the browser's language has it. */
export function DateInput({ name, value, onDay }: DateInputProperties) {
  const [typed, setTyped] = useState(written(value));
  // another day than the one that is written was chosen elsewhere
  useEffect(() => {
    if (value !== (typedDate(typed) ?? "")) setTyped(written(value));
  }, [value]);
  const isOdd = typed !== "" && typedDate(typed) === undefined;
  return html`
    <input
      type="text"
      inputmode="numeric"
      maxlength="10"
      autocomplete="off"
      name=${name}
      value=${typed}
      placeholder=${text.walkIn.dayMonthYear}
      aria-invalid=${typed.length >= 10 && isOdd}
      pattern=${isOdd ? NOTHING : ANYTHING}
      onInput=${({ target }: { target: HTMLInputElement }) => {
        const now = withStrokes(target.value);
        setTyped(now);
        onDay(typedDate(now) ?? "");
      }}
    />
  `;
}

/** 2026-11-29 as 29/11/2026. */
function written(day: string): string {
  return day.split("-").reverse().join("/");
}
