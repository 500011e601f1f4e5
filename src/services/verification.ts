import { VERIFICATION } from "../dicom/sop_class.ts";
import {
  EXPLICIT_BIG_ENDIAN,
  EXPLICIT_LITTLE_ENDIAN,
  IMPLICIT_LITTLE_ENDIAN,
  type TransferSyntax,
} from "../dicom/transfer_syntax.ts";
import { CommandField, Status } from "../dimse/command.ts";
import { type Peer, Refusal, type Request, type Service } from "../dimse/service.ts";

/** The verification service: C-ECHO (PS3.4 Annex A). */
export class Verification implements Service {
  readonly #onEcho: (peer: Peer) => void;

  /**
   * Serves whoever it is given.
   *
   * @param onEcho called for each C-ECHO that was answered
   */
  constructor(onEcho: (peer: Peer) => void = () => {}) {
    this.#onEcho = onEcho;
  }

  /** C-ECHO, without compression. */
  accept(abstractSyntax: string, proposed: readonly string[]): ReturnType<Service["accept"]> {
    return abstractSyntax === VERIFICATION ? uncompressedOf(proposed) : "abstract syntax";
  }

  /** C-ECHO (PS3.4 A). */
  async serve(request: Request): Promise<void> {
    if (request.field !== CommandField.C_ECHO) {
      throw new Refusal(Status.UNRECOGNIZED_OPERATION, "Only C-ECHO on a verification context");
    }
    await request.respond({ status: Status.SUCCESS });
    this.#onEcho(request.peer);
  }
}

/**
 * For services whose data sets the box reads itself: explicit little endian, else implicit, else the big endian that
 * was retired in 2006 and that old machines still know (PS3.5 A.1 to A.3).
 */
export function uncompressedOf(proposed: readonly string[]): TransferSyntax | "transfer syntaxes" {
  const known = [EXPLICIT_LITTLE_ENDIAN, IMPLICIT_LITTLE_ENDIAN, EXPLICIT_BIG_ENDIAN];
  return known.find(({ uid }) => proposed.includes(uid)) ?? "transfer syntaxes";
}
