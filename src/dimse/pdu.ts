import { Buffer } from "node:buffer";
import { asciiBytes } from "../dicom/charset.ts";
import { IMPLEMENTATION_CLASS_UID, IMPLEMENTATION_VERSION_NAME } from "../dicom/file_meta.ts";

/** Protocol data units of the DICOM upper layer (PS3.8 9.3), as bytes and back. Pure: no socket here. */

export const PduType = {
  ASSOCIATE_RQ: 0x01,
  ASSOCIATE_AC: 0x02,
  ASSOCIATE_RJ: 0x03,
  P_DATA: 0x04,
  RELEASE_RQ: 0x05,
  RELEASE_RP: 0x06,
  ABORT: 0x07,
} as const;

/** Bytes of type, a reserved one, and the length of what follows. */
export const PDU_HEADER = 6;

export interface ProposedContext {
  id: number;
  abstractSyntax: string;
  transferSyntaxes: string[];
}

/** How a proposed context was answered (PS3.8 9.3.3.2); `transferSyntax` is set when it was accepted. */
export interface AnsweredContext {
  id: number;
  result: 0 | 1 | 2 | 3 | 4;
  transferSyntax: string;
}

export const ContextResult = {
  ACCEPTED: 0,
  USER_REJECTION: 1,
  NO_REASON: 2,
  ABSTRACT_SYNTAX_NOT_SUPPORTED: 3,
  TRANSFER_SYNTAXES_NOT_SUPPORTED: 4,
} as const;

/** SCP/SCU role selection for one abstract syntax (PS3.7 D.3.3.4). */
export interface RoleSelection {
  sopClassUid: string;
  scu: boolean;
  scp: boolean;
}

/** User identity negotiation (PS3.7 D.3.3.7). */
export interface UserIdentity {
  type: number;
  responseRequested: boolean;
  primary: Uint8Array;
  secondary: Uint8Array;
}

export interface UserInformation {
  /** The largest P-DATA-TF PDU the sender takes, without its header; 0: no limit. */
  maxPduLength: number;
  implementationClassUid: string;
  implementationVersionName: string;
  roles: RoleSelection[];
  /** SOP class extended negotiation: application information by SOP class (PS3.7 D.3.3.5). */
  extended: Map<string, Uint8Array>;
  userIdentity?: UserIdentity;
  /** In an accept: the user identity of the request was verified (PS3.7 D.3.3.7.2). */
  identityVerified?: boolean;
}

export interface AssociateRequest {
  calledAeTitle: string;
  callingAeTitle: string;
  applicationContext: string;
  contexts: ProposedContext[];
  user: UserInformation;
}

export interface AssociateAccept {
  contexts: AnsweredContext[];
  user: UserInformation;
}

export interface AssociateReject {
  result: number;
  source: number;
  reason: number;
}

/** A PDU does not follow PS3.8 9.3: what is wrong, in words. */
export class MalformedPdu extends Error {
  override name = "MalformedPdu";
}

/** Presentation contexts that are read: their id is a byte (PS3.8 9.3.2.2). */
const MOST_CONTEXTS = 256;
/** An Implementation Version Name has 16 characters (PS3.7 D.3.3.2.4); of a longer one so many are read. */
const LONGEST_VERSION_NAME = 64;

export const APPLICATION_CONTEXT = "1.2.840.10008.3.1.1.1";

const Item = {
  APPLICATION_CONTEXT: 0x10,
  CONTEXT_RQ: 0x20,
  CONTEXT_AC: 0x21,
  ABSTRACT_SYNTAX: 0x30,
  TRANSFER_SYNTAX: 0x40,
  USER_INFORMATION: 0x50,
  MAX_LENGTH: 0x51,
  IMPLEMENTATION_CLASS: 0x52,
  ROLE_SELECTION: 0x54,
  IMPLEMENTATION_VERSION: 0x55,
  EXTENDED_NEGOTIATION: 0x56,
  USER_IDENTITY: 0x58,
  USER_IDENTITY_RESPONSE: 0x59,
} as const;

// ---- reading

/**
 * An A-ASSOCIATE-RQ (PS3.8 9.3.2).
 *
 * AE titles are read as bytes: NUL and spaces around them do not count, what is not printable becomes `?`. Unknown
 * items are passed over, as the standard asks.
 *
 * @param body the PDU without its header
 * @throws MalformedPdu when lengths do not add up or what must be there is missing
 */
export function readAssociateRequest(body: Uint8Array): AssociateRequest {
  if (body.length < 68) throw new MalformedPdu(`an A-ASSOCIATE-RQ of ${body.length} bytes is too short`);
  const request: AssociateRequest = {
    calledAeTitle: aeTitle(body.subarray(4, 20)),
    callingAeTitle: aeTitle(body.subarray(20, 36)),
    applicationContext: "",
    contexts: [],
    user: emptyUserInformation(),
  };
  for (const { type, value } of items(body.subarray(68))) {
    if (type === Item.APPLICATION_CONTEXT) request.applicationContext = uidText(value);
    else if (type === Item.CONTEXT_RQ) {
      request.contexts.push(readProposedContext(value));
      if (request.contexts.length > MOST_CONTEXTS) throw tooManyContexts("an A-ASSOCIATE-RQ");
    } else if (type === Item.USER_INFORMATION) request.user = readUserInformation(value);
  }
  if (request.applicationContext === "") throw new MalformedPdu("an A-ASSOCIATE-RQ without an application context");
  if (request.contexts.length === 0) throw new MalformedPdu("an A-ASSOCIATE-RQ without presentation contexts");
  return request;
}

/** An A-ASSOCIATE-AC (PS3.8 9.3.3). @throws MalformedPdu */
export function readAssociateAccept(body: Uint8Array): AssociateAccept {
  if (body.length < 68) throw new MalformedPdu(`an A-ASSOCIATE-AC of ${body.length} bytes is too short`);
  const accept: AssociateAccept = { contexts: [], user: emptyUserInformation() };
  for (const { type, value } of items(body.subarray(68))) {
    if (type === Item.CONTEXT_AC) {
      if (value.length < 4) throw new MalformedPdu("a presentation context answer is too short");
      const syntax = [...items(value.subarray(4))].find((item) => item.type === Item.TRANSFER_SYNTAX);
      accept.contexts.push({
        id: value[0]!,
        result: value[2]! as AnsweredContext["result"],
        transferSyntax: syntax ? uidText(syntax.value) : "",
      });
      if (accept.contexts.length > MOST_CONTEXTS) throw tooManyContexts("an A-ASSOCIATE-AC");
    } else if (type === Item.USER_INFORMATION) accept.user = readUserInformation(value);
  }
  return accept;
}

/** An A-ASSOCIATE-RJ (PS3.8 9.3.4). @throws MalformedPdu */
export function readAssociateReject(body: Uint8Array): AssociateReject {
  if (body.length < 4) throw new MalformedPdu(`an A-ASSOCIATE-RJ of ${body.length} bytes is too short`);
  return { result: body[1]!, source: body[2]!, reason: body[3]! };
}

/** A presentation data value: a piece of a command or a data set (PS3.8 9.3.5.1, E.2). `data` is a view. */
export interface Pdv {
  contextId: number;
  isCommand: boolean;
  isLast: boolean;
  data: Uint8Array;
}

/** The PDVs of a P-DATA-TF PDU (PS3.8 9.3.5). @throws MalformedPdu when lengths do not add up */
export function readPdvs(body: Uint8Array): Pdv[] {
  const pdvs: Pdv[] = [];
  const view = new DataView(body.buffer, body.byteOffset, body.byteLength);
  for (let at = 0; at < body.length;) {
    if (at + 6 > body.length) throw new MalformedPdu("a P-DATA-TF ends within a PDV's header");
    const length = view.getUint32(at);
    if (length < 2 || at + 4 + length > body.length) {
      throw new MalformedPdu(`a PDV says it is ${length} bytes long, and ${body.length - at - 4} are there`);
    }
    const control = body[at + 5]!;
    pdvs.push({
      contextId: body[at + 4]!,
      isCommand: (control & 1) !== 0,
      isLast: (control & 2) !== 0,
      data: body.subarray(at + 6, at + 4 + length),
    });
    at += 4 + length;
  }
  if (pdvs.length === 0) throw new MalformedPdu("a P-DATA-TF without PDVs");
  return pdvs;
}

function readProposedContext(value: Uint8Array): ProposedContext {
  if (value.length < 4) throw new MalformedPdu("a presentation context is too short");
  const context: ProposedContext = { id: value[0]!, abstractSyntax: "", transferSyntaxes: [] };
  for (const item of items(value.subarray(4))) {
    if (item.type === Item.ABSTRACT_SYNTAX) context.abstractSyntax = uidText(item.value);
    else if (item.type === Item.TRANSFER_SYNTAX) context.transferSyntaxes.push(uidText(item.value));
  }
  return context;
}

function readUserInformation(bytes: Uint8Array): UserInformation {
  const user = emptyUserInformation();
  for (const { type, value } of items(bytes)) {
    const view = new DataView(value.buffer, value.byteOffset, value.byteLength);
    if (type === Item.MAX_LENGTH && value.length >= 4) user.maxPduLength = view.getUint32(0);
    else if (type === Item.IMPLEMENTATION_CLASS) user.implementationClassUid = uidText(value);
    else if (type === Item.IMPLEMENTATION_VERSION) {
      user.implementationVersionName = printable(value.subarray(0, LONGEST_VERSION_NAME));
    } else if (type === Item.ROLE_SELECTION && value.length >= 4) {
      const length = view.getUint16(0);
      if (2 + length + 2 > value.length) throw new MalformedPdu("a role selection is too short");
      user.roles.push({
        sopClassUid: uidText(value.subarray(2, 2 + length)),
        scu: value[2 + length] === 1,
        scp: value[3 + length] === 1,
      });
    } else if (type === Item.EXTENDED_NEGOTIATION && value.length >= 2) {
      const length = view.getUint16(0);
      if (2 + length > value.length) throw new MalformedPdu("an extended negotiation is too short");
      user.extended.set(uidText(value.subarray(2, 2 + length)), value.slice(2 + length));
    } else if (type === Item.USER_IDENTITY && value.length >= 6) {
      const length = view.getUint16(2);
      const secondary = value.length >= 6 + length ? view.getUint16(4 + length) : 0;
      if (6 + length + secondary > value.length) throw new MalformedPdu("a user identity is too short");
      user.userIdentity = {
        type: value[0]!,
        responseRequested: value[1] === 1,
        primary: value.slice(4, 4 + length),
        secondary: value.slice(6 + length, 6 + length + secondary),
      };
    } else if (type === Item.USER_IDENTITY_RESPONSE) {
      user.identityVerified = true;
    }
  }
  return user;
}

function* items(bytes: Uint8Array): Generator<{ type: number; value: Uint8Array }> {
  for (let at = 0; at < bytes.length;) {
    if (at + 4 > bytes.length) throw new MalformedPdu("an item's header is cut off");
    const length = bytes[at + 2]! * 256 + bytes[at + 3]!;
    if (at + 4 + length > bytes.length) {
      throw new MalformedPdu(`an item of type ${bytes[at]} says it is ${length} bytes long, past the end`);
    }
    yield { type: bytes[at]!, value: bytes.subarray(at + 4, at + 4 + length) };
    at += 4 + length;
  }
}

function printable(bytes: Uint8Array): string {
  return [...bytes].map((byte) => byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : "?").join("");
}

function aeTitle(bytes: Uint8Array): string {
  const end = bytes.indexOf(0);
  return printable(end === -1 ? bytes : bytes.subarray(0, end)).trim();
}

/** UIDs are sent without padding; some machines pad them all the same. */
function uidText(bytes: Uint8Array): string {
  return printable(bytes.subarray(0, bytes.findLastIndex((byte) => byte > 0x20 && byte < 0x7f && byte !== 0x3f) + 1));
}

function tooManyContexts(what: string): MalformedPdu {
  return new MalformedPdu(`${what} with more than ${MOST_CONTEXTS} presentation contexts`);
}

function emptyUserInformation(): UserInformation {
  return {
    maxPduLength: 0,
    implementationClassUid: "",
    implementationVersionName: "",
    roles: [],
    extended: new Map(),
  };
}

// ---- writing

/** What this implementation says of itself, with the largest P-DATA-TF it takes. */
export function ownUserInformation(maxPduLength: number, roles: RoleSelection[] = []): UserInformation {
  return {
    maxPduLength,
    implementationClassUid: IMPLEMENTATION_CLASS_UID,
    implementationVersionName: IMPLEMENTATION_VERSION_NAME,
    roles,
    extended: new Map(),
  };
}

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

/** An A-ASSOCIATE-AC; the AE titles are sent back as they came (PS3.8 9.3.3). */
export function writeAssociateAccept(request: AssociateRequest, accept: AssociateAccept): Uint8Array {
  return pdu(
    PduType.ASSOCIATE_AC,
    associateHeader(request.calledAeTitle, request.callingAeTitle),
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

/** Why an association is refused (PS3.8 9.3.4). */
export const Rejection = {
  NO_REASON: { result: 1, source: 1, reason: 1 },
  APPLICATION_CONTEXT_NOT_SUPPORTED: { result: 1, source: 1, reason: 2 },
  CALLING_AE_TITLE_NOT_RECOGNIZED: { result: 1, source: 1, reason: 3 },
  CALLED_AE_TITLE_NOT_RECOGNIZED: { result: 1, source: 1, reason: 7 },
  PROTOCOL_VERSION_NOT_SUPPORTED: { result: 1, source: 2, reason: 2 },
  TEMPORARY_CONGESTION: { result: 2, source: 3, reason: 1 },
  LOCAL_LIMIT_EXCEEDED: { result: 2, source: 3, reason: 2 },
} as const satisfies Record<string, AssociateReject>;

export function writeAssociateReject({ result, source, reason }: AssociateReject): Uint8Array {
  return pdu(PduType.ASSOCIATE_RJ, Uint8Array.of(0, result, source, reason));
}

/** Why the provider aborts (PS3.8 9.3.8). */
export const AbortReason = {
  NOT_SPECIFIED: 0,
  UNRECOGNIZED_PDU: 1,
  UNEXPECTED_PDU: 2,
  UNRECOGNIZED_PARAMETER: 4,
  UNEXPECTED_PARAMETER: 5,
  INVALID_PARAMETER: 6,
} as const;

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

/** A PDV's length, context id and control byte. */
const PDV_OVERHEAD = 6;

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
 * A command with its data set: both in one P-DATA-TF PDU where the peer takes it, which spares it half the reads.
 *
 * @param maxPduLength what the peer said; 0: no limit
 */
export function writeMessage(
  contextId: number,
  command: Uint8Array,
  data: Uint8Array,
  maxPduLength: number,
): Uint8Array {
  const length = 2 * PDV_OVERHEAD + command.length + data.length;
  if (length - PDV_OVERHEAD > fragmentLength(maxPduLength)) {
    return Buffer.concat([
      writePData(contextId, true, command, maxPduLength),
      writePData(contextId, false, data, maxPduLength),
    ]);
  }
  const bytes = new Uint8Array(PDU_HEADER + length);
  const view = new DataView(bytes.buffer);
  bytes[0] = PduType.P_DATA;
  view.setUint32(2, length);
  writePdvHeader(view, PDU_HEADER, contextId, true, true, command.length);
  bytes.set(command, PDU_HEADER + PDV_OVERHEAD);
  const second = PDU_HEADER + PDV_OVERHEAD + command.length;
  writePdvHeader(view, second, contextId, false, true, data.length);
  bytes.set(data, second + PDV_OVERHEAD);
  return bytes;
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
  writePdvHeader(view, at + PDU_HEADER, contextId, isCommand, isLast, length);
}

function writePdvHeader(
  view: DataView,
  at: number,
  contextId: number,
  isCommand: boolean,
  isLast: boolean,
  length: number,
): void {
  view.setUint32(at, length + 2);
  view.setUint8(at + 4, contextId);
  view.setUint8(at + 5, (isCommand ? 1 : 0) | (isLast ? 2 : 0));
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
