import { isDecimal } from "./decimal.ts";
import type { ReportMeasurement } from "./measurements.ts";

/** Which examination the values are of, for the first columns of each row. */
export interface ExportedStudy {
  /** Patient ID (0010,0020). */
  patientId: string;
  /** As a person reads it. */
  patientName: string;
  /** ISO 8601, "" when unknown. */
  studyDate: string;
  /** "" for none. */
  accessionNumber: string;
  /** Study Instance UID (0020,000D). */
  studyInstanceUid: string;
}

const CONTEXT_COLUMNS = [
  "fetus",
  "vessel",
  "siteModifier",
  "section",
  "of",
  "mode",
  "phase",
  "method",
  "equation",
  "derivation",
  "selection",
  "trackingId",
  "unitCode",
  "image",
  "frame",
  "note",
  "valueType",
  "valueCode",
  "lateralityCode",
] as const;

/**
 * Measurements as CSV (RFC 4180): a header, a row a value, UTF-8 with a byte order mark, by which spreadsheets know it.
 * Values are as sent. A text that a spreadsheet would run as a formula is led by an apostrophe.
 */
export function exportCsv(
  study: ExportedStudy,
  measurements: readonly (ReportMeasurement & { sopInstanceUid?: string })[],
): string {
  const header = [
    ...["patientId", "patientName", "studyDate", "accessionNumber", "studyInstanceUid", "sopInstanceUid"],
    ...["name", "code", "value", "unit", "site", "laterality"],
    ...CONTEXT_COLUMNS,
    "context",
  ];
  const rows = measurements.map((measurement) => {
    const { context } = measurement;
    const rest = Object.entries(context).filter(([key]) => !(CONTEXT_COLUMNS as readonly string[]).includes(key));
    return [
      ...[study.patientId, study.patientName, study.studyDate, study.accessionNumber, study.studyInstanceUid],
      measurement.sopInstanceUid ?? "",
      ...[measurement.name, measurement.code, measurement.value, measurement.unit, measurement.site],
      measurement.laterality,
      ...CONTEXT_COLUMNS.map((column) => context[column] ?? ""),
      rest.map(([key, value]) => `${key}=${value}`).join("; "),
    ];
  });
  return `\ufeff${[header, ...rows].map((row) => row.map(field).join(",") + "\r\n").join("")}`;
}

function field(text: string): string {
  // a decimal comma is a machine's too
  const safe = /^[=+\-@\t\r]/.test(text) && !isDecimal(text.replace(",", ".")) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
