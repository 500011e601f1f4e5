import { Buffer } from "node:buffer";
import type { Dataset } from "../dicom/dataset.ts";
import { nameOf, Tag } from "../dicom/dictionary.ts";
import { fullDictionary } from "../dicom/full_dictionary.ts";
import { MalformedDataset } from "../dicom/malformed_dataset.ts";
import { movingDates } from "../dicom/masked_dataset.ts";
import { readDataset, toItsEnd } from "../dicom/read_dataset.ts";
import { type TransferSyntax, transferSyntaxOf } from "../dicom/transfer_syntax.ts";
import { CommandField, commandName, isPending, readCommand, RESPONSE, responseTo, Status } from "./command.ts";
import { isConnectionLoss } from "./connections.ts";
import { isResponse, MessageStream, PeerLeft } from "./message_stream.ts";
import { MalformedPdu, MAX_PDU_LENGTH, PDU_HEADER, PduType } from "./pdu.ts";
import { readAssociateAccept, readAssociateRequest } from "./read_pdu.ts";
import { writeReleaseRequest } from "./write_pdu.ts";
import { isMessage, type RecordedMessage, type Recording, unpacked, UnusableRecording } from "./recording.ts";

/** Longest wait for an answer, milliseconds. */
const PATIENCE = 30_000;
/** Of one message. */
const MOST_BYTES = 64 * 1024 * 1024;

/** Against which box, and as whom. */
export interface ReplayOptions {
  /** Address or host name. */
  host: string;
  /** TCP. */
  port: number;
  /** In place of the title that was called. */
  calledAeTitle?: string | undefined;
  /** In place of the machine's title. */
  callingAeTitle?: string | undefined;
  /** Longest wait for an answer, milliseconds. */
  patience?: number;
  /** To which dates of the recording's day are moved; by default now. */
  today?: Date;
}

/** What playing a recording showed. */
export interface Replayed {
  /** Requests that were sent. */
  requests: number;
  /** Where the box answered otherwise than the one that was recorded, in words. */
  differences: string[];
  /** What could not be played as it was, in words. */
  leftOut: string[];
}

/** An answer: its status, and of its data set what attributes it has. */
interface Answer {
  status: number;
  attributes: Set<string> | undefined;
}

/**
 * Plays a machine's side of a recorded association against a box, PDU by PDU as it was framed, and compares what the box
 * answers with what was answered then: what was agreed on, statuses, how many answers, and which attributes they have. What
 * stands in them is not compared, since another box has other patients.
 *
 * @throws UnusableRecording
 * @throws Error when the box cannot be reached
 */
export async function replay(recording: Recording, options: ReplayOptions): Promise<Replayed> {
  const connection = await Deno.connect({ hostname: options.host, port: options.port });
  connection.setNoDelay(true);
  const player = new Player(recording, connection, options, (await fullDictionary()).vrOf);
  try {
    return await player.play();
  } finally {
    player.close();
  }
}

class Player {
  readonly #recording: Recording;
  readonly #options: ReplayOptions;
  readonly #vrOf: Parameters<typeof movingDates>[2];
  readonly #messages: MessageStream;
  readonly #syntaxes = new Map<number, TransferSyntax>();
  /** What the recorded box accepted. */
  readonly #recordedSyntaxes = new Map<number, TransferSyntax>();
  readonly #result: Replayed = { requests: 0, differences: [], leftOut: [] };

  constructor(
    recording: Recording,
    socket: Deno.Conn,
    options: ReplayOptions,
    vrOf: Parameters<typeof movingDates>[2],
  ) {
    this.#recording = recording;
    this.#options = options;
    this.#vrOf = vrOf;
    this.#messages = new MessageStream(socket, "requestor", MAX_PDU_LENGTH, (id) => this.#syntaxes.has(id));
  }

  close(): void {
    this.#messages.close();
  }

  #differs(what: string): void {
    this.#result.differences.push(what);
  }

  async play(): Promise<Replayed> {
    try {
      if (!await this.#associate()) return this.#result;
      await this.#playEvents();
    } catch (error) {
      const isOver = error instanceof PeerLeft || error instanceof MalformedPdu || error instanceof MalformedDataset ||
        error instanceof Late || isConnectionLoss(error);
      if (!isOver) throw error;
      const last = this.#recording.events.at(-1);
      const isAsRecorded = last !== undefined && !isMessage(last) && last.from === "box" && error instanceof PeerLeft;
      if (!isAsRecorded) {
        this.#differs(`after ${this.#result.requests} requests: ${error instanceof Error ? error.message : error}`);
      }
    }
    return this.#result;
  }

  /** @returns whether the association stands */
  async #associate(): Promise<boolean> {
    const body = Buffer.from(this.#recording.request, "base64");
    const { calledAeTitle, callingAeTitle } = this.#options;
    if (calledAeTitle !== undefined) body.write(calledAeTitle.padEnd(16).slice(0, 16), 4, "latin1");
    if (callingAeTitle !== undefined) body.write(callingAeTitle.padEnd(16).slice(0, 16), 20, "latin1");
    const recorded = readAssociateAccept(Buffer.from(this.#recording.accept, "base64"));
    await this.#messages.write(pdu(PduType.ASSOCIATE_RQ, body));
    const { pdu: answer } = await this.#patiently(() => this.#messages.receive());
    if (answer?.type !== PduType.ASSOCIATE_AC) {
      const [result, source, reason] = answer?.body.subarray(1, 4) ?? [];
      this.#differs(
        answer?.type === PduType.ASSOCIATE_RJ
          ? `the association was accepted, and is rejected now (result ${result}, source ${source}, reason ${reason}): ` +
            `the box must know ${callingAeTitle ?? readAssociateRequest(body).callingAeTitle} at this address`
          : "the association was accepted, and is not answered now",
      );
      return false;
    }
    const accept = readAssociateAccept(answer.body);
    for (const { id, result, transferSyntax } of accept.contexts) {
      const syntax = transferSyntaxOf(transferSyntax);
      if (result === 0 && syntax !== undefined) this.#syntaxes.set(id, syntax);
    }
    for (const before of recorded.contexts) {
      const now = accept.contexts.find(({ id }) => id === before.id);
      const syntax = transferSyntaxOf(before.transferSyntax);
      if (before.result === 0 && syntax !== undefined) this.#recordedSyntaxes.set(before.id, syntax);
      const words = (context: typeof before | undefined) =>
        context === undefined
          ? "not answered"
          : context.result === 0
          ? `accepted in ${context.transferSyntax}`
          : `refused with ${context.result}`;
      if (words(now) !== words(before)) {
        this.#differs(`context ${before.id} was ${words(before)}, and is ${words(now)} now`);
      }
    }
    return true;
  }

  async #playEvents(): Promise<void> {
    const { events } = this.#recording;
    for (const [place, event] of events.entries()) {
      if (!isMessage(event)) {
        if (event.from === "machine") await this.#end(event.ended);
        continue;
      }
      if (event.from === "box") continue; // compared with the request's
      const command = readCommand(Buffer.from(event.command, "base64"));
      const field = command.number("CommandField") ?? 0;
      // what a machine answers, and breaks off, is played where it is asked, or when
      if ((field & RESPONSE) !== 0 || field === CommandField.C_CANCEL) continue;
      await this.#playRequest(event, command, field, place);
    }
  }

  async #playRequest(event: RecordedMessage, command: Dataset, field: number, place: number): Promise<void> {
    const what = `${commandName(field)} (message ${command.number("MessageID")})`;
    if (event.leftOut !== undefined) {
      this.#result.leftOut.push(`${what}: its data set was compressed as a whole, and is not in the recording`);
      return;
    }
    if (!this.#syntaxes.has(event.context)) {
      this.#result.leftOut.push(`${what}: its presentation context is not accepted`);
      return;
    }
    await this.#send(event);
    this.#result.requests += 1;
    const { before, cancel } = this.#recorded(command, event.context, place);
    const now = await this.#answers(command, cancel);
    this.#compare(what, before, now);
  }

  /** What was answered to a request, and after how many answers it was cancelled. */
  #recorded(
    command: Dataset,
    context: number,
    place: number,
  ): { before: Answer[]; cancel: { after: number; message: RecordedMessage } | undefined } {
    const id = command.number("MessageID");
    const before: Answer[] = [];
    let cancel: { after: number; message: RecordedMessage } | undefined;
    for (const event of this.#recording.events.slice(place + 1)) {
      if (!isMessage(event)) break;
      const other = readCommand(Buffer.from(event.command, "base64"));
      if (other.number("MessageIDBeingRespondedTo") !== id) continue;
      if (event.from === "machine") {
        if (other.number("CommandField") === CommandField.C_CANCEL) cancel ??= { after: before.length, message: event };
        continue;
      }
      const status = other.number("Status") ?? -1;
      const data = event.data && unpacked(event.data, MOST_BYTES);
      before.push({ status, attributes: attributesOf(data, this.#recordedSyntaxes.get(context)) });
      if (!isPending(status)) break;
    }
    return { before, cancel };
  }

  /** What the box answers, up to the last; what it asks itself meanwhile is granted. */
  async #answers(
    request: Dataset,
    cancel: { after: number; message: RecordedMessage } | undefined,
  ): Promise<Answer[]> {
    const answers: Answer[] = [];
    while (true) {
      if (cancel?.after === answers.length) await this.#send(cancel.message);
      const read = await this.#patiently(() => this.#messages.command());
      if (read === "release") throw new PeerLeft("closed");
      const data = await this.#patiently(() => this.#messages.wholeData(read, MOST_BYTES));
      if (!isResponse(read)) {
        await this.#messages.send(read.contextId, responseTo(read.command, { status: Status.SUCCESS }));
        continue;
      }
      if (read.command.number("MessageIDBeingRespondedTo") !== request.number("MessageID")) continue;
      const status = read.command.number("Status") ?? -1;
      answers.push({ status, attributes: attributesOf(data, this.#syntaxes.get(read.contextId)) });
      if (!isPending(status)) return answers;
    }
  }

  #compare(what: string, before: readonly Answer[], now: readonly Answer[]): void {
    const [wasLast, isLast] = [before.at(-1)?.status ?? -1, now.at(-1)?.status ?? -1];
    if (before.length === 0 || isPending(wasLast)) return; // the recording ends before the answer
    if (wasLast !== isLast) this.#differs(`${what} ended with ${hex(wasLast)}, and ends with ${hex(isLast)} now`);
    if (before.length !== now.length) {
      this.#differs(`${what} had ${before.length - 1} answers, and has ${now.length - 1} now`);
    }
    const pending = (answers: readonly Answer[]) =>
      [...new Set(answers.slice(0, -1).map(({ status }) => hex(status)))].sort().join(", ");
    if (now.length > 1 && before.length > 1 && pending(before) !== pending(now)) {
      this.#differs(`${what} had answers with ${pending(before)}, and has them with ${pending(now)} now`);
    }
    for (const [n, answer] of before.entries()) {
      const other = now[n];
      if (other === undefined || (answer.attributes === undefined && other.attributes === undefined)) continue;
      const lacks = [...answer.attributes ?? []].filter((name) => !other.attributes?.has(name));
      const has = [...other.attributes ?? []].filter((name) => !answer.attributes?.has(name));
      if (lacks.length > 0) this.#differs(`${what}, answer ${n + 1}, lacks ${lacks.join(", ")} now`);
      if (has.length > 0) this.#differs(`${what}, answer ${n + 1}, has ${has.join(", ")} beside now`);
    }
  }

  /** Sends a message in the PDUs and pieces in which it came. */
  async #send(message: RecordedMessage): Promise<void> {
    const command = Buffer.from(message.command, "base64");
    const data = message.data === undefined ? Buffer.alloc(0) : Buffer.from(unpacked(message.data, MOST_BYTES).buffer);
    const syntax = this.#recordedSyntaxes.get(message.context);
    if (syntax !== undefined && data.length > 0) {
      toItsEnd(movingDates(data, syntax, this.#vrOf, this.#options.today ?? new Date()));
    }
    const at = { command: 0, data: 0 };
    for (const pdvs of message.framing) {
      const parts = pdvs.map(([isCommand, length, isLast]) => {
        const [kind, bytes] = isCommand ? ["command", command] as const : ["data", data] as const;
        const part = bytes.subarray(at[kind], at[kind] += length);
        if (part.length < length) throw new UnusableRecording("Cannot play the recording: a message of it is cut off");
        const header = Buffer.alloc(6);
        header.writeUInt32BE(length + 2);
        header[4] = message.context;
        header[5] = (isCommand ? 1 : 0) | (isLast ? 2 : 0);
        return Buffer.concat([header, part]);
      });
      await this.#messages.write(pdu(PduType.P_DATA, Buffer.concat(parts)));
    }
  }

  async #end(how: "release" | "abort" | "close"): Promise<void> {
    if (how === "abort") return await this.#messages.abort();
    if (how === "close") return this.#messages.close();
    await this.#messages.step("A-RELEASE request", writeReleaseRequest());
    const { action } = await this.#patiently(() => this.#messages.receive());
    if (action !== "AR-3") this.#differs("the release was answered, and is not now");
  }

  async #patiently<T>(work: () => Promise<T>): Promise<T> {
    const { patience = PATIENCE } = this.#options;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Late(`the box does not answer within ${patience / 1000} s`)), patience);
    });
    try {
      return await Promise.race([work(), late]);
    } finally {
      clearTimeout(timer);
    }
  }
}

/** The box does not answer. */
class Late extends Error {}

function pdu(type: number, body: Uint8Array): Uint8Array {
  const bytes = Buffer.alloc(PDU_HEADER + body.length);
  bytes[0] = type;
  bytes.writeUInt32BE(body.length, 2);
  bytes.set(body, PDU_HEADER);
  return bytes;
}

/** The names of what a data set has, those of an item behind its sequence's; undefined where there is none to be read. */
function attributesOf(data: Uint8Array | undefined, syntax: TransferSyntax | undefined): Set<string> | undefined {
  if (data === undefined || data.length === 0 || syntax === undefined) return undefined;
  try {
    return new Set(namesIn(readDataset(data, syntax).dataset));
  } catch (error) {
    if (error instanceof MalformedDataset) return undefined;
    throw error;
  }
}

function* namesIn(dataset: Dataset, before = ""): Generator<string> {
  for (const { tag, value } of dataset) {
    if (tag === Tag.SpecificCharacterSet) continue; // by the letters of other patients
    yield before + nameOf(tag);
    if (Array.isArray(value)) {
      for (const item of value as readonly Dataset[]) yield* namesIn(item, `${before}${nameOf(tag)}.`);
    }
  }
}

function hex(status: number): string {
  return status < 0 ? "no status" : status.toString(16).toUpperCase().padStart(4, "0");
}
