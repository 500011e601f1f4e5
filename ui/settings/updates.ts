import type { Update } from "../../src/web/contract/box.ts";
import { api } from "../shared/api.ts";
import { whyNot } from "../shared/action.ts";
import { type FieldEvent, html, useEffect, useState } from "../shared/html.ts";
import { inWords } from "../shared/translate.ts";
import { text, wordsFor } from "../shared/text.ts";
import { Offered, VersionBefore } from "./version_before.ts";

/** How often the box is asked how an update goes, milliseconds. */
const PACE = 2000;
/** How often disks are looked for, milliseconds. */
const LOOK = 5000;

/** In which something goes on by itself. */
const GOES_ON: readonly string[] = ["fetching", "checking", "installing", "restarting", "trying"];
const TONES: Partial<Record<string, string>> = {
  works: "is-ok",
  kept: "is-ok",
  refused: "is-failing",
  failed: "is-failing",
};

/** The version of the box, and a new one from a file. */
export function Updates() {
  const [update, setUpdate] = useState<Update | undefined>(undefined);
  const [sending, setSending] = useState(false);
  const [problem, setProblem] = useState("");
  const [files, setFiles] = useState<string[]>([]);
  const [address, setAddress] = useState("");
  const busy = sending || GOES_ON.includes(update?.state ?? "");

  const load = () => api("GET /api/update").then(setUpdate, () => {}); // while it restarts it does not answer
  useEffect(() => {
    load();
    // a stick may be plugged in at any time
    const look = () =>
      api("GET /api/computer").then(({ disks }) => setFiles((disks ?? []).flatMap(({ updates }) => updates)), () => {});
    look();
    const timer = setInterval(look, LOOK);
    return () => clearInterval(timer);
  }, []);
  useEffect(() => {
    const timer = setInterval(load, busy ? PACE : LOOK);
    return () => clearInterval(timer);
  }, [busy]);

  const goes = (state: Update["state"]) => setUpdate((before) => before && { ...before, state });

  const send = async (event: FieldEvent) => {
    const [file] = event.target.files ?? [];
    if (!file) return;
    setProblem("");
    setSending(true);
    try {
      await api("PUT /api/update", { query: {}, body: file });
      goes("checking");
    } catch (refusal) {
      setProblem(whyNot(refusal));
    }
    setSending(false);
    event.target.value = "";
  };

  const take = async (from: string) => {
    setProblem("");
    try {
      await api("POST /api/update", { body: { from } });
      goes("fetching");
    } catch (refusal) {
      setProblem(whyNot(refusal));
    }
  };

  const state = sending ? "sending" : update?.state;
  const why = state === "refused" || state === "failed" ? inWords(update?.coded ?? {}, update?.detail ?? "") : "";
  const tone = TONES[state ?? ""] ?? "";
  const asks = update?.versions?.asks;
  const before = update && html`<${VersionBefore} update=${update} busy=${busy} onAsked=${load} />`;
  return html`
    ${update && !sending && html`<${Offered} update=${update} busy=${busy} onAsked=${load} />`} ${asks && before}
    <section class="card" aria-labelledby="updates-title">
      <div>
        <h2 id="updates-title">${text.pages.updates}</h2>
        <p class="lead">${update?.possible === false ? text.updates.elsewhere : text.updates.lead}</p>
      </div>
      <p class="problem" role="alert">${problem}</p>
      <dl class="facts">
        <div>
          <dt>${text.updates.version}</dt>
          <dd>${update?.version ?? text.loading}</dd>
        </div>
      </dl>
      <p class=${`verified ${tone}`} role="status">
        ${wordsFor(text.updates.states, state ?? "") ?? ""} ${why}
      </p>
      ${update?.possible && html`
        <label class="field">
          <span>${text.updates.choose}</span>
          <input type="file" name="bundle" accept=".raucb" disabled=${busy} onChange=${send} />
        </label>
        ${files.map((file) =>
          html`
            <p key=${file}>
              <button class="button tall" disabled=${busy} onClick=${() => take(file)}>
                ${text.updates.fromDisk(file.split("/").at(-1) ?? file)}
              </button>
            </p>
          `
        )}
        <form
          class="machine-form"
          onSubmit=${(event) => {
            event.preventDefault();
            take(address);
          }}
        >
          <label class="field whole">
            <span>${text.updates.address}</span>
            <input
              name="address"
              type="url"
              required
              maxlength="2000"
              placeholder="https://"
              value=${address}
              onInput=${(event) => setAddress(event.target.value)}
            />
          </label>
          <div class="dialog-actions whole">
            <button class="button tall" disabled=${busy}>${text.updates.fetch}</button>
          </div>
        </form>
      `}
    </section>
    ${!asks && before}
  `;
}
