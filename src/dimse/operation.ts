import { Buffer } from "node:buffer";
import { getLogger } from "@logtape/logtape";
import type { Dataset } from "../dicom/dataset.ts";
import {
  CommandField,
  commandName,
  hasDataSet,
  isPending,
  type ResponseFields,
  responseTo,
  Status,
  writeCommand,
} from "./command.ts";
import { isConnectionLoss } from "./connections.ts";
import { type MessageStream, PeerLeft } from "./message_stream.ts";
import type { ServedContext } from "./negotiation.ts";
import { MalformedPdu } from "./pdu.ts";
import { type Answers, type OpenAssociation, type Peer, Refusal, type Request } from "./service.ts";
import { writeMessage } from "./write_pdu.ts";

const log = getLogger(["sonodesk", "dimse"]);

/** Answers are gathered to about this many bytes before they go out in one write. */
const BATCH = 64 * 1024;

/** A request's command set, on a context that was agreed on. */
export interface RequestMessage {
  context: ServedContext;
  command: Dataset;
  field: number;
}

/** A request of the peer, being served. */
export class Operation implements Request {
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
  readonly #messages: MessageStream;
  readonly #counted: (bytes: number) => void;
  readonly #data: AsyncGenerator<Uint8Array>;
  #dataDone: boolean;
  /** The final response is out: there cannot be another. */
  #answered = false;
  #markDataRead!: () => void;

  /** @param counted told how many bytes of its data set have come */
  constructor(
    { context, command, field }: RequestMessage,
    peer: Peer,
    association: OpenAssociation,
    messages: MessageStream,
    counted: (bytes: number) => void,
  ) {
    this.peer = peer;
    this.association = association;
    this.context = context;
    this.command = command;
    this.field = field;
    this.hasData = hasDataSet(command);
    this.#messages = messages;
    this.#counted = counted;
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
      const which = { id: this.peer.id, command: commandName(this.field) };
      if (this.#answered) {
        return log.error("association {id}: {command} failed after its answer: {error}", { ...which, error });
      }
      if (error instanceof Refusal) {
        const status = error.fields.status.toString(16).padStart(4, "0");
        const why = error.message;
        log.warn("association {id}: {command} refused with {status}: {why}", { ...which, status, why });
        return await this.respond(error.fields);
      }
      log.error("association {id}: {command} failed: {error}", { ...which, error });
      await this.respond({ status: Status.PROCESSING_FAILURE, comment: "The box failed, see its log" });
    }
  }

  async respond(fields: ResponseFields, data?: Uint8Array): Promise<void> {
    await this.#drain();
    this.#answered = !isPending(fields.status);
    await this.#messages.send(this.context.id, responseTo(this.command, fields), data);
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
      await this.#messages.write(batch);
    };
    return {
      add: async (data) => {
        const framed = writeMessage(this.context.id, command, data, this.#messages.peerMaxPduLength);
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
    for await (const piece of this.#messages.data(this.context.id)) {
      this.#counted(piece.length);
      yield piece;
    }
    this.#dataDone = true;
    this.#markDataRead();
  }

  async #drain(): Promise<void> {
    while (!this.#dataDone && !(await this.#data.next()).done);
  }
}
