import * as v from "valibot";
import { only } from "../fields.ts";
import { say } from "../../sentences.ts";
import type { Store } from "../../store/store.ts";
import { exportCsv, type ExportedStudy } from "../../dicom/report/export_csv.ts";
import { exportFhir } from "../../dicom/report/export_fhir.ts";
import { groupMeasurements } from "../../dicom/report/group.ts";
import { obstetricSummaries } from "../../dicom/report/obstetric_summary.ts";
import { type MergedMeasurement, mergeRepeated, notRepeated } from "../../dicom/report/repeated.ts";
import { isReportClass } from "../../dicom/sop_class.ts";
import type { Measurement } from "../../store/measurements.ts";
import type { StoredReport } from "../../store/reports.ts";
import type { Study } from "../../store/study_view.ts";
import { refuseHeldReport } from "../held.ts";
import { ReportNotReadable } from "../pictures.ts";
import { conflict, notFound } from "../problem.ts";
import { type Asked, file, json, route } from "../route.ts";
import type { Report, StudyMeasurements } from "../contract/studies.ts";

/** `toDecide` for a report that is held, by who must look in order to decide. */
const ReportQuery = v.object({ toDecide: only("true") });

function findStudy(store: Store, uid: string): Study {
  const study = store.studies.find(uid);
  if (!study) throw notFound(say("measurements-no-study"));
  return { ...study, measurements: withAttention(study) };
}

function download(
  { context, store, by }: Asked,
  study: Study,
  body: string,
  contentType: string,
  ending: string,
): Response {
  store.audit.add(by, "measurements downloaded", `study ${study.studyInstanceUid}`, {
    as: ending,
  });
  return context.body(body, 200, {
    "content-type": contentType,
    "content-disposition": `attachment; filename="measurements-${study.studyInstanceUid}.${ending}"`,
    "cache-control": "no-store",
  });
}

async function openReport({ context, pictures }: Asked, uid: string): Promise<Response> {
  try {
    const json = await pictures.report(uid);
    if (json === undefined) throw notFound(say("no-report"));
    return context.body(json, 200, { "content-type": "application/json", "cache-control": "no-store" });
  } catch (error) {
    if (!(error instanceof ReportNotReadable)) throw error;
    throw conflict(say("report-unreadable"));
  }
}

/** What machines measured: as a doctor reads it, for other programs, and each report as it came. */
export const measurementRoutes = [
  route("GET /api/studies/:uid/measurements", {
    who: "reads images",
    summary: "What was measured, as a doctor reads it",
    answer: json<StudyMeasurements>(),
    programs: ["images"],
  }, ({ store, params }) => {
    const study = findStudy(store, params.uid);
    const reports = store.reports.ofStudy(study.studyInstanceUid);
    const grouped = groupMeasurements(mergeRepeated(study.measurements));
    return {
      studyInstanceUid: study.studyInstanceUid,
      obstetric: obstetricSummaries(grouped).map(({ fetus, lines }) => ({ fetus, lines: lines.map(asLine) })),
      groups: grouped.map(({ lines, ...group }) => ({ ...group, lines: lines.map(asLine) })),
      reports: reports.map((report) => withHistory(report, (uid) => store.measurements.ofReport(uid))),
    };
  }),

  route("GET /api/studies/:uid/measurements.csv", {
    who: "reads images",
    summary: "The measurements as a table",
    answer: file("text/csv"),
    programs: ["images"],
  }, (asked) => {
    const { store, params } = asked;
    const study = findStudy(store, params.uid);
    const body = exportCsv(exported(study), mergeRepeated(study.measurements));
    return download(asked, study, body, "text/csv; charset=utf-8", "csv");
  }),

  route("GET /api/studies/:uid/measurements.fhir.json", {
    who: "reads images",
    summary: "The measurements as FHIR R4",
    answer: file("application/fhir+json"),
    programs: ["images"],
  }, (asked) => {
    const { store, params } = asked;
    const study = findStudy(store, params.uid);
    const measurements = mergeRepeated(study.measurements);
    const from = new Set(measurements.map(({ sopInstanceUid }) => sopInstanceUid));
    const reports = store.reports.ofStudy(study.studyInstanceUid).filter((report) => from.has(report.sopInstanceUid));
    const verified = reports.length === from.size && reports.every((report) => report.verification === "VERIFIED");
    const body = exportFhir(exported(study), measurements, verified ? "final" : "preliminary");
    return download(asked, study, body, "application/fhir+json; charset=utf-8", "fhir.json");
  }),

  route("GET /api/instances/:uid/report", {
    who: "reads images",
    summary: "A report as the machine structured it",
    query: ReportQuery,
    answer: json<Report>(),
    programs: ["images"],
  }, async (asked) => {
    const { context, store, params } = asked;
    const instance = store.instances.find(params.uid);
    if (!instance) throw notFound(say("no-report"));
    if (!isReportClass(instance.sopClassUid)) throw notFound(say("not-a-report"));
    refuseHeldReport(store, context, instance.sopInstanceUid);
    return await openReport(asked, instance.sopInstanceUid);
  }),
];

/** A line as a page has it. */
function asLine<Line extends { measurement: MergedMeasurement<Measurement> }>({ measurement, ...line }: Line) {
  return { ...line, ...qualifiersOf(measurement) };
}

/** What a line's tap shows beside its exact value. */
function qualifiersOf({ code, value, unit, site, laterality, context, reports }: MergedMeasurement<Measurement>) {
  return { code, value, unit, site, laterality, context, reports };
}

/** A report with how many values it has, and how many of them the report in its place does not have. */
function withHistory(report: StoredReport, valuesOf: (sopInstanceUid: string) => Measurement[]) {
  const values = valuesOf(report.sopInstanceUid);
  return {
    ...report,
    values: values.length,
    notRepeated: report.replacedBy === null ? 0 : notRepeated(values, valuesOf(report.replacedBy)).length,
  };
}

/** A value of an object that a person should look at says so wherever it goes: by codes, which name nobody else. */
function withAttention({ measurements, reasons }: Study): Measurement[] {
  const byObject = Map.groupBy(reasons, ({ sopInstanceUid }) => sopInstanceUid);
  return measurements.map((measurement) => {
    const own = byObject.get(measurement.sopInstanceUid);
    if (own === undefined) return measurement;
    const attention = [...new Set(own.map(({ code }) => code))].join(", ");
    return { ...measurement, context: { ...measurement.context, attention } };
  });
}

function exported({ patientId, patientName, studyDate, accessionNumber, studyInstanceUid }: Study): ExportedStudy {
  return { patientId, patientName, studyDate, accessionNumber, studyInstanceUid };
}
