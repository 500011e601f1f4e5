import type { Dataset } from "../dataset.ts";
import type { Keyword } from "../dictionary.ts";

/** A coded concept (PS3.3 8.8). Parts that a machine left out are "". */
export interface Code {
  /** Code Value (0008,0100). */
  value: string;
  /** Coding Scheme Designator, such as LN, SCT, SRT, DCM, UCUM or a vendor's own. */
  scheme: string;
  /** Code Meaning (0008,0104). */
  meaning: string;
}

/** The first item of a code sequence; undefined when there is none or it says nothing. */
export function readCode(dataset: Dataset, sequence: Keyword): Code | undefined {
  const item = dataset.items(sequence)[0];
  return item && codeOf(item);
}

function codeOf(item: Dataset): Code | undefined {
  const value = item.text("CodeValue") || item.text("LongCodeValue") || item.text("URNCodeValue");
  const meaning = item.text("CodeMeaning");
  if (value === "" && meaning === "") return undefined;
  return { value, scheme: item.text("CodingSchemeDesignator"), meaning };
}

/** A code as one text, `scheme:value`; "" for none. */
export function codeText(code: Code | undefined): string {
  return code === undefined ? "" : `${code.scheme}:${code.value}`;
}

/** What a person reads of a code. */
export function meaningOf(code: Code | undefined): string {
  return code === undefined ? "" : code.meaning || code.value;
}
