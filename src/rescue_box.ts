import { DatabaseSync } from "node:sqlite";
import { getLogger } from "@logtape/logtape";
import { type Config, SETTINGS } from "./settings/config.ts";
import { takeDataFolder } from "./data_folder.ts";
import { DicomTls } from "./certificates/dicom_tls.ts";
import { DEFAULT_BOUNDS, Guard } from "./dimse/guard.ts";
import { DicomListener } from "./dimse/listener.ts";
import { Rejection } from "./dimse/pdu.ts";
import { backupFolders, s3Access } from "./backup/settings.ts";
import { LanNames } from "./host/network.ts";
import { SettingsInForce, type StoredSettings } from "./settings/effective_settings.ts";
import type { BoxCertificates } from "./certificates/certificates.ts";
import { isLoopback } from "./web/security.ts";
import { type HttpsOptions, WebListener } from "./web/web_listener.ts";
import { Replacement } from "./rescue/replacement.ts";
import { say, told } from "./sentences.ts";
import { type Rescued, RescueDesk } from "./rescue/desk.ts";
import { keptSnapshots, pathOfSnapshot } from "./rescue/kept_snapshots.ts";
import { rescuePages, type RescueSessions } from "./web/rescue_pages.ts";
import type { Trouble } from "./rescue/trouble.ts";

const log = getLogger(["sonodesk", "rescue"]);

type Environment = Readonly<Record<string, string | undefined>>;

/** The largest PDU read of a machine that is going to be refused, bytes. */
const MAX_PDU_LENGTH = 16384;
/** How long a box that takes this one's place may say nothing, milliseconds: it may be restarting. */
const HANDOVER_PATIENCE = 600_000;
/** How long a machine that is being refused may take when this ends, milliseconds. */
const STOP_GRACE = 1000;

/**
 * What a box does that cannot work with its data folder: its pages say what is wrong and offer what can be done, and
 * machines are refused for a while (PS3.8 9.3.4: transient, local limit exceeded). There is no store here.
 */
export class Rescue {
  readonly #config: Config;
  readonly #desk: RescueDesk;
  readonly #sessions: RescueSessions;
  readonly #names = new LanNames();
  #dataFolder: Disposable | undefined;
  #web: WebListener | undefined;
  readonly #listeners: DicomListener[] = [];
  #certificates: Promise<BoxCertificates> | undefined;
  #port = 0;
  /** The box that takes the place of this one. */
  readonly #replacement: Replacement | undefined;
  readonly #handoverPatience: number;
  #watching: ReturnType<typeof setInterval> | undefined;

  /**
   * Listens nowhere before `start`.
   *
   * @param base from the environment and the defaults
   * @param environment what it sets, which no stored setting changes
   * @param handoverPatience how long a box that takes this one's place may say nothing, milliseconds
   */
  constructor(
    base: Config,
    environment: Environment,
    trouble: Trouble,
    sessions: RescueSessions,
    handoverPatience = HANDOVER_PATIENCE,
  ) {
    this.#config = configOf(base, environment);
    this.#desk = new RescueDesk(base.data, trouble);
    this.#sessions = sessions;
    this.#handoverPatience = handoverPatience;
    const { cause } = trouble;
    this.#replacement = cause === "handing over" || cause === "replaced" ? new Replacement(base.data) : undefined;
  }

  /** The ports in use, once started. */
  get ports(): { webPort: number; worklistPort: number; storagePort: number } {
    const [worklist, storage] = this.#listeners;
    return { webPort: this.#port, worklistPort: worklist!.port, storagePort: storage!.port };
  }

  /** Resolves when what was chosen is done, and the box can start again. */
  get settled(): Promise<Rescued> {
    return this.#desk.settled;
  }

  /**
   * Opens the port for pages.
   *
   * @throws Error when another box has the data folder, or a port is taken
   */
  async start(): Promise<void> {
    const { data, name, language, host, webPort } = this.#config;
    // on a disk that cannot be written nobody can be at work
    if (this.#desk.trouble.cause !== "disk not writable") this.#dataFolder = takeDataFolder(data);
    try {
      await this.#refuseMachines();
      const https = await this.#openHttps();
      const [folder] = backupFolders(this.#config);
      const pages = rescuePages({
        ...{ desk: this.#desk, sessions: this.#sessions, since: new Date(), name, language },
        backup: folder ? { folder, passphrase: this.#config.backupPassphrase, s3: s3Access(this.#config) } : undefined,
        authority: https?.certificates.authority,
        replacement: this.#replacement,
        onTaken: () =>
          this.#desk.becomes({ cause: "replaced", ...told(say("box-was-replaced", { by: this.#replacedBy })) }),
      });
      this.#web = new WebListener({
        ...{ host, port: webPort, https },
        log: getLogger(["sonodesk", "web"]),
        answer: (request, env) => pages.fetch(request, env),
      });
      this.#port = (await this.#web.start()).port;
      this.#watchHandover();
      // it was begun by a person, and the power was cut: it goes on by itself
      if (this.#desk.trouble.cause === "replacing") this.#desk.choose({ way: "replace" });
    } catch (error) {
      await this.stop();
      throw error;
    }
    log.error("the box needs a person: {detail}. Its page says what can be done; machines are refused until then", {
      detail: this.#desk.trouble.detail,
    });
  }

  get #replacedBy(): string {
    return this.#replacement?.status.by ?? "";
  }

  /** Where the new box falls silent before it has said that it has all, this one serves again. */
  #watchHandover(): void {
    const replacement = this.#replacement;
    if (replacement === undefined || this.#desk.trouble.cause !== "handing over") return;
    const started = performance.now();
    this.#watching = setInterval(() => {
      const silent = performance.now() - (replacement.heard ?? started);
      // where an admin has sent it away at the last moment nobody will come
      const isGone = replacement.state === undefined;
      if (replacement.state === "replaced" || !(isGone || silent >= this.#handoverPatience)) return;
      clearInterval(this.#watching);
      log.warn("the new box has said nothing for {seconds} s, or is not wanted: this one serves again", {
        seconds: Math.round(silent / 1000),
      });
      // it may come again, with the same token
      replacement.become("copying").then(() => this.#desk.choose({ way: "serve again" }), (error) => {
        log.error("the box cannot serve again: {error}", { error });
      });
    }, Math.min(1000, this.#handoverPatience));
  }

  /** Resolves once nobody is being answered. */
  async stop(): Promise<void> {
    clearInterval(this.#watching);
    this.#desk.stop();
    this.#web?.close();
    await this.#web?.stop();
    await Promise.all(this.#listeners.map((listener) => listener.stop(STOP_GRACE)));
    this.#dataFolder?.[Symbol.dispose]();
    this.#dataFolder = undefined;
  }

  async #refuseMachines(): Promise<void> {
    const { host, worklistPort, storagePort } = this.#config;
    const common = {
      hostname: host,
      guard: new Guard(DEFAULT_BOUNDS),
      maxPduLength: MAX_PDU_LENGTH,
      services: [],
      admit: () => ({ rejection: Rejection.LOCAL_LIMIT_EXCEEDED, why: "the box cannot work with its data now" }),
      onEnd: () => {},
    };
    const open = async (options: ConstructorParameters<typeof DicomListener>[0]) => {
      const listener = new DicomListener(options);
      await listener.start();
      this.#listeners.push(listener);
    };
    await open({ ...common, port: worklistPort, purpose: "the worklist" });
    await open({ ...common, port: storagePort, purpose: "images" });
    const { dicomTls, dicomTlsPort } = this.#config;
    if (dicomTls === "off") return;
    try {
      const identity = await new DicomTls(this.#config, () => this.#openCertificates()).identity();
      const tls = { ...identity, certified: dicomTls === "certified" };
      await open({ ...common, port: dicomTlsPort, purpose: "DICOM over TLS", tls });
    } catch (error) {
      log.warn("machines that speak TLS find the port closed: {error}", { error });
    }
  }

  /** As the box itself does, where its certificates can be read or made. */
  async #openHttps(): Promise<HttpsOptions | undefined> {
    const { https, host } = this.#config;
    if (https === "off" || host === "localhost" || (host !== undefined && isLoopback(host))) return undefined;
    try {
      return { certificates: await this.#openCertificates(), port: this.#config.httpsPort };
    } catch (error) {
      log.warn("the rescue pages go without HTTPS: {error}", { error });
      return undefined;
    }
  }

  #openCertificates(): Promise<BoxCertificates> {
    this.#certificates ??= (async () => {
      const { BoxCertificates } = await import("./certificates/certificates.ts");
      return await BoxCertificates.open(`${this.#config.data}/certificates`, this.#names.all);
    })();
    return this.#certificates;
  }
}

/** What was set on the settings page as far as it can still be read: of the store itself, else of its latest copy. */
function configOf(base: Config, environment: Environment): Config {
  const copies = keptSnapshots(base.data).map(({ name }) => pathOfSnapshot(base.data, name));
  for (const path of [`${base.data}/sonodesk.sqlite`, ...copies]) {
    try {
      const stored = storedSettings(path);
      if (stored.size > 0) return new SettingsInForce(base, environment, asStored(stored), () => {}).current;
    } catch (error) {
      log.info("{path} tells no settings: {error}", { path, error });
    }
  }
  return base;
}

/** Nothing is set here. */
function asStored(values: ReadonlyMap<string, string>): StoredSettings {
  const fixed = () => {
    throw new Error("Cannot change a setting: the box is being rescued");
  };
  return { get: (name) => values.get(name), set: fixed, remove: fixed };
}

/** @throws Error when the store cannot be read */
function storedSettings(path: string): Map<string, string> {
  const sqlite = new DatabaseSync(path, { readOnly: true });
  try {
    const names = new Set<string>(Object.values(SETTINGS).map(({ name }) => name));
    const rows = sqlite.prepare("SELECT name, value FROM settings").all();
    return new Map(
      rows.filter(({ name }) => names.has(name as string)).map(({ name, value }) => [name as string, value as string]),
    );
  } finally {
    sqlite.close();
  }
}
