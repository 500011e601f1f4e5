import type { Destination, ForwardingRule, Machine } from "../../src/web/contract/machines.ts";
import { api } from "../shared/api.ts";
import { Dialog } from "../shared/dialog.ts";
import { FormEnd, useForm } from "../shared/form.ts";
import { html, useState } from "../shared/html.ts";
import { icons } from "../shared/icons.ts";
import { AE_TITLE, HOST, PORT } from "../shared/shapes.ts";
import { text } from "../shared/text.ts";

/** SOP classes that people tell apart, by their UIDs. */
const CLASSES: Record<string, keyof typeof text.forwarding.kinds> = {
  "1.2.840.10008.5.1.4.1.1.6.1": "image",
  "1.2.840.10008.5.1.4.1.1.3.1": "clip",
  "1.2.840.10008.5.1.4.1.1.88.33": "report",
};

interface DestinationFormProperties {
  /** None for a new one. */
  destination?: Destination | undefined;
  machines: Machine[];
  onSaved: () => Promise<void>;
  onClose: () => void;
}

/** Adds a destination or changes one. */
export function DestinationForm({ destination, machines, onSaved, onClose }: DestinationFormProperties) {
  const form = useForm({
    name: destination?.name ?? "",
    aeTitle: destination?.aeTitle ?? "",
    address: destination?.address ?? "",
    port: destination?.port ?? 104,
    tls: destination?.tls ?? false,
    enabled: destination?.enabled ?? true,
    asTheyCame: destination?.asTheyCame ?? false,
  }, text.settings);
  const { values, submit, field, ticked } = form;
  const [rules, setRules] = useState<ForwardingRule[]>(destination?.rules ?? []);

  const save = submit(async () => {
    const body = { ...values, name: values.name || values.aeTitle, port: Number(values.port), rules };
    if (destination) await api("PATCH /api/destinations/:id", { id: destination.id, body });
    else await api("POST /api/destinations", { body });
    await onSaved();
  });

  return html`
    <${Dialog} title=${destination ? destination.name : text.forwarding.add} onClose=${onClose} kind="wide">
      <form class="machine-form" onSubmit=${save}>
        ${field("name", text.settings.nameHint, { maxlength: 64, autofocus: true })}
        ${field("aeTitle", text.forwarding.aeTitleHint, { required: true, ...AE_TITLE })}
        ${field("address", "", { required: true, ...HOST })}
        ${field("port", text.forwarding.portHint, { required: true, ...PORT })}
        ${ticked("enabled", text.forwarding.enabled)} ${ticked("tls", text.forwarding.tls)}
        ${ticked("asTheyCame", text.forwarding.asTheyCame)}
        <fieldset class="whole rules">
          <legend>${text.forwarding.rules}</legend>
          <p class="lead">${rules.length === 0 ? text.forwarding.everything : text.forwarding.anyRule}</p>
          ${rules.map((rule, index) =>
            html`
              <${Rule}
                key=${index}
                number=${index + 1}
                rule=${rule}
                machines=${machines}
                onChange=${(changed: ForwardingRule) => setRules(rules.map((one, at) => at === index ? changed : one))}
                onRemove=${() => setRules(rules.filter((_, at) => at !== index))}
              />
            `
          )}
          <button type="button" class="button" onClick=${() => setRules([...rules, { modality: "US" }])}>
            ${icons.add()}${text.forwarding.addRule}
          </button>
        </fieldset>
        <${FormEnd} form=${form} onClose=${onClose} />
      </form>
      <//>
  `;
}

/** One rule: what is chosen must all hold. */
interface RuleProperties {
  number: number;
  rule: ForwardingRule;
  machines: Machine[];
  onChange: (rule: ForwardingRule) => void;
  onRemove: () => void;
}

function Rule({ number, rule, machines, onChange, onRemove }: RuleProperties) {
  /** What is empty is no condition. */
  const put = (name: keyof ForwardingRule, value: string | boolean) => {
    const { [name]: _, ...rest } = rule;
    onChange(value ? { ...rest, [name]: value } : rest);
  };
  const titles = [...new Set([...machines.map(({ aeTitle }) => aeTitle), rule.machine ?? ""].filter(Boolean))];
  const classes = [...new Set([...Object.keys(CLASSES), rule.sopClassUid ?? ""].filter(Boolean))];
  return html`
    <div class="rule" role="group" aria-label=${text.forwarding.rule(number)}>
      <label class="field">
        <span>${text.forwarding.machine}</span>
        <select value=${rule.machine ?? ""} onChange=${(event) => put("machine", event.target.value)}>
          <option value="">${text.forwarding.anyMachine}</option>
          ${titles.map((title) =>
            html`
              <option key=${title} value=${title}>
                ${machines.find(({ aeTitle }) => aeTitle === title)?.name ?? title}
              </option>
            `
          )}
        </select>
      </label>
      <label class="field">
        <span>${text.forwarding.kind}</span>
        <select value=${rule.sopClassUid ?? ""} onChange=${(event) => put("sopClassUid", event.target.value)}>
          <option value="">${text.forwarding.anyKind}</option>
          ${classes.map((uid) =>
            html`<option key=${uid} value=${uid}>${
              CLASSES[uid] === undefined ? uid : text.forwarding.kinds[CLASSES[uid]]
            }</option>`
          )}
        </select>
      </label>
      <label class="field">
        <span>${text.settings.modality}</span>
        <input
          value=${rule.modality ?? ""}
          maxlength="16"
          autocomplete="off"
          autocapitalize="characters"
          placeholder=${text.forwarding.anyModality}
          onInput=${(event) => put("modality", event.target.value.trim().toUpperCase())}
        />
      </label>
      <label class="check">
        <input type="checkbox" checked=${rule.matched === true} onChange=${(event) =>
          put("matched", event.target.checked)} />
        <span>${text.forwarding.matched}</span>
      </label>
      <button type="button" class="button" aria-label=${`${text.settings.remove}: ${text.forwarding.rule(number)}`}
        onClick=${onRemove}>${icons.close()}</button>
    </div>
  `;
}
