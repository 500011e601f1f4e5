import { application } from "./application.ts";
import type { WebEnv } from "./context.ts";
import { EventHub } from "./event_hub.ts";
import type { ConnectionBounds } from "./connection_limiter.ts";
import { LoginLimits } from "./login_limits.ts";
import { PasswordChecks } from "./password_checks.ts";
import type { BoxCertificates } from "../certificates/certificates.ts";
import type { Parts } from "./parts.ts";
import { SetupCode } from "./setup_code.ts";
import { RequestCounts } from "./request_counts.ts";
import { DOWNLOADS, PICTURES, type StreamBounds, StreamLimits } from "./stream_limits.ts";
import { SignIns } from "./sign_ins.ts";
import { type HttpsOptions, WebListener } from "./web_listener.ts";

export type { HttpsOptions };

/** What the server makes itself for the handlers. */
export type OwnParts =
  | "setup"
  | "signIns"
  | "limits"
  | "passwords"
  | "events"
  | "downloads"
  | "shownPictures"
  | "counts"
  | "stopping";

/** What the pages and the API need. */
export interface WebServerOptions extends Omit<Parts, OwnParts | "certificates"> {
  /** Address to listen on; all of them when undefined. */
  host: string | undefined;
  /** 0 for any free port. */
  port: number;
  /** Left out for HTTP alone. */
  https?: HttpsOptions | undefined;
  /** IP addresses of proxies before the box. */
  trustedProxies?: readonly string[] | undefined;
  /** For connections; those left out are as always. */
  bounds?: Partial<ConnectionBounds>;
  /** Answers under way at once. */
  streams?: { downloads?: Partial<StreamBounds>; pictures?: Partial<StreamBounds> };
  /** How often somebody may try a password. */
  limits?: LoginLimits;
  /** Shown to people, also where they serve DICOM over TLS alone. */
  certificates?: BoxCertificates | undefined;
  /** Told the setup code at each start of a box that nobody has set up. */
  announceSetupCode?: (code: string) => void;
}

/** The box's web page and its API. */
export class WebServer {
  readonly #options: WebServerOptions;
  #listener: WebListener | undefined;
  #events: EventHub | undefined;
  readonly #stopping = new AbortController();

  /** Listens nowhere before `start`. */
  constructor(options: WebServerOptions) {
    this.#options = options;
  }

  /**
   * Opens the ports.
   *
   * @returns the port of both HTTP and HTTPS, and the one of HTTPS alone where there is one
   * @throws Error when a port cannot be listened on
   */
  async start(): Promise<{ port: number; httpsPort: number | undefined }> {
    const { store, host, port, https, announceSetupCode, bounds, streams, trustedProxies, ...others } = this.#options;
    const { limits = new LoginLimits(), ...given } = others;
    const setup = new SetupCode(store);
    if (setup.needed) announceSetupCode?.(setup.code);
    const events = new EventHub(store, given.box().version);
    const counts = new RequestCounts();
    const parts: Parts = {
      ...given,
      store,
      events,
      downloads: new StreamLimits("downloads", { ...DOWNLOADS, ...streams?.downloads }),
      shownPictures: new StreamLimits("pictures", { ...PICTURES, ...streams?.pictures }),
      setup,
      certificates: given.certificates ?? https?.certificates,
      signIns: new SignIns(store, (error) => given.log.warn("cannot note that a token was used: {error}", { error })),
      limits,
      passwords: new PasswordChecks(store, limits, counts),
      counts,
      stopping: this.#stopping.signal,
    };
    const app = application(parts);
    this.#events = events;
    const answer = (request: Request, { address, secure }: WebEnv["Bindings"]) =>
      app.fetch(request, { address, secure });
    const listener = new WebListener({ ...{ host, port, https, bounds, trustedProxies, answer }, log: given.log });
    this.#listener = listener;
    try {
      return await listener.start();
    } catch (error) {
      await this.stop();
      throw error;
    }
  }

  /** HTTPS with the certificates as they now are, for who comes from now on. */
  async renewCertificates(): Promise<void> {
    await this.#listener?.renewCertificates();
  }

  /** Ends the live events, finishes the requests under way, those that take long excepted, and frees the port. */
  async stop(): Promise<void> {
    this.#listener?.close();
    this.#events?.close();
    this.#stopping.abort();
    await this.#listener?.stop();
    this.#listener = undefined;
    this.#events = undefined;
  }
}
