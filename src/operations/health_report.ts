import type { Told } from "../sentences.ts";

export type HealthStatus = "ok" | "warning" | "failing";

/** One thing that can be well or not; `detail` is a sentence for a person, without any patient. */
export interface HealthCheck extends Told {
  name: string;
  status: HealthStatus;
}

/** A part of the box as it has been since a time, ISO 8601. */
export interface PartHealth extends HealthCheck {
  since: string;
}

/** How the box is: the worst of its checks. */
export interface HealthReport {
  status: HealthStatus;
  checks: PartHealth[];
}
