import { useState } from "./html.ts";
import { text } from "./text.ts";

/** Why the box did not do it, as a sentence. */
export function whyNot(refusal: unknown): string {
  return refusal instanceof Error && refusal.message !== "" ? refusal.message : text.offline;
}

/** What a tap asks of the box: whether it is under way, and what the box said against it. */
export function useAction() {
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState("");

  /** @param action throws a `Refusal` */
  async function act(action: () => Promise<unknown>) {
    const pressed = document.activeElement;
    setBusy(true);
    setProblem("");
    try {
      await action();
    } catch (refusal) {
      setProblem(whyNot(refusal));
    } finally {
      setBusy(false);
      focusAgain(pressed);
    }
  }

  return { busy, problem, act };
}

/** A button that waits loses the focus: it gets it back, unless something else has it. */
export function focusAgain(button: Element | null): void {
  requestAnimationFrame(() => {
    if (document.activeElement === document.body && button instanceof HTMLElement) button.focus();
  });
}
