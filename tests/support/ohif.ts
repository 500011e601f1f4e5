import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { makeOhif, OHIF } from "../../appliance/ohif.ts";

const MAKER = new URL("../../appliance/ohif.ts", import.meta.url);
/** Of what makes it: another makes it again. */
const made = createHash("sha256").update(Deno.readFileSync(MAKER)).digest("hex").slice(0, 8);
/** Kept between runs: it is fetched once. */
const FOLDER = new URL(`../.artifacts/ohif-${OHIF.version}-${made}`, import.meta.url).pathname;

/**
 * The folder of the OHIF viewer as `deno task ohif` makes it; undefined where its package cannot be fetched, in which case
 * the tests of it are ignored as those of any peer that is missing.
 */
export async function ohifFolder(): Promise<string | undefined> {
  if (existsSync(`${FOLDER}/ohif.json`)) return FOLDER;
  try {
    await makeOhif(FOLDER);
    return FOLDER;
  } catch (error) {
    console.log(`The OHIF viewer cannot be fetched, its tests are ignored: ${error}`);
    return undefined;
  }
}
