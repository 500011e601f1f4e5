import { isKnown, type Sentence } from "../sentences.ts";
import type { UpdateEvent, Versions } from "./updates.ts";

const WAYS_BACK: readonly string[] = ["nothing", "store", "gone"];
const EVENTS: readonly string[] = ["works", "kept", "failed", "asked-back", "back"];

/**
 * What the appliance's image says of its versions; nothing of it where it has said nothing yet.
 *
 * @param folder in which it says it: `versions.json` and `updates.json`, with times in seconds since 1970
 */
export function versionsIn(folder: string): Versions {
  const { kept = "", since = "", before = "", back = "", storeFrom = "" } = said(`${folder}/versions.json`, {});
  return {
    asks: kept === "no",
    since: timeOf(since),
    before: String(before),
    back: (WAYS_BACK.includes(back) ? back : "") as Versions["back"],
    storeFrom: timeOf(storeFrom),
    events: said(`${folder}/updates.json`, [])
      .filter(({ what }) => EVENTS.includes(what))
      .map(({ at, what, version, detail, coded }): UpdateEvent => ({
        at: timeOf(at),
        what: what as UpdateEvent["what"],
        version: version === "-" ? "" : version,
        detail,
        ...(coded && isKnown(coded) && { coded }),
      }))
      .reverse(),
  };
}

/** Lines of its own making. */
interface Said {
  "versions.json": Partial<Record<"kept" | "before" | "back", string> & Record<"since" | "storeFrom", number | string>>;
  "updates.json": { at: number; what: string; version: string; detail: string; coded?: Sentence }[];
}

function said<Name extends keyof Said>(path: `${string}/${Name}`, otherwise: Said[Name]): Said[Name] {
  try {
    return JSON.parse(Deno.readTextFileSync(path));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return otherwise;
    throw error;
  }
}

/** @param seconds since 1970; "" for none */
function timeOf(seconds: number | string): string {
  return seconds === "" ? "" : new Date(Number(seconds) * 1000).toISOString();
}
