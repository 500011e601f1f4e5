import type { Incoming } from "../archive/incoming_object.ts";
import { type Archive, DiskFull } from "../archive/archive.ts";
import { isOutOfResources } from "../archive/out_of_resources.ts";
import { MalformedDataset } from "../dicom/malformed_dataset.ts";
import { isStorageClass } from "../dicom/sop_class.ts";
import {
  EXPLICIT_LITTLE_ENDIAN,
  IMPLICIT_LITTLE_ENDIAN,
  type TransferSyntax,
  transferSyntaxOf,
} from "../dicom/transfer_syntax.ts";
import { CommandField, Status } from "../dimse/command.ts";
import type { IsSelfTest } from "./self_test.ts";
import type { RoleSelection } from "../dimse/pdu.ts";
import { Refusal, type Request, type Service } from "../dimse/service.ts";

interface StorageOptions {
  /** The largest data set to take, bytes. */
  largestObject: number;
  /** The box's own calls, whose objects are proved and not kept. */
  isSelfTest?: IsSelfTest;
  /** Told when an object was refused because the disk did not take it. */
  onCannotWrite?: () => void;
}

/**
 * The storage service as SCP: C-STORE (PS3.4 Annex B). A success is a receipt: the object is durable in its file and
 * in the store before it is sent.
 */
export class Storage implements Service {
  readonly #archive: Archive;
  readonly #options: StorageOptions;

  /** Takes nothing yet. */
  constructor(archive: Archive, options: StorageOptions) {
    this.#archive = archive;
    this.#options = options;
  }

  /**
   * Takes the object in the syntax that is proposed first, since a machine names the one it has it in first; but
   * explicit rather than implicit little endian where both are proposed, for the sake of private attributes.
   */
  accept(abstractSyntax: string, proposed: readonly string[]): ReturnType<Service["accept"]> {
    if (!isStorageClass(abstractSyntax)) return "abstract syntax";
    const first = proposed.map(transferSyntaxOf).find((syntax) => syntax !== undefined);
    if (first === undefined) return "transfer syntaxes";
    return first === IMPLICIT_LITTLE_ENDIAN && proposed.includes(EXPLICIT_LITTLE_ENDIAN.uid)
      ? EXPLICIT_LITTLE_ENDIAN
      : first;
  }

  /** A peer may be the provider too: then objects are sent to it by C-GET on this association (PS3.4 C.5.3). */
  roles(proposed: RoleSelection): RoleSelection {
    return proposed;
  }

  /** C-STORE (PS3.4 B). */
  async serve(request: Request): Promise<void> {
    if (request.field !== CommandField.C_STORE) {
      throw new Refusal(Status.UNRECOGNIZED_OPERATION, "Only C-STORE on a storage context");
    }
    const incoming = await this.#begin(request, request.context.transferSyntax);
    try {
      for await (const bytes of request.data) {
        await incoming.write(bytes);
        if (incoming.size > this.#options.largestObject) {
          throw new Refusal(Status.OUT_OF_RESOURCES, `Larger than the ${this.#options.largestObject} bytes taken`);
        }
      }
      if (this.#options.isSelfTest?.(request.peer)) await incoming.prove();
      else await incoming.keep();
    } catch (error) {
      await incoming.discard();
      throw this.#refusalFor(error);
    }
    await request.respond({ status: Status.SUCCESS });
  }

  async #begin(request: Request, syntax: TransferSyntax): Promise<Incoming> {
    const sopClassUid = request.command.text("AffectedSOPClassUID");
    const sopInstanceUid = request.command.text("AffectedSOPInstanceUID");
    if (sopClassUid !== request.context.abstractSyntax) {
      throw new Refusal(Status.DATA_SET_DOES_NOT_MATCH, "The SOP class is not that of the presentation context");
    }
    if (sopInstanceUid === "") {
      throw new Refusal(Status.CANNOT_UNDERSTAND, "The command names no SOP instance");
    }
    if (!request.hasData) throw new Refusal(Status.CANNOT_UNDERSTAND, "The command has no data set");
    try {
      const identity = { sopClassUid, sopInstanceUid, transferSyntaxUid: syntax.uid };
      return await this.#archive.receive(identity, syntax, request.peer.callingAeTitle);
    } catch (error) {
      throw this.#refusalFor(error);
    }
  }

  /** What a failure to store is called on the wire; what is no failure to store is passed on. */
  #refusalFor(error: unknown): unknown {
    if (error instanceof MalformedDataset) return new Refusal(Status.CANNOT_UNDERSTAND, error.message);
    if (error instanceof DiskFull) return new Refusal(Status.OUT_OF_RESOURCES, error.message);
    if (isOutOfResources(error)) {
      this.#options.onCannotWrite?.();
      return new Refusal(Status.OUT_OF_RESOURCES, `Cannot write: ${error.message}`);
    }
    return error;
  }
}
