import type { BoxCertificates } from "../certificates/certificates.ts";
import { CONNECTION_BOUNDS, type ConnectionBounds, ConnectionLimiter, type Upstreams } from "./connection_limiter.ts";
import type { WebEnv } from "./context.ts";
import type { WebLog } from "./parts.ts";
import { isLoopback } from "./security.ts";
import { forwardedBy } from "./trusted_proxy.ts";

/** HTTPS for the LAN: plain HTTP then leads to it, except on the box itself. */
export interface HttpsOptions {
  /** The box's own. */
  certificates: BoxCertificates;
  /** A port for HTTPS alone, beside the one that serves both; 0 for any free one, none when undefined. */
  port?: number | undefined;
}

export interface WebListenerOptions {
  /** Address to listen on; all of them when undefined. */
  host: string | undefined;
  /** 0 for any free port. */
  port: number;
  https?: HttpsOptions | undefined;
  bounds?: Partial<ConnectionBounds> | undefined;
  log: WebLog;
  /** IP addresses of proxies whose word counts for who asks, and under which address. */
  trustedProxies?: readonly string[] | undefined;
  /** Answers a request. Never throws. */
  answer: (request: Request, env: WebEnv["Bindings"]) => Response | Promise<Response>;
}

/** The port on which browsers and programs come in, by HTTP and HTTPS. */
export class WebListener {
  readonly #options: WebListenerOptions;
  #servers: Deno.HttpServer<Deno.NetAddr>[] = [];
  #limiters: ConnectionLimiter[] = [];
  /** A further server of HTTPS, with the certificates as they now are, for who comes from now on. */
  #renewSecure: (() => Promise<void>) | undefined;

  /** Listens nowhere before `start`. */
  constructor(options: WebListenerOptions) {
    this.#options = options;
  }

  /**
   * Opens the ports.
   *
   * @returns the port of both HTTP and HTTPS, and the one of HTTPS alone where there is one
   * @throws Error when a port cannot be listened on
   */
  async start(): Promise<{ port: number; httpsPort: number | undefined }> {
    const { host, port, https, bounds, trustedProxies = [], answer } = this.#options;
    try {
      let alone: number | undefined;
      const plain = await this.#serve((request, address) => {
        const forwarded = forwardedBy(request, address, trustedProxies);
        if (forwarded !== undefined) return answer(forwarded.request, forwarded);
        if (https !== undefined && leadsToHttps(address, request)) return toHttps(request, alone);
        return answer(request, { address, secure: false });
      });
      const serveSecurely = (certificates: BoxCertificates) =>
        this.#serve((request, address) => {
          const forwarded = forwardedBy(request, address, trustedProxies);
          return answer(forwarded?.request ?? request, forwarded ?? { address, secure: true });
        }, certificates);
      const secure = https && await serveSecurely(https.certificates);
      const open = (port: number, upstreams: Upstreams, setting: string) =>
        this.#open(host, port, upstreams, setting, { ...CONNECTION_BOUNDS, ...bounds });
      const upstreams: Upstreams = { plain, secure };
      const both = open(port, upstreams, "SONODESK_WEB_PORT");
      const secureUpstreams: Upstreams | undefined = secure === undefined ? undefined : { plain: secure };
      if (secureUpstreams !== undefined && https?.port !== undefined) {
        alone = open(https.port, secureUpstreams, "SONODESK_HTTPS_PORT");
      }
      this.#renewSecure = https && (async () => {
        const before = this.#servers.at(-1);
        upstreams.secure = await serveSecurely(https.certificates);
        secureUpstreams!.plain = upstreams.secure;
        void before?.shutdown(); // who is inside finishes there
      });
      return { port: both, httpsPort: alone };
    } catch (error) {
      this.close();
      await this.stop();
      throw error;
    }
  }

  /** HTTPS with the certificates as they now are, for who comes from now on. */
  async renewCertificates(): Promise<void> {
    await this.#renewSecure?.();
  }

  #open(
    hostname: string | undefined,
    port: number,
    upstreams: Upstreams,
    setting: string,
    bounds: ConnectionBounds,
  ): number {
    const { log } = this.#options;
    try {
      const onRefused = (why: string) => log.warn("the web page's port: {why}", { why });
      const limiter = new ConnectionLimiter({ hostname, port, upstreams, bounds, onRefused });
      this.#limiters.push(limiter);
      return limiter.port;
    } catch (error) {
      throw new Error(`Cannot listen on port ${port} for the web page: ${reasonOf(error, setting)}`, { cause: error });
    }
  }

  /** A server on loopback, behind the connection limiter. @returns its port */
  #serve(
    handler: (request: Request, address: string) => Response | Promise<Response>,
    certificates?: BoxCertificates,
  ): Promise<number> {
    const { log } = this.#options;
    const tls = certificates ? { key: certificates.key, cert: certificates.cert } : {};
    return new Promise((started, failed) => {
      try {
        const server = Deno.serve({
          port: 0,
          hostname: "127.0.0.1",
          ...tls,
          onListen: ({ port }: Deno.NetAddr) => started(port),
          onError: (error: unknown) => {
            log.error("A request failed outside its handler", { error: String(error) });
            return new Response(null, { status: 500 });
          },
        }, (request, { remoteAddr }: Deno.ServeHandlerInfo<Deno.NetAddr>) => {
          const address = this.#addressOf(remoteAddr.port);
          // another program on this computer has found the way round the limiter: it is nobody
          return address === undefined ? new Response(null, { status: 421 }) : handler(request, address);
        });
        this.#servers.push(server);
      } catch (error) {
        failed(error);
      }
    });
  }

  #addressOf(portInside: number): string | undefined {
    for (const limiter of this.#limiters) {
      const address = limiter.addressOf(portInside);
      if (address !== undefined) return address;
    }
    return undefined;
  }

  /** Nobody new comes in. */
  close(): void {
    for (const limiter of this.#limiters) limiter.close();
  }

  /** After `close`: finishes the requests under way, those that take long excepted, and frees the port. */
  async stop(): Promise<void> {
    const limiters = this.#limiters;
    const { leaving } = { ...CONNECTION_BOUNDS, ...this.#options.bounds };
    // who is in the middle of a request and does not go on must not keep the box from stopping
    const late = setTimeout(() => limiters.forEach((limiter) => void limiter.clear()), leaving);
    await Promise.all(this.#servers.map((server) => server.shutdown()));
    clearTimeout(late);
    await Promise.all(limiters.map((limiter) => limiter.clear()));
    this.#limiters = [];
    this.#servers = [];
  }
}

/**
 * Whether plain HTTP leads to HTTPS, where that is on: for every page of another machine. The box's own screen has no
 * need of it; health is for watchdogs; and without its certificate a device cannot trust the box.
 */
export function leadsToHttps(address: string, request: Request): boolean {
  return !isLoopback(address) &&
    !["/healthz", "/certificate.crt", "/certificate.pem", "/certificate-rsa.pem"].includes(
      new URL(request.url).pathname,
    );
}

/** The same page over HTTPS, under the name the visitor used, at the port for HTTPS alone or the one it came to. */
function toHttps(request: Request, alone: number | undefined): Response {
  const { hostname, port, pathname, search } = new URL(request.url);
  const location = `https://${hostname}:${alone ?? (port || 80)}${pathname}${search}`;
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
