import type { Told } from "../sentences.ts";

/** How it stands: `failing` keeps the box from its work. */
export type HealthStatus = "ok" | "warning" | "failing";

/** One thing that can be well or not; `detail` is a sentence for a person, without any patient. */
export interface HealthCheck extends Told {
  /** Of the part. */
  name: string;
  /** How it stands. */
  status: HealthStatus;
}

/** A part of the box as it has been since a time, ISO 8601. */
export interface PartHealth extends HealthCheck {
  /** ISO 8601. */
  since: string;
}

/** How the box is: the worst of its checks. */
export interface HealthReport {
  /** The worst of the checks. */
  status: HealthStatus;
  /** One a part. */
  checks: PartHealth[];
}
