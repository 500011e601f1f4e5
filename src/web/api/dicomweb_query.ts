import {
  matchingInCatalogue,
  MOST_CANDIDATES,
  type QueryLevel,
  unsupportedKeys,
} from "../../services/catalogue_query.ts";
import type { Dataset } from "../../dicom/dataset.ts";
import { dicomJson } from "../../dicom/dicom_json.ts";
import { nameOf, Tag } from "../../dicom/dictionary.ts";
import { meansName } from "../../dicom/fuzzy_name.ts";
import { fullDictionary } from "../../dicom/full_dictionary.ts";
import { UnusableIdentifier } from "../../dicom/matching.ts";
import { Pace } from "../../timing/turns.ts";
import { acceptsJson, JSON_TYPE } from "../dicomweb/accept.ts";
import { baseOf } from "../dicomweb/base.ts";
import { readQuery } from "../dicomweb/query_parameters.ts";
import type { Store } from "../../store/store.ts";
import type { Asked } from "../route.ts";
import { notUnderstood, Problem } from "../problem.ts";

/*
 * Searching (QIDO-RS, PS3.18 10.6): studies, series and instances, at the levels that the address does not name.
 */

/** Answers a search at a level; the address may name the study or the series. */
export const search = (level: QueryLevel) => async ({ context, store }: Asked): Promise<Response> => {
  if (!acceptsJson(context.req.header("accept"))) {
    throw new Problem(406, "Not available so", `Cannot answer in another form: ask for ${JSON_TYPE}`);
  }
  const { searchParams } = new URL(context.req.url);
  const query = readQuery(searchParams, await fullDictionary());
  const { identifier, limit, offset, warnings } = query;
  const { study, series } = context.req.param() as Record<string, string | undefined>;
  if (study !== undefined) identifier.setText(Tag.StudyInstanceUID, "UI", study);
  if (series !== undefined) identifier.setText(Tag.SeriesInstanceUID, "UI", series);
  const unmatched = [...query.unmatched, ...unsupportedKeys(identifier, level).map(nameOf)];
  if (unmatched.length > 0) warnings.push(`Nothing can be found by these attributes: ${unmatched.join(", ")}`);
  const { found, complete } = unmatched.length > 0 ? NOTHING : await matching(store, query, level);
  if (!complete) {
    if (level !== "STUDY") {
      throw notUnderstood(
        `Cannot search through more than ${MOST_CANDIDATES} at once: name a study, a patient or a day`,
      );
    }
    warnings.push(`Only the newest ${MOST_CANDIDATES} studies that fit by patient, UID and day were searched`);
  }
  const shown = found.slice(offset, offset + limit);
  const left = found.length - offset - shown.length;
  if (left > 0) warnings.push(`There are ${left} additional results that can be requested`);
  // one header for each, as browsers and programs read them joined
  for (const warning of warnings) context.header("warning", `299 sonodesk "${warning}"`, { append: true });
  if (shown.length === 0) return context.body(null, 204, { "cache-control": "no-store" });
  const base = baseOf(context);
  return context.body(await written(shown, level, base), 200, {
    "content-type": JSON_TYPE,
    "cache-control": "no-store",
  });
};

const NOTHING = { found: [], complete: true };
/** Names that `fuzzymatching` is about. */
const NAMES = [Tag.PatientName, Tag.ReferringPhysicianName];

async function matching(
  store: Store,
  { identifier, fuzzy, empty }: ReturnType<typeof readQuery>,
  level: QueryLevel,
): Promise<{ found: Dataset[]; complete: boolean }> {
  const [found, pace] = [[] as Dataset[], new Pace()];
  const names = fuzzy ? NAMES.flatMap((tag) => identifier.has(tag) ? [[tag, identifier.text(tag)] as const] : []) : [];
  for (const [tag] of names) identifier.delete(tag);
  const isMeant = (one: Dataset) =>
    names.every(([tag, asked]) => meansName(asked, one.text(tag))) && empty.every((tag) => one.text(tag) === "");
  try {
    const looking = matchingInCatalogue(store.catalogue, identifier, level);
    let step = looking.next();
    for (; !step.done; step = looking.next()) {
      if (step.value !== undefined && isMeant(step.value)) found.push(step.value);
      await pace.next();
    }
    return { found, complete: step.value };
  } catch (error) {
    if (error instanceof UnusableIdentifier) throw notUnderstood(`Cannot search: ${error.message}`);
    throw error;
  }
}

async function written(answers: readonly Dataset[], level: QueryLevel, base: string): Promise<string> {
  const [texts, pace] = [[] as string[], new Pace()];
  for (const one of answers) {
    texts.push(JSON.stringify(dicomJson(withoutEmpty(withRetrieval(one, level, base)))));
    await pace.next();
  }
  return `[${texts.join(",")}]`;
}

/** What has no value is left out: viewers show no list at all where one study's modalities are there without any. */
function withoutEmpty(answer: Dataset): Dataset {
  for (const { tag, value } of [...answer]) if (value.length === 0) answer.delete(tag);
  return answer;
}

/** What is there can be had at once, and where (PS3.18 10.6.3.3). */
function withRetrieval(answer: Dataset, level: QueryLevel, base: string): Dataset {
  const levels = [["studies", "StudyInstanceUID"], ["series", "SeriesInstanceUID"], ["instances", "SOPInstanceUID"]];
  const depth = level === "STUDY" ? 1 : level === "SERIES" ? 2 : 3;
  const path = levels.slice(0, depth).map(([name, key]) => `/${name}/${answer.text(key as "StudyInstanceUID")}`).join(
    "",
  );
  answer.delete(Tag.QueryRetrieveLevel);
  return answer
    .setText(Tag.SpecificCharacterSet, "CS", "ISO_IR 192")
    .setText(Tag.InstanceAvailability, "CS", "ONLINE")
    .setText(Tag.RetrieveURL, "UR", `${base}${path}`);
}
