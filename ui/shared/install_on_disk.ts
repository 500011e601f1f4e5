import type { InnerDisk, InstallState } from "../../src/web/contract/box.ts";
import { whyNot } from "./action.ts";
import { api } from "./api.ts";
import { inWords } from "./bytes.ts";
import { Dialog } from "./dialog.ts";
import { html, useEffect, useState } from "./html.ts";
import { text } from "./text.ts";

/** How often the box is asked how far it is, milliseconds. */
const PACE = 1000;

/** Copies the box from the stick that it runs from to a disk inside the computer. */
export function InstallOnDisk({ code, onClose }: { code: string; onClose: () => void }) {
  const [installation, setInstallation] = useState<InstallState | undefined>(undefined);
  const [chosen, setChosen] = useState<InnerDisk | undefined>(undefined);
  const [asked, setAsked] = useState(false);
  const [problem, setProblem] = useState("");
  const state = installation?.state;

  useEffect(() => {
    const look = () => api("GET /api/setup/installation").then(setInstallation, () => {});
    look();
    const timer = setInterval(look, PACE);
    return () => clearInterval(timer);
  }, []);
  // once more, after one that failed
  useEffect(() => setAsked(false), [state === "failed"]);

  const install = () => {
    setProblem("");
    setAsked(true);
    api("POST /api/setup/installation", { body: { code, disk: chosen!.id } }).catch((refusal) => {
      setAsked(false);
      setProblem(whyNot(refusal));
    });
  };

  const disks = installation?.disks ?? [];
  const failure = installation?.why ? text.install.failed[installation.why] : "";
  const isUnderWay = asked || state === "installing";
  return html`
    <${Dialog} title=${text.install.title} onClose=${onClose} kind="wide">
      ${state === "done" && html`<p role="status">${text.install.done}</p>`}
      ${isUnderWay && state !== "done" && html`
        <p role="status">${text.install.working(installation?.percent ?? 0)}</p>
        <progress class="installing" max="100" value=${installation?.percent ?? 0} />
      `}
      ${!isUnderWay && state !== "done" && html`
        <p class="lead">${text.install.lead}</p>
        <p class="problem" role="alert">${problem || failure}</p>
        ${disks.map((disk) =>
          html`
            <button key=${disk.id} type="button" class="choice inner-disk" aria-pressed=${chosen?.id === disk.id}
              onClick=${() => setChosen(disk)}>
              <strong>${disk.name} · ${inWords(disk.size)}</strong>
              <small>${disk.holds.length > 0 ? text.install.holds(disk.holds) : text.install.empty}</small>
            </button>
          `
        )}
        ${chosen && html`<p class="problem">${text.install.sure(chosen.name)}</p>`}
        <div class="dialog-actions">
          <button type="button" class="button tall" onClick=${onClose}>${text.cancel}</button>
          <button type="button" class="button tall danger" disabled=${!chosen} onClick=${install}>
            ${text.install.now}
          </button>
        </div>
      `}
    <//>
  `;
}
