import { useAction } from "../shared/action.ts";
import { api } from "../shared/api.ts";
import { Dialog } from "../shared/dialog.ts";
import { fullName } from "../shared/format.ts";
import { html, useEffect, useRef, useState } from "../shared/html.ts";
import { text } from "../shared/text.ts";
import { LeftBefore, useDraft } from "./draft.ts";
import type { BookingWindowProperties } from "./edit_window.ts";

/** As many as the box keeps, and sends to the machine. */
const MOST_CHARACTERS = 200;

/** A note for whoever scans: it goes to the machine with the booking. */
export function NoteWindow({ appointment, user, onTake, onDone, onClose }: BookingWindowProperties) {
  const [note, setNote] = useState(appointment.note);
  const { busy, problem, act } = useAction();
  const first = useRef<HTMLTextAreaElement>(null);
  const { id, note: before } = appointment;
  useEffect(() => first.current?.focus(), []);

  const draft = useDraft({ user, window: "note", about: id }, note === before ? null : { note }, (left) => {
    setNote(left.note ?? before);
  }, onClose);
  const { close } = draft;

  const keep = (wanted: string) => api("PUT /api/appointments/:id/note", { id, body: { note: wanted } }).then(onTake);
  async function submit(event: SubmitEvent) {
    event.preventDefault();
    await act(async () => {
      await keep(note.trim());
      close();
      onDone({ words: text.verbs.noted, takeBack: () => keep(before) });
    });
  }
  return html`
    <${Dialog} title=${text.verbs.noteTitle(fullName(appointment.patient))} onClose=${close}>
      <form class="stack" onSubmit=${submit}>
        <${LeftBefore} draft=${draft} />
        <label class="field">
          <small>${text.verbs.noteHint}</small>
          <textarea ref=${first} name="note" rows="3" maxlength=${MOST_CHARACTERS} aria-label=${text.verbs.note}
            value=${note} onInput=${(event) => setNote(event.target.value.replaceAll("\n", " "))}></textarea>
        </label>
        <div class="suggestions">
          ${text.verbs.notes.map((words) =>
            html`
              <button type="button" class="choice small" key=${words} onClick=${() =>
                setNote([note.trim(), words].filter(Boolean).join(", "))}>${words}</button>
            `
          )}
        </div>
        <div class="dialog-actions sticky">
          <p class="problem" role="alert">${problem}</p>
          <button type="button" class="button tall" onClick=${close}>${text.cancel}</button>
          <button class="button tall primary" disabled=${busy || note.trim() === before}>${text.save}</button>
        </div>
      </form>
      <//>
  `;
}
