import type { MeasurementLine, ObstetricLine, ObstetricSummary } from "../../src/web/contract/studies.ts";
import { dateInWords } from "./format.ts";
import { text } from "./text.ts";
import { inWords } from "./translate.ts";

/** A value as a person reads it: a day as days are written here, the rest as the box has it. */
export function valueInWords({ text: shown, value, context }: Pick<MeasurementLine, "text" | "value" | "context">) {
  return context.valueType === "DATE" && /^\d{4}-\d\d-\d\d$/.test(value) ? dateInWords(value) : shown;
}

/** What qualifies a value, and why a person should look at it, which never stands without. */
export function qualifiersInWords({ detail, note, coded }: Pick<MeasurementLine, "detail" | "note" | "coded">) {
  return [detail, inWords(coded ?? {}, note)].filter(Boolean).join(" · ");
}

/** What the machine calls a fact of a pregnancy, what it reckoned it from, and why a person should look at it. */
export function factDetail(line: ObstetricLine) {
  return [line.name, qualifiersInWords(line)].filter(Boolean).join(", ");
}

export function obstetricTitle({ fetus }: Pick<ObstetricSummary, "fetus">) {
  return fetus === "" ? text.viewer.pregnancy : text.viewer.pregnancyOf(fetus);
}
