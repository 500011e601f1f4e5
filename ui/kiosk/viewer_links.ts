import type { Study } from "../../src/web/contract/studies.ts";
import { html } from "../shared/html.ts";
import { icons } from "../shared/icons.ts";
import { text } from "../shared/text.ts";

/** Where else the studies on show can be looked at: on paper, and in the OHIF viewer where it is there. */
export function ViewerLinks({ studies, ohif = false }: { studies: readonly Study[]; ohif?: boolean | undefined }) {
  const uids = studies.map((study) => encodeURIComponent(study.studyInstanceUid));
  return html`
    <a class="button dark" href=${`/print?${uids.map((uid) => `study=${uid}`).join("&")}`} aria-label=${text.viewer
      .print}>
      ${icons.printer()}<span class="button-words">${text.viewer.print}</span>
    </a>
    ${ohif && html`
      <a class="button dark" href=${`/ohif/viewer?StudyInstanceUIDs=${uids.join(",")}`} aria-label=${text.viewer.ohif}>
        ${icons.screen()}<span class="button-words">OHIF</span>
      </a>
    `}
  `;
}
