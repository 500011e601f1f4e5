import { getLogger } from "@logtape/logtape";
import type { Store } from "../store/store.ts";
import { inTurns } from "../timing/turns.ts";
import { withClinicUids } from "./effects.ts";
import { json, type Payload } from "./event_rows.ts";
import { measuredIn } from "./measurement_effects.ts";
import { bookingsOf, scheduleSource } from "./schedule_source.ts";
import type { ClinicSession, Sql } from "./session.ts";

const log = getLogger(["sonodesk", "clinic", "comparison"]);

/** Studies that are asked for with one question, fewer where they have this many rows. */
const AT_ONCE = 20;
const MOST_ROWS = 1000;
const WITHIN = 60_000;
/** A study that still differs after it was told so often is left to a person: the clinic's database does not keep it. */
const MOST_TIMES = 3;

/** What a comparison found: studies looked at, told again, and those that differ though they were told again. */
export interface Comparison {
  /** Looked at. */
  studies: number;
  /** Of these, those that the database had no more, or otherwise. */
  toldAgain: number;
  /** Those that differ though they were told again three times. */
  stillOther: number;
}

/**
 * Compares what the clinic's database has of the box's studies with what it was told, and tells it again what it has no
 * more, or otherwise: after a restore, a migration that dropped columns, or a row that somebody deleted by mistake. What
 * other boxes and the clinic's own program wrote is not looked at.
 */
export class ResultsComparison {
  readonly #store: Store;
  readonly #boxId: string;
  /** How often a study was told again in this run of the box. */
  readonly #toldAgain = new Map<string, number>();

  constructor(store: Store, boxId: string) {
    this.#store = store;
    this.#boxId = boxId;
  }

  /**
   * Looks at all studies of which the database has been told everything.
   *
   * @throws ClinicFailure when it cannot be asked; what was found until then is told again
   */
  async run(session: ClinicSession, signal: AbortSignal): Promise<Comparison> {
    const found: Comparison = { studies: 0, toldAgain: 0, stillOther: 0 };
    for (let after = ""; !signal.aborted;) {
      const { expected, latest } = await inTurns(this.#page(after));
      if (latest === undefined) break;
      after = latest;
      found.studies += expected.length;
      const other = await session.transaction("", WITHIN, async (sql) => {
        const differing = new Set(await differingOf(sql, expected, this.#boxId));
        await adoptBare(sql, json(expected.filter(({ uid }) => differing.has(uid)).flatMap(({ values }) => values)));
        return differing;
      });
      for (const uid of other) await this.#tellAgain(uid, found);
    }
    log.info("compared with the clinic's database: {studies} studies, {toldAgain} told again", { ...found });
    return found;
  }

  /** The next studies of which the database has been told everything, and up to which that is; a step an object. */
  *#page(after: string): Generator<void, { expected: Expected[]; latest: string | undefined }> {
    const expected: Expected[] = [];
    let latest: string | undefined;
    let rows = 0;
    for (const uid of this.#store.studies.uidsAfter(after, AT_ONCE)) {
      latest = uid;
      if (this.#store.outbox.isTold(`study:${uid}`) && this.#store.series.hasObjects(uid)) {
        const study = yield* expectedOf(this.#store, uid);
        expected.push(study);
        rows += study.images.length + study.values.length;
      }
      if (rows >= MOST_ROWS) break;
    }
    return { expected, latest };
  }

  async #tellAgain(uid: string, found: Comparison): Promise<void> {
    const times = this.#toldAgain.get(uid) ?? 0;
    if (times >= MOST_TIMES) {
      found.stillOther += 1;
      return;
    }
    // it may have gone on since it was asked for: then what is new is on its way with all the rest
    await inTurns(this.#store.instances.tellAgain(uid));
    this.#toldAgain.set(uid, times + 1);
    found.toldAgain += 1;
  }
}

/** A study's rows as the clinic's database should have them. */
interface Expected {
  uid: string;
  study: string;
  appointmentId: string | null;
  images: Payload[];
  values: Payload[];
}

function* expectedOf(store: Store, uid: string): Generator<void, Expected> {
  const asClinic = (payload: Payload) => withClinicUids({ studyInstanceUid: uid, ...payload });
  const images: Payload[] = [];
  const values: Payload[] = [];
  for (const sopInstanceUid of store.instances.ofStudy(uid)) {
    yield;
    // it may have gone to another study meanwhile
    if (store.instances.find(sopInstanceUid)?.studyInstanceUid !== uid) continue;
    const object = store.instances.asTold(sopInstanceUid);
    if (object.frames !== 0) images.push({ ...asClinic(object), uid });
    const measurements = store.measurements.ofReport(sopInstanceUid);
    for (const value of measuredIn(asClinic({ sopInstanceUid, measurements }))) values.push({ ...value, uid });
  }
  const { appointmentId } = store.studies.summary(uid)!;
  return { uid, study: asClinic({}).studyInstanceUid as string, appointmentId, images, values };
}

/** Of some studies those that the database has not, or of which a picture or value is not there as it should be. */
async function differingOf(sql: Sql, expected: readonly Expected[], boxId: string): Promise<string[]> {
  const studies = json(expected.map(({ uid, study, appointmentId }) => ({ uid, study, appointmentId })));
  const source = await scheduleSource(sql);
  const bookings = bookingsOf(sql, source, sql`ARRAY(SELECT booked FROM bare)`);
  const found = await sql<{ uid: string }[]>`
    WITH bare AS (
      SELECT e.uid, s.patient_id::text AS patient_id, sonodesk.clinic_appointment(${boxId}, e."appointmentId") AS booked
      FROM jsonb_to_recordset(${studies}::text::jsonb) AS e (uid text, study text, "appointmentId" text)
        JOIN dicom_studies s ON s.study_instance_uid = e.study
      WHERE s.appointment_id IS NULL AND e."appointmentId" IS NOT NULL
    )
    SELECT e.uid FROM jsonb_to_recordset(${studies}::text::jsonb) AS e (uid text, study text)
      WHERE NOT EXISTS (SELECT FROM dicom_studies WHERE study_instance_uid = e.study)
    UNION
    SELECT e.uid FROM bare e JOIN ${bookings} b ON b.appointment_id::text = e.booked
      WHERE b.patient_id::text = e.patient_id
    UNION
    SELECT e.uid FROM jsonb_to_recordset(${json(expected.flatMap(({ images }) => images))}::text::jsonb)
        AS e (uid text, "sopInstanceUid" text, "seriesInstanceUid" text, "studyInstanceUid" text, path text,
          attention text)
      WHERE NOT EXISTS (
        SELECT FROM dicom_images i JOIN dicom_series r ON r.id = i.series_id JOIN dicom_studies s ON s.id = r.study_id
        WHERE i.sop_instance_uid = e."sopInstanceUid" AND r.series_instance_uid = e."seriesInstanceUid"
          AND s.study_instance_uid = e."studyInstanceUid" AND i.file_path = e.path
          AND coalesce(i.attention, '') = e.attention)
    UNION
    SELECT e.uid FROM jsonb_to_recordset(${json(expected.flatMap(({ values }) => values))}::text::jsonb)
        AS e (uid text, "studyInstanceUid" text, "sopInstanceUid" text, position int, name text, code text, value text,
          unit text, site text, laterality text, context jsonb)
      WHERE NOT EXISTS (
        SELECT FROM measurements m JOIN dicom_studies s ON s.id = m.study_id
        WHERE m.sop_instance_uid = e."sopInstanceUid" AND m.position = e.position
          AND s.study_instance_uid = e."studyInstanceUid" AND m.measurement_type = e.name AND m.value = e.value::numeric
          AND (m.code, m.unit, m.body_part, m.laterality, m.context)
            IS NOT DISTINCT FROM (e.code, e.unit, e.site, e.laterality, e.context))`;
  return found.map(({ uid }) => uid);
}

/**
 * Rows that lost the columns of the box, in a migration of the clinic's, and have them again, empty: of those that say the
 * same of the same study each becomes the row that it was.
 */
async function adoptBare(sql: Sql, values: string): Promise<void> {
  await sql`
    UPDATE measurements m SET sop_instance_uid = lost.sop_instance_uid, position = lost.position
    FROM (
      SELECT bare.id, e."sopInstanceUid" AS sop_instance_uid, e.position
      FROM (
        SELECT e.*, s.id AS study_id, row_number() OVER (PARTITION BY s.id, e.name, e.value::numeric, coalesce(e.unit, '')
            ORDER BY e."sopInstanceUid", e.position) AS place
        FROM jsonb_to_recordset(${values}::text::jsonb)
            AS e ("studyInstanceUid" text, "sopInstanceUid" text, position int, name text, value text, unit text)
          JOIN dicom_studies s ON s.study_instance_uid = e."studyInstanceUid"
        WHERE NOT EXISTS (SELECT FROM measurements there
          WHERE there.sop_instance_uid = e."sopInstanceUid" AND there.position = e.position)
      ) e
      JOIN (
        SELECT id, study_id, measurement_type, value, coalesce(unit, '') AS unit, row_number() OVER (
            PARTITION BY study_id, measurement_type, value, coalesce(unit, '') ORDER BY id) AS place
        FROM measurements WHERE sop_instance_uid IS NULL
          AND study_id IN (SELECT s.id FROM jsonb_to_recordset(${values}::text::jsonb) AS e ("studyInstanceUid" text)
            JOIN dicom_studies s ON s.study_instance_uid = e."studyInstanceUid")
      ) bare ON bare.study_id = e.study_id AND bare.measurement_type = e.name AND bare.value = e.value::numeric
        AND bare.unit = coalesce(e.unit, '') AND bare.place = e.place
    ) lost
    WHERE m.id = lost.id`;
}
