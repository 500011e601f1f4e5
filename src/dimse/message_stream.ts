import { Buffer } from "node:buffer";
import type { Dataset } from "../dicom/dataset.ts";
import { nameOf, Tag } from "../dicom/dictionary.ts";
import { MalformedDataset } from "../dicom/malformed_dataset.ts";
import { type Action, type AssociationEvent, AssociationState, received, type State } from "./association_state.ts";
import { hasDataSet, readCommand, RESPONSE, writeCommand } from "./command.ts";
import { AbortReason, MalformedPdu, PduType, type Pdv } from "./pdu.ts";
import { type Pdu, PduStream, type Socket } from "./pdu_stream.ts";
import { readPdvs } from "./read_pdu.ts";
import { writeAbort, writeMessage, writePData } from "./write_pdu.ts";

/** A command set is a dozen short elements. */
const LONGEST_COMMAND = 64 * 1024;
/** What a piece takes up beside its bytes. It counts too: a command of endless empty pieces would have no bound. */
const PIECE = 64;
/** Pieces of a data set without a byte in them, which no peer has a reason to send. */
const MOST_EMPTY = 1000;

/** The peer ended the association, not by release, where more was to come. */
export class PeerLeft extends Error {
  override name = "PeerLeft";
  readonly how: "aborted" | "closed";

  constructor(how: "aborted" | "closed") {
    super(how === "aborted" ? "aborted by the peer" : "the peer closed the connection without release");
    this.how = how;
  }
}

/** A command set as it came, without the data set that may follow it. */
export interface ReadCommand {
  contextId: number;
  command: Dataset;
  /** Its command field. */
  field: number;
}

/** What an association's peer did, and what that calls for. The PDU is there where one came. */
interface Received {
  action: Action | undefined;
  pdu: Pdu | undefined;
}

/**
 * The messages of one association, whichever side asked for it (PS3.7 6.3, PS3.8 9.3.5): a command set is read whole and
 * has a bound, a data set comes in the pieces in which it was sent. It knows where the association stands, and numbers
 * what the box asks.
 */
export class MessageStream {
  readonly #stream: PduStream;
  readonly #state: AssociationState;
  readonly #isAccepted: (contextId: number) => boolean;
  /** The longest P-DATA-TF that the peer takes, as it was negotiated; 0: no limit. */
  peerMaxPduLength = 0;
  #pdvs: Pdv[] = [];
  /** The PDU that comes next, once it has been waited for in vain. */
  #reading: Promise<Pdu | undefined> | undefined;
  #messageId = 0;
  #emptyPieces = 0;

  /**
   * @param longestPData the largest P-DATA-TF body to take, bytes
   * @param isAccepted whether a presentation context was agreed on
   */
  constructor(
    socket: Socket,
    side: "requestor" | "acceptor",
    longestPData: number,
    isAccepted: (contextId: number) => boolean,
  ) {
    this.#stream = new PduStream(socket, longestPData);
    this.#state = new AssociationState(side);
    this.#isAccepted = isAccepted;
  }

  /** Where the association stands (PS3.8 9.2.1). */
  get state(): State {
    return this.#state.current;
  }

  /** Pieces of data sets that came without a byte. */
  get emptyPieces(): number {
    return this.#emptyPieces;
  }

  /** What is awaited from the peer, and for how many milliseconds already. */
  get waiting(): PduStream["waiting"] {
    return this.#stream.waiting;
  }

  /** What comes next from the peer. @throws MalformedPdu for what is no PDU */
  async receive(): Promise<Received> {
    const pdu = await this.#valid(this.#reading ?? this.#stream.read());
    this.#reading = undefined;
    return { pdu, action: this.#state.on(pdu === undefined ? "transport closed" : received(pdu.type)) };
  }

  /**
   * The next command set, or "release" when the peer asks for that instead.
   *
   * @throws MalformedPdu, MalformedDataset for what is none, or is longer than any
   * @throws PeerLeft
   */
  command(): Promise<ReadCommand | "release"> {
    return this.#valid(this.#readCommand());
  }

  async #readCommand(): Promise<ReadCommand | "release"> {
    const parts: Uint8Array[] = [];
    let length = 0;
    while (true) {
      const pdv = await this.#pdv();
      if (pdv === "release") {
        if (parts.length > 0) {
          throw new MalformedPdu("the association was released within a command", AbortReason.UNEXPECTED_PDU);
        }
        return "release";
      }
      const { contextId } = pdv;
      if (!pdv.isCommand) {
        throw new MalformedPdu("a data set without a command before it", AbortReason.UNEXPECTED_PARAMETER);
      }
      if (!this.#isAccepted(contextId)) {
        throw new MalformedPdu(`a command on presentation context ${contextId}, which was not accepted`);
      }
      parts.push(pdv.data.slice());
      length += pdv.data.length + PIECE;
      if (length > LONGEST_COMMAND) throw new MalformedPdu(`a command longer than ${LONGEST_COMMAND} bytes`);
      if (!pdv.isLast) continue;
      const command = readCommand(parts.length === 1 ? parts[0]! : Buffer.concat(parts));
      const field = command.number("CommandField");
      if (field === undefined) throw new MalformedPdu(`a command without ${nameOf(Tag.CommandField)}`);
      return { contextId, command, field };
    }
  }

  /**
   * The pieces of the data set after a command, each good only until the next is asked for.
   *
   * @throws MalformedPdu, PeerLeft
   */
  async *data(contextId: number): AsyncGenerator<Uint8Array, void> {
    let empty = 0;
    while (true) {
      const pdv = await this.#pdv();
      if (pdv === "release") {
        throw new MalformedPdu("the association was released within a data set", AbortReason.UNEXPECTED_PDU);
      }
      if (pdv.isCommand) throw new MalformedPdu("a command within a data set", AbortReason.UNEXPECTED_PARAMETER);
      if (pdv.contextId !== contextId) {
        throw new MalformedPdu(
          "a data set on another presentation context than its command",
          AbortReason.UNEXPECTED_PARAMETER,
        );
      }
      if (pdv.data.length === 0) {
        this.#emptyPieces += 1;
        if (++empty > MOST_EMPTY) throw new MalformedPdu("a data set of empty pieces");
      }
      yield pdv.data;
      if (pdv.isLast) return;
    }
  }

  /**
   * The bytes of the data set after a command; none where it has none.
   *
   * @param most bytes that are read of it
   * @throws MalformedPdu, also where it is longer
   * @throws PeerLeft
   */
  async wholeData({ contextId, command }: ReadCommand, most: number): Promise<Uint8Array> {
    if (!hasDataSet(command)) return new Uint8Array(0);
    const whole = await gathered(this.data(contextId), most);
    if (whole === undefined) throw new MalformedPdu(`a data set longer than ${most} bytes`);
    return whole;
  }

  /** Whether a PDU with a message comes within so many milliseconds. It is not taken. */
  async comes(patience: number): Promise<boolean> {
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

  /** What is read, where it follows the rules; nothing that comes after what does not is of interest. */
  async #valid<T>(reading: Promise<T>): Promise<T> {
    try {
      return await reading;
    } catch (error) {
      if (error instanceof MalformedPdu || error instanceof MalformedDataset) {
        this.#state.on("unrecognized or invalid PDU");
      }
      throw error;
    }
  }

  async #pdv(): Promise<Pdv | "release"> {
    while (this.#pdvs.length === 0) {
      const { action, pdu } = await this.receive();
      switch (action) {
        case "DT-2":
          this.#pdvs = readPdvs(pdu!.body).reverse();
          break;
        case "AR-2":
          return "release";
        case "AA-3":
        case "AA-2":
          throw new PeerLeft("aborted");
        case "AA-4":
        case "AR-5":
        case undefined:
          throw new PeerLeft("closed");
        default:
          throw new MalformedPdu(`a PDU of type ${pdu!.type} within an association`, AbortReason.UNEXPECTED_PDU);
      }
    }
    return this.#pdvs.pop()!;
  }

  /** Gives a request of the box's its number (PS3.7 9.1.1.1.1), and says which. */
  number(request: Dataset): number {
    this.#messageId = (this.#messageId + 1) & 0xffff;
    request.setUnsignedShort(Tag.MessageID, this.#messageId);
    return this.#messageId;
  }

  /** Sends a command, with the bytes of its data set where it has one. */
  async send(contextId: number, command: Dataset, data?: Uint8Array): Promise<void> {
    const bytes = writeCommand(command, data !== undefined);
    await this.write(
      data === undefined
        ? writePData(contextId, true, bytes, this.peerMaxPduLength)
        : writeMessage(contextId, bytes, data, this.peerMaxPduLength),
    );
  }

  /**
   * Sends a command and then its data set as that comes, each piece when the socket has taken the one before.
   *
   * @param around what is done around each write, such as watching how long it takes
   */
  async sendInPieces(
    contextId: number,
    command: Dataset,
    data: AsyncIterable<Uint8Array>,
    around: (write: () => Promise<void>) => Promise<void> = (write) => write(),
  ): Promise<void> {
    await around(() => this.write(writePData(contextId, true, writeCommand(command, true), this.peerMaxPduLength)));
    const piece = (bytes: Uint8Array, isLast: boolean) =>
      around(() => this.write(writePData(contextId, false, bytes, this.peerMaxPduLength, isLast)));
    let last: Uint8Array = new Uint8Array(0);
    for await (const part of data) {
      if (last.length > 0) await piece(last, false);
      last = part;
    }
    await piece(last, true);
  }

  /** Writes bytes as they are; resolves when the socket has taken them. */
  write(bytes: Uint8Array): Promise<void> {
    return this.#stream.write(bytes);
  }

  /** Writes a PDU by which the association takes a step. */
  async step(event: AssociationEvent, pdu: Uint8Array): Promise<void> {
    this.#state.on(event);
    await this.write(pdu);
  }

  /** Sends an A-ABORT, by the provider where a reason is given (PS3.8 9.3.8). The connection is still to be closed. */
  async abort(reason?: number): Promise<void> {
    await this.step(this.state === 2 ? "ARTIM expired" : "A-ABORT request", writeAbort(reason));
  }

  close(): void {
    this.#state.on("transport closed");
    this.#stream.close();
  }
}

/** Whether a command set is the response to a request. */
export function isResponse({ field }: ReadCommand): boolean {
  return (field & RESPONSE) !== 0;
}

/** All the bytes of pieces that come one after the other; undefined when they are more than `most`. */
export async function gathered(pieces: AsyncIterable<Uint8Array>, most: number): Promise<Uint8Array | undefined> {
  const parts: Uint8Array[] = [];
  let length = 0;
  for await (const piece of pieces) {
    parts.push(piece.slice());
    length += piece.length + PIECE;
    if (length > most) return undefined;
  }
  return Buffer.concat(parts);
}
