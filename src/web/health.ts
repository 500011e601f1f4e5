export type HealthStatus = "ok" | "warning" | "failing";

/** One thing that can be well or not; `detail` is a sentence for a person, without any patient. */
export interface HealthCheck {
  name: string;
  status: HealthStatus;
  detail: string;
}

/** How the box is: the worst of its checks. */
export interface HealthReport {
  status: HealthStatus;
  checks: HealthCheck[];
}
