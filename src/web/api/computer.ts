import * as v from "valibot";
import { choice, wholeNumber } from "../fields.ts";
import { message } from "../messages.ts";
import { say } from "../../sentences.ts";
import type { Computer } from "../../host/computer.ts";
import type { Parts } from "../parts.ts";
import { conflict, notUnderstood, wrongField } from "../problem.ts";
import { NetworkBody, networkOf } from "./computer_network.ts";
import { givenPassword } from "./session.ts";
import { json, route } from "../route.ts";
import { isFromThisBox } from "../security.ts";
import type { Computer as ComputerAnswer } from "../contract/box.ts";

const ResetBody = v.object({
  password: givenPassword,
  name: v.pipe(
    v.string(message("field-no-text")),
    v.trim(),
    v.maxLength(200, message("field-too-long", { most: 200 })),
  ),
});

const SshBody = v.object({
  key: v.pipe(
    v.string(message("field-no-text")),
    v.trim(),
    v.maxLength(3000, message("field-too-long", { most: 3000 })),
    v.regex(
      /^(ssh-ed25519|ssh-rsa|ecdsa-sha2-nistp(256|384|521)|sk-(ssh-ed25519|ecdsa-sha2-nistp256)@openssh\.com) [A-Za-z0-9+/]+=*( [^\p{Cc}]*)?$/u,
      message("field-no-ssh-key", { example: "ssh-ed25519 AAAA…" }),
    ),
  ),
  password: givenPassword,
});

const OwnScreenBody = v.object({
  rotation: choice([0, 90, 180, 270]),
  scale: choice([100, 125, 150, 200]),
  darkMinutes: wholeNumber(0, 120),
});

/** @throws a refusal where the box is a package of its operating system */
export function own({ computer }: Pick<Parts, "computer">): Computer {
  if (computer) return computer;
  throw conflict(say("computer-not-own"));
}

/** The computer itself, where it is the box's own. */
export const computerRoutes = [
  route("GET /api/computer", {
    who: "admin",
    summary: "The appliance's own computer: its address, SSH and screen",
    answer: json<ComputerAnswer>(),
    programs: ["fleet"],
  }, ({ context, computer }) => stateOf(computer, isFromThisBox(context))),

  route("POST /api/computer/reset", {
    who: "admin",
    summary: "Erase everything; with one's password again, and the name of the box",
    body: ResetBody,
    answer: json<{ state: "resetting" }>(),
    status: 202,
    peopleOnly: true,
  }, async ({ context, store, box, log, passwords, body: { password, name }, by, ...parts }) => {
    const computer = own(parts);
    if (name !== box().name.trim()) {
      throw notUnderstood(say("reset-wrong-name"), {
        fields: [wrongField("name", "is another")],
      });
    }
    await passwords.again(context, password, say("reset-wrong-password"));
    store.audit.add(by, "reset asked for", "box");
    log.warn("everything is erased, and the box restarts as it came");
    await computer.reset();
    return { state: "resetting" as const };
  }),

  route("POST /api/computer/power", {
    who: "admin",
    summary: "Restart the computer, or switch it off",
    body: v.object({ what: choice(["restart", "off"]) }),
    answer: json<{ state: "restart" | "off" }>(),
    status: 202,
    peopleOnly: true,
  }, async ({ store, log, body: { what }, by, ...parts }) => {
    const computer = own(parts);
    store.audit.add(by, what === "off" ? "computer switched off" : "computer restarted", "box");
    log.warn(what === "off" ? "the computer is switched off, as asked" : "the computer restarts, as asked");
    await computer.power(what);
    return { state: what };
  }),

  route("PUT /api/computer/network", {
    who: "admin",
    summary: "Try network settings for some minutes; an address that is null takes all from the network",
    body: NetworkBody,
    answer: json<Record<never, never>>(),
    status: 202,
    peopleOnly: true,
  }, async ({ store, body, by, ...parts }) => {
    const computer = own(parts);
    const { network } = computer.state();
    const settings = networkOf(body);
    store.audit.add(by, "address of the box changed", "box", { before: network, after: settings });
    await computer.setNetwork(settings);
    return {};
  }),

  route("POST /api/computer/network/keep", {
    who: "admin",
    summary: "Keep the network settings that are being tried",
    answer: json<Record<never, never>>(),
    status: 202,
    peopleOnly: true,
  }, async ({ store, by, ...parts }) => {
    const computer = own(parts);
    const { network } = computer.state();
    if (network.state !== "trying") {
      throw conflict(say("no-address-being-tried"));
    }
    store.audit.add(by, "address of the box kept", "box", { after: network });
    await computer.keepNetwork();
    return {};
  }),

  route("PUT /api/computer/ssh", {
    who: "admin",
    summary: "Open SSH to who has a key; with one's password again",
    body: SshBody,
    answer: json<Record<never, never>>(),
    status: 202,
    outOrIn: true,
  }, async ({ context, store, passwords, body: { key, password }, by, ...parts }) => {
    const computer = own(parts);
    await passwords.again(context, password, say("ssh-wrong-password"));
    store.audit.add(by, "SSH opened", "box", { after: { key } });
    await computer.setSshKey(key);
    return {};
  }),

  route("DELETE /api/computer/ssh", {
    who: "admin",
    summary: "Shut SSH",
    answer: json<Record<never, never>>(),
    status: 202,
    peopleOnly: true,
  }, async ({ store, by, ...parts }) => {
    const computer = own(parts);
    store.audit.add(by, "SSH shut", "box");
    await computer.setSshKey(null);
    return {};
  }),

  route("PUT /api/computer/screen", {
    who: "admin",
    summary: "Turn and scale the box's own screen, and let it go dark",
    body: OwnScreenBody,
    answer: json<Record<never, never>>(),
    status: 202,
  }, async ({ store, body: screen, by, ...parts }) => {
    const computer = own(parts);
    const before = computer.state().screen;
    store.audit.add(by, "screen changed", "box", { before, after: screen });
    await computer.setScreen(screen);
    return {};
  }),
];

function stateOf(computer: Computer | undefined, here: boolean): ComputerAnswer {
  return computer ? { possible: true, here, ...computer.state() } : { possible: false };
}
