import type { Page } from "playwright-core";

/** axe-core, to be run on each page from its beginning; the page must not hold scripts back (`bypassCSP`). */
export function axeScript(): Promise<string> {
  return Deno.readTextFile(new URL(import.meta.resolve("axe-core")));
}

/** What axe-core finds wrong with the page as it is, one line each. Of a second theme only the colours are new. */
export async function violations(page: Page, where: string, onlyColours: boolean): Promise<string[]> {
  const found = await page.evaluate(async (onlyColours) => {
    // deno-lint-ignore no-explicit-any
    const { axe } = globalThis as any;
    // what is still fading in has no colour of its own yet
    await Promise.all(
      document.getAnimations().map((one) => {
        if (one.effect?.getComputedTiming().iterations === Infinity) return one.cancel();
        return one.finished.catch(() => {});
      }),
    );
    const { violations } = await axe.run(document, {
      runOnly: onlyColours
        ? { type: "rule", values: ["color-contrast"] }
        : ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
      resultTypes: ["violations"],
    });
    return violations.map((one: { id: string; help: string; nodes: { html: string; failureSummary: string }[] }) =>
      `${one.id}: ${one.help}: ${one.nodes.map(({ html, failureSummary }) => `${html} ${failureSummary}`).join(" | ")}`
    );
  }, onlyColours);
  return found.map((line: string) => `${where}: ${line.slice(0, 700)}`);
}
