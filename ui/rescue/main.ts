import type { BackupSnapshot, KnownBackup, Rescue as Rescued } from "../../src/web/contract/rescue.ts";
import type { Body } from "../../src/web/contract/api.ts";
import { api, Refusal } from "../shared/api.ts";
import { useForm } from "../shared/form.ts";
import { clockTime, dayInWords, dayOf } from "../shared/format.ts";
import { html, renderPage, useEffect, useState } from "../shared/html.ts";
import { Keyboard } from "../shared/keyboard.ts";
import { inWords as sizeInWords } from "../shared/bytes.ts";
import { inWords } from "../shared/translate.ts";
import { chooseLanguage, language, languageOfBox, LANGUAGES, text } from "../shared/text.ts";
import { Confirm } from "../shared/confirm.ts";

/** How often it is looked whether the box works again, milliseconds. */
const LOOK_EVERY = 1500;

/** A box that cannot work with its data: what is wrong, and what can be done about it. */
function Rescue() {
  /** undefined: not known yet */
  const [state, setState] = useState<Rescued | undefined>(undefined);

  async function look() {
    try {
      const found = await api("GET /api/rescue");
      document.title = found.name;
      languageOfBox(found.language);
      setState(found);
    } catch (refusal) {
      // the box works again, and has its own pages
      if (refusal instanceof Refusal && [401, 404].includes(refusal.status)) location.reload();
    }
  }

  useEffect(() => {
    look();
    const timer = setInterval(look, LOOK_EVERY);
    return () => clearInterval(timer);
  }, []);

  if (state === undefined) return html`<div class="arriving" aria-busy="true"></div>`;
  const { title, what } = text.rescue.causes[state.cause];
  return html`
    <main class="login">
      <section class="login-side rescue-side">
        <img class="login-mark" src="/shared/mark.svg" alt="" width="56" height="56" />
        <h1>${title}</h1>
        <p>${what}</p>
        ${!state.cause.startsWith("repla") && state.cause !== "handing over" && html`<p>${text.rescue.meanwhile}</p>`}
        ${state.signedIn &&
          html`<p class="rescue-detail">${text.rescue.said} ${inWords(state.coded ?? {}, state.detail)}</p>`}
        ${state.code && html`<p class="setup-code"><span>${text.rescue.code}</span><strong>${state.code}</strong></p>`}
      </section>
      <div class="login-form rescue-form">
        <div class="field-row" role="group" aria-label=${text.header.language}>
          ${Object.entries(LANGUAGES).map(([code, name]) =>
            html`
              <button type="button" class="choice" key=${code} lang=${code} aria-pressed=${code === language}
                onClick=${() => code !== language && chooseLanguage(code)}>${name}</button>
            `
          )}
        </div>
        ${state.work
          ? html`<${Working} work=${state.work} />`
          : state.signedIn
          ? html`<${Ways} state=${state} onChosen=${look} />`
          : html`<${Code} shown=${state.code} onIn=${look} />`}
      </div>
      <${Keyboard} />
    </main>
  `;
}

function Code({ shown, onIn }: { shown: string | undefined; onIn: () => Promise<void> }) {
  const { busy, problem, submit, done, values, field } = useForm({ code: shown ?? "" }, text.rescue);
  const send = submit(async () => {
    await api("POST /api/rescue/session", { body: { code: values.code } });
    await onIn();
    done();
  });
  return html`
    <form class="rescue-way" onSubmit=${send}>
      <h2>${text.rescue.codeTitle}</h2>
      <p>${text.rescue.whereCode}</p>
      ${field("code", "", { inputmode: "numeric", maxlength: 12, required: true })}
      <p class="problem" role="alert">${problem}</p>
      <button class="button primary tall" disabled=${busy}>${text.rescue.open}</button>
    </form>
  `;
}

function Working({ work }: { work: NonNullable<Rescued["work"]> }) {
  return html`
    <section class="rescue-way" aria-live="polite">
      <h2>${text.rescue.ways[work.way].title}</h2>
      <p>${text.rescue.working}</p>
      ${work.files > 0 && html`<p>${text.rescue.files(work.files)}</p>`}
    </section>
  `;
}

type Choice = Body<"POST /api/rescue/choice">;

function Ways({ state, onChosen }: { state: Extract<Rescued, { signedIn: true }>; onChosen: () => void }) {
  /** what somebody is asked about once more */
  const [asked, setAsked] = useState<Choice | undefined>(undefined);

  async function choose(choice: Choice) {
    await api("POST /api/rescue/choice", { body: choice });
    setAsked(undefined);
    onChosen();
  }

  const ways = state.ways.filter((way) => way !== "snapshot" || state.snapshots.length > 0);
  const isBegun = state.cause === "replacing";
  return html`
    ${state.failed &&
      html`<p class="problem" role="alert">${text.rescue.failed} ${inWords(state.failedCoded ?? {}, state.failed)}</p>`}
    ${ways.map((way) => {
      const { title, what, act } = text.rescue.ways[way];
      return html`
        <section class="rescue-way" key=${way}>
          <h2>${title}</h2>
          <p>${what}</p>
          ${way === "snapshot"
            ? state.snapshots.map(({ name, time }) =>
              html`
                <button key=${name} class="button" onClick=${() => setAsked({ way, snapshot: name })}>
                  ${when(time)}
                </button>
              `
            )
            : way === "restore"
            ? html`<${Backup} known=${state.backup} onChosen=${setAsked} />`
            : way === "replace" && !isBegun
            ? html`<${OldBox} onChosen=${setAsked} />`
            : html`
              <button class=${way === "try again" ? "button primary" : "button"}
                onClick=${() => setAsked({ way })}>${act}</button>
            `}
        </section>
      `;
    })}
    ${asked && html`
      <${Confirm} title=${text.rescue.ways[asked.way].act} question=${text.rescue.ways[asked.way].sure}
        act=${() => choose(asked)} onClose=${() => setAsked(undefined)} />
    `}
  `;
}

/** Which box is replaced: it shows a code. */
function OldBox({ onChosen }: { onChosen: (choice: Choice) => void }) {
  const form = useForm({ address: "", boxCode: "" }, text.rescue);
  const { address, boxCode } = form.values;
  return html`
    <form class="field-list" onSubmit=${form.submit(() => {
      onChosen({ way: "replace", box: { address, code: boxCode } });
      form.done();
      return Promise.resolve();
    })}>
      ${form.field("address", text.rescue.addressHint, { required: true, maxlength: 200, autocapitalize: "none" })}
      ${form.field("boxCode", text.rescue.boxCodeHint, { required: true, maxlength: 40, inputmode: "numeric" })}
      <button class="button">${text.rescue.ways.replace.act}</button>
    </form>
  `;
}

/** Where the backup is, then which of its copies. */
function Backup({ known, onChosen }: { known: KnownBackup | null; onChosen: (choice: Choice) => void }) {
  const form = useForm({
    folder: known?.folder ?? "",
    passphrase: "",
    endpoint: "",
    region: "us-east-1",
    accessKeyId: "",
    secretAccessKey: "",
  }, text.rescue);
  const [disks, setDisks] = useState<string[]>([]);
  useEffect(() => {
    api("GET /api/rescue/disks").then(setDisks, () => {}); // then its place is typed
  }, []);
  const [found, setFound] = useState<{ backup: string; snapshots: BackupSnapshot[] } | undefined>(undefined);
  const { folder, passphrase, endpoint, region, accessKeyId, secretAccessKey } = form.values;
  const isKnown = folder === known?.folder;
  const asksAccess = folder.startsWith("s3://") && !(isKnown && known?.knowsAccess);
  const backup = {
    folder,
    ...(passphrase && { passphrase }),
    ...(asksAccess && { s3: { endpoint, region, accessKeyId, secretAccessKey } }),
  };

  const send = form.submit(async () => {
    const snapshots = await api("POST /api/rescue/backup", { body: { backup } });
    setFound({ backup: JSON.stringify(backup), snapshots });
    form.done();
  });
  // the copies in one backup are none of another, whose address was typed since
  const snapshots = found?.backup === JSON.stringify(backup) ? found.snapshots : [];
  return html`
    ${disks.length > 0 && html`
      <p>${text.rescue.found}</p>
      ${disks.map((path) =>
        html`
          <button type="button" class="button" key=${path} aria-pressed=${path === folder}
            onClick=${() => form.set("folder", path)}>${path}</button>
        `
      )}
    `}
    <form class="field-list" onSubmit=${send}>
      ${form.field("folder", text.rescue.folderHint, { required: true })}
      ${!(isKnown && known?.knowsPassphrase) &&
        form.field("passphrase", text.rescue.passphraseHint, { type: "password" })}
      ${asksAccess && html`
        ${form.field("endpoint", "", { required: true })} ${form.field("region", "")}
        ${form.field("accessKeyId", "", { required: true })}
        ${form.field("secretAccessKey", "", { required: true, type: "password" })}
      `}
      <p class="problem" role="alert">${form.problem}</p>
      <button class="button" disabled=${form.busy}>${text.rescue.look}</button>
    </form>
    ${snapshots.map(({ name, time, objects, bytes }) =>
      html`
        <button key=${name} class="button" onClick=${() => onChosen({ way: "restore", snapshot: name, backup })}>
          ${text.rescue.backupOf(when(time), objects, sizeInWords(bytes))}
        </button>
      `
    )}
  `;
}

/** @param time ISO 8601 */
function when(time: string) {
  return `${dayInWords(dayOf(new Date(time)))}, ${clockTime(new Date(time))}`;
}

renderPage(html`<${Rescue} />`);
