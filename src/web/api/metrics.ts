import type { Parts, Routes } from "../parts.ts";

/** What the web counts, in Prometheus' text format. */
export function metricsRoutes({ box, events, counts }: Parts): Routes<"GET /metrics"> {
  const startedAt = Date.now() / 1000;
  return {
    "GET /metrics": (context) => {
      const lines = [
        ...metric("sonodesk_info", "gauge", "The program that answers.", [[`{version=${quoted(box().version)}}`, 1]]),
        ...metric("sonodesk_start_time_seconds", "gauge", "When it started, since 1970.", [["", startedAt]]),
        ...metric("sonodesk_resident_memory_bytes", "gauge", "Memory it holds.", [["", Deno.memoryUsage().rss]]),
        ...metric("sonodesk_web_event_clients", "gauge", "Pages that listen for live events.", [["", events.clients]]),
        ...metric(
          "sonodesk_web_answers_total",
          "counter",
          "Answers of the web by class of status.",
          [...counts.answers].sort().map(([kind, count]) => [`{class="${kind}"}`, count]),
        ),
        ...metric("sonodesk_web_logins_refused_total", "counter", "Logins refused.", [["", counts.loginsRefused]]),
      ];
      return context.text(`${lines.join("\n")}\n`, 200, {
        "content-type": "text/plain; version=0.0.4; charset=utf-8",
        "cache-control": "no-store",
      });
    },
  };
}

function metric(name: string, type: "gauge" | "counter", help: string, samples: [labels: string, value: number][]) {
  return [
    `# HELP ${name} ${help}`,
    `# TYPE ${name} ${type}`,
    ...samples.map(([labels, value]) => `${name}${labels} ${value}`),
  ];
}

function quoted(text: string): string {
  return `"${text.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n")}"`;
}
