import { say, type Sentence } from "../sentences.ts";
import type { Value } from "./ipp_message.ts";

/** How a printer stands. */
export interface PrinterStanding {
  /** Of the standard: 3, 4, 5 (RFC 8011 5.4.11). */
  state: "idle" | "printing" | "stopped" | "unknown";
  /** What keeps it from printing; none when empty. */
  errors: Sentence[];
  /** What somebody should see to, while it prints. */
  warnings: Sentence[];
}

const STATES: Readonly<Record<number, PrinterStanding["state"]>> = { 3: "idle", 4: "printing", 5: "stopped" };

/** From the attributes that a printer has answered. */
export function standingOf(attributes: ReadonlyMap<string, readonly Value[]>): PrinterStanding {
  const state = STATES[Number(attributes.get("printer-state")?.[0])] ?? "unknown";
  const reasons = (attributes.get("printer-state-reasons") ?? []).filter((value) => typeof value === "string");
  const told = reasons.flatMap((reason) => {
    const { base, severity } = partsOf(reason);
    const sentence = sentenceOf(base);
    return sentence === undefined ? [] : [{ sentence, base, severity }];
  });
  const isError = ({ base, severity }: { base: string; severity: Severity }) =>
    severity === "error" && (state === "stopped" || STOPPING.has(base));
  const errors = unique(told.filter(isError).map(({ sentence }) => sentence));
  const warnings = unique(told.filter((one) => !isError(one)).map(({ sentence }) => sentence));
  if (attributes.get("printer-is-accepting-jobs")?.[0] === false) errors.push(say("printer-takes-nothing"));
  if (state === "stopped" && errors.length === 0) errors.push(...warnings.splice(0), say("printer-stopped"));
  return { state, errors, warnings };
}

type Severity = "error" | "warning" | "report";

/** A reason without a severity is an error (RFC 8011 5.4.12). */
function partsOf(reason: string): { base: string; severity: Severity } {
  const [, base = "", severity = "error"] = /^(.*?)(?:-(error|warning|report))?$/.exec(reason) ?? [];
  return { base, severity: severity as Severity };
}

/** Reasons that stop a printer also while it says that it is idle. */
const STOPPING: ReadonlySet<string> = new Set([
  ...["media-empty", "media-needed", "media-jam", "cover-open", "door-open", "interlock-open"],
  ...["toner-empty", "marker-supply-empty", "input-tray-missing", "output-area-full", "marker-waste-full", "shutdown"],
]);

/** The keywords of printer-state-reasons (RFC 8011 5.4.12, PWG 5100.9) in the words that somebody at the printer needs. */
const SENTENCES: Readonly<Record<string, () => Sentence>> = {
  "media-empty": () => say("printer-paper-out"),
  "media-needed": () => say("printer-paper-out"),
  "input-media-supply-empty": () => say("printer-paper-out"),
  "media-low": () => say("printer-paper-low"),
  "input-media-supply-low": () => say("printer-paper-low"),
  "media-jam": () => say("printer-jam"),
  "input-tray-missing": () => say("printer-tray-missing"),
  "output-tray-missing": () => say("printer-tray-missing"),
  "output-area-full": () => say("printer-output-full"),
  "output-area-almost-full": () => say("printer-output-full"),
  "cover-open": () => say("printer-open"),
  "door-open": () => say("printer-open"),
  "interlock-open": () => say("printer-open"),
  "toner-empty": () => say("printer-ink-out"),
  "marker-supply-empty": () => say("printer-ink-out"),
  "developer-empty": () => say("printer-ink-out"),
  "toner-low": () => say("printer-ink-low"),
  "marker-supply-low": () => say("printer-ink-low"),
  "developer-low": () => say("printer-ink-low"),
  "marker-waste-full": () => say("printer-waste-full"),
  "marker-waste-almost-full": () => say("printer-waste-full"),
  "opc-life-over": () => say("printer-drum"),
  "opc-near-eol": () => say("printer-drum"),
  "fuser-over-temp": () => say("printer-fuser"),
  "fuser-under-temp": () => say("printer-fuser"),
  paused: () => say("printer-paused"),
  "moving-to-paused": () => say("printer-paused"),
  shutdown: () => say("printer-off"),
  offline: () => say("printer-off"),
  "connecting-to-device": () => say("printer-silent"),
  "timed-out": () => say("printer-silent"),
  "spool-area-full": () => say("printer-busy"),
};

/** Undefined where there is nothing to say. */
function sentenceOf(base: string): Sentence | undefined {
  if (base === "none" || base === "") return undefined;
  return Object.hasOwn(SENTENCES, base) ? SENTENCES[base]!() : say("printer-says", { reason: base.slice(0, 60) });
}

function unique(sentences: readonly Sentence[]): Sentence[] {
  const seen = new Map(sentences.map((sentence) => [JSON.stringify(sentence), sentence]));
  return [...seen.values()];
}
