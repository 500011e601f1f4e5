import { configure, getConsoleSink, jsonLinesFormatter, type LogLevel, type LogRecord } from "@logtape/logtape";

/** How log lines look: JSON for machines to read, or plain text for a person at a terminal. */
export type LogForm = "json" | "text";

/** Sends everything the box logs to standard output, one line each. */
export async function startLogging(least: LogLevel, form: LogForm): Promise<void> {
  await configure({
    reset: true,
    sinks: { console: getConsoleSink({ formatter: form === "json" ? jsonLinesFormatter : plainLine }) },
    loggers: [
      { category: ["logtape", "meta"], lowestLevel: "error", sinks: ["console"] },
      { category: ["sonodesk"], lowestLevel: least, sinks: ["console"] },
    ],
  });
}

function plainLine(record: LogRecord): string {
  const time = new Date(record.timestamp).toTimeString().slice(0, 8);
  const text = record.message.map((part) => {
    if (typeof part === "string") return part;
    return part instanceof Error ? part.message : String(part);
  }).join("");
  return `${time} ${record.level === "info" ? "" : `${record.level}: `}${text}`;
}
