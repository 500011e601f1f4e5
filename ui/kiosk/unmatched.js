import { Dialog } from "../shared/dialog.js";
import { clockTime, dateInWords, readableName } from "../shared/format.js";
import { html } from "../shared/html.js";
import { icons } from "../shared/icons.js";
import { text } from "../shared/text.js";
import { imagesOf } from "./day.js";
import { Thumbnail } from "./thumbnail.js";

/** Studies that belong to no appointment for sure, with what their images say of the patient. */
export function Unmatched({ studies, onClose }) {
  return html`
    <${Dialog} title=${text.unmatched.title} onClose=${onClose} kind="wide">
      <p class="lead">${studies.length > 0 ? text.unmatched.lead : text.unmatched.none}</p>
      <ul class="unmatched">
        ${studies.map((study) =>
          html`
            <li key=${study.studyInstanceUid}>
              <h3>${readableName(study.patientName) || text.unmatched.noName}</h3>
              <p class="row-facts">
                ${[
                  study.patientId && `${text.unmatched.patientId} ${study.patientId}`,
                  study.patientBirthDate && `${text.unmatched.born} ${dateInWords(study.patientBirthDate)}`,
                  study.accessionNumber && `${text.unmatched.accession} ${study.accessionNumber}`,
                  text.unmatched.received(clockTime(study.receivedAt)),
                ].filter(Boolean).join(" · ")}
              </p>
              ${study.attention !== "" &&
                html`<p class="row-attention">${icons.alert()}<span>${study.attention}</span></p>`}
              <div class="strip">
                ${imagesOf(study).slice(0, 8).map((image, place, all) =>
                  html`
                    <${Thumbnail} key=${image.uid} image=${image} label=${text.row.imageOf(place + 1, all.length)} />
                  `
                )}
              </div>
            </li>
          `
        )}
      </ul>
      <//>
  `;
}
