import { Dataset } from "../dicom/dataset.ts";
import { Tag } from "../dicom/dictionary.ts";
import { readDataset } from "../dicom/read_dataset.ts";
import { IMPLICIT_LITTLE_ENDIAN } from "../dicom/transfer_syntax.ts";
import { writeDataset } from "../dicom/write_dataset.ts";

/** Command fields of DIMSE requests (PS3.7 E.1); a response has the highest bit set too. */
export const CommandField = {
  C_STORE: 0x0001,
  C_GET: 0x0010,
  C_FIND: 0x0020,
  C_MOVE: 0x0021,
  C_ECHO: 0x0030,
  N_EVENT_REPORT: 0x0100,
  N_GET: 0x0110,
  N_SET: 0x0120,
  N_ACTION: 0x0130,
  N_CREATE: 0x0140,
  N_DELETE: 0x0150,
  C_CANCEL: 0x0fff,
} as const;

export const RESPONSE = 0x8000;

/** Statuses of PS3.7 C and PS3.4 that the box gives or understands. */
export const Status = {
  SUCCESS: 0x0000,
  CANCEL: 0xfe00,
  PENDING: 0xff00,
  PENDING_OPTIONAL_KEYS_NOT_SUPPORTED: 0xff01,
  NO_SUCH_ATTRIBUTE: 0x0105,
  INVALID_ATTRIBUTE_VALUE: 0x0106,
  PROCESSING_FAILURE: 0x0110,
  DUPLICATE_SOP_INSTANCE: 0x0111,
  NO_SUCH_SOP_INSTANCE: 0x0112,
  NO_SUCH_EVENT_TYPE: 0x0113,
  NO_SUCH_ARGUMENT: 0x0114,
  INVALID_ARGUMENT_VALUE: 0x0115,
  NO_SUCH_SOP_CLASS: 0x0118,
  CLASS_INSTANCE_CONFLICT: 0x0119,
  MISSING_ATTRIBUTE: 0x0120,
  MISSING_ATTRIBUTE_VALUE: 0x0121,
  SOP_CLASS_NOT_SUPPORTED: 0x0122,
  NO_SUCH_ACTION: 0x0123,
  NOT_AUTHORIZED: 0x0124,
  DUPLICATE_INVOCATION: 0x0210,
  UNRECOGNIZED_OPERATION: 0x0211,
  OUT_OF_RESOURCES: 0xa700,
  UNABLE_TO_PERFORM_SUBOPERATIONS: 0xa702,
  MOVE_DESTINATION_UNKNOWN: 0xa801,
  DATA_SET_DOES_NOT_MATCH: 0xa900,
  SOME_SUBOPERATIONS_FAILED: 0xb000,
  CANNOT_UNDERSTAND: 0xc000,
  UNABLE_TO_PROCESS: 0xc001,
} as const;

/** Whether more responses to the same request follow one with this status (PS3.7 9.1.2.1.5). */
export function isPending(status: number | undefined): boolean {
  return status === Status.PENDING || status === Status.PENDING_OPTIONAL_KEYS_NOT_SUPPORTED;
}

/** A command's name, such as C-STORE, by its field. */
export function commandName(field: number): string {
  return Object.entries(CommandField).find(([, value]) => value === field)?.[0].replace("_", "-") ??
    `command ${field.toString(16)}`;
}

const NO_DATA_SET = 0x0101;

/** A command set as it came. @throws MalformedDataset */
export function readCommand(bytes: Uint8Array): Dataset {
  return readDataset(bytes, IMPLICIT_LITTLE_ENDIAN).dataset;
}

export function hasDataSet(command: Dataset): boolean {
  return command.number("CommandDataSetType") !== NO_DATA_SET;
}

/** The bytes of a command set with its group length in front (PS3.7 6.3.1). */
export function writeCommand(command: Dataset, withDataSet: boolean): Uint8Array {
  command.setUnsignedShort(Tag.CommandDataSetType, withDataSet ? 0x0001 : NO_DATA_SET);
  command.delete(Tag.CommandGroupLength);
  const elements = writeDataset(command, IMPLICIT_LITTLE_ENDIAN, latin1);
  const bytes = new Uint8Array(12 + elements.length);
  const view = new DataView(bytes.buffer);
  view.setUint32(4, 4, true); // (0000,0000), 4 bytes long
  view.setUint32(8, elements.length, true);
  bytes.set(elements, 12);
  return bytes;
}

/** What a response says beside its status. `comment` is shortened to the 64 characters of an LO. */
export interface ResponseFields {
  /** Status (0000,0900), PS3.7 C. */
  status: number;
  /** Error Comment (0000,0902); cut to 64 characters. */
  comment?: string;
  /** Affected SOP Instance UID (0000,1000). */
  affectedSopInstanceUid?: string;
  /** Error ID (0000,0903). */
  errorId?: number;
  /** Offending Element (0000,0901): tags. */
  offendingElements?: number[];
  /** How many sub-operations of a retrieval stand where (PS3.7 9.1.4.1). */
  suboperations?: Suboperations;
}

/** Numbers of sub-operations (PS3.7 9.1.4). */
export interface Suboperations {
  /** Undefined in a final response. */
  remaining: number | undefined;
  /** Number of Completed Sub-operations (0000,1021). */
  completed: number;
  /** Number of Failed Sub-operations (0000,1022). */
  failed: number;
  /** Number of Warning Sub-operations (0000,1023). */
  warning: number;
}

/** The response to a request: field, message id and SOP class mirror it (PS3.7 9.3). */
export function responseTo(request: Dataset, fields: ResponseFields): Dataset {
  const response = new Dataset()
    .setUnsignedShort(Tag.CommandField, (request.number("CommandField") ?? 0) | RESPONSE)
    .setUnsignedShort(Tag.MessageIDBeingRespondedTo, request.number("MessageID") ?? 0)
    .setUnsignedShort(Tag.Status, fields.status);
  const sopClass = request.text("AffectedSOPClassUID") || request.text("RequestedSOPClassUID");
  if (sopClass !== "") response.setText(Tag.AffectedSOPClassUID, "UI", sopClass);
  const sopInstance = fields.affectedSopInstanceUid || request.text("AffectedSOPInstanceUID") ||
    request.text("RequestedSOPInstanceUID");
  if (sopInstance !== "") response.setText(Tag.AffectedSOPInstanceUID, "UI", sopInstance);
  if (fields.comment) response.setText(Tag.ErrorComment, "LO", errorComment(fields.comment));
  if (fields.errorId !== undefined) response.setUnsignedShort(Tag.ErrorID, fields.errorId);
  if (fields.suboperations) {
    const { remaining, completed, failed, warning } = fields.suboperations;
    if (remaining !== undefined) response.setUnsignedShort(Tag.NumberOfRemainingSuboperations, remaining);
    response.setUnsignedShort(Tag.NumberOfCompletedSuboperations, completed)
      .setUnsignedShort(Tag.NumberOfFailedSuboperations, failed)
      .setUnsignedShort(Tag.NumberOfWarningSuboperations, warning);
  }
  if (fields.offendingElements && fields.offendingElements.length > 0) {
    const pairs = fields.offendingElements.flatMap((tag) => [tag >>> 16, tag & 0xffff]);
    const element = new Dataset().setUnsignedShort(Tag.OffendingElement, ...pairs).element(Tag.OffendingElement)!;
    response.add({ ...element, vr: "AT" });
  }
  return response;
}

/** Error comments have no character set: one line of at most 64 ASCII characters. */
function errorComment(comment: string): string {
  return comment.replaceAll(/[^\x20-\x7e]|\\/g, "?").slice(0, 64);
}

/** Command sets hold no text that a character set could change. */
function latin1(text: string): Uint8Array {
  return Uint8Array.from(text, (character) => character.charCodeAt(0) & 0xff);
}
