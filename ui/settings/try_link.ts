import type { Body } from "../../src/web/contract/api.ts";
import type { Finding } from "../../src/web/contract/box.ts";
import { useAction } from "../shared/action.ts";
import { api } from "../shared/api.ts";
import { html, useState } from "../shared/html.ts";
import { text } from "../shared/text.ts";
import { Findings } from "./findings.ts";

/** Why a link is down: it is tried step by step when somebody asks, and what was tried stays to be read. */
export function TryLink({ link }: { link: Body<"POST /api/links/try"> }) {
  const { busy, problem, act } = useAction();
  const [steps, setSteps] = useState<Finding[] | undefined>(undefined);
  return html`
    <div class="try-link whole">
      <button type="button" class="button" disabled=${busy}
        onClick=${() => act(async () => setSteps(await api("POST /api/links/try", { body: link })))}>
        ${busy ? text.tryLink.trying : text.tryLink.begin}
      </button>
      <p class="problem" role="alert">${problem}</p>
      ${steps && html`<${Findings} findings=${steps} label=${text.tryLink.steps} />`}
    </div>
  `;
}
