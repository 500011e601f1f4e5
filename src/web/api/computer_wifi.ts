import * as v from "valibot";
import { choice, trueOrFalse } from "../fields.ts";
import type { WantedNetwork, WifiSettings } from "../../host/wifi.ts";
import { say } from "../../sentences.ts";
import { message } from "../messages.ts";
import { conflict } from "../problem.ts";
import { json, route } from "../route.ts";
import { own } from "./computer.ts";

/** Networks that a box may know. */
const MOST = 8;

const NetworkBody = v.object({
  // IEEE 802.11: an SSID has at most 32 bytes
  name: v.pipe(
    v.string(message("field-no-text")),
    v.check((name) => {
      const { length } = new TextEncoder().encode(name);
      return length >= 1 && length <= 32 && !/\p{Cc}/u.test(name);
    }, message("wifi-name")),
  ),
  security: choice(["wpa", "wpa3"]),
  hidden: v.optional(trueOrFalse, false),
  /** Without one that which the box knows already. */
  password: v.optional(
    v.pipe(v.string(message("field-no-text")), v.regex(/^[\x20-\x7e]{8,63}$/, message("wifi-password"))),
  ),
});

const WifiBody = v.pipe(
  v.object({
    country: v.pipe(v.string(message("field-no-text")), v.regex(/^([A-Z]{2})?$/, message("wifi-country"))),
    withCable: trueOrFalse,
    /** The preferred first; none switches it off. */
    networks: v.pipe(
      v.array(NetworkBody, message("wifi-networks", { most: MOST })),
      v.maxLength(MOST, message("wifi-networks", { most: MOST })),
      v.check((all) => new Set(all.map(({ name }) => name)).size === all.length, message("wifi-twice")),
    ),
  }),
  v.forward(
    v.check(({ country, networks }) => networks.length === 0 || country !== "", message("wifi-country")),
    ["country"],
  ),
);

/** Wi-Fi of the box's own computer. A password goes in, and never out. */
export const wifiRoutes = [
  route("PUT /api/computer/wifi", {
    who: "admin",
    summary: "Try wireless networks for some minutes; none switches Wi-Fi off",
    body: WifiBody,
    answer: json<Record<never, never>>(),
    status: 202,
    peopleOnly: true,
  }, async ({ store, body, by, ...parts }) => {
    const computer = own(parts);
    const before = computer.state().wifi;
    if (body.networks.length > 0 && before.radio === undefined) throw conflict(say("wifi-no-card"));
    const known = new Set(before.networks.map(({ name }) => name));
    const unknown = body.networks.find(({ name, password }) => password === undefined && !known.has(name));
    if (unknown) throw conflict(say("wifi-needs-password", { name: unknown.name }));
    store.audit.add(by, "Wi-Fi of the box changed", "box", { before: shown(before), after: shown(body) });
    await computer.setWifi(body);
    return {};
  }),

  route("POST /api/computer/wifi/keep", {
    who: "admin",
    summary: "Keep the wireless networks that are being tried",
    answer: json<Record<never, never>>(),
    status: 202,
    peopleOnly: true,
  }, async ({ store, by, ...parts }) => {
    const computer = own(parts);
    const { wifi } = computer.state();
    if (wifi.state !== "trying") throw conflict(say("no-address-being-tried"));
    store.audit.add(by, "Wi-Fi of the box kept", "box", { after: shown(wifi) });
    await computer.keepWifi();
    return {};
  }),

  route("POST /api/computer/wifi/look", {
    who: "admin",
    summary: "Look for wireless networks around; what is seen is told with the computer some seconds later",
    answer: json<Record<never, never>>(),
    status: 202,
    peopleOnly: true,
  }, async (parts) => {
    const computer = own(parts);
    if (computer.state().wifi.radio === undefined) throw conflict(say("wifi-no-card"));
    await computer.lookForWifi();
    return {};
  }),
];

/** For the audit: no password, but whether it is another. */
function shown({ country, withCable, networks }: WifiSettings<WantedNetwork>): object {
  return {
    country,
    withCable,
    networks: networks.map(({ name, security, hidden, password }) => ({
      ...{ name, security, hidden },
      ...(password === undefined ? {} : { password: "another" }),
    })),
  };
}
