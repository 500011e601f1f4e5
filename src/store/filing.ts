import { type Difference, differencesOf, type Identity } from "../dicom/identity.ts";
import type { ReasonCode, ReasonParameters } from "./attention_reasons.ts";

/*
 * Whose is it? The one decision, as a pure function: what an object says of itself, what is known that it may belong to,
 * and what people have decided, in; the study and the appointments it is filed under, and why a person should look, out.
 */

/** What an object says of its patient. "" where it says nothing; `patientBirthDate` YYYY-MM-DD. */
export interface Claim extends Identity {
  /** YYYY-MM-DD; "" for not known. */
  patientBirthDate: string;
  /** Patient's Sex (0010,0040): M, F, O or "". */
  patientSex: string;
}

/** What an object says that can connect it with a study or an appointment. */
export interface Statement extends Claim {
  /** Study Instance UID (0020,000D). */
  studyInstanceUid: string;
  /** Accession Number (0008,0050). */
  accessionNumber: string;
  /** Of the requests it was made for: accession numbers, ids of steps and of requested procedures. */
  requestIds: readonly string[];
  /** YYYY-MM-DD, or "". */
  studyDate: string;
}

/** A person as the clinic or reception has them, with the ids that were merged into theirs. */
export interface Person extends Identity {
  /** Ids that were merged into theirs. */
  otherIds: readonly string[];
  /** How they were described before they were corrected: what a machine took from its list then still says so. */
  formerly?: readonly Identity[];
}

/** An appointment that an object may belong to. */
export interface Booking {
  id: string;
  person: Person;
  /** Whether it is, or was, on a machine's list. */
  sent: boolean;
}

/** The appointments that fit an object, each kind by another evidence. */
export interface Bookings {
  byStudyUid: Booking | undefined;
  byAccessionNumber: Booking | undefined;
  /** Those that its requests name, in their order. */
  byRequest: readonly Booking[];
  /** This patient's of that day. */
  ofDay: readonly Booking[];
  /** The study or accession number was a booking's that the clinic has given to somebody else since. */
  givenAway: boolean;
}

/** A study that keeps what came under a Study Instance UID. */
export interface KnownStudy {
  /** Study Instance UID (0020,000D). */
  studyInstanceUid: string;
  /** What its objects say of their patient, and what is told of each that says so. */
  claims: readonly (Claim & { notices: readonly FilingReason[] })[];
  /** Whose it is: by decision, else by its appointment, else by what its first object said. */
  person: Person;
  /** Of the appointment; null for none. */
  appointmentId: string | null;
  /** A person said whose it is. */
  decided: boolean;
  /** A person said whose it is, or that it is kept apart rightly. */
  confirmed: boolean;
}

/** Why a person should look at how a study is filed. */
export interface FilingReason {
  /** By its code. */
  code: ReasonCode;
  /** What it names. */
  parameters: ReasonParameters;
}

/** The appointments of a study, and why a person should look. */
export interface Match {
  /** Of the appointment; null for none. */
  appointmentId: string | null;
  /** Further appointments that the same scan was made for. */
  alsoAppointmentIds: readonly string[];
  /** The one that it may be; null for none. */
  suggestedAppointmentId: string | null;
  /** study instance uid | accession number | request | patient id and date | hand; "" without an appointment */
  matchedBy: string;
  /** Why nobody can be sure. */
  reasons: readonly FilingReason[];
  /** What is odd about an object that is filed all the same. */
  notices: readonly FilingReason[];
}

/** The study, by somebody else, under whose UID an object came that is kept apart; null where there is none. */
type Beside = { studyInstanceUid: string; difference: Difference } | null;

/** Where an object is filed. */
type Filing =
  | { kind: "known"; studyInstanceUid: string; beside: Beside; notices: readonly FilingReason[] }
  | {
    kind: "new";
    beside: Beside;
    /** The study that has this UID and must leave it to the one whose appointment it is; null where there is none. */
    displaces: string | null;
    match: Match;
  };

/**
 * Where an object belongs.
 *
 * Of the studies that keep what came under its Study Instance UID it goes to the one whose person it can be of. Where
 * there is none it begins a study of its own: nothing is ever put under another person. The appointment follows from the
 * Study Instance UID, else the accession number, else the requests, else patient id and day; never against the identity.
 *
 * @param known those that keep what came under its Study Instance UID
 * @param find the appointments that fit it; called only where what came before does not say it already
 */
export function fileObject(statement: Statement, known: readonly KnownStudy[], find: () => Bookings): Filing {
  for (const study of known) {
    const claim = study.claims.find((one) => isSameClaim(one, statement));
    if (claim === undefined) continue;
    const { studyInstanceUid } = study;
    return { kind: "known", studyInstanceUid, beside: besideOf(statement, study, known), notices: claim.notices };
  }
  const bookings = find();
  const weighed = known.map((study) => {
    const named = [bookings.byStudyUid, bookings.byAccessionNumber, ...bookings.byRequest].map((one) => one?.id);
    const isGivenOut = study.appointmentId !== null && named.includes(study.appointmentId);
    const weight = weigh(statement, study.person, isGivenOut);
    // where nobody vouches for the one who came first, what else is there must fit too
    const isVouched = study.appointmentId !== null || study.decided;
    const unlike = study.claims.flatMap((claim) => differencesOf(statement, claim));
    if (!isVouched) return { study, notices: weight.notices, conflict: weight.conflict ?? unlike[0] };
    // of somebody whose birth date is not known, what came first has told one
    const born = study.person.patientBirthDate ? undefined : unlike.find(({ what }) => what === "birth-date");
    const notices: FilingReason[] = born === undefined
      ? weight.notices
      : [...weight.notices, { code: "birth-date-differs", parameters: parametersOf(born) }];
    return { study, notices, conflict: weight.conflict };
  });
  const fitting = weighed.filter(({ conflict }) => conflict === undefined);
  // whom an appointment or a person vouches for goes before whoever only came first
  const best = fitting.find(({ study }) => study.appointmentId !== null || study.decided) ?? fitting[0];
  if (best !== undefined) {
    const { study, notices } = best;
    const { studyInstanceUid } = study;
    return { kind: "known", studyInstanceUid, beside: besideOf(statement, study, known), notices };
  }
  const match = matchStudy(statement, bookings);
  const holder = known.find(({ studyInstanceUid }) => studyInstanceUid === statement.studyInstanceUid);
  const isTheirs = match.matchedBy === "study instance uid" && holder?.appointmentId === null && !holder.confirmed;
  const [other] = weighed;
  return {
    kind: "new",
    beside: other === undefined || isTheirs
      ? null
      : { studyInstanceUid: other.study.studyInstanceUid, difference: other.conflict! },
    displaces: isTheirs ? holder.studyInstanceUid : null,
    match,
  };
}

/** Of a study that is kept apart from the one that has the UID, and of which nobody has decided: that one. */
function besideOf(statement: Statement, study: KnownStudy, known: readonly KnownStudy[]): Beside {
  if (study.confirmed || study.studyInstanceUid === statement.studyInstanceUid) return null;
  const other = known.find(({ studyInstanceUid }) => studyInstanceUid !== study.studyInstanceUid);
  const difference = other && weigh(statement, other.person, false).conflict;
  return difference ? { studyInstanceUid: other.studyInstanceUid, difference } : null;
}

/** The appointments that a study belongs to, by what it says of itself. */
export function matchStudy(statement: Statement, bookings: Bookings): Match {
  const { byStudyUid, byAccessionNumber, byRequest, ofDay } = bookings;
  if (byStudyUid !== undefined) return matchTo(statement, byStudyUid, "study instance uid", byRequest, ofDay);
  if (byAccessionNumber !== undefined) {
    return matchTo(statement, byAccessionNumber, "accession number", byRequest, ofDay);
  }
  const [requested, ...also] = byRequest;
  if (requested !== undefined) return matchTo(statement, requested, "request", also, ofDay);
  const sent = ofDay.filter((booking) => booking.sent);
  const candidates = sent.length > 0 ? sent : ofDay;
  const [first] = candidates;
  if (bookings.givenAway) return unmatched("appointment-given-away", {}, first?.id);
  if (first === undefined) return unmatched("no-appointment", {});
  if (candidates.length === 1) return matchTo(statement, first, "patient id and date", [], []);
  return unmatched("several-appointments", { count: String(candidates.length) }, first.id);
}

function matchTo(
  statement: Statement,
  booking: Booking,
  matchedBy: string,
  others: readonly Booking[],
  ofDay: readonly Booking[],
): Match {
  const { conflict, notices } = weigh(statement, booking.person, matchedBy !== "patient id and date");
  if (conflict !== undefined) {
    const suggested = ofDay.length === 1 ? ofDay[0]! : booking;
    return unmatched("patient-differs", { by: matchedBy, ...parametersOf(conflict) }, suggested.id);
  }
  const also = others.filter(({ id, person }) =>
    id !== booking.id && weigh(statement, person, false).conflict === undefined
  );
  return {
    appointmentId: booking.id,
    alsoAppointmentIds: also.map(({ id }) => id),
    suggestedAppointmentId: null,
    matchedBy,
    reasons: [],
    notices,
  };
}

/**
 * Whether what is said of a patient can be of a person.
 *
 * @param isGivenOut whether it came under a UID or number that was given out for this person
 */
export function isOfPerson(received: Claim, person: Person, isGivenOut: boolean): boolean {
  return weigh(received, person, isGivenOut).conflict === undefined;
}

/**
 * Weighs the evidence. An id that is equal, together with a Study Instance UID or an accession number that was given out
 * for this person's appointment, outweighs a name that a wrong character set may have made, a birth date, or a sex: that
 * alone is told and not taken for another person. Anything else that differs is another person until somebody says
 * otherwise.
 */
export function weigh(
  received: Claim,
  person: Person,
  isGivenOut: boolean,
): { conflict: Difference | undefined; notices: FilingReason[] } {
  const found = [person, ...descriptionsOf(person)].map((one) => differencesOf(received, one, person.otherIds))
    .reduce((least, differences) => differences.length < least.length ? differences : least);
  const [only, ...more] = found;
  const knownById = received.patientId !== "" &&
    (received.patientId === person.patientId || person.otherIds.includes(received.patientId));
  if (only === undefined) return { conflict: undefined, notices: [] };
  const code = NOTICES[only.what];
  const mayBeGarbled = only.what !== "patient-name" || /[^\0-\x7f]/.test(received.patientName);
  if (isGivenOut && knownById && more.length === 0 && code !== undefined && mayBeGarbled) {
    return { conflict: undefined, notices: [{ code, parameters: parametersOf(only) }] };
  }
  return { conflict: only, notices: [] };
}

/** How a person was described before; what was not known of them then is what is known now. */
function descriptionsOf({ formerly = [], patientBirthDate, patientSex }: Person): Identity[] {
  return formerly.map((one) => ({
    ...one,
    patientBirthDate: one.patientBirthDate || patientBirthDate,
    patientSex: one.patientSex || patientSex,
  }));
}

const NOTICES: Partial<Record<Difference["what"], ReasonCode>> = {
  "patient-name": "name-unreadable",
  "birth-date": "birth-date-differs",
  sex: "sex-differs",
};

/** Whether a reason is told of an object that is filed all the same. */
export function isNotice(code: ReasonCode): boolean {
  return Object.values(NOTICES).includes(code);
}

/** The match of a study that belongs to no appointment. */
export const UNMATCHED: Match = {
  ...{ appointmentId: null, alsoAppointmentIds: [], suggestedAppointmentId: null, matchedBy: "" },
  ...{ reasons: [], notices: [] },
};

function unmatched(
  code: ReasonCode,
  parameters: ReasonParameters,
  suggestedAppointmentId: string | null = null,
): Match {
  return { ...UNMATCHED, suggestedAppointmentId, reasons: [{ code, parameters }] };
}

/** A difference as a reason's parameters. */
export function parametersOf({ what, received, expected }: Difference): ReasonParameters {
  return { what, received, expected };
}

/** Whether both say the very same of their patient. */
export function isSameClaim(one: Claim, other: Claim): boolean {
  return one.patientId === other.patientId && one.patientName === other.patientName &&
    one.patientBirthDate === other.patientBirthDate && one.patientSex === other.patientSex;
}
