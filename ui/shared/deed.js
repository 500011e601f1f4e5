import { useState } from "./html.js";
import { text } from "./text.js";

/** Why the box did not do it, as a sentence. @param {any} refusal */
export function whyNot(refusal) {
  return refusal.message || text.offline;
}

/** What a tap asks of the box: whether it is under way, and what the box said against it. */
export function useDeed() {
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState("");

  /** @param {() => Promise<any>} deed throws a `Refusal` */
  async function act(deed) {
    const pressed = /** @type {HTMLElement} */ (document.activeElement);
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
