import type { Dataset } from "../../src/dicom/dataset.ts";
import { Tag } from "../../src/dicom/dictionary.ts";
import { newUid } from "../../src/dicom/uid.ts";
import type { Box } from "./box.ts";
import { asObject, code, coded, container, fetalReport, item, number, text } from "./fetal_report.ts";
import { send, type SentObject } from "./sender.ts";
import { ultrasoundObject } from "./ultrasound_object.ts";

/** What of these objects no exit may have: the sex in codes, in a text, in a description and in Hindi. */
export const TOLD = /\bboy\b|\bMale\b|Fetal Sex|11882-8|लड़की/i;

const FETUS_ID = item("HAS OBS CONTEXT", "TEXT", "LN:11951-1:Fetus ID").setText(Tag.TextValue, "UT", "A");
const diameter = (value: string, ...children: Dataset[]) => number("LN:11820-8:Biparietal Diameter", value, children);
const table = coded("INFERRED FROM", "DCM:121424:Table", "LN:33186-8:Male Singleton BWP by GA, Arbuckle 1993");
const patientSex = coded("HAS OBS CONTEXT", "DCM:121032:Subject Sex", "DCM:F:Female");

/** Objects of one study each: one states the sex in codes, two may tell it in words, two are harmless. */
export function fetalSexObjects() {
  const studyInstanceUids = [1, 2, 3, 4, 5].map(() => newUid());
  const [ofCoded, ofWords, ofImage, ofHarmless, ofPicture] = studyInstanceUids as [
    string,
    string,
    string,
    string,
    string,
  ];
  const sex = coded("CONTAINS", "LN:11882-8:Fetal Sex", "DCM:M:Male");
  const summary = container("DCM:125008:Fetus Summary", [FETUS_ID, sex, diameter("4.71", table)]);
  return {
    studyInstanceUids,
    coded: asObject(fetalReport([summary], ofCoded)),
    words: asObject(
      fetalReport([diameter("4.72"), text("CONTAINS", "DCM:121106:Comment", "Looks like a boy")], ofWords)
        .setItems(Tag.ConceptNameCodeSequence, [code("99X:1:Report on a boy")]),
    ),
    image: ultrasoundObject({
      studyInstanceUid: ofImage,
      texts: [[Tag.StudyDescription, "LO", "OB baby boy"], [Tag.SeriesDescription, "LO", "लड़की"]],
    }),
    harmless: asObject(
      fetalReport([patientSex, diameter("4.74"), text("CONTAINS", "DCM:121106:Comment", "beta-hCG 1200")], ofHarmless),
    ),
    picture: ultrasoundObject({
      studyInstanceUid: ofPicture,
      texts: [[Tag.StudyDescription, "LO", "OB growth"], [Tag.PatientSex, "CS", "F"]],
    }),
  };
}

export type FetalSexObjects = ReturnType<typeof fetalSexObjects>;

/** Sends all of them to a box. */
export async function sendFetalSex(box: Box): Promise<FetalSexObjects> {
  const objects = fetalSexObjects();
  for (const object of sentOf(objects)) await send(box.storagePort, object);
  return objects;
}

export function sentOf(objects: FetalSexObjects): SentObject[] {
  return [objects.coded, objects.words, objects.image, objects.harmless, objects.picture];
}

/** Waits until the box has looked through all that it has, and has read the reports. */
export async function lookedThrough(box: Box, { harmless, image, picture }: FetalSexObjects): Promise<void> {
  const { store } = box;
  await box.until(
    "everything is looked through",
    () =>
      store.fetalSex.unscreened(1).length === 0 && store.measurements.ofReport(harmless.sopInstanceUid).length > 0 &&
      [image, picture].every(({ sopInstanceUid }) => store.instances.find(sopInstanceUid) !== undefined),
  );
}
