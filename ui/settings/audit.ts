// @ts-nocheck: not typed yet
import { ask } from "../shared/api.ts";
import { whyNot } from "../shared/deed.ts";
import { clockTime, dayInShort, dayOf } from "../shared/format.ts";
import { html, useState } from "../shared/html.ts";
import { icons } from "../shared/icons.ts";
import { text } from "../shared/text.ts";
import { useFiltered } from "./filtered.ts";

const NO_FILTER = { actor: "", action: "", date: "", words: "" };

/** Who did what, newest first, with what it was before and after; what can be taken back has a button. */
export function Audit() {
  const [filter, setFilter] = useState(NO_FILTER);
  const [page, setPage] = useState({ events: undefined, actors: [], actions: [], next: undefined });
  const [problem, setProblem] = useState("");
  const [done, setDone] = useState("");

  const load = useFiltered(
    "/api/audit",
    filter,
    (found, isMore) =>
      setPage((shown) => ({ ...found, events: isMore ? [...shown.events, ...found.events] : found.events })),
    setProblem,
  );

  async function undo(event) {
    setDone("");
    try {
      await ask(`/api/audit/${event.id}/undo`, { method: "POST" });
      setDone(text.audit.undone);
      await load();
    } catch (refusal) {
      setProblem(whyNot(refusal));
    }
  }

  const set = (name) => (event) => setFilter({ ...filter, [name]: event.target.value });
  const choose = (name, label, known, words = {}) =>
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
        ${page.events?.map((event) => html`<${Event} key=${event.id} event=${event} onUndo=${undo} />`)}
      </ol>
      ${page.next && html`
        <button class="button tall" onClick=${() => load(page.next)}>${text.audit.older}</button>
      `}
    </section>
  `;
}

function Event({ event, onUndo }) {
  const { before, after, ...rest } = event.detail;
  const changes = changesBetween(before, after);
  const more = Object.entries(rest).filter(([, value]) => value !== null && value !== "" && value !== false);
  return html`
    <li>
      <time>${dayInShort(dayOf(new Date(event.at)))} ${clockTime(event.at)}</time>
      <div class="event-what">
        <strong>${text.audit.actions[event.action] ?? event.action}</strong>
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
function changesBetween(before, after) {
  const isFields = (value) => typeof value === "object" && value !== null;
  if (!isFields(before) && !isFields(after)) {
    return before === undefined && after === undefined ? [] : [[text.audit.value, before, after]];
  }
  const names = [...new Set([...Object.keys(before ?? {}), ...Object.keys(after ?? {})])];
  return names.map((name) => [name, before?.[name], after?.[name]])
    .filter(([, was, is]) => JSON.stringify(was) !== JSON.stringify(is));
}

/** A field as the pages call it where they show it; a setting goes by the name it has in the environment. */
function fieldName(name) {
  if (!name.startsWith("SONODESK_")) return text.audit.fields[name] ?? text.habits[name]?.label ?? name;
  const key = name.slice("SONODESK_".length).toLowerCase().replace(/_(.)/g, (_, letter) => letter.toUpperCase());
  return text.setting[key]?.label ?? name;
}

function words(value) {
  if (value === null || value === "") return text.audit.nothing;
  if (typeof value === "boolean") return value ? text.audit.yes : text.audit.no;
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}
