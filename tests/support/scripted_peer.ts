import { Buffer } from "node:buffer";
import type { Dataset } from "../../src/dicom/dataset.ts";
import { readCommand } from "../../src/dimse/command.ts";
import { readPdvs } from "../../src/dimse/pdu.ts";

/**
 * The other end of a socket as a test writes it, byte by byte: it sends what it is told and reads whole PDUs, and
 * knows nothing of associations.
 */
export class ScriptedPeer implements AsyncDisposable {
  readonly #connection: Deno.TcpConn;
  #rest = Buffer.alloc(0);

  private constructor(connection: Deno.TcpConn) {
    this.#connection = connection;
  }

  static async connect(port: string | number): Promise<ScriptedPeer> {
    const connection = await Deno.connect({ hostname: "127.0.0.1", port: Number(port) });
    connection.setNoDelay(true);
    return new ScriptedPeer(connection);
  }

  /** The next one that connects to a listener of the test's. */
  static async accept(listener: Deno.TcpListener): Promise<ScriptedPeer> {
    return new ScriptedPeer(await listener.accept());
  }

  async send(...parts: (Uint8Array | string)[]): Promise<void> {
    const bytes = Buffer.concat(parts.map((part) => typeof part === "string" ? hex(part) : part));
    for (let at = 0; at < bytes.length;) at += await this.#connection.write(bytes.subarray(at));
  }

  /** The next PDU: its type and body; undefined when the other side has closed. */
  async pdu(): Promise<{ type: number; body: Buffer } | undefined> {
    while (this.#rest.length < 6 || this.#rest.length < 6 + this.#rest.readUInt32BE(2)) {
      const chunk = new Uint8Array(65536);
      let read: number | null;
      try {
        read = await this.#connection.read(chunk);
      } catch (error) {
        if (error instanceof Deno.errors.ConnectionReset) return undefined;
        throw error;
      }
      if (read === null) return undefined;
      this.#rest = Buffer.concat([this.#rest, chunk.subarray(0, read)]);
    }
    const length = 6 + this.#rest.readUInt32BE(2);
    const whole = this.#rest.subarray(0, length);
    this.#rest = this.#rest.subarray(length);
    return { type: whole[0]!, body: Buffer.from(whole.subarray(6)) };
  }

  /** The next DIMSE message: its command, and its data set's bytes where it has one. */
  async message(): Promise<{ command: Dataset; data: Uint8Array | undefined }> {
    let command: Dataset | undefined;
    const parts: Record<"command" | "data", Uint8Array[]> = { command: [], data: [] };
    while (true) {
      const pdu = await this.pdu();
      if (pdu?.type !== 4) throw new Error(`The box sent a PDU of type ${pdu?.type} where a message should be`);
      for (const pdv of readPdvs(pdu.body)) {
        parts[pdv.isCommand ? "command" : "data"].push(pdv.data);
        if (!pdv.isLast) continue;
        if (pdv.isCommand) command = readCommand(Buffer.concat(parts.command));
        const hasData = command?.number("CommandDataSetType") !== 0x0101;
        if (command && (!hasData || !pdv.isCommand)) {
          return { command, data: hasData ? Buffer.concat(parts.data) : undefined };
        }
      }
    }
  }

  close(): void {
    try {
      this.#connection.close();
    } catch (error) {
      if (!(error instanceof Deno.errors.BadResource)) throw error; // closed before
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.close();
    await Promise.resolve();
  }
}

/** Bytes from their hexadecimal form; spaces, line ends and comments from `#` do not count. */
export function hex(text: string): Buffer {
  return Buffer.from(text.replaceAll(/#.*$/gm, "").replaceAll(/\s+/g, ""), "hex");
}

/** A text as hexadecimal, padded with spaces or NUL to a length. */
export function padded(text: string, length: number, fill = " "): string {
  return Buffer.from(text.padEnd(length, fill), "latin1").toString("hex");
}
