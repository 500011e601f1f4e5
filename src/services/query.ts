import type { Dataset } from "../dicom/dataset.ts";
import { Tag } from "../dicom/dictionary.ts";
import { UnusableIdentifier } from "../dicom/matching.ts";
import { matchingInCatalogue, named, QUERY_LEVELS, type QueryLevel } from "./catalogue_query.ts";
import type { Catalogue, CatalogueInstance } from "../store/catalogue.ts";
import { Status } from "../dimse/command.ts";
import { Refusal } from "../dimse/service.ts";
import { Pace } from "../timing/turns.ts";

const UNIQUE_KEYS: Record<QueryLevel, number> = {
  PATIENT: Tag.PatientID,
  STUDY: Tag.StudyInstanceUID,
  SERIES: Tag.SeriesInstanceUID,
  IMAGE: Tag.SOPInstanceUID,
};

/** The level of an identifier. @throws Refusal A900 when it has none that this root knows */
export function levelOf(identifier: Dataset, root: "patientRoot" | "studyRoot"): QueryLevel {
  const level = QUERY_LEVELS.find((one) => one === identifier.text("QueryRetrieveLevel"));
  if (level === undefined || (root === "studyRoot" && level === "PATIENT")) {
    throw new Refusal(Status.DATA_SET_DOES_NOT_MATCH, "QueryRetrieveLevel is missing or not of this root", {
      offendingElements: [Tag.QueryRetrieveLevel],
    });
  }
  return level;
}

/**
 * What matches a query, with every attribute that the catalogue has at its level. Others have their turn meanwhile.
 *
 * @returns whether all that could match was looked at
 * @throws Refusal A900
 */
export async function* findInCatalogue(
  catalogue: Catalogue,
  identifier: Dataset,
  level: QueryLevel,
): AsyncGenerator<Dataset, boolean> {
  try {
    const pace = new Pace();
    const looking = matchingInCatalogue(catalogue, identifier, level);
    let step = looking.next();
    for (; !step.done; step = looking.next()) {
      if (step.value !== undefined) yield step.value;
      await pace.next();
    }
    return step.value;
  } catch (error) {
    if (error instanceof UnusableIdentifier) {
      throw new Refusal(Status.DATA_SET_DOES_NOT_MATCH, error.message, { offendingElements: [error.tag] });
    }
    throw error;
  }
}

/** The objects that a retrieval names by its unique keys (PS3.4 C.4.2.2.1). @throws Refusal A900 without its level's key */
export async function namedInCatalogue(
  catalogue: Catalogue,
  identifier: Dataset,
  level: QueryLevel,
): Promise<CatalogueInstance[]> {
  if (identifier.texts(UNIQUE_KEYS[level]).filter((value) => value !== "").length === 0) {
    throw new Refusal(Status.DATA_SET_DOES_NOT_MATCH, `The unique key of level ${level} is missing`, {
      offendingElements: [UNIQUE_KEYS[level]],
    });
  }
  const [pace, instances] = [new Pace(), [] as CatalogueInstance[]];
  for (const page of catalogue.inPages("instances", named(identifier))) {
    instances.push(...page);
    await pace.next();
  }
  return instances;
}
