import type { Box } from "../../src/web/contract/box.ts";
import type { Session } from "../../src/web/contract/people.ts";
import { api } from "./api.ts";
import { countries } from "./countries.ts";
import { FixedNote } from "./fixed_note.ts";
import { useForm } from "./form.ts";
import { html, useEffect, useRef, useState } from "./html.ts";
import type { InstallState } from "../../src/web/contract/box.ts";
import { Keyboard, keyboardIsOn } from "./keyboard.ts";
import { later } from "./later.ts";
import { TimeZoneField } from "./time_zone_field.ts";
import { countryOf, useTimeZones } from "./time_zones.ts";
import { chooseLanguage, language, LANGUAGES, text } from "./text.ts";

const InstallOnDisk = later(
  () => import("./install_on_disk.ts").then((module) => module.InstallOnDisk),
  "/shared/install_on_disk.css",
);

export interface FirstStartProperties {
  box: Box;
  onDone: (session: Session) => void;
}

/** A box that nobody has set up: with the code from its own screen or console, the first admin and the clinic. */
export function FirstStart({ box, onDone }: FirstStartProperties) {
  const fixed = box.setup?.fixed ?? {};
  const { values, set, busy, problem, submit, field } = useForm(() => ({
    code: box.setup?.code ?? "",
    clinicName: fixed.clinicName?.value ?? "",
    username: "",
    password: "",
    timeZone: fixed.timeZone?.value ?? (Intl.DateTimeFormat().resolvedOptions().timeZone || box.timeZone),
    /** until somebody chooses it, that of the time zone */
    country: fixed.country?.value,
  }), text.firstStart);
  const zones = useTimeZones();
  const country = values.country ?? countryOf(zones ?? [], values.timeZone);
  const first = useRef<HTMLInputElement>(null);
  const [installation, setInstallation] = useState<InstallState["state"]>("none");
  const [installs, setInstalls] = useState(false);

  useEffect(() => {
    // a computer whose disks are not known yet is asked when the page is opened again
    api("GET /api/setup/installation").then(({ state }) => {
      setInstallation(state);
      setInstalls(state === "installing" || state === "done");
    }, () => {});
    // keys on the screen would hide the code before anybody has read it: there they come with the first tap
    if (!keyboardIsOn()) first.current?.focus();
  }, []);

  const start = submit(async () => {
    const session = await api("POST /api/setup", { body: { ...values, country, language } });
    // what is left to be set up stands there
    if (location.pathname.startsWith("/settings")) onDone(session);
    else location.assign("/settings");
  });

  /** To the pages that bring a box back, once the box has changed over to them. */
  const fromBackup = submit(async () => {
    await api("POST /api/setup/restore", { body: { code: values.code } });
    while (!(await api("GET /api/rescue").then(() => true, () => false))) {
      await new Promise((again) => setTimeout(again, 500));
    }
    location.assign("/");
  });

  /** A country that has one time zone has it chosen. */
  function chooseCountry(code: string) {
    set("country", code);
    const its = zones?.filter((zone) => zone.country === code) ?? [];
    if (its.length === 1 && !fixed.timeZone) set("timeZone", its[0]!.name);
  }

  const needed = (name: string) => ({
    required: true,
    ...(name === (box.setup?.code ? "clinicName" : "code") && { ref: first }),
  });
  return html`
    <main class="login first-start">
      <section class="login-side">
        <img class="login-mark" src="/shared/mark.svg" alt="" width="56" height="56" />
        <h1>${text.firstStart.title}</h1>
        <p>${text.firstStart.lead}</p>
        ${box.setup?.code
          ? html`
            <p class="setup-code"><span>${text.firstStart.codeIs}</span><strong>${box.setup?.code}</strong></p>
            <p>${text.firstStart.codeElsewhere}</p>
          `
          : html`<p>${text.firstStart.whereCode}</p>`}
        <p class="login-address">${[box.hostName, ...box.addresses].filter(Boolean).slice(0, 2).join(" · ")}</p>
      </section>
      <form class="login-form" onSubmit=${start}>
        <div class="field-row" role="group" aria-label=${text.header.language}>
          ${Object.entries(LANGUAGES).map(([code, name]) =>
            html`
              <button type="button" class="choice" key=${code} lang=${code} aria-pressed=${code === language}
                onClick=${() => code !== language && chooseLanguage(code)}>${name}</button>
            `
          )}
        </div>
        ${!box.setup?.code && field("code", "", { inputmode: "numeric", maxlength: 12, ...needed("code") })}
        <button type="button" class="button tall wide" disabled=${busy || values.code === ""}
          onClick=${fromBackup}>${text.firstStart.fromBackup}</button>
        ${installation !== "none" && html`
          <button type="button" class="button tall wide" disabled=${values.code === ""}
            onClick=${() => setInstalls(true)}>${text.firstStart.install}</button>
        `}
        ${field("clinicName", "", { maxlength: 64, disabled: fixed.clinicName, ...needed("clinicName") })}
        ${fixed.clinicName && html`<${FixedNote} name=${fixed.clinicName.name} />`}
        <label class="field">
          <span>${text.firstStart.country}</span>
          <select name="country" required disabled=${fixed.country} value=${country} onChange=${({ target }) =>
            chooseCountry(target.value)}>
            <option value="" />
            ${countries(language).map(([code, name]) => html`<option key=${code} value=${code}>${name}</option>`)}
          </select>
          <small>${text.setting.country.hint}</small>
          ${fixed.country && html`<${FixedNote} name=${fixed.country.name} />`}
        </label>
        <${TimeZoneField} value=${values.timeZone} country=${country} fixedBy=${fixed.timeZone?.name}
          onChoose=${(name: string) => set("timeZone", name)} />
        ${field("username", text.firstStart.usernameHint, {
          maxlength: 64,
          autocapitalize: "none",
          ...needed("username"),
        })}
        ${field("password", text.users.passwordHint, {
          type: "password",
          minlength: 8,
          autocomplete: "new-password",
          ...needed("password"),
        })}
        <p class="problem" role="alert">${problem}</p>
        <button class="button primary tall wide" disabled=${busy}>${text.firstStart.submit}</button>
      </form>
      ${installs && html`<${InstallOnDisk.component} code=${values.code} onClose=${() => setInstalls(false)} />`}
      <${Keyboard} />
    </main>
  `;
}
