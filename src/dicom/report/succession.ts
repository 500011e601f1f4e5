/** A report, and the documents it names as its predecessors. */
export interface ReportLink {
  /** Of a report. */
  sopInstanceUid: string;
  /** SOP Instance UIDs of those that it says it replaces. */
  predecessors: readonly string[];
}

/**
 * Which report each replaced one is replaced by, by SOP Instance UID: reports that are not in the answer hold.
 *
 * A document's predecessors are those whose content it includes, wholly or in part, with or without modification
 * (PS3.3 C.17.2, Predecessor Documents Sequence): it takes their place. One without predecessors adds to the others.
 * The order in which they came does not matter. Reports that name each other in a circle say nothing: all of them hold.
 */
export function replacedReports(reports: readonly ReportLink[]): Map<string, string> {
  const byUid = new Map(reports.map((report) => [report.sopInstanceUid, report]));
  const replaced = new Map<string, string>();
  for (const report of reports) {
    for (const predecessor of report.predecessors) {
      if (!byUid.has(predecessor) || leadsTo(predecessor, report.sopInstanceUid, byUid)) continue;
      replaced.set(predecessor, report.sopInstanceUid);
    }
  }
  return replaced;
}

/** Whether a report has another among its predecessors, or theirs. */
function leadsTo(from: string, to: string, reports: ReadonlyMap<string, ReportLink>): boolean {
  const waiting = [from];
  const seen = new Set(waiting);
  for (let uid = waiting.pop(); uid !== undefined; uid = waiting.pop()) {
    if (uid === to) return true;
    for (const predecessor of reports.get(uid)?.predecessors ?? []) {
      if (!seen.has(predecessor)) waiting.push(predecessor);
      seen.add(predecessor);
    }
  }
  return false;
}
