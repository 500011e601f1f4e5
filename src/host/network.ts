import { getLogger } from "@logtape/logtape";
import { networkInterfaces } from "node:os";

const log = getLogger(["sonodesk", "network"]);

/** Where avahi answers questions, one line each. */
const AVAHI = "/run/avahi-daemon/socket";
/** How long avahi may take to answer, milliseconds. */
const PATIENCE = 5000;
/** How often names and addresses are looked at again, milliseconds. */
const PACE = 15_000;

/**
 * Under which name and addresses the box is found in its LAN. They may change while it runs: an address comes late or
 * again, and avahi gives the box another name where its own is taken.
 */
export class LanNames {
  readonly #avahi: string;
  #hostName = ownHostName();
  #timer: ReturnType<typeof setInterval> | undefined;
  #looking: Promise<void> | undefined;

  /**
   * Announces nothing before `start`.
   *
   * @param avahi the socket of avahi's simple protocol
   */
  constructor(avahi = AVAHI) {
    this.#avahi = avahi;
  }

  /** The name by which machines find the box over mDNS, such as `sonodesk-2.local`. */
  get hostName(): string {
    return this.#hostName;
  }

  /** All under which it is reached, also from the box itself. */
  get all(): string[] {
    return [...new Set([this.#hostName, "localhost", ...lanAddresses(), "127.0.0.1"])];
  }

  /** Asks avahi for the name; without one that answers it is the computer's own. */
  async look(): Promise<void> {
    const [address] = lanAddresses();
    this.#hostName = await nameFromAvahi(this.#avahi, address!) ?? ownHostName();
  }

  /** Looks at once and then now and then, and tells `looked` when it has. */
  start(looked: () => Promise<void>): void {
    const look = () => {
      this.#looking ??= this.look().then(looked)
        .catch((error) => log.warn("the box's names are not known: {error}", { error }))
        .finally(() => this.#looking = undefined);
    };
    look();
    this.#timer = setInterval(look, PACE);
  }

  /** The names are given up. */
  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await this.#looking;
  }
}

function ownHostName(): string {
  const name = Deno.hostname().replace(/\.local$/, "").split(".")[0] || "localhost";
  return `${name}.local`;
}

/** What avahi calls an address of this computer; undefined where there is no avahi, or it does not say. */
async function nameFromAvahi(socket: string, address: string): Promise<string | undefined> {
  let connection: Deno.UnixConn;
  try {
    connection = await Deno.connect({ transport: "unix", path: socket });
  } catch {
    return undefined;
  }
  let isLate = false;
  const late = setTimeout(() => {
    isLate = true;
    connection.close();
  }, PATIENCE);
  try {
    await connection.write(new TextEncoder().encode(`RESOLVE-ADDRESS ${address}\n`));
    let answer = "";
    const decoder = new TextDecoder();
    const buffer = new Uint8Array(512);
    while (!answer.includes("\n") && answer.length < 512) {
      const read = await connection.read(buffer);
      if (read === null) break;
      answer += decoder.decode(buffer.subarray(0, read));
    }
    // interface, protocol, name
    return /^\+ \d+ \d+ ([a-z0-9-]+\.local)\n/i.exec(answer)?.[1]?.toLowerCase();
  } catch {
    return undefined; // it took too long
  } finally {
    clearTimeout(late);
    if (!isLate) connection.close();
  }
}

/** The addresses of the box in its LAN, IPv4 first; loopback only where there is no other. */
export function lanAddresses(): string[] {
  const all = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? []);
  const outside = all.filter(({ internal, address }) => !internal && !address.startsWith("fe80:"));
  const sorted = outside.sort((a, b) => a.family.localeCompare(b.family)).map(({ address }) => address);
  return sorted.length > 0 ? sorted : ["127.0.0.1"];
}
