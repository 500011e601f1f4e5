import type { ChosenPrinter, FoundPrinter, PrintJob } from "../../src/web/contract/printing.ts";
import { api } from "../shared/api.ts";
import { useAction } from "../shared/action.ts";
import { useForm } from "../shared/form.ts";
import { html, useEffect, useState } from "../shared/html.ts";
import { text } from "../shared/text.ts";
import { inWords } from "../shared/translate.ts";

/** How often the chosen printer is looked at, milliseconds. */
const LOOK_EVERY = 15_000;
/** How often a test page is looked at, and the list after a search. */
const PACE = 1000;
/** Looks at the list after a search: avahi listens for some seconds. */
const LOOKS = 12;

/** The printer of the box's own screen: which is chosen and how it stands, those that are found, and a test page. */
export function Printer() {
  const [chosen, setChosen] = useState<ChosenPrinter | undefined>(undefined);
  const [found, setFound] = useState<FoundPrinter[] | undefined>(undefined);
  const [left, setLeft] = useState(0);
  const [job, setJob] = useState<PrintJob | undefined>(undefined);
  const { busy, problem, act } = useAction();
  const form = useForm({ uri: "" }, { uri: text.printer.address });

  const look = () => api("GET /api/printer").then(setChosen, () => undefined);
  const list = () => api("GET /api/printers").then(setFound, () => undefined);
  const search = () =>
    act(async () => {
      await api("POST /api/printers/search");
      setLeft(LOOKS);
    });
  const choose = (uri: string | null) =>
    act(async () => {
      setJob(undefined);
      setChosen(await api("PUT /api/printer", { body: { uri } }));
    });
  const test = () => act(async () => setJob(await api("POST /api/printer/test")));
  const send = form.submit(async () => {
    setChosen(await api("PUT /api/printer", { body: { uri: form.values.uri } }));
    form.set("uri", "");
    form.done();
  });

  useEffect(() => {
    look();
    list();
    const timer = setInterval(look, LOOK_EVERY);
    return () => clearInterval(timer);
  }, []);
  useEffect(() => {
    if (left === 0) return;
    const timer = setTimeout(() => list().then(() => setLeft(left - 1)), PACE);
    return () => clearTimeout(timer);
  }, [left]);
  useEffect(() => {
    if (!job || job.state === "printed" || job.state === "failed") return;
    const ask = () => api("GET /api/print-jobs/:id", { id: job.id }).then(setJob, () => setJob(undefined));
    const timer = setTimeout(ask, PACE);
    return () => clearTimeout(timer);
  }, [job]);

  return html`
    <section class="card" aria-labelledby="printer-title">
      <div>
        <h2 id="printer-title">${text.printer.title}</h2>
        <p class="lead">${text.printer.lead}</p>
      </div>
      <p class="problem" role="alert">${problem || form.problem}</p>
      ${chosen && html`<${Chosen} chosen=${chosen} job=${job} />`}
      ${chosen?.uri && html`
        <div class="dialog-actions">
          <button type="button" class="button tall" disabled=${busy} onClick=${() => choose(null)}>
            ${text.printer.none}
          </button>
          <button type="button" class="button tall primary" disabled=${busy} onClick=${test}>${text.printer
            .test}</button>
        </div>
      `}
      <h3>${text.printer.found}</h3>
      ${found?.length === 0 && html`<p>${left > 0 ? text.printer.searching : text.printer.noneFound}</p>`}
      <ul class="machines">
        ${found?.map(({ uri, name, location, by }) =>
          html`
            <li key=${uri}>
              <div class="machine-who">
                <strong>${name}</strong>
                <span>${[text.printer.by[by], location].filter(Boolean).join(" · ")}</span>
              </div>
              ${uri === chosen?.uri
                ? html`<span>${text.printer.isChosen}</span>`
                : html`<button class="button" disabled=${busy} onClick=${() =>
                  choose(uri)}>${text.printer.choose}</button>`}
            </li>
          `
        )}
      </ul>
      <div class="dialog-actions">
        <button type="button" class="button tall" disabled=${busy || left > 0} onClick=${search}>
          ${left > 0 ? text.printer.searching : text.printer.search}
        </button>
      </div>
      <form class="machine-form" onSubmit=${send}>
        ${form.field("uri", text.printer.addressHint, { required: true, maxlength: 300, inputmode: "url" })}
        <div class="dialog-actions whole">
          <button class="button tall" disabled=${form.busy}>${text.printer.choose}</button>
        </div>
      </form>
    </section>
  `;
}

/** Which one it is, how it stands, and what became of a test page. */
function Chosen({ chosen, job }: { chosen: ChosenPrinter; job: PrintJob | undefined }) {
  const { uri, name, state, errors, warnings } = chosen;
  if (uri === "") return html`<p class="verified" role="status">${text.printer.noneChosen}</p>`;
  return html`
    <div role="status">
      <p class="verified">${name || uri}</p>
      ${errors.length === 0 && html`<p>${text.printer.states[state]}</p>`}
      ${[...errors, ...warnings].map((one) =>
        html`<p class="problem" key=${one.detail}>${inWords(one.coded ?? {}, one.detail)}</p>`
      )}
      ${job && html`<p class="printer-outcome">${inWords(job.coded ?? {}, job.detail)}</p>`}
    </div>
  `;
}
