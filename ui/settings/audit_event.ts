import type { AuditEvent } from "../../src/web/contract/people.ts";
import { dateInWords, dayAndTime } from "../shared/format.ts";
import { html } from "../shared/html.ts";
import { icons } from "../shared/icons.ts";
import { text, wordsFor } from "../shared/text.ts";
import type { Folded } from "./fold.ts";
import { Repeats } from "./repeats.ts";

/** What an event is about that says it by its action already. */
const OF_THE_BOX = new Set(["box", "settings", "machines", "kiosk", "clinic database"]);

/** What people do with their own login: who it was need not be said twice. */
const OF_ONESELF = new Set(["signed in", "signed out", "unlocked", "PIN set", "PIN removed", "password changed"]);

interface EventItemProperties {
  events: Folded<AuditEvent>;
  /** What people are called, by their user names. */
  people: Readonly<Record<string, string>>;
  onUndo: (event: AuditEvent) => void;
}

/** What somebody did, to whom, and what it was before and after; what repeats is one row. */
export function EventItem({ events: { newest: event, all }, people, onUndo }: EventItemProperties) {
  const { before, after, ...rest } = event.detail;
  const inWords = wordsOf(event);
  const changes = changesBetween(before, after);
  const more = Object.entries(rest).filter(([, value]) => value !== null && value !== "" && value !== false);
  const about = aboutInWords(event);
  return html`
    <li>
      <time>${dayAndTime(event.at)}</time>
      <div class="event-what">
        <strong>${wordsFor(text.audit.actions, event.action) ?? event.action}</strong>
        ${about && html`<span class="event-about">${about}</span>`}
        <span class="event-by">${actorInWords(event.actor, people)}</span>
        <${Repeats} times=${all.map(({ at }) => at)} />
        ${more.length > 0 && html`
          <small>${more.map(([name, value]) => `${fieldName(name)}: ${inWords(value)}`).join(" · ")}</small>
        `}
        ${changes.length > 0 && html`
          <dl class="changes">
            ${changes.map(([name, was, is]) =>
              html`
                <div key=${name}>
                  <dt>${fieldName(name)}</dt>
                  <dd>
                    ${was !== undefined && html`<del>${inWords(was)}</del>`} ${is !== undefined &&
                      html`<ins>${inWords(is)}</ins>`}
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

/** Who did it, as people here call them. */
export function actorInWords(actor: string, people: Readonly<Record<string, string>>): string {
  return wordsFor(people, actor) ?? wordsFor(text.audit.actors, actor) ?? actor;
}

/** Whom or what it was done to; an id where nothing else is left of it, "" where the action says it. */
function aboutInWords({ about, subject, action }: AuditEvent): string {
  if (OF_ONESELF.has(action)) return "";
  if (about) return [about.name, about.day && dateInWords(about.day), about.time].filter(Boolean).join(", ");
  return OF_THE_BOX.has(subject) ? "" : subject;
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

/** Says values of an event in words: what it has by an id goes by its name. */
function wordsOf({ names = {} }: Pick<AuditEvent, "names">): (value: unknown) => string {
  return (value) => {
    if (value === null || value === "") return text.audit.nothing;
    if (typeof value === "boolean") return value ? text.audit.yes : text.audit.no;
    if (Array.isArray(value)) return text.audit.several(value.length);
    if (typeof value === "object") return JSON.stringify(value);
    const written = String(value);
    if (/^\d{4}-\d\d-\d\dT[\d:.]+Z$/.test(written)) return dayAndTime(written);
    if (/^\d{4}-\d\d-\d\d$/.test(written)) return dateInWords(written);
    return wordsFor(names, written) ?? written;
  };
}
