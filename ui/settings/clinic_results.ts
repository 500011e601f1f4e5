import type { Clinic } from "../../src/web/contract/box.ts";
import { api } from "../shared/api.ts";
import { useAction } from "../shared/action.ts";
import { DateInput } from "../shared/date_input.ts";
import { html, useState } from "../shared/html.ts";
import { icons } from "../shared/icons.ts";
import { relativeTime } from "../shared/relative_time.ts";
import { text } from "../shared/text.ts";
import { SettingFields } from "./setting_fields.ts";

interface ResultsProperties {
  clinic: Clinic;
  onChanged: () => Promise<void>;
}

/** Whether the clinic's database still has what it was told; and telling it again. */
export function Results({ clinic: { compared }, onChanged }: ResultsProperties) {
  const { busy, problem, act } = useAction();
  const [since, setSince] = useState("");
  const [told, setTold] = useState<number | undefined>(undefined);
  const compare = () =>
    act(async () => {
      await api("POST /api/clinic/compare");
      await onChanged();
    });
  const tellAgain = (event: Event) => {
    event.preventDefault();
    setTold(undefined);
    void act(async () => {
      const { studies } = await api("POST /api/clinic/tell-again", { body: { since } });
      setTold(studies);
      await onChanged();
    });
  };
  return html`
    <section class="card" aria-labelledby="results-title">
      <div>
        <h2 id="results-title">${text.clinic.resultsTitle}</h2>
        <p class="lead">${text.clinic.resultsLead}</p>
      </div>
      ${compared && html`
        <p class=${`verified ${compared.stillOther > 0 ? "is-failing" : "is-ok"}`} role="status">
          ${compared.stillOther > 0 ? icons.alert() : icons.check()}
          <span>${text.clinic.compared(
            relativeTime(compared.at),
            compared.studies,
            compared.toldAgain,
          )}${compared.stillOther > 0 && ` ${text.clinic.stillOther(compared.stillOther)}`}</span>
        </p>
      `}
      <form class="machine-form" onSubmit=${tellAgain} aria-label=${text.clinic.tellAgain}>
        <label class="field">
          <span>${text.clinic.since}</span>
          <${DateInput} name="since" value=${since} onDay=${setSince} />
        </label>
        <p class="problem whole" role="alert">${problem}</p>
        ${told !== undefined && html`
          <p class="verified is-ok whole" role="status">${icons.check()}<span>${text.clinic.toldAgain(told)}</span></p>
        `}
        <div class="dialog-actions whole">
          <button type="button" class="button tall" disabled=${busy} onClick=${compare}>${text.clinic
            .compareNow}</button>
          <button class="button tall" disabled=${busy || since === ""}>${text.clinic.tellAgain}</button>
        </div>
      </form>
    </section>
  `;
}

/** Who may set `mwl_sent` there. */
export function Marks() {
  return html`
    <section class="card" aria-labelledby="marks-title">
      <div>
        <h2 id="marks-title">${text.clinic.marksTitle}</h2>
        <p class="lead">${text.clinic.marksLead}</p>
      </div>
      <${SettingFields} title=${text.clinic.marksTitle} keys=${["clinicMarks"]} />
    </section>
  `;
}
