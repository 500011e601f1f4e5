import { type ComponentChildren, html, useEffect, useRef, useState } from "./html.ts";
import { icons } from "./icons.ts";
import { DIGITS, type Layout, LETTERS, SIGNS } from "./keyboard_layouts.ts";
import { language, text } from "./text.ts";
import { remembered } from "./remembered.ts";

const REMEMBERED = "keyboard";
const WRITABLE = ["text", "search", "password", "tel", "url"];

// the kiosk's browser opens the page with ?keyboard=on, as it has no other keyboard
const asked = new URLSearchParams(location.search).get(REMEMBERED);
if (asked === "on" || asked === "off") remembered.setItem(REMEMBERED, asked);

/** So long after its last key a real keyboard counts as there, milliseconds: a scanner of barcodes types too. */
const REAL_FOR = 30_000;
/** When a real key was last pressed: there is a keyboard, and this one stays away. */
let realKeyAt = -Infinity;
addEventListener("keydown", (event) => {
  if (event.isTrusted && event.key.length === 1) realKeyAt = performance.now();
}, { capture: true });

function hasRealKeyboard() {
  return performance.now() - realKeyAt < REAL_FOR;
}

/** The script of the keys that were chosen last, on any window's keyboard; the page's own at first. */
let script: string = language in LETTERS ? language : "en";
const scripts = new EventTarget();

/** Whether somebody here writes Hindi: the page is in it, or its keys are chosen. */
export function useHindi(): boolean {
  const [chosen, setChosen] = useState(script);
  useEffect(() => {
    const changed = () => setChosen(script);
    scripts.addEventListener("change", changed);
    return () => scripts.removeEventListener("change", changed);
  }, []);
  return language === "hi" || chosen === "hi";
}

type Field = HTMLInputElement | HTMLTextAreaElement;

function isWritable(target: unknown): target is Field {
  return target instanceof HTMLTextAreaElement || target instanceof HTMLInputElement && WRITABLE.includes(target.type);
}

/** Whether this desk shows keys on the screen. */
export function keyboardIsOn() {
  return remembered.getItem(REMEMBERED) === "on";
}

export function switchKeyboard(on: boolean) {
  remembered.setItem(REMEMBERED, on ? "on" : "off");
  if (on) realKeyAt = -Infinity;
}

/**
 * Keys on the screen for the text fields of the window it stands in: each window has its own, as what is outside an
 * open one cannot be touched. The page makes room for it, so that nothing hides behind.
 */
export function Keyboard() {
  const anchor = useRef<HTMLDivElement>(null);
  const [field, setField] = useState<Field | null>(null);
  const [layer, setLayer] = useState<string>(language in LETTERS ? language : "en");
  /** of a script with capitals: the next letter is one; of another the shifted layer is chosen by its key alone */
  const [capital, setCapital] = useState(false);
  const [shifted, setShifted] = useState(false);
  const [mode, setMode] = useState("text");

  useEffect(() => {
    function onFocus({ target }: { target: EventTarget | null }) {
      if (!isWritable(target) || target.closest("dialog") !== anchor.current?.closest("dialog")) return;
      if (!keyboardIsOn() || hasRealKeyboard()) return;
      if (!target.dataset.mode) target.dataset.mode = target.inputMode || "text";
      // keeps the tablet's own keyboard away
      target.inputMode = "none";
      setField(target);
      setCapital(target.autocapitalize === "words" && target.value === "");
      setMode(target.dataset.mode);
    }
    function onBlur() {
      setTimeout(() => {
        if (!isWritable(document.activeElement)) setField(null);
      });
    }
    // whoever has real keys after all does not need these
    const onKey = () => hasRealKeyboard() && setField(null);
    document.addEventListener("keydown", onKey);
    document.addEventListener("focusin", onFocus);
    document.addEventListener("focusout", onBlur);
    const focused = document.activeElement;
    if (focused) onFocus({ target: focused });
    return () => {
      document.removeEventListener("keydown", onKey);
      document.removeEventListener("focusin", onFocus);
      document.removeEventListener("focusout", onBlur);
    };
  }, []);

  const open = field !== null;
  const hasDigits = open && ["numeric", "tel", "decimal"].includes(mode);
  useEffect(() => {
    if (!open) return;
    const kinds = ["has-keyboard", ...(hasDigits ? ["has-digits"] : [])];
    document.documentElement.classList.add(...kinds);
    return () => document.documentElement.classList.remove(...kinds);
  }, [open, hasDigits]);
  useEffect(() => field?.scrollIntoView({ block: "center" }), [field]);

  function write(characters: string) {
    if (field === null) return;
    field.setRangeText(characters, field.selectionStart ?? 0, field.selectionEnd ?? 0, "end");
    changed();
    const startsWord = field.autocapitalize === "words" && characters === " ";
    setCapital(startsWord);
    setShifted(false);
  }

  function erase() {
    if (field === null) return;
    const [start, end] = [field.selectionStart ?? 0, field.selectionEnd ?? 0];
    // one whole character, be it a surrogate pair
    const before = [...field.value.slice(0, start)].at(-1) ?? "";
    field.setRangeText("", start === end ? start - before.length : start, end, "end");
    changed();
  }

  function changed() {
    field?.dispatchEvent(new InputEvent("input", { bubbles: true }));
  }

  if (!open) return html`<span ref=${anchor} hidden></span>`;
  const key = (label: ComponentChildren, act: () => void, kind = "", name?: string) =>
    html`
      <button
        type="button"
        class=${`key ${kind}`}
        aria-label=${name}
        tabindex="-1"
        onPointerDown=${(event: PointerEvent) => event.preventDefault()}
        onClick=${act}
      >
        ${label}
      </button>
    `;
  const done = key(text.keyboard.done, () => field.blur(), "key-done");
  const backspace = key(icons.backspace(), erase, "key-wide", text.keyboard.backspace);

  if (hasDigits) {
    return html`
      <div class="keyboard digits" role="group" aria-label=${text.keyboard.label} ref=${anchor}>
        ${DIGITS.map((row) =>
          html`<div class="key-row">${row.split(" ").map((digit) => key(digit, () => write(digit)))}</div>`
        )}
        <div class="key-row">
          ${backspace}${mode === "tel" && key("+", () => write("+"))}${key("0", () => write("0"))}${done}
        </div>
      </div>
    `;
  }
  const layouts: Record<string, Layout> = { ...LETTERS, signs: SIGNS };
  const layout = layouts[layer] ?? SIGNS;
  const isUp = layout.cased ? capital : shifted;
  const rows = isUp ? layout.capital : layout.plain;
  const layers = Object.keys(layouts).filter((name) => name !== layer);
  return html`
    <div class="keyboard" role="group" aria-label=${text.keyboard.label} ref=${anchor}>
      ${rows.map((row, place) =>
        html`
          <div class="key-row">
            ${place === 2 &&
              key(
                icons.shift(),
                () => layout.cased ? setCapital(!capital) : setShifted(!shifted),
                `key-wide ${isUp ? "is-on" : ""}`,
                text.keyboard.shift,
              )}
            ${row.split(" ").map((letter) => key(letter, () => write(letter)))}
            ${place === 2 && backspace}
          </div>
        `
      )}
      <div class="key-row">
        ${layers.map((one) => {
          const { name } = layouts[one] ?? SIGNS;
          return key(
            name,
            () => {
              setLayer(one);
              if (one in LETTERS) {
                script = one;
                scripts.dispatchEvent(new Event("change"));
              }
              setShifted(false);
            },
            "key-wide",
            name,
          );
        })}
        ${key(",", () => write(","))}
        ${key("", () => write(" "), "key-space", text.keyboard.space)}
        ${key(".", () => write("."))}
        ${done}
      </div>
    </div>
  `;
}
