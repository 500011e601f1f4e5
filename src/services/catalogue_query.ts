import { Dataset } from "../dicom/dataset.ts";
import { dicomDate, dicomTime } from "../dicom/date_time.ts";
import { say } from "../sentences.ts";
import { nameOf, Tag } from "../dicom/dictionary.ts";
import { askedDays, isKey, isUniversal, matcher, UnusableIdentifier } from "../dicom/matching.ts";
import type {
  Catalogue,
  CatalogueFilter,
  CatalogueInstance,
  CatalogueSeries,
  CatalogueStudy,
} from "../store/catalogue.ts";

/** Query/Retrieve levels from the top (PS3.4 C.6.1.1); the study root has no patients. */
export const QUERY_LEVELS = ["PATIENT", "STUDY", "SERIES", "IMAGE"] as const;
/** Query/Retrieve Level (0008,0052). */
export type QueryLevel = typeof QUERY_LEVELS[number];

/** Patients, studies, series or instances that one query looks at: what else the box does must not wait for it. */
export const MOST_CANDIDATES = 10_000;

/**
 * What matches a query, with every attribute that the catalogue has at its level: undefined for one that was looked at
 * and does not match, and now and then. Others may have their turn after each.
 *
 * @param most candidates that are looked at, of studies the newest
 * @returns whether all that could match was looked at
 * @throws UnusableIdentifier, also for a key with a value that the catalogue cannot match by: all that it has is no answer
 */
export function* matchingInCatalogue(
  catalogue: Catalogue,
  identifier: Dataset,
  level: QueryLevel,
  most = MOST_CANDIDATES,
): Generator<Dataset | undefined, boolean> {
  const [unknown] = unsupportedKeys(identifier, level);
  if (unknown !== undefined) throw new UnusableIdentifier(unknown, say("key-not-matched", { key: nameOf(unknown) }));
  const mismatch = matcher(identifier);
  let looked = 0;
  for (const page of pagesAt(level, catalogue, { ...narrowing(identifier), most: most + 1 }, asksHowMuch(identifier))) {
    if (page.length === 0) yield undefined;
    for (const attributes of page) {
      if (looked === most) return false;
      looked += 1;
      const candidate = attributes().setText(Tag.QueryRetrieveLevel, "CS", level);
      yield mismatch(candidate) === undefined ? candidate : undefined;
    }
  }
  return true;
}

function asksHowMuch(identifier: Dataset): boolean {
  return identifier.has(Tag.NumberOfPatientRelatedSeries) || identifier.has(Tag.NumberOfPatientRelatedInstances);
}

/** The keys with a value that the catalogue has nothing for at a level. */
export function unsupportedKeys(identifier: Dataset, level: QueryLevel): number[] {
  return [...identifier].filter((key) => isKey(key) && !isUniversal(key) && !SUPPORTED[level].has(key.tag))
    .map(({ tag }) => tag);
}

/** Whether an identifier asks for an attribute that the catalogue does not have at a level, with a value or without. */
export function asksForUnknown(identifier: Dataset, level: QueryLevel): boolean {
  return [...identifier].some((key) => isKey(key) && !SUPPORTED[level].has(key.tag));
}

/** @param counted whether it is asked how much there is of each patient, which takes its time */
function* pagesAt(
  level: QueryLevel,
  catalogue: Catalogue,
  filter: CatalogueFilter,
  counted: boolean,
): Generator<(() => Dataset)[]> {
  switch (level) {
    case "PATIENT":
      yield catalogue.patients(filter, counted).map((patient) => () => {
        const attributes = patientAttributes(patient)
          .setText(Tag.NumberOfPatientRelatedStudies, "IS", String(patient.studies));
        return counted
          ? attributes.setText(Tag.NumberOfPatientRelatedSeries, "IS", String(patient.series))
            .setText(Tag.NumberOfPatientRelatedInstances, "IS", String(patient.instances))
          : attributes;
      });
      return;
    case "STUDY":
      for (const page of catalogue.inPages("studies", filter)) {
        yield page.map((study) => () =>
          studyAttributes(study)
            // asked for of studies too, which have those of their series
            .setText(Tag.Modality, "CS", ...study.modalities.split(","))
            .setText(Tag.NumberOfStudyRelatedSeries, "IS", String(study.series))
            .setText(Tag.NumberOfStudyRelatedInstances, "IS", String(study.instances))
        );
      }
      return;
    case "SERIES":
      for (const page of catalogue.inPages("series", filter)) {
        yield page.map((series) => () =>
          seriesAttributes(series).setText(Tag.NumberOfSeriesRelatedInstances, "IS", String(series.instances))
        );
      }
      return;
    case "IMAGE":
      for (const page of catalogue.inPages("instances", filter)) {
        yield page.map((instance) => () => instanceAttributes(instance));
      }
  }
}

/** What the unique keys of an identifier name, each as it is: nothing in them is a wildcard (PS3.4 C.4.2.2.1). */
export function named(identifier: Dataset): CatalogueFilter {
  return { patientIds: valuesOf(identifier, Tag.PatientID), ...namedByUid(identifier) };
}

/** What of an identifier the store can look up. */
function narrowing(identifier: Dataset): CatalogueFilter {
  const patientIds = identifier.texts("PatientID");
  const { from, to } = askedDays(identifier, Tag.StudyDate);
  const day = (date: string | undefined) => date?.replace(/^(\d{4})(\d{2})(\d{2})$/, "$1-$2-$3");
  return {
    ...(patientIds.length > 0 && patientIds.every((id) => id !== "" && !/[*?]/.test(id)) && { patientIds }),
    ...namedByUid(identifier),
    fromDay: day(from),
    toDay: day(to),
  };
}

function namedByUid(identifier: Dataset): CatalogueFilter {
  return {
    studyInstanceUids: valuesOf(identifier, Tag.StudyInstanceUID),
    seriesInstanceUids: valuesOf(identifier, Tag.SeriesInstanceUID),
    sopInstanceUids: valuesOf(identifier, Tag.SOPInstanceUID),
  };
}

function valuesOf(identifier: Dataset, tag: number): string[] | undefined {
  const values = identifier.texts(tag).filter((value) => value !== "");
  return values.length === 0 ? undefined : values;
}

function patientAttributes(
  { patientId, patientName, patientBirthDate, patientSex }: Pick<
    CatalogueStudy,
    "patientId" | "patientName" | "patientBirthDate" | "patientSex"
  >,
): Dataset {
  return new Dataset()
    .setText(Tag.PatientID, "LO", patientId)
    .setText(Tag.PatientName, "PN", patientName)
    .setText(Tag.PatientBirthDate, "DA", dicomDate(patientBirthDate))
    .setText(Tag.PatientSex, "CS", patientSex);
}

function studyAttributes(study: Omit<CatalogueStudy, "series" | "instances">): Dataset {
  return patientAttributes(study)
    .setText(Tag.StudyInstanceUID, "UI", study.studyInstanceUid)
    .setText(Tag.AccessionNumber, "SH", study.accessionNumber)
    .setText(Tag.StudyDate, "DA", dicomDate(study.studyDate))
    .setText(Tag.StudyTime, "TM", study.studyTime === "" ? "" : dicomTime(study.studyTime))
    .setText(Tag.StudyDescription, "LO", study.studyDescription)
    .setText(Tag.StudyID, "SH", study.studyId)
    .setText(Tag.ReferringPhysicianName, "PN", study.referringPhysician)
    .setText(Tag.ModalitiesInStudy, "CS", ...study.modalities.split(","));
}

function seriesAttributes(series: CatalogueSeries): Dataset {
  return studyAttributes(series)
    .setText(Tag.SeriesInstanceUID, "UI", series.seriesInstanceUid)
    .setText(Tag.Modality, "CS", series.modality)
    .setText(Tag.SeriesNumber, "IS", series.seriesNumber === null ? "" : String(series.seriesNumber))
    .setText(Tag.SeriesDescription, "LO", series.seriesDescription)
    .setText(Tag.BodyPartExamined, "CS", series.bodyPart);
}

function instanceAttributes(instance: CatalogueInstance): Dataset {
  return seriesAttributes(instance)
    .setText(Tag.SOPInstanceUID, "UI", instance.sopInstanceUid)
    .setText(Tag.SOPClassUID, "UI", instance.sopClassUid)
    .setText(Tag.AvailableTransferSyntaxUID, "UI", instance.transferSyntaxUid)
    .setText(Tag.InstanceNumber, "IS", instance.instanceNumber === null ? "" : String(instance.instanceNumber))
    .setText(Tag.NumberOfFrames, "IS", instance.frames === 0 ? "" : String(instance.frames));
}

/** Of whom a study is, and what it is; then of its series and instances: what can be asked by at each level and below. */
const OF_PATIENT = [Tag.PatientID, Tag.PatientName, Tag.PatientBirthDate, Tag.PatientSex];
const OF_STUDY = [
  ...[Tag.StudyInstanceUID, Tag.AccessionNumber, Tag.StudyDate, Tag.StudyTime, Tag.StudyDescription, Tag.StudyID],
  ...[Tag.ReferringPhysicianName, Tag.ModalitiesInStudy],
];
const OF_SERIES = [
  ...[Tag.SeriesInstanceUID, Tag.Modality, Tag.SeriesNumber, Tag.SeriesDescription, Tag.BodyPartExamined],
];
/** What every query may have: where it is asked, and by which UIDs of what is below. */
const OF_ANY = [
  ...[Tag.QueryRetrieveLevel, Tag.RetrieveAETitle, Tag.StudyInstanceUID, Tag.SeriesInstanceUID, Tag.SOPInstanceUID],
];
const SUPPORTED: Record<QueryLevel, ReadonlySet<number>> = {
  PATIENT: new Set([
    ...[...OF_ANY, ...OF_PATIENT, Tag.StudyDate, Tag.NumberOfPatientRelatedStudies],
    ...[Tag.NumberOfPatientRelatedSeries, Tag.NumberOfPatientRelatedInstances],
  ]),
  STUDY: new Set([
    ...[...OF_ANY, ...OF_PATIENT, ...OF_STUDY, Tag.Modality],
    ...[Tag.NumberOfStudyRelatedSeries, Tag.NumberOfStudyRelatedInstances],
  ]),
  SERIES: new Set([...OF_ANY, ...OF_PATIENT, ...OF_STUDY, ...OF_SERIES, Tag.NumberOfSeriesRelatedInstances]),
  IMAGE: new Set([
    ...[...OF_ANY, ...OF_PATIENT, ...OF_STUDY, ...OF_SERIES],
    ...[Tag.SOPClassUID, Tag.InstanceNumber, Tag.NumberOfFrames, Tag.AvailableTransferSyntaxUID],
  ]),
};
