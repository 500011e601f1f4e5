import { Buffer } from "node:buffer";
import { once } from "node:events";
import { connect } from "node:net";
import type { Dataset } from "../../src/dicom/dataset.ts";
import { readCommand } from "../../src/dimse/command.ts";
import { readPdvs } from "../../src/dimse/read_pdu.ts";

/**
 * The other end of a socket as a test writes it, byte by byte: it sends what it is told and reads whole PDUs, and
 * knows nothing of associations.
 */
export class ScriptedPeer implements AsyncDisposable {
  readonly #connection: Connection;
  #rest = Buffer.alloc(0);

  private constructor(connection: Connection) {
    this.#connection = connection;
  }

  static async connect(port: string | number): Promise<ScriptedPeer> {
    const connection = await Deno.connect({ hostname: "127.0.0.1", port: Number(port) });
    connection.setNoDelay(true);
    return new ScriptedPeer(connection);
  }

  /** From another address of this computer's, such as 127.0.0.7. */
  static async from(localAddress: string, port: string | number): Promise<ScriptedPeer> {
    return new ScriptedPeer(await connectFrom(localAddress, Number(port)));
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

type Connection = Pick<Deno.Conn, "read" | "write" | "close">;

/** Deno's own sockets have no choice of the address that they call from. */
async function connectFrom(localAddress: string, port: number): Promise<Connection> {
  const socket = connect({ host: "127.0.0.1", port, localAddress, noDelay: true });
  await once(socket, "connect");
  socket.on("error", () => {}); // its reader or writer hears of it
  const chunks = socket[Symbol.asyncIterator]();
  let rest: Uint8Array = new Uint8Array(0);
  return {
    async read(into) {
      if (rest.length === 0) {
        const next = await chunks.next().catch(() => ({ done: true, value: undefined }));
        if (next.done) return null;
        rest = next.value as Uint8Array;
      }
      const count = Math.min(into.length, rest.length);
      into.set(rest.subarray(0, count));
      rest = rest.subarray(count);
      return count;
    },
    write: (bytes) =>
      new Promise((resolve, reject) =>
        socket.write(bytes.slice(), (error) => error ? reject(error) : resolve(bytes.length))
      ),
    close: () => void socket.destroy(),
  };
}

/** Bytes from their hexadecimal form; spaces, line ends and comments from `#` do not count. */
export function hex(text: string): Buffer {
  return Buffer.from(text.replaceAll(/#.*$/gm, "").replaceAll(/\s+/g, ""), "hex");
}

/** A text as hexadecimal, padded with spaces or NUL to a length. */
export function padded(text: string, length: number, fill = " "): string {
  return Buffer.from(text.padEnd(length, fill), "latin1").toString("hex");
}
