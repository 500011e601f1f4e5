import { lookup } from "node:dns/promises";
import { isIP, type Socket } from "node:net";
import net from "node:net";
import tls from "node:tls";
import { lanAddresses } from "../host/network.ts";
import { say, type Sentence } from "../sentences.ts";
import { failed, type Finding, ok, wordsOf } from "./finding.ts";

/**
 * How long each step may take, milliseconds. A computer that is off is told apart from a firewall by the kernel, which
 * gives up looking for it in the LAN after three seconds.
 */
const PATIENCE = 6000;

/** Where somebody is called. */
export interface Called {
  /** Name or IP address, an IPv6 one without brackets. */
  host: string;
  /** TCP. */
  port: number;
}

/** Steps that were tried, in their order; the last one is `failed` where the link is down there. */
export type Steps = AsyncGenerator<Finding, boolean>;

/**
 * Tries to reach a port as the network does it: the name, the address, the port.
 *
 * @returns whether somebody listens there
 */
export async function* tryToReach({ host, port }: Called): Steps {
  const addresses = isIP(host) ? [host] : yield* tryName(host);
  if (addresses.length === 0) return false;
  const isHere = addresses.every((address) => address === "::1" || address.startsWith("127."));
  if (!isHere && lanAddresses().every((address) => address.startsWith("127."))) {
    yield failed(say("check-link-network"), say("link-no-network"));
    return false;
  }
  let finding: { at: string; code: string; why: string } | undefined;
  for (const address of addresses) {
    try {
      (await connected(net.connect({ host: address, port }), "connect")).destroy();
      yield ok(say("check-link-address"), say("link-address-answers", { address }));
      yield ok(say("check-link-port"), say("link-port-open", { port }));
      return true;
    } catch (error) {
      const { code = "" } = error as { code?: string };
      // an address where somebody is says more than one where nobody is
      if (finding === undefined || code === "ECONNREFUSED") finding = { at: address, code, why: wordsOf(error) };
    }
  }
  const { at: address, code, why } = finding!;
  if (code === "ECONNREFUSED") {
    yield ok(say("check-link-address"), say("link-address-answers", { address }));
    yield failed(say("check-link-port"), say("link-port-closed", { port }));
  } else if (code === "EHOSTUNREACH") yield failed(say("check-link-address"), say("link-nobody-there", { address }));
  else if (code === "ENETUNREACH") yield failed(say("check-link-address"), say("link-no-way", { address }));
  else if (code === LATE) yield failed(say("check-link-port"), say("link-port-silent", { address, port }));
  else yield failed(say("check-link-address"), say("link-other-trouble", { why }));
  return false;
}

async function* tryName(host: string): AsyncGenerator<Finding, string[]> {
  const what = say("check-link-name");
  try {
    const found = await inTime(lookup(host, { all: true }));
    const addresses = [...new Set(found.map(({ address }) => address))];
    yield ok(what, say("link-name-known", { host, addresses: addresses.join(", ") }));
    return addresses;
  } catch (error) {
    const { code } = error as { code?: string };
    yield failed(what, code === "ENOTFOUND" ? say("link-name-unknown", { host }) : say("link-names-silent", { host }));
    return [];
  }
}

/**
 * Tries to speak TLS on a port that is open.
 *
 * @param options whom is trusted, and the box's own certificate
 * @returns whether the other side has proven who it is
 */
export async function* tryTls({ host, port }: Called, options: tls.ConnectionOptions = {}): Steps {
  const what = say("check-link-tls");
  const named = { host, port, ...(!isIP(host) && { servername: host }) };
  try {
    (await connected(tls.connect({ ...named, ...options }), "secureConnect")).destroy();
    yield ok(what, say("link-tls-proven"));
    return true;
  } catch (error) {
    yield failed(what, await whyNoTls(error, named));
    return false;
  }
}

/** The runtime calls a certificate that has expired an unknown one: it is looked at again, and not trusted. */
async function whyNoTls(error: unknown, named: tls.ConnectionOptions): Promise<Sentence> {
  const { code = "" } = error as { code?: string };
  const text = `${code} ${wordsOf(error)}`;
  if (code === LATE) return say("link-tls-silent");
  if (/certificate|self.signed|unable to verify|altname|Issuer|NotValidForName|Expired/i.test(text)) {
    if (/altname|NotValidForName|hostname/i.test(text)) return say("link-tls-name", { host: named.host ?? "" });
    try {
      const socket = await connected(tls.connect({ ...named, rejectUnauthorized: false }), "secureConnect");
      const { valid_from: from, valid_to: to } = (socket as tls.TLSSocket).getPeerCertificate();
      socket.destroy();
      if (Date.parse(to) < Date.now()) return say("link-tls-expired", { on: new Date(to).toISOString().slice(0, 10) });
      if (Date.parse(from) > Date.now()) {
        return say("link-tls-early", { from: new Date(from).toISOString().slice(0, 10) });
      }
    } catch (again) {
      return say("link-tls-none", { why: wordsOf(again) });
    }
    return say("link-tls-unknown");
  }
  return say("link-tls-none", { why: wordsOf(error) });
}

/** The code of an error of this file: what should have happened has not, in time. */
const LATE = "LATE";

async function inTime<T>(work: Promise<T>): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(Object.assign(new Error("no answer"), { code: LATE })), PATIENCE);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

async function connected(socket: Socket, event: "connect" | "secureConnect"): Promise<Socket> {
  try {
    await inTime(
      new Promise((resolve, reject) => {
        socket.once(event, resolve);
        socket.on("error", reject); // a later one, when nobody waits, must not end the process
        socket.once("close", () => reject(Object.assign(new Error("it closed the connection"), { code: "CLOSED" })));
      }),
    );
    return socket;
  } catch (error) {
    socket.destroy();
    throw error;
  }
}
