/**
 * This version of Sonodesk. Read, not imported: of a program that imports JSON some versions of Deno keep no compiled code
 * (denoland/deno#31766), and each start compiles it anew.
 */
export const VERSION: string = JSON.parse(Deno.readTextFileSync(new URL("../deno.json", import.meta.url))).version;

/** The year this version was made: no clock that is right shows an earlier one. */
export const MADE_IN = 2026;
