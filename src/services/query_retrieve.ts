import { getLogger } from "@logtape/logtape";
import type { Archive } from "../archive/archive.ts";
import type { CorrectionOf } from "../objects/corrected_file.ts";
import { damageOf } from "../archive/integrity.ts";
import { Dataset } from "../dicom/dataset.ts";
import { Tag } from "../dicom/dictionary.ts";
import { charsetTerms } from "../dicom/read_text.ts";
import { QUERY_RETRIEVE, STORAGE_CLASSES } from "../dicom/sop_class.ts";
import { transferSyntaxOf } from "../dicom/transfer_syntax.ts";
import { asksForUnknown, MOST_CANDIDATES, type QueryLevel } from "./catalogue_query.ts";
import { encodeAnswer } from "./worklist_cache.ts";
import { profileOf } from "./worklist_query.ts";
import type { Machine } from "../store/machines.ts";
import { answerTo } from "../dicom/worklist_answer.ts";
import { writeDataset } from "../dicom/write_dataset.ts";
import type { CatalogueInstance } from "../store/catalogue.ts";
import type { Store } from "../store/store.ts";
import { CommandField, Status } from "../dimse/command.ts";
import { MOST_KEYS, readAttributes } from "../dimse/data_set.ts";
import { findInCatalogue, levelOf, namedInCatalogue } from "./query.ts";
import { type RemoteApplication, RequestFailed, Requestor } from "../dimse/requestor.ts";
import { Refusal, type Request, type Service } from "../dimse/service.ts";
import {
  contextOf,
  contextsFor,
  type Convert,
  dataSetFor,
  type FileToSend,
  isTaken,
  isUnconvertible,
  leavingAs,
  MOST_CONTEXTS,
  sendFile,
  storeCommand,
  withinContexts,
} from "./store_scu.ts";
import type { TlsIdentity } from "../dimse/tls.ts";
import { uncompressedOf } from "./verification.ts";

const log = getLogger(["sonodesk", "dimse", "query"]);

type Root = keyof typeof QUERY_RETRIEVE;
type Operation = "find" | "move" | "get";
const FIELDS: Record<Operation, number> = {
  find: CommandField.C_FIND,
  move: CommandField.C_MOVE,
  get: CommandField.C_GET,
};

interface QueryRetrieveOptions {
  boxAeTitle: string;
  /** Who the box is over TLS. */
  tls: () => Promise<TlsIdentity>;
  /** For a peer that takes nothing compressed. */
  convert: Convert;
  correctionOf?: CorrectionOf | undefined;
}

/** Why an object was not taken; `broken`: the way to the other side is, and nothing more can go there. */
interface NotSent {
  why: string;
  broken?: true;
}

/** Sends one object: undefined where it was taken. */
type Sending = (instance: CatalogueInstance) => Promise<NotSent | undefined>;

/**
 * Query/Retrieve as SCP, patient root and study root: C-FIND, C-MOVE and C-GET (PS3.4 Annex C). For admitted machines
 * only, also where any machine may associate. Objects go out as they came, or decompressed where the peer takes nothing
 * else, with the identity they have been corrected to.
 */
export class QueryRetrieve implements Service {
  /** By C-CANCEL. */
  readonly cancellable = true;
  readonly #store: Store;
  readonly #archive: Archive;
  readonly #options: QueryRetrieveOptions;

  /**
   * Serves whoever it is given.
   *
   * @param options who may ask, and how objects leave the box
   */
  constructor(store: Store, archive: Archive, options: QueryRetrieveOptions) {
    this.#store = store;
    this.#archive = archive;
    this.#options = options;
  }

  /** The classes of both roots. */
  accept(abstractSyntax: string, proposed: readonly string[]): ReturnType<Service["accept"]> {
    return modelOf(abstractSyntax) ? uncompressedOf(proposed) : "abstract syntax";
  }

  /** C-FIND, C-MOVE and C-GET (PS3.4 C). */
  async serve(request: Request): Promise<void> {
    const { root, operation } = modelOf(request.context.abstractSyntax)!;
    if (request.field !== FIELDS[operation]) {
      throw new Refusal(Status.UNRECOGNIZED_OPERATION, `Only C-${operation.toUpperCase()} on this context`);
    }
    const machine = this.#store.machines.findByAeTitle(request.peer.callingAeTitle);
    if (!machine?.admitted) {
      throw new Refusal(Status.NOT_AUTHORIZED, "Admit this AE title on the settings page first");
    }
    const identifier = await readAttributes(request, {
      status: Status.CANNOT_UNDERSTAND,
      machineCharset: charsetTerms(machine.characterSet),
      most: MOST_KEYS,
    });
    const level = levelOf(identifier, root);
    if (operation === "find") {
      return await this.#find(request, machine, identifier, level);
    }
    const named = await namedInCatalogue(this.#store.catalogue, identifier, level);
    return operation === "move" ? await this.#move(request, named) : await this.#get(request, named);
  }

  /**
   * Answers with what matches, in the character set of the machine's record or of the query; where not everything could
   * be looked at, the last response says so with A700.
   */
  async #find(request: Request, machine: Machine, identifier: Dataset, level: QueryLevel): Promise<void> {
    const found = findInCatalogue(this.#store.catalogue, identifier, level);
    const profile = profileOf(machine);
    const asked = identifier.texts("SpecificCharacterSet");
    const answers = request.answers({
      status: asksForUnknown(identifier, level) ? Status.PENDING_OPTIONAL_KEYS_NOT_SUPPORTED : Status.PENDING,
    });
    let next = await found.next();
    for (; !next.done && !request.cancelled; next = await found.next()) {
      const one = next.value;
      const answer = answerTo(identifier, one)
        .setText(Tag.QueryRetrieveLevel, "CS", one.text("QueryRetrieveLevel"))
        .setText(Tag.RetrieveAETitle, "AE", this.#options.boxAeTitle);
      await answers.add(encodeAnswer(answer, request.context.transferSyntax, profile, asked));
    }
    await answers.flush();
    if (request.cancelled) return await request.respond({ status: Status.CANCEL });
    if (next.value === true) return await request.respond({ status: Status.SUCCESS });
    const comment = `Looked at ${MOST_CANDIDATES} only: ask by patient, study or day`;
    await request.respond({ status: Status.OUT_OF_RESOURCES, comment });
  }

  async #move(request: Request, instances: CatalogueInstance[]): Promise<void> {
    const title = request.command.text("MoveDestination");
    const remote = await this.#remoteOf(title);
    if (remote === undefined) {
      throw new Refusal(Status.MOVE_DESTINATION_UNKNOWN, `No machine or destination ${title} with address and port`);
    }
    if (instances.length === 0) return await this.#send(request, instances, () => Promise.resolve(undefined));
    // those that are sent on one association, and all after them on others: it has room for only so many contexts
    const connect = async (from: number) => {
      const together = withinContexts(instances.slice(from), MOST_CONTEXTS);
      return { requestor: await Requestor.connect(remote, contextsFor(together)), together: new Set(together) };
    };
    let open: Awaited<ReturnType<typeof connect>>;
    try {
      open = await connect(0);
    } catch (error) {
      if (!(error instanceof RequestFailed)) throw error;
      throw new Refusal(Status.UNABLE_TO_PERFORM_SUBOPERATIONS, error.message, {
        suboperations: { remaining: undefined, completed: 0, failed: instances.length, warning: 0 },
      });
    }
    const originator = {
      aeTitle: request.peer.callingAeTitle,
      messageId: request.command.number("MessageID") ?? 0,
    };
    const sendOn: Sending = async (instance) => {
      try {
        if (!open.together.has(instance)) {
          await open.requestor.release();
          open = await connect(instances.indexOf(instance));
        }
        const { requestor } = open;
        const file = this.#fileOf(instance);
        const context = contextOf(requestor.accepted(file.sopClassUid), file);
        if (context === undefined) return notTaken(file, title);
        const data = await dataSetFor(file, context.transferSyntax, this.#options.convert);
        return refusedBy(title, (await sendFile(requestor, context.id, file, data, originator)).status);
      } catch (error) {
        if (isUnconvertible(error)) return { why: error.message };
        if (!(error instanceof RequestFailed)) throw error;
        return { why: error.message, broken: true };
      }
    };
    try {
      await this.#send(request, instances, sendOn);
      await open.requestor.release();
    } finally {
      await open.requestor.abort(); // does nothing after its release
    }
  }

  async #get(request: Request, instances: CatalogueInstance[]): Promise<void> {
    await this.#send(request, instances, async (instance) => {
      const file = this.#fileOf(instance);
      const context = contextOf(request.association.provided(instance.sopClassUid), file);
      if (context === undefined) return notTaken(file, request.peer.callingAeTitle);
      let data: AsyncIterable<Uint8Array>;
      try {
        data = await dataSetFor(file, context.transferSyntax, this.#options.convert);
      } catch (error) {
        if (isUnconvertible(error)) return { why: error.message };
        throw error;
      }
      const command = storeCommand(file).setUnsignedShort(Tag.CommandField, CommandField.C_STORE);
      const response = await request.association.suboperation(context.id, command, data);
      if (response === undefined) return { why: `${request.peer.callingAeTitle} did not answer`, broken: true };
      return refusedBy(request.peer.callingAeTitle, response.number("Status") ?? 0);
    });
  }

  /** Sends one after the other, tells how far it is after each, and at the end what failed (PS3.4 C.4.2.1). */
  async #send(request: Request, instances: CatalogueInstance[], send: Sending): Promise<void> {
    const failed: string[] = [];
    const reasons = new Map<string, number>();
    let completed = 0;
    let broken: NotSent | undefined;
    const standing = (remaining: number | undefined) => ({
      suboperations: { remaining, completed, failed: failed.length, warning: 0 },
    });
    for (const [index, instance] of instances.entries()) {
      if (request.cancelled) {
        return await request.respond(
          { status: Status.CANCEL, ...standing(instances.length - index) },
          listed(request, failed),
        );
      }
      const notSent: NotSent | undefined = broken ??
        (await damageOf(this.#archive.pathOf(instance.path), instance) === undefined
          ? await send(instance)
          : { why: "the file is not as it came" });
      if (notSent?.broken) broken = notSent;
      if (notSent === undefined) completed += 1;
      else {
        failed.push(instance.sopInstanceUid);
        reasons.set(notSent.why, (reasons.get(notSent.why) ?? 0) + 1);
      }
      const remaining = instances.length - index - 1;
      if (remaining > 0) await request.respond({ status: Status.PENDING, ...standing(remaining) });
    }
    if (failed.length === 0) return await request.respond({ status: Status.SUCCESS, ...standing(undefined) });
    const status = completed > 0 ? Status.SOME_SUBOPERATIONS_FAILED : Status.UNABLE_TO_PERFORM_SUBOPERATIONS;
    const why = [...reasons].sort(([, one], [, other]) => other - one).map(([reason]) => reason);
    log.warn("{failed} of {count} objects that {machine} asked for were not sent: {why}", {
      ...{ failed: failed.length, count: instances.length, machine: request.peer.callingAeTitle },
      why: why.join("; "),
    });
    await request.respond({ status, comment: why[0]!, ...standing(undefined) }, listed(request, failed));
  }

  /** Where a title is found: among the machines, else among the destinations. */
  async #remoteOf(title: string): Promise<RemoteApplication | undefined> {
    const titles = { calledAeTitle: title, callingAeTitle: this.#options.boxAeTitle };
    const machine = this.#store.machines.findByAeTitle(title);
    if (machine?.admitted && machine.port !== null && machine.address !== "") {
      const { address, port, tls } = machine;
      return { ...titles, address, port, ...(tls && { tls: await this.#options.tls() }) };
    }
    const destination = this.#store.destinations.all().find(({ aeTitle, enabled }) => enabled && aeTitle === title);
    if (destination === undefined) return undefined;
    const { address, port, tls } = destination;
    return { ...titles, address, port, ...(tls && { tls: await this.#options.tls() }) };
  }

  #fileOf(instance: CatalogueInstance): CatalogueInstance & FileToSend {
    return {
      ...{ ...instance, path: this.#archive.pathOf(instance.path) },
      ...leavingAs(this.#store, this.#options.correctionOf, instance.sopInstanceUid),
    };
  }
}

function notTaken({ sopClassUid, transferSyntaxUid }: FileToSend, title: string): NotSent {
  const syntax = transferSyntaxOf(transferSyntaxUid)?.name ?? transferSyntaxUid;
  return { why: `${title} takes no ${STORAGE_CLASSES.get(sopClassUid) ?? sopClassUid} in ${syntax}` };
}

function refusedBy(title: string, status: number): NotSent | undefined {
  if (isTaken(status)) return undefined;
  return { why: `${title} answered ${status.toString(16).padStart(4, "0").toUpperCase()}` };
}

function modelOf(abstractSyntax: string): { root: Root; operation: Operation } | undefined {
  for (const root of Object.keys(QUERY_RETRIEVE) as Root[]) {
    for (const operation of Object.keys(FIELDS) as Operation[]) {
      if (QUERY_RETRIEVE[root][operation] === abstractSyntax) return { root, operation };
    }
  }
  return undefined;
}

/** Failed SOP Instance UID List (PS3.4 C.4.2.1.5). */
function listed(request: Request, failed: string[]): Uint8Array {
  const list = new Dataset().setText(Tag.FailedSOPInstanceUIDList, "UI", ...failed);
  return writeDataset(list, request.context.transferSyntax);
}
