import { configure, getConsoleSink, jsonLinesFormatter, type LogLevel, type LogRecord } from "@logtape/logtape";

/** A line of the log as the settings page shows it. */
export interface LogLine {
  /** ISO 8601. */
  at: string;
  /** `debug`, `info`, `warn`, `error`. */
  level: string;
  /** In English. */
  message: string;
  /** Which part of the box says it, such as `sonodesk.dimse`. */
  from: string;
}

/** How log lines look: JSON for machines to read, or plain text for a person at a terminal. */
export type LogForm = "json" | "text";

/**
 * Sends everything the box logs to standard output, one line each.
 *
 * @param alsoTo is given each line too, as JSON
 */
export async function startLogging(least: LogLevel, form: LogForm, alsoTo?: (line: string) => void): Promise<void> {
  const formatter = form === "json" ? jsonLinesFormatter : plainLine;
  const printed = getConsoleSink({ formatter: (record) => formatter(withoutQuotes(record)) });
  await configure({
    reset: true,
    sinks: {
      lines: (record) => {
        recent.note(record);
        if (alsoTo) alsoTo(jsonLinesFormatter(withoutQuotes(record)));
        printed(record);
      },
    },
    loggers: [
      { category: ["logtape", "meta"], lowestLevel: "error", sinks: ["lines"] },
      { category: ["sonodesk"], lowestLevel: least, sinks: ["lines"] },
    ],
  });
}

/** Warnings and errors that are kept for the diagnostics, and lines of every kind for the settings page. */
const MOST_TROUBLE = 200;
const MOST_LINES = 1000;

/** The latest lines as JSON, oldest first: what is told often must not push out what went wrong. */
class RecentLines {
  readonly trouble: string[] = [];
  readonly all: string[] = [];

  note(record: LogRecord): void {
    const line = jsonLinesFormatter(withoutQuotes(record));
    this.all.push(line);
    if (this.all.length > MOST_LINES) this.all.shift();
    if (record.level !== "warning" && record.level !== "error" && record.level !== "fatal") return;
    this.trouble.push(line);
    if (this.trouble.length > MOST_TROUBLE) this.trouble.shift();
  }
}

const recent = new RecentLines();

/** What went wrong lately: warnings and errors as lines of JSON, oldest first. */
export function recentTrouble(): readonly string[] {
  return recent.trouble;
}

/** What was logged since the start, the latest lines and whatever went wrong, newest first. */
export function recentLines(): LogLine[] {
  return [...new Set([...recent.trouble, ...recent.all])]
    .map((line): LogLine => {
      const { "@timestamp": at, level, message, logger } = JSON.parse(line);
      return { at, level: level.toLowerCase(), message, from: logger };
    })
    .sort((a, b) => b.at.localeCompare(a.at));
}

/**
 * A syntax error quotes the text it could not read, which may be anything that came from outside: it is logged by its
 * kind alone. Every other message in this program names UIDs, ids of the box's own making and AE titles, and no patient.
 */
function withoutQuotes(record: LogRecord): LogRecord {
  const clean = (value: unknown) => value instanceof SyntaxError ? "SyntaxError" : value;
  if (!Object.values(record.properties).some((value) => value instanceof SyntaxError)) return record;
  return {
    ...record,
    message: record.message.map(clean),
    properties: Object.fromEntries(Object.entries(record.properties).map(([name, value]) => [name, clean(value)])),
  };
}

function plainLine(record: LogRecord): string {
  const time = new Date(record.timestamp).toTimeString().slice(0, 8);
  const text = record.message.map((part) => {
    if (typeof part === "string") return part;
    return part instanceof Error ? part.message : String(part);
  }).join("");
  return `${time} ${record.level === "info" ? "" : `${record.level}: `}${text}`;
}
