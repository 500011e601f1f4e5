import { Buffer } from "node:buffer";
import { getLogger } from "@logtape/logtape";
import { fullDictionary } from "../dicom/full_dictionary.ts";
import { MessageMask } from "../dicom/masked_dataset.ts";
import { IMPLICIT_LITTLE_ENDIAN, type TransferSyntax, transferSyntaxOf } from "../dicom/transfer_syntax.ts";
import { inTurns } from "../timing/turns.ts";
import { VERSION } from "../version.ts";
import { hasDataSet, readCommand } from "./command.ts";
import { Item, PduType, type Pdv } from "./pdu.ts";
import type { Socket } from "./pdu_stream.ts";
import { type PduListener, type Side, TappedSocket } from "./pdu_tap.ts";
import { readAssociateAccept, readAssociateRequest, readPdvs } from "./read_pdu.ts";
import { base64, FORMAT, packed, type RecordedEnd, type RecordedMessage, type Recording } from "./recording.ts";

const log = getLogger(["sonodesk", "dimse"]);

/** Bytes of an association that are held until it ends; of a longer one its beginning is kept. */
const MOST_HELD = 24 * 1024 * 1024;
const MOST_MESSAGES = 2000;

/** What is to become of associations that are heard. */
export interface Hearing {
  /** Whether the association of a machine that calls with this AE title is to be recorded. */
  isWanted(aeTitle: string): boolean;
  /**
   * An association of such a machine was accepted, and has ended, or is longer than is kept.
   *
   * @param masked the recording, once what could say whom it is of has been replaced
   */
  finish(aeTitle: string, masked: () => Promise<Recording>): void;
}

/** A socket whose association is recorded, where that is wanted. What is not masked yet is in memory alone. */
export function heardSocket(socket: Socket, hearing: Hearing): Socket {
  return new TappedSocket(socket, new Held(hearing), MOST_HELD);
}

/** A message as it came, before it is masked. In memory alone. */
interface HeldMessage {
  from: Side;
  context: number;
  command: Uint8Array[];
  data: Uint8Array[];
  framing: RecordedMessage["framing"];
}

/** An association that has ended, or that is longer than is kept. */
interface HeldAssociation {
  aeTitle: string;
  request: Uint8Array;
  accept: Uint8Array;
  events: (HeldMessage | RecordedEnd)[];
  whole: boolean;
}

/** Holds an association of a machine that is to be recorded, up to a bound. */
class Held implements PduListener {
  readonly #hearing: Hearing;
  #held: HeldAssociation | undefined;
  readonly #open: Record<Side, HeldMessage | undefined> = { machine: undefined, box: undefined };
  #bytes = 0;
  #messages = 0;

  constructor(hearing: Hearing) {
    this.#hearing = hearing;
  }

  pdu(from: Side, type: number, body: Uint8Array): boolean {
    try {
      return this.#hear(from, type, body);
    } catch (error) {
      // what is against the protocol ends the association, and this with it
      log.debug("a PDU that cannot be recorded: {error}", { error });
      return false;
    }
  }

  #hear(from: Side, type: number, body: Uint8Array): boolean {
    switch (type) {
      case PduType.ASSOCIATE_RQ: {
        const { callingAeTitle } = readAssociateRequest(body);
        if (!this.#hearing.isWanted(callingAeTitle)) return false;
        const accept = new Uint8Array(0);
        this.#held = { aeTitle: callingAeTitle, request: body, accept, events: [], whole: true };
        return true;
      }
      case PduType.ASSOCIATE_AC:
        if (this.#held !== undefined) this.#held.accept = body;
        return true;
      case PduType.ASSOCIATE_RJ:
        this.#held = undefined; // its next one, then
        return false;
      case PduType.P_DATA:
        return this.#add(from, readPdvs(body));
      case PduType.RELEASE_RQ:
      case PduType.ABORT:
        this.#held?.events.push({ from, ended: type === PduType.ABORT ? "abort" : "release" });
        return false;
      default:
        return true;
    }
  }

  #add(from: Side, pdvs: readonly Pdv[]): boolean {
    const held = this.#held;
    if (held === undefined) return false;
    this.#open[from]?.framing.push([]);
    for (const pdv of pdvs) {
      this.#bytes += pdv.data.length;
      if (this.#bytes > MOST_HELD || this.#messages >= MOST_MESSAGES) {
        held.whole = false;
        return false;
      }
      this.#addPdv(from, pdv, held);
    }
    return true;
  }

  #addPdv(from: Side, { contextId, isCommand, isLast, data }: Pdv, held: HeldAssociation): void {
    const message = this.#open[from] ??= { from, context: contextId, command: [], data: [], framing: [[]] };
    message.framing.at(-1)!.push([isCommand, data.length, isLast]);
    message[isCommand ? "command" : "data"].push(data);
    const ends = isLast && (!isCommand || !hasDataSet(readCommand(Buffer.concat(message.command))));
    if (!ends) return;
    held.events.push(message);
    this.#messages += 1;
    this.#open[from] = undefined;
  }

  closed(): void {
    const held = this.#held;
    this.#held = undefined;
    if (held === undefined || held.accept.length === 0) return;
    const hasEnded = held.events.some((event) => "ended" in event);
    if (!hasEnded && held.whole) held.events.push({ from: "machine", ended: "close" });
    this.#hearing.finish(held.aeTitle, () => masked(held));
  }
}

async function masked({ request, accept, events, whole }: HeldAssociation): Promise<Recording> {
  const { callingAeTitle, calledAeTitle, contexts } = readAssociateRequest(request);
  const { vrOf } = await fullDictionary();
  const mask = new MessageMask({
    vrOf,
    aeTitles: [callingAeTitle, calledAeTitle],
    classes: contexts.map(({ abstractSyntax }) => abstractSyntax),
    today: new Date(),
  });
  const syntaxes = new Map(
    readAssociateAccept(accept).contexts.filter(({ result }) => result === 0)
      .map(({ id, transferSyntax }) => [id, transferSyntaxOf(transferSyntax)] as const),
  );
  const messages = events.map((event) =>
    "ended" in event ? event : { ...event, command: Buffer.concat(event.command), data: Buffer.concat(event.data) }
  );
  for (const message of messages) {
    const syntax = "ended" in message ? undefined : readable(syntaxes.get(message.context));
    if (!("ended" in message) && syntax !== undefined) await inTurns(mask.noting(message.data, syntax));
  }
  const recorded: Recording["events"] = [];
  for (const message of messages) {
    if ("ended" in message) recorded.push(message);
    else recorded.push(await maskedMessage(message, mask, syntaxes.get(message.context)));
  }
  return {
    ...{ format: FORMAT, version: 1, recordedBy: VERSION, whole },
    request: base64(withoutIdentity(request)),
    accept: base64(withoutIdentity(accept)),
    events: recorded,
  };
}

/** What can be masked where it stands: what is not compressed as a whole. */
function readable(syntax: TransferSyntax | undefined): TransferSyntax | undefined {
  return syntax?.deflated ? undefined : syntax;
}

async function maskedMessage(
  { from, context, command, data, framing }:
    & { from: Side; context: number; command: Buffer; data: Buffer }
    & Pick<
      HeldMessage,
      "framing"
    >,
  mask: MessageMask,
  syntax: TransferSyntax | undefined,
): Promise<RecordedMessage> {
  await inTurns(mask.masking(command, IMPLICIT_LITTLE_ENDIAN));
  const written = { from, context, command: base64(command), framing };
  if (data.length === 0) return written;
  const known = readable(syntax);
  if (known === undefined) return { ...written, leftOut: "deflated" };
  await inTurns(mask.masking(data, known));
  return { ...written, data: packed(data) };
}

/** An A-ASSOCIATE-RQ or -AC in which who the user is, and how they prove it, is no more (PS3.7 D.3.3.7). */
function withoutIdentity(body: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(body); // not slice, by which a Buffer shares its bytes
  const view = new DataView(bytes.buffer);
  for (let at = 68; at + 4 <= bytes.length; at += 4 + view.getUint16(at + 2)) {
    if (bytes[at] !== Item.USER_INFORMATION) continue;
    const end = Math.min(bytes.length, at + 4 + view.getUint16(at + 2));
    for (let inner = at + 4; inner + 4 <= end; inner += 4 + view.getUint16(inner + 2)) {
      const isIdentity = bytes[inner] === Item.USER_IDENTITY || bytes[inner] === Item.USER_IDENTITY_RESPONSE;
      const [start, last] = [inner + 4, Math.min(end, inner + 4 + view.getUint16(inner + 2))];
      if (!isIdentity || last - start < 6) continue;
      const primary = view.getUint16(start + 2);
      for (let n = start + 4; n < last; n++) {
        // the lengths stay
        if (n !== start + 4 + primary && n !== start + 5 + primary) bytes[n] = 0x78;
      }
    }
  }
  return bytes;
}
