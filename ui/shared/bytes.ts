import { text } from "./text.ts";

/** Bytes as people say them. */
export function inWords(bytes: number) {
  if (bytes < 1e9) return text.storage.megabytes(Math.ceil(bytes / 1e6));
  return text.storage.gigabytes((bytes / 1e9).toFixed(bytes < 1e10 ? 1 : 0));
}
