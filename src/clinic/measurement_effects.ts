import type { OutboxEvent } from "../store/outbox.ts";
import { isNumber } from "../dicom/report/decimal.ts";
import { json, last, type Payload } from "./event_rows.ts";
import type { Sql } from "./session.ts";

/** The rows of the clinic's table that a report's event makes, which takes numbers alone: `position` counts from 0. */
export function measuredIn({ studyInstanceUid, sopInstanceUid, measurements }: Payload): Payload[] {
  const numbers = (measurements as Payload[]).filter((one) =>
    isNumber(one as { value: string; context: Record<string, string> })
  );
  return numbers.map((measurement, position) => ({
    ...measurement,
    ...{ position, studyInstanceUid, sopInstanceUid },
    notes: notesOf(measurement.context as Record<string, unknown>),
  }));
}

/** What a report says now, in place of what it said before: rows that stay keep their id. */
export async function replaceMeasurements(sql: Sql, events: readonly OutboxEvent[]): Promise<void> {
  const reports = last(events, ({ payload }) => payload.sopInstanceUid as string);
  const measured = reports.flatMap(({ payload }) => measuredIn(payload));
  await sql`
    DELETE FROM measurements m USING jsonb_to_recordset(${
    json(reports.map(({ payload }) => ({
      sopInstanceUid: payload.sopInstanceUid,
      count: measuredIn(payload).length,
    })))
  }::text::jsonb) AS e ("sopInstanceUid" text, count int)
    WHERE m.sop_instance_uid = e."sopInstanceUid" AND m.position >= e.count`;
  if (measured.length === 0) return;
  await sql`
    INSERT INTO measurements (study_id, sop_instance_uid, position, measurement_type, code, value, unit, body_part,
      laterality, notes, context, created_at, updated_at)
    SELECT (SELECT id FROM dicom_studies WHERE study_instance_uid = e."studyInstanceUid"), e."sopInstanceUid",
      e.position, e.name, e.code, e.value::numeric, e.unit, e.site, e.laterality, e.notes, e.context, now(), now()
    FROM jsonb_to_recordset(${json(measured)}::text::jsonb)
      AS e ("studyInstanceUid" text, "sopInstanceUid" text, position int, name text, code text, value text, unit text,
        site text, laterality text, notes text, context jsonb)
    ON CONFLICT (sop_instance_uid, position) DO UPDATE SET study_id = excluded.study_id,
      measurement_type = excluded.measurement_type, code = excluded.code, value = excluded.value,
      unit = excluded.unit, body_part = excluded.body_part, laterality = excluded.laterality,
      notes = excluded.notes, context = excluded.context, updated_at = now()`;
}

/** What qualifies a value, as a person reads it. */
function notesOf(context: Record<string, unknown>): string {
  return Object.entries(context).map(([name, value]) => `${name}: ${value}`).join("; ");
}
