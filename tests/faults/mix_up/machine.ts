import { createHash } from "node:crypto";
import { Dataset } from "../../../src/dicom/dataset.ts";
import { Tag } from "../../../src/dicom/dictionary.ts";
import { EXPLICIT_LITTLE_ENDIAN } from "../../../src/dicom/transfer_syntax.ts";
import { newUid } from "../../../src/dicom/uid.ts";
import { writeDataset } from "../../../src/dicom/write_dataset.ts";
import type { Random } from "../../support/random.ts";
import type { SentObject } from "../../support/sender.ts";
import { ULTRASOUND_IMAGE } from "../../support/ultrasound_object.ts";
import { type Claim, type Human, wordsOf } from "./people.ts";

/** An object that a box has acknowledged, with what the oracle knows of it. */
export interface Sent {
  claim: Claim;
  claimedStudyUid: string;
  sopInstanceUid: string;
  seriesInstanceUid: string;
  accessionNumber: string;
  /** SHA-256 of its data set. */
  sha256: string;
  object: SentObject;
  told: string;
}

/** What an operator has before them when they begin: a line of the worklist, or nothing. */
export interface Scheduled {
  patientId: string;
  patientName: string;
  birthDate: string;
  sex: string;
  studyInstanceUid: string;
  accessionNumber: string;
  claim: Claim;
}

/** How the patient comes into the header, by what operators and machines do. */
export const WAYS = [
  ...["right", "right", "right", "right", "upper", "cut", "no birth date", "garbled", "question marks"],
  ...["wrong id", "another's id", "another's id, no birth date", "no id", "no name", "nothing", "wrong birth date"],
  ...["other sex", "last name only, no id"],
] as const;

let count = 0;

/**
 * What the machine writes of the patient.
 *
 * @param human whose body it is
 * @param id what the operator or the worklist has for them
 * @param other whose id is typed by mistake
 */
export function claimBy(way: typeof WAYS[number], human: Human, id: string, other: string, random: Random) {
  const name = human.names.at(-1)!;
  const full: Claim = {
    patientId: id,
    words: wordsOf(name),
    birthDate: human.birthDate ?? "",
    sex: human.gender[0]!,
  };
  const latin = `${name.last.latin}^${name.first.latin}`;
  const written = `${name.last.written}^${name.first.written}`;
  const text = random.chance(0.5) ? written : latin;
  switch (way) {
    case "upper":
      return { claim: full, name: latin.toUpperCase(), charset: "" };
    case "cut":
      return { claim: { ...full, words: [wordsOf(name)[0]!] }, name: name.last.latin, charset: "" };
    case "no birth date":
      return { claim: { ...full, birthDate: "" }, name: text, charset: "ISO_IR 192" };
    case "garbled":
      // UTF-8 under another declared set: readable to who sees through it
      return { claim: { ...full, words: null }, name: written, charset: "ISO_IR 100" };
    case "question marks":
      return { claim: { ...full, words: null }, name: "????^???", charset: "" };
    case "wrong id":
      return { claim: { ...full, patientId: `X${random.below(3)}` }, name: text, charset: "ISO_IR 192" };
    case "another's id":
      return { claim: { ...full, patientId: other }, name: text, charset: "ISO_IR 192" };
    case "another's id, no birth date":
      return { claim: { ...full, patientId: other, birthDate: "" }, name: text, charset: "ISO_IR 192" };
    case "no id":
      return { claim: { ...full, patientId: "" }, name: text, charset: "ISO_IR 192" };
    case "no name":
      return { claim: { ...full, words: null }, name: "", charset: "" };
    case "nothing":
      return { claim: { ...full, patientId: "", words: null, birthDate: "", sex: "" }, name: "", charset: "" };
    case "wrong birth date":
      return { claim: { ...full, birthDate: "1985-12-31" }, name: text, charset: "ISO_IR 192" };
    case "other sex":
      return { claim: { ...full, sex: full.sex === "F" ? "M" : "F" }, name: text, charset: "ISO_IR 192" };
    case "last name only, no id":
      return {
        claim: { ...full, patientId: "", words: [wordsOf(name)[0]!], birthDate: "", sex: "" },
        name: name.last.latin,
        charset: "",
      };
    default:
      return { claim: full, name: text, charset: "ISO_IR 192" };
  }
}

export interface ObjectFields {
  claim: Claim;
  name: string;
  charset: string;
  studyInstanceUid: string;
  seriesInstanceUid: string;
  sopInstanceUid: string;
  accessionNumber: string;
  requestIds: readonly string[];
  /** YYYY-MM-DD, or "". */
  studyDate: string;
  told: string;
}

/** A small image; no two have the same bytes. */
export function imageOf(fields: ObjectFields): Sent {
  const { claim, name, charset } = fields;
  count += 1;
  const dataset = new Dataset().setText(Tag.SpecificCharacterSet, "CS", "ISO_IR 192")
    .setText(Tag.SOPClassUID, "UI", ULTRASOUND_IMAGE)
    .setText(Tag.SOPInstanceUID, "UI", fields.sopInstanceUid)
    .setText(Tag.StudyDate, "DA", fields.studyDate.replaceAll("-", ""))
    .setText(Tag.AccessionNumber, "SH", fields.accessionNumber)
    .setText(Tag.Modality, "CS", "US")
    .setText(Tag.PatientName, "PN", name)
    .setText(Tag.PatientID, "LO", claim.patientId)
    .setText(Tag.PatientBirthDate, "DA", claim.birthDate.replaceAll("-", ""))
    .setText(Tag.PatientSex, "CS", claim.sex)
    .setText(Tag.StudyInstanceUID, "UI", fields.studyInstanceUid)
    .setText(Tag.SeriesInstanceUID, "UI", fields.seriesInstanceUid)
    .setText(Tag.InstanceNumber, "IS", String(count))
    .setUnsignedShort(Tag.SamplesPerPixel, 1)
    .setText(Tag.PhotometricInterpretation, "CS", "MONOCHROME2")
    .setUnsignedShort(Tag.Rows, 8)
    .setUnsignedShort(Tag.Columns, 8)
    .setUnsignedShort(Tag.BitsAllocated, 8)
    .setUnsignedShort(Tag.BitsStored, 8)
    .setUnsignedShort(Tag.HighBit, 7)
    .setUnsignedShort(Tag.PixelRepresentation, 0)
    .add({ tag: Tag.PixelData, vr: "OB", value: new Uint8Array(64).fill(count % 256) });
  if (fields.requestIds.length > 0) {
    dataset.setItems(
      Tag.RequestAttributesSequence,
      fields.requestIds.map((id) => new Dataset().setText(Tag.ScheduledProcedureStepID, "SH", id)),
    );
  }
  const data = new Uint8Array(writeDataset(dataset, EXPLICIT_LITTLE_ENDIAN));
  if (charset !== "ISO_IR 192") declare(data, charset);
  return {
    claim,
    claimedStudyUid: fields.studyInstanceUid,
    sopInstanceUid: fields.sopInstanceUid,
    seriesInstanceUid: fields.seriesInstanceUid,
    accessionNumber: fields.accessionNumber,
    sha256: createHash("sha256").update(data).digest("hex"),
    object: {
      sopClassUid: ULTRASOUND_IMAGE,
      sopInstanceUid: fields.sopInstanceUid,
      transferSyntaxUid: EXPLICIT_LITTLE_ENDIAN.uid,
      data,
    },
    told: fields.told,
  };
}

/** The set that the object declares, over the one that its text is in: the same length, spaces behind it. */
function declare(data: Uint8Array, charset: string): void {
  const declared = new TextEncoder().encode(charset.padEnd("ISO_IR 192".length));
  data.set(declared, 8); // the first element: tag, VR, length
}

export function newUids() {
  return { studyInstanceUid: newUid(), seriesInstanceUid: newUid(), sopInstanceUid: newUid() };
}
