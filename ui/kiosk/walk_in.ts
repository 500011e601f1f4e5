import type { Appointment, FoundPatient } from "../../src/web/contract/appointments.ts";
import { api, Refusal } from "../shared/api.ts";
import { boxNow } from "../shared/clock.ts";
import { Dialog } from "../shared/dialog.ts";
import { dateInWords, dayOf } from "../shared/format.ts";
import { useForm } from "../shared/form.ts";
import { html, useEffect, useRef, useState } from "../shared/html.ts";
import { icons } from "../shared/icons.ts";
import { text } from "../shared/text.ts";
import { latinDigits, typedDate, withStrokes } from "../shared/typed_date.ts";
import { LeftBefore, useDraft } from "./draft.ts";
import { namesOf } from "./name_groups.ts";
import { NameReading } from "./name_reading.ts";
import { Known, Returning } from "./returning.ts";
import { personOnCard } from "./scanner.ts";
import { Spellings } from "./spellings.ts";

/** What is offered for a tap beside a field at most. */
const MOST_SUGGESTIONS = 6;
/** As one is asked for it: 0 to 130 years. */
const AGE = "[0-9]{1,2}|1[0-2][0-9]|130";

/** What a scanner has read, told apart from the same code read again by its number. */
export interface Scanned {
  code: string;
  count: number;
}

export interface WalkInProperties {
  /** Of the day, for suggestions. */
  appointments: Appointment[];
  /** That were searched for in vain, taken as the name. */
  words: string;
  /** Who was found and is meant, where somebody was. */
  person: FoundPatient | undefined;
  /** What was scanned for it last; undefined where nothing was. */
  scanned: Scanned | undefined;
  /** Whose draft it is. */
  user: string;
  onAdded: (appointment: Appointment, send: boolean) => void;
  onClose: () => void;
}

/** Somebody came without a booking: a name, an age or a birth date, sex, study, doctor. Ids are made by the box. */
export function WalkIn({ appointments, words, person, scanned, user, onAdded, onClose }: WalkInProperties) {
  const { values, set, busy, problem, wrong, submit, field } = useForm(() => ({
    ...namesIn(words),
    ...{ reading: "", latin: "" },
    born: "age",
    age: "",
    birthDate: "",
    gender: "",
    phone: "",
    description: "",
    doctor: "",
  }), text.walkIn);
  const first = useRef<HTMLInputElement>(null);
  /** who was here before, when chosen */
  const [known, setKnown] = useState<FoundPatient | null>(person ?? null);
  const [begun] = useState(() => JSON.stringify(values));
  const fill = (found: Partial<typeof values>) => {
    for (const [name, value] of Object.entries(found)) if (name in values) set(name as keyof typeof values, value);
  };
  const typedAnything = JSON.stringify(values) !== begun;
  const draft = useDraft({ user, window: "walk-in", about: "" }, typedAnything ? values : null, (left) => {
    if (person !== undefined || words.trim() !== "") return;
    fill(left);
  }, onClose);
  const { close } = draft;

  useEffect(() => first.current?.focus(), []);

  // a card fills the fields, any other code names who was here before
  useEffect(() => {
    if (scanned === undefined) return;
    const card = personOnCard(scanned.code);
    if (card !== undefined) {
      const age = card.birthYear === "" ? "" : String(Number(dayOf(boxNow()).slice(0, 4)) - Number(card.birthYear));
      setKnown(null);
      fill({ ...card, age, born: card.birthDate === "" ? "age" : "date" });
      return;
    }
    let gone = false;
    api("GET /api/search", { query: { text: scanned.code.slice(0, 100) } }).then(({ people }) => {
      const [only, ...others] = people;
      if (!gone && only !== undefined && others.length === 0) setKnown(only);
    }, () => {});
    return () => {
      gone = true;
    };
  }, [scanned?.count]);

  const typed = typedDate(values.birthDate);
  const birthDate = values.born === "date" ? typed ?? "" : birthDateOf(values.age);

  const add = submit(async (event) => {
    if (values.born === "date" && values.birthDate.trim() !== "" && !typed) {
      throw new Refusal(400, text.walkIn.noSuchDay, { fields: [] });
    }
    const send = event.submitter instanceof HTMLButtonElement && event.submitter.value === "send";
    const appointment = await api("POST /api/appointments", {
      body: {
        patient: known ?? {
          ...namesOf(values),
          birthDate: birthDate || null,
          gender: values.gender,
          phone: values.phone,
        },
        doctor: values.doctor,
        department: departmentOf(appointments, values.doctor),
        description: values.description,
      },
    });
    draft.forget();
    onAdded(appointment, send);
  });

  const choice = (name: "born" | "gender", value: string, label: string) =>
    html`
      <button
        type="button"
        class="choice"
        aria-pressed=${values[name] === value}
        onClick=${() => set(name, values[name] === value && name === "gender" ? "" : value)}
      >
        ${label}
      </button>
    `;
  const named = (name: "firstName" | "lastName", more: object) =>
    html`
      <div class="field">
        ${field(name, "", { autocapitalize: "words", ...more })}
        <${Spellings} name=${values[name]} onChoose=${(spelled: string) => set(name, spelled)} />
      </div>
    `;
  const suggested = (name: "description" | "doctor") =>
    html`
      <div class="suggestions">
        ${mostFrequent(appointments.map((appointment) => appointment[name])).map((value) =>
          html`
            <button type="button" class="choice small" key=${value} aria-pressed=${values[name] === value}
              onClick=${() => set(name, value)}>${value}</button>
          `
        )}
      </div>
    `;
  return html`
    <${Dialog} title=${text.walkIn.title} onClose=${close} kind="wide">
      <form class="walk-in" onSubmit=${add}>
        <${LeftBefore} draft=${draft} />
        ${known ? html`<${Known} patient=${known} onBack=${() => setKnown(null)} />` : html`
          ${named("firstName", { ref: first })}
          ${named("lastName", { required: values.firstName.trim() === "" })}
          <${NameReading} values=${values} field=${field} />
          <${Returning} words=${[values.firstName, values.lastName, values.phone].join(" ")} onChoose=${setKnown} />
          <fieldset class="field">
            <legend>${text.walkIn.born}</legend>
            <div class="field-row">
              ${values.born === "age"
                ? html`
                  <input
                    key="age" name="age" type="text" inputmode="numeric" pattern=${AGE} maxlength="3" class="short"
                    aria-invalid=${wrong.includes("birthDate") || values.age !== "" && birthDate === ""}
                    aria-label=${text.walkIn.age} placeholder=${text.walkIn.years} value=${values.age}
                    onInput=${(event) => set("age", latinDigits(event.target.value))} />
                `
                : html`
                  <input
                    key="birthDate" name="birthDate" type="text" inputmode="numeric" maxlength="10" class="short"
                    autocomplete="off" aria-label=${text.walkIn.birthDate} placeholder=${text.walkIn.dayMonthYear}
                    aria-invalid=${wrong.includes("birthDate") || values.birthDate.length >= 10 && !typed}
                    value=${values.birthDate}
                    onInput=${(event) => set("birthDate", withStrokes(event.target.value))} />
                `}
              ${choice("born", "age", text.walkIn.age)} ${choice("born", "date", text.walkIn.birthDate)}
            </div>
            ${values.born === "age" && birthDate !== "" &&
              html`<small>${text.walkIn.kept(dateInWords(birthDate))}</small>`}
            ${values.born === "date" && typed && html`<small>${dateInWords(typed)}</small>`}
          </fieldset>
          <fieldset class="field">
            <legend>${text.walkIn.gender}</legend>
            <div class="field-row">
              ${choice("gender", "Female", text.walkIn.female)} ${choice("gender", "Male", text.walkIn.male)}
              ${choice("gender", "Other", text.walkIn.other)}
            </div>
          </fieldset>
          ${field("phone", "", { inputmode: "tel" })}
        `}
        <div class="field whole">
          ${field("description", "")} ${suggested("description")}
        </div>
        <div class="field whole">
          ${field("doctor", "")} ${suggested("doctor")}
        </div>
        <div class="dialog-actions whole sticky">
          <p class="problem" role="alert">${problem}</p>
          <button class="button tall" value="add" disabled=${busy}>${text.walkIn.add}</button>
          <button class="button tall primary" value="send" disabled=${busy}>${icons.send()}${text.walkIn
            .addAndSend}</button>
        </div>
      </form>
      <//>
  `;
}

/** The words of a search in vain as a name: the last one is the family name. */
function namesIn(words: string) {
  const parts = /\d/.test(words) ? [] : words.trim().split(/\s+/).filter(Boolean);
  const capital = (part: string) => part.charAt(0).toUpperCase() + part.slice(1);
  return { firstName: parts.slice(0, -1).map(capital).join(" "), lastName: capital(parts.at(-1) ?? "") };
}

/**
 * Who only knows their age gets 1 January of the year that makes it right today: easy to tell from a real date.
 *
 * @param age in years
 */
function birthDateOf(age: string) {
  if (!new RegExp(`^(${AGE})$`).test(age)) return "";
  return `${Number(dayOf(boxNow()).slice(0, 4)) - Number(age)}-01-01`;
}

function mostFrequent(values: string[]) {
  const counts = new Map<string, number>();
  for (const value of values) if (value !== "") counts.set(value, (counts.get(value) ?? 0) + 1);
  return [...counts].sort((a, b) => b[1] - a[1]).slice(0, MOST_SUGGESTIONS).map(([value]) => value);
}

/** The department a doctor works in today, if one is known. */
function departmentOf(appointments: Appointment[], doctor: string) {
  return appointments.find((appointment) => appointment.doctor === doctor)?.department ?? "";
}
