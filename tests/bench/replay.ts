import { Buffer } from "node:buffer";
import { PDU_HEADER, PduType } from "../../src/dimse/pdu.ts";
import { PduStream } from "../../src/dimse/pdu_stream.ts";

const LONGEST_PDU = 1024 * 1024;

/**
 * A server that answers one client as another server did, from bytes at hand: the time that is left is the client's
 * own, which no server can go below.
 */
export class Replay implements Disposable {
  readonly port: string;
  readonly #listener: Deno.TcpListener;

  private constructor(answers: ReadonlyMap<number, readonly Uint8Array[]>) {
    const bytes = new Map([...answers].map(([type, parts]) => [type, new Uint8Array(Buffer.concat(parts))]));
    this.#listener = listenAlone((client) => replay(client, bytes));
    this.port = String(this.#listener.addr.port);
  }

  /** Notes down what a server answers while `ask` talks to it through the port that it is given. */
  static async record(port: string, ask: (port: string) => Promise<unknown>): Promise<Replay> {
    const answers = new Map<number, Uint8Array[]>();
    using proxy = listenAlone((client) => note(client, port, answers));
    await ask(String(proxy.addr.port));
    return new Replay(answers);
  }

  [Symbol.dispose](): void {
    this.#listener.close();
  }
}

function listenAlone(serve: (client: Deno.TcpConn) => Promise<void>): Deno.TcpListener {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  (async () => {
    for await (const client of listener) {
      client.setNoDelay(true);
      await serve(client);
    }
  })();
  return listener;
}

/** Hands on both ways, and keeps what the server says by the type of the PDU that it answers. */
async function note(client: Deno.TcpConn, port: string, answers: Map<number, Uint8Array[]>): Promise<void> {
  using server = await Deno.connect({ hostname: "127.0.0.1", port: Number(port) });
  let asked: number = PduType.ASSOCIATE_RQ;
  const back = (async () => {
    const buffer = new Uint8Array(65_536);
    for (let read = await server.read(buffer); read !== null; read = await server.read(buffer)) {
      const bytes = buffer.slice(0, read);
      answers.set(asked, [...answers.get(asked) ?? [], bytes]);
      await writeAll(client, bytes);
    }
  })();
  const stream = new PduStream(client, LONGEST_PDU);
  for (let pdu = await stream.read(); pdu !== undefined; pdu = await stream.read()) {
    asked = pdu.type;
    const whole = new Uint8Array(PDU_HEADER + pdu.body.length);
    whole[0] = pdu.type;
    new DataView(whole.buffer).setUint32(2, pdu.body.length);
    whole.set(pdu.body, PDU_HEADER);
    await writeAll(server, whole);
  }
  await server.closeWrite();
  await back;
  stream.close();
}

async function replay(client: Deno.TcpConn, answers: ReadonlyMap<number, Uint8Array>): Promise<void> {
  const stream = new PduStream(client, LONGEST_PDU);
  const said = new Set<number>();
  for (let pdu = await stream.read(); pdu !== undefined; pdu = await stream.read()) {
    if (said.has(pdu.type)) continue; // the identifier in a PDU of its own
    said.add(pdu.type);
    await stream.write(answers.get(pdu.type)!);
  }
  stream.close();
}

async function writeAll(connection: Deno.TcpConn, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length;) at += await connection.write(bytes.subarray(at));
}
