import type { ContentItem, Report } from "../../dicom/report/report.ts";
import type { MeasurementGroup as Grouped, MeasurementLine as Line } from "../../dicom/report/group.ts";
import type { ObstetricFact } from "../../dicom/report/obstetric_summary.ts";
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
/** What a viewer must know of an object. */
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
  /** In their order. */
  series: SeriesDetails[];
}

/** A series with its objects. */
export interface SeriesDetails extends StoredSeries {
  /** In their order. */
  instances: InstanceDetails[];
}

/** An object with what it came as. */
export interface InstanceDetails extends StudyInstance {
  /** As whose it came. */
  claim: SentClaim | undefined;
}

/** One line as a doctor reads it, with what its tap shows. */
export type MeasurementLine =
  & Omit<Line, "measurement">
  & Pick<MergedMeasurement<Measurement>, "code" | "value" | "unit" | "site" | "laterality" | "context" | "reports">;

/** The values of one organ, side and fetus. */
export interface MeasurementGroup extends Omit<Grouped, "lines"> {
  /** In the machine's order, the selected value of a name first. */
  lines: MeasurementLine[];
}

/** A report with how many values it has, and how many of them the report in its place does not have. */
export interface ReportDetails extends StoredReport {
  /** That it has. */
  values: number;
  /** Of these, values that the report which replaced it does not have. */
  notRepeated: number;
}

/** One fact of a pregnancy. */
export type ObstetricLine = MeasurementLine & { fact: ObstetricFact };

/** What a study says of a pregnancy: of one fetus, or of the pregnancy where `fetus` is "". */
export interface ObstetricSummary {
  /** As the machine numbers it. */
  fetus: string;
  /** LMP, EDD, age, presentation, fluid, weight and its percentile, of these what is there. */
  lines: ObstetricLine[];
}

/** What was measured in a study. */
export interface StudyMeasurements {
  /** Study Instance UID (0020,000D). */
  studyInstanceUid: string;
  /** What it says of a pregnancy; none where it says nothing of one. */
  obstetric: ObstetricSummary[];
  /** As a doctor reads it. */
  groups: MeasurementGroup[];
  /** In the order in which they came. */
  reports: ReportDetails[];
}
