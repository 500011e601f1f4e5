import { Dataset } from "../dicom/dataset.ts";
import { dicomDate, dicomTime } from "../dicom/date_time.ts";
import { Tag } from "../dicom/dictionary.ts";
import { askedDays, matcher } from "../dicom/matching.ts";
import type {
  Catalogue,
  CatalogueFilter,
  CatalogueInstance,
  CatalogueSeries,
  CatalogueStudy,
} from "../store/catalogue.ts";

/** Query/Retrieve levels from the top (PS3.4 C.6.1.1); the study root has no patients. */
export const QUERY_LEVELS = ["PATIENT", "STUDY", "SERIES", "IMAGE"] as const;
export type QueryLevel = typeof QUERY_LEVELS[number];

/** What matches, and whether all that there is was looked at. */
export interface Matches {
  found: Dataset[];
  complete: boolean;
}

/**
 * What matches a query, with every attribute that the catalogue has at its level.
 *
 * @param most candidates that are looked at, of studies the newest
 * @throws UnusableIdentifier
 */
export function matchingInCatalogue(
  catalogue: Catalogue,
  identifier: Dataset,
  level: QueryLevel,
  most = Infinity,
): Matches {
  const mismatch = matcher(identifier);
  const filter = { ...narrowing(identifier), ...(Number.isFinite(most) && { most: most + 1 }) };
  const candidates = level === "PATIENT"
    ? catalogue.patients(filter).map((patient) =>
      patientAttributes(patient).setText(Tag.NumberOfPatientRelatedStudies, "IS", String(patient.studies))
    )
    : level === "STUDY"
    ? catalogue.studies(filter).map((study) =>
      studyAttributes(study)
        .setText(Tag.NumberOfStudyRelatedSeries, "IS", String(study.series))
        .setText(Tag.NumberOfStudyRelatedInstances, "IS", String(study.instances))
    )
    : level === "SERIES"
    ? catalogue.series(filter).map((series) =>
      seriesAttributes(series).setText(Tag.NumberOfSeriesRelatedInstances, "IS", String(series.instances))
    )
    : catalogue.instances(filter).map(instanceAttributes);
  const looked = candidates.slice(0, most);
  return {
    complete: looked.length === candidates.length,
    found: looked
      .map((candidate) => candidate.setText(Tag.QueryRetrieveLevel, "CS", level))
      .filter((candidate) => mismatch(candidate) === undefined),
  };
}

/** What of an identifier the store can look up. */
export function narrowing(identifier: Dataset): CatalogueFilter {
  const uids = (tag: number) => {
    const values = identifier.texts(tag).filter((value) => value !== "");
    return values.length === 0 ? undefined : values;
  };
  const patientId = identifier.text("PatientID");
  const { from, to } = askedDays(identifier, Tag.StudyDate);
  const day = (date: string | undefined) => date?.replace(/^(\d{4})(\d{2})(\d{2})$/, "$1-$2-$3");
  return {
    ...(patientId !== "" && !/[*?]/.test(patientId) && { patientIds: [patientId] }),
    studyInstanceUids: uids(Tag.StudyInstanceUID),
    seriesInstanceUids: uids(Tag.SeriesInstanceUID),
    sopInstanceUids: uids(Tag.SOPInstanceUID),
    fromDay: day(from),
    toDay: day(to),
  };
}

function patientAttributes(
  { patientId, patientName, patientBirthDate }: Pick<CatalogueStudy, "patientId" | "patientName" | "patientBirthDate">,
): Dataset {
  return new Dataset()
    .setText(Tag.PatientID, "LO", patientId)
    .setText(Tag.PatientName, "PN", patientName)
    .setText(Tag.PatientBirthDate, "DA", dicomDate(patientBirthDate));
}

function studyAttributes(study: Omit<CatalogueStudy, "series" | "instances">): Dataset {
  return patientAttributes(study)
    .setText(Tag.StudyInstanceUID, "UI", study.studyInstanceUid)
    .setText(Tag.AccessionNumber, "SH", study.accessionNumber)
    .setText(Tag.StudyDate, "DA", dicomDate(study.studyDate))
    .setText(Tag.StudyTime, "TM", study.studyTime === "" ? "" : dicomTime(study.studyTime))
    .setText(Tag.StudyDescription, "LO", study.studyDescription)
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
    .setText(Tag.InstanceNumber, "IS", instance.instanceNumber === null ? "" : String(instance.instanceNumber))
    .setText(Tag.NumberOfFrames, "IS", instance.frames === 0 ? "" : String(instance.frames));
}
