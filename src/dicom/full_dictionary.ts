import { Tag, type Vr, vrOf as ownVrOf } from "./dictionary.ts";

/** Every attribute of PS3.6, for what is told to programs that want to know all of an object. */
export interface FullDictionary {
  /** The VR of an attribute; UN for one that nobody knows. Where the standard leaves a choice, the commoner one. */
  vrOf(tag: number): Vr;
  /** The tag of a keyword. */
  tagOf(keyword: string): number | undefined;
}

interface Entry {
  tag: string;
  vr: string;
}

let loaded: Promise<FullDictionary> | undefined;

/** The dictionary is large, and most boxes never need it: it is loaded when it is first asked for. */
export function fullDictionary(): Promise<FullDictionary> {
  loaded ??= load();
  return loaded;
}

async function load(): Promise<FullDictionary> {
  const { default: dcmjs } = await import("dcmjs");
  const { dictionary, nameMap } = dcmjs.data.DicomMetaDictionary as {
    dictionary: Record<string, Entry | undefined>;
    nameMap: Record<string, Entry | undefined>;
  };
  return {
    vrOf(tag) {
      const own = ownVrOf(tag);
      if (own !== "UN") return own;
      if ((tag & 0x10000) !== 0) return (tag & 0xffff) >= 0x10 && (tag & 0xffff) <= 0xff ? "LO" : "UN"; // PS3.5 7.8.1
      const hex = tag.toString(16).toUpperCase().padStart(8, "0");
      return usual(dictionary[`(${hex.slice(0, 4)},${hex.slice(4)})`]?.vr);
    },
    tagOf(keyword) {
      if (Object.hasOwn(Tag, keyword)) return Tag[keyword as keyof typeof Tag];
      const hex = /^\(([0-9A-F]{4}),([0-9A-F]{4})\)$/i.exec(nameMap[keyword]?.tag ?? "");
      return hex ? parseInt(hex[1]! + hex[2]!, 16) : undefined;
    },
  };
}

/** dcmjs writes a choice between US and SS as `xs`, between OB and OW as `ox`. */
function usual(vr: string | undefined): Vr {
  if (vr === "xs") return "US";
  if (vr === "ox") return "OW";
  return vr !== undefined && /^[A-Z]{2}$/.test(vr) ? vr as Vr : "UN";
}
