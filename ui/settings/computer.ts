import type { Box, Computer as State } from "../../src/web/contract/box.ts";
import { api } from "../shared/api.ts";
import { whyNot } from "../shared/action.ts";
import { Confirm } from "../shared/confirm.ts";
import { Dialog } from "../shared/dialog.ts";
import { listen } from "../shared/events.ts";
import { useForm } from "../shared/form.ts";
import { html, useEffect, useState } from "../shared/html.ts";
import { inWords } from "../shared/bytes.ts";
import { text } from "../shared/text.ts";
import { ComputerNetwork } from "./computer_network.ts";
import { ComputerTouch } from "./computer_touch.ts";
import { ComputerWifi } from "./computer_wifi.ts";
import { Drives } from "./drives.ts";
import { Printer } from "./printer.ts";

/** How often the box is asked how its computer is set, milliseconds. */
const PACE = 3000;

/** The computer that the box is: only where it runs from the appliance's image. */
export function Computer({ box }: { box: Box }) {
  const [computer, setComputer] = useState<State | undefined>(undefined);
  const [problem, setProblem] = useState("");

  // what is asked for holds a moment later, and an address goes by itself
  useEffect(() => {
    const load = () =>
      api("GET /api/computer").then((loaded) => {
        setComputer(loaded);
        setProblem("");
      }, (refusal) => setProblem(whyNot(refusal)));
    load();
    const timer = setInterval(load, PACE);
    return () => clearInterval(timer);
  }, []);

  return html`
    <section class="card" aria-labelledby="computer-title">
      <div>
        <h2 id="computer-title">${text.pages.computer}</h2>
        <p class="lead">${computer?.possible === false ? text.computer.elsewhere : text.computer.lead}</p>
      </div>
      <p class="problem" role="alert">${problem}</p>
    </section>
    ${computer?.possible && html`
      <${ComputerNetwork} network=${computer.network} />
      <${ComputerWifi} wifi=${computer.wifi} />
      <${Disks} disks=${computer.disks} />
      <${Drives} drives=${computer.drives} />
      <${Screen} screen=${computer.screen} />
      <${ComputerTouch} here=${computer.here} touch=${computer.touch} rotation=${computer.screen.rotation} />
      <${Printer} />
      <${Ssh} fingerprint=${computer.ssh.fingerprint} />
      <${Power} />
      <${Reset} box=${box} />
    `}
  `;
}

type Own = Extract<State, { possible: true }>;

/** USB disks, and where on them backups may go. */
function Disks({ disks }: Pick<Own, "disks">) {
  return html`
    <section class="card" aria-labelledby="disks-title">
      <div>
        <h2 id="disks-title">${text.computer.disks}</h2>
        <p class="lead">${text.computer.disksLead}</p>
      </div>
      ${disks.length === 0 && html`<p>${text.computer.noDisks}</p>`}
      <ul class="machines">
        ${disks.map(({ name, folder, free, size }) =>
          html`
            <li key=${name}>
              <div class="machine-who">
                <strong>${folder || name}</strong>
                <span>${folder ? text.computer.room(inWords(free), inWords(size)) : text.computer.readOnly}</span>
              </div>
            </li>
          `
        )}
      </ul>
    </section>
  `;
}

function Screen({ screen }: Pick<Own, "screen">) {
  // what somebody has set stays, whatever the screen is when it is looked at next; the rest is as it is
  const form = useForm<Partial<Record<keyof Own["screen"], string>>>({}, {});
  const values = { ...screen, ...form.values };
  const send = form.submit(async () => {
    const [rotation, scale, darkMinutes] = [values.rotation, values.scale, values.darkMinutes].map(Number);
    await api("PUT /api/computer/screen", { body: { rotation, scale, darkMinutes } as Own["screen"] });
    form.done();
  });
  const choice = (name: "rotation" | "scale", choices: number[], inWords: (value: number) => string) =>
    html`
      <label class="field">
        <span>${text.computer[name]}</span>
        <select name=${name} value=${values[name]} onChange=${(event) => form.set(name, event.target.value)}>
          ${choices.map((value) => html`<option key=${value} value=${value}>${inWords(value)}</option>`)}
        </select>
      </label>
    `;
  return html`
    <section class="card" aria-labelledby="screen-title">
      <div>
        <h2 id="screen-title">${text.computer.screen}</h2>
        <p class="lead">${text.computer.screenLead}</p>
      </div>
      <p class="problem" role="alert">${form.problem}</p>
      <form class="machine-form" onSubmit=${send}>
        ${choice("rotation", [0, 90, 180, 270], text.computer.degrees)}
        ${choice("scale", [100, 125, 150, 200], text.computer.percent)}
        <label class="field">
          <span>${text.computer.dark}</span>
          <input
            name="darkMinutes"
            type="number"
            min="0"
            max="120"
            required
            value=${values.darkMinutes}
            onInput=${(event) => form.set("darkMinutes", event.target.value)}
          />
        </label>
        <div class="dialog-actions whole">
          <button class="button tall primary" disabled=${form.busy}>${text.save}</button>
        </div>
      </form>
    </section>
  `;
}

function Ssh({ fingerprint }: Own["ssh"]) {
  const words = { key: text.computer.sshKey, password: text.computer.password };
  const form = useForm({ key: "", password: "" }, words);
  const [problem, setProblem] = useState("");
  const send = form.submit(async () => {
    await api("PUT /api/computer/ssh", { body: form.values });
    form.set("key", "");
    form.set("password", "");
    form.done();
  });
  const shut = () => {
    setProblem("");
    api("DELETE /api/computer/ssh").catch((refusal) => setProblem(whyNot(refusal)));
  };
  return html`
    <section class="card" aria-labelledby="ssh-title">
      <div>
        <h2 id="ssh-title">${text.computer.ssh}</h2>
        <p class="lead">${text.computer.sshLead}</p>
      </div>
      <p class="verified" role="status">
        ${fingerprint ? text.computer.sshOpen(fingerprint) : text.computer.sshShut}
      </p>
      <p class="problem" role="alert">${problem || form.problem}</p>
      ${fingerprint ? html`<p><button class="button tall" onClick=${shut}>${text.computer.shutSsh}</button></p>` : html`
        <form class="machine-form" onSubmit=${send}>
          ${form.field("key", text.computer.sshKeyHint, { required: true, maxlength: 3000 })}
          ${form.field("password", "", { type: "password", required: true, autocomplete: "current-password" })}
          <div class="dialog-actions whole">
            <button class="button tall" disabled=${form.busy}>${text.computer.openSsh}</button>
          </div>
        </form>
      `}
    </section>
  `;
}

/** Asked once more, since nobody can work meanwhile. */
function Power() {
  const [asks, setAsks] = useState<"restart" | "off" | null>(null);
  const [done, setDone] = useState("");
  const act = async (what: "restart" | "off") => {
    await api("POST /api/computer/power", { body: { what } });
    setAsks(null);
    setDone(text.computer.powerDone[what]);
  };
  // gone and back again: it is on, and can be asked once more
  useEffect(() => {
    if (done === "") return;
    let gone = false;
    return listen({
      onConnected() {
        if (gone) setDone("");
      },
      onLost() {
        gone = true;
      },
      onEvent() {},
    });
  }, [done]);
  return html`
    <section class="card" aria-labelledby="power-title">
      <div>
        <h2 id="power-title">${text.computer.power}</h2>
        <p class="lead">${text.computer.powerLead}</p>
      </div>
      <p class="verified" role="status">${done}</p>
      ${done === "" && html`
        <div class="dialog-actions">
          ${(["restart", "off"] as const).map((what) =>
            html`
              <button key=${what} class="button tall" onClick=${() => setAsks(what)}>
                ${text.computer.powerActions[what]}
              </button>
            `
          )}
        </div>
      `}
      ${asks && html`
        <${Confirm}
          title=${text.computer.powerActions[asks]}
          question=${text.computer.powerSure[asks]}
          act=${() => act(asks)}
          onClose=${() => setAsks(null)}
        />
      `}
    </section>
  `;
}

/** All data gone: never by one tap. */
function Reset({ box }: { box: Box }) {
  const [open, setOpen] = useState(false);
  const [done, setDone] = useState(false);

  return html`
    <section class="card" aria-labelledby="reset-title">
      <div>
        <h2 id="reset-title">${text.computer.reset}</h2>
        <p class="lead">${text.computer.resetLead}</p>
      </div>
      <p class="verified" role="status">${done ? text.computer.resetting : ""}</p>
      ${!done &&
        html`<p><button class="button danger" onClick=${() => setOpen(true)}>${text.computer.reset}</button></p>`}
      ${open && html`
        <${ResetForm}
          box=${box}
          onClose=${() => setOpen(false)}
          onDone=${() => {
            setOpen(false);
            setDone(true);
          }}
        />
      `}
    </section>
  `;
}

function ResetForm({ box, onClose, onDone }: { box: Box; onClose: () => void; onDone: () => void }) {
  const words = { name: text.computer.resetName(box.name), password: text.computer.password };
  const form = useForm({ name: "", password: "" }, words);
  const send = form.submit(async () => {
    await api("POST /api/computer/reset", { body: form.values });
    onDone();
  });
  return html`
    <${Dialog} title=${text.computer.reset} onClose=${onClose} kind="wide">
      <form class="machine-form" onSubmit=${send}>
        <p class="lead whole">${text.computer.resetLead}</p>
        ${form.field("name", "", { required: true })} ${form.field("password", "", {
          type: "password",
          required: true,
          autocomplete: "current-password",
        })}
        <p class="problem whole" role="alert">${form.problem}</p>
        <div class="dialog-actions whole">
          <button type="button" class="button tall" onClick=${onClose}>${text.cancel}</button>
          <button class="button tall danger" disabled=${form.busy || form.values.name.trim() !== box.name.trim()}>
            ${text.computer.resetNow}
          </button>
        </div>
      </form>
      <//>
  `;
}
