import { Dataset, isTextVr } from "../../dicom/dataset.ts";
import { Tag, type Vr } from "../../dicom/dictionary.ts";
import type { FullDictionary } from "../../dicom/full_dictionary.ts";
import { everything } from "../../dicom/worklist_answer.ts";
import { notUnderstood } from "../problem.ts";
import { isTrue, keyValue, MOST_KEYS, MOST_RESULTS, tagOf, USUAL_RESULTS, wholeNumber } from "./query_parameters.ts";

/** What is asked of the worklist. */
interface WorklistParameters {
  identifier: Dataset;
  limit: number;
  offset: number;
  fuzzyNames: boolean;
  /** Attributes with a value that nothing can be found by, as they were written. */
  unmatched: string[];
}

/**
 * The parameters of a search for scheduled procedure steps (PS3.18 14.4.1.2) as the identifier that C-FIND would have:
 * all that a worklist item has is asked for, and what the parameters name besides. An attribute of a sequence is named
 * with its path, `00400100.00080060` or `ScheduledProcedureStepSequence.Modality`; one that only the step has, by itself.
 *
 * @throws Problem 400 when a parameter is none
 */
export function readWorklistParameters(parameters: URLSearchParams, dictionary: FullDictionary): WorklistParameters {
  const identifier = everything().setText(Tag.SpecificCharacterSet, "CS", "ISO_IR 192");
  const fuzzyNames = isTrue(parameters, "fuzzymatching");
  const asked: WorklistParameters = { identifier, limit: USUAL_RESULTS, offset: 0, fuzzyNames, unmatched: [] };
  let keys = 0;
  const ask = (name: string, value: string) => {
    keys += 1;
    if (keys > MOST_KEYS) throw notUnderstood(`Cannot search: more than ${MOST_KEYS} attributes are asked for`);
    const path = name.split(".").map((part) => tagOf(part, dictionary));
    if (!isPath(path) || !put(identifier, path, value, dictionary)) asked.unmatched.push(name);
  };
  for (const [name, value] of parameters) {
    if (name === "limit") asked.limit = Math.min(MOST_RESULTS, wholeNumber(name, value));
    else if (name === "offset") asked.offset = wholeNumber(name, value);
    else if (name === "includefield") {
      for (const field of value.split(",")) if (field !== "" && field !== "all") ask(field, "");
    } else if (name !== "fuzzymatching") ask(name, value);
  }
  return asked;
}

function isPath(path: readonly (number | undefined)[]): path is number[] {
  return !path.includes(undefined);
}

/** @returns false where nothing can be found by this attribute, and a value was given */
function put(identifier: Dataset, path: readonly number[], value: string, dictionary: FullDictionary): boolean {
  const [tag, ...rest] = path;
  if (rest.length === 0) {
    const holder = holderOf(identifier, tag!);
    const vr = dictionary.vrOf(tag!);
    if (isTextVr(vr)) holder.setText(tag!, vr, keyValue(vr, value));
    else if (value !== "") return false;
    else if (!holder.has(tag!)) holder.add(without(tag!, vr));
    return true;
  }
  const item = identifier.items(tag!)[0] ?? new Dataset();
  identifier.setItems(tag!, [item]);
  return put(item, rest, value, dictionary);
}

/** The data set that an attribute is meant in: many a program leaves the path to the step out. */
function holderOf(identifier: Dataset, tag: number): Dataset {
  const [step] = identifier.items(Tag.ScheduledProcedureStepSequence);
  return step?.has(tag) && !identifier.has(tag) ? step : identifier;
}

function without(tag: number, vr: Vr) {
  return vr === "SQ" ? { tag, vr, value: [] } : { tag, vr, value: new Uint8Array(0) };
}
