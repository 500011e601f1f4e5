import { useAction } from "../shared/action.ts";
import { api } from "../shared/api.ts";
import type { Box } from "../../src/web/contract/box.ts";
import { html, useState } from "../shared/html.ts";
import { relativeTime } from "../shared/relative_time.ts";
import { text } from "../shared/text.ts";
import { useLive } from "./live.ts";

/** How often the page looks again by itself: the other box works without anybody's doing, milliseconds. */
const LOOK_EVERY = 5000;

/** A new box that is to take the place of this one: the code that lets it in, and how far it is. */
export function Replacement({ box }: { box: Box }) {
  const { found, problem: unknown, reload } = useLive(() => api("GET /api/replacement"), {
    noun: "setting",
    every: LOOK_EVERY,
  });
  const { busy, problem, act } = useAction();
  /** shown once */
  const [code, setCode] = useState("");
  const words = text.replacement;
  const make = () =>
    act(async () => {
      setCode((await api("POST /api/replacement/code")).code);
      await reload();
    });
  const cancel = () =>
    act(async () => {
      await api("DELETE /api/replacement");
      setCode("");
      await reload();
    });
  const isUnderWay = found !== undefined && found.state !== null;
  const isShown = code !== "" && found?.codeUntil !== null && !isUnderWay;
  return html`
    <section class="card" aria-labelledby="replacement-title">
      <div>
        <h2 id="replacement-title">${words.title}</h2>
        <p class="lead">${words.lead}</p>
      </div>
      <p class="problem" role="alert">${problem || unknown}</p>
      ${isUnderWay && html`
        <p class="verified is-warning" role="status">
          ${words.underWay(found.by, found.heardAt === null ? "" : relativeTime(found.heardAt))}
        </p>
      `}
      ${isShown && html`
        <p role="status">${words.enter((box.addresses ?? [])[0] ?? "")}</p>
        <p class="fingerprint token">${code}</p>
      `}
      <div class="dialog-actions">
        ${(isUnderWay || isShown) && html`
          <button type="button" class="button tall danger" disabled=${busy} onClick=${cancel}>${words.cancel}</button>
        `}
        <button type="button" class="button tall" disabled=${busy} onClick=${make}>${words.show}</button>
      </div>
    </section>
  `;
}
