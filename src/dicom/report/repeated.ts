import { measurementKey, type ReportMeasurement } from "./measurements.ts";

/** A value of a study, from one of its reports. */
export interface StudyMeasurement extends ReportMeasurement {
  /** SOP Instance UID of the report. */
  sopInstanceUid: string;
}

/** A value with every report that says it, the first leading. */
export type MergedMeasurement<M extends StudyMeasurement = StudyMeasurement> = M & { reports: string[] };

/**
 * Values of several reports of one study, those that are the same in all but their report as one: machines send a
 * report again and again as an examination goes on. A value that one report says twice stays two.
 */
export function mergeRepeated<M extends StudyMeasurement>(measurements: readonly M[]): MergedMeasurement<M>[] {
  const merged: MergedMeasurement<M>[] = [];
  /** By what is said: the values that say it, and how often each report has said it so far. */
  const byKey = new Map<string, { same: MergedMeasurement<M>[]; said: Map<string, number> }>();
  for (const measurement of measurements) {
    const key = measurementKey(measurement);
    const { same, said } = byKey.get(key) ?? { same: [], said: new Map<string, number>() };
    byKey.set(key, { same, said });
    const times = said.get(measurement.sopInstanceUid) ?? 0;
    said.set(measurement.sopInstanceUid, times + 1);
    const before = same[times];
    if (before === undefined) {
      const added = { ...measurement, reports: [measurement.sopInstanceUid] };
      same.push(added);
      merged.push(added);
    } else {
      before.reports.push(measurement.sopInstanceUid);
    }
  }
  return merged;
}

/** Values of a replaced report that the one in its place has nothing in the place of: what is measured, not how much. */
export function notRepeated<M extends ReportMeasurement>(
  replaced: readonly M[],
  replacing: readonly ReportMeasurement[],
): M[] {
  const said = new Set(replacing.map(subjectOf));
  return replaced.filter((measurement) => !said.has(subjectOf(measurement)));
}

function subjectOf({ name, code, site, laterality, context }: ReportMeasurement): string {
  const { fetus = "", of = "", siteModifier = "", phase = "" } = context;
  return JSON.stringify([code || name, site, laterality, fetus, of, siteModifier, phase]);
}
