import * as v from "valibot";
import type { Appointment } from "../../store/appointment.ts";
import { askedKeys, isAskedFor } from "../../store/person_keys.ts";
import { shape } from "../body.ts";
import { today } from "../calendar.ts";
import type { DayCount, Found, Visits } from "../contract/board.ts";
import type { ScheduleProblem } from "../contract/box.ts";
import type { Routes } from "../context.ts";
import { day, filledLine } from "../fields.ts";
import { withNameKey } from "../name_key.ts";
import type { Parts } from "../parts.ts";
import { notFound, notUnderstood } from "../problem.ts";
import { withNameAlerts } from "./patients.ts";

export const SearchQuery = v.object({ text: filledLine(100), date: v.optional(day) });
export const DaysQuery = v.object({ from: day, to: day });

/** People told at most, and appointments that are found by their number. */
const MOST_PEOPLE = 20;
const MOST_NUMBERS = 10;
/** Visits told of one person. */
const MOST_VISITS = 200;
/** Days of a calendar that are counted at once: what a month shows, and the weeks beside it. */
const MOST_DAYS = 62;

/** What is found over all days and people. */
export function searchRoutes({ store }: Parts): Routes<
  "GET /api/search" | "GET /api/patients/:id/visits" | "GET /api/days" | "GET /api/unusable-bookings"
> {
  const idsOf = (id: string) => [id, ...store.patients.otherIdsOf(id)];
  return {
    "GET /api/search": (context) => {
      const { text, date } = shape(SearchQuery, context.req.query(), "query");
      const asked = askedKeys(text);
      const ofDay = date === undefined ? [] : store.appointments.onBoard(date);
      const numbers: Appointment[] = store.appointments.byAccessionNumber(text, MOST_NUMBERS);
      const ofNumbers = numbers.map(({ patient }) => ({ person: patient, by: "accession" as const }));
      const all = [...ofNumbers, ...store.personSearch.find(text, MOST_PEOPLE + 1)];
      const found = all.filter(({ person }, at) => all.findIndex((one) => one.person.id === person.id) === at);
      const answer: Found = {
        people: withNameAlerts(found.slice(0, MOST_PEOPLE).map(({ person }) => person)).map((person, at) => ({
          ...person,
          by: found[at]!.by,
          ...store.visits.daysOf(idsOf(person.id), today()),
        })),
        more: found.length > MOST_PEOPLE,
        appointments: numbers.map(withNameKey),
        onDay: ofDay.filter(({ patient, doctor, description, department, accessionNumber }) =>
          isAskedFor(asked, patient, [doctor, description, department, accessionNumber])
        ).map(({ id }) => id),
      };
      return context.json(answer, 200, { "cache-control": "no-store" });
    },

    "GET /api/patients/:id/visits": (context) => {
      const patient = store.patients.find(context.req.param("id") ?? "");
      if (!patient) throw notFound("Cannot find the patient: there is none with this id");
      const ids = idsOf(patient.id);
      const people = ids.map((id) => store.patients.find(id)).filter((one) => one !== undefined);
      const studies = people.flatMap((one) => store.personStudies.ofPerson(one)).map((one) => one.studyInstanceUid);
      const visits = store.visits.ofPatient(ids, studies, MOST_VISITS + 1);
      const answer: Visits = { visits: visits.slice(0, MOST_VISITS), more: visits.length > MOST_VISITS };
      return context.json(answer, 200, { "cache-control": "no-store" });
    },

    "GET /api/unusable-bookings": (context) =>
      context.json(store.scheduleProblems.all() satisfies ScheduleProblem[], 200, { "cache-control": "no-store" }),

    "GET /api/days": (context) => {
      const { from, to } = shape(DaysQuery, context.req.query(), "query");
      if (Date.parse(to) - Date.parse(from) > MOST_DAYS * 86_400_000) {
        throw notUnderstood(`Cannot count the days: from and to are more than ${MOST_DAYS} days apart`);
      }
      return context.json(store.visits.perDay(from, to) satisfies DayCount[], 200, { "cache-control": "no-store" });
    },
  };
}
