import { Dataset, isTextVr } from "../../dicom/dataset.ts";
import { Tag, type Vr } from "../../dicom/dictionary.ts";
import type { FullDictionary } from "../../dicom/full_dictionary.ts";
import { notUnderstood } from "../problem.ts";

/** Results given at once where the client does not say, and at most. */
export const USUAL_RESULTS = 1000;
export const MOST_RESULTS = 5000;
/** Keys in one query; more is no search. */
export const MOST_KEYS = 100;

interface Query {
  identifier: Dataset;
  limit: number;
  offset: number;
  /** What was asked for and is not heeded, in words. */
  warnings: string[];
  /** Attributes with a value that nothing can be found by here. */
  unmatched: string[];
  /** Names are meant freely. */
  fuzzy: boolean;
  /** Attributes that are to be there without a value. */
  empty: number[];
}

/** What can be matched on: the attributes that the catalogue has (PS3.18 Tables 10.6.1-5 and 10.6.3-3 to -5). */
const KEYS: ReadonlySet<number> = new Set([
  ...[Tag.StudyDate, Tag.StudyTime, Tag.AccessionNumber, Tag.ModalitiesInStudy, Tag.StudyDescription],
  ...[Tag.PatientName, Tag.PatientID, Tag.PatientBirthDate, Tag.StudyInstanceUID, Tag.NumberOfStudyRelatedSeries],
  ...[Tag.NumberOfStudyRelatedInstances, Tag.Modality, Tag.SeriesDescription, Tag.BodyPartExamined],
  ...[Tag.SeriesInstanceUID, Tag.SeriesNumber, Tag.NumberOfSeriesRelatedInstances, Tag.SOPClassUID],
  ...[Tag.SOPInstanceUID, Tag.InstanceNumber, Tag.NumberOfFrames, Tag.PatientSex, Tag.StudyID],
  ...[Tag.ReferringPhysicianName],
]);

/**
 * The parameters of a search (PS3.18 8.3.4) as the identifier that C-FIND would have.
 *
 * Everything that is known is answered always, so `includefield` changes nothing. What is asked by an attribute that
 * nothing can be found by here finds nothing, and says so: never all that there is.
 *
 * @throws Problem 400 when a parameter is none
 */
export function readQuery(parameters: URLSearchParams, dictionary: FullDictionary): Query {
  const query: Query = {
    ...{ identifier: new Dataset(), limit: USUAL_RESULTS, offset: 0, warnings: [], unmatched: [] },
    fuzzy: isTrue(parameters, "fuzzymatching"),
    empty: [],
  };
  const wantsEmpty = isTrue(parameters, "emptyvaluematching");
  let keys = 0;
  for (const [name, value] of parameters) {
    switch (name) {
      case "limit":
        query.limit = Math.min(MOST_RESULTS, wholeNumber(name, value));
        continue;
      case "offset":
        query.offset = wholeNumber(name, value);
        continue;
      case "includefield":
        continue;
      case "fuzzymatching":
      case "emptyvaluematching":
        continue;
    }
    const tag = tagOf(name, dictionary);
    if (tag === undefined || !KEYS.has(tag)) {
      if (value !== "" || wantsEmpty) query.unmatched.push(name);
    } else if (value === "" && wantsEmpty) query.empty.push(tag);
    else addKey(query.identifier, tag, dictionary.vrOf(tag), value);
    keys += 1;
    if (keys > MOST_KEYS) throw notUnderstood(`Cannot search: more than ${MOST_KEYS} attributes are asked for`);
  }
  return query;
}

/** Whether a parameter is set. */
export function isTrue(parameters: URLSearchParams, name: string): boolean {
  return parameters.get(name)?.toLowerCase() === "true";
}

/** Of `limit` and `offset`. @throws Problem 400 */
export function wholeNumber(name: string, value: string): number {
  if (!/^\d{1,9}$/.test(value)) throw notUnderstood(`Cannot search: ${name} must be a whole number`);
  return Number(value);
}

/**
 * A keyword or eight hexadecimal digits; undefined for what is well said and yet unknown here, such as an attribute
 * within a sequence.
 *
 * @throws Problem 400 for what is no attribute
 */
export function tagOf(name: string, dictionary: FullDictionary): number | undefined {
  if (/^[0-9a-f]{8}$/i.test(name)) return parseInt(name, 16);
  if (!/^[A-Z0-9][A-Za-z0-9]*(\.[A-Z0-9][A-Za-z0-9]*)*$/.test(name)) {
    throw notUnderstood(`Cannot search: "${name.slice(0, 64)}" is no attribute, write its keyword or its tag`);
  }
  return dictionary.tagOf(name);
}

/** Several values of a UID come with commas between them (PS3.18 8.3.4.1). */
function addKey(identifier: Dataset, tag: number, vr: Vr, value: string): void {
  if (!isTextVr(vr)) return;
  identifier.setText(tag, vr, keyValue(vr, value));
}

/** A parameter's value as that of a key. */
export function keyValue(vr: Vr, value: string): string {
  return vr === "UI" ? value.replaceAll(",", "\\") : value;
}
