import { IMPLEMENTATION_CLASS_UID, IMPLEMENTATION_VERSION_NAME } from "../dicom/file_meta.ts";

/**
 * Protocol data units of the DICOM upper layer (PS3.8 9.3): what is in them. `read_pdu.ts` and `write_pdu.ts` turn them into
 * this and back.
 */

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

/** The largest P-DATA-TF body that the box takes, bytes: large enough that an image is a handful of them. */
export const MAX_PDU_LENGTH = 131072;

/** A presentation context as it is proposed (PS3.8 9.3.2.2). */
export interface ProposedContext {
  /** Odd, 1 to 255. */
  id: number;
  /** UID. */
  abstractSyntax: string;
  /** UIDs, the preferred one first. */
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
  /** UID. */
  sopClassUid: string;
  /** The peer may ask. */
  scu: boolean;
  /** The peer may answer. */
  scp: boolean;
}

/** User identity negotiation (PS3.7 D.3.3.7). */
export interface UserIdentity {
  /** User-Identity-Type: 1 user name, 2 with passcode, 3 Kerberos, 4 SAML, 5 JWT. */
  type: number;
  /** Positive-response-requested. */
  responseRequested: boolean;
  /** Primary-field. */
  primary: Uint8Array;
  /** Secondary-field; empty where there is none. */
  secondary: Uint8Array;
}

/** User information items (PS3.7 D.3.3). */
export interface UserInformation {
  /** The largest P-DATA-TF PDU the sender takes, without its header; 0: no limit. */
  maxPduLength: number;
  /** PS3.7 D.3.3.2.1. */
  implementationClassUid: string;
  /** PS3.7 D.3.3.2.3; "" for none. */
  implementationVersionName: string;
  /** PS3.7 D.3.3.4. */
  roles: RoleSelection[];
  /** SOP class extended negotiation: application information by SOP class (PS3.7 D.3.3.5). */
  extended: Map<string, Uint8Array>;
  /** PS3.7 D.3.3.7. */
  userIdentity?: UserIdentity;
  /** In an accept: the user identity of the request was verified (PS3.7 D.3.3.7.2). */
  identityVerified?: boolean;
}

/** A-ASSOCIATE-RQ (PS3.8 9.3.2). */
export interface AssociateRequest {
  /** Without the spaces around it. */
  calledAeTitle: string;
  /** Without the spaces around it. */
  callingAeTitle: string;
  /** UID. */
  applicationContext: string;
  /** Proposed ones. */
  contexts: ProposedContext[];
  /** Of the peer. */
  user: UserInformation;
}

export interface AssociateAccept {
  contexts: AnsweredContext[];
  user: UserInformation;
}

/** A-ASSOCIATE-RJ (PS3.8 9.3.4). */
export interface AssociateReject {
  /** 1 for good, 2 for now. */
  result: number;
  /** Who refuses: 1 the user, 2 and 3 the provider. */
  source: number;
  /** As table 9-21 has them for each source. */
  reason: number;
}

/** A PDU does not follow PS3.8 9.3: what is wrong, in words. */
export class MalformedPdu extends Error {
  override name = "MalformedPdu";
  /** What the peer is told by A-ABORT (PS3.8 9.3.8). */
  readonly reason: number;

  constructor(message: string, reason: number = AbortReason.INVALID_PARAMETER) {
    super(message);
    this.reason = reason;
  }
}

/** What of an A-ASSOCIATE-RQ goes back as it came, and which protocol it speaks (PS3.8 Tables 9-11 and 9-17). */
export interface AssociateHeader {
  /** One bit a version; the first is this one. */
  protocolVersion: number;
  /** Both AE titles and the reserved bytes after them. */
  titles: Uint8Array;
}

export const APPLICATION_CONTEXT = "1.2.840.10008.3.1.1.1";

/** The items of an association's PDUs (PS3.8 9.3.2 and 9.3.3, PS3.7 D.3.3). */
export const Item = {
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

/** A presentation data value: a piece of a command or a data set (PS3.8 9.3.5.1, E.2). `data` is a view. */
export interface Pdv {
  contextId: number;
  isCommand: boolean;
  isLast: boolean;
  data: Uint8Array;
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

/** Why the provider aborts (PS3.8 9.3.8). */
export const AbortReason = {
  NOT_SPECIFIED: 0,
  UNRECOGNIZED_PDU: 1,
  UNEXPECTED_PDU: 2,
  UNRECOGNIZED_PARAMETER: 4,
  UNEXPECTED_PARAMETER: 5,
  INVALID_PARAMETER: 6,
} as const;

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
