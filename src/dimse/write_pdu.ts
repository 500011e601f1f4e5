import { Buffer } from "node:buffer";
import { asciiBytes } from "../dicom/charset.ts";
import {
  APPLICATION_CONTEXT,
  type AssociateAccept,
  type AssociateReject,
  type AssociateRequest,
  Item,
  PDU_HEADER,
  PduType,
  type UserInformation,
} from "./pdu.ts";

/** A PDV's length, context id and control byte. */
const PDV_OVERHEAD = 6;

export function writeAssociateRequest(request: AssociateRequest): Uint8Array {
  return pdu(
    PduType.ASSOCIATE_RQ,
    associateHeader(request.calledAeTitle, request.callingAeTitle),
    item(Item.APPLICATION_CONTEXT, asciiBytes(request.applicationContext)),
    ...request.contexts.map((context) =>
      item(
        Item.CONTEXT_RQ,
        Uint8Array.of(context.id, 0, 0, 0),
        item(Item.ABSTRACT_SYNTAX, asciiBytes(context.abstractSyntax)),
        ...context.transferSyntaxes.map((uid) => item(Item.TRANSFER_SYNTAX, asciiBytes(uid))),
      )
    ),
    userInformation(request.user),
  );
}

/**
 * An A-ASSOCIATE-AC; the AE titles, and the reserved bytes after them, are sent back as they came (PS3.8 Table 9-17).
 *
 * @param titles as they came; by default those of the request
 */
export function writeAssociateAccept(
  request: AssociateRequest,
  accept: AssociateAccept,
  titles?: Uint8Array,
): Uint8Array {
  const header = associateHeader(request.calledAeTitle, request.callingAeTitle);
  if (titles !== undefined) header.set(titles, 4);
  return pdu(
    PduType.ASSOCIATE_AC,
    header,
    item(Item.APPLICATION_CONTEXT, asciiBytes(APPLICATION_CONTEXT)),
    ...accept.contexts.map((context) =>
      item(
        Item.CONTEXT_AC,
        Uint8Array.of(context.id, 0, context.result, 0),
        item(Item.TRANSFER_SYNTAX, asciiBytes(context.transferSyntax)),
      )
    ),
    userInformation(accept.user),
  );
}

export function writeAssociateReject({ result, source, reason }: AssociateReject): Uint8Array {
  return pdu(PduType.ASSOCIATE_RJ, Uint8Array.of(0, result, source, reason));
}

/** An A-ABORT by the provider (source 2) or, without a reason, by the user (source 0). */
export function writeAbort(reason?: number): Uint8Array {
  return pdu(PduType.ABORT, Uint8Array.of(0, 0, reason === undefined ? 0 : 2, reason ?? 0));
}

export function writeReleaseRequest(): Uint8Array {
  return pdu(PduType.RELEASE_RQ, new Uint8Array(4));
}

export function writeReleaseResponse(): Uint8Array {
  return pdu(PduType.RELEASE_RP, new Uint8Array(4));
}

/**
 * A command or data set as P-DATA-TF PDUs, one PDV in each, none longer than the peer takes.
 *
 * @param maxPduLength what the peer said; 0: no limit
 * @param endsMessage whether this is the end of the command or data set, or more of it follows
 */
export function writePData(
  contextId: number,
  isCommand: boolean,
  data: Uint8Array,
  maxPduLength: number,
  endsMessage = true,
): Uint8Array {
  const most = fragmentLength(maxPduLength);
  const count = Math.max(1, Math.ceil(data.length / most));
  const bytes = new Uint8Array(data.length + count * (PDU_HEADER + PDV_OVERHEAD));
  let at = 0;
  for (let index = 0; index < count; index++) {
    const fragment = data.subarray(index * most, (index + 1) * most);
    writePDataHeader(bytes, at, contextId, isCommand, endsMessage && index === count - 1, fragment.length);
    bytes.set(fragment, at + PDU_HEADER + PDV_OVERHEAD);
    at += PDU_HEADER + PDV_OVERHEAD + fragment.length;
  }
  return bytes;
}

/**
 * A command with its data set, each in PDUs of its own: GDCM waits for ever where the two share one, which the standard
 * allows (PS3.8 9.3.5.1).
 *
 * @param maxPduLength what the peer said; 0: no limit
 */
export function writeMessage(
  contextId: number,
  command: Uint8Array,
  data: Uint8Array,
  maxPduLength: number,
): Uint8Array {
  return Buffer.concat([
    writePData(contextId, true, command, maxPduLength),
    writePData(contextId, false, data, maxPduLength),
  ]);
}

/** How much of a data set goes into one PDU for a peer that takes `maxPduLength`. */
function fragmentLength(maxPduLength: number): number {
  const usual = 131072;
  return Math.max(2, (maxPduLength === 0 ? usual : Math.min(maxPduLength, usual)) - PDV_OVERHEAD) & ~1;
}

/** Writes the 12 bytes before a fragment: a P-DATA-TF PDU with one PDV. */
function writePDataHeader(
  bytes: Uint8Array,
  at: number,
  contextId: number,
  isCommand: boolean,
  isLast: boolean,
  length: number,
): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  bytes[at] = PduType.P_DATA;
  view.setUint32(at + 2, length + PDV_OVERHEAD);
  view.setUint32(at + PDU_HEADER, length + 2);
  bytes[at + PDU_HEADER + 4] = contextId;
  bytes[at + PDU_HEADER + 5] = (isCommand ? 1 : 0) | (isLast ? 2 : 0);
}

function associateHeader(called: string, calling: string): Uint8Array {
  const header = new Uint8Array(68).fill(0x20, 4, 36);
  header[1] = 1; // protocol version
  header.set(asciiBytes(called.slice(0, 16)), 4);
  header.set(asciiBytes(calling.slice(0, 16)), 20);
  return header;
}

function userInformation(user: UserInformation): Uint8Array {
  const maxLength = new Uint8Array(4);
  new DataView(maxLength.buffer).setUint32(0, user.maxPduLength);
  return item(
    Item.USER_INFORMATION,
    item(Item.MAX_LENGTH, maxLength),
    item(Item.IMPLEMENTATION_CLASS, asciiBytes(user.implementationClassUid)),
    ...user.roles.map(({ sopClassUid, scu, scp }) =>
      item(
        Item.ROLE_SELECTION,
        Uint8Array.of(0, sopClassUid.length),
        asciiBytes(sopClassUid),
        Uint8Array.of(scu ? 1 : 0, scp ? 1 : 0),
      )
    ),
    item(Item.IMPLEMENTATION_VERSION, asciiBytes(user.implementationVersionName)),
    ...[...user.extended].map(([uid, information]) =>
      item(Item.EXTENDED_NEGOTIATION, Uint8Array.of(0, uid.length), asciiBytes(uid), information)
    ),
    // names and passcodes are answered without a server response
    ...(user.identityVerified ? [item(Item.USER_IDENTITY_RESPONSE, Uint8Array.of(0, 0))] : []),
  );
}

function item(type: number, ...parts: Uint8Array[]): Uint8Array {
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  return Buffer.concat([Uint8Array.of(type, 0, length >>> 8, length & 0xff), ...parts]);
}

function pdu(type: number, ...parts: Uint8Array[]): Uint8Array {
  const header = new Uint8Array(PDU_HEADER);
  header[0] = type;
  new DataView(header.buffer).setUint32(2, parts.reduce((sum, part) => sum + part.length, 0));
  return Buffer.concat([header, ...parts]);
}
