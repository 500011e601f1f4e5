import { say, type Told, told, toldOf } from "../sentences.ts";
import type { Machine } from "../store/machines.ts";
import { Dataset } from "../dicom/dataset.ts";
import { Tag } from "../dicom/dictionary.ts";
import { VERIFICATION } from "../dicom/sop_class.ts";
import { IMPLICIT_LITTLE_ENDIAN } from "../dicom/transfer_syntax.ts";
import { CommandField, Status } from "../dimse/command.ts";
import { type RemoteApplication, RequestFailed, Requestor } from "../dimse/requestor.ts";
import type { TlsIdentity } from "../dimse/tls.ts";

/** Whether somebody answered, in words for a person. */
export interface EchoResult extends Told {
  /** Whether it answered with success. */
  ok: boolean;
}

/** Where to ask; `tls`: over DICOM TLS. */
export interface Peer {
  /** As it is called. */
  aeTitle: string;
  /** IP address or host name. */
  address: string;
  /** TCP. */
  port: number;
  /** Whether it is called over TLS. */
  tls: boolean;
}

/** Asks machines and archives whether they are there, with a C-ECHO (PS3.4 Annex A). */
export class EchoCheck {
  readonly #boxAeTitle: string;
  readonly #identity: () => Promise<TlsIdentity>;

  /**
   * Calls nobody yet.
   *
   * @param identity who the box is over TLS, asked for when a peer wants that
   */
  constructor(boxAeTitle: string, identity: () => Promise<TlsIdentity>) {
    this.#boxAeTitle = boxAeTitle;
    this.#identity = identity;
  }

  /** A machine may have called without anybody having said where it is. */
  async machine(machine: Machine): Promise<EchoResult> {
    const { address, port } = machine;
    if (address === "" || port === null) {
      return { ok: false, ...told(say("echo-no-address")) };
    }
    return await this.peer({ ...machine, port });
  }

  /** Calls somebody; never throws for what they do. */
  async peer({ aeTitle, address, port, tls }: Peer): Promise<EchoResult> {
    try {
      const milliseconds = await echo({
        ...{ address, port, calledAeTitle: aeTitle, callingAeTitle: this.#boxAeTitle },
        tls: tls ? await this.#identity() : undefined,
      });
      return { ok: true, ...told(say("echo-answered", { aeTitle, milliseconds })) };
    } catch (error) {
      if (error instanceof RequestFailed) return { ok: false, ...toldOf(error) };
      throw error;
    }
  }
}

/**
 * Whether a machine answers a C-ECHO (PS3.4 Annex A).
 *
 * @returns how long it took, milliseconds
 * @throws RequestFailed with what is wrong
 */
export async function echo(remote: RemoteApplication, patience = 5000): Promise<number> {
  const started = performance.now();
  const requestor = await Requestor.connect(
    remote,
    [{ abstractSyntax: VERIFICATION, transferSyntaxes: [IMPLICIT_LITTLE_ENDIAN.uid] }],
    { patience },
  );
  const context = requestor.accepted(VERIFICATION)[0];
  if (context === undefined) {
    await requestor.release();
    throw new RequestFailed(say("echo-not-offered", { peer: remote.calledAeTitle }));
  }
  const command = new Dataset().setText(Tag.AffectedSOPClassUID, "UI", VERIFICATION);
  const answer = await requestor.request(context.id, CommandField.C_ECHO, command);
  await requestor.release();
  const status = answer.command.number("Status");
  if (status !== Status.SUCCESS) {
    throw new RequestFailed(say("echo-status", { peer: remote.calledAeTitle, status: status?.toString(16) ?? "" }));
  }
  return Math.round(performance.now() - started);
}
