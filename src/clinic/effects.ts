import { say, type Sentence } from "../sentences.ts";
import { derivedUid } from "../dicom/uid.ts";
import { inWords } from "../store/attention.ts";
import type { OutboxEvent } from "../store/outbox.ts";
import type { Store } from "../store/store.ts";
import { type ClinicPatient, conflictWith, isAnotherInClinic, type Said } from "./patient_conflict.ts";
import { book, changeBookings, recordSteps } from "./booking_effects.ts";
import { type Box, type Effect, json, last, type Payload, rows } from "./event_rows.ts";
import { ClinicFailure } from "./failure.ts";
import { replaceMeasurements } from "./measurement_effects.ts";
import { announceResults, answerRequests } from "./requests.ts";
import { bookingsOf, scheduleSource } from "./schedule_source.ts";
import type { Sql } from "./session.ts";

/*
 * What the clinic's columns take, which is what DICOM allows or more. A machine that sends more than DICOM allows must not
 * keep its whole study from the clinic: the object's own attributes are in its file.
 */
const LONGEST_UID = 64;
const LONGEST_ACCESSION_NUMBER = 16;
const LONGEST_MODALITY = 16;
const LONGEST_BODY_PART = 64;
const LARGEST_INTEGER = 2 ** 31 - 1;

/** Studies whose patient the clinic does not know, or knows under another name, by aggregate, each with the reason. */
export class PatientNeeded extends Error {
  override name = "PatientNeeded";
  readonly reasons: ReadonlyMap<string, Sentence>;

  constructor(reasons: ReadonlyMap<string, Sentence>) {
    super("Some studies need a patient");
    this.reasons = reasons;
  }
}

/**
 * What events do in the clinic's database, as part of the caller's transaction. An event that is in
 * `sonodesk.applied_events` already has had its effect and has none again.
 *
 * The events of an aggregate are in their order. Kind by kind they are written in one statement each: bookings before
 * what happened to them, studies before series before images, and of two that say the same of the same thing the later.
 *
 * @throws PatientNeeded when studies of the batch cannot be filed yet: take their aggregates out and try again
 */
export async function applyEvents(sql: Sql, store: Store, boxId: string, events: readonly OutboxEvent[]) {
  await sql`SELECT set_config('sonodesk.quiet', 'on', true)`;
  const fresh = await sql<{ id: string }[]>`
    INSERT INTO sonodesk.applied_events (event_id, box_id)
    SELECT id::uuid, ${boxId} FROM jsonb_array_elements_text(${json(events.map(({ id }) => id))}::text::jsonb) AS id
    ON CONFLICT DO NOTHING RETURNING event_id::text AS id`;
  const isFresh = new Set(fresh.map(({ id }) => id));
  const filedThere = events.filter((event) => isFresh.has(event.id) && isFiledThere(store, event));
  const current = [...await lostParents(sql, store, filedThere), ...filedThere].map(forClinic);
  const byType = Map.groupBy(current, ({ type }) => type);
  for (const [type, apply] of EFFECTS) {
    const some = byType.get(type);
    if (some !== undefined) await apply(sql, some, { store, boxId });
    byType.delete(type);
  }
  const unknown = [...byType.keys()];
  if (unknown.length > 0) {
    throw new ClinicFailure("data", say("clinic-no-such-event", { event: unknown[0]! }));
  }
  await announceResults(sql, current, boxId);
}

/** What the clinic reads beside an image that it still has under a patient whose it is not, as far as the box knows. */
const WITHDRAWN = "Taken from this patient at the box: whose it is waits for a decision there";

/**
 * Objects whose study cannot be told, because nobody knows its patient: where the clinic has them already, under somebody
 * else, they are that one's no longer. Part of the caller's transaction.
 */
export async function withdrawStudy(sql: Sql, store: Store, studyInstanceUid: string): Promise<void> {
  await sql`UPDATE dicom_studies SET appointment_id = NULL, updated_at = now()
    WHERE study_instance_uid = ${clinicUid(studyInstanceUid)} AND appointment_id IS NOT NULL`;
  // they are told again behind the study, once somebody has said whose it is
  await sql`DELETE FROM measurements m USING dicom_studies s
    WHERE s.study_instance_uid = ${clinicUid(studyInstanceUid)} AND m.study_id = s.id`;
  const uids = json(store.instances.ofStudy(studyInstanceUid).map(clinicUid));
  await sql`UPDATE dicom_images SET attention = ${WITHDRAWN}, updated_at = now()
    WHERE coalesce(attention, '') <> ${WITHDRAWN} AND (
      sop_instance_uid IN (SELECT jsonb_array_elements_text(${uids}::text::jsonb))
      OR series_id IN (SELECT e.id FROM dicom_series e JOIN dicom_studies s ON s.id = e.study_id
        WHERE s.study_instance_uid = ${clinicUid(studyInstanceUid)}))`;
}

/** Objects have gone to another study, which may wait for its patient: they are not the former one's any longer. */
async function leaveStudies(sql: Sql, events: readonly OutboxEvent[], { store }: Box): Promise<void> {
  const gone = events.map(({ payload }) => payload)
    .filter(({ sopInstanceUid, studyInstanceUid }) =>
      store.instances.find(sopInstanceUid as string)?.studyInstanceUid !== studyInstanceUid
    );
  await sql`UPDATE dicom_images i SET attention = ${WITHDRAWN}, updated_at = now()
    FROM jsonb_to_recordset(${json(gone)}::text::jsonb) AS e ("sopInstanceUid" text, "studyInstanceUid" text)
      JOIN dicom_studies s ON s.study_instance_uid = e."studyInstanceUid" JOIN dicom_series r ON r.study_id = s.id
    WHERE i.sop_instance_uid = e."sopInstanceUid" AND i.series_id = r.id`;
  await sql`DELETE FROM measurements m
    USING jsonb_to_recordset(${json(gone)}::text::jsonb) AS e ("sopInstanceUid" text, "studyInstanceUid" text),
      dicom_studies s
    WHERE s.study_instance_uid = e."studyInstanceUid" AND m.study_id = s.id
      AND m.sop_instance_uid = e."sopInstanceUid"`;
}

/** A study has its patient again: its images say what they said before `withdrawStudy`. */
async function giveBack(sql: Sql, studies: readonly Payload[], store: Store): Promise<void> {
  const objects = studies.flatMap(({ aggregate }) =>
    store.instances.ofStudy((aggregate as string).slice("study:".length))
  )
    .map((uid) => ({ uid: clinicUid(uid), attention: inWords(store.attention.ofInstance(uid)) }));
  await sql`UPDATE dicom_images SET attention = e.attention, updated_at = now()
    FROM jsonb_to_recordset(${json(objects)}::text::jsonb) AS e (uid text, attention text)
    WHERE sop_instance_uid = e.uid AND dicom_images.attention = ${WITHDRAWN}`;
}

/** An object that is filed under another study by now: what is told of it there holds, whichever is told first. */
function isFiledThere(store: Store, { type, payload }: OutboxEvent): boolean {
  // a series of a study that was left by all of its objects has none to show
  if (type === "series") return store.series.hasObjects(payload.studyInstanceUid as string);
  if (type !== "image" && type !== "measurements") return true;
  if (typeof payload.sopInstanceUid !== "string") return true;
  const instance = store.instances.find(payload.sopInstanceUid);
  return instance === undefined || instance.studyInstanceUid === payload.studyInstanceUid;
}

/**
 * What a series, an image or a value stands on and the clinic's database no longer has: a study, and its series. It is
 * written with them, as it is at the box now.
 */
async function lostParents(sql: Sql, store: Store, events: readonly OutboxEvent[]): Promise<OutboxEvent[]> {
  const told = new Set(events.filter(({ type }) => type === "study").map(({ aggregate }) => aggregate));
  const hanging = events.filter(({ type }) => ["series", "image", "measurements"].includes(type));
  const studies = new Set(
    hanging.filter(({ aggregate }) => !told.has(aggregate)).map(({ payload }) => payload.studyInstanceUid as string),
  );
  const series = new Map(
    hanging.filter(({ type }) => type === "image")
      .map(({ payload }) => [payload.seriesInstanceUid as string, payload.studyInstanceUid as string]),
  );
  for (const { type, payload } of hanging) if (type === "series") series.delete(payload.seriesInstanceUid as string);
  if (studies.size + series.size === 0) return [];
  const wanted = [...studies, ...series.keys()].map((uid) => ({ uid, theirs: clinicUid(uid) }));
  const absent = await sql<{ uid: string }[]>`
    SELECT e.uid FROM jsonb_to_recordset(${json(wanted)}::text::jsonb) AS e (uid text, theirs text)
    WHERE NOT EXISTS (SELECT FROM dicom_studies WHERE study_instance_uid = e.theirs)
      AND NOT EXISTS (SELECT FROM dicom_series WHERE series_instance_uid = e.theirs)`;
  return absent.map(({ uid }) => {
    const ofSeries = series.get(uid);
    const studyInstanceUid = ofSeries ?? uid;
    return {
      ...{ sequence: 0, id: "", attempts: 0, aggregate: `study:${studyInstanceUid}` },
      ...(ofSeries === undefined
        ? { type: "study", payload: store.studies.asTold(uid) }
        : { type: "series", payload: { ...store.series.header(uid), studyInstanceUid } }),
    };
  });
}

/** An event with what the clinic's columns take. */
function forClinic(event: OutboxEvent): OutboxEvent {
  const payload = withClinicUids(event.payload);
  if (event.type === "image") payload.thumbnail = `/api/instances/${event.payload.sopInstanceUid}/thumbnail`;
  return { ...event, payload };
}

/** UIDs as the clinic's columns take them: a machine's that is longer than DICOM allows stands there under another. */
export function withClinicUids(payload: Payload): Payload {
  const uids = ["studyInstanceUid", "seriesInstanceUid", "sopInstanceUid"].filter((name) =>
    typeof payload[name] === "string"
  );
  return { ...payload, ...Object.fromEntries(uids.map((name) => [name, clinicUid(payload[name] as string)])) };
}

function clinicUid(uid: string): string {
  return uid.length > LONGEST_UID ? derivedUid(`clinic ${uid}`) : uid;
}

const EFFECTS: readonly [type: string, apply: Effect][] = [
  ["appointment booked", book],
  ["appointment changed", changeBookings],
  ["appointment status", recordSteps],
  ["study", saveStudies],
  ["series", saveSeries],
  ["object left", leaveStudies],
  ["image", saveImages],
  ["measurements", replaceMeasurements],
  ["audit", recordAudit],
  ["request answered", answerRequests],
];

/** A booking that the clinic has given to somebody else is not the study's, whether the box has heard of it or not. */
async function saveStudies(sql: Sql, events: readonly OutboxEvent[], box: Box): Promise<void> {
  const latest = last(events, ({ payload }) => payload.studyInstanceUid as string);
  const filed = await fileStudies(sql, latest, box);
  const source = await scheduleSource(sql);
  const known = bookingsOf(sql, source, sql`ARRAY(SELECT booked FROM told WHERE booked IS NOT NULL)`);
  await sql`
    WITH told AS (
      SELECT e.*, sonodesk.clinic_appointment(${box.boxId}, e."appointmentId") AS booked
      FROM jsonb_to_recordset(${json(filed)}::text::jsonb)
        AS e ("studyInstanceUid" text, "patientId" text, "studyDate" text, description text, "accessionNumber" text,
          "appointmentId" text)
    ), whose AS (SELECT s.appointment_id::text AS booked, s.patient_id::text AS patient FROM ${known} s)
    INSERT INTO dicom_studies (study_instance_uid, patient_id, study_date, study_description, accession_number,
      appointment_id, created_at, updated_at)
    SELECT e."studyInstanceUid", sonodesk.patient_key(e."patientId"), nullif(e."studyDate", '')::date, e.description,
      nullif(e."accessionNumber", ''), CASE WHEN NOT EXISTS (SELECT FROM whose
        WHERE whose.booked = e.booked AND whose.patient <> e."patientId") THEN e.booked END,
      now(), now()
    FROM told e
    ON CONFLICT (study_instance_uid) DO UPDATE SET patient_id = excluded.patient_id,
      study_date = excluded.study_date, study_description = excluded.study_description,
      accession_number = excluded.accession_number, appointment_id = excluded.appointment_id, updated_at = now()`;
  await giveBack(sql, filed, box.store);
}

/**
 * Each study with the clinic's id of its patient. The appointment it is matched to now says who that is; without one,
 * the id that the machine sent does, if the clinic has it under the name that the machine sent.
 */
async function fileStudies(sql: Sql, events: readonly OutboxEvent[], { store, boxId }: Box): Promise<Payload[]> {
  const studies = events.map(({ aggregate, payload }) => {
    const study = store.studies.summary(aggregate.slice("study:".length));
    const appointment = study?.appointmentId ? store.appointments.find(study.appointmentId) : undefined;
    const wanted = study?.decidedPatientId ?? appointment?.patient.id ?? study?.patientId ??
      payload.patientId as string;
    // a part of a number would be another number
    const accessionNumber = whole(payload.accessionNumber, LONGEST_ACCESSION_NUMBER);
    return {
      aggregate,
      payload: { ...payload, accessionNumber, appointmentId: appointment?.id ?? null },
      wanted,
      bookedHere: store.patients.sourceOf(wanted) === "box",
      surely: appointment !== undefined || (study?.decidedPatientId ?? null) !== null,
    };
  });
  const found = await sql<(ClinicPatient & { place: number; id: string })[]>`
    SELECT e.place::int AS place, p.patient_id AS id, coalesce(p.first_name, '') AS "firstName",
      coalesce(p.last_name, '') AS "lastName", to_jsonb(p) ->> 'birth_date' AS "birthDate",
      to_jsonb(p) ->> 'gender' AS gender
    FROM jsonb_to_recordset(${
    json(studies.map(({ wanted, bookedHere }, place) => ({ place, wanted, bookedHere })))
  }::text::jsonb)
      AS e (place int, wanted text, "bookedHere" boolean)
      CROSS JOIN LATERAL sonodesk.find_patient(${boxId}, e.wanted, e."bookedHere") p`;
  const patients = new Map(found.map((patient) => [patient.place, patient]));
  const reasons = new Map<string, Sentence>();
  const filed = studies.flatMap(({ aggregate, payload, wanted, surely }, place) => {
    const patient = patients.get(place);
    const uid = aggregate.slice("study:".length);
    if (patient === undefined) {
      // nobody needs to say whose a study is that was left by all of its objects
      if (!store.series.hasObjects(uid)) return [];
      reasons.set(
        aggregate,
        wanted === "" ? say("images-name-no-patient") : say("clinic-has-no-patient", { id: wanted }),
      );
      return [];
    }
    const known = surely ? undefined : store.patients.find(wanted);
    const conflict = surely
      ? isAnotherInClinic(payload as Said, patient) ? "name" : undefined
      : [payload as Said, ...store.studyClaims.wordsOf(uid)].map((said) => conflictWith(said, patient, known))
        .find((one) => one !== undefined);
    if (conflict !== undefined) {
      const what = say(conflict === "birth-date" ? "what-birth-date" : conflict === "sex" ? "what-sex" : "what-name");
      reasons.set(aggregate, say("clinic-patient-differs", { id: wanted, what }));
    }
    return [{ ...payload, aggregate, patientId: patient.id }];
  });
  if (reasons.size > 0) throw new PatientNeeded(reasons);
  return filed;
}

async function saveSeries(sql: Sql, events: readonly OutboxEvent[]): Promise<void> {
  const latest = last(events, ({ payload }) => payload.seriesInstanceUid as string);
  await sql`
    INSERT INTO dicom_series (series_instance_uid, study_id, modality, series_description, body_part,
      created_at, updated_at)
    SELECT e."seriesInstanceUid", (SELECT id FROM dicom_studies WHERE study_instance_uid = e."studyInstanceUid"),
      left(e.modality, ${LONGEST_MODALITY}), e.description, left(e."bodyPart", ${LONGEST_BODY_PART}), now(), now()
    FROM jsonb_to_recordset(${rows(latest)}::text::jsonb)
      AS e ("seriesInstanceUid" text, "studyInstanceUid" text, modality text, description text, "bodyPart" text)
    ON CONFLICT (series_instance_uid) DO UPDATE SET study_id = excluded.study_id, modality = excluded.modality,
      series_description = excluded.series_description, body_part = excluded.body_part, updated_at = now()`;
}

/** Objects that are no image, reports above all, are not in the table of images; their content is in measurements. */
async function saveImages(sql: Sql, events: readonly OutboxEvent[]): Promise<void> {
  const images = last(
    events.filter(({ payload }) => payload.frames !== 0),
    ({ payload }) => payload.sopInstanceUid as string,
  );
  if (images.length === 0) return;
  await sql`
    INSERT INTO dicom_images (sop_instance_uid, series_id, file_path, thumbnail_path, image_number, attention,
      created_at, updated_at)
    SELECT e."sopInstanceUid", (SELECT id FROM dicom_series WHERE series_instance_uid = e."seriesInstanceUid"),
      e.path, e.thumbnail,
      CASE WHEN abs(e.number) <= ${LARGEST_INTEGER} THEN e.number END, e.attention, now(), now()
    FROM jsonb_to_recordset(${rows(images)}::text::jsonb)
      AS e ("sopInstanceUid" text, "seriesInstanceUid" text, path text, thumbnail text, number bigint,
        attention text)
    ON CONFLICT (sop_instance_uid) DO UPDATE SET series_id = excluded.series_id, file_path = excluded.file_path,
      thumbnail_path = excluded.thumbnail_path, image_number = excluded.image_number,
      attention = excluded.attention, updated_at = now()`;
}

async function recordAudit(sql: Sql, events: readonly OutboxEvent[], { boxId }: Box): Promise<void> {
  await sql`
    INSERT INTO sonodesk.audit_events (event_id, box_id, at, actor, action, subject, detail)
    SELECT e."eventId", ${boxId}, e.at, e.actor, e.action, e.subject, e.detail
    FROM jsonb_to_recordset(${rows(events)}::text::jsonb)
      AS e (place int, "eventId" uuid, at timestamptz, actor text, action text, subject text, detail jsonb)
    ORDER BY e.place`;
}

/** A text as it is, or "" where it is longer. */
function whole(text: unknown, most: number): string {
  return typeof text === "string" && [...text].length <= most ? text : "";
}
