import { Buffer } from "node:buffer";
import { Dataset } from "../dicom/dataset.ts";
import { Tag } from "../dicom/dictionary.ts";
import { VERIFICATION } from "../dicom/sop_class.ts";
import { IMPLICIT_LITTLE_ENDIAN, type TransferSyntax, transferSyntaxOf } from "../dicom/transfer_syntax.ts";
import { CommandField, hasDataSet, readCommand, responseTo, Status, writeCommand } from "./command.ts";
import {
  APPLICATION_CONTEXT,
  MalformedPdu,
  ownUserInformation,
  PduType,
  type Pdv,
  type ProposedContext,
  readAssociateAccept,
  readAssociateReject,
  readPdvs,
  type RoleSelection,
  writeAbort,
  writeAssociateRequest,
  writePData,
  writeReleaseRequest,
} from "./pdu.ts";
import { PduStream, type Socket } from "./pdu_stream.ts";
import { connectTls, type TlsIdentity } from "./tls.ts";

export interface RemoteApplication {
  address: string;
  port: number;
  /** The title the other side is called by. */
  calledAeTitle: string;
  /** The box's own. */
  callingAeTitle: string;
  /** Who the box is, where the other side wants TLS. */
  tls?: TlsIdentity;
}

export interface ProposedService {
  abstractSyntax: string;
  transferSyntaxes: string[];
}

export interface RequestorOptions {
  /** Longest wait for the connection, and for each answer, milliseconds. */
  patience?: number;
  roles?: RoleSelection[];
  /** Ends the association at once. */
  signal?: AbortSignal;
}

const MAX_PDU_LENGTH = 131072;
const PATIENCE = 15_000;
/** Reports that may come before they are asked for. */
const MOST_EVENTS = 100;

/** The other side cannot be reached, refuses, or answers what makes no sense: why, in words. */
export class RequestFailed extends Error {
  override name = "RequestFailed";
}

/** A request that the other side makes on the box's association: an N-EVENT-REPORT (PS3.7 10.1.1). */
export interface IncomingEvent {
  contextId: number;
  command: Dataset;
  data: Uint8Array;
}

type RawPdu = NonNullable<Awaited<ReturnType<PduStream["read"]>>>;

/** An association that the box asked for (PS3.8 7.1), to send requests on one after the other. */
export class Requestor {
  readonly #stream: PduStream;
  readonly #remote: RemoteApplication;
  readonly #patience: number;
  readonly #contexts = new Map<string, { id: number; transferSyntax: TransferSyntax }[]>();
  #roles: readonly RoleSelection[] = [];
  #peerMaxPduLength = 0;
  #messageId = 0;
  #forget = () => {};
  #pdvs: Pdv[] = [];
  /** The PDU that comes next, once it has been waited for in vain. */
  #reading: Promise<RawPdu | undefined> | undefined;
  #events: IncomingEvent[] = [];

  private constructor(stream: PduStream, remote: RemoteApplication, patience: number) {
    this.#stream = stream;
    this.#remote = remote;
    this.#patience = patience;
  }

  /** @throws RequestFailed when the other side cannot be reached or refuses */
  static async connect(
    remote: RemoteApplication,
    services: readonly ProposedService[],
    { patience = PATIENCE, roles = [], signal }: RequestorOptions = {},
  ): Promise<Requestor> {
    const connection = await connect(remote, patience, signal);
    connection.setNoDelay(true);
    const requestor = new Requestor(new PduStream(connection, MAX_PDU_LENGTH), remote, patience);
    requestor.#endOn(signal);
    try {
      await requestor.#negotiate(services, roles);
    } catch (error) {
      requestor.#close();
      throw error instanceof RequestFailed ? error : new RequestFailed(
        `${requestor.#name} broke off the association: ${error instanceof Error ? error.message : error}`,
        { cause: error },
      );
    }
    return requestor;
  }

  #endOn(signal: AbortSignal | undefined): void {
    if (signal === undefined) return;
    const close = () => this.#stream.close();
    signal.addEventListener("abort", close);
    this.#forget = () => signal.removeEventListener("abort", close);
    if (signal.aborted) close();
  }

  #close(): void {
    this.#forget();
    this.#stream.close();
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
    command.setUnsignedShort(Tag.CommandField, field).setUnsignedShort(Tag.MessageID, ++this.#messageId & 0xffff);
    try {
      await this.#stream.write(
        writePData(contextId, true, writeCommand(command, data !== undefined), this.#peerMaxPduLength),
      );
      if (data instanceof Uint8Array) {
        await this.#stream.write(writePData(contextId, false, data, this.#peerMaxPduLength));
      } else if (data !== undefined) {
        await this.#writeStream(contextId, data);
      }
      return await this.#withPatience(() => this.#readResponse(), "an answer");
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
    if (this.#events.length === 0 && await this.#comes(patience)) {
      try {
        const message = await this.#withPatience(() => this.#readMessage(), "the rest of a report");
        if (!isEventReport(message.command)) throw new MalformedPdu("a response to a request that was not made");
        this.#events.push(message);
      } catch (error) {
        throw this.#brokenOff(error);
      }
    }
    return this.#events.shift();
  }

  /** Answers a report with a status (PS3.7 10.1.1.1.8). @throws RequestFailed */
  async answer({ contextId, command }: IncomingEvent, status: number): Promise<void> {
    try {
      await this.#stream.write(
        writePData(contextId, true, writeCommand(responseTo(command, { status }), false), this.#peerMaxPduLength),
      );
    } catch (error) {
      throw this.#brokenOff(error);
    }
  }

  /** Whether a PDU with a message comes within so many milliseconds. It is not taken. */
  async #comes(patience: number): Promise<boolean> {
    if (this.#pdvs.length > 0) return true;
    this.#reading ??= this.#stream.read();
    this.#reading.catch(() => {}); // told to who reads next
    let timer: ReturnType<typeof setTimeout> | undefined;
    const late = new Promise<undefined>((resolve) => timer = setTimeout(() => resolve(undefined), patience));
    try {
      return (await Promise.race([this.#reading, late]).catch(() => undefined))?.type === PduType.P_DATA;
    } finally {
      clearTimeout(timer);
    }
  }

  async #nextPdu(): Promise<RawPdu | undefined> {
    const pdu = await (this.#reading ?? this.#stream.read());
    this.#reading = undefined;
    return pdu;
  }

  #brokenOff(error: unknown): RequestFailed {
    this.#close();
    return error instanceof RequestFailed ? error : new RequestFailed(
      `${this.#name} broke off the association: ${error instanceof Error ? error.message : error}`,
      { cause: error },
    );
  }

  /** Ends the association in good order; a peer that does not answer is left after a moment. */
  async release(): Promise<void> {
    try {
      await this.#stream.write(writeReleaseRequest());
      await this.#withPatience(async () => {
        while (true) {
          const pdu = await this.#nextPdu();
          if (pdu === undefined || pdu.type === PduType.RELEASE_RP || pdu.type === PduType.ABORT) return;
        }
      }, "the release");
    } catch (error) {
      if (!(error instanceof RequestFailed || error instanceof MalformedPdu || isClosed(error))) throw error;
    } finally {
      this.#close();
    }
  }

  /** Ends the association at once. */
  async abort(): Promise<void> {
    try {
      await this.#stream.write(writeAbort());
    } catch (error) {
      if (!isClosed(error)) throw error;
    } finally {
      this.#close();
    }
  }

  get #name(): string {
    return `${this.#remote.calledAeTitle} at ${this.#remote.address}:${this.#remote.port}`;
  }

  async #negotiate(services: readonly ProposedService[], roles: RoleSelection[]): Promise<void> {
    const contexts: ProposedContext[] = services.map((service, index) => ({ id: index * 2 + 1, ...service }));
    await this.#stream.write(writeAssociateRequest({
      calledAeTitle: this.#remote.calledAeTitle,
      callingAeTitle: this.#remote.callingAeTitle,
      applicationContext: APPLICATION_CONTEXT,
      contexts,
      user: ownUserInformation(MAX_PDU_LENGTH, roles),
    }));
    const pdu = await this.#withPatience(() => this.#stream.read(), "an answer to the association request");
    if (pdu?.type === PduType.ASSOCIATE_RJ) {
      throw new RequestFailed(
        `${this.#name} refuses the association: ${rejectionInWords(readAssociateReject(pdu.body))}`,
      );
    }
    if (pdu?.type !== PduType.ASSOCIATE_AC) {
      throw new RequestFailed(`${this.#name} closed the connection instead of answering: is it a DICOM port?`);
    }
    const accept = readAssociateAccept(pdu.body);
    this.#peerMaxPduLength = accept.user.maxPduLength;
    this.#roles = accept.user.roles;
    for (const { id, result, transferSyntax } of accept.contexts) {
      const proposed = contexts.find((context) => context.id === id);
      const syntax = transferSyntaxOf(transferSyntax);
      if (result !== 0 || proposed === undefined || syntax === undefined) continue;
      const known = this.#contexts.get(proposed.abstractSyntax) ?? [];
      this.#contexts.set(proposed.abstractSyntax, [...known, { id, transferSyntax: syntax }]);
    }
  }

  async #writeStream(contextId: number, data: AsyncIterable<Uint8Array>): Promise<void> {
    let last: Uint8Array | undefined;
    for await (const part of data) {
      if (last !== undefined) await this.#writeFragment(contextId, last, false);
      last = part;
    }
    await this.#writeFragment(contextId, last ?? new Uint8Array(0), true);
  }

  async #writeFragment(contextId: number, data: Uint8Array, isLast: boolean): Promise<void> {
    const framed = writePData(contextId, false, data, this.#peerMaxPduLength, isLast);
    await this.#withPatience(() => this.#stream.write(framed), "room for more");
  }

  async #readResponse(): Promise<{ command: Dataset; data: Uint8Array }> {
    while (true) {
      const message = await this.#readMessage();
      const { command, data } = message;
      if (isEventReport(command)) {
        if (this.#events.length >= MOST_EVENTS) throw new MalformedPdu("more reports than anybody asked for");
        this.#events.push(message);
        continue;
      }
      const status = command.number("Status");
      if (status !== Status.PENDING && status !== Status.PENDING_OPTIONAL_KEYS_NOT_SUPPORTED) return { command, data };
    }
  }

  async #readMessage(): Promise<IncomingEvent> {
    const { contextId, bytes } = await this.#readWhole(true);
    const command = readCommand(bytes);
    return { contextId, command, data: hasDataSet(command) ? (await this.#readWhole(false)).bytes : new Uint8Array(0) };
  }

  async #readWhole(isCommand: boolean): Promise<{ contextId: number; bytes: Uint8Array }> {
    const parts: Uint8Array[] = [];
    while (true) {
      const pdv = await this.#readPdv();
      if (pdv.isCommand !== isCommand) throw new MalformedPdu("a command where a data set should be, or the reverse");
      parts.push(pdv.data.slice());
      if (pdv.isLast) return { contextId: pdv.contextId, bytes: Buffer.concat(parts) };
    }
  }

  async #readPdv(): Promise<Pdv> {
    while (this.#pdvs.length === 0) {
      const pdu = await this.#nextPdu();
      if (pdu === undefined) throw new RequestFailed(`${this.#name} closed the connection without an answer`);
      if (pdu.type === PduType.ABORT) throw new RequestFailed(`${this.#name} aborted the association`);
      if (pdu.type !== PduType.P_DATA) throw new MalformedPdu(`a PDU of type ${pdu.type} instead of an answer`);
      this.#pdvs = readPdvs(pdu.body);
    }
    return this.#pdvs.shift()!;
  }

  async #withPatience<T>(work: () => Promise<T>, awaited: string): Promise<T> {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => {
        this.#close();
        reject(
          new RequestFailed(`${this.#name} did not give ${awaited} within ${Math.round(this.#patience / 1000)} s`),
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

/**
 * Whether a machine answers a C-ECHO (PS3.4 Annex A).
 *
 * @returns how long it took, milliseconds
 * @throws RequestFailed with what is wrong
 */
export async function echo(remote: RemoteApplication, patience = 5000): Promise<number> {
  const started = performance.now();
  const requestor = await Requestor.connect(
    remote,
    [{ abstractSyntax: VERIFICATION, transferSyntaxes: [IMPLICIT_LITTLE_ENDIAN.uid] }],
    { patience },
  );
  const context = requestor.accepted(VERIFICATION)[0];
  if (context === undefined) {
    await requestor.release();
    throw new RequestFailed(`${remote.calledAeTitle} is there but does not offer verification (C-ECHO)`);
  }
  const command = new Dataset().setText(Tag.AffectedSOPClassUID, "UI", VERIFICATION);
  const answer = await requestor.request(context.id, CommandField.C_ECHO, command);
  await requestor.release();
  const status = answer.command.number("Status");
  if (status !== Status.SUCCESS) {
    throw new RequestFailed(`${remote.calledAeTitle} answered C-ECHO with status ${status?.toString(16)}`);
  }
  return Math.round(performance.now() - started);
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
      ? `nothing answered within ${Math.round(patience / 1000)} s, is the machine on and its address right?`
      : error instanceof Deno.errors.ConnectionRefused || (error as { code?: string }).code === "ECONNREFUSED"
      ? "the machine is there but nothing listens on that port, check the port it is set to"
      : error instanceof Error
      ? error.message
      : String(error);
    throw new RequestFailed(`Cannot reach ${address}:${port}: ${why}`, { cause: error });
  }
}

function rejectionInWords({ source, reason }: { result: number; source: number; reason: number }): string {
  if (source === 1 && reason === 3) return "it does not know the box's AE title, enter it on the machine";
  if (source === 1 && reason === 7) return "it is not called by this AE title, check the title it is set to";
  if (source === 3) return "it is busy, try again later";
  return `source ${source}, reason ${reason}`;
}

function isEventReport(command: Dataset): boolean {
  return command.number("CommandField") === CommandField.N_EVENT_REPORT;
}

function isClosed(error: unknown): boolean {
  return error instanceof Deno.errors.BadResource || error instanceof Deno.errors.BrokenPipe ||
    error instanceof Deno.errors.ConnectionReset || error instanceof Deno.errors.Interrupted;
}
