import { demoClinic } from "../../src/demo_clinic.ts";
import { romanized } from "../../src/dicom/romanization.ts";

/** Everything by which a line could give a demo patient away: parts of names in both scripts, and ids. */
function traces(): string[] {
  const found = new Set<string>();
  for (const { patient } of demoClinic("2026-01-01")) {
    found.add(patient.id);
    for (const part of `${patient.firstName} ${patient.lastName}`.split(/[\s'-]+/)) {
      for (const form of [part, romanized(part)]) if ([...form].length >= 3) found.add(form.toLowerCase());
    }
  }
  return [...found];
}

/** What in a line gives a demo patient away; undefined when nothing does. */
export function traceIn(line: string): string | undefined {
  const words = new Set(line.toLowerCase().split(/[^\p{L}\p{M}\p{N}]+/u));
  return traces().find((trace) => trace.startsWith("SD-") ? line.includes(trace) : words.has(trace));
}
