import type { PartHealth } from "../../src/web/contract/box.ts";
import { text, wordsFor } from "./text.ts";
import { inWords } from "./translate.ts";

/** How a part of the box is, in the page's short words, else in the box's own. */
export function healthInWords({ name, status, detail, coded }: PartHealth): string {
  return shortHealth({ name, status }) ?? inWords(coded ?? {}, detail);
}

export function shortHealth({ name, status }: Pick<PartHealth, "name" | "status">): string | undefined {
  return wordsFor<Partial<Record<string, string>>>(text.health.states, name)?.[status];
}
