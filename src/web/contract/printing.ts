import type { Told } from "../../sentences.ts";
import type { FoundPrinter } from "../../printing/found_printers.ts";
import type { PrinterStanding } from "../../printing/printer_standing.ts";
import type { PrintJob, PrintState } from "../../printing/print_jobs.ts";

export type { FoundPrinter, PrintJob, PrintState };

/** Whether a page prints by the box. */
export interface Printing {
  /** The page is on the box's own screen, which has no dialog for printing: the box does it. */
  here: boolean;
  /** An admin has chosen a printer. */
  chosen: boolean;
}

/** The chosen printer as it answers now. */
export interface ChosenPrinter {
  /** By which it was chosen; empty where none is. */
  uri: string;
  /** Its maker and model; empty where it does not answer. */
  name: string;
  /** `unknown` where it does not answer. */
  state: PrinterStanding["state"];
  /** What keeps it from printing, in words. */
  errors: Told[];
  /** What somebody should see to. */
  warnings: Told[];
}
