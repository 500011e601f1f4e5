import { Refused, say, type Sentence } from "../sentences.ts";
import type { Dataset } from "../dicom/dataset.ts";
import { Tag } from "../dicom/dictionary.ts";
import { type TransferSyntax, transferSyntaxOf } from "../dicom/transfer_syntax.ts";
import { CommandField, isPending, responseTo } from "./command.ts";
import { isConnectionLoss } from "./connections.ts";
import { isResponse, MessageStream, PeerLeft, type ReadCommand } from "./message_stream.ts";
import {
  APPLICATION_CONTEXT,
  MalformedPdu,
  MAX_PDU_LENGTH,
  ownUserInformation,
  type ProposedContext,
  type RoleSelection,
} from "./pdu.ts";
import type { Socket } from "./pdu_stream.ts";
import { readAssociateAccept, readAssociateReject } from "./read_pdu.ts";
import { connectTls, type TlsIdentity } from "./tls.ts";
import { writeAssociateRequest, writeReleaseRequest, writeReleaseResponse } from "./write_pdu.ts";

/** A peer to be called. */
export interface RemoteApplication {
  /** IP address or host name. */
  address: string;
  /** TCP. */
  port: number;
  /** The title the other side is called by. */
  calledAeTitle: string;
  /** The box's own. */
  callingAeTitle: string;
  /** Who the box is, where the other side wants TLS. */
  tls?: TlsIdentity;
}

/** What is asked of the peer. */
export interface ProposedService {
  /** UID. */
  abstractSyntax: string;
  /** UIDs, the preferred one first. */
  transferSyntaxes: string[];
}

interface RequestorOptions {
  /** Longest wait for the connection, and for each answer, milliseconds. */
  patience?: number;
  roles?: RoleSelection[];
  /** Ends the association at once. */
  signal?: AbortSignal;
}

const PATIENCE = 15_000;
/** Reports that may come before they are asked for. */
const MOST_EVENTS = 100;
/** Bytes of what is kept until it is asked for: reports, and the answer. Real ones have a line for each object. */
const MOST_KEPT = 16 * 1024 * 1024;
/** Answers to one request, and the bytes of their data sets. */
const MOST_PENDING = 10_000;
const MOST_ANSWERED = 64 * 1024 * 1024;

/** What a peer is waited for. */
type Awaiting = `awaited-${"association" | "room" | "answer" | "report" | "release" | "abort"}`;

/** The other side cannot be reached, refuses, or answers what makes no sense: why, in words. */
export class RequestFailed extends Refused {}

/** A request that the other side makes on the box's association: an N-EVENT-REPORT (PS3.7 10.1.1). */
export interface IncomingEvent {
  /** On which it came. */
  contextId: number;
  /** Its command set. */
  command: Dataset;
  /** Its data set, as sent. */
  data: Uint8Array;
}

/** An association that the box asked for (PS3.8 7.1), to send requests on one after the other. */
export class Requestor {
  readonly #messages: MessageStream;
  readonly #remote: RemoteApplication;
  readonly #patience: number;
  readonly #contexts = new Map<string, { id: number; transferSyntax: TransferSyntax }[]>();
  #roles: readonly RoleSelection[] = [];
  #forget = () => {};
  #events: IncomingEvent[] = [];

  private constructor(socket: Socket, remote: RemoteApplication, patience: number) {
    this.#messages = new MessageStream(socket, "requestor", MAX_PDU_LENGTH, (contextId) => this.#isAccepted(contextId));
    this.#remote = remote;
    this.#patience = patience;
  }

  /**
   * Opens an association.
   *
   * @throws RequestFailed when the other side cannot be reached or refuses
   */
  static async connect(
    remote: RemoteApplication,
    services: readonly ProposedService[],
    { patience = PATIENCE, roles = [], signal }: RequestorOptions = {},
  ): Promise<Requestor> {
    const connection = await connect(remote, patience, signal);
    connection.setNoDelay(true);
    const requestor = new Requestor(connection, remote, patience);
    requestor.#endOn(signal);
    try {
      await requestor.#negotiate(services, roles);
    } catch (error) {
      requestor.#close();
      throw error instanceof RequestFailed ? error : new RequestFailed(
        say("peer-broke-off", { peer: requestor.#name, why: error instanceof Error ? error.message : String(error) }),
        { cause: error },
      );
    }
    return requestor;
  }

  #endOn(signal: AbortSignal | undefined): void {
    if (signal === undefined) return;
    const close = () => this.#messages.close();
    signal.addEventListener("abort", close);
    this.#forget = () => signal.removeEventListener("abort", close);
    if (signal.aborted) close();
  }

  #close(): void {
    this.#forget();
    this.#messages.close();
  }

  #isAccepted(contextId: number): boolean {
    return [...this.#contexts.values()].some((contexts) => contexts.some(({ id }) => id === contextId));
  }

  /** The contexts that were accepted for an abstract syntax. */
  accepted(abstractSyntax: string): readonly { id: number; transferSyntax: TransferSyntax }[] {
    return this.#contexts.get(abstractSyntax) ?? [];
  }

  /** The role that the other side granted for an abstract syntax; undefined when it did not say (PS3.7 D.3.3.4). */
  role(abstractSyntax: string): RoleSelection | undefined {
    return this.#roles.find(({ sopClassUid }) => sopClassUid === abstractSyntax);
  }

  /**
   * Sends one request and awaits its final response.
   *
   * @returns the response's command set, with the data set's bytes where it has one
   * @throws RequestFailed when no context was accepted, or no sensible answer comes in time
   */
  async request(
    contextId: number,
    field: number,
    command: Dataset,
    data?: Uint8Array | AsyncIterable<Uint8Array>,
  ): Promise<{ command: Dataset; data: Uint8Array }> {
    command.setUnsignedShort(Tag.CommandField, field);
    this.#messages.number(command);
    const write = (work: () => Promise<void>) => this.#withPatience(work, "awaited-room");
    try {
      if (data === undefined || data instanceof Uint8Array) {
        await write(() => this.#messages.send(contextId, command, data));
      } else {
        await this.#messages.sendInPieces(contextId, command, data, write);
      }
      return await this.#withPatience(() => this.#readResponse(), "awaited-answer");
    } catch (error) {
      throw this.#brokenOff(error);
    }
  }

  /**
   * What the other side reports on this association, if anything comes within a moment. Each is to be answered.
   *
   * @param patience longest wait, milliseconds
   * @throws RequestFailed when the association breaks within a report
   */
  async event(patience: number): Promise<IncomingEvent | undefined> {
    if (this.#events.length === 0 && await this.#messages.comes(patience)) {
      try {
        await this.#withPatience(() => this.#readEvent(), "awaited-report");
      } catch (error) {
        throw this.#brokenOff(error);
      }
    }
    return this.#events.shift();
  }

  /** Answers a report with a status (PS3.7 10.1.1.1.8). @throws RequestFailed */
  async answer({ contextId, command }: IncomingEvent, status: number): Promise<void> {
    try {
      const response = responseTo(command, { status });
      await this.#withPatience(() => this.#messages.send(contextId, response), "awaited-room");
    } catch (error) {
      throw this.#brokenOff(error);
    }
  }

  #brokenOff(error: unknown): RequestFailed {
    this.#close();
    if (error instanceof PeerLeft) {
      const what = error.how === "aborted" ? "peer-aborted" : "peer-closed";
      return new RequestFailed(say(what, { peer: this.#name }), { cause: error });
    }
    return error instanceof RequestFailed ? error : new RequestFailed(
      say("peer-broke-off", { peer: this.#name, why: error instanceof Error ? error.message : String(error) }),
      { cause: error },
    );
  }

  /** Ends the association in good order; a peer that does not answer is left after a moment. */
  async release(): Promise<void> {
    try {
      await this.#withPatience(async () => {
        await this.#messages.step("A-RELEASE request", writeReleaseRequest());
        while (true) {
          const { action } = await this.#messages.receive();
          if (action === "AR-8") await this.#messages.step("A-RELEASE response", writeReleaseResponse()); // both asked
          else if (action !== "AR-6") return;
        }
      }, "awaited-release");
    } catch (error) {
      if (!(error instanceof RequestFailed || error instanceof MalformedPdu || isConnectionLoss(error))) throw error;
    } finally {
      this.#close();
    }
  }

  /** Ends the association at once. */
  async abort(): Promise<void> {
    try {
      await this.#withPatience(() => this.#messages.abort(), "awaited-abort");
    } catch (error) {
      if (!(error instanceof RequestFailed || isConnectionLoss(error))) throw error;
    } finally {
      this.#close();
    }
  }

  get #name(): string {
    return `${this.#remote.calledAeTitle} at ${this.#remote.address}:${this.#remote.port}`;
  }

  async #negotiate(services: readonly ProposedService[], roles: RoleSelection[]): Promise<void> {
    const contexts: ProposedContext[] = services.map((service, index) => ({ id: index * 2 + 1, ...service }));
    const request = writeAssociateRequest({
      calledAeTitle: this.#remote.calledAeTitle,
      callingAeTitle: this.#remote.callingAeTitle,
      applicationContext: APPLICATION_CONTEXT,
      contexts,
      user: ownUserInformation(MAX_PDU_LENGTH, roles),
    });
    const { action, pdu } = await this.#withPatience(async () => {
      await this.#messages.write(request);
      return await this.#messages.receive();
    }, "awaited-association");
    if (action === "AE-4") {
      throw new RequestFailed(
        say("peer-refuses", { peer: this.#name, why: rejectionInWords(readAssociateReject(pdu!.body)) }),
      );
    }
    if (action !== "AE-3") {
      throw new RequestFailed(say("peer-closed-instead", { peer: this.#name }));
    }
    const accept = readAssociateAccept(pdu!.body);
    this.#messages.peerMaxPduLength = accept.user.maxPduLength;
    this.#roles = accept.user.roles;
    for (const { id, result, transferSyntax } of accept.contexts) {
      const proposed = contexts.find((context) => context.id === id);
      const syntax = transferSyntaxOf(transferSyntax);
      if (result !== 0 || proposed === undefined || syntax === undefined) continue;
      const known = this.#contexts.get(proposed.abstractSyntax) ?? [];
      this.#contexts.set(proposed.abstractSyntax, [...known, { id, transferSyntax: syntax }]);
    }
  }

  async #readResponse(): Promise<{ command: Dataset; data: Uint8Array }> {
    let read = 0;
    for (let answers = 0; answers < MOST_PENDING; answers++) {
      const response = await this.#readCommand();
      if (!isResponse(response)) {
        await this.#keepEvent(response);
        continue;
      }
      const data = await this.#messages.wholeData(response, Math.min(MOST_KEPT, MOST_ANSWERED - read));
      read += data.length;
      const status = response.command.number("Status");
      if (status === undefined) throw new MalformedPdu("a response without a status");
      if (!isPending(status)) return { command: response.command, data };
    }
    throw new MalformedPdu(`more than ${MOST_PENDING} answers to one request`);
  }

  async #readEvent(): Promise<void> {
    const request = await this.#readCommand();
    if (isResponse(request)) throw new MalformedPdu("a response to a request that was not made");
    await this.#keepEvent(request);
  }

  /** Keeps a report until it is asked for; the other side may request nothing else. */
  async #keepEvent(request: ReadCommand): Promise<void> {
    if (request.field !== CommandField.N_EVENT_REPORT) {
      throw new MalformedPdu(`a request that it may not make here, with command field ${request.field.toString(16)}`);
    }
    if (this.#events.length >= MOST_EVENTS) throw new MalformedPdu("more reports than anybody asked for");
    const kept = this.#events.reduce((sum, { data }) => sum + data.length, 0);
    const data = await this.#messages.wholeData(request, MOST_KEPT - kept);
    this.#events.push({ contextId: request.contextId, command: request.command, data });
  }

  async #readCommand(): Promise<ReadCommand> {
    const read = await this.#messages.command();
    if (read === "release") throw new MalformedPdu("a request for release instead of an answer");
    return read;
  }

  async #withPatience<T>(work: () => Promise<T>, awaited: Awaiting): Promise<T> {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => {
        this.#close();
        reject(
          new RequestFailed(
            say("peer-too-slow", {
              peer: this.#name,
              awaited: say(awaited),
              seconds: Math.round(this.#patience / 1000),
            }),
          ),
        );
      }, this.#patience);
    });
    const working = work();
    working.catch(() => {}); // when it is late, its own end is of no more interest
    try {
      return await Promise.race([working, late]);
    } finally {
      clearTimeout(timer);
    }
  }
}

async function connect(
  { address, port, tls }: RemoteApplication,
  patience: number,
  ended: AbortSignal | undefined,
): Promise<Socket & { setNoDelay(on: boolean): void }> {
  const late = AbortSignal.timeout(patience);
  const signal = ended ? AbortSignal.any([late, ended]) : late;
  try {
    return tls
      ? await connectTls({ address, port }, tls, signal)
      : await Deno.connect({ hostname: address, port, signal });
  } catch (error) {
    const why = late.aborted
      ? say("peer-silent", { seconds: Math.round(patience / 1000) })
      : error instanceof Deno.errors.ConnectionRefused || (error as { code?: string }).code === "ECONNREFUSED"
      ? say("peer-port-closed")
      : error instanceof Error
      ? error.message
      : String(error);
    throw new RequestFailed(say("peer-unreachable", { peer: `${address}:${port}`, why }), { cause: error });
  }
}

function rejectionInWords({ source, reason }: { result: number; source: number; reason: number }): Sentence {
  if (source === 1 && reason === 3) return say("peer-knows-not-us");
  if (source === 1 && reason === 7) return say("peer-not-called-so");
  if (source === 3) return say("peer-busy");
  return say("rejected-with", { source, reason });
}
