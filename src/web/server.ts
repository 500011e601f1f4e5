import type { Dataset } from "../dicom/dataset.ts";
import type { Store } from "../store/store.ts";
import { application } from "./application.ts";
import type { BoxInfo } from "./box.ts";
import type { ClinicDatabase } from "./clinic_database.ts";
import { EventHub } from "./event_hub.ts";
import type { HealthReport } from "./health.ts";
import type { Metric } from "./metrics.ts";
import { LoginLimits } from "./login_limits.ts";
import type { BoxCertificates } from "./certificates.ts";
import type { Parts, Space, StoredFiles, Verification, WebLog } from "./parts.ts";
import { isLoopback } from "./security.ts";
import type { SettingsInForce } from "../settings_in_force.ts";
import { SetupCode } from "./setup_code.ts";
import type { Pictures } from "./pictures.ts";
import { RequestCounts } from "./request_counts.ts";
import { SignIns } from "./sign_ins.ts";
import type { Updates } from "./updates.ts";
import type { Machine } from "../store/machines.ts";

/** HTTPS for the LAN: the certificates, and the port. Plain HTTP then leads there, except on the box itself. */
export interface HttpsOptions {
  certificates: BoxCertificates;
  /** 0 for any free port. */
  port: number;
}

export interface WebServerOptions {
  store: Store;
  /** Address to listen on; all of them when undefined. */
  host: string | undefined;
  /** 0 for any free port. */
  port: number;
  pictures: Pictures;
  archive: StoredFiles;
  box: () => BoxInfo;
  health: () => HealthReport | Promise<HealthReport>;
  /** What the rest of the box measures, for `/metrics`. */
  measure?: () => Metric[];
  /** The file for support: a zip without any patient. */
  diagnostics: () => Uint8Array<ArrayBuffer>;
  verifyDestination: Parts["verifyDestination"];
  verifyMachine: (machine: Machine) => Promise<Verification>;
  previewWorklist: (machine: Machine) => { keys: string[]; answers: Dataset[] };
  clinic: ClinicDatabase;
  settings: SettingsInForce;
  space: () => Space;
  updates?: Updates | undefined;
  https?: HttpsOptions | undefined;
  /** Shown to people, also where they serve DICOM over TLS alone. */
  certificates?: BoxCertificates | undefined;
  /** Told the setup code at each start of a box that nobody has set up. */
  announceSetupCode?: (code: string) => void;
  log: WebLog;
}

/** The box's web page and its API. */
export class WebServer {
  readonly #options: WebServerOptions;
  #servers: Deno.HttpServer<Deno.NetAddr>[] = [];
  #events: EventHub | undefined;

  constructor(options: WebServerOptions) {
    this.#options = options;
  }

  /** @throws Error when the port cannot be listened on */
  async start(): Promise<{ port: number; httpsPort: number | undefined }> {
    const { store, host, port, https, announceSetupCode, ...given } = this.#options;
    const setup = new SetupCode(store);
    if (setup.needed) announceSetupCode?.(setup.code);
    const events = new EventHub(store, given.box().version);
    const parts: Parts = {
      ...given,
      store,
      events,
      setup,
      certificates: given.certificates ?? https?.certificates,
      signIns: new SignIns(store),
      limits: new LoginLimits(),
      counts: new RequestCounts(),
    };
    const app = application(parts);
    const answer = (request: Request, { remoteAddr }: Deno.ServeHandlerInfo<Deno.NetAddr>) =>
      app.fetch(request, {
        address: remoteAddr.hostname,
        secure: new URL(request.url).protocol === "https:",
      });
    this.#events = events;
    try {
      const secure = https && await this.#listen(host, https.port, given.log, answer, https.certificates);
      const plain = await this.#listen(
        host,
        port,
        given.log,
        secure === undefined
          ? answer
          : (request, info) =>
            leadsToHttps(info.remoteAddr.hostname, request) ? toHttps(request, secure) : answer(request, info),
      );
      return { port: plain, httpsPort: secure };
    } catch (error) {
      await this.stop();
      throw error;
    }
  }

  #listen(
    host: string | undefined,
    port: number,
    log: WebLog,
    handler: (request: Request, info: Deno.ServeHandlerInfo<Deno.NetAddr>) => Response | Promise<Response>,
    certificates?: BoxCertificates,
  ): Promise<number> {
    const tls = certificates ? { key: certificates.key, cert: certificates.cert } : {};
    const setting = certificates ? "SONODESK_HTTPS_PORT" : "SONODESK_WEB_PORT";
    return new Promise((started, failed) => {
      try {
        const server = Deno.serve({
          port,
          hostname: host ?? "0.0.0.0",
          ...tls,
          onListen: ({ port }: Deno.NetAddr) => started(port),
          onError: (error: unknown) => {
            log.error("A request failed outside its handler", { error: String(error) });
            return new Response(null, { status: 500 });
          },
        }, handler);
        this.#servers.push(server);
      } catch (error) {
        failed(
          new Error(`Cannot listen on port ${port} for the web page: ${reasonOf(error, setting)}`, { cause: error }),
        );
      }
    });
  }

  /** Ends the live events, finishes the requests under way and frees the port. */
  async stop(): Promise<void> {
    this.#events?.close();
    await Promise.all(this.#servers.map((server) => server.shutdown()));
    this.#servers = [];
    this.#events = undefined;
  }
}

/**
 * Whether plain HTTP leads to HTTPS, where that is on: for every page of another machine. The box's own screen has no
 * need of it; health is for watchdogs; and without its certificate a device cannot trust the box.
 */
export function leadsToHttps(address: string, request: Request): boolean {
  return !isLoopback(address) && !["/healthz", "/certificate.crt"].includes(new URL(request.url).pathname);
}

/** The same page over HTTPS, under the name the visitor used. */
function toHttps(request: Request, port: number): Response {
  const { hostname, pathname, search } = new URL(request.url);
  const location = `https://${hostname}:${port}${pathname}${search}`;
  return new Response(null, { status: 308, headers: { location, "cache-control": "no-store" } });
}

function reasonOf(error: unknown, setting: string): string {
  if (error instanceof Deno.errors.AddrInUse) {
    return `another program uses it, stop that one or set ${setting} to a free port`;
  }
  if (error instanceof Deno.errors.PermissionDenied) {
    return `this user may not use it, set ${setting} to a port above 1023`;
  }
  if (error instanceof Deno.errors.AddrNotAvailable) {
    return "this machine does not have the address in SONODESK_HOST, correct it or leave it out";
  }
  return error instanceof Error ? error.message : String(error);
}
