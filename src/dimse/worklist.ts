import { Buffer } from "node:buffer";
import { getLogger } from "@logtape/logtape";
import type { Dataset } from "../dicom/dataset.ts";
import { Tag } from "../dicom/dictionary.ts";
import { UnusableIdentifier } from "../dicom/matching.ts";
import { MalformedDataset, readDataset } from "../dicom/read_dataset.ts";
import { MODALITY_WORKLIST_FIND } from "../dicom/sop_class.ts";
import { EXPLICIT_LITTLE_ENDIAN, transferSyntaxOf } from "../dicom/transfer_syntax.ts";
import { everything, shapeOf } from "../dicom/worklist_answer.ts";
import type { Machine } from "../store/machines.ts";
import type { Store } from "../store/store.ts";
import { CommandField, Status } from "./command.ts";
import { Refusal, type Request, type Service } from "./service.ts";
import { littleEndianOf } from "./verification.ts";
import type { WorklistBook } from "./worklist_book.ts";
import { type Asker, explain, findMatches, type Found, keysInWords, profileOf } from "./worklist_query.ts";

const log = getLogger(["sonodesk", "dimse", "worklist"]);

/** An identifier is a screenful of keys. */
const LONGEST_IDENTIFIER = 1024 * 1024;
/** Where in extended negotiation a peer asks for fuzzy matching of names (PS3.4 C.5.1.1.1). */
const FUZZY_MATCHING_BYTE = 2;

/** The modality worklist service as SCP: C-FIND (PS3.4 Annex K). Only what reception has sent is there to be found. */
export class Worklist implements Service {
  readonly cancellable = true;
  readonly #store: Store;
  readonly #book: WorklistBook;
  readonly #boxAeTitle: string;

  constructor(store: Store, book: WorklistBook, boxAeTitle: string) {
    this.#store = store;
    this.#book = book;
    this.#boxAeTitle = boxAeTitle;
  }

  accept(abstractSyntax: string, proposed: readonly string[]): ReturnType<Service["accept"]> {
    return abstractSyntax === MODALITY_WORKLIST_FIND ? littleEndianOf(proposed) : "abstract syntax";
  }

  async serve(request: Request): Promise<void> {
    if (request.field !== CommandField.C_FIND) {
      throw new Refusal(Status.UNRECOGNIZED_OPERATION, "Only C-FIND on a worklist context");
    }
    const started = performance.now();
    const bytes = await readIdentifier(request);
    const { aeTitle, address } = { aeTitle: request.peer.callingAeTitle, address: request.peer.address };
    const machine = this.#store.machines.findByAeTitle(aeTitle);
    const record = (identifier: Dataset, answered: string[], outcome: string, found?: Found, asker?: Asker) => {
      const milliseconds = Math.round(performance.now() - started);
      const notAnswered = found && asker
        ? explain(this.#book, identifier, asker, this.#boxAeTitle, found.matches, new Date())
        : [];
      this.#store.transaction(() => {
        this.#store.worklistQueries.add({
          aeTitle,
          address,
          keys: keysInWords(identifier),
          identifier: bytes,
          transferSyntaxUid: request.context.transferSyntax.uid,
          answers: answered.length,
          milliseconds,
          outcome,
          notAnswered,
        });
        this.#store.worklistItems.seen(answered, aeTitle || "a machine without AE title");
        if (machine) this.#store.machines.queried(machine.id);
      });
      log.info("association {id}: {answers} worklist answers in {milliseconds} ms, {outcome}", {
        id: request.peer.id,
        answers: answered.length,
        milliseconds,
        outcome,
      });
    };
    const identifier = parseIdentifier(bytes, request);
    const asker: Asker = {
      aeTitle,
      machine,
      fuzzyNames: request.peer.extended.get(MODALITY_WORKLIST_FIND)?.[FUZZY_MATCHING_BYTE] === 1,
    };
    let found: Found;
    try {
      found = this.#find(identifier, asker);
    } catch (error) {
      if (error instanceof Refusal) record(identifier, [], `refused: ${error.message}`);
      throw error;
    }
    const { answered, outcome } = await this.#send(request, identifier, found, machine);
    record(identifier, answered, outcome, found, asker);
  }

  /**
   * What a machine would get now: the answers to its latest query, or to one for everything where it has not asked
   * yet, through the same matching and encoding as on the wire.
   *
   * @returns the keys it asks with, and each answer as a data set read back from its bytes
   */
  preview(machine: Machine): { keys: string[]; answers: Dataset[] } {
    const kept = this.#store.worklistQueries.latestIdentifier(machine.aeTitle);
    const syntax = transferSyntaxOf(kept?.transferSyntaxUid ?? "") ?? EXPLICIT_LITTLE_ENDIAN;
    const identifier = kept ? readDataset(kept.identifier, syntax).dataset : everything();
    const asker: Asker = { aeTitle: machine.aeTitle, machine, fuzzyNames: false };
    const { matches } = this.#find(identifier, asker);
    const shape = shapeOf(identifier);
    const answers = matches.map(({ booked, view }) => {
      const bytes = this.#book.answer(booked, view, identifier, shape, syntax, profileOf(machine));
      return readDataset(bytes, syntax).dataset;
    });
    return { keys: keysInWords(identifier), answers };
  }

  /** @throws Refusal for an identifier that cannot be used, or more answers than the machine is to get */
  #find(identifier: Dataset, asker: Asker): Found {
    let found: Found;
    try {
      found = findMatches(this.#book, identifier, asker, this.#boxAeTitle, new Date());
    } catch (error) {
      if (!(error instanceof UnusableIdentifier)) throw error;
      throw new Refusal(Status.DATA_SET_DOES_NOT_MATCH, error.message, {
        offendingElements: [Tag.ScheduledProcedureStepSequence],
      });
    }
    const limit = asker.machine?.answerLimit ?? Infinity;
    if (found.matches.length > limit) {
      throw new Refusal(Status.OUT_OF_RESOURCES, `${found.matches.length} answers, this machine takes ${limit}`);
    }
    return found;
  }

  /** Sends every answer, then the final status; returns the appointments whose items have left. */
  async #send(
    request: Request,
    identifier: Dataset,
    { matches, unknownKeys }: Found,
    machine: Machine | undefined,
  ): Promise<{ answered: string[]; outcome: string }> {
    const shape = shapeOf(identifier);
    const profile = profileOf(machine);
    const answers = request.answers({
      status: unknownKeys ? Status.PENDING_OPTIONAL_KEYS_NOT_SUPPORTED : Status.PENDING,
    });
    const answered: string[] = [];
    for (const { booked, view } of matches) {
      if (request.cancelled) {
        await answers.flush();
        await request.respond({ status: Status.CANCEL, comment: "Cancelled by C-CANCEL" });
        return { answered, outcome: "cancelled" };
      }
      const syntax = request.context.transferSyntax;
      await answers.add(this.#book.answer(booked, view, identifier, shape, syntax, profile));
      answered.push(booked.item.appointmentId);
    }
    await answers.flush();
    await request.respond({ status: Status.SUCCESS });
    return { answered, outcome: "answered" };
  }
}

async function readIdentifier(request: Request): Promise<Uint8Array> {
  if (!request.hasData) throw new Refusal(Status.CANNOT_UNDERSTAND, "The query has no identifier");
  const parts: Uint8Array[] = [];
  let length = 0;
  for await (const part of request.data) {
    length += part.length;
    if (length > LONGEST_IDENTIFIER) throw new Refusal(Status.OUT_OF_RESOURCES, "The identifier is too long");
    parts.push(part.slice());
  }
  return Buffer.concat(parts);
}

function parseIdentifier(bytes: Uint8Array, request: Request): Dataset {
  try {
    return readDataset(bytes, request.context.transferSyntax).dataset;
  } catch (error) {
    if (error instanceof MalformedDataset) throw new Refusal(Status.CANNOT_UNDERSTAND, error.message);
    throw error;
  }
}
