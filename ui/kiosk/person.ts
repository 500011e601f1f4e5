import type { Patient, Person } from "../../src/web/contract/appointments.ts";
import { api, Refusal } from "../shared/api.ts";
import { whyNot } from "../shared/action.ts";
import { whyNotByField } from "../shared/form.ts";
import { Dialog } from "../shared/dialog.ts";
import { dateInWords, fullName } from "../shared/format.ts";
import { type FieldEvent, html, useEffect, useRef, useState, type VNode } from "../shared/html.ts";
import { icons } from "../shared/icons.ts";
import { text } from "../shared/text.ts";
import { typedDate, withStrokes } from "../shared/typed_date.ts";
import { PersonButton } from "./choose_target.ts";
import { LeftBefore, useDraft } from "./draft.ts";
import { genderInWords } from "./people.ts";
import { usePeople } from "./returning.ts";
import { type ComparedRow, SideBySide, WhyField } from "./side_by_side.ts";
import { type Decided, takeBack } from "./taken_back.ts";

/** All that is known of a patient: other ids, visits, studies, and whether they are corrected here. */
function usePerson(id: string | undefined) {
  const [person, setPerson] = useState<Person | undefined>(undefined);
  const [problem, setProblem] = useState("");
  useEffect(() => {
    let gone = false;
    setPerson(undefined);
    if (id === undefined) return;
    api("GET /api/patients/:id", { id })
      .then((found) => gone || setPerson(found), (refusal) => gone || setProblem(whyNot(refusal)));
    return () => {
      gone = true;
    };
  }, [id]);
  return { person, problem };
}

export interface PersonWindowProperties {
  /** Whose draft it is. */
  user: string;
  patient: Patient;
  mayTakeBack: boolean;
  onDone: (done: Decided) => void;
  onClose: () => void;
}

/** Two entries of one person become one. */
export function MergeWindow({ patient, mayTakeBack, onDone, onClose }: Omit<PersonWindowProperties, "user">) {
  const [words, setWords] = useState(fullName(patient));
  const [otherId, setOtherId] = useState<string | undefined>(undefined);
  /** who stays; undefined while nobody has said */
  const [stays, setStays] = useState<string | undefined>(undefined);
  const found = usePeople(words).filter(({ id }) => id !== patient.id);
  const { person: own, problem } = usePerson(patient.id);
  const { person: other } = usePerson(otherId);

  // an entry of the clinic's own stays: it would come again
  const kept = stays ?? (own && other && own.correctedHere && !other.correctedHere ? other.id : patient.id);
  const gone = kept === patient.id ? otherId ?? "" : patient.id;

  async function merge(reason: string) {
    await api("POST /api/patients/:id/merge", { id: gone, body: { into: kept, reason } });
    onDone({
      words: text.person.merged(gone, kept),
      ...(mayTakeBack && { takeBack: () => takeBack("patients merged", [`patient ${gone}`]) }),
    });
  }

  return html`
    <${Dialog} title=${text.person.mergeTitle(fullName(patient))} onClose=${onClose} kind="wide">
      ${problem !== "" && html`<p class="problem" role="alert">${problem}</p>`}
      ${own && other
        ? html`
          <${SideBySide}
            heads=${[text.person.oneThis, text.person.oneOther]}
            rows=${mergeRows(own, other)}
            reasons=${text.decide.reasons.merge}
            confirm=${text.person.mergeNow(gone, kept)}
            act=${merge}
            onBack=${() => setOtherId(undefined)}
          >
            <fieldset class="stays">
              <legend>${text.person.stays}</legend>
              <div class="field-row">
                ${[own.id, other.id].map((id) =>
                  html`
                    <button type="button" class="choice" key=${id} aria-pressed=${kept === id}
                      onClick=${() => setStays(id)}>${text.person.keeps(id)}</button>
                  `
                )}
              </div>
            </fieldset>
            <//>
        `
        : html`
          <p class="lead">${text.person.mergeLead}</p>
          <label class="field">
            <input type="search" aria-label=${text.person.search} placeholder=${text.person.search} value=${words}
              onInput=${(event) => setWords(event.target.value)} />
          </label>
          <ul class="machine-choices">
            ${found.map((one) =>
              html`
                <li key=${one.id}>
                  <${PersonButton} patient=${one} onChoose=${() => setOtherId(one.id)} />
                </li>
              `
            )}
          </ul>
          ${found.length === 0 && html`<p class="lead">${text.person.nobody}</p>`}
        `}
    <//>
  `;
}

function mergeRows(own: Person, other: Person): ComparedRow[] {
  const date = (day: string | null) => day ? dateInWords(day) : null;
  return [
    [text.unmatched.name, fullName(own), fullName(other)],
    [text.unmatched.patientId, own.id, other.id],
    [text.unmatched.born, date(own.birthDate), date(other.birthDate)],
    [text.decide.sex, genderInWords(own.gender) || null, genderInWords(other.gender) || null],
    [text.decide.phone, own.phone || null, other.phone || null],
    ...(own.otherIds.length + other.otherIds.length > 0
      ? [
        [
          text.person.otherIds,
          own.otherIds.join(", ") || null,
          other.otherIds.join(", ") || null,
        ] satisfies ComparedRow,
      ]
      : []),
    [text.person.visits, visitsInWords(daysOf(own)), visitsInWords(daysOf(other)), false],
    [text.person.studies, visitsInWords(studyDaysOf(own)), visitsInWords(studyDaysOf(other)), false],
  ];
}

/** How many, and of when the last is: null where there is none. */
function visitsInWords(days: string[]): string | null {
  if (days.length === 0) return null;
  const last = [...days].sort().at(-1);
  return `${days.length}${last ? ` · ${dateInWords(last)}` : ""}`;
}

const daysOf = ({ appointments }: Person) => appointments.map(({ date }) => date);
const studyDaysOf = ({ studies }: Person) => studies.map(({ studyDate }) => studyDate);

/** A name, birth date, sex or phone that is wrong, put right beside what it is now. */
export function CorrectWindow({ patient, user, mayTakeBack, onDone, onClose }: PersonWindowProperties) {
  const { person, problem: notLoaded } = usePerson(patient.id);
  /** forgets what was typed, once there is a form */
  const forget = useRef(() => {});
  function close() {
    forget.current();
    onClose();
  }
  return html`
    <${Dialog} title=${text.person.correctTitle(fullName(patient))} onClose=${close} kind="wide">
      ${notLoaded !== "" && html`<p class="problem" role="alert">${notLoaded}</p>`}
      ${person && !person.correctedHere && html`
        <p class="row-attention" role="status">${icons.alert()}<span>${text.person.notHere}</span></p>
      `}
      ${person?.correctedHere && html`
        <${Correction} person=${person} user=${user} mayTakeBack=${mayTakeBack} forget=${forget}
          onDone=${onDone} onClose=${close} />
      `}
    <//>
  `;
}

/** What of a patient can be put right. */
type Correctable = "firstName" | "lastName" | "birthDate" | "gender" | "phone";

interface CorrectionProperties extends Omit<PersonWindowProperties, "patient"> {
  person: Person;
  /** Gets what forgets the draft. */
  forget: { current: () => void };
}

function Correction({ person, user, mayTakeBack, forget, onDone, onClose }: CorrectionProperties) {
  const [before] = useState<Record<Correctable, string>>({
    firstName: person.firstName,
    lastName: person.lastName,
    birthDate: person.birthDate ? person.birthDate.split("-").reverse().join("/") : "",
    gender: person.gender,
    phone: person.phone,
  });
  const [fields, setFields] = useState(before);
  const [reason, setReason] = useState(text.decide.reasons.correct[0] ?? "");
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState("");
  const set = (name: Correctable) => (event: FieldEvent) => setFields({ ...fields, [name]: event.target.value });
  const typed = typedDate(fields.birthDate);
  const after = { ...fields, birthDate: fields.birthDate.trim() === "" ? null : typed ?? fields.birthDate };
  const changed = Object.fromEntries(
    Object.entries(after).filter(([name, value]) => value !== person[name as Correctable]),
  );
  const isSame = Object.keys(changed).length === 0;
  const typedIn = Object.fromEntries(
    Object.entries(fields).filter(([name, value]) => value !== before[name as Correctable]),
  );
  const draft = useDraft(
    { user, window: "correct", about: person.id },
    Object.keys(typedIn).length === 0 ? null : typedIn,
    (left) => setFields({ ...before, ...left }),
  );
  forget.current = draft.forget;

  async function submit(event: SubmitEvent) {
    event.preventDefault();
    setBusy(true);
    setProblem("");
    try {
      if (after.birthDate !== null && typed === undefined) throw new Refusal(400, text.walkIn.noSuchDay);
      await api("PATCH /api/patients/:id", { id: person.id, body: { ...changed, reason } });
      draft.forget();
      onDone({
        words: text.person.done(fullName(after)),
        ...(mayTakeBack && { takeBack: () => takeBack("patient corrected", [`patient ${person.id}`]) }),
      });
    } catch (refusal) {
      setProblem(whyNotByField(refusal, text.walkIn));
      setBusy(false);
    }
  }

  const row = (name: Correctable, label: string, now: string | null, field: VNode) =>
    html`
      <tr key=${name} class=${Object.hasOwn(changed, name) ? "differs" : ""}>
        <th scope="row">${label}</th>
        <td>${now || text.decide.nothing}</td>
        <td>${field}</td>
      </tr>
    `;
  const input = (name: Correctable, label: string, more = {}) =>
    html`
      <input name=${name} aria-label=${label} autocomplete="off" spellcheck="false" value=${fields[name]}
        onInput=${set(name)} ...${more} />
    `;
  return html`
    <form class="compare correction" onSubmit=${submit}>
      <${LeftBefore} draft=${draft} />
      <table>
        <thead>
          <tr>
            <td></td>
            <th scope="col">${text.person.now}</th>
            <th scope="col">${text.person.corrected}</th>
          </tr>
        </thead>
        <tbody>
          ${row(
            "firstName",
            text.walkIn.firstName,
            person.firstName,
            input("firstName", text.walkIn.firstName, { autocapitalize: "words" }),
          )}
          ${row(
            "lastName",
            text.walkIn.lastName,
            person.lastName,
            input("lastName", text.walkIn.lastName, { autocapitalize: "words" }),
          )}
          ${row(
            "birthDate",
            text.walkIn.birthDate,
            person.birthDate && dateInWords(person.birthDate),
            input("birthDate", text.walkIn.birthDate, {
              inputmode: "numeric",
              maxlength: 10,
              placeholder: text.walkIn.dayMonthYear,
              onInput: (event: FieldEvent) => setFields({ ...fields, birthDate: withStrokes(event.target.value) }),
            }),
          )}
          ${row(
            "gender",
            text.walkIn.gender,
            genderInWords(person.gender),
            html`
              <div class="field-row">
                ${["Female", "Male", "Other"].map((gender) =>
                  html`
                    <button type="button" class="choice small" key=${gender}
                      aria-pressed=${genderInWords(fields.gender) === genderInWords(gender)}
                      onClick=${() => setFields({ ...fields, gender })}>${genderInWords(gender)}</button>
                  `
                )}
              </div>
            `,
          )}
          ${row(
            "phone",
            text.decide.phone,
            person.phone,
            input("phone", text.decide.phone, { inputmode: "tel" }),
          )}
        </tbody>
      </table>
      <${WhyField} reasons=${text.decide.reasons.correct} reason=${reason} onReason=${setReason} />
      <div class="dialog-actions sticky">
        <p class="problem" role="alert">${problem}</p>
        <button type="button" class="button tall" onClick=${onClose}>${text.cancel}</button>
        <button class="button tall primary" disabled=${busy || isSame}>${icons.check()}${text.person
          .correctNow}</button>
      </div>
    </form>
  `;
}
