import type { Dataset } from "../dicom/dataset.ts";
import type { Store } from "../store/store.ts";
import { application } from "./application.ts";
import type { BoxInfo } from "./box.ts";
import { EventHub } from "./event_hub.ts";
import type { HealthReport } from "./health.ts";
import { LoginLimits } from "./login_limits.ts";
import type { Parts, StoredFiles, Verification, WebLog } from "./parts.ts";
import type { Pictures } from "./pictures.ts";
import { RequestCounts } from "./request_counts.ts";
import { SignIns } from "./sign_ins.ts";
import type { Machine } from "../store/machines.ts";

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
  verifyMachine: (machine: Machine) => Promise<Verification>;
  previewWorklist: (machine: Machine) => { keys: string[]; answers: Dataset[] };
  log: WebLog;
}

/** The box's web page and its API. */
export class WebServer {
  readonly #options: WebServerOptions;
  #server: Deno.HttpServer<Deno.NetAddr> | undefined;
  #events: EventHub | undefined;

  constructor(options: WebServerOptions) {
    this.#options = options;
  }

  /** @throws Error when the port cannot be listened on */
  start(): Promise<{ port: number }> {
    const { store, host, port, ...given } = this.#options;
    const events = new EventHub(store, given.box().version);
    const parts: Parts = {
      ...given,
      store,
      events,
      signIns: new SignIns(store),
      limits: new LoginLimits(),
      counts: new RequestCounts(),
    };
    const app = application(parts);
    return new Promise((started, failed) => {
      try {
        this.#server = Deno.serve({
          port,
          hostname: host ?? "0.0.0.0",
          onListen: ({ port }) => started({ port }),
          onError: (error) => {
            given.log.error("A request failed outside its handler", { error: String(error) });
            return new Response(null, { status: 500 });
          },
        }, (request, info) =>
          app.fetch(request, {
            address: info.remoteAddr.hostname,
            secure: new URL(request.url).protocol === "https:",
          }));
        this.#events = events;
      } catch (error) {
        events.close();
        failed(new Error(`Cannot listen on port ${port} for the web page: ${reasonOf(error)}`, { cause: error }));
      }
    });
  }

  /** Ends the live events, finishes the requests under way and frees the port. */
  async stop(): Promise<void> {
    this.#events?.close();
    await this.#server?.shutdown();
    this.#server = undefined;
    this.#events = undefined;
  }
}

function reasonOf(error: unknown): string {
  if (error instanceof Deno.errors.AddrInUse) {
    return "another program uses it, stop that one or set SONODESK_WEB_PORT to a free port";
  }
  if (error instanceof Deno.errors.PermissionDenied) {
    return "this user may not use it, set SONODESK_WEB_PORT to a port above 1023";
  }
  if (error instanceof Deno.errors.AddrNotAvailable) {
    return "this machine does not have the address in SONODESK_HOST, correct it or leave it out";
  }
  return error instanceof Error ? error.message : String(error);
}
