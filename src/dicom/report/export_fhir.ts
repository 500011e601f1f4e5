import type { ExportedStudy } from "./export_csv.ts";
import { isNumber } from "./decimal.ts";
import { isoDay } from "./statements.ts";
import type { ReportMeasurement } from "./measurements.ts";

/** FHIR's names of coding schemes (HL7 Terminology; PS3.16 8, Table 8-1). */
const SYSTEMS: ReadonlyMap<string, string> = new Map([
  ["LN", "http://loinc.org"],
  ["SCT", "http://snomed.info/sct"],
  ["DCM", "http://dicom.nema.org/resources/ontology/DCM"],
  ["UCUM", "http://unitsofmeasure.org"],
  ...["SRT", "SNM3", "99SDM"].map((scheme) => [scheme, "http://snomed.info/srt"] as const),
]);

const UCUM = "http://unitsofmeasure.org";

/**
 * Measurements as a FHIR R4 Bundle of Observations (type `collection`), as JSON text: values are decimals with the very
 * digits that were sent. What a value's context says and FHIR has no element for is a note.
 *
 * @param status `final` where the report is verified, else `preliminary`
 */
export function exportFhir(
  study: ExportedStudy,
  measurements: readonly (ReportMeasurement & { sopInstanceUid?: string })[],
  status: "final" | "preliminary" = "preliminary",
): string {
  const entry = measurements.map((measurement, index) => ({
    fullUrl: `urn:uuid:${uuidOf(study, measurement, index)}`,
    resource: observation(tidy(study), { ...tidy(measurement), context: tidy(measurement.context) }, status),
  }));
  return JSON.stringify(
    { resourceType: "Bundle", type: "collection", ...(entry.length > 0 ? { entry } : {}) },
    null,
    2,
  );
}

/** Texts as FHIR has them: none with control characters, and none blank or with blanks around it. */
function tidy<T extends object>(texts: T): T {
  return Object.fromEntries(
    Object.entries(texts).map(([key, text]) => // deno-lint-ignore no-control-regex
    [key, typeof text === "string" ? text.replace(/[\0-\x08\x0b\x0c\x0e-\x1f]/g, "").trim() : text]),
  ) as T;
}

function observation(
  study: ExportedStudy,
  measurement: ReportMeasurement & { sopInstanceUid?: string },
  status: string,
): unknown {
  const { context } = measurement;
  const derivedFrom = [
    studyReference(study.studyInstanceUid),
    objectReference("Structured report", measurement.sopInstanceUid),
    objectReference(context.frame === undefined ? "Image" : `Image, frame ${context.frame}`, context.image),
  ].filter((reference) => reference !== undefined);
  const bodySite = [measurement.laterality, measurement.site, context.siteModifier].filter((part) => part).join(" ");
  const method = [context.method, context.equation].filter((part) => part).join(", ");
  const notes = notesOf(context);
  return {
    resourceType: "Observation",
    status,
    category: [{
      coding: [{ system: "http://terminology.hl7.org/CodeSystem/observation-category", code: "imaging" }],
    }],
    code: concept(measurement.code, measurement.name),
    ...(study.patientId || study.patientName
      ? {
        subject: {
          type: "Patient",
          ...(study.patientId ? { identifier: { value: study.patientId } } : {}),
          ...(study.patientName ? { display: study.patientName } : {}),
        },
      }
      : {}),
    ...(context.fetus ? { focus: [{ display: `Fetus ${context.fetus}` }] } : {}),
    ...(study.studyDate ? { effectiveDateTime: study.studyDate } : {}),
    ...valueOf(measurement),
    ...(bodySite ? { bodySite: concept(context.siteCode ?? "", bodySite, measurement.site) } : {}),
    ...lateralityOf(measurement),
    ...(method ? { method: { text: method } } : {}),
    ...(derivedFrom.length > 0 ? { derivedFrom } : {}),
    ...(notes.length > 0 ? { note: notes.map((text) => ({ text })) } : {}),
  };
}

/** Laterality in SNOMED CT (PS3.16 CID 244), by its code there, by that of SNOMED's older scheme, and by its name. */
const SIDES: readonly { code: string; display: string; known: RegExp }[] = [
  { code: "7771000", display: "Left", known: /^(G-A101|7771000|left)$/i },
  { code: "24028007", display: "Right", known: /^(G-A100|24028007|right)$/i },
  { code: "51440002", display: "Right and left", known: /^(G-A102|51440002|right and left|bilateral|both)$/i },
  { code: "66459002", display: "Unilateral", known: /^(G-A103|66459002|unilateral)$/i },
];
const SNOMED = "http://snomed.info/sct";
const LATERALITY = { system: SNOMED, code: "272741003", display: "Laterality" };

/** The side as a component: a body site has but one code (R4 Observation.bodySite). */
function lateralityOf({ code: measured, laterality, context }: ReportMeasurement): Record<string, unknown> {
  // what is measured may not be a component of itself (obs-7)
  if (laterality === "" || splitCode(measured)[1] === LATERALITY.code) return {};
  const [, code] = splitCode(context.lateralityCode ?? "");
  const side = SIDES.find(({ known }) => known.test(code)) ?? SIDES.find(({ known }) => known.test(laterality));
  const value = side === undefined
    ? concept(context.lateralityCode ?? "", laterality)
    : { coding: [{ system: SNOMED, code: side.code, display: side.display }], text: laterality };
  return { component: [{ code: { coding: [LATERALITY], text: "Laterality" }, valueCodeableConcept: value }] };
}

function valueOf(measurement: ReportMeasurement): Record<string, unknown> {
  const { value, unit, context } = measurement;
  if (value === "") {
    return { dataAbsentReason: { text: context.qualifier || "The machine sent no value" } };
  }
  if (context.valueType === "DATE" && isoDay(value) !== undefined) return { valueDateTime: value };
  if (context.valueType === "CODE") return { valueCodeableConcept: concept(context.valueCode ?? "", value) };
  if (!isNumber(measurement)) return { valueString: `${value} ${unit}`.trim() };
  const [scheme, code] = splitCode(context.unitCode ?? "");
  return {
    valueQuantity: {
      value: rawNumber(value),
      ...(unit || context.unitMeaning ? { unit: unit || context.unitMeaning } : {}),
      ...(scheme === "UCUM" && code ? { system: UCUM, code } : {}),
    },
  };
}

/** A Decimal String as a JSON number of the same digits: JSON has no leading plus, zero or bare point. */
function rawNumber(value: string): unknown {
  const [, sign = "", whole = "", fraction = "", exponent = ""] =
    /^[+]?(-?)0*(\d*)(?:\.(\d*))?([eE][+-]?\d+)?$/.exec(value) ?? [];
  const text = `${sign}${whole || "0"}${fraction ? `.${fraction}` : ""}${exponent}`;
  return (JSON as unknown as { rawJSON(text: string): unknown }).rawJSON(text);
}

function concept(code: string, text: string, display = text): Record<string, unknown> {
  const [scheme, value] = splitCode(code);
  if (!value) return { text: text || "Without a name" };
  // a vendor's own scheme has no name of its own in FHIR: its designator, as a URN that clashes with none
  const system = SYSTEMS.get(scheme) ?? (scheme ? `urn:dicom:scheme:${encodeURIComponent(scheme)}` : undefined);
  const coding = [{ ...(system ? { system } : {}), code: value, ...(display ? { display } : {}) }];
  return { coding, ...(text ? { text } : {}) };
}

function splitCode(code: string): [scheme: string, value: string] {
  const colon = code.indexOf(":");
  // a code has single blanks within it at most
  const plain = (part: string) => part.trim().replace(/\s+/g, " ");
  return colon === -1 ? ["", plain(code)] : [plain(code.slice(0, colon)), plain(code.slice(colon + 1))];
}

function studyReference(uid: string): unknown {
  return uid === ""
    ? undefined
    : { type: "ImagingStudy", identifier: { system: "urn:dicom:uid", value: `urn:oid:${uid}` } };
}

function objectReference(display: string, uid: string | undefined): unknown {
  return uid ? { display, identifier: { system: "urn:dicom:uid", value: `urn:oid:${uid}` } } : undefined;
}

/** Keys that have found a place elsewhere in the observation. */
const PLACED: ReadonlySet<string> = new Set([
  ...["fetus", "method", "equation", "image", "frame", "unitCode", "unitMeaning", "siteCode", "siteModifier"],
  ...["qualifier", "vessel", "sent", "lateralityCode", "valueType", "valueCode"],
]);

function notesOf(context: Record<string, string>): string[] {
  return Object.entries(context).filter(([key, text]) => !PLACED.has(key) && text !== "").map(([key, text]) =>
    `${key}: ${text}`
  );
}

/** A name that stays the same from one download to the next (RFC 9562 version 8, of a simple hash). */
function uuidOf(study: ExportedStudy, measurement: ReportMeasurement & { sopInstanceUid?: string }, index: number) {
  const seed = [study.studyInstanceUid, measurement.sopInstanceUid ?? "", measurement.code, String(index)].join("\n");
  const words = [0x9e3779b1, 0x85ebca6b, 0xc2b2ae35, 0x27d4eb2f].map((start) => {
    let hash = start;
    for (let at = 0; at < seed.length; at++) hash = Math.imul(hash ^ seed.charCodeAt(at), 0x01000193) ^ (hash >>> 15);
    return (hash >>> 0).toString(16).padStart(8, "0");
  });
  const hex = words.join("");
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}
