import { whyNot } from "./action.ts";
import { Refusal } from "./api.ts";
import { type ComponentChildren, html, useEffect, useLayoutEffect, useRef, useState } from "./html.ts";
import { icons } from "./icons.ts";
import { DIGITS } from "./keyboard_layouts.ts";
import { text } from "./text.ts";

const LONGEST = 8;
const SHORTEST = 4;

export interface PinPadProperties {
  title: string;
  /** The digit by which the pad was asked for, where it was one. */
  begun?: string;
  /** Seconds until it goes back by itself. */
  patience: number;
  onPin: (pin: string) => Promise<void>;
  onBack: () => void;
  onOther: () => void;
}

/** Digits to tap, each 20 mm. */
export function PinPad({ title, begun = "", patience, onPin, onBack, onOther }: PinPadProperties) {
  const [pin, setPin] = useState(begun);
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState("");

  function add(digit: string) {
    if (busy) return;
    setProblem("");
    setPin((before) => (before + digit).slice(0, LONGEST));
  }

  function erase() {
    setPin(pin.slice(0, -1));
  }

  async function enter() {
    if (busy || pin.length < SHORTEST) return;
    setBusy(true);
    try {
      await onPin(pin);
    } catch (refusal) {
      const { status = 0, problem: { triesLeft = 0 } = {} } = refusal instanceof Refusal ? refusal : {};
      setProblem(
        triesLeft > 0 ? text.lock.wrongLeft(triesLeft) : status === 401 ? text.lock.tooMany : whyNot(refusal),
      );
      setPin("");
      setBusy(false);
    }
  }

  const acts = useRef({ add, enter, erase, onBack });
  acts.current = { add, enter, erase, onBack };
  useLayoutEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (/^\d$/.test(event.key)) acts.current.add(event.key);
      else if (event.key === "Enter" && !(event.target instanceof HTMLButtonElement)) acts.current.enter();
      else if (event.key === "Backspace") acts.current.erase();
      else if (event.key === "Escape") acts.current.onBack();
    };
    addEventListener("keydown", onKey);
    return () => removeEventListener("keydown", onKey);
  }, []);
  useEffect(() => {
    const timer = setTimeout(onBack, patience * 1000);
    return () => clearTimeout(timer);
  }, [pin, problem]);

  const key = (label: ComponentChildren, act: () => void, kind = "", name?: string, disabled = busy) =>
    html`
      <button type="button" class=${`pin-key ${kind}`} aria-label=${name} disabled=${disabled} onClick=${act}>
        ${label}
      </button>
    `;
  return html`
    <section class="pin" aria-label=${title}>
      <h2>${title}</h2>
      <p class="pin-dots" role="status" aria-label=${text.lock.typed(pin.length)}>
        ${Array.from(
          { length: Math.max(SHORTEST, pin.length) },
          (_, n) => html`<span key=${n} class=${n < pin.length ? "is-full" : ""}></span>`,
        )}
      </p>
      <p class="pin-problem" role="alert">${problem}</p>
      <div class="pin-keys">
        ${DIGITS.join(" ").split(" ").map((digit) => key(digit, () => add(digit)))}
        ${key(icons.backspace(), erase, "is-quiet", text.keyboard.backspace)}
        ${key("0", () => add("0"))}
        ${key(icons.check(), enter, "is-main", text.lock.unlock, busy || pin.length < SHORTEST)}
      </div>
      <div class="pin-more">
        <button class="button quiet" onClick=${onBack}>${text.lock.back}</button>
        <button class="button quiet" onClick=${onOther}>${text.lock.other}</button>
      </div>
    </section>
  `;
}
