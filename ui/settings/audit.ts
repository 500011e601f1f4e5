import type { AuditEvent, AuditPage } from "../../src/web/contract/people.ts";
import { api } from "../shared/api.ts";
import { whyNot } from "../shared/action.ts";
import { dayAndTime } from "../shared/format.ts";
import { type FieldEvent, html, useState } from "../shared/html.ts";
import { icons } from "../shared/icons.ts";
import { text, wordsFor } from "../shared/text.ts";
import { useFiltered } from "./filtered.ts";

const NO_FILTER = { actor: "", action: "", date: "", words: "" };

type Shown = Omit<AuditPage, "events"> & { events: AuditEvent[] | undefined };

/** Who did what, newest first, with what it was before and after; what can be taken back has a button. */
export function Audit() {
  const [filter, setFilter] = useState(NO_FILTER);
  const [page, setPage] = useState<Shown>({ events: undefined, actors: [], actions: [] });
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
  const choose = (name: "actor" | "action", label: string, known: string[], words: Record<string, string> = {}) =>
    html`
      <label class="field">
        <span>${label}</span>
        <select name=${name} value=${filter[name]} onChange=${set(name)}>
          <option value="">${text.audit.all}</option>
          ${known.map((one) => html`<option key=${one} value=${one}>${words[one] ?? one}</option>`)}
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
        ${choose("actor", text.audit.actor, page.actors)}
        ${choose("action", text.audit.action, page.actions, text.audit.actions)}
        <label class="field">
          <span>${text.audit.day}</span>
          <input name="date" type="date" value=${filter.date} onInput=${set("date")} />
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
        ${page.events?.map((event) => html`<${EventItem} key=${event.id} event=${event} onUndo=${undo} />`)}
      </ol>
      ${page.next && html`
        <button class="button tall" onClick=${() => load(page.next)}>${text.audit.older}</button>
      `}
    </section>
  `;
}

function EventItem({ event, onUndo }: { event: AuditEvent; onUndo: (event: AuditEvent) => void }) {
  const { before, after, ...rest } = event.detail;
  const changes = changesBetween(before, after);
  const more = Object.entries(rest).filter(([, value]) => value !== null && value !== "" && value !== false);
  return html`
    <li>
      <time>${dayAndTime(event.at)}</time>
      <div class="event-what">
        <strong>${wordsFor(text.audit.actions, event.action) ?? event.action}</strong>
        <span>${event.actor}</span>
        <code>${event.subject}</code>
        ${more.length > 0 && html`
          <small>${more.map(([name, value]) => `${fieldName(name)}: ${words(value)}`).join(" · ")}</small>
        `}
        ${changes.length > 0 && html`
          <dl class="changes">
            ${changes.map(([name, was, is]) =>
              html`
                <div key=${name}>
                  <dt>${fieldName(name)}</dt>
                  <dd>
                    ${was !== undefined && html`<del>${words(was)}</del>`} ${is !== undefined &&
                      html`<ins>${words(is)}</ins>`}
                  </dd>
                </div>
              `
            )}
          </dl>
        `}
      </div>
      ${event.undoable && html`
        <button class="button" onClick=${() => onUndo(event)}>${icons.undo()}${text.audit.undo}</button>
      `}
    </li>
  `;
}

/** What differs, field by field: [name, before, after]; undefined where that side has none. */
function changesBetween(before: unknown, after: unknown): [name: string, was: unknown, is: unknown][] {
  if (!isFields(before) && !isFields(after)) {
    return before === undefined && after === undefined ? [] : [[text.audit.value, before, after]];
  }
  const [was, is] = [isFields(before) ? before : {}, isFields(after) ? after : {}];
  const names = [...new Set([...Object.keys(was), ...Object.keys(is)])];
  return names.map((name): [string, unknown, unknown] => [name, was[name], is[name]])
    .filter(([, one, other]) => JSON.stringify(one) !== JSON.stringify(other));
}

function isFields(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}

/** A field as the pages call it where they show it; a setting goes by the name it has in the environment. */
function fieldName(name: string): string {
  if (!name.startsWith("SONODESK_")) return wordsFor(text.audit.fields, name) ?? labelIn(text.habits, name) ?? name;
  const key = name.slice("SONODESK_".length).toLowerCase().replace(/_(.)/g, (_, letter) => letter.toUpperCase());
  return labelIn(text.setting, key) ?? name;
}

/** What a table calls a field that it has a label for. */
function labelIn(table: Readonly<Record<string, unknown>>, name: string): string | undefined {
  const words = wordsFor(table, name);
  return isFields(words) ? String(words.label) : undefined;
}

function words(value: unknown): string {
  if (value === null || value === "") return text.audit.nothing;
  if (typeof value === "boolean") return value ? text.audit.yes : text.audit.no;
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}
