import { networkInterfaces } from "node:os";

/** The box's name, and the one by which machines in the LAN find it over mDNS. */
export function hostNames(): { hostName: string } {
  const name = Deno.hostname().replace(/\.local$/, "").split(".")[0] || "localhost";
  return { hostName: `${name}.local` };
}

/** The addresses of the box in its LAN, IPv4 first; loopback only where there is no other. */
export function lanAddresses(): string[] {
  const all = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? []);
  const outside = all.filter(({ internal, address }) => !internal && !address.startsWith("fe80:"));
  const sorted = outside.sort((a, b) => a.family.localeCompare(b.family)).map(({ address }) => address);
  return sorted.length > 0 ? sorted : ["127.0.0.1"];
}
