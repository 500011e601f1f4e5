import { correctedDataSet, type CorrectionOf } from "../objects/corrected_file.ts";
import { bytesOf } from "../objects/files.ts";
import { machineCharsetOf } from "../archive/machine_charset.ts";
import type { Correction } from "../dicom/correction.ts";
import { Dataset } from "../dicom/dataset.ts";
import { Tag } from "../dicom/dictionary.ts";
import { NoPicture } from "../dicom/pixel_data.ts";
import { MalformedDataset } from "../dicom/malformed_dataset.ts";
import { EXPLICIT_LITTLE_ENDIAN, IMPLICIT_LITTLE_ENDIAN, type TransferSyntax } from "../dicom/transfer_syntax.ts";
import type { Store } from "../store/store.ts";
import { CommandField } from "../dimse/command.ts";
import type { ProposedService, Requestor } from "../dimse/requestor.ts";

/** An object's file: where its data set begins, what it is, and what is corrected as it leaves. */
export interface FileToSend {
  /** Of its file, complete. */
  path: string;
  /** Where its data set begins, bytes. */
  dataOffset: number;
  /** SOP Class UID (0008,0016). */
  sopClassUid: string;
  /** SOP Instance UID (0008,0018), as it leaves the box. */
  sopInstanceUid: string;
  /** Transfer Syntax UID (0002,0010) of the file. */
  transferSyntaxUid: string;
  /** What is changed on the way. */
  correction?: Correction | undefined;
  /** The character set on the record of the machine that it came from. */
  machineCharset?: readonly string[] | undefined;
}

/** At whose request an object is sent (C-MOVE, PS3.7 9.1.1.1). */
interface MoveOriginator {
  aeTitle: string;
  messageId: number;
}

/** Contexts of one association have odd ids up to 255 (PS3.8 9.3.2.2). */
export const MOST_CONTEXTS = 128;

/**
 * Writes an object's data set, corrected where it is to be, in another native transfer syntax.
 *
 * @throws NoPicture, MalformedDataset when it cannot be written so
 */
export type Convert = (file: FileToSend, target: TransferSyntax) => Promise<AsyncIterable<Uint8Array>>;

/** What a peer that does not take an object as it is must take: every provider has the second (PS3.5 10.1). */
const FALL_BACK = [EXPLICIT_LITTLE_ENDIAN.uid, IMPLICIT_LITTLE_ENDIAN.uid];

/**
 * The contexts for sending objects: each class in each transfer syntax by itself, so that each can go just as it is,
 * and each class without compression, for a peer that takes nothing else.
 */
export function contextsFor(
  files: readonly Pick<FileToSend, "sopClassUid" | "transferSyntaxUid">[],
): ProposedService[] {
  const contexts = new Map<string, ProposedService>();
  for (const { sopClassUid, transferSyntaxUid } of files) {
    for (const transferSyntaxes of [[transferSyntaxUid], FALL_BACK]) {
      contexts.set(`${sopClassUid} ${transferSyntaxes}`, { abstractSyntax: sopClassUid, transferSyntaxes });
    }
  }
  return [...contexts.values()];
}

/** Of objects in their order those whose contexts are `most` together, each in the place it has. */
export function withinContexts<Kind extends Pick<FileToSend, "sopClassUid" | "transferSyntaxUid">>(
  objects: readonly Kind[],
  most: number,
): Kind[] {
  const kinds = new Map<string, Kind>();
  return objects.filter((object) => {
    const kind = `${object.sopClassUid} ${object.transferSyntaxUid}`;
    if (kinds.has(kind)) return true;
    if (contextsFor([...kinds.values(), object]).length > most) return false;
    kinds.set(kind, object);
    return true;
  });
}

/** A context that takes an object: as it is if there is one, else without compression; undefined where none does. */
export function contextOf<Context extends { transferSyntax: TransferSyntax }>(
  accepted: readonly Context[],
  file: FileToSend,
): Context | undefined {
  return accepted.find(({ transferSyntax }) => transferSyntax.uid === file.transferSyntaxUid) ??
    accepted.find(({ transferSyntax }) => FALL_BACK.includes(transferSyntax.uid));
}

/** An object's data set as it leaves, in the transfer syntax of a context. @throws as `Convert` does */
export async function dataSetFor(
  file: FileToSend,
  target: TransferSyntax,
  convert: Convert,
): Promise<AsyncIterable<Uint8Array>> {
  if (target.uid !== file.transferSyntaxUid) return await convert(file, target);
  const { correction, path, dataOffset } = file;
  return correction ? await correctedDataSet({ ...file, correction }) : bytesOf(path, dataOffset);
}

/** What is corrected of an object as it leaves. */
export function leavingAs(
  store: Store,
  correctionOf: CorrectionOf | undefined,
  sopInstanceUid: string,
): Pick<FileToSend, "correction" | "machineCharset"> {
  const correction = correctionOf?.(sopInstanceUid);
  return correction ? { correction, machineCharset: machineCharsetOf(store, sopInstanceUid) } : {};
}

/** The command of a C-STORE request (PS3.7 9.3.1.1). */
export function storeCommand(file: FileToSend, originator?: MoveOriginator): Dataset {
  const command = new Dataset()
    .setText(Tag.AffectedSOPClassUID, "UI", file.sopClassUid)
    .setText(Tag.AffectedSOPInstanceUID, "UI", file.sopInstanceUid)
    .setUnsignedShort(Tag.Priority, 0);
  if (originator) {
    command.setText(Tag.MoveOriginatorApplicationEntityTitle, "AE", originator.aeTitle)
      .setUnsignedShort(Tag.MoveOriginatorMessageID, originator.messageId);
  }
  return command;
}

/**
 * Sends an object by C-STORE.
 *
 * @param data its data set in the context's transfer syntax
 * @returns the response's status and error comment
 * @throws RequestFailed when the association breaks
 * @throws Error of the file system
 */
export async function sendFile(
  requestor: Requestor,
  contextId: number,
  file: FileToSend,
  data: AsyncIterable<Uint8Array>,
  originator?: MoveOriginator,
): Promise<{ status: number; comment: string }> {
  const { command } = await requestor.request(contextId, CommandField.C_STORE, storeCommand(file, originator), data);
  return { status: command.number("Status") ?? 0, comment: command.text("ErrorComment") };
}

/** Whether a C-STORE status says that the object was taken: success, or a warning (PS3.4 B.2.3). */
export function isTaken(status: number): boolean {
  return status === 0 || (status & 0xf000) === 0xb000;
}

/** Whether an error says that an object cannot be written in the transfer syntax of a context. */
export function isUnconvertible(error: unknown): error is Error {
  return error instanceof NoPicture || error instanceof MalformedDataset;
}
