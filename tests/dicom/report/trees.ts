import { Dataset } from "../../../src/dicom/dataset.ts";
import { type Keyword, Tag } from "../../../src/dicom/dictionary.ts";

/** A code as tests write it: `scheme:value:meaning`. */
export type CodeText = `${string}:${string}:${string}`;

export function code(text: CodeText): Dataset {
  const [scheme, value, ...meaning] = text.split(":") as [string, string, ...string[]];
  return new Dataset().setText(Tag.CodeValue, "SH", value).setText(Tag.CodingSchemeDesignator, "SH", scheme)
    .setText(Tag.CodeMeaning, "LO", meaning.join(":"));
}

function item(valueType: string, relationship: string, concept: CodeText | undefined, children: Dataset[]): Dataset {
  const made = new Dataset().setText(Tag.RelationshipType, "CS", relationship).setText(Tag.ValueType, "CS", valueType);
  if (concept !== undefined) made.setItems(Tag.ConceptNameCodeSequence, [code(concept)]);
  return children.length > 0 ? made.setItems(Tag.ContentSequence, children) : made;
}

export function container(concept: CodeText | undefined, ...children: Dataset[]): Dataset {
  return item("CONTAINER", "CONTAINS", concept, children);
}

export function number(concept: CodeText, value: string, unit: CodeText | undefined, ...children: Dataset[]): Dataset {
  const measured = new Dataset().setText(Tag.NumericValue, "DS", value);
  if (unit !== undefined) measured.setItems(Tag.MeasurementUnitsCodeSequence, [code(unit)]);
  return item("NUM", "CONTAINS", concept, children).setItems(Tag.MeasuredValueSequence, [measured]);
}

export function coded(relationship: string, concept: CodeText, value: CodeText, ...children: Dataset[]): Dataset {
  return item("CODE", relationship, concept, children).setItems(Tag.ConceptCodeSequence, [code(value)]);
}

export function text(relationship: string, concept: CodeText, value: string): Dataset {
  return item("TEXT", relationship, concept, []).setText(Tag.TextValue, "UT", value);
}

export function image(relationship: string, sopInstanceUid: string, frame?: string): Dataset {
  const object = new Dataset().setText(Tag.ReferencedSOPInstanceUID, "UI", sopInstanceUid);
  if (frame !== undefined) object.setText(Tag.ReferencedFrameNumber, "IS", frame);
  return item("IMAGE", relationship, undefined, []).setItems(Tag.ReferencedSOPSequence, [object]);
}

/** A report around a tree. */
export function report(root: CodeText, ...children: Dataset[]): Dataset {
  return item("CONTAINER", "", root, children).setText(Tag.SOPClassUID, "UI", "1.2.840.10008.5.1.4.1.1.88.33")
    .setText(Tag.SOPInstanceUID, "UI", "2.25.99");
}

export function set(dataset: Dataset, keyword: Keyword, ...items: Dataset[]): Dataset {
  return dataset.setItems(Tag[keyword], items);
}
