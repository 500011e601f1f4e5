import type { DicomAccount, DicomTlsInfo } from "../../src/web/contract/box.ts";
import { api } from "../shared/api.ts";
import { useAction, whyNot } from "../shared/action.ts";
import { Dialog } from "../shared/dialog.ts";
import { FixedNote } from "../shared/fixed_note.ts";
import { FormEnd, useForm } from "../shared/form.ts";
import { dateInWords } from "../shared/format.ts";
import { html, useEffect, useState } from "../shared/html.ts";
import { icons } from "../shared/icons.ts";
import { text } from "../shared/text.ts";
import { SettingFields } from "./setting_fields.ts";

/** How machines and archives prove who they are: DICOM over TLS with its certificates, and accounts. */
export function DicomSecurity() {
  const [info, setInfo] = useState<DicomTlsInfo | undefined>(undefined);
  const [problem, setProblem] = useState("");

  useEffect(() => {
    api("GET /api/dicom-tls").then(setInfo, (refusal) => setProblem(whyNot(refusal)));
  }, []);

  return html`
    <section class="card" aria-labelledby="tls-title">
      <div>
        <h2 id="tls-title">${text.dicomSecurity.tls}</h2>
        <p class="lead">${text.dicomSecurity.tlsLead}</p>
      </div>
      <p class="problem" role="alert">${problem}</p>
      ${info && html`
        <p class=${`verified ${info.port ? "is-ok" : ""}`} role="status">
          ${info.port ? icons.check() : icons.shield()}<span>
            ${info.port ? text.dicomSecurity.on(info.port) : text.dicomSecurity.off}
          </span>
        </p>
      `}
      <${SettingFields} title=${text.dicomSecurity.tls} keys=${["dicomTls", "dicomTlsPort"]} />
      ${info?.own && html`<${Own} own=${info.own} from=${info.from} />`}
      ${info?.rsa && html`
        <div>
          <h3>${text.dicomSecurity.rsa}</h3>
          <p class="fingerprint">${info.rsa.fingerprint}</p>
          <p class="lead">${text.dicomSecurity.rsaLead}</p>
          <a class="button" href="/certificate-rsa.pem" download>${icons.save()}${text.security.download}</a>
        </div>
      `}
    </section>
    ${info && html`<${Authorities} info=${info} onChanged=${setInfo} />`}
    <${Accounts} />
    <section class="card" aria-labelledby="dicomweb-title">
      <div>
        <h2 id="dicomweb-title">DICOMweb</h2>
        <p class="lead">${text.dicomSecurity.webLead}</p>
      </div>
      <p class="fingerprint">${`${location.origin}/dicom-web`}</p>
      <${SettingFields} title="DICOMweb" keys=${["dicomWebOrigins"]} />
    </section>
  `;
}

function Own({ own, from }: Pick<DicomTlsInfo, "from"> & { own: NonNullable<DicomTlsInfo["own"]> }) {
  const { subject, fingerprint, notAfter } = own;
  return html`
    <div>
      <h3>${text.dicomSecurity.own}</h3>
      <p class="fingerprint">${fingerprint}</p>
      <p class="lead">${[subject, text.security.goodUntil(dateInWords(notAfter.slice(0, 10)))].join(" · ")}</p>
      ${from === "box"
        ? html`
          <p class="lead">${text.dicomSecurity.trust}</p>
          <a class="button" href="/certificate.crt" download>${icons.save()}${text.security.download}</a>
        `
        : html`
          <p class="lead">${text.dicomSecurity.fromFiles}</p>
          <p class="lead">
            <${FixedNote} name="SONODESK_DICOM_TLS_KEY, SONODESK_DICOM_TLS_CERTIFICATE" />
          </p>
        `}
    </div>
  `;
}

/** Who certifies the others. */
function Authorities({ info, onChanged }: { info: DicomTlsInfo; onChanged: (info: DicomTlsInfo) => void }) {
  const [open, setOpen] = useState(false);
  const { busy, problem, act } = useAction();
  const forget = () => act(async () => onChanged(await api("PUT /api/dicom-tls/authorities", { body: { pem: null } })));

  return html`
    <section class="card" aria-labelledby="authorities-title">
      <div class="card-head">
        <div>
          <h2 id="authorities-title">${text.dicomSecurity.authorities}</h2>
          <p class="lead">${text.dicomSecurity.authoritiesLead}</p>
        </div>
        <button class="button" disabled=${info.authoritiesFixed} onClick=${() => setOpen(true)}>${text.dicomSecurity
          .give}</button>
      </div>
      ${info.authoritiesFixed && html`
        <p class="lead">
          <${FixedNote} name="SONODESK_DICOM_TLS_AUTHORITIES" />
        </p>
      `}
      ${info.authorities.length === 0 && html`<p class="lead">${text.dicomSecurity.nobody}</p>`}
      <ul class="machines">
        ${info.authorities.map(({ subject, fingerprint, notAfter }) =>
          html`
            <li key=${fingerprint}>
              <div class="machine-who">
                <strong>${subject}</strong>
                <span class="fingerprint">${fingerprint}</span>
                <span>${text.security.goodUntil(dateInWords(notAfter.slice(0, 10)))}</span>
              </div>
            </li>
          `
        )}
      </ul>
      <p class="problem" role="alert">${problem}</p>
      ${info.authorities.length > 0 && !info.authoritiesFixed && html`
        <div class="dialog-actions">
          <button class="button tall danger" disabled=${busy} onClick=${forget}>${text.dicomSecurity.forget}</button>
        </div>
      `}
      ${open && html`
        <${AuthoritiesForm}
          onClose=${() => setOpen(false)}
          onSaved=${(changed: DicomTlsInfo) => {
            onChanged(changed);
            setOpen(false);
          }}
        />
      `}
    </section>
  `;
}

interface AuthoritiesFormProperties {
  onSaved: (info: DicomTlsInfo) => void;
  onClose: () => void;
}

function AuthoritiesForm({ onSaved, onClose }: AuthoritiesFormProperties) {
  const form = useForm({ pem: "" }, {});
  const { values, set, submit } = form;
  const save = submit(async () => onSaved(await api("PUT /api/dicom-tls/authorities", { body: { pem: values.pem } })));

  return html`
    <${Dialog} title=${text.dicomSecurity.give} onClose=${onClose} kind="wide">
      <form class="machine-form" onSubmit=${save}>
        <label class="field whole">
          <span>${text.dicomSecurity.file}</span>
          <input
            type="file"
            name="file"
            accept=".pem,.crt,.cer,.txt"
            onChange=${async (event) => set("pem", await event.target.files?.[0]?.text() ?? "")}
          />
          <small>${text.dicomSecurity.fileHint}</small>
        </label>
        <label class="field whole">
          <span>${text.dicomSecurity.pem}</span>
          <textarea
            name="pem"
            rows="6"
            required
            spellcheck="false"
            value=${values.pem}
            onInput=${(event) => set("pem", event.target.value)}
          ></textarea>
        </label>
        <${FormEnd} form=${form} onClose=${onClose} />
      </form>
      <//>
  `;
}

/** Names and passcodes that machines show when they connect (DICOM's user identity). */
function Accounts() {
  const [accounts, setAccounts] = useState<DicomAccount[]>([]);
  const { busy, problem, act } = useAction();
  const [open, setOpen] = useState(false);

  const load = async () => setAccounts(await api("GET /api/dicom-accounts"));
  useEffect(() => {
    act(load);
  }, []);

  const remove = (id: string) =>
    act(async () => {
      await api("DELETE /api/dicom-accounts/:id", { id });
      await load();
    });

  return html`
    <section class="card" aria-labelledby="accounts-title">
      <div class="card-head">
        <div>
          <h2 id="accounts-title">${text.dicomSecurity.accounts}</h2>
          <p class="lead">${text.dicomSecurity.accountsLead}</p>
        </div>
        <button class="button" onClick=${() => setOpen(true)}>${icons.add()}${text.dicomSecurity.addAccount}</button>
      </div>
      <p class="problem" role="alert">${problem}</p>
      <ul class="machines">
        ${accounts.map(({ id, username, hasPasscode }) =>
          html`
            <li key=${id}>
              <div class="machine-who">
                <strong>${username}</strong>
                <span>${hasPasscode ? text.dicomSecurity.withPasscode : text.dicomSecurity.nameOnly}</span>
              </div>
              <div class="machine-actions">
                <button class="button danger" disabled=${busy} onClick=${() => remove(id)}>${text.settings
                  .remove}</button>
              </div>
            </li>
          `
        )}
      </ul>
      ${open && html`
        <${AccountForm}
          onClose=${() => setOpen(false)}
          onSaved=${() => {
            setOpen(false);
            act(load);
          }}
        />
      `}
    </section>
  `;
}

function AccountForm({ onSaved, onClose }: { onSaved: () => void; onClose: () => void }) {
  const form = useForm({ username: "", passcode: "" }, text.dicomSecurity);
  const { values, submit, field } = form;
  const save = submit(async () => {
    await api("POST /api/dicom-accounts", { body: values });
    onSaved();
  });

  return html`
    <${Dialog} title=${text.dicomSecurity.addAccount} onClose=${onClose}>
      <form class="machine-form" onSubmit=${save}>
        ${field("username", "", { autofocus: true, required: true, maxlength: 64 })}
        ${field("passcode", text.dicomSecurity.passcodeHint, {
          type: "password",
          maxlength: 64,
          autocomplete: "new-password",
        })}
        <${FormEnd} form=${form} onClose=${onClose} />
      </form>
      <//>
  `;
}
