import type { Machine } from "../../src/web/contract/machines.ts";
import { useAction } from "../shared/action.ts";
import { api } from "../shared/api.ts";
import { dayAndTime } from "../shared/format.ts";
import { html, useEffect, useState } from "../shared/html.ts";
import { icons } from "../shared/icons.ts";
import { machineText } from "./machine_text.ts";
import { useOfMachine } from "./of_machine.ts";

/** Records a machine's next association for its maker. */
export function MachineRecording({ machine: shown }: { machine: Machine }) {
  const [asked, setAsked] = useState(shown);
  useEffect(() => setAsked(shown), [shown]);
  const { found, problem } = useOfMachine(asked, (id) => api("GET /api/machines/:id/recording", id));
  const { busy, problem: refused, act } = useAction();
  const { recording } = machineText;
  const { id } = shown;
  const after = (action: () => Promise<unknown>) =>
    act(async () => {
      await action();
      setAsked({ ...shown }); // is looked at anew
    });
  const record = () => after(() => api("POST /api/machines/:id/recording", { id }));
  const remove = () => after(() => api("DELETE /api/machines/:id/recording", { id }));
  const put = (inSupportFile: boolean) =>
    after(() => api("PATCH /api/machines/:id/recording", { id, body: { inSupportFile } }));
  const { recordedAt = null } = found ?? {};
  return html`
    <section class="card" aria-labelledby="recording-title">
      <div>
        <h2 id="recording-title">${recording.title}</h2>
        <p class="lead">${recording.lead}</p>
      </div>
      <p class="problem" role="alert">${problem || refused}</p>
      ${found && recordedAt === null &&
        html`<p role="status">${recording.awaited(found.wantedBy, dayAndTime(found.wantedAt))}</p>`}
      ${found && recordedAt !== null && html`
        <p role="status">
          ${recording.recorded(found.messages, dayAndTime(recordedAt), Math.ceil(found.size / 1000))}
          ${!found.whole && ` ${recording.cut}`}
        </p>
        <label class="check">
          <input type="checkbox" checked=${found.inSupportFile} disabled=${busy}
            onChange=${(event: { target: HTMLInputElement }) => put(event.target.checked)} />
          <span>${recording.inSupportFile}</span>
        </label>
      `}
      <p class="machine-actions">
        ${recordedAt !== null && html`
          <a class="button primary" href=${`/api/machines/${id}/recording/file`} download>
            ${icons.save()}${recording.save}
          </a>
        `}
        ${(found === null || recordedAt !== null) && html`
          <button class="button" disabled=${busy} onClick=${record}>
            ${recordedAt === null ? recording.record : recording.again}
          </button>
        `}
        ${found && html`
          <button class="button" disabled=${busy} onClick=${remove}>
            ${recordedAt === null ? recording.cancel : recording.remove}
          </button>
        `}
      </p>
    </section>
  `;
}
