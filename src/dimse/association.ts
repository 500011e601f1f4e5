import { getLogger } from "@logtape/logtape";
import type { Dataset } from "../dicom/dataset.ts";
import type { OddityKind } from "../dicom/oddity.ts";
import { MalformedDataset } from "../dicom/malformed_dataset.ts";
import { CommandField, hasDataSet } from "./command.ts";
import { isConnectionLoss } from "./connections.ts";
import { isResponse, MessageStream, PeerLeft, type ReadCommand } from "./message_stream.ts";
import { agreeOn, type ServedContext } from "./negotiation.ts";
import { Operation, type RequestMessage } from "./operation.ts";
import {
  AbortReason,
  APPLICATION_CONTEXT,
  type AssociateReject,
  type AssociateRequest,
  MalformedPdu,
  Rejection,
  type RoleSelection,
} from "./pdu.ts";
import type { Socket } from "./pdu_stream.ts";
import { readAssociateHeader, readAssociateRequest } from "./read_pdu.ts";
import type { AcceptedContext, OpenAssociation, Peer, Service } from "./service.ts";
import { writeAssociateAccept, writeAssociateReject, writeReleaseResponse } from "./write_pdu.ts";

const log = getLogger(["sonodesk", "dimse"]);

/** How long the peer must have been silent before the box asks something itself, and how often that is looked at, ms. */
const QUIET = 500;
const LOOK_EVERY = 50;
/** Longest wait for the response to what the box asks, ms. */
const RESPONSE_PATIENCE = 30_000;

/** A peer may not associate: how it is told, and why in words. */
export interface Refused {
  /** What the peer is answered. */
  rejection: AssociateReject;
  /** For the log. */
  why: string;
}

/** Where a call comes from. */
export interface Caller {
  /** An IP address. */
  address: string;
  /** The subject of the peer's certificate, where the box has asked for one and knows who issued it. */
  certificate?: string | undefined;
}

/** What an association is served with. */
export interface AssociationOptions {
  /** The first that takes a presentation context has it. */
  services: readonly Service[];
  /** The largest P-DATA-TF body to take, bytes. */
  maxPduLength: number;
  /** Whether this peer may associate, and whether it has proved who it is. */
  admit(
    request: AssociateRequest,
    caller: Caller,
  ): Refused | "verified" | undefined | Promise<Refused | "verified" | undefined>;
}

/** Of every UID that is the standard's (PS3.5 9). */
const STANDARD_ROOT = "1.2.840.10008.";

/** The bit of the one version that there is (PS3.8 9.3.2). */
const PROTOCOL_VERSION = 1;

/** How an association went, for its one log line and the journal. */
export interface AssociationSummary {
  /** For the log; made anew for each. */
  id: string;
  /** Of the peer, IP. */
  address: string;
  /** Of the peer. */
  callingAeTitle: string;
  /** As the peer calls the box. */
  calledAeTitle: string;
  /** Implementation Version Name of the peer (PS3.7 D.3.3.2.3); "" for none. */
  implementation: string;
  /** `released`, or how else it ended, in English. */
  outcome: string;
  /** DIMSE requests that were answered. */
  operations: number;
  /** Received. */
  bytes: number;
  /** From the connection to its end. */
  milliseconds: number;
  /** What the peer did that is odd, and how often. */
  oddities: ReadonlyMap<OddityKind, number>;
}

/**
 * One association in which the box is the acceptor (PS3.8 7, 9.2): negotiation, then one request after the other
 * until release or abort. It reads on only when its services have taken what came before.
 */
export class Association implements OpenAssociation {
  readonly #messages: MessageStream;
  readonly #options: AssociationOptions;
  readonly #caller: Caller;
  readonly #id: string;
  readonly #started = performance.now();
  #peer: Peer | undefined;
  #served = new Map<number, ServedContext>();
  /** The next request, where it is awaited while an operation is under way. */
  #ahead: Promise<RequestMessage | "release"> | undefined;
  #busy = false;
  #endReason: string | undefined;
  /** What the box has asked and not been answered yet; one at a time. */
  #asked: { messageId: number; resolve: (response: Dataset | undefined) => void } | undefined;
  /** Message IDs of what the box has asked so far. */
  readonly #everAsked = new Set<number>();
  proposedRoles: readonly RoleSelection[] = [];
  #operations = 0;
  #bytes = 0;
  readonly #oddities = new Map<OddityKind, number>();

  constructor(socket: Socket, caller: Caller, id: string, options: AssociationOptions) {
    this.#messages = new MessageStream(socket, "acceptor", options.maxPduLength, (id) => this.#served.has(id));
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
  get waiting(): MessageStream["waiting"] {
    return this.#messages.waiting;
  }

  /** Runs the association to its end. Never rejects: every end is an outcome. */
  async run(): Promise<AssociationSummary> {
    let outcome: string;
    try {
      outcome = await this.#negotiate() ?? await this.#serveUntilRelease();
    } catch (error) {
      outcome = await this.#endAfter(error);
    } finally {
      this.#messages.close();
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
      oddities: this.#withEmptyPieces(),
    };
  }

  #withEmptyPieces(): ReadonlyMap<OddityKind, number> {
    const { emptyPieces } = this.#messages;
    return emptyPieces === 0 ? this.#oddities : new Map([...this.#oddities, ["empty-pieces", emptyPieces]]);
  }

  #odd(kind: OddityKind): void {
    this.#oddities.set(kind, (this.#oddities.get(kind) ?? 0) + 1);
  }

  async ask(contextId: number, command: Dataset, data: Uint8Array): Promise<Dataset | undefined> {
    while (this.#isOpen && !this.#isQuiet) await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY));
    if (!this.#isOpen) return undefined;
    return await this.#ask(command, () => this.#messages.send(contextId, command, data));
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
    if (!this.#isOpen) return undefined;
    return await this.#ask(command, () => this.#messages.sendInPieces(contextId, command, data));
  }

  /** Neither side has ended the association, nor asked for its end. */
  get #isOpen(): boolean {
    return this.#messages.state === 6;
  }

  /** The response to a request of the box's, which `write` sends. */
  async #ask(command: Dataset, write: () => Promise<void>): Promise<Dataset | undefined> {
    const messageId = this.#messages.number(command);
    this.#everAsked.add(messageId);
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
    const { for: awaited, milliseconds } = this.#messages.waiting;
    return !this.#busy && this.#asked === undefined && awaited === "next PDU" && milliseconds >= QUIET;
  }

  /** Ends the association from outside, by A-ABORT: it took too long, or the box is stopping. */
  async end(reason: string): Promise<void> {
    if (this.#endReason !== undefined) return;
    this.#endReason = reason;
    // a peer that reads nothing must not hold this up
    const timer = setTimeout(() => this.#messages.close(), 1000);
    await this.#messages.abort(AbortReason.NOT_SPECIFIED).catch((error) => {
      log.debug("association {id}: the peer was gone before the abort: {error}", { id: this.#id, error });
    });
    clearTimeout(timer);
    this.#messages.close();
  }

  /** Refuses before reading what the peer wants: there is no room for it. Resolves once the peer has been told. */
  async refuse(rejection: AssociateReject): Promise<void> {
    try {
      // the answer to nothing would be a protocol error: wait for the request, then say no
      const { action } = await this.#messages.receive();
      if (action === "AE-6") await this.#messages.step("A-ASSOCIATE rejected", writeAssociateReject(rejection));
    } catch (error) {
      log.debug("association {id}: gone before it was refused: {error}", { id: this.#id, error });
    } finally {
      this.#messages.close();
    }
  }

  /** @returns the outcome when the association was refused, undefined when it stands */
  async #negotiate(): Promise<string | undefined> {
    const { action, pdu } = await this.#messages.receive();
    if (action === "AA-5") return "closed before a request";
    if (action === "AA-2") return "aborted before a request";
    if (action !== "AE-6") {
      await this.#messages.abort(AbortReason.UNEXPECTED_PDU);
      return `refused: a PDU of type ${pdu?.type} before any association`;
    }
    const { protocolVersion, titles } = readAssociateHeader(pdu!.body);
    if ((protocolVersion & PROTOCOL_VERSION) === 0) {
      await this.#messages.step("A-ASSOCIATE rejected", writeAssociateReject(Rejection.PROTOCOL_VERSION_NOT_SUPPORTED));
      return `refused: it speaks another version of the protocol (${protocolVersion})`;
    }
    const request = readAssociateRequest(pdu!.body);
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
      await this.#messages.step("A-ASSOCIATE rejected", writeAssociateReject(admitted.rejection));
      return `refused: ${admitted.why}`;
    }
    const { services, maxPduLength } = this.#options;
    const { served, accept } = agreeOn(request, services, maxPduLength, admitted === "verified");
    this.proposedRoles = request.user.roles;
    this.#served = served;
    this.#noteProposal(request);
    this.#messages.peerMaxPduLength = request.user.maxPduLength;
    await this.#messages.step("A-ASSOCIATE accepted", writeAssociateAccept(request, accept, titles));
    return undefined;
  }

  #noteProposal({ contexts }: AssociateRequest): void {
    if (contexts.some(({ id }, n) => id % 2 === 0 || contexts.findIndex((other) => other.id === id) < n)) {
      this.#odd("context-id");
    }
    const served = [...this.#served.values()];
    if (served.some(({ abstractSyntax }) => !abstractSyntax.startsWith(STANDARD_ROOT))) this.#odd("class-of-its-own");
  }

  async #serveUntilRelease(): Promise<string> {
    while (true) {
      const message = await (this.#ahead ?? this.#readMessage());
      this.#ahead = undefined;
      if (message === "release") {
        await this.#messages.step("A-RELEASE response", writeReleaseResponse());
        return "released";
      }
      await this.#serve(message);
      if (this.#endReason !== undefined) return this.#endReason;
    }
  }

  async #serve(message: RequestMessage): Promise<void> {
    if (message.field === CommandField.C_CANCEL) return; // of an operation that has ended already
    const counted = (bytes: number) => this.#bytes += bytes;
    const operation = new Operation(message, this.#peer!, this, this.#messages, counted);
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
        this.#asked?.resolve(undefined); // it answers nothing any more
      }
      break;
    }
    await running;
  }

  /** The next request, without its data set, or the release of the association. */
  async #readMessage(): Promise<RequestMessage | "release"> {
    while (true) {
      const read = await this.#messages.command();
      if (read === "release") return "release";
      const context = this.#served.get(read.contextId)!;
      if (!isResponse(read)) return { context, command: read.command, field: read.field };
      await this.#takeResponse(read);
    }
  }

  /** The response to what the box asked; a data set with it says nothing that is not known. */
  async #takeResponse({ contextId, command }: ReadCommand): Promise<void> {
    const messageId = command.number("MessageIDBeingRespondedTo") ?? 0;
    if (!this.#everAsked.has(messageId)) {
      throw new MalformedPdu("a response to a request that was not made", AbortReason.UNEXPECTED_PARAMETER);
    }
    if (hasDataSet(command)) { for await (const piece of this.#messages.data(contextId)) this.#bytes += piece.length; }
    // one that comes when nobody waits for it any more, or twice, says nothing that matters
    if (this.#asked?.messageId === messageId) this.#asked.resolve(command);
    else this.#odd("late-answer");
  }

  /** Says why it ended; a peer that broke the protocol is told so by A-ABORT. */
  async #endAfter(error: unknown): Promise<string> {
    if (this.#endReason !== undefined) return this.#endReason;
    const isLeft = error instanceof PeerLeft || isConnectionLoss(error);
    if (isLeft && this.#operations > 0) this.#odd("not-released");
    if (error instanceof PeerLeft) return error.message;
    if (isLeft) return "the connection was lost";
    const malformed = error instanceof MalformedPdu || error instanceof MalformedDataset;
    if (malformed) this.#odd("protocol-broken");
    if (!malformed) log.error("association {id}: {error}", { id: this.#id, error });
    await this.#messages.abort(error instanceof MalformedPdu ? error.reason : AbortReason.NOT_SPECIFIED)
      .catch((failure) => log.debug("association {id}: abort not sent: {failure}", { id: this.#id, failure }));
    return `aborted: ${error instanceof Error ? error.message : String(error)}`;
  }
}
