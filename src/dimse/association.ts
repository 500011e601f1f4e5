import { Buffer } from "node:buffer";
import { getLogger } from "@logtape/logtape";
import type { Dataset } from "../dicom/dataset.ts";
import { Tag } from "../dicom/dictionary.ts";
import { MalformedDataset } from "../dicom/read_dataset.ts";
import {
  CommandField,
  hasDataSet,
  RESPONSE,
  type ResponseFields,
  responseTo,
  Status,
  writeCommand,
} from "./command.ts";
import { MessageReader, PeerLeft } from "./message_reader.ts";
import { negotiate, type ServedContext } from "./negotiation.ts";
import {
  AbortReason,
  APPLICATION_CONTEXT,
  type AssociateReject,
  type AssociateRequest,
  MalformedPdu,
  ownUserInformation,
  PduType,
  readAssociateRequest,
  Rejection,
  type RoleSelection,
  writeAbort,
  writeAssociateAccept,
  writeAssociateReject,
  writeMessage,
  writePData,
  writeReleaseResponse,
} from "./pdu.ts";
import { PduStream, type Socket } from "./pdu_stream.ts";
import {
  type AcceptedContext,
  type Answers,
  type OpenAssociation,
  type Peer,
  Refusal,
  type Request,
  type Service,
} from "./service.ts";

const log = getLogger(["sonodesk", "dimse"]);

/** Answers are gathered to about this many bytes before they go out in one write. */
const BATCH = 64 * 1024;
/** How long the peer must have been silent before the box asks something itself, and how often that is looked at, ms. */
const QUIET = 500;
const LOOK_EVERY = 50;
/** Longest wait for the response to what the box asks, ms. */
const RESPONSE_PATIENCE = 30_000;

/** A peer may not associate: how it is told, and why in words. */
export interface Refused {
  rejection: AssociateReject;
  why: string;
}

/** Where a call comes from. */
export interface Caller {
  /** An IP address. */
  address: string;
  /** The subject of the peer's certificate, where the box has asked for one and knows who issued it. */
  certificate?: string | undefined;
}

export interface AssociationOptions {
  services: readonly Service[];
  /** The largest P-DATA-TF body to take, bytes. */
  maxPduLength: number;
  /** Whether this peer may associate, and whether it has proved who it is. */
  admit(
    request: AssociateRequest,
    caller: Caller,
  ): Refused | "verified" | undefined | Promise<Refused | "verified" | undefined>;
}

/** How an association went, for its one log line and the journal. */
export interface AssociationSummary {
  id: string;
  address: string;
  callingAeTitle: string;
  calledAeTitle: string;
  implementation: string;
  outcome: string;
  operations: number;
  bytes: number;
  milliseconds: number;
}

interface Message {
  context: ServedContext;
  command: Dataset;
}

/**
 * One association in which the box is the acceptor (PS3.8 7, 9.2): negotiation, then one request after the other
 * until release or abort. It reads on only when its services have taken what came before.
 */
export class Association implements OpenAssociation {
  readonly #stream: PduStream;
  readonly #reader: MessageReader;
  readonly #options: AssociationOptions;
  readonly #caller: Caller;
  readonly #id: string;
  readonly #started = performance.now();
  #peer: Peer | undefined;
  #served = new Map<number, ServedContext>();
  #peerMaxPduLength = 0;
  #ahead: Promise<Message | "release"> | undefined;
  #busy = false;
  #endReason: string | undefined;
  #over = false;
  /** The peer has released, or is gone, within an operation: it answers nothing any more. */
  #leaving = false;
  #messageId = 0;
  /** What the box has asked and not been answered yet; one at a time. */
  #asked: { messageId: number; resolve: (response: Dataset | undefined) => void } | undefined;
  proposedRoles: readonly RoleSelection[] = [];
  #operations = 0;
  #bytes = 0;

  constructor(socket: Socket, caller: Caller, id: string, options: AssociationOptions) {
    this.#stream = new PduStream(socket, options.maxPduLength);
    this.#reader = new MessageReader(this.#stream, (contextId) => this.#served.has(contextId));
    this.#caller = caller;
    this.#id = id;
    this.#options = options;
  }

  get address(): string {
    return this.#caller.address;
  }

  /** Whether an operation is under way, of the peer's or of the box's. */
  get busy(): boolean {
    return this.#busy || this.#asked !== undefined;
  }

  /** What it waits for from its peer, and how long already. */
  get waiting(): PduStream["waiting"] {
    return this.#stream.waiting;
  }

  /** Runs the association to its end. Never rejects: every end is an outcome. */
  async run(): Promise<AssociationSummary> {
    let outcome: string;
    try {
      outcome = await this.#negotiate() ?? await this.#serveUntilRelease();
    } catch (error) {
      outcome = await this.#endAfter(error);
    } finally {
      this.#stream.close();
      this.#over = true;
      this.#asked?.resolve(undefined);
    }
    return {
      id: this.#id,
      address: this.#caller.address,
      callingAeTitle: this.#peer?.callingAeTitle ?? "",
      calledAeTitle: this.#peer?.calledAeTitle ?? "",
      implementation: this.#peer?.implementationVersionName ?? "",
      outcome: this.#endReason ?? outcome,
      operations: this.#operations,
      bytes: this.#bytes,
      milliseconds: Math.round(performance.now() - this.#started),
    };
  }

  async ask(contextId: number, command: Dataset, data: Uint8Array): Promise<Dataset | undefined> {
    while (!this.#over && !this.#isQuiet) await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY));
    if (this.#over) return undefined;
    return await this.#ask(command, async () => {
      await this.#stream.write(writeMessage(contextId, writeCommand(command, true), data, this.#peerMaxPduLength));
    });
  }

  provided(sopClassUid: string): readonly AcceptedContext[] {
    if (!this.proposedRoles.some((role) => role.sopClassUid === sopClassUid && role.scp)) return [];
    return [...this.#served.values()].filter(({ abstractSyntax }) => abstractSyntax === sopClassUid);
  }

  async suboperation(
    contextId: number,
    command: Dataset,
    data: AsyncIterable<Uint8Array>,
  ): Promise<Dataset | undefined> {
    if (this.#leaving) return undefined;
    return await this.#ask(command, async () => {
      await this.#stream.write(writePData(contextId, true, writeCommand(command, true), this.#peerMaxPduLength));
      let last: Uint8Array = new Uint8Array(0);
      for await (const part of data) {
        if (last.length > 0) {
          await this.#stream.write(writePData(contextId, false, last, this.#peerMaxPduLength, false));
        }
        last = part;
      }
      await this.#stream.write(writePData(contextId, false, last, this.#peerMaxPduLength));
    });
  }

  /** The response to a request of the box's, which `write` sends. */
  async #ask(command: Dataset, write: () => Promise<void>): Promise<Dataset | undefined> {
    const messageId = ++this.#messageId & 0xffff;
    command.setUnsignedShort(Tag.MessageID, messageId);
    const response = new Promise<Dataset | undefined>((resolve) => this.#asked = { messageId, resolve });
    const timer = setTimeout(() => this.#asked?.resolve(undefined), RESPONSE_PATIENCE);
    try {
      await write();
      return await response;
    } catch (error) {
      if (isConnectionLoss(error)) return undefined;
      throw error;
    } finally {
      clearTimeout(timer);
      this.#asked = undefined;
    }
  }

  /** Whether the peer has asked nothing for a moment, and the box has nothing of its own under way. */
  get #isQuiet(): boolean {
    const { for: awaited, milliseconds } = this.#stream.waiting;
    return !this.#busy && this.#asked === undefined && awaited === "next PDU" && milliseconds >= QUIET;
  }

  /** Ends the association from outside, by A-ABORT: it took too long, or the box is stopping. */
  async end(reason: string): Promise<void> {
    if (this.#endReason !== undefined) return;
    this.#endReason = reason;
    // a peer that reads nothing must not hold this up
    const timer = setTimeout(() => this.#stream.close(), 1000);
    await this.#stream.write(writeAbort(AbortReason.NOT_SPECIFIED)).catch((error) => {
      log.debug("association {id}: the peer was gone before the abort: {error}", { id: this.#id, error });
    });
    clearTimeout(timer);
    this.#stream.close();
  }

  /** Refuses before reading what the peer wants: there is no room for it. Resolves once the peer has been told. */
  async refuse(rejection: AssociateReject): Promise<void> {
    try {
      // the answer to nothing would be a protocol error: wait for the request, then say no
      const pdu = await this.#stream.read();
      if (pdu?.type === PduType.ASSOCIATE_RQ) await this.#stream.write(writeAssociateReject(rejection));
    } catch (error) {
      log.debug("association {id}: gone before it was refused: {error}", { id: this.#id, error });
    } finally {
      this.#stream.close();
    }
  }

  /** @returns the outcome when the association was refused, undefined when it stands */
  async #negotiate(): Promise<string | undefined> {
    const pdu = await this.#stream.read();
    if (pdu === undefined) return "closed before a request";
    if (pdu.type === PduType.ABORT) return "aborted before a request";
    if (pdu.type !== PduType.ASSOCIATE_RQ) {
      await this.#stream.write(writeAbort(AbortReason.UNEXPECTED_PDU));
      return `refused: a PDU of type ${pdu.type} before any association`;
    }
    const request = readAssociateRequest(pdu.body);
    this.#peer = {
      id: this.#id,
      address: this.#caller.address,
      callingAeTitle: request.callingAeTitle,
      calledAeTitle: request.calledAeTitle,
      implementationClassUid: request.user.implementationClassUid,
      implementationVersionName: request.user.implementationVersionName,
      extended: request.user.extended,
      userIdentity: request.user.userIdentity,
    };
    const admitted = request.applicationContext === APPLICATION_CONTEXT
      ? await this.#options.admit(request, this.#caller)
      : {
        rejection: Rejection.APPLICATION_CONTEXT_NOT_SUPPORTED,
        why: `the application context ${request.applicationContext} is not DICOM's`,
      };
    if (typeof admitted === "object") {
      await this.#stream.write(writeAssociateReject(admitted.rejection));
      return `refused: ${admitted.why}`;
    }
    this.proposedRoles = request.user.roles;
    const { answers, served } = negotiate(request.contexts, this.#options.services);
    this.#served = served;
    this.#peerMaxPduLength = request.user.maxPduLength;
    const roles = request.user.roles.flatMap((role) => {
      const service = this.#options.services.find((one) => one.accept(role.sopClassUid, []) !== "abstract syntax");
      const answer = service?.roles?.(role);
      return answer ? [answer] : [];
    });
    const extended = new Map<string, Uint8Array>();
    for (const { abstractSyntax, service } of served.values()) {
      const proposed = request.user.extended.get(abstractSyntax);
      const answer = proposed && service.extend?.(abstractSyntax, proposed);
      if (answer) extended.set(abstractSyntax, answer);
    }
    await this.#stream.write(
      writeAssociateAccept(request, {
        contexts: answers,
        user: {
          ...ownUserInformation(this.#options.maxPduLength, roles),
          extended,
          identityVerified: admitted === "verified" && request.user.userIdentity?.responseRequested === true,
        },
      }),
    );
    return undefined;
  }

  async #serveUntilRelease(): Promise<string> {
    while (true) {
      const message = await (this.#ahead ?? this.#readMessage());
      this.#ahead = undefined;
      if (message === "release") {
        await this.#stream.write(writeReleaseResponse());
        return "released";
      }
      await this.#serve(message);
      if (this.#endReason !== undefined) return this.#endReason;
    }
  }

  async #serve(message: Message): Promise<void> {
    const field = message.command.number("CommandField") ?? 0;
    if (field === CommandField.C_CANCEL) return; // of an operation that has ended already
    const operation = new Operation(message, field, this.#peer!, this, {
      read: (contextId) => this.#readData(contextId),
      write: (bytes) => this.#stream.write(bytes),
      peerMaxPduLength: this.#peerMaxPduLength,
    });
    this.#busy = true;
    this.#operations += 1;
    try {
      if (message.context.service.cancellable) await this.#serveCancellable(operation);
      else await operation.run();
    } finally {
      this.#busy = false;
    }
  }

  /** While such an operation answers, the next message is awaited too: it may be its C-CANCEL. */
  async #serveCancellable(operation: Operation): Promise<void> {
    let over = false;
    const running = operation.run().finally(() => over = true);
    running.catch(() => {}); // awaited below; a rejection meanwhile is not lost
    await Promise.race([operation.dataRead, running.catch(() => {})]);
    while (!over) {
      this.#ahead ??= this.#readMessage();
      const ahead = this.#ahead;
      const next = await Promise.race([
        ahead.catch(() => "gone" as const),
        running.then(() => "over" as const, () => "over" as const),
      ]);
      if (next === "over") break;
      if (next !== "gone" && next !== "release" && operation.isCancelledBy(next.command)) {
        operation.cancel();
        this.#ahead = undefined;
        continue;
      }
      if (next === "gone" || next === "release") {
        operation.cancel();
        this.#leaving = true;
        this.#asked?.resolve(undefined);
      }
      break;
    }
    await running;
  }

  /** The next request, without its data set, or the release of the association. */
  async #readMessage(): Promise<Message | "release"> {
    while (true) {
      const read = await this.#reader.command();
      if (read === "release") return "release";
      const context = this.#served.get(read.contextId)!;
      if ((read.field & RESPONSE) === 0) return { context, command: read.command };
      await this.#takeResponse(context, read.command);
    }
  }

  /** The response to what the box asked; a data set with it says nothing that is not known. */
  async #takeResponse(context: ServedContext, command: Dataset): Promise<void> {
    const asked = this.#asked;
    if (asked === undefined || command.number("MessageIDBeingRespondedTo") !== asked.messageId) {
      throw new MalformedPdu("a response to a request that was not made");
    }
    if (hasDataSet(command)) {
      const data = this.#readData(context.id);
      while (!(await data.next()).done);
    }
    asked.resolve(command);
  }

  async *#readData(contextId: number): AsyncGenerator<Uint8Array, void> {
    for await (const piece of this.#reader.data(contextId)) {
      this.#bytes += piece.length;
      yield piece;
    }
  }

  /** Says why it ended; a peer that broke the protocol is told so by A-ABORT. */
  async #endAfter(error: unknown): Promise<string> {
    if (this.#endReason !== undefined) return this.#endReason;
    if (error instanceof PeerLeft) return error.message;
    if (isConnectionLoss(error)) return "the connection was lost";
    const malformed = error instanceof MalformedPdu || error instanceof MalformedDataset;
    if (!malformed) log.error("association {id}: {error}", { id: this.#id, error });
    await this.#stream.write(writeAbort(malformed ? AbortReason.INVALID_PARAMETER : AbortReason.NOT_SPECIFIED))
      .catch((failure) => log.debug("association {id}: abort not sent: {failure}", { id: this.#id, failure }));
    return `aborted: ${error instanceof Error ? error.message : String(error)}`;
  }
}

interface Wire {
  read(contextId: number): AsyncGenerator<Uint8Array>;
  write(bytes: Uint8Array): Promise<void>;
  peerMaxPduLength: number;
}

/** A request being served. */
class Operation implements Request {
  readonly peer: Peer;
  readonly association: OpenAssociation;
  readonly context: ServedContext;
  readonly command: Dataset;
  readonly field: number;
  readonly hasData: boolean;
  readonly data: AsyncIterable<Uint8Array>;
  /** Resolves once the request's data set has been read to its end. */
  readonly dataRead: Promise<void>;
  cancelled = false;
  readonly #wire: Wire;
  readonly #data: AsyncGenerator<Uint8Array>;
  #dataDone: boolean;
  /** The final response is out: there cannot be another. */
  #answered = false;
  #markDataRead!: () => void;

  constructor(message: Message, field: number, peer: Peer, association: OpenAssociation, wire: Wire) {
    this.peer = peer;
    this.association = association;
    this.context = message.context;
    this.command = message.command;
    this.field = field;
    this.hasData = hasDataSet(message.command);
    this.#wire = wire;
    this.#dataDone = !this.hasData;
    this.dataRead = new Promise((resolve) => this.#markDataRead = resolve);
    if (this.#dataDone) this.#markDataRead();
    this.#data = this.#dataUntilDone();
    // a loop that a service leaves early must not end the generator: the rest is still on the wire
    this.data = { [Symbol.asyncIterator]: () => ({ next: () => this.#data.next() }) };
  }

  /** Serves it; whatever goes wrong short of the connection becomes a failure status. */
  async run(): Promise<void> {
    try {
      await this.context.service.serve(this);
    } catch (error) {
      if (error instanceof MalformedPdu || error instanceof PeerLeft || isConnectionLoss(error)) throw error;
      if (this.#answered) {
        log.error("association {id}: {command} failed after its answer: {error}", {
          id: this.peer.id,
          command: commandName(this.field),
          error,
        });
        return;
      }
      if (error instanceof Refusal) {
        log.warn("association {id}: {command} refused with {status}: {why}", {
          id: this.peer.id,
          command: commandName(this.field),
          status: error.fields.status.toString(16).padStart(4, "0"),
          why: error.message,
        });
        return await this.respond(error.fields);
      }
      log.error("association {id}: {command} failed: {error}", {
        id: this.peer.id,
        command: commandName(this.field),
        error,
      });
      await this.respond({ status: Status.PROCESSING_FAILURE, comment: "The box failed, see its log" });
    }
  }

  async respond(fields: ResponseFields, data?: Uint8Array): Promise<void> {
    await this.#drain();
    this.#answered = !isPending(fields.status);
    const command = writeCommand(responseTo(this.command, fields), data !== undefined);
    const { peerMaxPduLength } = this.#wire;
    await this.#wire.write(
      data === undefined
        ? writePData(this.context.id, true, command, peerMaxPduLength)
        : writeMessage(this.context.id, command, data, peerMaxPduLength),
    );
  }

  answers(fields: ResponseFields): Answers {
    const command = writeCommand(responseTo(this.command, fields), true);
    let held: Uint8Array[] = [];
    let heldBytes = 0;
    const flush = async () => {
      if (held.length === 0) return;
      const batch = Buffer.concat(held);
      held = [];
      heldBytes = 0;
      await this.#wire.write(batch);
    };
    return {
      add: async (data) => {
        const framed = writeMessage(this.context.id, command, data, this.#wire.peerMaxPduLength);
        held.push(framed);
        heldBytes += framed.length;
        if (heldBytes >= BATCH) await flush();
      },
      flush,
    };
  }

  isCancelledBy(command: Dataset): boolean {
    return command.number("CommandField") === CommandField.C_CANCEL &&
      command.number("MessageIDBeingRespondedTo") === this.command.number("MessageID");
  }

  cancel(): void {
    this.cancelled = true;
  }

  async *#dataUntilDone(): AsyncGenerator<Uint8Array> {
    if (this.#dataDone) return;
    yield* this.#wire.read(this.context.id);
    this.#dataDone = true;
    this.#markDataRead();
  }

  async #drain(): Promise<void> {
    while (!this.#dataDone && !(await this.#data.next()).done);
  }
}

function isPending(status: number): boolean {
  return status === Status.PENDING || status === Status.PENDING_OPTIONAL_KEYS_NOT_SUPPORTED;
}

function commandName(field: number): string {
  return Object.entries(CommandField).find(([, value]) => value === field)?.[0].replace("_", "-") ??
    `command ${field.toString(16)}`;
}

function isConnectionLoss(error: unknown): boolean {
  return error instanceof Deno.errors.ConnectionReset || error instanceof Deno.errors.BrokenPipe ||
    error instanceof Deno.errors.ConnectionAborted || error instanceof Deno.errors.BadResource ||
    error instanceof Deno.errors.Interrupted || error instanceof Deno.errors.UnexpectedEof ||
    error instanceof Deno.errors.TimedOut || error instanceof Deno.errors.NotConnected;
}
