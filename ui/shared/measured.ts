import type { MeasurementLine, ObstetricSummary } from "../../src/web/contract/studies.ts";
import { dateInWords } from "./format.ts";
import { text } from "./text.ts";

/** A value as a person reads it: a day as days are written here, the rest as the box has it. */
export function valueInWords({ text: shown, value, context }: Pick<MeasurementLine, "text" | "value" | "context">) {
  return context.valueType === "DATE" && /^\d{4}-\d\d-\d\d$/.test(value) ? dateInWords(value) : shown;
}

export function obstetricTitle({ fetus }: Pick<ObstetricSummary, "fetus">) {
  return fetus === "" ? text.viewer.pregnancy : text.viewer.pregnancyOf(fetus);
}
