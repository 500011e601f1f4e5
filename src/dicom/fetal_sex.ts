import { decodeText } from "./charset.ts";
import { Dataset, type Element, isTextVr } from "./dataset.ts";
import { nameOf, Tag, type Vr } from "./dictionary.ts";
import { mayTellFetalSex, namesFetalSex, type TextContext } from "./fetal_sex_words.ts";
import type { Code } from "./report/code.ts";
import type { ReportMeasurement } from "./report/measurements.ts";
import { type ContentItem, itemsOf, type Report } from "./report/report.ts";

/**
 * What an object says of a fetus's sex: whether a coded item states it, and the names of the fields whose words may
 * tell it. Never the words themselves.
 */
export interface FetalSexFindings {
  /** Whether it states it in codes. */
  coded: boolean;
  /** Attributes, or places in a report, whose words may name it. */
  words: { field: string }[];
}

/** Fetal sex (LOINC). Codes are compared whatever their scheme is called, as machines name schemes in many ways. */
const FETAL_SEX: ReadonlySet<string> = new Set(["11882-8"]);
/** Subject Sex (DCM), Sex, Sex assigned at birth (LOINC): a fetus's where they stand in what is said of one. */
const SEX: ReadonlySet<string> = new Set(["121032", "46098-0", "76689-9"]);
/** Male and female: CID 7455 (DCM) and SNOMED's findings. */
const SEX_VALUES: ReadonlySet<string> = new Set([
  ...["DCM:M", "DCM:F", "DCM:MP", "DCM:FP", "DCM:H", "DCM:MC", "DCM:FC", "DCM:121102", "DCM:121104"],
  ...["SCT:248152002", "SCT:248153007"],
]);
/** Tables of fetal weight for one sex: singletons and twins, male and female (LOINC, CID 12012 and 12016). */
const TABLES_OF_ONE_SEX: ReadonlySet<string> = new Set(["33186-8", "33187-6", "33188-4", "33199-1"]);

const SUBJECT_CLASS = "121024";
const FETUS = "121026";
/** Fetus ID (LN 11951-1) and Fetus Number (DCM), which stand beside what is said of one. */
const FETUS_NUMBERS: ReadonlySet<string> = new Set(["11951-1", "121037"]);
/** Sections of TID 5000 about a fetus: ratios, biometry, long bones, cranium, biophysical profile, summary, characteristics. */
const FETAL_SECTIONS: ReadonlySet<string> = new Set([
  ...["125001", "125002", "125003", "125004", "125006", "125008", "125015"],
]);
/** OB-GYN Ultrasound Procedure Report (TID 5000) and its title. */
const OBSTETRIC_TEMPLATE = "5000";
const OBSTETRIC_TITLE = "125000";

/** The classes of Encapsulated PDF, CDA and other documents (PS3.4 B.5) begin so. */
const ENCAPSULATED_DOCUMENTS = "1.2.840.10008.5.1.4.1.1.104.";

/** What stands in the tree for an item that is left out: others are found by their places. */
const LEFT_OUT: ContentItem = {
  ...{ relationship: "", valueType: "", concept: undefined, value: "", references: [], template: "", children: [] },
  withheld: true,
};

/**
 * A report without the coded items that state a fetus's sex (PS3.16 TID 1007, 1008, 5000; items of vendors by what
 * they are called), in whose places items stand that say nothing.
 */
export function withoutFetalSex(report: Report): { report: Report; coded: boolean } {
  let coded = false;
  const copy = (item: ContentItem, outer: boolean): ContentItem => {
    const fetal = isFetal(item, outer);
    const children = item.children.map((child) => {
      if (!statesFetalSex(child, isFetal(child, fetal))) return copy(child, fetal);
      coded = true;
      return LEFT_OUT;
    });
    return { ...item, children };
  };
  return { report: { ...report, root: copy(report.root, false) }, coded };
}

/**
 * Looks through an object: its report, or what an image carries as one, and every text among its attributes but those
 * that only identify (PS3.6).
 *
 * @param report what `readReport` or `acquisitionReport` made of the same data set
 */
export function screenForFetalSex(dataset: Dataset, report: Report): FetalSexFindings {
  const { report: rest, coded } = withoutFetalSex(report);
  const obstetric = isObstetric(dataset, report);
  const fields = new Set<string>();
  const look = (item: ContentItem, outer: boolean) => {
    const fetal = isFetal(item, outer);
    if (textsOf(item).some((text) => mayTellFetalSex(text, { fetal, obstetric }))) fields.add(fieldOf(item));
    for (const child of item.children) look(child, fetal);
  };
  look(rest.root, false);
  for (const tag of tagsThatMayTell(dataset, { obstetric }, [])) fields.add(nameOf(tag));
  const patientSex = dataset.text("PatientSex");
  if (patientSexMayTell(dataset.text("PatientName"), patientSex, obstetric)) fields.add(nameOf(Tag.PatientSex));
  // what stands in a document no screen reads: whoever made it knows
  const isDocument = dataset.text("SOPClassUID").startsWith(ENCAPSULATED_DOCUMENTS);
  if (isDocument && (obstetric || patientSex.toUpperCase() !== "M")) fields.add("EncapsulatedDocument");
  return { coded, words: [...fields].sort().map((field) => ({ field })) };
}

/**
 * Values that were read before, where the object itself is not here any more: without those that state a fetus's sex,
 * and the names of the fields of the others whose words may tell it.
 */
export function measurementsWithoutFetalSex<Measurement extends ReportMeasurement>(
  measurements: readonly Measurement[],
): { values: Measurement[]; fetalSex: FetalSexFindings } {
  const values = measurements.filter(({ name, code, value, context }) => {
    const fetal = context.fetus !== undefined;
    if (isFetalSex(codeOf(code, name), fetal && context.valueType !== undefined)) return false;
    if (context.valueType !== "CODE") return true;
    const said = { ...codeOf(context.valueCode ?? "", value), scheme: (context.valueCode ?? "").split(":")[0]! };
    return !(isFetalSex(said, fetal) || isFetus(said) || (fetal && isSex(said)));
  });
  const fields = new Set<string>();
  for (const { name, value, site, laterality, context } of values) {
    const fetal = context.fetus !== undefined;
    for (const [field, text] of Object.entries({ ...context, name, value, site, laterality })) {
      if (!mayTellFetalSex(text, { fetal })) continue;
      fields.add(mayTellFetalSex(field, { fetal: true, obstetric: true }) ? "another field" : field);
    }
  }
  return {
    values,
    fetalSex: { coded: values.length < measurements.length, words: [...fields].sort().map((field) => ({ field })) },
  };
}

/** @param written `scheme:value`, as `codeText` writes it */
function codeOf(written: string, meaning: string): Code {
  return { scheme: "", value: written.slice(written.indexOf(":") + 1), meaning };
}

/** Whether what is said here is said of a fetus: from an item on for all that stands below it, or beside it. */
function isFetal(item: ContentItem, outer: boolean): boolean {
  for (const child of item.children) {
    if (child.concept?.value === SUBJECT_CLASS) return child.code?.value === FETUS;
  }
  if (item.children.some(({ concept }) => FETUS_NUMBERS.has(concept?.value ?? ""))) return true;
  if (item.valueType === "CONTAINER" && item.concept !== undefined) {
    if (FETAL_SECTIONS.has(item.concept.value) || /\bfo?et(al|us)/i.test(item.concept.meaning)) return true;
  }
  return outer;
}

function statesFetalSex(item: ContentItem, fetal: boolean): boolean {
  if (item.valueType === "CONTAINER") return isFetalSex(item.concept, false);
  if (isFetalSex(item.concept, fetal)) return true;
  return item.code !== undefined && (isFetalSex(item.code, fetal) || isFetus(item.code) || (fetal && isSex(item.code)));
}

function isFetalSex(code: Code | undefined, fetal: boolean): boolean {
  if (code === undefined) return false;
  return FETAL_SEX.has(code.value) || TABLES_OF_ONE_SEX.has(code.value) || (fetal && SEX.has(code.value)) ||
    namesFetalSex(code.meaning, fetal);
}

function isSex({ scheme, value, meaning }: Code): boolean {
  return SEX_VALUES.has(`${scheme}:${value}`) || /^(?:fe)?male(?: sex| gender)?$/i.test(meaning);
}

function isFetus({ meaning }: Code): boolean {
  return /^(?:fe)?male fo?etus$/i.test(meaning);
}

/** What an item says in words; names of persons and numbers are none. */
function textsOf({ valueType, concept, value, code, qualifier }: ContentItem): string[] {
  const name = concept?.meaning ?? "";
  const said = valueType === "TEXT" ? value : valueType === "CODE" ? code?.meaning ?? "" : qualifier?.meaning ?? "";
  // the name says what the words are about: "Gender: M"
  return name === "" || said === "" ? [name || said] : [`${name}: ${said}`, said];
}

/** What a person calls the item, unless that tells it. */
function fieldOf({ valueType, concept }: ContentItem): string {
  const name = concept?.meaning ?? "";
  const shown = name !== "" && !mayTellFetalSex(name, { fetal: true, obstetric: true });
  return `${valueType || "item"}${shown ? ` ${name.slice(0, 64)}` : ""}`;
}

function isObstetric(dataset: Dataset, report: Report): boolean {
  const { root } = report;
  if (root.template === OBSTETRIC_TEMPLATE || root.concept?.value === OBSTETRIC_TITLE) return true;
  for (const item of itemsOf(root)) if (isFetal(item, false)) return true;
  const called = ["StudyDescription", "SeriesDescription", "ProtocolName", "BodyPartExamined"] as const;
  return isCalledObstetric(called.map((keyword) => dataset.text(keyword)));
}

/** Whether an examination is one in pregnancy by what it is called. */
export function isCalledObstetric(names: readonly string[]): boolean {
  return names.some((name) =>
    /obstet|\bob\b|fo?et(al|us)|pregnan|ante-?natal|\banc\b|anomaly scan|growth scan/i.test(name)
  );
}

/** Whether Patient's Sex (0010,0040) may be a fetus's: of one with a name of its own, or of a pregnant man, a sign. */
export function patientSexMayTell(patientName: string, patientSex: string, obstetric: boolean): boolean {
  if (patientSex.toUpperCase() === "M" && obstetric) return true;
  return patientSex !== "" && /\bfo?etus\b/i.test(patientName.replaceAll("^", " "));
}

/** Attributes that only identify, and would be stopped for the name of a clinic or a person. */
const IDENTIFYING: ReadonlySet<number> = new Set([
  ...[0x00080050, 0x00080070, 0x00080080, 0x00080081, 0x00080092, 0x00080094, 0x00081010, 0x00081040, 0x00081090],
  ...[0x00080100, 0x00080102, 0x00080103, 0x00080115, 0x00080119, 0x00080120],
  ...[0x00100020, 0x00100021, 0x00101000, 0x00101002, 0x00101040, 0x00101090, 0x00102150, 0x00102152, 0x00102154],
  ...[0x00102160, 0x001021f0, 0x00181000, 0x00181008, 0x00181020, 0x0020000d, 0x00200010, 0x00321033, 0x00380010],
  ...[0x00400009, 0x00400010, 0x00400011, 0x00400241, 0x00400242, 0x00400243, 0x00400253, 0x00401001, 0x00402016],
  ...[0x00402017, 0x0040a124, Tag.PatientName, Tag.PatientSex],
]);
/** Text that says something in words; of what is coded by letters only in the attributes of vendors. */
const WORDY: ReadonlySet<Vr> = new Set<Vr>(["LO", "LT", "SH", "ST", "UC", "UT"]);
/** Trees of their own, that the report has. */
const TREES: ReadonlySet<number> = new Set([Tag.ContentSequence, Tag.AcquisitionContextSequence]);
/** Bytes that are no text are passed over; more than this would take too long. */
const LONGEST_BYTES = 1024 * 1024;

/** The attributes whose words may tell, also those within sequences. */
function* tagsThatMayTell(dataset: Dataset, context: TextContext, outer: readonly string[]): Generator<number> {
  const own = dataset.texts(Tag.SpecificCharacterSet);
  const charset = own.length > 0 ? own : outer;
  for (const element of dataset) {
    const { tag, value } = element;
    if (IDENTIFYING.has(tag)) continue;
    if (Array.isArray(value)) {
      if (TREES.has(tag)) continue;
      for (const item of value as readonly Dataset[]) yield* tagsThatMayTell(item, context, charset);
    } else if (mayTellFetalSex(wordsOf(element, charset), context)) {
      yield tag;
    }
  }
}

/** The words of an attribute; "" where it has none. Of vendors' attributes whatever looks like text. */
function wordsOf({ tag, vr, value }: Element, charset: readonly string[]): string {
  const isPrivate = (tag & 0x10000) !== 0;
  if (typeof value === "string") {
    const isWords = WORDY.has(vr) || (isPrivate && isTextVr(vr) && vr !== "PN") || tag === Tag.BodyPartExamined;
    return isWords ? value.replaceAll("\\", "; ") : "";
  }
  if (!(value instanceof Uint8Array) || value.length > LONGEST_BYTES) return "";
  if (vr !== "UN" && !(isPrivate && vr === "OB")) return "";
  const text = readable(value, charset);
  // a person's name that the data set does not say is one
  return !isPrivate && text.includes("^") ? "" : text;
}

/** Bytes as text where most of them are; every other byte of UTF-16 is a zero. */
function readable(bytes: Uint8Array, charset: readonly string[]): string {
  const filled = bytes.filter((byte) => byte !== 0);
  const signs = filled.reduce((count, byte) => count + (byte < 0x20 && (byte < 9 || byte > 13) ? 1 : 0), 0);
  return filled.length === 0 || signs > filled.length / 20 ? "" : decodeText(filled, charset);
}
