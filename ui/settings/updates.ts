// @ts-nocheck: not typed yet
import { ask } from "../shared/api.ts";
import { whyNot } from "../shared/deed.ts";
import { html, useEffect, useState } from "../shared/html.ts";
import { said } from "../shared/said.ts";
import { text } from "../shared/text.ts";

/** How often the box is asked how an update goes, milliseconds. */
const PACE = 2000;
/** How often disks are looked for, milliseconds. */
const LOOK = 5000;

/** The version of the box, and a new one from a file. */
export function Updates() {
  const [update, setUpdate] = useState(undefined);
  const [sending, setSending] = useState(false);
  const [problem, setProblem] = useState("");
  const [files, setFiles] = useState([]);
  const [address, setAddress] = useState("");
  const [older, setOlder] = useState(false);
  const busy = sending || ["fetching", "installing", "restarting", "trying"].includes(update?.state);

  const load = () => ask("/api/update").then(setUpdate, () => {}); // while it restarts it does not answer
  useEffect(() => {
    load();
    // a stick may be plugged in at any time
    const look = () =>
      ask("/api/computer").then(({ disks }) => setFiles((disks ?? []).flatMap(({ updates }) => updates)), () => {});
    look();
    const timer = setInterval(look, LOOK);
    return () => clearInterval(timer);
  }, []);
  useEffect(() => {
    if (!busy) return;
    const timer = setInterval(load, PACE);
    return () => clearInterval(timer);
  }, [busy]);

  const send = async (event) => {
    const [file] = event.target.files;
    if (!file) return;
    setProblem("");
    setSending(true);
    try {
      await ask(`/api/update${older ? "?older=yes" : ""}`, { method: "PUT", body: file });
      setUpdate({ ...update, state: "installing" });
    } catch (refusal) {
      setProblem(whyNot(refusal));
    }
    setSending(false);
    event.target.value = "";
  };

  const take = async (from) => {
    setProblem("");
    try {
      await ask("/api/update", { body: { from, older } });
      setUpdate({ ...update, state: "fetching" });
    } catch (refusal) {
      setProblem(whyNot(refusal));
    }
  };

  const state = sending ? "sending" : update?.state;
  const tone = { kept: "is-ok", refused: "is-failing", failed: "is-failing" }[state] ?? "";
  return html`
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
        ${text.updates.states[state] ?? ""} ${state === "refused" ? said(update.detail) : ""}
      </p>
      ${update?.possible && html`
        <label class="check">
          <input name="older" type="checkbox" checked=${older} onChange=${(event) => setOlder(event.target.checked)} />
          <span>${text.updates.older}</span>
        </label>
        <label class="field">
          <span>${text.updates.choose}</span>
          <input type="file" name="bundle" accept=".raucb" disabled=${busy} onChange=${send} />
        </label>
        ${files.map((file) =>
          html`
            <p key=${file}>
              <button class="button tall" disabled=${busy} onClick=${() => take(file)}>
                ${text.updates.fromDisk(file.split("/").at(-1))}
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
  `;
}
