import * as v from "valibot";
import { isPrinterUri } from "../../printing/ipp_printer.ts";
import { pluggedPrinters, printersIn } from "../../printing/found_printers.ts";
import { PRINTER, type PrintJobs } from "../../printing/print_jobs.ts";
import { testPage } from "../../printing/test_page.ts";
import { say, told, toldOf } from "../../sentences.ts";
import type { ChosenPrinter, FoundPrinter, Printing, PrintJob } from "../contract/printing.ts";
import { message } from "../messages.ts";
import type { Parts } from "../parts.ts";
import { conflict, notFound } from "../problem.ts";
import { json, route } from "../route.ts";
import { isFromThisBox } from "../security.ts";

const PrinterBody = v.object({
  uri: v.nullable(v.pipe(
    v.string(message("field-no-text")),
    v.trim(),
    v.maxLength(300, message("field-too-long", { most: 300 })),
    // where most printers answer
    v.transform((text) => text.includes("://") ? text : `ipp://${text}/ipp/print`),
    v.check(isPrinterUri, message("field-no-printer", { example: "192.168.1.30" })),
  )),
});

const JobBody = v.object({
  studies: v.pipe(
    v.array(v.pipe(v.string(message("field-no-text")), v.maxLength(64, message("field-too-long", { most: 64 })))),
    v.maxLength(20, message("field-list", { most: 20 })),
  ),
});

/** Sheets from the box's own screen to the clinic's printer, and which printer that is. */
export const printingRoutes = [
  route("GET /api/printing", {
    who: "signed in",
    summary: "Whether this page prints by the box, and whether a printer is chosen",
    answer: json<Printing>(),
  }, ({ context, store, printing }) => ({
    here: printing !== undefined && isFromThisBox(context),
    chosen: (store.settings.get(PRINTER) ?? "") !== "",
  })),

  route("POST /api/print-jobs", {
    who: "signed in",
    summary: "Print the sheet of these studies: the box's own screen then prints it by the name of the job",
    body: JobBody,
    answer: json<PrintJob>(),
    status: 201,
    peopleOnly: true,
  }, ({ context, store, body: { studies }, by, ...parts }) => {
    if (!isFromThisBox(context)) throw conflict(say("printing-not-here"));
    const job = ready(store, parts).expect();
    for (const uid of studies) store.audit.add(by, "sheet printed", uid);
    return job;
  }),

  route("GET /api/print-jobs/:id", {
    who: "signed in",
    summary: "How a sheet stands",
    answer: json<PrintJob>(),
  }, ({ params, ...parts }) => jobOf(own(parts), params.id)),

  route("GET /api/printers", {
    who: "admin",
    summary: "Printers that answer on the network, or are plugged into the box",
    answer: json<FoundPrinter[]>(),
  }, async ({ computer }) => computer ? [...await pluggedPrinters(), ...printersIn(computer.browsedPrinters())] : []),

  route("POST /api/printers/search", {
    who: "admin",
    summary: "Look for printers anew; the list has them some seconds later",
    answer: json<Record<never, never>>(),
    status: 202,
    peopleOnly: true,
  }, async ({ computer }) => {
    if (!computer) throw conflict(say("computer-not-own"));
    await computer.findPrinters();
    return {};
  }),

  route("GET /api/printer", {
    who: "admin",
    summary: "The chosen printer, and how it stands",
    answer: json<ChosenPrinter>(),
  }, async ({ store, ...parts }) => await standing(own(parts), store.settings.get(PRINTER) ?? "")),

  route("PUT /api/printer", {
    who: "admin",
    summary: "Choose a printer by its address; null for none",
    body: PrinterBody,
    answer: json<ChosenPrinter>(),
    outOrIn: true,
  }, async ({ store, body: { uri }, by, ...parts }) => {
    const jobs = own(parts);
    store.transaction(() => {
      const before = store.settings.get(PRINTER) ?? "";
      if (uri === null) store.settings.remove(PRINTER);
      else store.settings.set(PRINTER, uri);
      store.audit.add(by, "printer chosen", "box", { before: { uri: before }, after: { uri: uri ?? "" } });
    });
    return await standing(jobs, uri ?? "");
  }),

  route("POST /api/printer/test", {
    who: "admin",
    summary: "Print a test page on the chosen printer",
    answer: json<PrintJob>(),
    status: 201,
    peopleOnly: true,
  }, ({ store, box, by, ...parts }) => {
    const job = ready(store, parts).print(
      testPage(["Sonodesk", "This printer works.", new Date().toISOString(), box().hostName]),
    );
    store.audit.add(by, "test page printed", "box");
    return job;
  }),
];

function own({ printing }: Pick<Parts, "printing">): PrintJobs {
  if (printing) return printing;
  throw conflict(say("printing-not-here"));
}

/** With a printer to print on. */
function ready(store: Parts["store"], parts: Pick<Parts, "printing">): PrintJobs {
  const printing = own(parts);
  if (!store.settings.get(PRINTER)) throw conflict(say("no-printer-chosen"));
  return printing;
}

function jobOf(printing: PrintJobs, id: string): PrintJob {
  const job = printing.job(id);
  if (job === undefined) throw notFound(say("no-print-job"));
  return job;
}

/** One that does not answer is no refusal: the page says so beside its address. */
async function standing(printing: PrintJobs, uri: string): Promise<ChosenPrinter> {
  if (uri === "") return { uri, name: "", state: "unknown", errors: [], warnings: [] };
  try {
    const { name, state, errors, warnings } = await printing.facts();
    return { uri, name, state, errors: errors.map(told), warnings: warnings.map(told) };
  } catch (error) {
    return { uri, name: "", state: "unknown", errors: [toldOf(error)], warnings: [] };
  }
}
