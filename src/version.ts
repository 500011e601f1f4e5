import config from "../deno.json" with { type: "json" };

/** This version of Sonodesk. */
export const VERSION: string = config.version;

/** The year this version was made: no clock that is right shows an earlier one. */
export const MADE_IN = 2026;
