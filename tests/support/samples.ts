import { existsSync } from "node:fs";
import { readFileMeta } from "../../src/dicom/file_meta.ts";

/** Real and synthetic material beside the project, where it is there. Nothing of it is in the project. */
const SAMPLES = new URL("../../../shared/dicom-samples/", import.meta.url).pathname;
const FIELD_CASES = new URL("../../../shared/field-cases/", import.meta.url).pathname;
const FIXTURES = new URL("../../fixtures/dicom/", import.meta.url).pathname;

/** The DICOM files of a folder of samples, by name; none where the samples are not there. */
export function samples(folder: string): { name: string; path: string }[] {
  return filesIn(`${SAMPLES}${folder}`, [".dcm", ".bin"]);
}

/** The same, of which there must be at least so many where the samples are there at all: none found proves nothing. */
export function atLeast(fewest: number, folder: string): { name: string; path: string }[] {
  const found = samples(folder);
  if (existsSync(SAMPLES) && found.length < fewest) {
    throw new Error(`Cannot test with the samples of ${folder}: ${found.length} are there and not ${fewest}, look why`);
  }
  return found;
}

/** Where a sample is, by its path below the samples' folder. */
export function samplePath(path: string): string {
  return `${SAMPLES}${path}`;
}

/** Where an input lies that the box once got wrong; beside the project, where it is there. */
export function fieldCase(name: string): string {
  return `${FIELD_CASES}${name}`;
}

/** The objects that the project has made itself. */
export function fixtures(): { name: string; path: string }[] {
  return filesIn(FIXTURES, [".dcm"]);
}

/** A Part 10 file as what a machine would send of it: its data set, byte for byte, and what its command says. */
export function readObject(path: string) {
  const bytes = Deno.readFileSync(path);
  const { meta, dataOffset } = readFileMeta(bytes);
  return { ...meta, data: bytes.subarray(dataOffset) };
}

function filesIn(folder: string, endings: string[]): { name: string; path: string }[] {
  try {
    return [...Deno.readDirSync(folder)]
      .filter(({ name }) => endings.some((ending) => name.endsWith(ending)))
      .map(({ name }) => ({ name, path: `${folder}/${name}` }))
      .sort((a, b) => a.name.localeCompare(b.name));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
}
