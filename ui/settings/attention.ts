import type { PartHealth } from "../../src/web/contract/box.ts";
import type { Machine } from "../../src/web/contract/machines.ts";
import { healthInWords } from "../shared/health_words.ts";
import { text, wordsFor } from "../shared/text.ts";
import type { Standing } from "./home.ts";
import type { PageName } from "./pages.ts";

/** Something that is not as it should be, what to do about it, and the page on which that is done. */
export interface Notice {
  weight: "failing" | "warning";
  words: string;
  advice: string;
  page: PageName;
}

/** Where a part of the box is mended, by the name of its check. */
const MENDED_AT: Record<string, PageName> = {
  ports: "network",
  store: "storage",
  disk: "storage",
  drives: "computer",
  writing: "storage",
  files: "storage",
  backup: "backup",
  audit: "audit",
  certificates: "security",
  clinic: "clinic",
  clock: "network",
};

/** What of the box and the clinic needs a person, what stops work first. */
export function attentionOf({ checks, maintenance, clinic, update }: Standing, machines: readonly Machine[]): Notice[] {
  const ill = (checks ?? []).filter(({ status }) => status !== "ok");
  const notices = ill.map(noticeOf);
  const warn = (words: string, advice: string, page: PageName) =>
    notices.push({ weight: "warning", words, advice, page });
  if (update?.versions?.asks) warn(text.home.keepUpdate(update.version), text.home.keepUpdateAdvice, "updates");
  const waiting = machines.filter(({ admitted }) => !admitted).length;
  if (waiting > 0) warn(text.home.waiting(waiting), text.home.waitingAdvice, "machines");
  for (const { name, origins } of machines) {
    if (!origins.some(({ state }) => state === "asked")) continue;
    warn(text.home.elsewhere(name), text.home.elsewhereAdvice, "machines");
  }
  const unusable = clinic?.scheduleProblems.length ?? 0;
  if (unusable > 0) warn(text.home.bookings(unusable), text.home.bookingsAdvice, "clinic");
  if (maintenance?.proof.last && maintenance.proof.last.why !== "") {
    warn(text.home.proof, text.home.proofAdvice, "backup");
  }
  return notices.sort((one, other) => Number(other.weight === "failing") - Number(one.weight === "failing"));
}

function noticeOf(check: PartHealth): Notice {
  return {
    weight: check.status === "failing" ? "failing" : "warning",
    words: healthInWords(check),
    advice: wordsFor(text.home.advice, check.name) ?? wordsFor(text.health.advice, check.name) ?? "",
    page: MENDED_AT[check.name] ?? "logs",
  };
}
