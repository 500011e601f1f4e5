import type { ServiceManager } from "./host/service_manager.ts";
import type { Rescued } from "./rescue/desk.ts";
import type { Store } from "./store/store.ts";
import type { WebServerOptions } from "./web/server.ts";

/** What the box is given beside its configuration. */
export interface ApplianceOptions {
  /** What the environment sets, which the settings page cannot change. */
  environment?: Readonly<Record<string, string | undefined>>;
  /** Told the code of the first start, while there is no user. */
  announceSetupCode?: (code: string) => void;
  /** Tells systemd; one of its own where not given, which then hears that the box stops. */
  serviceManager?: ServiceManager;
  /** What a person has chosen for a box that could not start, which it can now. */
  rescued?: Rescued;
  /** Shown on the sign-in page; only the demo has one. */
  demoLogin?: { username: string; password: string };
  /** What the pages and the API have in place of the box's own parts, in tests of these. */
  web?: (store: Store) => Partial<WebServerOptions>;
}
