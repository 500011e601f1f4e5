import type { Box, PartHealth } from "../../src/web/contract/box.ts";
import type { Session } from "../../src/web/contract/people.ts";
import type { ProblemDetails } from "../../src/web/contract/problem.ts";
import { api, Refusal } from "./api.ts";
import { useMinute } from "./clock.ts";
import { clockTime, dayInWords, dayOf } from "./format.ts";
import { html, useEffect, useLayoutEffect, useState } from "./html.ts";
import { icons } from "./icons.ts";
import { Login } from "./login.ts";
import { PinPad } from "./pin_pad.ts";
import { text } from "./text.ts";

/** Seconds after which a PIN that is not typed gives way to the clock. */
const PATIENCE = 30;

/** Whose session waits, whether a PIN opens it, and the box's answer to being told. */
export interface Locked {
  displayName: string;
  pin: boolean;
  telling?: Promise<void>;
}

export interface LockScreenProperties {
  box: Box;
  locked: Locked;
  onPin: (pin: string) => Promise<void>;
  onSignedIn: (session: Session) => void;
  onGone: () => void;
}

/** Nobody has touched the page for a while: the clock, the box's name and address, and how it is. No patient. */
export function LockScreen({ box, locked, onPin, onSignedIn, onGone }: LockScreenProperties) {
  const now = useMinute();
  const [face, setFace] = useState<"clock" | "pin" | "login">("clock");
  const [begun, setBegun] = useState("");
  const [ill, setIll] = useState<PartHealth | null | undefined>(undefined);

  useEffect(() => {
    const take = ({ checks }: Pick<ProblemDetails, "checks">) =>
      setIll(checks?.find(({ status }) => status === "failing") ?? null);
    api("GET /healthz").then(take, (refusal) => take(refusal instanceof Refusal ? refusal.problem : {}));
  }, [now]);

  const wakeUp = (key = "") => {
    setBegun(/^\d$/.test(key) ? key : "");
    setFace(locked.pin ? "pin" : "login");
  };

  useLayoutEffect(() => {
    const wake = (event: KeyboardEvent) => {
      if (face !== "clock" || event.key === "Tab") return;
      event.preventDefault();
      wakeUp(event.key);
    };
    addEventListener("keydown", wake);
    return () => removeEventListener("keydown", wake);
  }, [face]);

  if (face === "login") {
    return html`<${Login} box=${box} onSignedIn=${onSignedIn} onBack=${() => setFace("clock")} />`;
  }
  // patients read this too: what of the box is not well is told to who has signed in
  const healthWords = ill === undefined ? "" : ill === null ? text.health.ok : text.lock.callStaff;
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
          <button class="lock-open" onClick=${() => wakeUp()}>
            ${icons.lock()}<span>${text.lock.tap}</span>
          </button>
        `
        : html`
          <${PinPad}
            title=${text.lock.pinOf(locked.displayName)}
            begun=${begun}
            patience=${PATIENCE}
            onPin=${async (pin: string) => {
              try {
                await onPin(pin);
              } catch (refusal) {
                if (refusal instanceof Refusal && refusal.status === 401 && !refusal.problem.locked) {
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
