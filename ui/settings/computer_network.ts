import type { Computer as State } from "../../src/web/contract/box.ts";
import { api } from "../shared/api.ts";
import { whyNot } from "../shared/action.ts";
import { useForm } from "../shared/form.ts";
import { html, useState } from "../shared/html.ts";
import { networkText as words } from "./network_text.ts";

type Own = Extract<State, { possible: true }>;

/** How the box's computer is in the clinic's network: tried, and kept from where it is still reached. */
export function ComputerNetwork({ network: { state, ...settings } }: Pick<Own, "network">) {
  const form = useForm({ ...settings, vlan: settings.vlan ? `${settings.vlan}` : "" }, words);
  const [problem, setProblem] = useState("");
  const ask = (asked: Promise<unknown>) => {
    setProblem("");
    asked.catch((refusal) => setProblem(whyNot(refusal)));
  };
  const send = form.submit(async () => {
    const { dns, ntp, vlan } = form.values;
    const body = { ...form.values, dns: listed(dns), ntp: listed(ntp), vlan: Number(vlan) };
    await api("PUT /api/computer/network", { body });
    form.done();
  });
  const shown = [
    settings.address,
    settings.address6,
    settings.vlan ? `VLAN ${settings.vlan}` : "",
    settings.vlanAddress,
  ];
  return html`
    <section class="card" aria-labelledby="address-title">
      <div>
        <h2 id="address-title">${words.title}</h2>
        <p class="lead">${words.lead}</p>
      </div>
      <p class="verified" role="status">${words.states[state]} ${shown.filter(Boolean).join(" · ")}</p>
      <p class="problem" role="alert">${problem || form.problem}</p>
      <form class="machine-form" onSubmit=${send}>
        ${form.field("address", words.addressHint, { maxlength: 18 })}
        ${form.field("gateway", words.gatewayHint, { maxlength: 15 })}
        <h3 class="whole">${words.servers}</h3>
        ${form.field("dns", words.dnsHint, { maxlength: 130 })} ${form.field("ntp", words.ntpHint, { maxlength: 300 })}
        <h3 class="whole">${words.version6}</h3>
        ${form.field("address6", words.address6Hint, { maxlength: 43 })}
        ${form.field("gateway6", words.gateway6Hint, { maxlength: 39 })}
        <div class="whole">
          <h3>${words.machines}</h3>
          <p class="lead">${words.machinesLead}</p>
        </div>
        ${form.field("vlan", words.vlanHint, { type: "number", min: 1, max: 4094 })}
        ${form.field("vlanAddress", words.vlanAddressHint, { maxlength: 18 })}
        <div class="dialog-actions whole">
          ${state !== "automatic" && html`
            <button
              type="button"
              class="button tall"
              onClick=${() => ask(api("PUT /api/computer/network", { body: { address: null } }))}
            >${words.automatic}</button>
          `}
          <button class="button tall" disabled=${form.busy}>${words.try}</button>
          ${state === "trying" && html`
            <button
              type="button"
              class="button tall primary"
              onClick=${() => ask(api("POST /api/computer/network/keep"))}
            >${words.keep}</button>
          `}
        </div>
      </form>
    </section>
  `;
}

function listed(text: string): string[] {
  return text.split(/[\s,]+/).filter(Boolean);
}
