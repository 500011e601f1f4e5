import { Buffer } from "node:buffer";
import { getLogger } from "@logtape/logtape";

const log = getLogger(["sonodesk", "systemd"]);

const AF_UNIX = 1;
const SOCK_DGRAM = 2;
const MSG_NOSIGNAL = 0x4000;
/** Room for a path in a sockaddr_un, bytes (unix(7)). */
const LONGEST_PATH = 108;

const SYMBOLS = {
  socket: { parameters: ["i32", "i32", "i32"], result: "i32" },
  sendto: { parameters: ["i32", "buffer", "usize", "i32", "buffer", "u32"], result: "isize" },
  close: { parameters: ["i32"], result: "i32" },
} as const;

/**
 * Tells systemd how the box is, by sd_notify(3): ready, alive, stopping. Does nothing where nobody listens.
 *
 * Deno's datagram sockets are still unstable, so this calls the C library, as the box may already for its pictures.
 */
export class ServiceManager {
  readonly #address: Uint8Array<ArrayBuffer> | undefined;
  readonly #watchdog: number | undefined;
  #library: Deno.DynamicLibrary<typeof SYMBOLS> | undefined;
  #timer: ReturnType<typeof setInterval> | undefined;

  /**
   * Tells nothing yet; nobody is told anything outside of systemd.
   *
   * @param environment as systemd sets it: NOTIFY_SOCKET, WATCHDOG_USEC, WATCHDOG_PID
   */
  constructor(environment: Readonly<Record<string, string | undefined>>) {
    const path = environment.NOTIFY_SOCKET;
    this.#address = path === undefined ? undefined : socketAddress(path);
    const mine = environment.WATCHDOG_PID === undefined || Number(environment.WATCHDOG_PID) === Deno.pid;
    const microseconds = Number(environment.WATCHDOG_USEC);
    this.#watchdog = mine && microseconds > 0 ? microseconds / 1000 : undefined;
  }

  /**
   * The box is ready. From now on it is said to be alive while `alive` returns true: a restart must be able to help, so
   * a full disk is no reason to stay silent.
   */
  ready(alive: () => boolean): void {
    this.#tell("READY=1");
    if (this.#watchdog === undefined || this.#address === undefined) return;
    clearInterval(this.#timer);
    this.#timer = setInterval(() => {
      if (alive()) this.#tell("WATCHDOG=1");
    }, this.#watchdog / 2);
  }

  /** The service is on its way down. */
  stopping(): void {
    clearInterval(this.#timer);
    this.#tell("STOPPING=1");
    this.#library?.close();
    this.#library = undefined;
  }

  #tell(state: string): void {
    const address = this.#address;
    if (address === undefined) return;
    try {
      this.#library ??= Deno.dlopen("libc.so.6", SYMBOLS);
      const { socket, sendto, close } = this.#library.symbols;
      const descriptor = socket(AF_UNIX, SOCK_DGRAM, 0);
      if (descriptor < 0) throw new Error("no socket");
      const bytes = new TextEncoder().encode(state);
      const sent = sendto(descriptor, bytes, BigInt(bytes.length), MSG_NOSIGNAL, address, address.length);
      close(descriptor);
      if (Number(sent) !== bytes.length) throw new Error("the message was not taken");
    } catch (error) {
      log.warn("systemd was not told {state}: {error}", { state, error });
    }
  }
}

/** A sockaddr_un; a path that begins with @ is in the abstract namespace. */
function socketAddress(path: string): Uint8Array<ArrayBuffer> | undefined {
  const name = Buffer.from(path);
  if (!/^[/@]./.test(path) || name.length >= LONGEST_PATH) {
    log.warn("systemd's NOTIFY_SOCKET is not used: it is no path to a socket");
    return undefined;
  }
  if (path.startsWith("@")) name[0] = 0;
  const end = path.startsWith("@") ? 0 : 1;
  const address = Buffer.alloc(2 + name.length + end);
  address.writeUInt16LE(AF_UNIX);
  name.copy(address, 2);
  return new Uint8Array(address);
}
