import { Buffer } from "node:buffer";
import { getLogger } from "@logtape/logtape";
import { isoDate } from "../dicom/date_time.ts";
import type { Dataset } from "../dicom/dataset.ts";
import { Tag } from "../dicom/dictionary.ts";
import { askedDays, mismatch, UnusableIdentifier } from "../dicom/matching.ts";
import { MalformedDataset, readDataset } from "../dicom/read_dataset.ts";
import { MODALITY_WORKLIST_FIND } from "../dicom/sop_class.ts";
import type { TransferSyntax } from "../dicom/transfer_syntax.ts";
import { asksForUnknown, shapeOf, type Station } from "../dicom/worklist_answer.ts";
import type { Store } from "../store/store.ts";
import type { WorklistItem } from "../store/worklist_items.ts";
import { CommandField, Status } from "./command.ts";
import { Refusal, type Request, type Service } from "./service.ts";
import { littleEndianOf } from "./verification.ts";
import type { AnswerProfile, WorklistBook } from "./worklist_book.ts";

const log = getLogger(["sonodesk", "dimse", "worklist"]);

/** An identifier is a screenful of keys. */
const LONGEST_IDENTIFIER = 1024 * 1024;

/** The modality worklist service as SCP: C-FIND (PS3.4 Annex K). Only what reception has sent is there to be found. */
export class Worklist implements Service {
  readonly cancellable = true;
  readonly #store: Store;
  readonly #book: WorklistBook;

  constructor(store: Store, book: WorklistBook) {
    this.#store = store;
    this.#book = book;
  }

  accept(abstractSyntax: string, proposed: readonly string[]): ReturnType<Service["accept"]> {
    return abstractSyntax === MODALITY_WORKLIST_FIND ? littleEndianOf(proposed) : "abstract syntax";
  }

  async serve(request: Request): Promise<void> {
    if (request.field !== CommandField.C_FIND) {
      throw new Refusal(Status.UNRECOGNIZED_OPERATION, "Only C-FIND on a worklist context");
    }
    const started = performance.now();
    const identifier = await readIdentifier(request);
    const answered = await this.#answer(request, identifier);
    const { callingAeTitle } = request.peer;
    const machine = this.#store.machines.findByAeTitle(callingAeTitle);
    this.#store.transaction(() => {
      this.#store.worklistItems.seen(answered, callingAeTitle || "a machine without AE title");
      if (machine) this.#store.machines.queried(machine.id);
    });
    log.info("association {id}: {answers} worklist answers in {milliseconds} ms", {
      id: request.peer.id,
      answers: answered.length,
      milliseconds: Math.round(performance.now() - started),
    });
  }

  /** Sends every item that matches, then the final status; returns the appointments whose items have left. */
  async #answer(request: Request, identifier: Dataset): Promise<string[]> {
    const matches = this.#matches(request, identifier);
    const shape = shapeOf(identifier);
    const profile: AnswerProfile = { charset: "", unshowable: "transliterate" };
    const answers = request.answers({
      status: matches.some(({ unknownKeys }) => unknownKeys)
        ? Status.PENDING_OPTIONAL_KEYS_NOT_SUPPORTED
        : Status.PENDING,
    });
    const left: string[] = [];
    for (const { booked, view } of matches) {
      if (request.cancelled) {
        await answers.flush();
        await request.respond({ status: Status.CANCEL, comment: "Cancelled by C-CANCEL" });
        return left;
      }
      const syntax: TransferSyntax = request.context.transferSyntax;
      await answers.add(this.#book.answer(booked, view, identifier, shape, syntax, profile));
      left.push(booked.item.appointmentId);
    }
    await answers.flush();
    await request.respond({ status: Status.SUCCESS });
    return left;
  }

  #matches(request: Request, identifier: Dataset) {
    try {
      const days = askedDays(
        identifier.items("ScheduledProcedureStepSequence")[0] ?? identifier,
        Tag.ScheduledProcedureStepStartDate,
      );
      const fuzzyNames = (request.peer.extended.get(MODALITY_WORKLIST_FIND)?.[2] ?? 0) === 1;
      const from = isoDate(days.from ?? "") || undefined;
      const to = isoDate(days.to ?? "") || undefined;
      return this.#book.between(from, to).flatMap((booked) => {
        const view = this.#book.view(booked, this.#stationFor(booked.item, identifier, request.peer.callingAeTitle));
        return mismatch(identifier, view, { fuzzyNames }) === undefined
          ? [{ booked, view, unknownKeys: asksForUnknown(identifier, view) }]
          : [];
      });
    } catch (error) {
      if (error instanceof UnusableIdentifier) {
        throw new Refusal(Status.DATA_SET_DOES_NOT_MATCH, error.message, {
          offendingElements: [Tag.ScheduledProcedureStepSequence],
        });
      }
      throw error;
    }
  }

  /**
   * Where an item is to be done. One that was sent to any machine belongs to the station that asks: the one its key
   * names, else the caller, so that the title is never empty and never another's.
   */
  #stationFor(item: WorklistItem, identifier: Dataset, callingAeTitle: string): Station {
    if (item.machineAeTitle !== null) return { aeTitle: item.machineAeTitle, name: "", location: "" };
    const asked = identifier.items("ScheduledProcedureStepSequence")[0]?.texts("ScheduledStationAETitle") ?? [];
    const named = asked.length === 1 && !/[*?]/.test(asked[0]!) ? asked[0]! : "";
    return { aeTitle: named || callingAeTitle || "ANY", name: "", location: "" };
  }
}

async function readIdentifier(request: Request): Promise<Dataset> {
  if (!request.hasData) throw new Refusal(Status.CANNOT_UNDERSTAND, "The query has no identifier");
  const parts: Uint8Array[] = [];
  let length = 0;
  for await (const part of request.data) {
    length += part.length;
    if (length > LONGEST_IDENTIFIER) throw new Refusal(Status.OUT_OF_RESOURCES, "The identifier is too long");
    parts.push(part.slice());
  }
  try {
    return readDataset(Buffer.concat(parts), request.context.transferSyntax).dataset;
  } catch (error) {
    if (error instanceof MalformedDataset) throw new Refusal(Status.CANNOT_UNDERSTAND, error.message);
    throw error;
  }
}
