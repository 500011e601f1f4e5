import type { Vr } from "./dictionary.ts";

/** The most characters a value of a VR may have (PS3.5 6.2); person names: each component group. */
const MOST_CHARACTERS: Partial<Record<Vr, number>> = {
  AE: 16,
  AS: 4,
  CS: 16,
  DA: 8,
  DS: 16,
  IS: 12,
  LO: 64,
  LT: 10240,
  PN: 64,
  SH: 16,
  ST: 1024,
  TM: 14,
  UI: 64,
};

/**
 * A value that is no longer than its VR allows.
 *
 * The rule: text is cut at the limit, counted in characters and never within one, and spaces at the cut are dropped.
 * A person name is cut from its end, so that the family name lasts longest. A value of the other VRs that is too long
 * means something else when cut, so it is left out whole.
 */
export function withinLength(value: string, vr: Vr): string {
  const most = MOST_CHARACTERS[vr];
  if (most === undefined || value.length <= most) return value;
  if (vr === "PN") return value.split("=").map((group) => cut(group, most).replace(/\^+$/, "")).join("=");
  if (vr === "LO" || vr === "SH" || vr === "ST" || vr === "LT") return cut(value, most);
  return "";
}

function cut(text: string, most: number): string {
  const characters = [...text];
  return characters.length <= most ? text : characters.slice(0, most).join("").trimEnd();
}
