import type { Appointment } from "../../src/web/contract/appointments.ts";
import { api, Refusal } from "../shared/api.ts";
import { Dialog } from "../shared/dialog.ts";
import { fullName } from "../shared/format.ts";
import { useForm } from "../shared/form.ts";
import { html, useState } from "../shared/html.ts";
import { icons } from "../shared/icons.ts";
import { text } from "../shared/text.ts";
import { typedDate, withStrokes } from "../shared/typed_date.ts";
import { LeftBefore, useDraft } from "./draft.ts";
import { fieldsOf, namesOf } from "./name_groups.ts";
import { NameReading } from "./name_reading.ts";
import { genderInWords } from "./people.ts";
import { Spellings } from "./spellings.ts";
import type { Decided } from "./taken_back.ts";

export interface BookingWindowProperties {
  /** Whose draft it is. */
  user: string;
  appointment: Appointment;
  onTake: (appointment: Appointment) => void;
  onDone: (done: Decided) => void;
  onClose: () => void;
}

/** The values of the fields as the box has them. */
function valuesOf({ patient, doctor, department, description }: Appointment) {
  return {
    ...fieldsOf(patient),
    birthDate: patient.birthDate ? patient.birthDate.split("-").reverse().join("/") : "",
    gender: patient.gender,
    phone: patient.phone,
    description,
    doctor,
    department,
  };
}

type Fields = ReturnType<typeof valuesOf>;
const OF_PATIENT = ["firstName", "lastName", "birthDate", "gender", "phone"] as const;
const OF_NAME = ["reading", "latin"] as const;
const OF_BOOKING = ["description", "doctor", "department"] as const;

/** What differs, as the box takes it. */
function changesOf(from: Fields, to: Fields) {
  const differing = <Name extends keyof Fields>(names: readonly Name[]) =>
    Object.fromEntries(names.filter((name) => from[name] !== to[name]).map((name) => [name, to[name]]));
  const patient: Record<string, string | null | undefined> = differing(OF_PATIENT);
  // groups are in both parts of a name, so that either says something of the other
  const [before, after] = [namesOf(from), namesOf(to)];
  const isRenamed = before.firstName !== after.firstName || before.lastName !== after.lastName;
  if (isRenamed && (before.firstName + after.firstName).includes("=")) Object.assign(patient, after);
  if ("birthDate" in patient) patient.birthDate = to.birthDate.trim() === "" ? null : typedDate(to.birthDate) ?? null;
  return { ...differing(OF_BOOKING), ...(Object.keys(patient).length > 0 && { patient }) };
}

/** The fields that somebody has changed. */
function typedIn(from: Fields, to: Fields): Record<string, string> {
  return Object.fromEntries(Object.entries(to).filter(([name, value]) => value !== from[name as keyof Fields]));
}

function isField(name: string): name is keyof Fields {
  return [...OF_PATIENT, ...OF_NAME, ...OF_BOOKING].some((one) => one === name);
}

/** A booking put right: who it is, and for what. A machine that has it gets it as it is now. */
export function EditWindow({ appointment, user, onTake, onDone, onClose }: BookingWindowProperties) {
  const [before] = useState(() => valuesOf(appointment));
  const form = useForm(() => before, text.walkIn);
  /** whether it is the same person must be said */
  const [asks, setAsks] = useState(false);
  const { values, set, wrong, field } = form;
  const typed = typedDate(values.birthDate);
  const changes = changesOf(before, values);
  const isSame = Object.keys(changes).length === 0;
  const { id, ofClinic } = appointment;
  const draft = useDraft({ user, window: "edit", about: id }, isSame ? null : typedIn(before, values), (left) => {
    for (const [name, value] of Object.entries(left)) if (isField(name)) set(name, value);
  }, onClose);
  const { close } = draft;

  async function change(wanted: typeof changes, person?: "same" | "another") {
    if (wanted.patient && values.birthDate.trim() !== "" && !typed) {
      throw new Refusal(400, text.walkIn.noSuchDay, { fields: [] });
    }
    const patientWas = appointment.patient.id;
    const said = person && { person, patientWas };
    const after = await api("PATCH /api/appointments/:id", { id, body: { ...wanted, ...said } });
    onTake(after);
    close();
    onDone({
      words: text.verbs.edited(fullName(after.patient)),
      takeBack: async () => {
        const { patient, ...back } = changesOf(valuesOf(after), before);
        // who was given another id is the first again, and no third person of that name
        const whose = after.patient.id === patientWas
          ? { ...(patient && { patient }), ...(person && { person }) }
          : { patientId: patientWas };
        onTake(await api("PATCH /api/appointments/:id", { id, body: { ...back, ...whose } }));
      },
    });
  }

  const submit = form.submit(async (event) => {
    const said = event.submitter instanceof HTMLButtonElement ? event.submitter.value : "";
    try {
      await change(changes, said === "same" || said === "another" ? said : undefined);
    } catch (refusal) {
      if (refusal instanceof Refusal && refusal.problem.code === "same-or-another") setAsks(true);
      throw refusal;
    }
  });
  const choice = (gender: string) =>
    html`
      <button type="button" class="choice" key=${gender} disabled=${ofClinic}
        aria-pressed=${genderInWords(values.gender) === genderInWords(gender)}
        onClick=${() => set("gender", gender)}>${genderInWords(gender)}</button>
    `;
  const theirs = { disabled: ofClinic };
  const named = (name: "firstName" | "lastName") =>
    html`
      <div class="field">
        ${field(name, "", { autocapitalize: "words", ...theirs })}
        ${!ofClinic && values[name] !== before[name] && html`
          <${Spellings} name=${values[name]} onChoose=${(spelled: string) => set(name, spelled)} />
        `}
      </div>
    `;
  return html`
    <${Dialog} title=${text.verbs.editTitle(fullName(appointment.patient))} onClose=${close} kind="wide">
      <form class="walk-in" onSubmit=${submit} onInput=${() => setAsks(false)}>
        <${LeftBefore} draft=${draft} />
        ${ofClinic && html`
          <p class="row-attention whole" role="status">${icons.alert()}<span>${text.verbs.clinicOwns}</span></p>
        `}
        ${named("firstName")} ${named("lastName")}
        <${NameReading} values=${values} field=${field} disabled=${ofClinic} />
        <label class="field">
          <span>${text.walkIn.birthDate}</span>
          <input name="birthDate" type="text" inputmode="numeric" maxlength="10" autocomplete="off"
            placeholder=${text.walkIn.dayMonthYear} disabled=${ofClinic} value=${values.birthDate}
            aria-invalid=${wrong.includes("birthDate") || values.birthDate.length >= 10 && !typed}
            onInput=${(event) => set("birthDate", withStrokes(event.target.value))} />
        </label>
        <fieldset class="field">
          <legend>${text.walkIn.gender}</legend>
          <div class="field-row">${["Female", "Male", "Other"].map(choice)}</div>
        </fieldset>
        ${field("phone", "", { inputmode: "tel" })}
        ${field("description", "")}
        ${field("doctor", "", theirs)}
        ${field("department", "", theirs)}
        <div class="dialog-actions whole sticky">
          <p class="problem" role="alert">${form.problem}</p>
          ${asks
            ? html`
              <button class="button tall" value="another" disabled=${form.busy}>${text.verbs.another}</button>
              <button class="button tall primary" value="same" disabled=${form.busy}>${text.verbs.same}</button>
            `
            : html`
              <button type="button" class="button tall" onClick=${close}>${text.cancel}</button>
              <button class="button tall primary" disabled=${form.busy || isSame}>${text.save}</button>
            `}
        </div>
      </form>
      <//>
  `;
}
