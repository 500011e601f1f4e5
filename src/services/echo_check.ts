import type { Machine } from "../store/machines.ts";
import { echo, RequestFailed } from "../dimse/requestor.ts";
import type { TlsIdentity } from "../dimse/tls.ts";

/** Whether somebody answered, in words for a person. */
export interface EchoResult {
  ok: boolean;
  detail: string;
}

/** Where to ask; `tls`: over DICOM TLS. */
interface Peer {
  aeTitle: string;
  address: string;
  port: number;
  tls: boolean;
}

/** Asks machines and archives whether they are there, with a C-ECHO (PS3.4 Annex A). */
export class EchoCheck {
  readonly #boxAeTitle: string;
  readonly #identity: () => Promise<TlsIdentity>;

  /** @param identity who the box is over TLS, asked for when a peer wants that */
  constructor(boxAeTitle: string, identity: () => Promise<TlsIdentity>) {
    this.#boxAeTitle = boxAeTitle;
    this.#identity = identity;
  }

  /** A machine may have called without anybody having said where it is. */
  async machine(machine: Machine): Promise<EchoResult> {
    const { address, port } = machine;
    if (address === "" || port === null) {
      return { ok: false, detail: "Enter the machine's address and port first, then try again" };
    }
    return await this.peer({ ...machine, port });
  }

  async peer({ aeTitle, address, port, tls }: Peer): Promise<EchoResult> {
    try {
      const milliseconds = await echo({
        ...{ address, port, calledAeTitle: aeTitle, callingAeTitle: this.#boxAeTitle },
        tls: tls ? await this.#identity() : undefined,
      });
      return { ok: true, detail: `${aeTitle} answered in ${milliseconds} ms` };
    } catch (error) {
      if (error instanceof RequestFailed) return { ok: false, detail: error.message };
      throw error;
    }
  }
}
