/** Such as `2001:db8::20`, as RFC 5952 writes it; undefined of what is no IPv6 address. */
export function canonicalIpv6(text: string): string | undefined {
  if (!/^[0-9a-f:]{2,39}$/i.test(text)) return undefined;
  return URL.parse(`http://[${text}]/`)?.hostname.slice(1, -1);
}

/**
 * The network that an IPv6 address is in, its first 64 bits: the other 64 are for the computer itself to choose (RFC 4291
 * 2.5.1). Undefined of what is no IPv6 address.
 */
export function networkOf(address: string): string | undefined {
  const canonical = canonicalIpv6(address.replace(/%.*/, ""));
  if (canonical === undefined) return undefined;
  const [front = "", back] = canonical.split("::");
  const [before, after] = [front, back ?? ""].map((groups) => groups === "" ? [] : groups.split(":"));
  const zeros = Array<string>(8 - before!.length - after!.length).fill("0");
  return [...before!, ...zeros, ...after!].slice(0, 4).join(":");
}
