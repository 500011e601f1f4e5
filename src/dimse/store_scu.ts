import { Dataset } from "../dicom/dataset.ts";
import { Tag } from "../dicom/dictionary.ts";
import { CommandField } from "./command.ts";
import type { ProposedService, Requestor } from "./requestor.ts";

/** An object's file: where its data set begins, and what it is. */
export interface FileToSend {
  path: string;
  dataOffset: number;
  sopClassUid: string;
  sopInstanceUid: string;
  transferSyntaxUid: string;
}

/** At whose request an object is sent (C-MOVE, PS3.7 9.1.1.1). */
export interface MoveOriginator {
  aeTitle: string;
  messageId: number;
}

const CHUNK = 128 * 1024;
/** Contexts of one association have odd ids up to 255 (PS3.8 9.3.2.2). */
export const MOST_CONTEXTS = 128;

/** The contexts for sending objects just as they are: each class in each transfer syntax, by itself. */
export function contextsFor(
  files: readonly Pick<FileToSend, "sopClassUid" | "transferSyntaxUid">[],
): ProposedService[] {
  const contexts = new Map<string, ProposedService>();
  for (const { sopClassUid, transferSyntaxUid } of files) {
    contexts.set(`${sopClassUid} ${transferSyntaxUid}`, {
      abstractSyntax: sopClassUid,
      transferSyntaxes: [transferSyntaxUid],
    });
  }
  return [...contexts.values()];
}

/** The context that takes an object as it is; undefined when the other side has accepted none. */
export function contextOf(requestor: Requestor, file: FileToSend): number | undefined {
  return requestor.accepted(file.sopClassUid).find(({ transferSyntax }) =>
    transferSyntax.uid === file.transferSyntaxUid
  )?.id;
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
 * Sends an object's original bytes by C-STORE.
 *
 * @returns the response's status and error comment
 * @throws RequestFailed when the association breaks
 * @throws Error of the file system
 */
export async function sendFile(
  requestor: Requestor,
  contextId: number,
  file: FileToSend,
  originator?: MoveOriginator,
): Promise<{ status: number; comment: string }> {
  const { command } = await requestor.request(
    contextId,
    CommandField.C_STORE,
    storeCommand(file, originator),
    dataSetOf(file),
  );
  return { status: command.number("Status") ?? 0, comment: command.text("ErrorComment") };
}

/** The bytes of an object's data set as they came, in pieces. */
export async function* dataSetOf({ path, dataOffset }: Pick<FileToSend, "path" | "dataOffset">) {
  using file = await Deno.open(path, { read: true });
  await file.seek(dataOffset, Deno.SeekMode.Start);
  while (true) {
    const chunk = new Uint8Array(CHUNK);
    const read = await file.read(chunk);
    if (read === null) return;
    yield chunk.subarray(0, read);
  }
}

/** Whether a C-STORE status says that the object was taken: success, or a warning (PS3.4 B.2.3). */
export function isTaken(status: number): boolean {
  return status === 0 || (status & 0xf000) === 0xb000;
}
