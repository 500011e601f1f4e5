import { connect, createServer, type Server, type Socket } from "node:net";
import { once } from "node:events";

/** The numbers of usbredirproto.h (usbredir 0.13), by which QEMU speaks with a USB device that is elsewhere. */
const Kind = {
  HELLO: 0,
  DEVICE_CONNECT: 1,
  DEVICE_DISCONNECT: 2,
  RESET: 3,
  INTERFACE_INFO: 4,
  EP_INFO: 5,
  SET_CONFIGURATION: 6,
  GET_CONFIGURATION: 7,
  CONFIGURATION_STATUS: 8,
  SET_ALT_SETTING: 9,
  GET_ALT_SETTING: 10,
  ALT_SETTING_STATUS: 11,
  CANCEL_DATA_PACKET: 21,
  CONTROL_PACKET: 100,
  BULK_PACKET: 101,
} as const;
const Status = { SUCCESS: 0, CANCELLED: 1, STALL: 4 } as const;
const Endpoint = { CONTROL: 0, BULK: 2, INVALID: 255 } as const;
const HIGH_SPEED = 2;
/** The device's version is told, and how large packets are; numbers have 64 bits, and bulk lengths 32. */
const CAPABILITIES = 1 << 1 | 1 << 4 | 1 << 5 | 1 << 6;
/** Those of Linux's "multifunction composite gadget": nobody's printer. */
const [VENDOR, PRODUCT] = [0x1d6b, 0x0104];
const PACKET = 512;
/** A printer has a pipe for each request that may be under way: IPP over USB asks for two at least. */
const PIPES = 2;
/** USB printer class, and the protocol that is IPP over USB. */
const [PRINTER, PRINTERS, IPP_OVER_USB] = [7, 1, 4];
const DEVICE_ID = "MFG:Sunrise;MDL:USB 1;CMD:PDF;CLS:PRINTER;";
const STRINGS = ["", "Sunrise", "USB 1", "SD0001"];

/** Bytes that the computer has asked the printer for. */
interface Wanted {
  id: bigint;
  header: Uint8Array;
  most: number;
}

/**
 * A driverless printer on a USB cable (IPP over USB, Device Class Definition for Printing Devices 1.1 with IPP Everywhere's
 * interface 7/1/4): its two pipes lead to a printer that speaks IPP over HTTP on a port of loopback. QEMU finds it at `port`.
 */
export class UsbPrinter implements AsyncDisposable {
  readonly port: number;
  readonly #server: Server;
  readonly #cables = new Set<Cable>();

  private constructor(server: Server) {
    this.#server = server;
    this.port = (server.address() as { port: number }).port;
  }

  /** @param ippPort of the printer on loopback */
  static async start(ippPort: number): Promise<UsbPrinter> {
    const server = createServer();
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const printer = new UsbPrinter(server);
    server.on("connection", (socket) => {
      const cable = new Cable(socket, ippPort);
      printer.#cables.add(cable);
      socket.once("close", () => {
        cable.end();
        printer.#cables.delete(cable);
      });
    });
    return printer;
  }

  /** Somebody pulls its cable out. */
  pullOut(): void {
    for (const cable of this.#cables) cable.pullOut();
  }

  /** And plugs it in again. */
  plugIn(): void {
    for (const cable of this.#cables) cable.plugIn();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const cable of this.#cables) cable.end();
    const closed = once(this.#server, "close");
    this.#server.close();
    await closed;
  }
}

/** One that is plugged into a computer. */
class Cable {
  readonly #socket: Socket;
  readonly #pipes: Pipe[];
  #received = Buffer.alloc(0);
  #wide = false; // numbers of packets have 64 bits, once both have said hello
  #configuration = 0;

  constructor(socket: Socket, ippPort: number) {
    this.#socket = socket;
    this.#pipes = Array.from({ length: PIPES }, () => new Pipe(ippPort, (wanted, bytes) => this.#give(wanted, bytes)));
    socket.on("error", () => socket.destroy()); // the computer was switched off
    socket.on("data", (bytes) => this.#receive(bytes));
    const hello = Buffer.alloc(68);
    hello.write("Sonodesk's tests");
    hello.writeUInt32LE(CAPABILITIES, 64);
    this.#send(Kind.HELLO, 0n, hello);
  }

  end(): void {
    for (const pipe of this.#pipes) pipe.end();
    this.#socket.destroy();
  }

  #send(kind: number, id: bigint, body: Uint8Array): void {
    const header = Buffer.alloc(this.#wide ? 16 : 12);
    header.writeUInt32LE(kind, 0);
    header.writeUInt32LE(body.length, 4);
    if (this.#wide) header.writeBigUInt64LE(id, 8);
    else header.writeUInt32LE(Number(id), 8);
    this.#socket.write(Buffer.concat([header, body]));
  }

  #receive(bytes: Uint8Array): void {
    this.#received = Buffer.concat([this.#received, bytes]);
    for (;;) {
      const headerLength = this.#wide ? 16 : 12;
      if (this.#received.length < headerLength) return;
      const length = this.#received.readUInt32LE(4);
      if (this.#received.length < headerLength + length) return;
      const kind = this.#received.readUInt32LE(0);
      const id = this.#wide ? this.#received.readBigUInt64LE(8) : BigInt(this.#received.readUInt32LE(8));
      const body = this.#received.subarray(headerLength, headerLength + length);
      this.#received = this.#received.subarray(headerLength + length);
      this.#answer(kind, id, body);
    }
  }

  #answer(kind: number, id: bigint, body: Buffer): void {
    switch (kind) {
      case Kind.HELLO:
        this.#wide = true;
        return this.plugIn();
      case Kind.SET_CONFIGURATION:
        this.#configuration = body[0]!;
        // falls through
      case Kind.GET_CONFIGURATION:
        return this.#send(Kind.CONFIGURATION_STATUS, id, Uint8Array.of(Status.SUCCESS, this.#configuration));
      case Kind.SET_ALT_SETTING:
      case Kind.GET_ALT_SETTING:
        return this.#send(Kind.ALT_SETTING_STATUS, id, Uint8Array.of(Status.SUCCESS, body[0]!, 0));
      case Kind.CANCEL_DATA_PACKET:
        for (const pipe of this.#pipes) {
          const wanted = pipe.cancel(id);
          if (wanted) this.#bulk(wanted, Status.CANCELLED, new Uint8Array());
        }
        return;
      case Kind.CONTROL_PACKET:
        return this.#control(id, body);
      case Kind.BULK_PACKET: {
        const header = body.subarray(0, 10);
        const endpoint = header[0]!;
        const pipe = this.#pipes[(endpoint & 0x0f) - 1]!;
        const most = header.readUInt16LE(2) | header.readUInt16LE(8) << 16;
        if (endpoint & 0x80) return pipe.want({ id, header, most });
        pipe.write(body.subarray(10));
        return this.#send(Kind.BULK_PACKET, id, header);
      }
    }
  }

  pullOut(): void {
    this.#send(Kind.DEVICE_DISCONNECT, 0n, new Uint8Array());
    for (const pipe of this.#pipes) pipe.end();
  }

  plugIn(): void {
    const endpoints = Buffer.alloc(160);
    endpoints.fill(Endpoint.INVALID, 0, 32);
    const tell = (address: number, type: number, size: number, of: number) => {
      const index = (address & 0x80) >> 3 | address & 0x0f;
      endpoints[index] = type;
      endpoints[64 + index] = of;
      endpoints.writeUInt16LE(size, 96 + 2 * index);
    };
    for (const address of [0, 0x80]) tell(address, Endpoint.CONTROL, 64, 0);
    const interfaces = Buffer.alloc(132);
    interfaces.writeUInt32LE(PIPES, 0);
    for (let one = 0; one < PIPES; one++) {
      for (const address of [one + 1, 0x80 | one + 1]) tell(address, Endpoint.BULK, PACKET, one);
      [one, PRINTER, PRINTERS, IPP_OVER_USB].forEach((value, row) => interfaces[4 + 32 * row + one] = value);
    }
    this.#send(Kind.EP_INFO, 0n, endpoints);
    this.#send(Kind.INTERFACE_INFO, 0n, interfaces);
    const device = Buffer.alloc(10);
    device[0] = HIGH_SPEED;
    device.writeUInt16LE(VENDOR, 4);
    device.writeUInt16LE(PRODUCT, 6);
    device.writeUInt16LE(0x0100, 8);
    this.#send(Kind.DEVICE_CONNECT, 0n, device);
  }

  #control(id: bigint, body: Buffer): void {
    const [endpoint, request, type] = body as unknown as [number, number, number];
    const header = Buffer.from(body.subarray(0, 10));
    const answer = type & 0x80
      ? answerTo(request, type, body.readUInt16LE(4))
      : type === 0x21
      ? new Uint8Array()
      : undefined;
    if (endpoint & 0x0f || answer === undefined) {
      header[3] = Status.STALL;
      header.writeUInt16LE(0, 8);
      return this.#send(Kind.CONTROL_PACKET, id, header);
    }
    const given = answer.subarray(0, body.readUInt16LE(8));
    header[3] = Status.SUCCESS;
    if (type & 0x80) header.writeUInt16LE(given.length, 8);
    this.#send(Kind.CONTROL_PACKET, id, Buffer.concat([header, given]));
  }

  #give(wanted: Wanted, bytes: Uint8Array): void {
    this.#bulk(wanted, Status.SUCCESS, bytes);
  }

  #bulk({ id, header }: Wanted, status: number, bytes: Uint8Array): void {
    const told = Buffer.from(header);
    told[1] = status;
    told.writeUInt16LE(bytes.length & 0xffff, 2);
    told.writeUInt16LE(bytes.length >> 16, 8);
    this.#send(Kind.BULK_PACKET, id, Buffer.concat([told, bytes]));
  }
}

/** What a control request that asks for something gets (USB 2.0, 9.4; Printing Devices 1.1, 4.2); undefined is refused. */
function answerTo(request: number, type: number, value: number): Uint8Array | undefined {
  if (type === 0xa1 && request === 0) {
    const length = Buffer.alloc(2);
    length.writeUInt16BE(DEVICE_ID.length + 2);
    return Buffer.concat([length, Buffer.from(DEVICE_ID)]);
  }
  if (type === 0x80 && request === 0) return Uint8Array.of(1, 0); // has its own power
  if (type !== 0x80 || request !== 6) return undefined;
  const [kind, index] = [value >> 8, value & 0xff];
  if (kind === 1) {
    const [vendor, product] = [VENDOR, PRODUCT].map((one) => [one & 0xff, one >> 8]) as [number[], number[]];
    return Uint8Array.of(18, 1, 0x00, 0x02, 0, 0, 0, 64, ...vendor, ...product, 0x00, 0x01, 1, 2, 3, 1);
  }
  if (kind === 2) {
    const interfaces = Array.from({ length: PIPES }, (_, one) => [
      ...[9, 4, one, 0, 2, PRINTER, PRINTERS, IPP_OVER_USB, 0],
      ...[one + 1, 0x80 | one + 1].flatMap((address) => [7, 5, address, 2, PACKET & 0xff, PACKET >> 8, 0]),
    ]).flat();
    const length = 9 + interfaces.length;
    return Uint8Array.of(9, 2, length & 0xff, length >> 8, PIPES, 1, 0, 0xc0, 0, ...interfaces);
  }
  if (kind !== 3 || index >= STRINGS.length) return undefined;
  const text = index === 0 ? Buffer.from([0x09, 0x04]) : Buffer.from(STRINGS[index]!, "utf16le");
  return Uint8Array.of(text.length + 2, 3, ...text);
}

/** One request at a time, and its answer, as bytes. */
class Pipe {
  readonly #ippPort: number;
  readonly #give: (wanted: Wanted, bytes: Uint8Array) => void;
  readonly #wanted: Wanted[] = [];
  /** What has been said since the printer has last answered. */
  #unanswered = Buffer.alloc(0);
  #answers = Buffer.alloc(0);
  #connection: Socket | undefined;

  constructor(ippPort: number, give: (wanted: Wanted, bytes: Uint8Array) => void) {
    this.#ippPort = ippPort;
    this.#give = give;
  }

  write(bytes: Uint8Array): void {
    this.#unanswered = Buffer.concat([this.#unanswered, bytes]);
    if (this.#connection) this.#connection.write(bytes);
    else this.#connect();
  }

  want(wanted: Wanted): void {
    this.#wanted.push(wanted);
    this.#deliver();
  }

  /** The one that is no longer wanted, if it was one of this. */
  cancel(id: bigint): Wanted | undefined {
    const at = this.#wanted.findIndex((wanted) => wanted.id === id);
    return at < 0 ? undefined : this.#wanted.splice(at, 1)[0];
  }

  end(): void {
    this.#wanted.length = 0;
    [this.#unanswered, this.#answers] = [Buffer.alloc(0), Buffer.alloc(0)];
    this.#connection?.destroy();
  }

  /** The printer shuts a connection now and then, which a cable knows nothing of: what it has not heard is said again. */
  #connect(): void {
    const connection = this.#connection = connect(this.#ippPort, "127.0.0.1");
    connection.write(Uint8Array.from(this.#unanswered));
    connection.on("data", (bytes) => {
      this.#unanswered = Buffer.alloc(0);
      this.#answers = Buffer.concat([this.#answers, bytes]);
      this.#deliver();
    });
    let reached = false;
    connection.on("connect", () => reached = true);
    connection.on("error", () => connection.destroy()); // the computer waits, as for a printer that says nothing
    connection.on("close", () => {
      this.#connection = undefined;
      if (reached && this.#unanswered.length > 0) this.#connect();
    });
  }

  #deliver(): void {
    while (this.#answers.length > 0 && this.#wanted.length > 0) {
      const wanted = this.#wanted.shift()!;
      this.#give(wanted, this.#answers.subarray(0, wanted.most));
      this.#answers = this.#answers.subarray(wanted.most);
    }
  }
}
