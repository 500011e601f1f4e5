import { type Sentence } from "../../sentences.ts";
import { isNumber } from "./decimal.ts";
import { noteByCode, type ReportMeasurement } from "./measurements.ts";

/** One line as a doctor reads it. `text` is rounded for the eye, `exact` is what the machine sent. */
export interface MeasurementLine<M extends ReportMeasurement = ReportMeasurement> {
  /** Code Meaning of the concept. */
  name: string;
  /** For the eye. */
  text: string;
  /** As sent, with its unit. */
  exact: string;
  /** What tells it from its neighbours: phase, mode, method, equation, derivation. */
  detail: string;
  /** What is odd about the value; "" when nothing is. */
  note: string;
  /** The same by its code. */
  coded?: Sentence | undefined;
  /** That the line is of. */
  measurement: M;
}

/** The values of one organ, side and fetus. `fetus` is "" for the mother and where there is none. */
export interface MeasurementGroup<M extends ReportMeasurement = ReportMeasurement> {
  /** "" for the mother and where there is none. */
  fetus: string;
  /** Or the section of the report. */
  organ: string;
  /** "" for none. */
  side: string;
  /** As a heading: `Fetus 1 · Fetal Biometry`, `Left ovary`. */
  title: string;
  /** In the machine's order, the selected value of a name first. */
  lines: MeasurementLine<M>[];
}

/**
 * Measurements in the order in which a doctor reads: fetus by fetus, then the rest; organ by organ and side by side, in
 * the machine's order within. Of several values of one name the selected one leads.
 */
export function groupMeasurements<M extends ReportMeasurement>(measurements: readonly M[]): MeasurementGroup<M>[] {
  const groups = new Map<string, MeasurementGroup<M>>();
  for (const measurement of measurements) {
    const { site, laterality: side, context: { fetus = "", section = "", siteModifier = "" } } = measurement;
    const organ = [site || section, siteModifier].filter((part) => part !== "").join(", ");
    const key = JSON.stringify([fetus, organ, side]);
    let group = groups.get(key);
    if (group === undefined) {
      groups.set(key, group = { fetus, organ, side, title: titleOf(fetus, organ, side), lines: [] });
    }
    group.lines.push(lineOf(measurement));
  }
  const found = [...groups.values()];
  for (const group of found) group.lines = selectedFirst(group.lines);
  const fetuses = [...new Set(found.map(({ fetus }) => fetus))].sort((a, b) =>
    (a === "" ? 1 : 0) - (b === "" ? 1 : 0) || a.localeCompare(b, "en", { numeric: true })
  );
  return fetuses.flatMap((fetus) => found.filter((group) => group.fetus === fetus));
}

function titleOf(fetus: string, organ: string, side: string): string {
  const place = side === "" || organ.toLowerCase().includes(side.toLowerCase())
    ? organ
    : organ === ""
    ? side
    : `${side} ${lowerFirst(organ)}`;
  const who = fetus === "" ? "" : /^fetus/i.test(fetus) ? fetus : `Fetus ${fetus}`;
  return [who, place].filter((part) => part !== "").join(" · ");
}

/** `Ovary` within a heading; `LVOT` stays. */
function lowerFirst(text: string): string {
  return /^[A-Z][a-z]/.test(text) ? text[0]!.toLowerCase() + text.slice(1) : text;
}

function lineOf<M extends ReportMeasurement>(measurement: M): MeasurementLine<M> {
  const { context, value, unit } = measurement;
  const details = [context.of && `of ${context.of}`, context.phase, context.mode, context.method, context.equation];
  if (context.derivation !== undefined) details.push(context.derivation);
  return {
    name: measurement.name,
    text: displayValue(measurement),
    exact: `${value} ${unit}`.trim(),
    detail: details.filter((part) => part).join(", "),
    note: context.note ?? "",
    coded: noteByCode(context.note ?? ""),
    measurement,
  };
}

function selectedFirst<M extends ReportMeasurement>(lines: MeasurementLine<M>[]): MeasurementLine<M>[] {
  const byName = new Map<string, MeasurementLine<M>[]>();
  for (const line of lines) {
    const key = `${line.measurement.code} ${line.name} ${line.measurement.context.of ?? ""}`;
    byName.set(key, [...(byName.get(key) ?? []), line]);
  }
  const isSelected = (line: MeasurementLine<M>) => line.measurement.context.selection === undefined ? 1 : 0;
  return [...byName.values()].flatMap((same) => same.toSorted((a, b) => isSelected(a) - isSelected(b)));
}

/** Codes of gestational ages, which people read as weeks and days. */
const AGES: ReadonlySet<string> = new Set([
  ...["LN:18185-9", "LN:11888-5", "LN:11884-4", "LN:11885-1", "LN:11886-9", "LN:49051-6", "LN:49052-4"],
]);
const AGE_NAME = /^(?!ed[dc]\b).*(gestational age|ultrasound age)/i;
/** Days in the units that ages come in. */
const DAYS: readonly [unit: RegExp, days: number][] = [[/^(d|days?)$/i, 1], [/^(wk|wks|weeks?)$/i, 7]];

/**
 * A value for the eye, in the machine's unit: three significant digits where it has more, whole numbers whole, a
 * gestational age of days or weeks as weeks and days. What is no number stands as it was sent.
 */
export function displayValue(measurement: ReportMeasurement): string {
  const { value, unit, context } = measurement;
  if (value === "") return context.qualifier ?? "–";
  if (!isNumber(measurement)) return `${value} ${unit}`.trim();
  const days = isAge(measurement) ? daysOf(measurement) : undefined;
  if (days !== undefined && days >= 7) return `${Math.floor(days / 7)}w ${days % 7}d`;
  return `${rounded(value)} ${unit}`.trim().replace(/ (%|°)$/, "$1");
}

/** Whether a value is a gestational age. */
export function isAge({ code, name }: ReportMeasurement): boolean {
  return AGES.has(code) || AGE_NAME.test(name);
}

/** An age in whole days; undefined where its unit is another. */
function daysOf({ value, unit, context }: ReportMeasurement): number | undefined {
  const [, days] =
    DAYS.find(([known]) => known.test(context.unitCode?.replace("UCUM:", "") ?? "") || known.test(unit)) ??
      [];
  return days === undefined ? undefined : Math.round(Number(value) * days);
}

/** At most three significant digits and never more than were sent; digits before the point are all kept. */
function rounded(value: string): string {
  const number = Number(value);
  if (!/^[+-]?\d*\.?\d*$/.test(value)) return String(Number(number.toPrecision(3)));
  const sent = value.split(".")[1]?.length ?? 0;
  const magnitude = number === 0 ? 0 : Math.floor(Math.log10(Math.abs(number)));
  const decimals = Math.min(sent, Math.max(0, 2 - magnitude));
  return number.toFixed(Math.min(decimals, 20));
}
