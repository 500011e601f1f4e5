import type { Update } from "../../src/web/contract/box.ts";
import { api } from "../shared/api.ts";
import { useAction } from "../shared/action.ts";
import { Confirm } from "../shared/confirm.ts";
import { dayAndTime } from "../shared/format.ts";
import { html, useState } from "../shared/html.ts";
import { inWords } from "../shared/translate.ts";
import { text, wordsFor } from "../shared/text.ts";

/** How often something is asked before what was done since is given up. */
const QUESTIONS = 2;

interface OfUpdate {
  update: Update;
  /** Something else is being done with an update. */
  busy: boolean;
  /** Something was asked of the box: it is looked at again. */
  onAsked: () => void;
}

/** An update that has come, and what it is: installed only when somebody agrees. */
export function Offered({ update, busy, onAsked }: OfUpdate) {
  const { busy: asking, problem, act } = useAction();
  const { offer, version: running } = update;
  if (update.state !== "offered" || offer === undefined) return null;
  const agree = () => act(() => api("POST /api/update/install", { body: { id: offer.id } }).then(onAsked));
  const facts = [
    [text.updates.offer.version, `${offer.version} (${text.updates.offer.ages[offer.age](running)})`],
    [text.updates.offer.board, offer.board],
    [text.updates.offer.schema, offer.schema || text.updates.offer.unknown],
    [text.updates.offer.signer, offer.signer],
  ] as const;
  return html`
    <section class="card" aria-labelledby="offer-title">
      <div>
        <h2 id="offer-title">${text.updates.offer.title(offer.version)}</h2>
        <p class="lead">${text.updates.offer.lead}</p>
      </div>
      <p class="problem" role="alert">${problem}</p>
      <dl class="facts">${facts.map(([name, value]) =>
        html`
          <div key=${name}>
            <dt>${name}</dt>
            <dd>${value}</dd>
          </div>
        `
      )}</dl>
      <div class="dialog-actions">
        <button class="button tall" disabled=${busy || asking} onClick=${() =>
          act(() => api("DELETE /api/update").then(onAsked))}>${text.updates.offer.discard}</button>
        <button class="button tall primary" disabled=${busy || asking} onClick=${agree}>
          ${text.updates.offer.install(offer.version)}
        </button>
      </div>
    </section>
  `;
}

/** What ran before the last update: whether this one is kept, and the way back. */
export function VersionBefore({ update, busy, onAsked }: OfUpdate) {
  const { busy: asking, problem, act } = useAction();
  const [asked, setAsked] = useState(0);
  const { versions, version } = update;
  if (!versions || (versions.before === "" && versions.events.length === 0)) return null;
  const { asks, since, before, back, storeFrom, events } = versions;
  const questions = back === "store" ? QUESTIONS : 1;
  const from = storeFrom && dayAndTime(storeFrom);
  const goBack = async () => {
    if (back === "gone" || back === "") return;
    if (asked < questions) return setAsked(asked + 1);
    await api("POST /api/update/back", { body: { loses: back } });
    setAsked(0);
    onAsked();
  };
  return html`
    <section class="card" aria-labelledby="before-title">
      <h2 id="before-title">${asks ? text.updates.asks(version) : text.updates.before}</h2>
      ${asks && html`<p class="lead">${text.updates.asksLead}</p>`}
      <p class="problem" role="alert">${problem}</p>
      ${before !== "" && html`
        <dl class="facts">
          <div>
            <dt>${text.updates.version}</dt>
            <dd>${version}</dd>
          </div>
          <div>
            <dt>${text.updates.since}</dt>
            <dd>${since && dayAndTime(since)}</dd>
          </div>
          <div>
            <dt>${text.updates.before}</dt>
            <dd>${before}</dd>
          </div>
        </dl>
        <p>${back !== "" && text.updates.means[back](before, from)}</p>
        <div class="dialog-actions">
          ${back !== "" && back !== "gone" && html`
            <button class="button tall" disabled=${busy || asking} onClick=${() => setAsked(1)}>
              ${text.updates.back(before)}
            </button>
          `}
          ${asks && html`
            <button
              class="button tall primary"
              disabled=${busy || asking}
              onClick=${() => act(() => api("POST /api/update/keep").then(onAsked))}
            >${text.updates.keep}</button>
          `}
        </div>
      `}
      ${events.length > 0 && html`
        <details>
          <summary>${text.updates.events}</summary>
          <ul>
            ${events.map(({ at, what, version, detail, coded }, index) =>
              html`
                <li key=${`${at}-${index}`}>
                  ${dayAndTime(at)}: ${wordsFor(text.updates.happened, what)?.(version) ?? ""} ${inWords(
                    coded ?? {},
                    detail,
                  )}
                </li>
              `
            )}
          </ul>
        </details>
      `}
      ${asked > 0 && back !== "" && html`
        <${Confirm}
          key=${asked}
          title=${text.updates.back(before)}
          question=${asked === 1 ? text.updates.sure[back](before, from) : text.updates.sureToLose(from)}
          act=${goBack}
          onClose=${() => setAsked(0)}
        />
      `}
    </section>
  `;
}
