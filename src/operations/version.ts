import config from "../../deno.json" with { type: "json" };

/** This version of Sonodesk. */
export const VERSION: string = config.version;
