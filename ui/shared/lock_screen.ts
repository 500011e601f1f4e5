// @ts-nocheck: not typed yet
// deno-lint-ignore-file no-explicit-any
import { ask } from "./api.ts";
import { useMinute } from "./clock.ts";
import { clockTime, dayInWords, dayOf } from "./format.ts";
import { html, useEffect, useState } from "./html.ts";
import { icons } from "./icons.ts";
import { Login } from "./login.ts";
import { PinPad } from "./pin_pad.ts";
import { said } from "./said.ts";
import { text } from "./text.ts";

/** Seconds after which a PIN that is not typed gives way to the clock. */
const PATIENCE = 30;

/** Nobody has touched the page for a while: the clock, the box's name and address, and how it is. No patient. */
export function LockScreen({ box, locked, onPin, onSignedIn, onGone }: {
  box: any;
  locked: { displayName: string; pin: boolean };
  onPin: (pin: string) => Promise<void>;
  onSignedIn: (session: any) => void;
  onGone: () => void;
}) {
  const now = useMinute();
  const [face, setFace] = useState<"clock" | "pin" | "login">("clock");
  const [ill, setIll] = useState(undefined);

  useEffect(() => {
    const take = (report) => setIll(report?.checks?.find(({ status }) => status !== "ok") ?? null);
    ask("/healthz").then(take, (refusal) => take(refusal.problem));
  }, [now]);

  useEffect(() => {
    const wake = (event) => {
      if (face !== "clock" || event.key === "Tab") return;
      event.preventDefault();
      setFace(locked.pin ? "pin" : "login");
    };
    addEventListener("keydown", wake);
    return () => removeEventListener("keydown", wake);
  }, [face]);

  if (face === "login") {
    return html`<${Login} box=${box} onSignedIn=${onSignedIn} onBack=${() => setFace("clock")} />`;
  }
  const healthWords = ill === undefined
    ? ""
    : ill === null
    ? text.health.ok
    : text.health.states[ill.name]?.[ill.status] ?? said(ill.detail);
  return html`
    <main class=${`lock is-${face}`}>
      <section class="lock-face">
        <p class="lock-name"><img src="/shared/mark.svg" alt="" width="44" height="44" />${box.name}</p>
        <h1 class="lock-clock"><time>${clockTime(now)}</time></h1>
        <p class="lock-day">${dayInWords(dayOf(now))}</p>
        <p class=${`lock-health ${ill ? `is-${ill.status}` : ""}`} role="status">
          ${ill ? icons.alert() : icons.check()}<span>${healthWords}</span>
        </p>
        <p class="lock-address">${[box.hostName, ...box.addresses].filter(Boolean).slice(0, 2).join(" · ")}</p>
      </section>
      ${face === "clock"
        ? html`
          <button class="lock-open" onClick=${() => setFace(locked.pin ? "pin" : "login")}>
            ${icons.lock()}<span>${text.lock.tap}</span>
          </button>
        `
        : html`
          <${PinPad}
            title=${text.lock.pinOf(locked.displayName)}
            patience=${PATIENCE}
            onPin=${async (pin) => {
              try {
                await onPin(pin);
              } catch (refusal) {
                if (refusal.status === 401 && !refusal.problem.locked) {
                  locked.pin = false;
                  setTimeout(onGone, 2500);
                }
                throw refusal;
              }
            }}
            onBack=${() => setFace("clock")}
            onOther=${() => setFace("login")}
          />
        `}
    </main>
  `;
}
