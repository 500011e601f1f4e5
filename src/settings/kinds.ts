/** The kinds of settings: how the text of one is read, and what is no value. */

import { isIP } from "node:net";
import { Refused, say } from "../sentences.ts";
import { currentZoneName } from "./time_zones.ts";

/** How a setting is declared. */
export interface Setting<T> {
  /** The environment variable; the stored setting has the same name. */
  name: string;
  /** Where nobody has set it. */
  default: T;
  /** What it means, with its unit, for a person. */
  meaning: string;
  /**
   * The value of a text.
   *
   * @throws Error, in the words after "Cannot use NAME=value: "
   */
  parse(text: string): T;
  /** When a value that is set on the settings page holds; undefined where only the environment sets it. */
  holds?: "at once" | "at restart";
  /** What to choose from, where it is one of a few. */
  choices?: readonly string[];
}

export function atOnce<T>(setting: Setting<T>): Setting<T> {
  return { ...setting, holds: "at once" };
}

export function atRestart<T>(setting: Setting<T>): Setting<T> {
  return { ...setting, holds: "at restart" };
}

/** One line of up to 64 characters, such as a name. */
export function line(name: string, initial: string, meaning: string): Setting<string> {
  return {
    name,
    default: initial,
    meaning,
    parse: (value) => {
      if (/\p{Cc}/u.test(value) || [...value].length > 64) {
        throw new Refused(say("setting-line"));
      }
      return value.trim();
    },
  };
}

export function timeZone(name: string, meaning: string): Setting<string | undefined> {
  return {
    name,
    default: undefined,
    meaning,
    parse: (value) => {
      try {
        return currentZoneName(value);
      } catch {
        throw new Refused(say("setting-time-zone", { example: "Asia/Kolkata", other: "Europe/Berlin" }));
      }
    },
  };
}

/** An ISO 3166-1 alpha-2 code, in capitals; "" when it is not known. */
export function country(name: string, meaning: string): Setting<string> {
  return {
    name,
    default: "",
    meaning,
    parse: (value) => {
      const code = value.toUpperCase();
      const names = new Intl.DisplayNames("en", { type: "region", fallback: "none" });
      if (!/^[A-Z]{2}$/.test(code) || code === "ZZ" || names.of(code) === undefined) {
        throw new Refused(say("setting-country", { example: "IN", other: "DE" }));
      }
      return code;
    },
  };
}

export function seconds(name: string, initial: number, meaning: string): Setting<number> {
  return {
    name,
    default: initial,
    meaning,
    parse: (value) => {
      if (!/^\d{1,5}$/.test(value)) throw new Refused(say("setting-seconds"));
      return Number(value);
    },
  };
}

export function text(name: string, initial: string, meaning: string): Setting<string> {
  return { name, default: initial, meaning, parse: (value) => value };
}

export function optionalText(name: string, meaning: string): Setting<string | undefined> {
  return { name, default: undefined, meaning, parse: (value) => value };
}

export function port(name: string, initial: number, meaning: string): Setting<number> {
  return {
    name,
    default: initial,
    meaning,
    parse: (value) => {
      if (!/^\d{1,5}$/.test(value) || Number(value) > 65535) throw new Refused(say("setting-port"));
      return Number(value);
    },
  };
}

export function optionalPort(name: string, meaning: string): Setting<number | undefined> {
  return { ...port(name, 0, meaning), default: undefined };
}

export function whole(name: string, initial: number, meaning: string): Setting<number> {
  return {
    name,
    default: initial,
    meaning,
    parse: (value) => {
      if (!/^[1-9]\d{0,8}$/.test(value)) throw new Refused(say("setting-whole"));
      return Number(value);
    },
  };
}

export function optionalWhole(name: string, meaning: string): Setting<number | undefined> {
  return { ...whole(name, 1, meaning), default: undefined };
}

export function bytes<T extends number | undefined>(name: string, initial: T, meaning: string): Setting<number | T> {
  return {
    name,
    default: initial,
    meaning,
    parse: parseBytes,
  };
}

/** A number of bytes, also with K, M or G for their powers of 1024. @throws Error in words when it is none */
export function parseBytes(value: string): number {
  const match = /^(\d+)([KMG]?)$/i.exec(value);
  if (!match) throw new Refused(say("setting-bytes", { example: "2000000000", other: "2G" }));
  return Number(match[1]) * 1024 ** " KMG".indexOf(match[2]!.toUpperCase() || " ");
}

/** Origins of web pages, with commas between them. */
export function origins(name: string, meaning: string): Setting<string | undefined> {
  return {
    name,
    default: undefined,
    meaning,
    parse: (value) =>
      value.split(/[\s,]+/).filter((part) => part !== "").map((part) => {
        const url = URL.canParse(part) ? new URL(part) : undefined;
        if (
          url === undefined || !/^https?:$/.test(url.protocol) || url.pathname !== "/" || url.search + url.hash !== ""
        ) {
          throw new Refused(say("setting-origins", { example: "https://viewer.local" }));
        }
        return url.origin;
      }).join(", "),
  };
}

/** http: or https:, without a fragment, a name or a password. */
export function webAddress(name: string, meaning: string): Setting<string> {
  return {
    name,
    default: "",
    meaning,
    parse: (value) => {
      const url = URL.canParse(value) ? new URL(value) : undefined;
      if (!url || !/^https?:$/.test(url.protocol) || url.hash + url.username + url.password !== "") {
        throw new Refused(say("setting-web-address", { example: "https://clinic.local/sonodesk" }));
      }
      return url.href;
    },
  };
}

/** As https://www.standardwebhooks.com has it: 24 to 64 bytes. */
export function webhookSecret(name: string, meaning: string): Setting<string> {
  return {
    name,
    default: "",
    meaning,
    parse: (value) => {
      if (!/^whsec_[A-Za-z0-9+/]{32,88}={0,2}$/.test(value)) {
        throw new Refused(say("setting-webhook-secret", { example: "whsec_" }));
      }
      return value;
    },
  };
}

export function aeTitle(name: string, initial: string, meaning: string): Setting<string> {
  return {
    name,
    default: initial,
    meaning,
    parse: (value) => {
      if (!/^[\x21-\x5b\x5d-\x7e]([\x20-\x5b\x5d-\x7e]{0,14}[\x21-\x5b\x5d-\x7e])?$/.test(value)) {
        throw new Refused(say("setting-ae-title"));
      }
      return value;
    },
  };
}

export function choice<T extends string>(name: string, choices: readonly T[], initial: T, meaning: string): Setting<T> {
  return {
    name,
    default: initial,
    meaning: `${meaning}: ${choices.map((one) => one || "empty").join(", ")}`,
    choices,
    parse: (value) => {
      if (!choices.includes(value as T)) throw new Refused(say("setting-choice", { choices: choices.join(", ") }));
      return value as T;
    },
  };
}

/** IP addresses, with commas between them; none by default. */
export function ipAddresses(name: string, meaning: string): Setting<readonly string[] | undefined> {
  return {
    name,
    default: undefined,
    meaning,
    parse: (value) =>
      value.toLowerCase().split(/[\s,]+/).filter((part) => part !== "").map((part) => {
        if (isIP(part) === 0) throw new Error("write IP addresses, with commas between them, such as 192.168.1.2");
        return part;
      }),
  };
}
