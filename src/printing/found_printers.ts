import { IppPrinter, isPrinterUri } from "./ipp_printer.ts";

/** A printer that answers on the network, or is plugged into the box. */
export interface FoundPrinter {
  /** By which it is chosen. */
  uri: string;
  /** Its maker and model, or the name that somebody gave it. */
  name: string;
  /** Where it stands, as somebody has told it; may be empty. */
  location: string;
  /** How it is connected. */
  by: "network" | "usb";
}

/** Printers that are shown at most. */
const MOST = 50;
/** Where ipp-usb has the first printers that are plugged in: each has a port, from this on. */
const USB_PORTS = [60000, 60001, 60002, 60003];
/** How long one that is plugged in may take to answer, milliseconds. */
const USB_PATIENCE = 5000;

/**
 * The printers in what `avahi-browse --resolve --parsable _ipp._tcp` has written: `=`, interface, protocol, name, type,
 * domain, host, address, port, TXT, with `;` between.
 */
export function printersIn(browsed: string): FoundPrinter[] {
  const found = new Map<string, FoundPrinter>();
  for (const line of browsed.split("\n")) {
    const [kind, , , escaped = "", , , host = "", , port = "", ...rest] = line.split(";");
    if (kind !== "=") continue;
    const records = recordsOf(rest.join(";"));
    const uri = `ipp://${host}:${port}/${(records.get("rp") ?? "ipp/print").replace(/^\/+/, "")}`;
    if (!isPrinterUri(uri) || found.has(uri)) continue;
    found.set(uri, {
      uri,
      name: (records.get("ty") || unescaped(escaped)).slice(0, 100),
      location: (records.get("note") ?? "").slice(0, 100),
      by: "network",
    });
    if (found.size === MOST) break;
  }
  return [...found.values()].sort((one, other) => one.name.localeCompare(other.name));
}

/** TXT records of DNS-SD (RFC 6763 6), each in quotes: `"ty=HP LaserJet" "rp=ipp/print"`. */
function recordsOf(text: string): Map<string, string> {
  return new Map(
    [...text.matchAll(/"([^"=]+)=([^"]*)"/g)].map(([, key, value]) => [key!.toLowerCase(), unescaped(value!)]),
  );
}

/** As avahi writes a name: `\032` is the byte of that decimal number, and `\.` a dot. */
function unescaped(text: string): string {
  const bytes: number[] = [];
  for (const [, number, letter, other] of text.matchAll(/\\(\d{3})|\\(.)|([^\\]+)/gu)) {
    if (number !== undefined) bytes.push(Number(number) & 0xff);
    else bytes.push(...new TextEncoder().encode(letter ?? other));
  }
  return new TextDecoder().decode(Uint8Array.from(bytes)).replaceAll(/\p{Cc}/gu, " ");
}

/** Those that are plugged in: ipp-usb lets them answer on the box's own ports as printers of the network do. */
export async function pluggedPrinters(ports: readonly number[] = USB_PORTS): Promise<FoundPrinter[]> {
  const asked = ports.map(async (port): Promise<FoundPrinter | undefined> => {
    const uri = `ipp://localhost:${port}/ipp/print`;
    try {
      const { name, location } = await new IppPrinter(uri).facts(USB_PATIENCE);
      return { uri, name, location, by: "usb" };
    } catch {
      return undefined; // nothing is plugged in there
    }
  });
  return (await Promise.all(asked)).filter((printer) => printer !== undefined);
}
