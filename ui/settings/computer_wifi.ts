import type { Computer as State } from "../../src/web/contract/box.ts";
import { useAction } from "../shared/action.ts";
import { api } from "../shared/api.ts";
import { countries } from "../shared/countries.ts";
import { useForm } from "../shared/form.ts";
import { clockTime } from "../shared/format.ts";
import { html, useEffect, useState } from "../shared/html.ts";
import { language } from "../shared/language.ts";
import { wifiText as words } from "./wifi_text.ts";

/** How long it may take until the box says what it has heard, milliseconds. */
const PATIENCE = 30_000;

type Wifi = Extract<State, { possible: true }>["wifi"];
type Network = Wifi["networks"][number] & { password?: string };

/** Wi-Fi of the box's computer: networks in their order, tried and kept. Passwords only go in. */
export function ComputerWifi({ wifi }: { wifi: Wifi }) {
  const { state, radio, seen, seenAt } = wifi;
  const [networks, setNetworks] = useState<Network[]>(wifi.networks);
  const [askedAt, setAskedAt] = useState<number | undefined>(undefined);
  const form = useForm({ country: wifi.country, withCable: wifi.withCable }, words);
  const one = useForm({ name: "", password: "", security: "wpa", hidden: false }, words);
  const { busy, problem, act } = useAction();

  const isLooking = askedAt === seenAt;
  useEffect(() => {
    if (!isLooking) return;
    const late = setTimeout(() => setAskedAt(undefined), PATIENCE);
    return () => clearTimeout(late);
  }, [isLooking]);
  const isKnown = networks.some(({ name }) => name === one.values.name);
  const send = form.submit(async () => {
    await api("PUT /api/computer/wifi", { body: { ...form.values, networks } });
    // what it knows now need not be sent again
    setNetworks(networks.map(({ password: _, ...rest }) => rest));
    form.done();
  });
  const add = (event: SubmitEvent) => {
    event.preventDefault();
    const { name, password, hidden } = one.values;
    const security = one.values.security === "wpa3" ? "wpa3" : "wpa";
    setNetworks([...networks.filter((other) => other.name !== name), { name, password, security, hidden }]);
    one.set("name", "");
    one.set("password", "");
    one.set("hidden", false);
  };
  const switchOff = () =>
    act(async () => {
      await api("PUT /api/computer/wifi", { body: { country: "", withCable: false, networks: [] } });
      setNetworks([]);
    });

  if (!radio) {
    return html`
      <section class="card" aria-labelledby="wifi-title">
        <h2 id="wifi-title">${words.title}</h2>
        <p class="lead">${words.noCard}</p>
      </section>
    `;
  }
  const now = radio.state === "connected"
    ? words.radio.connected(radio.name, radio.address)
    : radio.state === "off"
    ? words.radio.off(radio.cable)
    : words.radio[radio.state];
  return html`
    <section class="card" aria-labelledby="wifi-title">
      <div>
        <h2 id="wifi-title">${words.title}</h2>
        <p class="lead">${words.lead}</p>
      </div>
      <p class="verified" role="status">${words.states[state]} ${now}</p>
      <p class="problem" role="alert">${problem || form.problem}</p>
      <h3>${words.networks}</h3>
      ${networks.length === 0 && html`<p>${words.none}</p>`}
      <ul class="machines">
        ${networks.map((network, at) =>
          html`
            <li key=${network.name}>
              <div class="machine-who">
                <strong>${network.name}</strong>
                <span>${words.securities[network.security]}${network.hidden && ` · ${words.isHidden}`}</span>
              </div>
              <div class="dialog-actions">
                ${at > 0 && html`
                  <button
                    type="button"
                    class="button"
                    onClick=${() => setNetworks([network, ...networks.filter((other) => other !== network)])}
                  >${words.first}</button>
                `}
                <button
                  type="button"
                  class="button"
                  onClick=${() => setNetworks(networks.filter((other) => other !== network))}
                >${words.remove}</button>
              </div>
            </li>
          `
        )}
      </ul>
      <form class="machine-form" onSubmit=${add} aria-label=${words.add}>
        ${one.field("name", words.nameHint, { required: true, maxlength: 32 })}
        ${one.field("password", words.passwordHint, {
          ...{ type: "password", required: true, minlength: 8, maxlength: 63, autocomplete: "new-password" },
        })}
        <label class="field">
          <span>${words.security}</span>
          <select name="security" value=${one.values.security} onChange=${({ target }: { target: HTMLSelectElement }) =>
            one.set("security", target.value)}>
            <option value="wpa">${words.securities.wpa}</option>
            <option value="wpa3">${words.securities.wpa3}</option>
          </select>
        </label>
        ${one.ticked("hidden", words.hidden)}
        <div class="dialog-actions whole">
          <button
            type="button"
            class="button tall"
            disabled=${busy || isLooking}
            onClick=${() =>
              act(async () => {
                await api("POST /api/computer/wifi/look");
                setAskedAt(seenAt);
              })}
          >${isLooking ? words.looking : words.look}</button>
          <button class="button tall" disabled=${networks.length >= 8 && !isKnown}>${words.add}</button>
        </div>
      </form>
      ${seenAt > 0 && html`
        <h3>${words.seen(clockTime(seenAt * 1000))}</h3>
        ${seen.length === 0 && html`<p>${words.noneSeen}</p>`}
        <ul class="machines">
          ${seen.map(({ name, security, signal }) =>
            html`
              <li key=${name}>
                <div class="machine-who">
                  <strong>${name}</strong>
                  <span>${words.securities[security]} · ${words.signal(signal)}</span>
                </div>
                ${security !== "other" && html`
                  <button
                    type="button"
                    class="button"
                    onClick=${() => {
                      one.set("name", name);
                      one.set("security", security);
                      one.set("hidden", false);
                    }}
                  >${words.choose}</button>
                `}
              </li>
            `
          )}
        </ul>
      `}
      <form class="machine-form" onSubmit=${send} aria-label=${words.title}>
        <label class="field">
          <span>${words.country}</span>
          <select
            name="country"
            required
            value=${form.values.country}
            aria-invalid=${form.wrong.includes("country")}
            onChange=${({ target }: { target: HTMLSelectElement }) => form.set("country", target.value)}
          >
            <option value="">${words.countryNone}</option>
            ${countries(language).map(([code, name]) => html`<option key=${code} value=${code}>${name}</option>`)}
          </select>
          <small>${words.countryHint}</small>
        </label>
        ${form.ticked("withCable", words.withCable)}
        <div class="dialog-actions whole">
          ${state !== "off" && html`
            <button type="button" class="button tall" disabled=${busy} onClick=${switchOff}>${words.off}</button>
          `}
          <button class="button tall" disabled=${form.busy || networks.length === 0}>${words.try}</button>
          ${state === "trying" && html`
            <button
              type="button"
              class="button tall primary"
              disabled=${busy}
              onClick=${() => act(() => api("POST /api/computer/wifi/keep").then(() => {}))}
            >${words.keep}</button>
          `}
        </div>
      </form>
    </section>
  `;
}
