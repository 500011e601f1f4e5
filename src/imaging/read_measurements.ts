import { LONGEST_FILE_META, readFileMeta } from "../dicom/file_meta.ts";
import { screenForFetalSex, withoutFetalSex } from "../dicom/fetal_sex.ts";
import type { Dataset } from "../dicom/dataset.ts";
import { Tag } from "../dicom/dictionary.ts";
import { MalformedDataset } from "../dicom/malformed_dataset.ts";
import { readDataset } from "../dicom/read_dataset.ts";
import { acquisitionReport, readReport, type Report } from "../dicom/report/report.ts";
import { measurementsOf } from "../dicom/report/measurements.ts";
import { bytesSource } from "../dicom/byte_source.ts";
import { readHeader } from "../dicom/object_header.ts";
import { isReportClass } from "../dicom/sop_class.ts";
import { transferSyntaxOf } from "../dicom/transfer_syntax.ts";
import { inflate } from "../objects/inflate.ts";
import { FileSource } from "../objects/file_source.ts";
import type { ObjectMeasurements } from "./render_protocol.ts";

/** The largest report of a real machine is well below; reading a larger one would take the worker's memory and time. */
const LARGEST_REPORT = 16 * 1024 * 1024;

/**
 * What a stored object says was measured: a report's values, and those that an image carries in its acquisition
 * context. An object of another kind has none.
 *
 * @param path the object's Part 10 file
 * @param machineCharset the character set on the record of the machine that it came from
 * @param withheld what it states of a fetus's sex in codes is left out, and what else may tell it is looked for
 * @throws MalformedDataset when the file cannot be read as an object
 */
export async function readMeasurements(
  path: string,
  machineCharset: readonly string[] = [],
  withheld = false,
): Promise<ObjectMeasurements> {
  const { dataset, sopClassUid } = await readObject(path, machineCharset);
  const isReport = isReportClass(sopClassUid);
  const whole = isReport ? readReport(dataset) : acquisitionReport(dataset);
  const { root, ...report } = withheld ? withoutFetalSex(whole).report : whole;
  return {
    report: isReport ? report : undefined,
    values: measurementsOf({ ...report, root }),
    descriptions: {
      study: dataset.text("StudyDescription"),
      series: dataset.text("SeriesDescription"),
      bodyPart: dataset.text("BodyPartExamined"),
    },
    ...(withheld && { fetalSex: screenForFetalSex(dataset, whole) }),
  };
}

/**
 * The whole tree of a stored report, for a person who wants to see all of it.
 *
 * @param withheld without what it states of a fetus's sex in codes
 * @throws MalformedDataset as `readMeasurements`
 */
export async function readStoredReport(
  path: string,
  machineCharset: readonly string[] = [],
  withheld = false,
): Promise<Report> {
  const report = readReport((await readObject(path, machineCharset)).dataset);
  return withheld ? withoutFetalSex(report).report : report;
}

async function readObject(
  path: string,
  machineCharset: readonly string[],
): Promise<{ dataset: Dataset; sopClassUid: string }> {
  using file = await Deno.open(path, { read: true });
  const { meta, dataOffset } = readFileMeta(new FileSource(file, 0).readAt(0, LONGEST_FILE_META));
  const syntax = transferSyntaxOf(meta.transferSyntaxUid);
  if (syntax === undefined) {
    throw new MalformedDataset(`the transfer syntax ${meta.transferSyntaxUid} is not one the box reads`);
  }
  const source = new FileSource(file, dataOffset);
  const isReport = isReportClass(meta.sopClassUid);
  if (isReport && source.size > LARGEST_REPORT) {
    throw new MalformedDataset(`a report of ${source.size} bytes is larger than the box reads`);
  }
  const inflated = syntax.deflated ? (await inflate(source)).bytes : undefined;
  if (!isReport) {
    const { dataset } = readHeader(inflated ? bytesSource(inflated) : source, syntax, { machineCharset });
    return { dataset, sopClassUid: meta.sopClassUid };
  }
  const bytes = inflated ?? source.readAt(0, source.size);
  if (bytes.length > LARGEST_REPORT) {
    throw new MalformedDataset(`a report of ${bytes.length} bytes is larger than the box reads`);
  }
  const { dataset } = readDataset(bytes, syntax, { machineCharset, until: Tag.FloatPixelData });
  return { dataset, sopClassUid: meta.sopClassUid };
}
