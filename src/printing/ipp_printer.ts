import { Refused, say } from "../sentences.ts";
import {
  type Answer,
  decodeAnswer,
  encodeRequest,
  Operation,
  type SentAttribute,
  Tag,
  type Value,
} from "./ipp_message.ts";
import { type PrinterStanding, standingOf } from "./printer_standing.ts";

/** How long a printer may take to answer, milliseconds: one that sleeps wakes up first. */
const PATIENCE = 20_000;
/** And to take a document. */
const DOCUMENT_PATIENCE = 120_000;
/** The longest answer that is read, bytes. */
const LONGEST = 1024 * 1024;
/** A printer that knows no 2.0 says so (RFC 8011 B.1.5.4). */
const VERSION_NOT_SUPPORTED = 0x0503;
/** It is printing something else, or warms up (B.1.5.7, B.1.5.8). */
const BUSY = [0x0505, 0x0507];

/** What a printer is and can. */
export interface PrinterFacts extends PrinterStanding {
  /** Its maker and model, else the name that somebody gave it. */
  name: string;
  /** Where it stands, as somebody has told it. */
  location: string;
  /** Media types of documents that it prints. */
  formats: readonly string[];
  /** Dots in an inch at which it takes raster images, the finest first. */
  resolutions: readonly number[];
  /** Kinds of raster images: `sgray_8`, `srgb_8`. */
  rasterTypes: readonly string[];
  /** Names of paper: `iso_a4_210x297mm`. */
  media: readonly string[];
}

/** What became of a document. */
export interface JobState {
  /** RFC 8011 5.3.7: 3 pending, 4 held, 5 processing, 6 stopped, 7 canceled, 8 aborted, 9 completed. */
  state: number;
  /** Of the standard. */
  reasons: readonly string[];
}

/** A printer that is asked by IPP over HTTP. */
export class IppPrinter {
  readonly #uri: string;
  readonly #signal: AbortSignal;
  #version: readonly [number, number] = [2, 0];

  /**
   * Asks nothing yet.
   *
   * @param uri such as `ipp://printer.local/ipp/print`
   * @param signal breaks off what is under way
   */
  constructor(uri: string, signal: AbortSignal = new AbortController().signal) {
    this.#uri = uri;
    this.#signal = signal;
  }

  /** What it is, and how it stands. @throws Refused where it does not answer, or does not speak IPP */
  async facts(within = PATIENCE): Promise<PrinterFacts> {
    const { attributes } = await this.#ask(Operation.GET_PRINTER_ATTRIBUTES, [
      [Tag.KEYWORD, "requested-attributes", ...REQUESTED],
    ], { within });
    const texts = (name: string) => (attributes.get(name) ?? []).filter((value) => typeof value === "string");
    const [model = "", info = ""] = ["printer-make-and-model", "printer-info"].map((name) => texts(name)[0]?.trim());
    return {
      ...standingOf(attributes),
      name: model || info || "?",
      location: texts("printer-location")[0] ?? "",
      formats: texts("document-format-supported"),
      resolutions: resolutionsOf([
        ...(attributes.get("pwg-raster-document-resolution-supported") ?? []),
        ...(attributes.get("printer-resolution-supported") ?? []),
      ]),
      rasterTypes: texts("pwg-raster-document-type-supported"),
      media: texts("media-supported"),
    };
  }

  /**
   * Gives it a document.
   *
   * @param format its media type
   * @param name of the job; it may stand in the printer's log, so nobody's name
   * @returns the number of the job
   * @throws Refused in words
   */
  async print(
    document: Uint8Array<ArrayBuffer>,
    { format, name, media }: { format: string; name: string; media: string | undefined },
  ): Promise<number> {
    const { attributes } = await this.#ask(Operation.PRINT_JOB, [
      [Tag.NAME, "job-name", name],
      [Tag.MIME_TYPE, "document-format", format],
    ], {
      within: DOCUMENT_PATIENCE,
      document,
      job: media === undefined ? [] : [[Tag.KEYWORD, "media", media]],
    });
    const id = attributes.get("job-id")?.[0];
    if (typeof id !== "number") throw new Refused(say("printer-speaks-otherwise"));
    return id;
  }

  /** What became of a job. @throws Refused in words */
  async job(id: number): Promise<JobState> {
    const { attributes } = await this.#ask(Operation.GET_JOB_ATTRIBUTES, [
      [Tag.INTEGER, "job-id", id],
      [Tag.KEYWORD, "requested-attributes", "job-state", "job-state-reasons"],
    ]);
    const state = attributes.get("job-state")?.[0];
    return {
      state: typeof state === "number" ? state : 0,
      reasons: (attributes.get("job-state-reasons") ?? []).filter((value) => typeof value === "string"),
    };
  }

  async #ask(
    operation: number,
    attributes: readonly SentAttribute[],
    { within = PATIENCE, document, job = [] }: {
      within?: number;
      document?: Uint8Array<ArrayBuffer>;
      job?: readonly SentAttribute[];
    } = {},
  ): Promise<Answer> {
    const operationGroup: SentAttribute[] = [
      [Tag.CHARSET, "attributes-charset", "utf-8"],
      [Tag.LANGUAGE, "attributes-natural-language", "en"],
      [Tag.URI, "printer-uri", this.#uri],
      // in the order of RFC 8011 4.2: the job's id beside the printer it is of, then who asks
      ...attributes.filter(([, name]) => name === "job-id"),
      [Tag.NAME, "requesting-user-name", "sonodesk"],
      ...attributes.filter(([, name]) => name !== "job-id"),
    ];
    const request = encodeRequest(this.#version, operation, [
      [Tag.OPERATION, operationGroup],
      ...(job.length > 0 ? [[Tag.JOB, job] as const] : []),
    ]);
    const answer = await this.#post(document === undefined ? [request] : [request, document], within);
    if (answer.status === VERSION_NOT_SUPPORTED && this.#version[0] > 1) {
      this.#version = [1, 1];
      return await this.#ask(operation, attributes, { within, ...(document && { document }), job });
    }
    if (answer.status >= 0x0100) {
      if (BUSY.includes(answer.status)) throw new Refused(say("printer-busy"));
      throw new Refused(say("printer-refuses", { status: `0x${answer.status.toString(16).padStart(4, "0")}` }));
    }
    return answer;
  }

  async #post(parts: Uint8Array<ArrayBuffer>[], within: number): Promise<Answer> {
    let response;
    try {
      response = await fetch(httpAddress(this.#uri), {
        method: "POST",
        redirect: "manual",
        headers: { "content-type": "application/ipp" },
        body: new Blob(parts),
        signal: AbortSignal.any([this.#signal, AbortSignal.timeout(within)]),
      });
    } catch (error) {
      throw new Refused(say("printer-silent"), { cause: error });
    }
    if (!response.ok) {
      await response.body?.cancel();
      throw new Refused(say("printer-refuses", { status: `HTTP ${response.status}` }));
    }
    try {
      return decodeAnswer(await bounded(response));
    } catch (error) {
      throw new Refused(say("printer-speaks-otherwise"), { cause: error });
    }
  }
}

const REQUESTED = [
  ...["printer-make-and-model", "printer-info", "printer-location", "printer-state", "printer-state-reasons"],
  ...["printer-is-accepting-jobs", "document-format-supported", "printer-resolution-supported"],
  ...["pwg-raster-document-resolution-supported", "pwg-raster-document-type-supported", "media-supported"],
];

/** Square ones, the finest first. */
function resolutionsOf(values: readonly Value[]): number[] {
  const square = values.flatMap((value) =>
    typeof value === "object" && value.across === value.along ? [value.across] : []
  );
  return [...new Set(square)].sort((one, other) => other - one);
}

/** Whether this may be the address of a printer. */
export function isPrinterUri(uri: string): boolean {
  return /^ipp:\/\/[^/?#@\s]+(\/[^?#\s]*)?$/.test(uri) && URL.canParse(httpAddress(uri));
}

/** IPP is HTTP on port 631 (RFC 3510). */
function httpAddress(uri: string): string {
  const [, host = "", port = "631", path = "/"] = /^ipp:\/\/(.*?)(?::(\d+))?(\/.*)?$/.exec(uri) ?? [];
  return `http://${host}:${port}${path}`;
}

async function bounded(response: Response): Promise<Uint8Array> {
  const pieces: Uint8Array<ArrayBuffer>[] = [];
  let length = 0;
  for await (const piece of response.body ?? []) {
    length += piece.length;
    if (length > LONGEST) throw new Error("its answer is too long");
    pieces.push(piece);
  }
  return await new Blob(pieces).bytes();
}
