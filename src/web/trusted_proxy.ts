import { isIP } from "node:net";

/** A request as the client sent it to the proxy before the box. */
export interface Forwarded {
  /** With the address under which the client asked. */
  request: Request;
  /** IP of the client; the proxy's where it does not tell. */
  address: string;
  /** The client came by HTTPS. */
  secure: boolean;
}

/**
 * What a proxy says of a request that it passes on (`Forwarded`, RFC 7239, or `X-Forwarded-For`, `-Proto` and `-Host`):
 * of several values the last, which is the proxy's own. Undefined where it is not one of those that are trusted, or says
 * nothing: what anybody else says is worth nothing.
 *
 * @param address IP that the connection comes from
 * @param trusted IP addresses
 */
export function forwardedBy(request: Request, address: string, trusted: readonly string[]): Forwarded | undefined {
  const from = address.replace(/^::ffff:/i, "").toLowerCase();
  if (!trusted.includes(from)) return undefined;
  const { proto, host, client } = standard(request.headers) ?? customary(request.headers);
  if (proto === undefined && host === undefined && client === undefined) return undefined;
  const url = new URL(request.url);
  if (host !== undefined && isHost(host)) {
    url.port = "";
    url.host = host;
  }
  if (proto === "http" || proto === "https") url.protocol = proto;
  return {
    // its parts, since a request made of another takes that one's signal, which Deno warns of
    request: url.href === request.url
      ? request
      : new Request(url, { method: request.method, headers: request.headers, body: request.body }),
    address: addressOf(client) ?? address,
    secure: url.protocol === "https:",
  };
}

interface Said {
  proto?: string | undefined;
  host?: string | undefined;
  client?: string | undefined;
}

function standard(headers: Headers): Said | undefined {
  const said = headers.get("forwarded");
  if (said === null) return undefined;
  const pairs = new Map(
    splitOutsideQuotes(splitOutsideQuotes(said, ",").at(-1)!, ";").map((pair) => {
      const [name = "", ...value] = pair.split("=");
      return [name.trim().toLowerCase(), value.join("=").trim().replace(/^"(.*)"$/, "$1")];
    }),
  );
  return { proto: pairs.get("proto")?.toLowerCase(), host: pairs.get("host"), client: pairs.get("for") };
}

function customary(headers: Headers): Said {
  const last = (name: string) => headers.get(`x-forwarded-${name}`)?.split(",").at(-1)?.trim() || undefined;
  return { proto: last("proto")?.toLowerCase(), host: last("host"), client: last("for") };
}

function splitOutsideQuotes(text: string, separator: "," | ";"): string[] {
  return text.match(separator === "," ? /(?:"[^"]*"|[^,"])+/g : /(?:"[^"]*"|[^;"])+/g) ?? [""];
}

function isHost(host: string): boolean {
  return /^(?:[\w.-]{1,253}|\[[0-9a-f:.]+\])(?::\d{1,5})?$/i.test(host) && URL.canParse(`http://${host}/`);
}

/** The IP address of a node, which may have a port (RFC 7239 6); undefined for a name. */
function addressOf(node: string | undefined): string | undefined {
  const bare = node?.replace(/^\[(.*)\](?::\d+)?$/, "$1").replace(/^(\d+\.\d+\.\d+\.\d+):\d+$/, "$1");
  return bare !== undefined && isIP(bare) !== 0 ? bare : undefined;
}
