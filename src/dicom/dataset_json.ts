import type { Dataset } from "./dataset.ts";
import { nameOf } from "./dictionary.ts";

/** A data set for a person to read: text by keyword, sequences as lists. Bytes are shown by their number. */
export interface ReadableDataset {
  /** Its text, several values with backslashes between; or its items. */
  [keyword: string]: string | ReadableDataset[];
}

/** A data set for a person: by keywords, without what is binary. */
export function readableDataset(dataset: Dataset): ReadableDataset {
  return Object.fromEntries(
    [...dataset].map(({ tag, value }) => {
      if (typeof value === "string") return [nameOf(tag), value];
      if (value instanceof Uint8Array) return [nameOf(tag), value.length === 0 ? "" : `${value.length} bytes`];
      return [nameOf(tag), value.map(readableDataset)];
    }),
  );
}
