import { Dataset } from "./dataset.ts";
import { Tag } from "./dictionary.ts";
import { MalformedDataset } from "./malformed_dataset.ts";
import { readDataset } from "./read_dataset.ts";
import { EXPLICIT_LITTLE_ENDIAN } from "./transfer_syntax.ts";
import { writeDataset } from "./write_dataset.ts";

/** This implementation, in files and in association negotiation (PS3.7 D.3.3.2). */
export const IMPLEMENTATION_CLASS_UID = "2.25.255037826371836148213067221733405262121";
/** Implementation Version Name (0002,0013), PS3.7 D.3.3.2.3. */
export const IMPLEMENTATION_VERSION_NAME = "SONODESK_1";

/** Longer than any file meta information with its preamble, bytes: so much of a file is looked at for it. */
export const LONGEST_FILE_META = 64 * 1024;

/** Length of the preamble with its prefix `DICM` (PS3.10 7.1). */
const PREAMBLE = 132;

/** What is used of the File Meta Information (PS3.10 7.1). */
export interface FileMeta {
  /** Media Storage SOP Class UID (0002,0002). */
  sopClassUid: string;
  /** Media Storage SOP Instance UID (0002,0003). */
  sopInstanceUid: string;
  /** Transfer Syntax UID (0002,0010). */
  transferSyntaxUid: string;
  /** AE title that the object came from; "" when unknown. */
  sourceAeTitle: string;
}

/** Preamble, prefix and file meta information: what goes before a data set to make it a file (PS3.10 7.1). */
export function writeFileMeta(meta: FileMeta): Uint8Array {
  const dataset = new Dataset()
    .add({ tag: Tag.FileMetaInformationVersion, vr: "OB", value: Uint8Array.of(0, 1) })
    .setText(Tag.MediaStorageSOPClassUID, "UI", meta.sopClassUid)
    .setText(Tag.MediaStorageSOPInstanceUID, "UI", meta.sopInstanceUid)
    .setText(Tag.TransferSyntaxUID, "UI", meta.transferSyntaxUid)
    .setText(Tag.ImplementationClassUID, "UI", IMPLEMENTATION_CLASS_UID)
    .setText(Tag.ImplementationVersionName, "SH", IMPLEMENTATION_VERSION_NAME);
  if (meta.sourceAeTitle !== "") {
    dataset.setText(Tag.SourceApplicationEntityTitle, "AE", meta.sourceAeTitle.replaceAll(/[^\x20-\x7e]|\\/g, "_"));
  }
  const elements = writeDataset(dataset, EXPLICIT_LITTLE_ENDIAN);
  const file = new Uint8Array(PREAMBLE + 12 + elements.length);
  file.set([0x44, 0x49, 0x43, 0x4d], 128);
  const view = new DataView(file.buffer);
  file.set([0x02, 0, 0, 0, 0x55, 0x4c, 4, 0], PREAMBLE); // (0002,0000) UL, the length of what follows
  view.setUint32(PREAMBLE + 8, elements.length, true);
  file.set(elements, PREAMBLE + 12);
  return file;
}

/**
 * The file meta information at the start of a file, and where the data set begins.
 *
 * @throws MalformedDataset when the file has none
 */
export function readFileMeta(bytes: Uint8Array): { meta: FileMeta; dataOffset: number } {
  if (new TextDecoder().decode(bytes.subarray(128, PREAMBLE)) !== "DICM") {
    throw new MalformedDataset("the file has no DICM prefix at byte 128");
  }
  const { dataset, end } = readDataset(bytes.subarray(PREAMBLE), EXPLICIT_LITTLE_ENDIAN, { until: 0x00030000 });
  return {
    meta: {
      sopClassUid: dataset.text("MediaStorageSOPClassUID"),
      sopInstanceUid: dataset.text("MediaStorageSOPInstanceUID"),
      transferSyntaxUid: dataset.text("TransferSyntaxUID"),
      sourceAeTitle: dataset.text("SourceApplicationEntityTitle"),
    },
    dataOffset: PREAMBLE + end,
  };
}
