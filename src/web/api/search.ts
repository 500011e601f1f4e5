import * as v from "valibot";
import { say } from "../../sentences.ts";
import type { Appointment } from "../../store/appointment.ts";
import { devanagariSpellings } from "../../dicom/devanagari_spelling.ts";
import { romanized } from "../../dicom/romanization.ts";
import { askedKeys, isAskedFor } from "../../store/person_keys.ts";
import type { Store } from "../../store/store.ts";
import { today } from "../calendar.ts";
import type { DayCount, Found, Visits } from "../contract/board.ts";
import type { ScheduleProblem } from "../contract/box.ts";
import { day, filledLine } from "../fields.ts";
import { withNameKey } from "../name_key.ts";
import { notUnderstood } from "../problem.ts";
import { json, route } from "../route.ts";
import { findPatient, withNameAlerts } from "./patients.ts";

const SearchQuery = v.object({ text: filledLine(100), date: v.optional(day) });
const SpellingsQuery = v.object({ name: filledLine(60) });
const DaysQuery = v.object({ from: day, to: day });

/** People told at most, and appointments that are found by their number. */
const MOST_PEOPLE = 20;
const MOST_NUMBERS = 10;
/** Spellings of a name that are offered, and people who are asked how they are written. */
const MOST_SPELLINGS = 4;
const MOST_WRITTEN = 50;
/** Visits told of one person. */
const MOST_VISITS = 200;
/** Days of a calendar that are counted at once: what a month shows, and the weeks beside it. */
const MOST_DAYS = 62;

const idsOf = (store: Store, id: string) => [id, ...store.patients.otherIdsOf(id)];

/** How people of the clinic who are called so are written in Devanagari, the usual first. @param word in small Latin letters */
function writtenHere(store: Store, word: string): string[] {
  const counts = new Map<string, number>();
  for (const { person: { firstName, lastName } } of store.personSearch.find(word, MOST_WRITTEN)) {
    for (const name of `${firstName} ${lastName}`.split(/\s+/)) {
      if (!/^\p{Script=Devanagari}+$/u.test(name) || romanized(name).toLowerCase() !== word) continue;
      counts.set(name, (counts.get(name) ?? 0) + 1);
    }
  }
  return [...counts].sort(([, one], [, other]) => other - one).map(([name]) => name);
}

/** What is found over all days and people. */
export const searchRoutes = [
  route("GET /api/search", {
    who: "signed in",
    summary: "People and accession numbers, over all days",
    query: SearchQuery,
    answer: json<Found>(),
    programs: ["bookings"],
  }, ({ store, query: { text, date } }) => {
    const asked = askedKeys(text);
    const ofDay = date === undefined ? [] : store.appointments.onBoard(date);
    const numbers: Appointment[] = store.appointments.byAccessionNumber(text, MOST_NUMBERS);
    const ofNumbers = numbers.map(({ patient }) => ({ person: patient, by: "accession" as const }));
    const all = [...ofNumbers, ...store.personSearch.find(text, MOST_PEOPLE + 1)];
    const found = all.filter(({ person }, at) => all.findIndex((one) => one.person.id === person.id) === at);
    return {
      people: withNameAlerts(found.slice(0, MOST_PEOPLE).map(({ person }) => person)).map((person, at) => ({
        ...person,
        by: found[at]!.by,
        ...store.visits.daysOf(idsOf(store, person.id), today()),
      })),
      more: found.length > MOST_PEOPLE,
      appointments: numbers.map(withNameKey),
      onDay: ofDay.filter(({ patient, doctor, description, department, accessionNumber }) =>
        isAskedFor(asked, patient, [doctor, description, department, accessionNumber])
      ).map(({ id }) => id),
    };
  }),

  route("GET /api/patients/:id/visits", {
    who: "signed in",
    summary: "When somebody was here and will be, with counts",
    answer: json<Visits>(),
    programs: ["bookings", "images"],
  }, ({ store, params }) => {
    const patient = findPatient(store, params.id);
    const ids = idsOf(store, patient.id);
    const people = ids.map((id) => store.patients.find(id)).filter((one) => one !== undefined);
    const studies = people.flatMap((one) => store.personStudies.ofPerson(one)).map((one) => one.studyInstanceUid);
    const visits = store.visits.ofPatient(ids, studies, MOST_VISITS + 1);
    return { visits: visits.slice(0, MOST_VISITS), more: visits.length > MOST_VISITS };
  }),

  route("GET /api/spellings", {
    who: "signed in",
    summary: "How a name typed in Latin letters may be written in Devanagari, the likeliest first",
    query: SpellingsQuery,
    answer: json<string[]>(),
  }, ({ store, query: { name } }) => devanagariSpellings(name, MOST_SPELLINGS, (word) => writtenHere(store, word))),

  route("GET /api/unusable-bookings", {
    who: "signed in",
    summary: "Bookings of the clinic that cannot be used, each with the reason",
    answer: json<ScheduleProblem[]>(),
  }, ({ store }) => store.scheduleProblems.all()),

  route("GET /api/days", {
    who: "signed in",
    summary: "How many appointments each day has, for a calendar",
    query: DaysQuery,
    answer: json<DayCount[]>(),
    programs: ["bookings"],
  }, ({ store, query: { from, to } }) => {
    if (Date.parse(to) - Date.parse(from) > MOST_DAYS * 86_400_000) {
      throw notUnderstood(say("too-many-days-to-count", { days: MOST_DAYS }));
    }
    return store.visits.perDay(from, to);
  }),
];
