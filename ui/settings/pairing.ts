import type { Box } from "../../src/web/contract/box.ts";
import { api } from "../shared/api.ts";
import { useAction } from "../shared/action.ts";
import { type ComponentChildren, html, useEffect, useState } from "../shared/html.ts";
import { icons } from "../shared/icons.ts";
import { text } from "../shared/text.ts";
import { FixedNote } from "../shared/fixed_note.ts";
import { useSettings } from "./all_settings.ts";
import { BoxFacts } from "../shared/box_facts.ts";

const MINUTES = 10;

interface PairingProperties {
  box: Box;
  onOpen: (isOpen: boolean) => void;
  /** The machines that came while it is open. */
  children: ComponentChildren;
}

/** Connects a machine: what to type into it, and a while in which one that calls appears here. */
export function Pairing({ box, onOpen, children }: PairingProperties) {
  const [left, setLeft] = useState(0);
  const { problem, act } = useAction();
  const [until, setUntil] = useState(box.pairingUntil);

  // the environment says that known machines alone may call
  const isFixed =
    useSettings()?.some(({ key, value, source }) =>
      key === "admission" && value === "closed" && source === "environment"
    ) ?? false;

  useEffect(() => setUntil(box.pairingUntil), [box.pairingUntil]);
  const isOpen = left > 0;
  useEffect(() => onOpen(isOpen), [isOpen]);
  useEffect(() => {
    const tick = () => setLeft(until ? Math.max(0, Math.ceil((Date.parse(until) - Date.now()) / 1000)) : 0);
    tick();
    const timer = setInterval(tick, 1000);
    return () => clearInterval(timer);
  }, [until]);

  const start = () =>
    act(async () => setUntil((await api("POST /api/pairing", { body: { minutes: MINUTES } })).pairingUntil));
  const stop = () =>
    act(async () => {
      await api("DELETE /api/pairing");
      setUntil(null);
    });

  const clock = `${Math.floor(left / 60)}:${String(left % 60).padStart(2, "0")}`;
  return html`
    <section class=${`card ${left > 0 ? "is-pairing" : ""}`} aria-labelledby="pairing-title">
      <div class="card-head">
        <div>
          <h2 id="pairing-title">${text.connect.title}</h2>
          <p class="lead">${left > 0 ? text.pairing.isOpen : text.pairing.lead}</p>
        </div>
        ${left > 0
          ? html`
            <div class="pairing-clock">
              <time role="timer">${clock}</time>
              <button class="button" onClick=${stop}>
                ${text.pairing.stop}
              </button>
            </div>
          `
          : html`
            <button class="button primary tall" disabled=${isFixed} onClick=${start}>
              ${icons.plug()}${text.pairing.start(MINUTES)}
            </button>
          `}
      </div>
      ${isFixed && html`
        <p class="lead">
          <${FixedNote} name="SONODESK_ADMISSION" />
        </p>
      `}
      <p class="problem" role="alert">${problem}</p>
      ${left > 0 && html`
        <${BoxFacts} box=${box} />
        <p class="lead">${text.pairing.then}</p>
        ${children}
      `}
    </section>
  `;
}
