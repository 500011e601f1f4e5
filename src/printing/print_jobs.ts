import { setTimeout as delay } from "node:timers/promises";
import { getLogger } from "@logtape/logtape";
import { removeIfThere } from "../objects/files.ts";
import { Refused, say, type Sentence, type Told, told, toldOf } from "../sentences.ts";
import { documentsFor } from "./documents.ts";
import { IppPrinter, type PrinterFacts } from "./ipp_printer.ts";
import { A4 } from "./pwg_raster.ts";

const log = getLogger(["sonodesk", "printing"]);

/** How a sheet stands: `waiting` is for the box's browser, `blocked` for somebody at the printer. */
export type PrintState = "waiting" | "sending" | "printing" | "blocked" | "printed" | "failed";

/** A sheet on its way to the printer, in words. */
export interface PrintJob extends Told {
  /** Random: the name that the page gives the sheet. */
  id: string;
  /** `printed` and `failed` are its ends. */
  state: PrintState;
}

/** Under which it is stored which printer an admin has chosen: its address. */
export const PRINTER = "printer";
/** Sheets that are remembered: of those before nobody asks any more. */
const REMEMBERED = 16;
/** The largest sheet, bytes. */
const LARGEST = 64 * 1024 * 1024;

/** How long is waited, milliseconds. */
interface Patience {
  /** For the box's browser to lay down the sheet. */
  sheet: number;
  /** For the printer to be done with it. */
  printer: number;
  /** Between two looks. */
  look: number;
}

/**
 * Sheets from the box's own screen to the clinic's printer. The screen's browser prints into a folder, a PDF by the name
 * of the job, and the box sends it on and follows what becomes of it. Nothing stays: not in the folder, and the printer is
 * told nobody's name.
 */
export class PrintJobs {
  readonly #folder: string;
  readonly #printer: () => string;
  readonly #patience: Patience;
  readonly #jobs = new Map<string, PrintJob>();
  readonly #ended = new AbortController();
  readonly #running = new Set<Promise<void>>();

  /**
   * Prints nothing yet.
   *
   * @param folder into which the browser prints
   * @param printer the printer's address; empty where none is chosen
   */
  constructor(
    folder: string,
    printer: () => string,
    patience: Patience = { sheet: 60_000, printer: 5 * 60_000, look: 500 },
  ) {
    this.#folder = folder;
    this.#printer = printer;
    this.#patience = patience;
  }

  /** A sheet that the browser lays down soon, by the name of the job. @throws Refused where no printer is chosen */
  expect(): PrintJob {
    return this.#begin(async (path) => {
      const until = performance.now() + this.#patience.sheet;
      while (!await isWholePdf(path)) {
        if (performance.now() > until) throw new Refused(say("sheet-not-made"));
        await delay(this.#patience.look, undefined, { signal: this.#ended.signal });
      }
    });
  }

  /** A sheet that is there. @throws Refused where no printer is chosen */
  print(pdf: Uint8Array<ArrayBuffer>): PrintJob {
    return this.#begin((path) => Deno.writeFile(path, pdf, { mode: 0o600 }));
  }

  /** How it stands; undefined where it is not known, or no more. */
  job(id: string): PrintJob | undefined {
    return this.#jobs.get(id);
  }

  /** What the chosen printer is and how it stands. @throws Refused where it does not answer or none is chosen */
  async facts(): Promise<PrinterFacts> {
    return await this.#chosen().facts();
  }

  /** Breaks off what is under way. */
  async stop(): Promise<void> {
    this.#ended.abort();
    await Promise.all(this.#running);
  }

  #chosen(): IppPrinter {
    const uri = this.#printer();
    if (uri === "") throw new Refused(say("no-printer-chosen"));
    return new IppPrinter(uri, this.#ended.signal);
  }

  #begin(lay: (path: string) => Promise<void>): PrintJob {
    const printer = this.#chosen();
    const job: PrintJob = { id: crypto.randomUUID(), state: "waiting", ...told(say("sheet-is-made")) };
    this.#jobs.set(job.id, job);
    for (const id of [...this.#jobs.keys()].slice(0, -REMEMBERED)) this.#jobs.delete(id);
    const path = `${this.#folder}/${job.id}.pdf`;
    const run = this.#sweep().then(() => this.#run(job.id, printer, path, lay)).finally(() =>
      this.#running.delete(run)
    );
    this.#running.add(run);
    return job;
  }

  /** A sheet that came too late is nobody's, and goes. */
  async #sweep(): Promise<void> {
    try {
      for await (const { name } of Deno.readDir(this.#folder)) {
        const [, id] = /^(.*)\.pdf$/.exec(name) ?? [];
        if (id !== undefined && !this.#jobs.has(id)) await removeIfThere(`${this.#folder}/${name}`);
      }
    } catch (error) {
      log.warn("sheets that were left behind cannot be removed: {error}", { error });
    }
  }

  async #run(id: string, printer: IppPrinter, path: string, lay: (path: string) => Promise<void>): Promise<void> {
    try {
      await lay(path);
      this.#say(id, "sending", say("sheet-is-sent"));
      await this.#send(id, printer, path);
    } catch (error) {
      if (this.#ended.signal.aborted) return; // the box stops
      log.warn("a sheet was not printed: {why}", { why: toldOf(error).detail });
      this.#jobs.set(id, { id, state: "failed", ...toldOf(error) });
    } finally {
      await removeIfThere(path);
    }
  }

  async #send(id: string, printer: IppPrinter, path: string): Promise<void> {
    const facts = await printer.facts();
    const media = facts.media.includes(A4.name) ? A4.name : undefined;
    const jobs: number[] = [];
    for (const { format, bytes } of await documentsFor(path, facts)) {
      jobs.push(await printer.print(bytes, { format, name: "Sonodesk", media }));
    }
    await removeIfThere(path); // before somebody loads paper
    this.#say(id, "printing", say("sheet-is-printed"));
    for (const job of jobs) await this.#follow(id, printer, job);
    this.#say(id, "printed", say("sheet-printed", { printer: facts.name }));
  }

  /** Until the printer is done with it. @throws Refused where it has not printed it */
  async #follow(id: string, printer: IppPrinter, job: number): Promise<void> {
    const until = performance.now() + this.#patience.printer;
    for (;;) {
      const { state, reasons } = await printer.job(job);
      if (state === 9) return; // completed
      if (state === 7) throw new Refused(say("sheet-cancelled"));
      if (state === 8) throw new Refused(say("sheet-aborted", { reason: reasons.join(", ").slice(0, 100) }));
      const { errors, warnings } = await printer.facts();
      this.#say(id, errors.length > 0 ? "blocked" : "printing", errors[0] ?? warnings[0] ?? say("sheet-is-printed"));
      if (performance.now() > until) {
        throw new Refused(say("sheet-still-waits", { why: errors[0] ?? warnings[0] ?? say("printer-busy") }));
      }
      await delay(this.#patience.look, undefined, { signal: this.#ended.signal });
    }
  }

  #say(id: string, state: PrintState, sentence: Sentence): void {
    if (this.#jobs.has(id)) this.#jobs.set(id, { id, state, ...told(sentence) });
  }
}

/** A browser writes it piece by piece: its end is there last. @throws Refused where it is too large */
async function isWholePdf(path: string): Promise<boolean> {
  try {
    const { size } = await Deno.stat(path);
    if (size > LARGEST) throw new Refused(say("sheet-not-made"));
    using file = await Deno.open(path, { read: true });
    await file.seek(Math.max(0, size - 32), Deno.SeekMode.Start);
    const end = new Uint8Array(32);
    const read = await file.read(end);
    return new TextDecoder("latin1").decode(end.subarray(0, read ?? 0)).includes("%%EOF");
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}
