import type { Setting } from "../../src/web/contract/box.ts";
import { api } from "../shared/api.ts";
import { countries } from "../shared/countries.ts";
import { FixedNote } from "../shared/fixed_note.ts";
import { whyNot } from "../shared/action.ts";
import { type FieldEvent, html, useEffect, useState } from "../shared/html.ts";
import { icons } from "../shared/icons.ts";
import { AE_TITLE, PORT } from "../shared/shapes.ts";
import { TimeZoneField } from "../shared/time_zone_field.ts";
import { language, text, wordsFor } from "../shared/text.ts";

/** What a value looks like, where the browser can tell while one types. */
const SHAPES: Partial<Record<Setting["key"], object>> = {
  lockSeconds: { inputmode: "numeric", pattern: "[0-9]{1,5}" },
  worklistPort: PORT,
  storagePort: PORT,
  dicomTlsPort: PORT,
  httpsPort: PORT,
  retentionDays: { inputmode: "numeric", pattern: "[0-9]{1,9}" },
  completionMinutes: { inputmode: "numeric", pattern: "[1-9][0-9]{0,8}" },
  worklistDays: { inputmode: "numeric", pattern: "[1-9][0-9]{0,8}" },
  associations: { inputmode: "numeric", pattern: "[1-9][0-9]{0,8}" },
  diskFloor: { pattern: "[0-9]+[KMGkmg]?" },
  aeTitle: AE_TITLE,
  name: { maxlength: 64 },
  backupSnapshots: { inputmode: "numeric", pattern: "[1-9][0-9]{0,8}" },
  backupS3Endpoint: { inputmode: "url" },
  alertUrl: { inputmode: "url" },
  alertEmail: { inputmode: "email" },
  smtpHost: { inputmode: "url" },
  smtpPort: PORT,
  smtpFrom: { inputmode: "email" },
};

/** What a setting is called here, with what is said of it and of its choices. */
interface SettingWords {
  label: string;
  hint?: string;
  choices?: Record<string, string>;
}

function wordsOf({ key, meaning }: Setting): SettingWords {
  const words: unknown = wordsFor<unknown>(text.setting, key);
  return typeof words === "object" ? words as SettingWords : { label: meaning };
}

/** Some of the box's settings, to be changed together: where each comes from, when it holds, and a way back. */
export function SettingFields({ keys, title }: { keys: Setting["key"][]; title: string }) {
  const [settings, setSettings] = useState<Setting[]>([]);
  /** what somebody has changed and not saved, by the names of the settings */
  const [typed, setTyped] = useState<Record<string, string>>({});
  /** what is not of its setting's shape while one types */
  const [odd, setOdd] = useState<Record<string, boolean>>({});
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState("");
  /** what was stored before, to go back */
  const [before, setBefore] = useState<Record<string, string | null> | undefined>(undefined);

  function take(all: Setting[]) {
    setSettings(keys.flatMap((key) => all.find((setting) => setting.key === key) ?? []));
  }

  useEffect(() => {
    api("GET /api/settings").then(take, (refusal) => setProblem(whyNot(refusal)));
  }, []);

  function type({ name }: Setting, value: string) {
    setBefore(undefined);
    setTyped((now) => ({ ...now, [name]: value }));
  }

  const shownOf = ({ name, value }: Setting) => typed[name] ?? value;
  const changed = settings.filter((setting) => shownOf(setting) !== setting.value);

  async function write(body: Record<string, string | null>, undo: Record<string, string | null> | undefined) {
    setBusy(true);
    setProblem("");
    try {
      take(await api("PATCH /api/settings", { body }));
      // what was not sent, or was typed while it was on its way, stays
      setTyped((now) =>
        Object.fromEntries(Object.entries(now).filter(([name, value]) => !(name in body && value === typed[name])))
      );
      setBefore(undo);
    } catch (refusal) {
      setProblem(whyNot(refusal));
    } finally {
      setBusy(false);
    }
  }

  function save(event: SubmitEvent) {
    event.preventDefault();
    const body = Object.fromEntries(changed.map((setting) => [setting.name, shownOf(setting) || null]));
    const undo = Object.fromEntries(
      changed.map(({ name, value, source }) => [name, source === "stored" ? value : null]),
    );
    // nobody here knows what a secret was before
    write(body, changed.some(({ secret }) => secret) ? undefined : undo);
  }

  const atRestart = changed.some(({ holds }) => holds === "at restart");
  return html`
    <form class="machine-form" onSubmit=${save} aria-label=${title}>
      ${settings.map((setting) => {
        const words = wordsOf(setting);
        const choices: [string, string][] | undefined = setting.key === "country"
          ? [["", text.setting.country.none], ...countries(language)]
          : setting.choices?.map((choice) => [choice, words.choices?.[choice] ?? choice]);
        const fixed = setting.source === "environment";
        const shared = {
          name: setting.key,
          disabled: fixed,
          "aria-invalid": odd[setting.name],
          onInput: ({ target }: FieldEvent) => {
            type(setting, target.value);
            setOdd((now) => ({ ...now, [setting.name]: target.value !== "" && !target.validity.valid }));
          },
        };
        if (setting.key === "timeZone") {
          return html`
            <${TimeZoneField}
              key=${setting.key}
              value=${shownOf(setting)}
              country=${settings.map((one) => one.key === "country" ? shownOf(one) : "").join("")}
              none=${text.timeZone.system}
              fixedBy=${fixed ? setting.name : undefined}
              onChoose=${(name: string) => type(setting, name)}
            />
          `;
        }
        return html`
          <label class="field" key=${setting.key}>
            <span>${words.label}</span>
            ${choices
              ? html`
                <select ...${shared} value=${shownOf(setting)}>
                  ${choices.map(([choice, words]) => html`<option key=${choice} value=${choice}>${words}</option>`)}
                </select>
              `
              : html`
                <input
                  ...${shared}
                  ...${SHAPES[setting.key]}
                  ...${setting.secret && { type: "password" }}
                  value=${shownOf(setting)}
                  placeholder=${setting.secret === "set" ? text.setting.isSet : setting.default}
                  autocomplete=${setting.secret ? "new-password" : "off"}
                  spellcheck="false"
                />
              `}
            <small>${[words.hint, setting.holds === "at restart" && text.setting.atRestart].filter(Boolean).join(
              " ",
            )}</small>
            ${fixed && html`<${FixedNote} name=${setting.name} />`}
            ${setting.secret === "set" && !fixed && html`
              <button type="button" class="button" disabled=${busy} onClick=${() =>
                write({ [setting.name]: null }, undefined)}>${text.setting.remove(words.label)}</button>
            `}
          </label>
        `;
      })}
      <p class="problem whole" role="alert">${problem}</p>
      ${(changed.length > 0 || before) && html`<div class="dialog-actions whole saved-line">
        ${
        before && html`
          <span class="verified is-ok" role="status">${icons.check()}${text.setting.saved}</span>
          <button type="button" class="button tall" disabled=${busy} onClick=${() => write(before, undefined)}>
            ${icons.undo()}${text.setting.undo}
          </button>
        `
      }
        ${changed.length > 0 && atRestart && html`<span class="lead">${text.setting.willHold}</span>`}
        ${changed.length > 0 && html`<button class="button tall primary" disabled=${busy}>${text.save}</button>`}
      </div>`}
    </form>
  `;
}
