import { Dataset } from "../../src/dicom/dataset.ts";
import { Tag } from "../../src/dicom/dictionary.ts";
import { matchesPersonName, mismatch } from "../../src/dicom/matching.ts";

/** Matches keys that take a backtracking expression longer than the sun will shine, and tells what came of it. */
const key = `${"*?".repeat(30)}Z`;
const value = "A".repeat(64);
const asked = new Dataset().setText(Tag.PatientID, "LO", key);
const held = new Dataset().setText(Tag.PatientID, "LO", value);
const matches = mismatch(asked, held) === undefined;
const names = matchesPersonName(`${"*?".repeat(20)}^${"*a".repeat(60)}z`, `${value}^${value}`);
postMessage({ matches, names });

declare function postMessage(message: unknown): void;
