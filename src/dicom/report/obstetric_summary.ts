import { isAge, type MeasurementGroup, type MeasurementLine } from "./group.ts";
import type { ReportMeasurement } from "./measurements.ts";

/** What one asks first of a pregnancy, in this order. */
export const OBSTETRIC_FACTS = ["lmp", "edd", "age", "presentation", "fluid", "weight", "percentile"] as const;
/** One of them. */
export type ObstetricFact = typeof OBSTETRIC_FACTS[number];

/** A fact of a pregnancy as the machine says it, with its own name for it: an EDD's says what it was reckoned from. */
export type ObstetricLine<M extends ReportMeasurement = ReportMeasurement> = MeasurementLine<M> & {
  fact: ObstetricFact;
};

/** What a study says of one fetus; `fetus` is "" for what is said of the pregnancy. */
export interface ObstetricSummary<M extends ReportMeasurement = ReportMeasurement> {
  /** As the machine numbers it. */
  fetus: string;
  /** In the order of `OBSTETRIC_FACTS`. */
  lines: ObstetricLine<M>[];
}

/** By LOINC's codes (PS3.16 CID 12003, 12005, 12016, 12019), which machines keep to, and by names. */
const KNOWN: readonly { fact: ObstetricFact; codes: readonly string[]; name: RegExp }[] = [
  { fact: "lmp", codes: ["LN:11955-2", "LN:8665-2"], name: /^lmp\b|last menstrual period/i },
  {
    fact: "edd",
    codes: ["LN:11778-8", "LN:11779-6", "LN:11780-4", "LN:11781-2", "LN:53692-0"],
    name: /^edd\b|estimated (date of delivery|delivery date)|^edc\b/i,
  },
  { fact: "presentation", codes: ["LN:72155-5"], name: /\bpresentation\b/i },
  { fact: "fluid", codes: ["LN:11627-7"], name: /amniotic fluid|\bAFI\b|deepest (vertical )?pocket/i },
  { fact: "percentile", codes: ["LN:11767-1"], name: /(EFW|weight).*(percentile|centile)/i },
  { fact: "weight", codes: ["LN:11727-5"], name: /estimated (fo?etal )?weight|^EFW\b/i },
];
/** What makes a report one of a pregnancy: an age or a fluid alone may be anything's. */
const TELLING: ReadonlySet<ObstetricFact> = new Set(["edd", "presentation", "weight", "age"]);

/**
 * What a study says of a pregnancy, fetus by fetus, as its machine says it: nothing is reckoned here. None where it says
 * nothing of one.
 */
export function obstetricSummaries<M extends ReportMeasurement>(
  groups: readonly MeasurementGroup<M>[],
): ObstetricSummary<M>[] {
  const lines = groups.flatMap(({ fetus, lines }) =>
    lines.flatMap((line) => {
      const fact = factOf(line.measurement);
      return fact === undefined ? [] : [{ fetus, line: { ...line, fact } }];
    })
  );
  if (!lines.some(({ line }) => TELLING.has(line.fact))) return [];
  const fetuses = [...new Set(lines.map(({ fetus }) => fetus))];
  return fetuses.map((fetus) => {
    const own = lines.filter((one) => one.fetus === fetus).map(({ line }) => line);
    return { fetus, lines: OBSTETRIC_FACTS.flatMap((fact) => once(own.filter((line) => line.fact === fact))) };
  });
}

function factOf(measurement: ReportMeasurement): ObstetricFact | undefined {
  const { code, name, context } = measurement;
  // the age by one measurement, and what a mean was made of, are not what the machine sums up
  if (isAge(measurement)) return context.of === undefined ? "age" : undefined;
  const byCode = KNOWN.find(({ codes }) => codes.includes(code));
  if (byCode !== undefined) return byCode.fact;
  if (context.of !== undefined && /percentile|centile/i.test(name) && /weight|EFW/i.test(context.of)) {
    return "percentile";
  }
  return KNOWN.find((one) => one.name.test(name))?.fact;
}

/** Lines that say the same of the same, once. */
function once<M extends ReportMeasurement>(lines: readonly ObstetricLine<M>[]): ObstetricLine<M>[] {
  return lines.filter((line, index) =>
    lines.findIndex((one) => one.name === line.name && one.text === line.text && one.detail === line.detail) === index
  );
}
