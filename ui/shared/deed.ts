// deno-lint-ignore-file no-explicit-any
import { useState } from "./html.ts";
import { text } from "./text.ts";

/** Why the box did not do it, as a sentence. */
export function whyNot(refusal: any) {
  return refusal.message || text.offline;
}

/** What a tap asks of the box: whether it is under way, and what the box said against it. */
export function useDeed() {
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState("");

  /** @param deed throws a `Refusal` */
  async function act(deed: () => Promise<any>) {
    const pressed = document.activeElement as HTMLElement;
    setBusy(true);
    setProblem("");
    try {
      await deed();
    } catch (refusal) {
      setProblem(whyNot(refusal));
    } finally {
      setBusy(false);
      // a button that waits loses the focus
      requestAnimationFrame(() => document.activeElement === document.body && pressed.focus());
    }
  }

  return { busy, problem, act };
}
