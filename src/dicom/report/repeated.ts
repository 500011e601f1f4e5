import type { ReportMeasurement } from "./measurements.ts";

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
  const byKey = new Map<string, MergedMeasurement<M>[]>();
  for (const measurement of measurements) {
    const key = keyOf(measurement);
    const same = byKey.get(key) ?? [];
    byKey.set(key, same);
    const before = same.find(({ reports }) => !reports.includes(measurement.sopInstanceUid));
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

function keyOf({ name, code, value, unit, site, laterality, context }: ReportMeasurement): string {
  const said = Object.entries(context).sort(([one], [other]) => one < other ? -1 : 1);
  return JSON.stringify([name, code, value, unit, site, laterality, said]);
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
