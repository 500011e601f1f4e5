import type { Code } from "./code.ts";

/**
 * What an item beside or above a value says about it: a key of a measurement's context, by the concept's code (of any
 * scheme: SNOMED's codes come as SRT, SNM3, 99SDM and SCT) or its name.
 */
const KEYS_BY_CODE: ReadonlyMap<string, string> = new Map([
  ["G-C0E3", "site"],
  ["363698007", "site"],
  ["G-C171", "laterality"],
  ["272741003", "laterality"],
  ["G-A1F8", "siteModifier"],
  ["106233006", "siteModifier"],
  ["123014", "targetRegion"],
  ["11951-1", "fetus"],
  ["11878-6", "numberOfFetuses"],
  ["121404", "selection"],
  ["121401", "derivation"],
  ["121420", "equation"],
  ["121421", "equation"],
  ["121424", "equation"],
  ["G-C036", "method"],
  ["370129005", "method"],
  ["G-0373", "mode"],
  ["399264008", "mode"],
  ["111031", "view"],
  ["R-4089A", "phase"],
  ["399027007", "phase"],
  ["R-40899", "respiration"],
  ["G-C048", "flowDirection"],
  ["112039", "trackingId"],
  ["112040", "trackingUid"],
  ["121071", "finding"],
  ["121402", "normality"],
  ["121403", "significance"],
  ["121106", "comment"],
  ["125309", "measurementType"],
]);

const KEYS_BY_NAME: ReadonlyMap<string, string> = new Map([
  ["finding site", "site"],
  ["laterality", "laterality"],
  ["topographical modifier", "siteModifier"],
  ["fetus id", "fetus"],
  ["fetus number", "fetus"],
  ["selection status", "selection"],
  ["derivation", "derivation"],
  ["equation", "equation"],
  ["measurement method", "method"],
  ["method", "method"],
  ["image mode", "mode"],
  ["image view", "view"],
  ["cardiac cycle point", "phase"],
  ["cardiac phase", "phase"],
  ["respiratory cycle point", "respiration"],
  ["flow direction", "flowDirection"],
  ["direction of flow", "flowDirection"],
  ["tracking identifier", "trackingId"],
  ["tracking unique identifier", "trackingUid"],
]);

/** Who wrote the report and in which language: about the document, not about a value. */
export const OF_THE_DOCUMENT: ReadonlySet<string> = new Set([
  ...["121005", "121006", "121007", "121008", "121009", "121010", "121011", "121012", "121013", "121014", "121015"],
  ...["121016", "121017", "121046", "121049", "121050", "121058", "121018", "121022", "121023"],
]);

/** Concepts that say something about a value even when a machine hangs them up as CONTAINS. */
const QUALIFIES_SIBLINGS: ReadonlySet<string> = new Set([
  ...["site", "laterality", "siteModifier", "fetus", "mode", "view", "phase", "trackingId", "trackingUid", "finding"],
  ...["method", "flowDirection", "respiration", "targetRegion"],
]);

/** The key of a concept in a measurement's context; undefined for what says nothing about a value. */
export function contextKey(concept: Code | undefined): string | undefined {
  if (concept === undefined || OF_THE_DOCUMENT.has(concept.value)) return undefined;
  return KEYS_BY_CODE.get(concept.value) ?? KEYS_BY_NAME.get(concept.meaning.toLowerCase()) ??
    (concept.meaning || concept.value);
}

export function qualifiesSiblings(key: string): boolean {
  return QUALIFIES_SIBLINGS.has(key);
}

/** Containers that only hold others together; their name says nothing to a reader. */
const GENERIC_CONTAINERS: ReadonlySet<string> = new Set([
  "121070", // Findings
  "125007", // Measurement Group
  "125005", // Biometry Group
  "126010", // Imaging Measurements
]);

export function isGenericContainer(concept: Code | undefined): boolean {
  return concept === undefined || GENERIC_CONTAINERS.has(concept.value) ||
    /^(findings|measurement group|biometry group)$/i.test(concept.meaning);
}

export const BIOMETRY_GROUP = "125005";

const SNOMED_SCHEMES: ReadonlySet<string> = new Set(["SRT", "SCT", "SNM3", "99SDM"]);

/** Whether a container is named for a part of the body: SNOMED's topography, which in newer codes cannot be told. */
export function isAnatomy({ scheme, value }: Code): boolean {
  return SNOMED_SCHEMES.has(scheme) && (/^T-/.test(value) || scheme === "SCT");
}

/** Whether a site is a vessel, by its name. */
export function isVessel(name: string): boolean {
  return /arter|vein|venos|vena|aort|vessel|ductus|carotid|duct of botallo/i.test(name);
}
