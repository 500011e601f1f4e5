import type { Query } from "../../src/web/contract/api.ts";
import type { Association, AssociationPage, LogLine } from "../../src/web/contract/box.ts";
import type { Machine } from "../../src/web/contract/machines.ts";
import { api } from "../shared/api.ts";
import { dayAndTime } from "../shared/format.ts";
import { DateInput } from "../shared/date_input.ts";
import { type FieldEvent, html, useState } from "../shared/html.ts";
import { icons } from "../shared/icons.ts";
import { text } from "../shared/text.ts";
import { useFiltered } from "./filtered.ts";
import { fold } from "./fold.ts";
import type { PageProperties } from "./pages.ts";
import { Repeats } from "./repeats.ts";

const NO_FILTER = { aeTitle: "", outcome: "", date: "", words: "" };
const EVERY_LINE = { level: "", words: "" };

/** Associations that are asked for at once: machines ask every few seconds, and what repeats is one row. */
const AT_ONCE = "500";

type Shown = Omit<AssociationPage, "associations"> & { associations: Association[] | undefined };

/** What happened on the wire, and what the box itself has said. */
export function Logs({ machines }: Pick<PageProperties, "machines">) {
  return html`
    <${Associations} machines=${machines} />
    <${Lines} />
  `;
}

function Associations({ machines }: Pick<PageProperties, "machines">) {
  const [filter, setFilter] = useState(NO_FILTER);
  const [page, setPage] = useState<Shown>({ associations: undefined, callers: [] });
  const [problem, setProblem] = useState("");
  const load = useFiltered(
    filter,
    (query) => api("GET /api/associations", { query: { ...query, limit: AT_ONCE } as Query<"GET /api/associations"> }),
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
            ${page.callers.filter(Boolean).map((one) =>
              html`<option key=${one} value=${one}>${nameOf(machines, { aeTitle: one })}</option>`
            )}
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
          <${DateInput} name="date" value=${filter.date} onDay=${(date: string) => setFilter({ ...filter, date })} />
        </label>
        <label class="field">
          <span>${text.audit.words}</span>
          <input name="words" type="search" value=${filter.words} onInput=${set("words")} />
        </label>
      </form>
      <p class="problem" role="alert">${problem}</p>
      ${page.associations?.length === 0 && html`<p class="lead">${text.audit.none}</p>`}
      <ol class="events associations" aria-busy=${page.associations === undefined}>
        ${fold(page.associations ?? [], callerOf, sameness).map(({ newest: one, all }) =>
          html`
            <li key=${one.id} class=${one.outcome === "released" ? "" : "is-trouble"}>
              <time>${dayAndTime(one.at)}</time>
              <div class="event-what">
                <strong>${nameOf(machines, one) || text.logs.nameless}</strong>
                <span>${one.address}</span>
                <span>${[
                  text.logs.requests(sum(all, "operations")),
                  sizeOf(sum(all, "bytes")),
                  all.length === 1 && text.logs.within(one.milliseconds),
                ].filter(Boolean).join(" · ")}</span>
                <span class=${one.outcome === "released" ? "verified is-ok" : "verified is-failing"}>
                  ${one.outcome === "released"
                    ? [icons.check(), text.logs.released]
                    : [icons.alert(), html`<span lang="en">${one.outcome}</span>`]}
                </span>
                <${Repeats} times=${all.map(({ at }) => at)} />
                <small>${[
                  one.aeTitle,
                  one.implementation,
                  one.calledAeTitle && `→ ${one.calledAeTitle}`,
                  all.length === 1 && one.name,
                ].filter(Boolean).join(" · ")}</small>
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
  const [filter, setFilter] = useState(EVERY_LINE);
  const [lines, setLines] = useState<LogLine[] | undefined>(undefined);
  const [problem, setProblem] = useState("");
  const load = useFiltered(
    filter,
    (query) => api("GET /api/log", { query: query as Query<"GET /api/log"> }),
    setLines,
    setProblem,
  );
  const set = (name: keyof typeof EVERY_LINE) => (event: FieldEvent) =>
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
        ${fold(lines ?? [], ({ from }) => from, ({ level, message }) => `${level} ${message}`).map(
          ({ newest: line, all }, place) =>
            html`
              <li key=${`${line.at} ${place}`} class=${["warn", "error", "fatal"].includes(line.level)
                ? "is-trouble"
                : ""}>
                <time>${dayAndTime(line.at)}</time>
                <div class="event-what">
                  <span>${line.message}</span>
                  <${Repeats} times=${all.map(({ at }) => at)} />
                  <small>${line.level} · ${line.from}</small>
                </div>
              </li>
            `,
        )}
      </ol>
    </section>
  `;
}

function callerOf({ aeTitle, address }: Association): string {
  return `${aeTitle} ${address}`;
}

/** Whether it asked or sent, and how it ended; with what it came is in the line of each. */
function sameness({ outcome, calledAeTitle, implementation, bytes }: Association): string {
  return JSON.stringify([outcome, calledAeTitle, implementation, bytes > 0]);
}

/** What people here call the machine, else its AE title. */
function nameOf(machines: readonly Machine[], { aeTitle }: Pick<Association, "aeTitle">): string {
  return machines.find((machine) => machine.aeTitle === aeTitle)?.name ?? aeTitle;
}

function sum(all: readonly Association[], what: "operations" | "bytes"): number {
  return all.reduce((total, one) => total + one[what], 0);
}

function sizeOf(bytes: number) {
  if (bytes === 0) return "";
  if (bytes < 1e6) return text.logs.kilobytes(Math.ceil(bytes / 1e3));
  if (bytes < 1e9) return text.storage.megabytes(Math.ceil(bytes / 1e6));
  return text.storage.gigabytes((bytes / 1e9).toFixed(1));
}
