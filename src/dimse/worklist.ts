import { Buffer } from "node:buffer";
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
import { uncompressedOf } from "./verification.ts";
import type { WorklistBook } from "./worklist_book.ts";
import { type WorklistEntry, WorklistJournal } from "./worklist_journal.ts";
import { type Asker, findMatches, type Found, keysInWords, profileOf } from "./worklist_query.ts";

/** An identifier is a screenful of keys. */
const LONGEST_IDENTIFIER = 1024 * 1024;
/** Where in extended negotiation a peer asks for fuzzy matching of names (PS3.4 C.5.1.1.1). */
const FUZZY_MATCHING_BYTE = 2;

/** What a machine would get now. */
export interface Preview {
  /** The keys it asks with, in words. */
  keys: string[];
  answers: Dataset[];
  /** Why its query would be refused, which is then all it gets. */
  refused?: string;
}

/** The modality worklist service as SCP: C-FIND (PS3.4 Annex K). Only what reception has sent is there to be found. */
export class Worklist implements Service {
  readonly cancellable = true;
  readonly #store: Store;
  readonly #book: WorklistBook;
  readonly #boxAeTitle: string;
  readonly #journal: WorklistJournal;

  constructor(store: Store, book: WorklistBook, boxAeTitle: string) {
    this.#store = store;
    this.#book = book;
    this.#boxAeTitle = boxAeTitle;
    this.#journal = new WorklistJournal(store, book, boxAeTitle);
  }

  accept(abstractSyntax: string, proposed: readonly string[]): ReturnType<Service["accept"]> {
    return abstractSyntax === MODALITY_WORKLIST_FIND ? uncompressedOf(proposed) : "abstract syntax";
  }

  async serve(request: Request): Promise<void> {
    if (request.field !== CommandField.C_FIND) {
      throw new Refusal(Status.UNRECOGNIZED_OPERATION, "Only C-FIND on a worklist context");
    }
    const bytes = await readIdentifier(request);
    const asker: Asker = {
      aeTitle: request.peer.callingAeTitle,
      machine: this.#store.machines.findByAeTitle(request.peer.callingAeTitle),
      fuzzyNames: request.peer.extended.get(MODALITY_WORKLIST_FIND)?.[FUZZY_MATCHING_BYTE] === 1,
    };
    const entry = this.#journal.begin(request, bytes, asker);
    let outcome: string;
    try {
      const identifier = parseIdentifier(bytes, request);
      entry.asks(identifier);
      const found = this.#find(identifier, asker);
      entry.finds(found);
      outcome = await this.#send(request, identifier, found, asker.machine, entry);
    } catch (error) {
      entry.end(error instanceof Refusal ? `refused: ${error.message}` : "broken off before the last answer");
      throw error;
    }
    entry.end(outcome);
  }

  /**
   * What a machine would get now: the answers to its latest query, or to one for everything where it has not asked
   * yet, through the same matching and encoding as on the wire.
   *
   * @returns the keys it asks with, and each answer as a data set read back from its bytes; or why it would be refused
   */
  preview(machine: Machine): Preview {
    const kept = this.#store.worklistQueries.latestIdentifier(machine.aeTitle);
    const syntax = transferSyntaxOf(kept?.transferSyntaxUid ?? "") ?? EXPLICIT_LITTLE_ENDIAN;
    const identifier = kept ? readDataset(kept.identifier, syntax).dataset : everything();
    const asker: Asker = { aeTitle: machine.aeTitle, machine, fuzzyNames: false };
    const keys = keysInWords(identifier);
    let matches: Found["matches"];
    try {
      ({ matches } = this.#find(identifier, asker));
    } catch (error) {
      if (error instanceof Refusal) return { keys, answers: [], refused: error.message };
      throw error;
    }
    const shape = shapeOf(identifier);
    const answers = matches.map(({ booked, view }) => {
      const bytes = this.#book.answer(booked, view, identifier, shape, syntax, profileOf(machine));
      return readDataset(bytes, syntax).dataset;
    });
    return { keys, answers };
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

  /** Sends every answer, then the final status. Returns how it ended. */
  async #send(
    request: Request,
    identifier: Dataset,
    { matches, unknownKeys }: Found,
    machine: Machine | undefined,
    entry: WorklistEntry,
  ): Promise<"answered" | "cancelled"> {
    const shape = shapeOf(identifier);
    const profile = profileOf(machine);
    const answers = request.answers({
      status: unknownKeys ? Status.PENDING_OPTIONAL_KEYS_NOT_SUPPORTED : Status.PENDING,
    });
    for (const { booked, view } of matches) {
      if (request.cancelled) {
        await answers.flush();
        await request.respond({ status: Status.CANCEL, comment: "Cancelled by C-CANCEL" });
        return "cancelled";
      }
      const syntax = request.context.transferSyntax;
      await answers.add(this.#book.answer(booked, view, identifier, shape, syntax, profile));
      entry.answers(booked.item.appointmentId);
    }
    await answers.flush();
    await request.respond({ status: Status.SUCCESS });
    return "answered";
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
