import { Refused, say } from "../sentences.ts";
import { type Config, isSecret, type SettingKey, SETTINGS, whyUnusable } from "./config.ts";
import type { Settings } from "../store/settings.ts";

/** A setting as the settings page shows it. Values are text, as the environment has them; "" is none. */
export interface ShownSetting {
  /** What it is called in the program. */
  key: SettingKey;
  /** Its name in the environment and in the store. */
  name: string;
  /** What it does, in English. */
  meaning: string;
  /** As text; "" for none, and of a secret. */
  value: string;
  /** As text; "" for none. */
  default: string;
  /** Where the value comes from; one from the environment cannot be changed on the page. */
  source: "environment" | "stored" | "default";
  /** When a change of it begins to hold. */
  holds: "at once" | "at restart";
  /** All values that it can have, where these are few. */
  choices?: readonly string[];
  /** It is never shown: the value is empty, and this says whether there is one. */
  secret?: "set" | "not set";
}

/** What a person has set, wherever it is kept. */
export type StoredSettings = Pick<Settings, "get" | "set" | "remove">;

/** What stands for a secret in the audit: that it was changed, not what it is. */
const HIDDEN = "(hidden)";

/** A value that a setting cannot have; the message says what it should be. */
export class UnusableSetting extends Refused {}

/** The environment has the last word on this setting. */
export class SettingFixed extends Refused {}

/** Until when machines may be paired though only known ones are admitted, ISO 8601; in the store only. */
const PAIRING_UNTIL = "pairing until";

/**
 * The settings as they hold now: environment over stored over what the program was started with.
 *
 * Those that hold `at once` are read anew each time; those that hold `at restart` are as they were when this was made.
 */
export class SettingsInForce {
  readonly #started: Config;
  readonly #base: Config;
  readonly #environment: Readonly<Record<string, string | undefined>>;
  readonly #stored: StoredSettings;

  /**
   * Reads what is stored once, for the settings that hold at restart.
   *
   * @param base from the environment and the defaults
   * @param reportUnusable called for a stored value that this version cannot use; the default holds instead
   */
  constructor(
    base: Config,
    environment: Readonly<Record<string, string | undefined>>,
    stored: StoredSettings,
    reportUnusable: (name: string, why: string) => void,
  ) {
    this.#base = base;
    this.#environment = environment;
    this.#stored = stored;
    const started = { ...base };
    for (const key of changeable()) {
      try {
        Object.assign(started, { [key]: this.#read(key) });
      } catch (error) {
        if (!(error instanceof UnusableSetting)) throw error;
        reportUnusable(SETTINGS[key].name, error.message);
      }
    }
    this.#started = started;
  }

  /** What holds now. */
  get current(): Config {
    const current = { ...this.#started };
    for (const key of changeable().filter((key) => SETTINGS[key].holds === "at once")) {
      try {
        Object.assign(current, { [key]: this.#read(key) });
      } catch (error) {
        // reported when the box started
        if (!(error instanceof UnusableSetting)) throw error;
      }
    }
    return current;
  }

  /** Those that a page may change. */
  list(): ShownSetting[] {
    return changeable().map((key) => {
      const setting = SETTINGS[key];
      const value = this.#environment[setting.name] || this.#stored.get(setting.name) || shown(this.#base[key]);
      return {
        key,
        name: setting.name,
        meaning: setting.meaning,
        ...(isSecret(setting.name) ? { value: "", secret: value === "" ? "not set" : "set" } : { value }),
        default: shown(setting.default),
        source: this.#source(setting.name),
        holds: setting.holds!,
        ...(setting.choices && { choices: setting.choices }),
      };
    });
  }

  /**
   * Stores a value, or with null forgets it.
   *
   * @returns the value before and after, null where none was stored, `HIDDEN` for a secret
   * @throws UnusableSetting when there is no such setting or it cannot have this value
   * @throws SettingFixed when the environment sets it
   */
  change(name: string, value: string | null): { before: string | null; after: string | null } {
    const key = changeable().find((key) => SETTINGS[key].name === name);
    if (key === undefined) throw new UnusableSetting(say("no-setting", { name }));
    if (this.#source(name) === "environment") {
      throw new SettingFixed(say("setting-fixed", { name }));
    }
    const before = this.#stored.get(name) ?? null;
    const after = value === "" ? null : value;
    if (after === null) {
      this.#stored.remove(name);
    } else {
      parse(key, after);
      this.#stored.set(name, after);
    }
    if (!isSecret(name) || before === after) return { before, after };
    return { before: before === null ? null : `${HIDDEN} before`, after: after === null ? null : HIDDEN };
  }

  /** Which machines may connect: while pairing is open, unknown ones may at least knock. */
  get admission(): Config["admission"] {
    const { admission } = this.current;
    return admission === "closed" && this.pairingUntil !== null ? "pairing" : admission;
  }

  /** Until when pairing is open, ISO 8601; null when it is not. */
  get pairingUntil(): string | null {
    const until = this.#stored.get(PAIRING_UNTIL);
    return until !== undefined && Date.parse(until) > Date.now() ? until : null;
  }

  /**
   * Opens pairing for some minutes; 0 closes it.
   *
   * @throws SettingFixed when the environment allows known machines only
   */
  openPairing(minutes: number): string | null {
    if (minutes === 0) {
      this.#stored.remove(PAIRING_UNTIL);
      return null;
    }
    if (this.current.admission === "closed" && this.#source(SETTINGS.admission.name) === "environment") {
      throw new SettingFixed(
        say("pairing-fixed"),
      );
    }
    const until = new Date(Date.now() + minutes * 60_000).toISOString();
    this.#stored.set(PAIRING_UNTIL, until);
    return until;
  }

  #source(name: string): ShownSetting["source"] {
    if (this.#environment[name]) return "environment";
    return this.#stored.get(name) !== undefined ? "stored" : "default";
  }

  #read(key: SettingKey): unknown {
    const { name } = SETTINGS[key];
    const stored = this.#environment[name] ? undefined : this.#stored.get(name);
    return stored === undefined ? this.#base[key] : parse(key, stored);
  }
}

function changeable(): SettingKey[] {
  return (Object.keys(SETTINGS) as SettingKey[]).filter((key) => SETTINGS[key].holds !== undefined);
}

function parse(key: SettingKey, value: string): unknown {
  try {
    return SETTINGS[key].parse(value);
  } catch (error) {
    throw new UnusableSetting(whyUnusable(SETTINGS[key].name, value, error));
  }
}

function shown(value: unknown): string {
  return value === undefined ? "" : String(value);
}
