import type { Description } from "../../src/web/contract/studies.ts";
import { html } from "../shared/html.ts";
import { icons } from "../shared/icons.ts";
import { text } from "../shared/text.ts";
import { inWords } from "../shared/translate.ts";

/**
 * What the box corrected of an object or took for granted: that a picture is not whole stands there to be seen, the rest
 * in a list that a tap opens.
 */
export function PictureNotes({ assumed }: Pick<Description, "assumed">) {
  if (assumed.length === 0) return null;
  const inPage = ({ coded, detail }: Description["assumed"][number]) => inWords(coded ?? {}, detail);
  const seen = assumed.filter(({ about }) => about === "picture").map(inPage);
  const others = assumed.filter(({ about }) => about !== "picture").map(inPage);
  return html`
    <div class="picture-notes">
      ${seen.map((sentence) => html`<p key=${sentence} role="status">${icons.alert()}<span>${sentence}</span></p>`)}
      ${others.length > 0 && html`
        <details>
          <summary>${text.viewer.assumed(others.length)}</summary>
          <ul>${others.map((sentence) => html`<li key=${sentence}>${sentence}</li>`)}</ul>
        </details>
      `}
    </div>
  `;
}
