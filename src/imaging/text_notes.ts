import { say } from "../sentences.ts";
import { type Assumption, assumption } from "../dicom/assumption.ts";
import type { Dataset } from "../dicom/dataset.ts";

/**
 * How the texts of an object were read where its Specific Character Set (0008,0005) does not say so.
 *
 * @param machineCharset the terms on the record of the machine that it came from
 */
export function textNotes(dataset: Dataset, machineCharset: readonly string[]): Assumption[] {
  const set = dataset.texts("SpecificCharacterSet").join("\\");
  switch (dataset.textReadAs) {
    case "declared":
      return [];
    case "machine":
      return [assumption("text", say("assumed-text-machine", { set: machineCharset.join("\\") }))];
    case "bytes":
      return [assumption("text", set === "" ? say("assumed-text-undeclared") : say("assumed-text", { set }))];
  }
}
