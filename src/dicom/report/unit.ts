import type { Code } from "./code.ts";

/** How people write UCUM units that UCUM itself writes otherwise. */
const WRITTEN: ReadonlyMap<string, string> = new Map([
  ["1", ""],
  ["{ratio}", ""],
  ["cm2", "cm²"],
  ["mm2", "mm²"],
  ["m2", "m²"],
  ["cm3", "cm³"],
  ["mm3", "mm³"],
  ["m/s2", "m/s²"],
  ["cm/s2", "cm/s²"],
  ["cm3/s", "cm³/s"],
  ["g/m2", "g/m²"],
  ["ml/m2", "ml/m²"],
  ["mL/m2", "mL/m²"],
  ["cm/m2", "cm/m²"],
  ["l/min/m2", "l/min/m²"],
  ["um", "µm"],
  ["mm[Hg]", "mmHg"],
  ["mm[Hg]/s", "mmHg/s"],
  ["{H.B.}/min", "/min"],
  ["{beats}/min", "/min"],
  ["/min", "/min"],
  ["deg", "°"],
  ["%tile", "percentile"],
  ["{percentile}", "percentile"],
  ["Cel", "°C"],
]);

/**
 * A unit as people read it: the machine's own, never converted. A unit outside UCUM, and one whose meaning says more
 * than `1`, reads as its meaning.
 */
export function displayUnit(unit: Code | undefined): string {
  if (unit === undefined) return "";
  if (unit.scheme !== "UCUM") return unit.meaning || unit.value;
  if (unit.value === "1" || unit.value === "") {
    return /^(no units?|unity|none|1|ratio)?$/i.test(unit.meaning.trim()) ? "" : unit.meaning;
  }
  return WRITTEN.get(unit.value) ?? unit.value;
}
