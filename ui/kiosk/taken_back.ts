import { api, Refusal } from "../shared/api.ts";
import { useAction } from "../shared/action.ts";
import { html } from "../shared/html.ts";
import { icons } from "../shared/icons.ts";
import { text } from "../shared/text.ts";

/**
 * Takes back what was just decided, by its entries in the audit. For admins.
 *
 * @param action as the audit calls it
 * @param subjects such as "study 1.2.3", the last done first
 */
export async function takeBack(action: string, subjects: string[]) {
  const { events } = await api("GET /api/audit", { query: { action } });
  for (const wanted of subjects) {
    const event = events.find(({ subject, undoable }) => subject === wanted && undoable);
    if (event === undefined) throw new Refusal(404, text.decide.cannotTakeBack);
    await api("POST /api/audit/:id/undo", { id: event.id });
  }
}

/** What was just done, in words, and its way back where there is one. */
export interface Decided {
  words: string;
  takeBack?: (() => Promise<unknown>) | undefined;
}

/** What was just done, and its way back: a button, or who has one. */
export function Done({ done, onTakenBack }: { done: Decided; onTakenBack: () => void }) {
  const { busy, problem, act } = useAction();
  const undo = () =>
    act(async () => {
      await done.takeBack?.();
      onTakenBack();
    });

  return html`
    <div class="matched" role="status">
      ${icons.check()}
      <span>
        ${done.words} ${done.takeBack === undefined && html`<small>${text.decide.whoTakesBack}</small>`}
        ${problem !== "" && html`<small role="alert">${problem}</small>`}
      </span>
      ${done.takeBack && html`
        <button type="button" class="button" disabled=${busy} onClick=${undo}>${icons.undo()}${text.decide
          .takeBack}</button>
      `}
    </div>
  `;
}
