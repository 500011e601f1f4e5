import type { MaintenanceStatus } from "../../src/web/contract/box.ts";
import { whyNot } from "../shared/action.ts";
import { api } from "../shared/api.ts";
import { dayAndTime } from "../shared/format.ts";
import { html, useEffect, useState } from "../shared/html.ts";
import { icons } from "../shared/icons.ts";
import { text } from "../shared/text.ts";
import { inWords } from "../shared/translate.ts";

import { TryLink } from "./try_link.ts";

type State = MaintenanceStatus["backup"]["targets"][number];
type Proof = MaintenanceStatus["backup"]["proofs"][number];

/** How each place stands, where backups go to several. */
export function BackupTargets() {
  const [backup, setBackup] = useState<MaintenanceStatus["backup"] | undefined>(undefined);
  const [problem, setProblem] = useState("");
  useEffect(() => {
    api("GET /api/care").then((maintenance) => setBackup(maintenance.backup), (refusal) => setProblem(whyNot(refusal)));
  }, []);
  if (problem !== "") return html`<p class="problem" role="alert">${problem}</p>`;
  if (backup === undefined) return null;
  if (backup.targets.length < 2) {
    return html`${backup.targets.map((state) => html`<${Why} key=${state.folder} state=${state} />`)}`;
  }
  return html`
    <ul class="machines" aria-label=${text.maintenance.targets.title}>
      ${backup.targets.map((state) =>
        html`<${Target} key=${state.folder} state=${state} proof=${
          backup.proofs.find(({ folder }) => folder === state.folder)
        } />`
      )}
    </ul>
  `;
}

/** Where the last try failed, though the disk is there. */
function Why({ state: { folder, failedAt, absent } }: { state: State }) {
  return failedAt !== null && !absent ? html`<${TryLink} link=${{ link: "backup", folder }} />` : null;
}

function Target({ state, proof }: { state: State; proof: Proof | undefined }) {
  const words = text.maintenance.targets;
  const tone = state.failedAt === null ? "is-ok" : state.absent && state.at !== null ? "is-warning" : "is-failing";
  return html`
    <li>
      <div class="machine-who">
        <strong>${state.folder}</strong>
        <span class=${`verified ${tone}`}>
          ${state.failedAt === null ? icons.check() : icons.alert()}
          <span>
            ${state.at === null ? words.none : words.good(dayAndTime(state.at), state.objects)}
            ${state.absent && ` · ${words.absent}`}
          </span>
        </span>
        ${state.failedAt !== null && !state.absent && html`<span>${inWords(state.coded ?? {}, state.why)}</span>`}
        <span>
          ${proof === undefined
            ? words.unproven
            : proof.why === ""
            ? words.proven(dayAndTime(proof.at))
            : inWords(proof.coded ?? {}, proof.why)}
        </span>
        <${Why} state=${state} />
      </div>
    </li>
  `;
}
