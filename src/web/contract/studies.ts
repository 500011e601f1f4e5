import type { ContentItem, Report } from "../../dicom/report/report.ts";
import type { MeasurementGroup as Grouped, MeasurementLine as Line } from "../../dicom/report/group.ts";
import type { MergedMeasurement } from "../../dicom/report/repeated.ts";
import type { SetAside } from "../../store/drawing_attempts.ts";
import type { Measurement } from "../../store/measurements.ts";
import type { StoredReport } from "../../store/reports.ts";
import type { Star } from "../../store/stars.ts";
import type { StudySummary } from "../../store/study_summary.ts";
import type { Series as StoredSeries, Study as StoredStudy, StudyInstance } from "../../store/study_view.ts";
import type { SentClaim } from "../claim.ts";
import type { Description as Described } from "../pictures.ts";

export type { ContentItem, Report, SentClaim, SetAside, Star, StudyInstance, StudySummary };
export type Description = Described;

/** A study as it is listed: of very many instances the first ones. */
export interface Study extends StoredStudy {
  /** Whose its first object names itself; null where it has none. */
  claim: SentClaim | null | undefined;
  /** For those who read images. */
  stars?: Star[];
  /** Measurements are there, and are not for who asks. */
  measurementsWithheld?: true;
}

/** A study that was asked for alone: each of its objects says whose it names itself. */
export interface StudyDetails extends Study {
  series: SeriesDetails[];
}

export interface SeriesDetails extends StoredSeries {
  instances: InstanceDetails[];
}

export interface InstanceDetails extends StudyInstance {
  claim: SentClaim | undefined;
}

/** One line as a doctor reads it, with what its tap shows. */
export type MeasurementLine =
  & Omit<Line, "measurement">
  & Pick<MergedMeasurement<Measurement>, "code" | "value" | "unit" | "site" | "laterality" | "context" | "reports">;

export interface MeasurementGroup extends Omit<Grouped, "lines"> {
  lines: MeasurementLine[];
}

/** A report with how many values it has, and how many of them the report in its place does not have. */
export interface ReportDetails extends StoredReport {
  values: number;
  notRepeated: number;
}

export interface StudyMeasurements {
  studyInstanceUid: string;
  groups: MeasurementGroup[];
  reports: ReportDetails[];
}
