import { Refused, type Sentence } from "../sentences.ts";
import type { Dataset } from "../dicom/dataset.ts";
import type { TransferSyntax } from "../dicom/transfer_syntax.ts";
import type { ResponseFields } from "./command.ts";
import type { RoleSelection, UserIdentity } from "./pdu.ts";

/** Who is on the other side of an association. AE titles are as sent, trimmed; never trust them as names. */
export interface Peer {
  /** Of the association, for log lines. */
  id: string;
  /** IP. */
  address: string;
  /** Without the spaces around it. */
  callingAeTitle: string;
  /** Without the spaces around it. */
  calledAeTitle: string;
  /** PS3.7 D.3.3.2.1. */
  implementationClassUid: string;
  /** PS3.7 D.3.3.2.3; "" for none. */
  implementationVersionName: string;
  /** Extended negotiation by SOP class. */
  extended: ReadonlyMap<string, Uint8Array>;
  /** As negotiated (PS3.7 D.3.3.7). */
  userIdentity?: UserIdentity;
}

/** A presentation context both sides agreed on. */
export interface AcceptedContext {
  /** Odd, 1 to 255. */
  id: number;
  /** UID. */
  abstractSyntax: string;
  /** For both ways. */
  transferSyntax: TransferSyntax;
}

/** The association that a request came on, for as long as it is open: the box may ask something in turn. */
export interface OpenAssociation {
  /** The roles that the peer proposed, by SOP class (PS3.7 D.3.3.4). */
  readonly proposedRoles: readonly RoleSelection[];
  /**
   * Sends a request with a data set on a context, once the peer has been quiet for a moment, so that it crosses
   * nothing of the peer's.
   *
   * @returns the response's command set; undefined when the association ended, or no response came in time
   */
  ask(contextId: number, command: Dataset, data: Uint8Array): Promise<Dataset | undefined>;
  /** The contexts that were agreed on for a SOP class in which the peer is the provider. */
  provided(sopClassUid: string): readonly AcceptedContext[];
  /**
   * Sends a request within an operation of a cancellable service, at once: a sub-operation (PS3.7 9.1.3).
   *
   * @returns as `ask` does
   */
  suboperation(contextId: number, command: Dataset, data: AsyncIterable<Uint8Array>): Promise<Dataset | undefined>;
}

/** One DIMSE request, and the way to answer it. */
export interface Request {
  /** Who asks. */
  readonly peer: Peer;
  /** On which it came. */
  readonly association: OpenAssociation;
  /** On which it came. */
  readonly context: AcceptedContext;
  /** Its command set. */
  readonly command: Dataset;
  /** Its command field, one of `CommandField`. */
  readonly field: number;
  /** Whether a data set follows. */
  readonly hasData: boolean;
  /**
   * The data set's bytes in pieces as they come; each piece is good only until the next one is asked for. What a
   * service leaves unread is read and dropped before the answer goes out.
   */
  readonly data: AsyncIterable<Uint8Array>;
  /** The peer has asked to cancel this operation, or is gone. */
  readonly cancelled: boolean;
  /** Sends a response, with a data set where there is one. */
  respond(fields: ResponseFields, data?: Uint8Array): Promise<void>;
  /** Starts a run of responses that share status and fields, each with a data set of its own. */
  answers(fields: ResponseFields): Answers;
}

/** Many responses of one kind, sent in batches. */
export interface Answers {
  /**
   * Sends an answer, or keeps it until a PDU is full.
   *
   * @param data an identifier in the context's transfer syntax
   */
  add(data: Uint8Array): Promise<void>;
  /** Sends what is still held back. */
  flush(): Promise<void>;
}

/** One DICOM service class as provider: what it takes, and what it does with it. */
export interface Service {
  /** Whether operations of this service may be cancelled by C-CANCEL. */
  readonly cancellable?: boolean;
  /**
   * The transfer syntax to use among those proposed, or what is not supported. Pure: no side effects, called during
   * negotiation.
   */
  accept(abstractSyntax: string, proposed: readonly string[]): TransferSyntax | "abstract syntax" | "transfer syntaxes";
  /** Roles for a proposed role selection; by default the peer is SCU and the box SCP. */
  roles?(proposed: RoleSelection): RoleSelection | undefined;
  /**
   * What is agreed on of a SOP class's extended negotiation (PS3.7 D.3.3.5), for a class that was accepted; undefined
   * where its defaults stay.
   */
  extend?(abstractSyntax: string, proposed: Uint8Array): Uint8Array | undefined;
  /** Serves one request. Whatever it throws becomes a failure status; it need not catch. */
  serve(request: Request): Promise<void>;
}

/** A service's way to end a request with a status and a reason that the machine can log and a person can read. */
export class Refusal extends Refused {
  /** What the response says. */
  readonly fields: ResponseFields;

  /**
   * Ends a request with this.
   *
   * @param why in English in the response, as its Error Comment
   */
  constructor(status: number, why: Sentence | string, fields: Omit<ResponseFields, "status" | "comment"> = {}) {
    super(why);
    this.fields = { ...fields, status, comment: this.message };
  }
}
