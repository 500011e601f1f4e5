import type { Box } from "../../src/web/contract/box.ts";
import type { Session } from "../../src/web/contract/people.ts";
import { api, Refusal } from "./api.ts";
import { clockTime, dayInWords, dayOf } from "./format.ts";
import { html, useEffect, useRef, useState } from "./html.ts";
import { Keyboard } from "./keyboard.ts";
import { text } from "./text.ts";
import { useMinute } from "./clock.ts";

export interface LoginProperties {
  box: Box;
  onSignedIn: (session: Session) => void;
  /** To the lock screen, where there is one. */
  onBack?: () => void;
}

/** The sign-in page: the clinic's name, the clock, two fields; no patient. */
export function Login({ box, onSignedIn, onBack }: LoginProperties) {
  const [username, setUsername] = useState("");
  const [password, setPassword] = useState("");
  const [shown, setShown] = useState(false);
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState("");
  const first = useRef<HTMLInputElement>(null);
  const now = useMinute();
  const demo = box.demoLogin;

  useEffect(() => first.current?.focus(), []);

  async function submit(event: SubmitEvent) {
    event.preventDefault();
    if (busy) return;
    setBusy(true);
    setProblem("");
    try {
      onSignedIn(await api("POST /api/session", { body: { username, password } }));
    } catch (refusal) {
      setProblem(refusal instanceof Refusal && refusal.message !== "" ? refusal.message : text.login.offline);
      setBusy(false);
    }
  }

  return html`
    <main class="login">
      <section class="login-side">
        <img class="login-mark" src="/shared/mark.svg" alt="" width="56" height="56" />
        <h1>${box.name}</h1>
        <p class="login-clock">${clockTime(now)}</p>
        <p class="login-day">${dayInWords(dayOf(now))}</p>
        <p class="login-address">${[box.hostName, ...box.addresses].filter(Boolean).slice(0, 2).join(" · ")}</p>
      </section>
      <form class="login-form" onSubmit=${submit}>
        <h2>${text.login.title}</h2>
        <label class="field">
          <span>${text.login.username}</span>
          <input
            ref=${first}
            name="username"
            autocomplete="username"
            autocapitalize="none"
            spellcheck="false"
            required
            value=${username}
            onInput=${(event) => setUsername(event.target.value)}
          />
        </label>
        <label class="field">
          <span>${text.login.password}</span>
          <span class="field-with-button">
            <input
              name="password"
              type=${shown ? "text" : "password"}
              autocomplete="current-password"
              required
              value=${password}
              onInput=${(event) => setPassword(event.target.value)}
            />
            <button type="button" class="button quiet" onClick=${() => setShown(!shown)}>
              ${shown ? text.login.hide : text.login.show}
            </button>
          </span>
        </label>
        <p class="problem" role="alert">${problem}</p>
        <button class="button primary tall wide" disabled=${busy}>
          ${busy ? text.login.busy : text.login.submit}
        </button>
        ${onBack && html`<button type="button" class="button quiet wide" onClick=${onBack}>${text.lock.back}</button>`}
        ${demo && html`
          <div class="login-demo">
            <p><strong>${text.login.demo}.</strong> ${text.login.demoHint}</p>
            <p class="login-demo-line">
              <code>${demo.username}</code> <code>${demo.password}</code>
              <button
                type="button"
                class="button"
                onClick=${() => {
                  setUsername(demo.username);
                  setPassword(demo.password);
                }}
              >
                ${text.login.demoUse}
              </button>
            </p>
          </div>
        `}
      </form>
      <${Keyboard} />
    </main>
  `;
}
