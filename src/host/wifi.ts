/** What a wireless network asks of who wants in: WPA2 or WPA3 by a password, or WPA3 and nothing less. */
export type WifiSecurity = "wpa" | "wpa3";

/** A wireless network that the box may use. */
export interface WifiNetwork {
  /** As it calls itself, at most 32 bytes of UTF-8. */
  name: string;
  /** What it has to offer at least. */
  security: WifiSecurity;
  /** It does not tell its name by itself. */
  hidden: boolean;
}

/** One that is to be tried; without a password that which the box knows already. */
export interface WantedNetwork extends WifiNetwork {
  /** 8 to 63 printable characters of ASCII. */
  password?: string | undefined;
}

/** What a person sets of Wi-Fi. */
export interface WifiSettings<Network extends WifiNetwork = WifiNetwork> {
  /** Two letters of ISO 3166-1: what the radio may do follows from it; "" while there is no network. */
  country: string;
  /** Whether it is used while a cable has a link. */
  withCable: boolean;
  /** The preferred first. */
  networks: Network[];
}

/** One that the box has seen. */
export interface SeenNetwork {
  /** Of UTF-8. */
  name: string;
  /** `other`: what the box cannot use. */
  security: WifiSecurity | "other";
  /** Strength of its signal, dBm. */
  signal: number;
}

/** Wi-Fi of the box's computer. Passwords are nowhere in it. */
export interface WifiState extends WifiSettings {
  /** `trying`: what is set holds, and goes again by itself unless somebody keeps it. */
  state: "off" | "trying" | "kept";
  /** How it stands now; undefined where the computer has no card for it. */
  radio?: {
    /** A cable has a link. */
    cable: boolean;
    /** `refused`: a network did not let the box in, because of its password perhaps. */
    state: "off" | "looking" | "connected" | "refused";
    /** Of the network that it is connected to. */
    name: string;
    /** IPv4, of that network. */
    address: string;
  };
  /** The networks around when they were looked for last, the strongest first. */
  seen: SeenNetwork[];
  /** When that was, seconds since 1970; 0 for never. */
  seenAt: number;
}

/** What the image says: `wifi.json`, `radio.json` and `seen.json`, in which names are hexadecimal digits. */
export interface SaidOfWifi {
  wifi: Partial<{ state: WifiState["state"]; country: string; withCable: "yes" | "no"; networks: string }>;
  radio: Partial<{ card: string; cable: "yes" | "no"; state: "off"; name: string; address: string }>;
  seen: Partial<{ networks: string; at: number }>;
}

/** @returns what the image says in the program's words */
export function wifiState({ wifi, radio, seen }: SaidOfWifi): WifiState {
  const state: WifiState = {
    state: wifi.state ?? "off",
    country: wifi.country ?? "",
    withCable: wifi.withCable === "yes",
    networks: parts(wifi.networks).map(([name, security, how]) => ({
      ...{ name: textOf(name) ?? "", security: security as WifiSecurity, hidden: how === "hidden" },
    })),
    // what is no text nobody could type, nor would it be the same bytes again
    seen: parts(seen.networks).flatMap(([digits, security, signal]) => {
      const name = textOf(digits);
      return name === undefined ? [] : [{ name, security: security as WifiSecurity, signal: Number(signal) }];
    }),
    seenAt: seen.at ?? 0,
  };
  if (!radio.card) return state;
  const name = textOf(radio.name?.replace(/^x/, "")) ?? "";
  return {
    ...state,
    radio: { cable: radio.cable === "yes", state: radio.state ?? "off", name, address: radio.address ?? "" },
  };
}

/** @returns lines as the image takes them, `network` as often as there are networks */
export function wifiLines({ country, withCable, networks }: WifiSettings<WantedNetwork>): [string, string][] {
  return [
    ["country", country],
    ["withCable", withCable ? "yes" : "no"],
    ...networks.map(({ name, security, hidden, password }): [string, string] => [
      "network",
      [digitsOf(name), security, hidden ? "hidden" : "seen", digitsOf(password ?? "")].join(":"),
    ]),
  ];
}

function parts(text = ""): string[][] {
  return text.split(" ").filter(Boolean).map((one) => one.split(":"));
}

function digitsOf(text: string): string {
  return new TextEncoder().encode(text).toHex();
}

/** Undefined of what is no UTF-8. */
function textOf(digits = ""): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(Uint8Array.fromHex(digits));
  } catch {
    return undefined;
  }
}
