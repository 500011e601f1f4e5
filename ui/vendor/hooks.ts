// For `deno check` and tests. A browser gets the package's own file at this address, see src/web/static_files.ts.
export * from "preact/hooks";
