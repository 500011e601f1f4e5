import * as v from "valibot";
import { readJson } from "../body.ts";
import type { Computer } from "../../host/computer.ts";
import { type Routes, userOf } from "../context.ts";
import type { Parts } from "../parts.ts";
import { conflict, notUnderstood } from "../problem.ts";
import { givenPassword } from "./session.ts";
import type { Computer as ComputerAnswer } from "../contract/box.ts";

export const ResetBody = v.object({
  password: givenPassword,
  name: v.pipe(v.string("must be text"), v.trim(), v.maxLength(200, "must be at most 200 characters long")),
});

const ipv4 = v.pipe(v.string("must be text"), v.trim(), v.ipv4("must be an address such as 192.168.1.1"));
const noneOrIpv4 = v.union([v.literal(""), ipv4], "must be an address such as 192.168.1.1, or empty");

/** A fixed address, or null for the network's own. */
export const NetworkBody = v.pipe(
  v.object({
    address: v.nullable(v.pipe(
      v.string("must be text"),
      v.trim(),
      v.check(isAddressWithPrefix, "must be an address with the length of its prefix, such as 192.168.1.20/24"),
    )),
    gateway: v.optional(noneOrIpv4, ""),
    dns: v.optional(v.pipe(v.array(ipv4, "must be a list"), v.maxLength(3, "must be at most 3")), []),
  }),
  v.forward(
    v.check(
      ({ address, gateway }) => address === null || gateway === "" || isInSameNetwork(address, gateway),
      "must be in the same network as the address",
    ),
    ["gateway"],
  ),
);

export const SshBody = v.object({
  key: v.pipe(
    v.string("must be text"),
    v.trim(),
    v.maxLength(3000, "must be at most 3000 characters long"),
    v.regex(
      /^(ssh-ed25519|ssh-rsa|ecdsa-sha2-nistp(256|384|521)|sk-(ssh-ed25519|ecdsa-sha2-nistp256)@openssh\.com) [A-Za-z0-9+/]+=*( [^\p{Cc}]*)?$/u,
      "must be one public key of OpenSSH, such as ssh-ed25519 AAAA…",
    ),
  ),
  password: givenPassword,
});

export const OwnScreenBody = v.object({
  rotation: v.picklist([0, 90, 180, 270], "must be 0, 90, 180 or 270"),
  scale: v.picklist([100, 125, 150, 200], "must be 100, 125, 150 or 200"),
  darkMinutes: v.pipe(
    v.number("must be a number"),
    v.integer("must be a whole number"),
    v.minValue(0, "must be from 0 to 120"),
    v.maxValue(120, "must be from 0 to 120"),
  ),
});

/** The computer itself, where it is the box's own. */
export function computerRoutes(
  { store, box, computer, passwords, log }: Parts,
): Routes<
  | "GET /api/computer"
  | "POST /api/computer/reset"
  | "PUT /api/computer/network"
  | "POST /api/computer/network/keep"
  | "PUT /api/computer/ssh"
  | "DELETE /api/computer/ssh"
  | "PUT /api/computer/screen"
> {
  function own(): Computer {
    if (computer) return computer;
    throw conflict("Cannot change this computer: the box is a package of its operating system, do it there");
  }

  return {
    "GET /api/computer": (context) => context.json(stateOf(computer), 200, { "cache-control": "no-store" }),

    "POST /api/computer/reset": async (context) => {
      const { password, name } = await readJson(context.req.raw, ResetBody);
      const computer = own();
      if (name !== box().name.trim()) {
        throw notUnderstood("Cannot reset the box: this is not its name, type it as it stands above the settings", {
          fields: [{ field: "name", problem: "is another" }],
        });
      }
      await passwords.again(context, password, "Cannot reset the box: the password is wrong");
      const { username } = userOf(context);
      store.audit.add(username, "reset asked for", "box");
      log.warn("everything is erased, and the box restarts as it came");
      await computer.reset();
      return context.json({ state: "resetting" }, 202);
    },

    "PUT /api/computer/network": async (context) => {
      const { address, gateway, dns } = await readJson(context.req.raw, NetworkBody);
      const computer = own();
      const { network } = computer.state();
      const fixed = address === null ? null : { address, gateway, dns: dns.join(" ") };
      store.audit.add(userOf(context).username, "address of the box changed", "box", { before: network, after: fixed });
      await computer.setNetwork(fixed);
      return context.json({}, 202);
    },

    "POST /api/computer/network/keep": async (context) => {
      const computer = own();
      const { network } = computer.state();
      if (network.state !== "trying") {
        throw conflict("Cannot keep the address: none is being tried any more, set it again");
      }
      store.audit.add(userOf(context).username, "address of the box kept", "box", { after: network });
      await computer.keepNetwork();
      return context.json({}, 202);
    },

    "PUT /api/computer/ssh": async (context) => {
      const { key, password } = await readJson(context.req.raw, SshBody);
      const computer = own();
      await passwords.again(context, password, "Cannot open SSH: the password is wrong");
      store.audit.add(userOf(context).username, "SSH opened", "box", { after: { key } });
      await computer.setSshKey(key);
      return context.json({}, 202);
    },

    "DELETE /api/computer/ssh": async (context) => {
      const computer = own();
      store.audit.add(userOf(context).username, "SSH shut", "box");
      await computer.setSshKey(null);
      return context.json({}, 202);
    },

    "PUT /api/computer/screen": async (context) => {
      const screen = await readJson(context.req.raw, OwnScreenBody);
      const computer = own();
      const before = computer.state().screen;
      store.audit.add(userOf(context).username, "screen changed", "box", { before, after: screen });
      await computer.setScreen(screen);
      return context.json({}, 202);
    },
  };
}

function stateOf(computer: Computer | undefined): ComputerAnswer {
  return computer ? { possible: true, ...computer.state() } : { possible: false };
}

/** Such as `192.168.1.20/24`: one of its network's computers, neither the network itself nor all in it. */
function isAddressWithPrefix(text: string): boolean {
  const [address = "", prefix = "", ...rest] = text.split("/");
  if (rest.length > 0 || !/^([89]|[12]\d|30)$/.test(prefix) || !v.is(ipv4, address)) return false;
  const computers = 2 ** (32 - Number(prefix));
  const own = numberOf(address) % computers;
  return own !== 0 && own !== computers - 1;
}

function isInSameNetwork(withPrefix: string, other: string): boolean {
  const [address = "", prefix] = withPrefix.split("/");
  const computers = 2 ** (32 - Number(prefix));
  return Math.floor(numberOf(address) / computers) === Math.floor(numberOf(other) / computers) &&
    address !== other;
}

function numberOf(address: string): number {
  return address.split(".").reduce((sum, part) => sum * 256 + Number(part), 0);
}
