import { say, type Told, toldOf } from "../sentences.ts";
import { Buffer } from "node:buffer";
import { getLogger } from "@logtape/logtape";
import type { Dataset } from "../dicom/dataset.ts";
import { nameOf, Tag } from "../dicom/dictionary.ts";
import { askedDays, UnusableIdentifier } from "../dicom/matching.ts";
import { MalformedDataset } from "../dicom/malformed_dataset.ts";
import type { NoteOddity } from "../dicom/oddity.ts";
import { readDataset } from "../dicom/read_dataset.ts";
import { charsetTerms } from "../dicom/read_text.ts";
import { MODALITY_WORKLIST_FIND } from "../dicom/sop_class.ts";
import { writeDataset } from "../dicom/write_dataset.ts";
import { EXPLICIT_LITTLE_ENDIAN, type TransferSyntax, transferSyntaxOf } from "../dicom/transfer_syntax.ts";
import { everything, shapeOf, unknownKeys } from "../dicom/worklist_answer.ts";
import type { Machine } from "../store/machines.ts";
import type { Store } from "../store/store.ts";
import type { QueryEnd } from "../store/worklist_queries.ts";
import { CommandField, Status } from "../dimse/command.ts";
import { Refusal, type Request, type Service } from "../dimse/service.ts";
import type { MachineDiary } from "./machine_diary.ts";
import { uncompressedOf } from "./verification.ts";
import type { WorklistCache } from "./worklist_cache.ts";
import { type QuerySource, type WorklistEntry, WorklistJournal } from "./worklist_journal.ts";
import {
  type Asker,
  findMatches,
  hasUnknownKeys,
  keysInWords,
  type Match,
  profileOf,
  type Query,
  readQuery,
} from "./worklist_query.ts";

const log = getLogger(["sonodesk", "dimse", "worklist"]);

/** An identifier is a screenful of keys: real ones have 1 to 4 KB. */
export const LONGEST_IDENTIFIER = 64 * 1024;
/** Where in extended negotiation a peer asks for fuzzy matching of names (PS3.4 K.5.1). */
const FUZZY_MATCHING_BYTE = 2;

/** What a machine would get now. */
export interface Preview {
  /** The keys it asks with, in words. */
  keys: string[];
  /** As they would be sent, read back. */
  answers: Dataset[];
  /** Why its query would be refused, which is then all it gets. */
  refused?: Told;
}

/** What a query found. */
export interface Found {
  /** As they would be sent, read back. */
  answers: Dataset[];
  /** A key was asked for that the box does not have; it was not matched on. */
  hasUnknownKeys: boolean;
}

/** The modality worklist service as SCP: C-FIND (PS3.4 Annex K). Only what reception has sent is there to be found. */
export class Worklist implements Service {
  /** By C-CANCEL. */
  readonly cancellable = true;
  readonly #store: Store;
  readonly #cache: WorklistCache;
  readonly #boxAeTitle: string;
  readonly #journal: WorklistJournal;
  readonly #diary: MachineDiary | undefined;

  /**
   * Serves whoever it is given.
   *
   * @param boxAeTitle for stations where the asker has no title
   * @param diary of what is odd about queries
   */
  constructor(store: Store, cache: WorklistCache, boxAeTitle: string, diary?: MachineDiary) {
    this.#diary = diary;
    this.#store = store;
    this.#cache = cache;
    this.#boxAeTitle = boxAeTitle;
    this.#journal = new WorklistJournal(store, cache);
  }

  /** C-FIND of the worklist, without compression. */
  accept(abstractSyntax: string, proposed: readonly string[]): ReturnType<Service["accept"]> {
    return abstractSyntax === MODALITY_WORKLIST_FIND ? uncompressedOf(proposed) : "abstract syntax";
  }

  /** C-FIND (PS3.4 K). */
  async serve(request: Request): Promise<void> {
    if (request.field !== CommandField.C_FIND) {
      throw new Refusal(Status.UNRECOGNIZED_OPERATION, "Only C-FIND on a worklist context");
    }
    const asker: Asker = {
      aeTitle: request.peer.callingAeTitle,
      machine: this.#store.machines.findByAeTitle(request.peer.callingAeTitle),
      fuzzyNames: asksForFuzzyNames(request.peer.extended.get(MODALITY_WORKLIST_FIND)),
    };
    const { transferSyntax } = request.context;
    const from = { id: `association ${request.peer.id}`, address: request.peer.address, transferSyntax };
    await this.#answer(
      asker,
      from,
      () => readIdentifier(request),
      (query, matches, entry) => this.#send(request, query, matches, entry),
    );
  }

  /**
   * What a query finds that does not come by C-FIND (MWL-RS, PS3.18 14): by the same matching, and in the same letters
   * as on the wire; it is kept among the queries in the same way.
   *
   * @param identifier in ISO_IR 192
   * @throws Refusal as C-FIND is refused
   */
  async search(identifier: Dataset, asker: Asker, from: Omit<QuerySource, "transferSyntax">): Promise<Found> {
    const found: Found = { answers: [], hasUnknownKeys: false };
    const transferSyntax = EXPLICIT_LITTLE_ENDIAN;
    const read = () => Promise.resolve(writeDataset(identifier, transferSyntax));
    await this.#answer(asker, { ...from, transferSyntax }, read, (query, matches, entry) => {
      found.hasUnknownKeys = hasUnknownKeys(query);
      for (const answer of this.#answers(query, matches, transferSyntax)) {
        if (!isWritten(answer, entry)) continue;
        found.answers.push(readDataset(answer.bytes, transferSyntax).dataset);
        entry.answers(answer);
      }
      return Promise.resolve("answered");
    });
    return found;
  }

  /** Answers one query, which is kept whatever becomes of it. */
  async #answer(
    asker: Asker,
    from: QuerySource,
    read: () => Promise<Uint8Array>,
    send: (query: Query, matches: readonly Match[], entry: WorklistEntry) => Promise<QueryEnd>,
  ): Promise<void> {
    const entry = this.#journal.begin(from, asker);
    let outcome: QueryEnd;
    try {
      const bytes = await read();
      entry.brings(bytes);
      const note = this.#diary?.about(asker.aeTitle);
      const identifier = parseIdentifier(bytes, from.transferSyntax, asker.machine, note);
      entry.asks(identifier);
      this.#diary?.texts(asker.aeTitle, identifier, bytes);
      const query = usable(identifier, asker, this.#boxAeTitle);
      if (note !== undefined) noteQuery(identifier, note);
      const matches = this.#find(query);
      entry.finds(query, matches);
      // a machine is shown nobody whom the box could forget
      const { durableSince } = this.#store;
      if (matches.some(({ booked }) => booked.item.sentAt >= durableSince)) await this.#store.durable();
      outcome = await send(query, matches, entry);
    } catch (error) {
      if (error instanceof Refusal) this.#diary?.note(asker.aeTitle, "query-refused", reasonOf(error));
      else this.#diary?.note(asker.aeTitle, "query-broken-off");
      entry.end(error instanceof Refusal ? { refused: error.told } : "broken off before the last answer");
      throw error;
    }
    entry.end(outcome);
    if (outcome === "cancelled") this.#diary?.note(asker.aeTitle, "query-broken-off");
  }

  /** The three sub-fields of PS3.4 K.5.1: two that are always 1, and names without their accents where asked for. */
  extend(abstractSyntax: string, proposed: Uint8Array): Uint8Array | undefined {
    if (abstractSyntax !== MODALITY_WORKLIST_FIND || proposed.length <= FUZZY_MATCHING_BYTE) return undefined;
    return Uint8Array.of(1, 1, asksForFuzzyNames(proposed) ? 1 : 0);
  }

  /**
   * What a machine would get now: the answers to its latest query, or to one for everything where it has not asked
   * yet, through the same matching and encoding as on the wire.
   *
   * @returns the keys it asks with, and each answer as a data set read back from its bytes; or why it would be refused
   */
  preview(machine: Machine): Preview {
    const kept = this.#store.worklistQueries.latestIdentifier(machine.aeTitle);
    // an identifier that did not come, or was too long, is not there to be asked again
    if (kept?.identifier.length === 0 && kept.refusal) return { keys: [], answers: [], refused: kept.refusal };
    const syntax = transferSyntaxOf(kept?.transferSyntaxUid ?? "") ?? EXPLICIT_LITTLE_ENDIAN;
    const asker: Asker = { aeTitle: machine.aeTitle, machine, fuzzyNames: kept?.fuzzyNames ?? false };
    let keys: string[] = [];
    try {
      const identifier = kept ? parseIdentifier(kept.identifier, syntax, machine) : everything();
      keys = keysInWords(identifier);
      const query = usable(identifier, asker, this.#boxAeTitle);
      const answers = [...this.#answers(query, this.#find(query), syntax)]
        .flatMap(({ bytes }) => bytes === undefined ? [] : [readDataset(bytes, syntax).dataset]);
      return { keys, answers };
    } catch (error) {
      if (error instanceof Refusal) return { keys, answers: [], refused: toldOf(error) };
      throw error;
    }
  }

  /** @throws Refusal for more answers than the machine is to get */
  #find(query: Query): Match[] {
    const matches = findMatches(this.#cache, query);
    const limit = query.asker.machine?.answerLimit ?? Infinity;
    if (matches.length > limit) {
      throw new Refusal(Status.OUT_OF_RESOURCES, say("too-many-answers", { count: matches.length, limit }));
    }
    return matches;
  }

  /** The answer with each item as its bytes, or why it could not be written: one patient must not cost all others. */
  *#answers(query: Query, matches: readonly Match[], syntax: TransferSyntax): Generator<Answer> {
    const { identifier } = query;
    const shape = shapeOf(identifier);
    const profile = profileOf(query.asker.machine);
    for (const { booked, view } of matches) {
      const { appointmentId, sentAt } = booked.item;
      try {
        yield { appointmentId, sentAt, bytes: this.#cache.answer(booked, view, identifier, shape, syntax, profile) };
      } catch (error) {
        log.error("appointment {id}: {machine} does not get it: {error}", {
          ...{ id: appointmentId, machine: query.asker.aeTitle, error },
        });
        yield { appointmentId, sentAt, why: error instanceof Error ? error.message : String(error) };
      }
    }
  }

  /** Sends every answer, then the final status. Returns how it ended. */
  async #send(
    request: Request,
    query: Query,
    matches: readonly Match[],
    entry: WorklistEntry,
  ): Promise<"answered" | "cancelled"> {
    const answers = request.answers({
      status: hasUnknownKeys(query) ? Status.PENDING_OPTIONAL_KEYS_NOT_SUPPORTED : Status.PENDING,
    });
    for (const answer of this.#answers(query, matches, request.context.transferSyntax)) {
      if (request.cancelled) {
        await answers.flush();
        await request.respond({ status: Status.CANCEL, comment: "Cancelled by C-CANCEL" });
        return "cancelled";
      }
      if (!isWritten(answer, entry)) continue;
      await answers.add(answer.bytes);
      entry.answers(answer);
    }
    await answers.flush();
    await request.respond({ status: Status.SUCCESS });
    return "answered";
  }
}

interface Answer {
  appointmentId: string;
  sentAt: string;
  bytes?: Uint8Array;
  why?: string;
}

/** Whether an answer could be written; the query's entry is told where it could not. */
function isWritten(answer: Answer, entry: WorklistEntry): answer is Answer & { bytes: Uint8Array } {
  const { appointmentId, bytes, why = "" } = answer;
  if (bytes === undefined) entry.misses(appointmentId, say("answer-not-written", { why }));
  return bytes !== undefined;
}

function asksForFuzzyNames(proposed: Uint8Array | undefined): boolean {
  return proposed?.[FUZZY_MATCHING_BYTE] === 1;
}

/** @throws Refusal for an identifier that cannot be answered */
function usable(identifier: Dataset, asker: Asker, boxAeTitle: string): Query {
  try {
    return readQuery(identifier, asker, boxAeTitle, new Date());
  } catch (error) {
    if (!(error instanceof UnusableIdentifier)) throw error;
    throw new Refusal(Status.DATA_SET_DOES_NOT_MATCH, error.told, { offendingElements: [error.tag] });
  }
}

async function readIdentifier(request: Request): Promise<Uint8Array> {
  if (!request.hasData) throw new Refusal(Status.CANNOT_UNDERSTAND, say("identifier-missing"));
  const parts: Uint8Array[] = [];
  let length = 0;
  for await (const part of request.data) {
    length += part.length;
    if (length > LONGEST_IDENTIFIER) throw new Refusal(Status.OUT_OF_RESOURCES, say("identifier-too-long"));
    parts.push(part.slice());
  }
  return Buffer.concat(parts);
}

/** Why a query was refused, by its code: never with what was asked for. */
function reasonOf({ told }: Refusal): string {
  return typeof told === "string" ? "" : told.code;
}

/** What is odd about what a machine asks for. @param identifier one that can be answered */
function noteQuery(identifier: Dataset, note: NoteOddity): void {
  for (const tag of unknownKeys(identifier)) note("key-unsupported", nameOf(tag));
  const step = identifier.items("ScheduledProcedureStepSequence")[0] ?? identifier;
  const { from, to } = askedDays(step, Tag.ScheduledProcedureStepStartDate);
  if (from === undefined && to === undefined) note("query-without-date");
}

function parseIdentifier(
  bytes: Uint8Array,
  syntax: TransferSyntax,
  machine: Machine | undefined,
  note?: NoteOddity,
): Dataset {
  try {
    const machineCharset = charsetTerms(machine?.characterSet ?? "");
    return readDataset(bytes, syntax, { machineCharset, knownVrs: true, note }).dataset;
  } catch (error) {
    if (error instanceof MalformedDataset) {
      throw new Refusal(Status.CANNOT_UNDERSTAND, say("identifier-malformed", { why: error.message }));
    }
    throw error;
  }
}
