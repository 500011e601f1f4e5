import type { Config } from "../settings/config.ts";
import type { Store } from "../store/store.ts";
import { checkBackups, checkOwnership, checkRunning, checkTime, type Ports } from "./box_checks.ts";
import type { Finding } from "./finding.ts";
import type { HealthReport } from "./health_report.ts";
import { selfTest } from "./self_test.ts";

/** The box that looks at itself. */
export interface Examined {
  /** Its own. */
  store: Store;
  /** As the settings are now. */
  config: Config;
  /** Where it listens. */
  ports: Ports;
  /** How its parts are. */
  health: () => HealthReport;
}

/** What `doctor` and `self-test` look at, by the running box itself: as a machine meets it first, then its parts. */
export async function examine({ store, config, ports, health }: Examined): Promise<Finding[]> {
  const address = config.host ?? "127.0.0.1";
  const findings = await selfTest({ ...ports, address, aeTitle: config.aeTitle });
  findings.push(await checkOwnership(config.data));
  for await (const finding of checkRunning(address, ports, health())) findings.push(finding);
  findings.push(checkTime(), ...checkBackups(store, config));
  return findings;
}
