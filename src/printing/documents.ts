import { Refused, say } from "../sentences.ts";
import type { PrinterFacts } from "./ipp_printer.ts";
import { pwgRaster, type RasterPage } from "./pwg_raster.ts";

/** Pages of a sheet at most: more is no sheet. */
const MOST_PAGES = 20;
/** How long drawing a page may take, milliseconds: small computers are slow. */
const PATIENCE = 120_000;
/** A4 in inches. */
const PAPER = { width: 210 / 25.4, height: 297 / 25.4 };

/** What a printer is given. */
export interface PrintDocument {
  /** Its media type. */
  format: string;
  /** Its bytes. */
  bytes: Uint8Array<ArrayBuffer>;
}

/**
 * A PDF in the form that a printer takes: as it is, as PWG raster, or each page as a JPEG, which every printer for phones
 * takes.
 *
 * @param path of the PDF
 * @returns one document, or one a page
 * @throws Refused where the printer takes none of them, or the PDF cannot be drawn
 */
export async function documentsFor(
  path: string,
  { formats, resolutions, rasterTypes }: Pick<PrinterFacts, "formats" | "resolutions" | "rasterTypes">,
): Promise<PrintDocument[]> {
  if (formats.includes("application/pdf")) {
    return [{ format: "application/pdf", bytes: await Deno.readFile(path) }];
  }
  const resolution = resolutionFor(resolutions);
  if (formats.includes("image/pwg-raster")) {
    const pages: RasterPage[] = [];
    for (let page = 1; page <= await pagesOf(path); page++) {
      const grey = rasterTypes.includes("srgb_8") ? [] : ["-gray"];
      pages.push(pageOf(await drawn(path, page, resolution, grey)));
    }
    return [{ format: "image/pwg-raster", bytes: pwgRaster(pages, resolution) }];
  }
  if (formats.includes("image/jpeg")) {
    const documents: PrintDocument[] = [];
    for (let page = 1; page <= await pagesOf(path); page++) {
      documents.push({ format: "image/jpeg", bytes: await drawn(path, page, resolution, ["-jpeg"]) });
    }
    return documents;
  }
  throw new Refused(say("printer-takes-other-forms"));
}

/** Fine enough for small print: the coarsest from 300 on, else the finest. @param resolutions the finest first */
function resolutionFor(resolutions: readonly number[]): number {
  return resolutions.findLast((one) => one >= 300) ?? resolutions[0] ?? 300;
}

async function pagesOf(path: string): Promise<number> {
  const text = new TextDecoder().decode(await outputOf("pdfinfo", [path]));
  const [, pages] = /^Pages:\s+(\d+)$/m.exec(text) ?? [];
  return Math.min(Number(pages ?? 0), MOST_PAGES);
}

async function drawn(
  path: string,
  page: number,
  resolution: number,
  options: readonly string[],
): Promise<Uint8Array<ArrayBuffer>> {
  const [width, height] = [PAPER.width, PAPER.height].map((inches) => String(Math.round(inches * resolution)));
  return await outputOf("pdftoppm", [
    ...["-f", String(page), "-l", String(page), "-singlefile", "-r", String(resolution)],
    ...["-scale-to-x", width!, "-scale-to-y", height!, ...options, path],
  ]);
}

async function outputOf(program: string, args: string[]): Promise<Uint8Array<ArrayBuffer>> {
  try {
    const command = new Deno.Command(program, {
      args,
      stdout: "piped",
      stderr: "null",
      signal: AbortSignal.timeout(PATIENCE),
    });
    const { success, stdout } = await command.output();
    if (!success) throw new Error(`${program} could not read it`);
    return stdout;
  } catch (error) {
    throw new Refused(say("sheet-not-drawn"), { cause: error });
  }
}

/** From a portable pixmap: `P5` is grey, `P6` has colours. */
function pageOf(pixmap: Uint8Array): RasterPage {
  const head = new TextDecoder("latin1").decode(pixmap.subarray(0, 64));
  const [all, kind, width, height] = /^P([56])\s+(\d+)\s+(\d+)\s+255\s/.exec(head) ?? [];
  if (all === undefined) throw new Refused(say("sheet-not-drawn"));
  return {
    width: Number(width),
    height: Number(height),
    channels: kind === "5" ? 1 : 3,
    pixels: pixmap.subarray(all.length),
  };
}
