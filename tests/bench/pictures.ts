import { join } from "node:path";
import { Pictures } from "../../src/imaging/pictures.ts";
import { median, milliseconds, table } from "./measure.ts";

const ROUNDS = 5;
const COUNT = 60;
const OBJECTS = ["us_rgb", "us_rle", "us_palette", "us_cine_jpeg"];

/** Thumbnails, frames and bare pixels of the fixtures, and measurements of a report, as the box draws and reads them. */
export async function benchPictures(): Promise<void> {
  const rows = [];
  for (const name of OBJECTS) {
    const path = new URL(`../../fixtures/dicom/${name}.dcm`, import.meta.url).pathname;
    rows.push(
      await row(`${name}: thumbnails`, path, (pictures, file) => pictures.thumbnail(file)),
      await row(`${name}: frames`, path, (pictures, file) => pictures.frame(file, 1)),
      await row(`${name}: bare pixels`, path, (pictures, file) => pictures.native(file, 1, false)),
    );
  }
  const report = new URL("../../fixtures/dicom/sr_obgyn.dcm", import.meta.url).pathname;
  rows.push(await row("sr_obgyn: measurements", report, (pictures, file) => pictures.measurements(file)));
  table(`${COUNT} of each, median of ${ROUNDS} runs, one after the other as they are asked for at once`, rows);
}

type File = Parameters<Pictures["thumbnail"]>[0];

async function row(what: string, path: string, ask: (pictures: Pictures, file: File) => Promise<unknown>) {
  const folder = await Deno.makeTempDir({ prefix: "sonodesk-bench-" });
  try {
    const pictures = new Pictures({ cacheFolder: join(folder, "cache") });
    const started = performance.now();
    await ask(pictures, { path, sopInstanceUid: "2.25.1", sha256: "first" });
    const first = performance.now() - started;
    const times = [];
    for (let round = 0; round < ROUNDS; round++) {
      const begun = performance.now();
      await Promise.all(Array.from(
        { length: COUNT },
        (_, index) => ask(pictures, { path, sopInstanceUid: "2.25.1", sha256: `${round} ${index}` }),
      ));
      times.push((performance.now() - begun) / COUNT);
    }
    pictures.close();
    return { what, "the first, with the start": milliseconds(first), each: milliseconds(median(times)) };
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}
