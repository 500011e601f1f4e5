import { Buffer } from "node:buffer";
import type { Dataset } from "../dicom/dataset.ts";
import { nameOf, Tag } from "../dicom/dictionary.ts";
import { readCommand } from "./command.ts";
import { MalformedPdu, PduType, type Pdv, readPdvs } from "./pdu.ts";
import type { Pdu, PduStream } from "./pdu_stream.ts";

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

/**
 * Reads DIMSE messages off an association (PS3.7 6.3, PS3.8 9.3.5), whichever side asked for it: a command set is read
 * whole and has a bound, a data set comes in the pieces in which it was sent.
 */
export class MessageReader {
  readonly #stream: PduStream;
  readonly #isAccepted: (contextId: number) => boolean;
  #pdvs: Pdv[] = [];
  /** The PDU that comes next, once it has been waited for in vain. */
  #reading: Promise<Pdu | undefined> | undefined;

  /** @param isAccepted whether a presentation context was agreed on */
  constructor(stream: PduStream, isAccepted: (contextId: number) => boolean) {
    this.#stream = stream;
    this.#isAccepted = isAccepted;
  }

  /**
   * The next command set, or "release" when the peer asks for that instead.
   *
   * @throws MalformedPdu, MalformedDataset for what is none, or is longer than any
   * @throws PeerLeft
   */
  async command(): Promise<ReadCommand | "release"> {
    const parts: Uint8Array[] = [];
    let length = 0;
    while (true) {
      const pdv = await this.#pdv();
      if (pdv === "release") {
        if (parts.length > 0) throw new MalformedPdu("the association was released within a command");
        return "release";
      }
      const { contextId } = pdv;
      if (!pdv.isCommand) throw new MalformedPdu("a data set without a command before it");
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
      if (pdv === "release") throw new MalformedPdu("the association was released within a data set");
      if (pdv.isCommand) throw new MalformedPdu("a command within a data set");
      if (pdv.contextId !== contextId) {
        throw new MalformedPdu("a data set on another presentation context than its command");
      }
      if (pdv.data.length === 0 && ++empty > MOST_EMPTY) throw new MalformedPdu("a data set of empty pieces");
      yield pdv.data;
      if (pdv.isLast) return;
    }
  }

  /**
   * The bytes of the data set after a command.
   *
   * @param most bytes that are read of it
   * @throws MalformedPdu, also where it is longer
   * @throws PeerLeft
   */
  async wholeData(contextId: number, most: number): Promise<Uint8Array> {
    const parts: Uint8Array[] = [];
    let length = 0;
    for await (const piece of this.data(contextId)) {
      parts.push(piece.slice());
      length += piece.length + PIECE;
      if (length > most) throw new MalformedPdu(`a data set longer than ${most} bytes`);
    }
    return Buffer.concat(parts);
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

  /** The next PDU, whatever it is; undefined when the peer has closed the connection. @throws MalformedPdu */
  async pdu(): Promise<Pdu | undefined> {
    const pdu = await (this.#reading ?? this.#stream.read());
    this.#reading = undefined;
    return pdu;
  }

  async #pdv(): Promise<Pdv | "release"> {
    while (this.#pdvs.length === 0) {
      const pdu = await this.pdu();
      if (pdu === undefined) throw new PeerLeft("closed");
      switch (pdu.type) {
        case PduType.P_DATA:
          this.#pdvs = readPdvs(pdu.body).reverse();
          break;
        case PduType.RELEASE_RQ:
          return "release";
        case PduType.ABORT:
          throw new PeerLeft("aborted");
        default:
          throw new MalformedPdu(`a PDU of type ${pdu.type} within an association`);
      }
    }
    return this.#pdvs.pop()!;
  }
}
