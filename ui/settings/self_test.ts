import type { Finding } from "../../src/web/contract/box.ts";
import { useAction } from "../shared/action.ts";
import { api } from "../shared/api.ts";
import { html, useState } from "../shared/html.ts";
import { text } from "../shared/text.ts";
import { Findings } from "./findings.ts";

/** What is wrong stands first. */
const WEIGHTS = { failed: 0, warning: 1, ok: 2 };

/** The box calls itself as a machine does and looks at its parts, when somebody asks it to. */
export function SelfTest() {
  const { busy, problem, act } = useAction();
  const [findings, setFindings] = useState<Finding[] | undefined>(undefined);
  const test = () => act(async () => setFindings(await api("POST /api/self-test")));
  const wrong = findings?.filter(({ how }) => how !== "ok").length ?? 0;
  return html`
    <section class="card home-test" aria-labelledby="self-test-title">
      <div>
        <h2 id="self-test-title">${text.selfTest.title}</h2>
        <p class="lead">${text.selfTest.lead}</p>
      </div>
      <p class="problem" role="alert">${problem}</p>
      <div class="dialog-actions">
        <button type="button" class="button tall" disabled=${busy} onClick=${test}>
          ${busy ? text.selfTest.running : text.selfTest.begin}
        </button>
      </div>
      ${findings && html`
        <p role="status">${text.selfTest.found(findings.length, wrong)}</p>
        <${Findings} label=${text.selfTest.title} findings=${findings.toSorted((one, other) =>
          WEIGHTS[one.how] - WEIGHTS[other.how]
        )} />
      `}
    </section>
  `;
}
