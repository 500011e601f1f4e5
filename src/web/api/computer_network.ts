import * as v from "valibot";
import type { NetworkSettings } from "../../host/computer.ts";
import { canonicalIpv6 } from "../ipv6.ts";
import { message } from "../messages.ts";

/** Servers of one kind that a person may name. */
const MOST_SERVERS = 3;

const text = (known: (text: string) => boolean, wrong: string) =>
  v.optional(v.pipe(v.string(message("field-no-text")), v.trim(), v.check((it) => it === "" || known(it), wrong)), "");

const ipv4 = text(isIpv4, message("network-address", { example: "192.168.1.1" }));
const ipv4WithPrefix = text(isOwnIpv4, message("network-prefix", { example: "192.168.1.20/24" }));

/** An IPv6 address as `canonicalIpv6` writes it. */
const ipv6 = v.pipe(
  text(isIpv6, message("network-address", { example: "fe80::1" })),
  v.transform((it) => canonicalIpv6(it) ?? ""),
);
const ipv6WithPrefix = v.pipe(
  text(isOwnIpv6, message("network-prefix", { example: "2001:db8::20/64" })),
  v.transform((it) => it === "" ? "" : `${canonicalIpv6(it.split("/")[0]!)}/${it.split("/")[1]}`),
);

const servers = (known: (text: string) => boolean, wrong: string) =>
  v.optional(
    v.pipe(
      v.array(v.string(message("field-no-text")), wrong),
      v.check((all) => all.length <= MOST_SERVERS && all.every(known), wrong),
      v.transform((all) => all.map((one) => canonicalIpv6(one) ?? one)),
    ),
    [],
  );

/** Everything that may be set of the network; an address that is null leaves all of it to the network. */
export const NetworkBody = v.pipe(
  v.object({
    address: v.nullable(ipv4WithPrefix),
    gateway: ipv4,
    address6: ipv6WithPrefix,
    gateway6: ipv6,
    dns: servers(isIp, message("network-servers", { most: MOST_SERVERS })),
    ntp: servers((one) => isIp(one) || isHostName(one), message("network-time-servers", { most: MOST_SERVERS })),
    /** 0 for none. */
    vlan: v.optional(
      v.pipe(
        v.number(message("network-vlan")),
        v.integer(message("network-vlan")),
        v.minValue(0, message("network-vlan")),
        v.maxValue(4094, message("network-vlan")),
      ),
      0,
    ),
    vlanAddress: ipv4WithPrefix,
  }),
  v.forward(
    v.check(
      ({ address, gateway }) => gateway === "" || !!address && areTogether(address, `${gateway}/30`, false),
      message("network-gateway"),
    ),
    ["gateway"],
  ),
  v.forward(
    v.check(({ address6, gateway6 }) => gateway6 === "" || address6 !== "", message("network-needs-address")),
    ["gateway6"],
  ),
  v.forward(
    v.check(({ vlan, vlanAddress }) => vlanAddress === "" || vlan !== 0, message("network-needs-vlan")),
    ["vlanAddress"],
  ),
  v.forward(
    v.check(
      ({ address, vlanAddress }) => vlanAddress === "" || !address || !areTogether(address, vlanAddress),
      message("network-overlap"),
    ),
    ["vlanAddress"],
  ),
);

/** What a person has set; null where everything is left to the network. */
export function networkOf(body: v.InferOutput<typeof NetworkBody>): NetworkSettings | null {
  const { address, dns, ntp } = body;
  if (address === null) return null;
  const settings = { ...body, address, dns: dns.join(" "), ntp: ntp.join(" ") };
  return Object.values(settings).some((value) => value !== "" && value !== 0) ? settings : null;
}

function isIp(text: string): boolean {
  return isIpv4(text) || isIpv6(text);
}

function isIpv4(text: string): boolean {
  return /^((25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(\.|$)){4}$/.test(text) && !text.endsWith(".");
}

function isIpv6(text: string): boolean {
  return canonicalIpv6(text) !== undefined;
}

function isHostName(text: string): boolean {
  const label = "[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?";
  return text.length <= 253 && new RegExp(`^(${label}\\.)*[a-z]([a-z0-9-]{0,61}[a-z0-9])?$`).test(text);
}

/** Such as `192.168.1.20/24`: one of its network's computers, neither the network itself nor all in it. */
function isOwnIpv4(text: string): boolean {
  const [address = "", prefix = "", ...rest] = text.split("/");
  if (rest.length > 0 || !/^([89]|[12]\d|30)$/.test(prefix) || !isIpv4(address)) return false;
  // neither this network, loopback, multicast nor reserved (RFC 6890)
  if (/^(0|127|22[4-9]|2[3-5]\d)\./.test(address)) return false;
  const computers = 2 ** (32 - Number(prefix));
  const own = numberOf(address) % computers;
  return own !== 0 && own !== computers - 1;
}

/** Such as `2001:db8::20/64`: global unicast, or unique local (RFC 4291, RFC 4193). */
function isOwnIpv6(text: string): boolean {
  const [address = "", prefix = "", ...rest] = text.split("/");
  return rest.length === 0 && /^([1-9]|[1-9]\d|1[01]\d|12[0-8])$/.test(prefix) &&
    /^([23][0-9a-f]{3}|f[cd][0-9a-f]{2}):/.test(canonicalIpv6(address) ?? "");
}

/**
 * Whether two addresses are in one network; the shorter prefix decides.
 *
 * @param same whether they may be the same address
 */
function areTogether(one: string, other: string, same = true): boolean {
  const [[a, aPrefix], [b, bPrefix]] = [one.split("/"), other.split("/")] as [[string, string], [string, string]];
  const computers = 2 ** (32 - Math.min(Number(aPrefix), Number(bPrefix)));
  return Math.floor(numberOf(a) / computers) === Math.floor(numberOf(b) / computers) && (same || a !== b);
}

function numberOf(address: string): number {
  return address.split(".").reduce((sum, part) => sum * 256 + Number(part), 0);
}
