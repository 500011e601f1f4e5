import { Buffer } from "node:buffer";
import { PDU_HEADER } from "./pdu.ts";
import type { Socket } from "./pdu_stream.ts";

/** Which side of an association sent something. */
export type Side = "machine" | "box";

/** What hears the PDUs of an association. */
export interface PduListener {
  /** A whole PDU has come or gone; its body is the listener's own. @returns false: it wants to hear no more */
  pdu(from: Side, type: number, body: Uint8Array): boolean;
  /** The connection is closed by the box. */
  closed(): void;
}

/** A socket whose PDUs are heard on both ways. It changes nothing of what goes through, nor when. */
export class TappedSocket implements Socket {
  readonly #socket: Socket;
  #listener: PduListener | undefined;
  readonly #most: number;
  readonly #held: Record<Side, Buffer[]> = { machine: [], box: [] };
  readonly #lengths: Record<Side, number> = { machine: 0, box: 0 };

  /** @param most bytes of one PDU that are held; with a longer one the listener hears no more */
  constructor(socket: Socket, listener: PduListener, most: number) {
    this.#socket = socket;
    this.#listener = listener;
    this.#most = most;
  }

  async read(into: Uint8Array): Promise<number | null> {
    const count = await this.#socket.read(into);
    if (count !== null) this.#hear("machine", into.subarray(0, count));
    return count;
  }

  async write(bytes: Uint8Array): Promise<number> {
    const count = await this.#socket.write(bytes);
    this.#hear("box", bytes.subarray(0, count));
    return count;
  }

  close(): void {
    this.#socket.close();
    this.#listener?.closed();
    this.#listener = undefined;
  }

  #hear(from: Side, bytes: Uint8Array): void {
    if (this.#listener === undefined) return;
    this.#held[from].push(Buffer.from(bytes)); // a copy
    this.#lengths[from] += bytes.length;
    while (this.#lengths[from] >= PDU_HEADER) {
      const whole = this.#wholePdu(from);
      if (whole === undefined) break;
      if (!this.#listener.pdu(from, whole[0]!, whole.subarray(PDU_HEADER))) return this.#forget();
    }
    if (this.#lengths[from] > this.#most) this.#forget();
  }

  #wholePdu(from: Side): Buffer | undefined {
    let [first] = this.#held[from];
    if (first!.length < PDU_HEADER) this.#held[from] = [first = Buffer.concat(this.#held[from])];
    const length = PDU_HEADER + first!.readUInt32BE(2);
    if (this.#lengths[from] < length) return undefined;
    const all = this.#held[from].length === 1 ? first! : Buffer.concat(this.#held[from]);
    this.#held[from] = all.length > length ? [all.subarray(length)] : [];
    this.#lengths[from] -= length;
    return all.subarray(0, length);
  }

  #forget(): void {
    this.#listener?.closed();
    this.#listener = undefined;
    this.#held.machine = this.#held.box = [];
  }
}
