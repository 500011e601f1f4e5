import { type Metric, written } from "../../operations/metrics.ts";
import { file, route } from "../route.ts";

/** When the program started, seconds since 1970. */
const startedAt = Date.now() / 1000;

/** What the box counts and measures, in Prometheus' text format. */
export const metricsRoutes = [
  route("GET /metrics", {
    who: "signed in, or from this box",
    summary: "Counts for Prometheus",
    answer: file("text/plain"),
    programs: ["fleet"],
  }, ({ context, box, measure, events, counts }) => {
    const own: Metric[] = [
      gauge("sonodesk_info", "The program that answers.", 1, { version: box().version }),
      gauge("sonodesk_start_time_seconds", "When it started, since 1970.", startedAt),
      gauge("sonodesk_resident_memory_bytes", "Memory it holds.", Deno.memoryUsage().rss),
      gauge("sonodesk_web_event_clients", "Pages that listen for live events.", events.clients),
      {
        name: "sonodesk_web_answers_total",
        type: "counter",
        help: "Answers of the web by class of status.",
        samples: [...counts.answers].sort().map(([kind, value]) => ({ labels: { class: kind }, value })),
      },
      {
        name: "sonodesk_web_logins_refused_total",
        type: "counter",
        help: "Logins refused.",
        samples: [{ value: counts.loginsRefused }],
      },
    ];
    return context.text(written([...own, ...measure?.() ?? []]), 200, {
      "content-type": "text/plain; version=0.0.4; charset=utf-8",
      "cache-control": "no-store",
    });
  }),
];

function gauge(name: string, help: string, value: number, labels?: Record<string, string>): Metric {
  return { name, type: "gauge", help, samples: [{ labels, value }] };
}
