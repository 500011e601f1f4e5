import type { Dataset } from "../dataset.ts";
import { Tag } from "../dictionary.ts";
import { type Code, readCode } from "./code.ts";

/** An image, or another object, that a content item refers to. `frames` count from 1; none means all of it. */
export interface ObjectReference {
  /** SOP Class UID (0008,1150). */
  sopClassUid: string;
  /** SOP Instance UID (0008,1155). */
  sopInstanceUid: string;
  /** From 1; none where the whole object is meant. */
  frames: number[];
}

/** One node of a report's tree (PS3.3 C.17.3). What a machine left out is "" or undefined, never an error. */
export interface ContentItem {
  /** Relationship to the parent, such as CONTAINS or HAS CONCEPT MOD; "" at the root. */
  relationship: string;
  /** CONTAINER, NUM, CODE, TEXT, IMAGE, …; "" for an item that only points at another (by-reference). */
  valueType: string;
  /** What it is about (PS3.3 C.17.3, Concept Name Code Sequence). */
  concept: Code | undefined;
  /** The value as text: that of TEXT, NUM, DATE, TIME, DATETIME, PNAME and UIDREF as sent, of CODE its meaning. */
  value: string;
  /** Of CODE. */
  code?: Code;
  /** Of NUM. */
  unit?: Code;
  /** Of NUM: why there is no value, or how to take it (Numeric Value Qualifier). */
  qualifier?: Code;
  /** Of IMAGE, COMPOSITE and WAVEFORM. */
  references: ObjectReference[];
  /** Of a by-reference item: the way from the root, of positions counted from 1 (PS3.3 C.17.3.2.5). */
  target?: number[];
  /** Of CONTAINER: the template that it follows, such as 5000. */
  template: string;
  /** Content Sequence (0040,A730). */
  children: ContentItem[];
  /** It stands for an item that may not be told (see fetal_sex.ts), so that the others keep their places. */
  withheld?: true;
}

/** A structured report, its header and its tree. */
export interface Report {
  /** SOP Class UID (0008,0016). */
  sopClassUid: string;
  /** SOP Instance UID (0008,0018). */
  sopInstanceUid: string;
  /** Study Instance UID (0020,000D). */
  studyInstanceUid: string;
  /** What the document is called. */
  title: string;
  /** Completion Flag (0040,A491): PARTIAL, COMPLETE or "". */
  completion: string;
  /** Verification Flag (0040,A493): UNVERIFIED, VERIFIED or "". */
  verification: string;
  /** Content Date and Time as sent. */
  date: string;
  /** Content Time (0008,0033), as sent. */
  time: string;
  /** Manufacturer (0008,0070). */
  manufacturer: string;
  /** Manufacturer's Model Name (0008,1090). */
  model: string;
  /** SOP Instance UIDs of the documents that this one takes the place of or adds to (Predecessor Documents Sequence). */
  predecessors: string[];
  /** Its tree. */
  root: ContentItem;
}

/**
 * The report in a data set: any tree, of any template or of none. An object that is no report gives a root without
 * children.
 */
export function readReport(dataset: Dataset): Report {
  const root = readItem(dataset);
  return {
    sopClassUid: dataset.text("SOPClassUID"),
    sopInstanceUid: dataset.text("SOPInstanceUID"),
    studyInstanceUid: dataset.text("StudyInstanceUID"),
    title: root.concept?.meaning ?? "",
    completion: dataset.text("CompletionFlag"),
    verification: dataset.text("VerificationFlag"),
    date: dataset.text("ContentDate"),
    time: dataset.text("ContentTime"),
    manufacturer: dataset.text("Manufacturer"),
    model: dataset.text("ManufacturerModelName"),
    predecessors: dataset.items("PredecessorDocumentsSequence").flatMap((study) =>
      study.items("ReferencedSeriesSequence").flatMap((series) =>
        series.items("ReferencedSOPSequence").map((object) => object.text("ReferencedSOPInstanceUID"))
      )
    ).filter((uid) => uid !== ""),
    root,
  };
}

/** All items of a tree, each before its children, in the order sent. */
export function* itemsOf(item: ContentItem): Generator<ContentItem> {
  yield item;
  for (const child of item.children) yield* itemsOf(child);
}

function readItem(dataset: Dataset): ContentItem {
  const valueType = dataset.text("ValueType");
  return {
    relationship: dataset.text("RelationshipType"),
    valueType,
    concept: readCode(dataset, "ConceptNameCodeSequence"),
    references: readReferences(dataset),
    template: dataset.items("ContentTemplateSequence")[0]?.text("TemplateIdentifier") ?? "",
    ...readValue(valueType, dataset),
    ...(valueType === "" && dataset.has(Tag.ReferencedContentItemIdentifier)
      ? { target: dataset.numbers("ReferencedContentItemIdentifier") }
      : {}),
    children: dataset.items("ContentSequence").map(readItem),
  };
}

function readValue(
  valueType: string,
  dataset: Dataset,
): { value: string; code?: Code; unit?: Code; qualifier?: Code } {
  switch (valueType) {
    case "NUM":
      return readNumber(dataset);
    case "CODE": {
      const code = readCode(dataset, "ConceptCodeSequence");
      return code === undefined ? { value: "" } : { value: code.meaning || code.value, code };
    }
    case "TEXT":
      return { value: dataset.text("TextValue") };
    case "DATE":
      return { value: dataset.text("Date") };
    case "TIME":
      return { value: dataset.text("Time") };
    case "DATETIME":
      return { value: dataset.text("DateTime") };
    case "PNAME":
      return { value: dataset.text("PersonName") };
    case "UIDREF":
      return { value: dataset.text("UID") };
    default:
      return { value: "" };
  }
}

/** Numeric Measurement (PS3.3 C.18.1): the decimal text as sent, not read as a number. */
function readNumber(dataset: Dataset): { value: string; unit?: Code; qualifier?: Code } {
  const measured = dataset.items("MeasuredValueSequence")[0];
  const unit = measured && readCode(measured, "MeasurementUnitsCodeSequence");
  const qualifier = readCode(dataset, "NumericValueQualifierCodeSequence");
  const sent = measured?.texts("NumericValue").join("\\") ?? "";
  return {
    value: sent || String(measured?.number("FloatingPointValue") ?? ""),
    ...(unit === undefined ? {} : { unit }),
    ...(qualifier === undefined ? {} : { qualifier }),
  };
}

function readReferences(dataset: Dataset): ObjectReference[] {
  return dataset.items("ReferencedSOPSequence").map((object) => ({
    sopClassUid: object.text("ReferencedSOPClassUID"),
    sopInstanceUid: object.text("ReferencedSOPInstanceUID"),
    frames: object.numbers("ReferencedFrameNumber"),
  })).filter(({ sopInstanceUid }) => sopInstanceUid !== "");
}

/**
 * What an image itself says was measured when it was taken: the numbers of its Acquisition Context (PS3.3 C.7.6.14),
 * as a report of one container. Calibration (0018,6011) is how to measure, not a measurement.
 */
export function acquisitionReport(dataset: Dataset): Report {
  const report = readReport(dataset);
  const children = dataset.items("AcquisitionContextSequence").map((item): ContentItem => {
    const unit = readCode(item, "MeasurementUnitsCodeSequence");
    const valueType = item.text("ValueType").replace("NUMERIC", "NUM");
    const isNumber = valueType === "NUM" || (valueType === "" && item.text("NumericValue") !== "");
    return {
      relationship: isNumber ? "CONTAINS" : "HAS ACQ CONTEXT",
      ...readValue(valueType, item),
      valueType: isNumber ? "NUM" : valueType,
      concept: readCode(item, "ConceptNameCodeSequence"),
      ...(isNumber ? { value: item.texts("NumericValue").join("\\"), ...(unit === undefined ? {} : { unit }) } : {}),
      references: [],
      template: "",
      children: [],
    };
  });
  const image: ObjectReference = { sopClassUid: report.sopClassUid, sopInstanceUid: report.sopInstanceUid, frames: [] };
  const container: ContentItem = {
    ...{ relationship: "CONTAINS", valueType: "CONTAINER", value: "", template: "", references: [] },
    concept: { value: "", scheme: "", meaning: "Acquisition context" },
    children: [
      ...children,
      { ...emptyItem("IMAGE"), references: [image] },
    ],
  };
  return { ...report, root: { ...report.root, children: [container] } };
}

function emptyItem(valueType: string): ContentItem {
  return {
    relationship: "CONTAINS",
    valueType,
    concept: undefined,
    value: "",
    references: [],
    template: "",
    children: [],
  };
}
