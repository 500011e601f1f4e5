import type { AuditEvent, AuditPage } from "../../src/web/contract/people.ts";
import { api } from "../shared/api.ts";
import { whyNot } from "../shared/action.ts";
import { DateInput } from "../shared/date_input.ts";
import { type FieldEvent, html, useState } from "../shared/html.ts";
import { icons } from "../shared/icons.ts";
import { text, wordsFor } from "../shared/text.ts";
import { actorInWords, EventItem } from "./audit_event.ts";
import { useFiltered } from "./filtered.ts";
import { fold } from "./fold.ts";

const NO_FILTER = { actor: "", action: "", date: "", words: "" };

type Shown = Omit<AuditPage, "events"> & { events: AuditEvent[] | undefined };

/** Who did what, newest first, with what it was before and after; what can be taken back has a button. */
export function Audit() {
  const [filter, setFilter] = useState(NO_FILTER);
  const [page, setPage] = useState<Shown>({
    events: undefined,
    actors: [],
    actions: [],
    people: {},
  });
  const [problem, setProblem] = useState("");
  const [done, setDone] = useState("");

  const load = useFiltered(
    filter,
    (query) => api("GET /api/audit", { query }),
    (found, isMore) =>
      setPage((shown) => ({ ...found, events: isMore ? [...shown.events ?? [], ...found.events] : found.events })),
    setProblem,
  );

  async function undo(event: AuditEvent) {
    setDone("");
    try {
      await api("POST /api/audit/:id/undo", { id: event.id });
      setDone(text.audit.undone);
      await load();
    } catch (refusal) {
      setProblem(whyNot(refusal));
    }
  }

  const set = (name: keyof typeof NO_FILTER) => (event: FieldEvent) =>
    setFilter({ ...filter, [name]: event.target.value });
  const choose = (name: "actor" | "action", label: string, known: string[], inWords: (one: string) => string) =>
    html`
      <label class="field">
        <span>${label}</span>
        <select name=${name} value=${filter[name]} onChange=${set(name)}>
          <option value="">${text.audit.all}</option>
          ${known.map((one) => html`<option key=${one} value=${one}>${inWords(one)}</option>`)}
        </select>
      </label>
    `;
  return html`
    <section class="card" aria-labelledby="audit-title">
      <div>
        <h2 id="audit-title">${text.pages.audit}</h2>
        <p class="lead">${text.audit.lead}</p>
      </div>
      <form class="filters" role="search" onSubmit=${(event) => event.preventDefault()}>
        ${choose("actor", text.audit.actor, page.actors, (one) => actorInWords(one, page.people))}
        ${choose("action", text.audit.action, page.actions, (one) => wordsFor(text.audit.actions, one) ?? one)}
        <label class="field">
          <span>${text.audit.day}</span>
          <${DateInput} name="date" value=${filter.date} onDay=${(date: string) => setFilter({ ...filter, date })} />
        </label>
        <label class="field">
          <span>${text.audit.words}</span>
          <input name="words" type="search" value=${filter.words} onInput=${set("words")} />
        </label>
      </form>
      <p class="problem" role="alert">${problem}</p>
      ${done !== "" && html`<p class="verified is-ok" role="status">${icons.check()}${done}</p>`}
      ${page.events?.length === 0 && html`<p class="lead">${text.audit.none}</p>`}
      <ol class="events" aria-busy=${page.events === undefined}>
        ${fold(page.events ?? [], ({ actor }) => actor, sameness).map((events) =>
          html`<${EventItem} key=${events.newest.id} events=${events} people=${page.people} onUndo=${undo} />`
        )}
      </ol>
      ${page.next && html`
        <button class="button tall" onClick=${() => load(page.next)}>${text.audit.older}</button>
      `}
    </section>
  `;
}

/** What can be taken back stands for itself. */
function sameness({ action, subject, about, detail, undoable }: AuditEvent): string | undefined {
  return undoable ? undefined : JSON.stringify([action, about ?? subject, detail]);
}
