import type { Query } from "../../src/web/contract/api.ts";
import type { Association, AssociationPage, LogLine } from "../../src/web/contract/box.ts";
import { api } from "../shared/api.ts";
import { dayAndTime } from "../shared/format.ts";
import { type FieldEvent, html, useState } from "../shared/html.ts";
import { icons } from "../shared/icons.ts";
import { text } from "../shared/text.ts";
import { useFiltered } from "./filtered.ts";

const NO_FILTER = { aeTitle: "", outcome: "", date: "", words: "" };
const NO_WISH = { level: "", words: "" };

type Shown = Omit<AssociationPage, "associations"> & { associations: Association[] | undefined };

/** What happened on the wire, and what the box itself has said. */
export function Logs() {
  return html`
    <${Associations} />
    <${Lines} />
  `;
}

function Associations() {
  const [filter, setFilter] = useState(NO_FILTER);
  const [page, setPage] = useState<Shown>({ associations: undefined, callers: [] });
  const [problem, setProblem] = useState("");
  const load = useFiltered(
    filter,
    (query) => api("GET /api/associations", { query: query as Query<"GET /api/associations"> }),
    (found, isMore) =>
      setPage((shown) => ({
        ...found,
        associations: isMore ? [...shown.associations ?? [], ...found.associations] : found.associations,
      })),
    setProblem,
  );
  const set = (name: keyof typeof NO_FILTER) => (event: FieldEvent) =>
    setFilter({ ...filter, [name]: event.target.value });

  return html`
    <section class="card" aria-labelledby="associations-title">
      <div>
        <h2 id="associations-title">${text.logs.associations}</h2>
        <p class="lead">${text.logs.associationsLead}</p>
      </div>
      <form class="filters" role="search" aria-label=${text.logs.associations} onSubmit=${(event) =>
        event.preventDefault()}>
        <label class="field">
          <span>${text.logs.caller}</span>
          <select name="aeTitle" value=${filter.aeTitle} onChange=${set("aeTitle")}>
            <option value="">${text.audit.all}</option>
            ${page.callers.filter(Boolean).map((one) => html`<option key=${one} value=${one}>${one}</option>`)}
          </select>
        </label>
        <label class="field">
          <span>${text.logs.outcome}</span>
          <select name="outcome" value=${filter.outcome} onChange=${set("outcome")}>
            <option value="">${text.audit.all}</option>
            <option value="broken">${text.logs.broken}</option>
          </select>
        </label>
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
      ${page.associations?.length === 0 && html`<p class="lead">${text.audit.none}</p>`}
      <ol class="events associations" aria-busy=${page.associations === undefined}>
        ${page.associations?.map((one) =>
          html`
            <li key=${one.id} class=${one.outcome === "released" ? "" : "is-trouble"}>
              <time>${dayAndTime(one.at)}</time>
              <div class="event-what">
                <strong>${one.aeTitle || text.logs.nameless}</strong>
                <span>${one.address}</span>
                <span>${text.logs.did(one.operations, one.milliseconds)}${one.bytes > 0
                  ? ` · ${sizeOf(one.bytes)}`
                  : ""}</span>
                <span class=${one.outcome === "released" ? "verified is-ok" : "verified is-failing"}>
                  ${one.outcome === "released"
                    ? [icons.check(), text.logs.released]
                    : [icons.alert(), html`<span lang="en">${one.outcome}</span>`]}
                </span>
                <small>${[one.implementation, one.calledAeTitle && `→ ${one.calledAeTitle}`, one.name].filter(Boolean)
                  .join(" · ")}</small>
              </div>
            </li>
          `
        )}
      </ol>
      ${page.next && html`<button class="button tall" onClick=${() => load(page.next)}>${text.audit.older}</button>`}
    </section>
  `;
}

function Lines() {
  const [filter, setFilter] = useState(NO_WISH);
  const [lines, setLines] = useState<LogLine[] | undefined>(undefined);
  const [problem, setProblem] = useState("");
  const load = useFiltered(
    filter,
    (query) => api("GET /api/log", { query: query as Query<"GET /api/log"> }),
    setLines,
    setProblem,
  );
  const set = (name: keyof typeof NO_WISH) => (event: FieldEvent) =>
    setFilter({ ...filter, [name]: event.target.value });

  return html`
    <section class="card" aria-labelledby="log-title">
      <div>
        <h2 id="log-title">${text.logs.log}</h2>
        <p class="lead">${text.logs.logLead}</p>
      </div>
      <form class="filters" role="search" aria-label=${text.logs.log} onSubmit=${(event) => event.preventDefault()}>
        <label class="field">
          <span>${text.logs.outcome}</span>
          <select name="level" value=${filter.level} onChange=${set("level")}>
            <option value="">${text.audit.all}</option>
            <option value="trouble">${text.logs.trouble}</option>
          </select>
        </label>
        <label class="field">
          <span>${text.audit.words}</span>
          <input name="words" type="search" value=${filter.words} onInput=${set("words")} />
        </label>
        <div class="field">
          <span></span>
          <button class="button tall" onClick=${() => load()}>${text.logs.again}</button>
        </div>
      </form>
      <p class="problem" role="alert">${problem}</p>
      ${lines?.length === 0 && html`<p class="lead">${text.audit.none}</p>`}
      <ol class="events log-lines" lang="en" aria-busy=${lines === undefined}>
        ${lines?.map((line, place) =>
          html`
            <li key=${`${line.at} ${place}`} class=${["warn", "error", "fatal"].includes(line.level)
              ? "is-trouble"
              : ""}>
              <time>${dayAndTime(line.at)}</time>
              <div class="event-what"><span>${line.message}</span><small>${line.level} · ${line.from}</small></div>
            </li>
          `
        )}
      </ol>
    </section>
  `;
}

function sizeOf(bytes: number) {
  if (bytes < 1e6) return text.logs.kilobytes(Math.ceil(bytes / 1e3));
  if (bytes < 1e9) return text.storage.megabytes(Math.ceil(bytes / 1e6));
  return text.storage.gigabytes((bytes / 1e9).toFixed(1));
}
