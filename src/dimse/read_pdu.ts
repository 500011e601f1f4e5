import {
  type AnsweredContext,
  type AssociateAccept,
  type AssociateHeader,
  type AssociateReject,
  type AssociateRequest,
  Item,
  MalformedPdu,
  type Pdv,
  type ProposedContext,
  type UserInformation,
} from "./pdu.ts";

/** Presentation contexts that are read: their id is a byte (PS3.8 9.3.2.2). */
const MOST_CONTEXTS = 256;
/** An Implementation Version Name has 16 characters (PS3.7 D.3.3.2.4); of a longer one so many are read. */
const LONGEST_VERSION_NAME = 64;

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

/** What stands before the items of an A-ASSOCIATE-RQ. @throws MalformedPdu */
export function readAssociateHeader(body: Uint8Array): AssociateHeader {
  if (body.length < 68) throw new MalformedPdu(`an A-ASSOCIATE-RQ of ${body.length} bytes is too short`);
  return { protocolVersion: body[0]! * 256 + body[1]!, titles: body.slice(4, 68) };
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
