/** One number of the box over time, with its samples by label. Never a patient in a label. */
export interface Metric {
  /** Without `sonodesk_` before it. */
  name: string;
  /** As Prometheus has it. */
  type: "gauge" | "counter";
  /** One sentence. */
  help: string;
  /** One a combination of labels. */
  samples: { labels?: Record<string, string>; value: number }[];
}

/** Metrics in Prometheus' text format, version 0.0.4. */
export function written(metrics: readonly Metric[]): string {
  return metrics.map(({ name, type, help, samples }) =>
    [
      `# HELP ${name} ${help}`,
      `# TYPE ${name} ${type}`,
      ...samples.map(({ labels = {}, value }) => `${name}${labelled(labels)} ${value}`),
    ].join("\n") + "\n"
  ).join("");
}

function labelled(labels: Record<string, string>): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}=${quoted(value)}`);
  return pairs.length === 0 ? "" : `{${pairs.join(",")}}`;
}

function quoted(text: string): string {
  return `"${text.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n")}"`;
}
