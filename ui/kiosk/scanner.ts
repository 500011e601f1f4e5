import { useEffect, useRef } from "../shared/html.ts";

/** Between two keys of a scanner at most, milliseconds: nobody types so fast. */
const FAST = 50;
/** Characters of a code at least. */
const FEWEST = 4;
const MODIFIERS = new Set(["Shift", "CapsLock", "AltGraph", "NumLock"]);

type Field = HTMLInputElement | HTMLTextAreaElement;

const isField = (target: unknown): target is Field =>
  target instanceof HTMLTextAreaElement ||
  target instanceof HTMLInputElement && !["checkbox", "radio", "range", "button"].includes(target.type);

/** The character of a key; by its place where the layout of the keys is no Latin one. */
function characterOf({ key, code, shiftKey }: KeyboardEvent): string {
  if (/^[\x20-\x7e]$/.test(key)) return key;
  const letter = /^Key([A-Z])$/.exec(code)?.[1];
  if (letter !== undefined) return shiftKey ? letter : letter.toLowerCase();
  return /^Digit(\d)$/.exec(code)?.[1] ?? key;
}

/**
 * Hears a scanner that types, which is told by its speed and its Enter: that Enter presses nothing and sends no form,
 * whatever has the focus, and what was typed does not stay in the field that had it.
 *
 * @param onScan is told what was scanned
 */
export function useScanner(onScan: (code: string) => void): void {
  const latest = useRef(onScan);
  latest.current = onScan;

  useEffect(() => {
    let typed = "";
    let lastAt = -Infinity;
    /** the field that had the focus, and what was in it before */
    let before: { field: Field; value: string } | undefined;
    const swallowed = new Set<string>();

    function swallow(event: KeyboardEvent) {
      event.preventDefault();
      event.stopImmediatePropagation();
      swallowed.add(event.code);
    }

    function onKey(event: KeyboardEvent) {
      if (MODIFIERS.has(event.key)) return;
      // when the key was pressed, not when a busy page came to hear of it
      const isFast = event.timeStamp - lastAt < FAST;
      if (event.key === "Enter" && isFast && typed.length >= FEWEST) {
        swallow(event);
        const code = typed.trim();
        typed = "";
        if (before !== undefined) {
          before.field.value = before.value;
          before.field.dispatchEvent(new InputEvent("input", { bubbles: true }));
        }
        return latest.current(code);
      }
      if (event.key.length !== 1 || event.ctrlKey || event.metaKey || event.altKey) {
        typed = "";
        return;
      }
      if (!isFast) {
        typed = "";
        before = isField(event.target) ? { field: event.target, value: event.target.value } : undefined;
      }
      lastAt = event.timeStamp;
      typed += characterOf(event);
      // a space within a code would press the button that has the focus
      if (event.key === " " && typed.length > 1 && !isField(event.target)) swallow(event);
    }

    function onKeyUp(event: KeyboardEvent) {
      if (!swallowed.delete(event.code)) return;
      event.preventDefault();
      event.stopImmediatePropagation();
    }

    addEventListener("keydown", onKey, { capture: true });
    addEventListener("keyup", onKeyUp, { capture: true });
    return () => {
      removeEventListener("keydown", onKey, { capture: true });
      removeEventListener("keyup", onKeyUp, { capture: true });
    };
  }, []);
}

/** Who an ABHA card names, as a walk-in takes it. */
export interface ScannedPerson {
  firstName: string;
  lastName: string;
  /** DD/MM/YYYY; "" where the card has a year alone. */
  birthDate: string;
  /** Where the card has no more than the year. */
  birthYear: string;
  gender: string;
  phone: string;
}

const GENDERS: Record<string, string> = { M: "Male", F: "Female", O: "Other" };

/**
 * The person on an ABHA card, whose code is JSON in one of two shapes: of the card itself, and of the PHR app. It is not
 * signed: it fills fields, and is confirmed by whoever asks the patient.
 *
 * @returns undefined where the code is no such card
 */
export function personOnCard(code: string): ScannedPerson | undefined {
  let card: Record<string, unknown>;
  try {
    card = JSON.parse(code);
  } catch {
    return undefined;
  }
  if (card === null || typeof card !== "object") return undefined;
  const text = (name: string) =>
    typeof card[name] === "string" || typeof card[name] === "number" ? String(card[name]).trim() : "";
  const names = text("name").split(/\s+/).filter(Boolean);
  if (names.length === 0 || !["hidn", "hid", "phr"].some((name) => name in card)) return undefined;
  const [, day = "", month = "", year = ""] = /^(\d{1,2})[/-](\d{1,2})[/-](\d{4})$/.exec(text("dob")) ?? [];
  return {
    firstName: names.slice(0, -1).join(" "),
    lastName: names.at(-1) ?? "",
    birthDate: year === "" ? "" : `${day.padStart(2, "0")}/${month.padStart(2, "0")}/${year}`,
    birthYear: year === "" ? /\d{4}/.exec(text("dob"))?.[0] ?? "" : "",
    gender: GENDERS[text("gender").toUpperCase()] ?? "",
    phone: text("mobile"),
  };
}
