import type { Computer as State } from "../../src/web/contract/box.ts";
import { whyNot } from "../shared/action.ts";
import { api } from "../shared/api.ts";
import { html, useEffect, useRef, useState } from "../shared/html.ts";
import { text } from "../shared/text.ts";
import { areHits, calibration, CROSSES, type Touch } from "./touch_calibration.ts";
import { touchText as words } from "./touch_text.ts";

type Own = Extract<State, { possible: true }>;

/** How long the crosses wait for a touch, milliseconds: who cannot hit Cancel is let out. */
const WAITS = 60_000;

/** The touchscreen of the box: calibrated on itself alone, since only there somebody touches it. */
export function ComputerTouch(
  { here, touch, rotation }: Pick<Own, "here" | "touch"> & Pick<Own["screen"], "rotation">,
) {
  // the browser has begun again with a calibration on trial, and somebody has signed in
  const [asks, setAsks] = useState<"calibrate" | "check" | undefined>(
    here && touch.state === "trying" ? "check" : undefined,
  );
  const [problem, setProblem] = useState("");
  const [done, setDone] = useState("");
  const open = (what: "calibrate" | "check" | undefined) => {
    setProblem("");
    setDone("");
    setAsks(what);
  };
  const back = () => {
    open(undefined);
    api("PUT /api/computer/touch", { body: { matrix: null } }).catch((refusal) => setProblem(whyNot(refusal)));
  };
  const settle = async (touches: Touch[]): Promise<string> => {
    try {
      if (asks === "check") {
        if (!areHits(touches)) return words.missed;
        await api("POST /api/computer/touch/keep");
        setDone(words.keeps);
      } else {
        const matrix = calibration(touches, rotation, touch.matrix);
        if (matrix === undefined) return words.unlikely;
        await api("PUT /api/computer/touch", { body: { matrix: [...matrix] } });
        setDone(words.tried);
      }
    } catch (refusal) {
      return whyNot(refusal);
    }
    setAsks(undefined);
    return "";
  };
  return html`
    <section class="card" aria-labelledby="touch-title">
      <div>
        <h2 id="touch-title">${words.title}</h2>
        <p class="lead">${words.lead}</p>
      </div>
      <p class="verified" role="status">${done || words.states[touch.state]}</p>
      <p class="problem" role="alert">${problem}</p>
      ${!here && html`<p class="lead">${words.elsewhere}</p>`}
      <div class="dialog-actions">
        ${touch.state !== "uncalibrated" && html`<button class="button tall" onClick=${back}>${words.back}</button>`}
        ${here && html`<button class="button tall" onClick=${() => open("calibrate")}>${words.begin}</button>`}
        ${here && touch.state === "trying" && html`
          <button class="button tall primary" onClick=${() => open("check")}>${words.check}</button>
        `}
      </div>
      ${asks && html`<${Crosses} key=${asks} settle=${settle} onClose=${() => setAsks(undefined)} />`}
    </section>
  `;
}

interface CrossesProperties {
  /** Does what follows from the touches. @returns why nothing did; "" where it closes */
  settle: (touches: Touch[]) => Promise<string>;
  onClose: () => void;
}

/** The whole screen with one cross at a time. Only touches count, so that a mouse can close it. */
function Crosses({ settle, onClose }: CrossesProperties) {
  const element = useRef<HTMLDialogElement>(null);
  const [touches, setTouches] = useState<Touch[]>([]);
  const [problem, setProblem] = useState("");
  const [busy, setBusy] = useState(false);
  const cross = CROSSES[touches.length];
  useEffect(() => {
    const dialog = element.current!;
    dialog.showModal();
    return () => dialog.close();
  }, []);
  useEffect(() => {
    const timer = setTimeout(onClose, WAITS);
    return () => clearTimeout(timer);
  }, [touches, problem]);
  const take = (event: PointerEvent) => {
    if (event.pointerType !== "touch" || !event.isPrimary || busy || cross === undefined) return;
    if ((event.target as Element).closest("button")) return;
    const touched = { x: event.clientX / innerWidth, y: event.clientY / innerHeight };
    const all = [...touches, { target: cross, touched }];
    setTouches(all);
    if (all.length < CROSSES.length) return;
    setBusy(true);
    settle(all).then((why) => {
      setBusy(false);
      setProblem(why);
    });
  };
  const again = () => {
    setTouches([]);
    setProblem("");
  };
  return html`
    <dialog
      ref=${element}
      class="touch-page"
      aria-label=${words.page}
      onCancel=${(event: Event) => {
        event.preventDefault();
        onClose();
      }}
      onPointerDown=${take}
    >
      ${cross &&
        html`<span class="touch-cross" style=${{ left: `${cross.x * 100}%`, top: `${cross.y * 100}%` }}></span>`}
      <div class="touch-words">
        ${cross && html`
          <p role="status">${words.touch(touches.length + 1, CROSSES.length)}</p>
          <p class="lead">${words.waits}</p>
        `}
        <p class="problem" role="alert">${problem}</p>
      </div>
      <div class="touch-actions">
        <button class="button tall" onClick=${onClose}>${text.cancel}</button>
        ${problem && html`<button class="button tall primary" onClick=${again}>${words.again}</button>`}
      </div>
    </dialog>
  `;
}
