import { Refused, say } from "../sentences.ts";
import { NotPossible } from "../store/not_possible.ts";
import type { OutboxEvent } from "../store/outbox.ts";
import type { Store } from "../store/store.ts";
import { sentIn } from "./booking_effects.ts";
import { type Box, json, rows } from "./event_rows.ts";
import type { ClinicSession, Sql } from "./session.ts";

/** Requests looked at with each reading. */
const AT_ONCE = 1000;
/** What no box has taken for so long is about an appointment that none of them reads. */
const TAKEN_WITHIN_MINUTES = 10;
const READ_WITHIN = 15_000;

/** When a request `r` was made, in SQL. */
const MICROSECONDS = "(extract(epoch FROM r.requested_at) * 1000000)::bigint";

interface ClinicRequest {
  id: string;
  /** Microseconds since 1970: a database that was brought back gives an id again. */
  requestedAt: string;
  /** The box's id of the appointment. */
  appointmentId: string;
  action: "send" | "recall";
  /** An AE title; null for any machine. */
  machine: string | null;
  /** The program set `appointments.mwl_sent`. */
  byMark: boolean;
  requestedBy: string;
}

/** What a request's answer says to the clinic; `mark` where the program's own mwl_sent was not followed. */
interface Answer {
  requestId: string;
  requestedAt: string;
  /** "" where it was done. */
  refusal: string;
  /** `before`: what mwl_sent said before the program set it. */
  mark: { appointmentId: string; before: boolean } | null;
}

/** What the clinic's program asks through `sonodesk.send` and `sonodesk.recall`: done here, and answered there. */
export class RequestReader {
  readonly #store: Store;
  readonly #boxId: string;
  readonly #followsMarks: () => boolean;

  /** @param followsMarks whether the clinic's program may send by setting `appointments.mwl_sent` */
  constructor(store: Store, boxId: string, followsMarks: () => boolean) {
    this.#store = store;
    this.#boxId = boxId;
    this.#followsMarks = followsMarks;
  }

  /**
   * Takes what is asked of this box's appointments and does it. What is done and its answer are one transaction here, so
   * that a request whose answer is on its way is not done again.
   *
   * @throws ClinicFailure when the database cannot be asked
   */
  async read(session: ClinicSession): Promise<void> {
    for (const request of await session.transaction("", READ_WITHIN, (sql) => this.#take(sql))) {
      const { id: requestId, requestedAt, appointmentId, action, byMark } = request;
      const aggregate = `request:${requestId} of ${requestedAt}`;
      this.#store.transaction(() => {
        if (this.#store.outbox.state(aggregate, "request answered") !== "none") return;
        const refusal = this.#refusalOf(request);
        const mark = byMark && refusal !== "" ? { appointmentId, before: action === "recall" } : null;
        this.#store.outbox.add(
          aggregate,
          "request answered",
          { requestId, requestedAt, refusal, mark } satisfies Answer,
        );
      });
    }
  }

  /**
   * Of what nobody has taken, what is asked of appointments that are here: of two boxes the first one has it. What no box
   * has taken for a while is told so.
   */
  async #take(sql: Sql): Promise<ClinicRequest[]> {
    // an older version of the SQL has no requests
    const [there] = await sql<{ is: boolean }[]>`SELECT to_regclass('sonodesk.requests') IS NOT NULL AS is`;
    if (!there!.is) return [];
    const open = await sql<(ClinicRequest & { isOld: boolean })[]>`
      SELECT r.id::text, ${sql.unsafe(MICROSECONDS)}::text AS "requestedAt",
        r.requested_at < now() - ${TAKEN_WITHIN_MINUTES}::int * interval '1 minute' AS "isOld", r.action, r.machine, r.by_mark AS "byMark", r.requested_by AS "requestedBy",
        coalesce((SELECT b.box_appointment_id FROM sonodesk.box_appointments b
          WHERE b.box_id = ${this.#boxId} AND b.appointment_id = r.appointment_id LIMIT 1), r.appointment_id)
          AS "appointmentId"
      FROM sonodesk.requests r
      WHERE r.answered_at IS NULL AND coalesce(r.box_id, ${this.#boxId}) = ${this.#boxId}
      ORDER BY r.id LIMIT ${AT_ONCE}`;
    const here = open.filter(({ appointmentId, isOld }) =>
      isOld || this.#store.appointments.find(appointmentId) !== undefined
    );
    if (here.length === 0) return [];
    const taken = await sql<{ id: string }[]>`
      UPDATE sonodesk.requests SET box_id = ${this.#boxId}
      WHERE answered_at IS NULL AND coalesce(box_id, ${this.#boxId}) = ${this.#boxId}
        AND id IN (SELECT id::bigint FROM jsonb_array_elements_text(${
      JSON.stringify(here.map(({ id }) => id))
    }::text::jsonb) AS id)
      RETURNING id::text`;
    const ids = new Set(taken.map(({ id }) => id));
    return here.filter(({ id }) => ids.has(id));
  }

  /** Does what is asked. Part of a transaction. Returns why not, "" where it was done. */
  #refusalOf({ appointmentId, action, machine, byMark, requestedBy }: ClinicRequest): string {
    const { worklistItems, machines, audit } = this.#store;
    const by = `${requestedBy} in the clinic's database`;
    try {
      if (this.#store.appointments.find(appointmentId) === undefined) throw new NotPossible(say("request-of-nothing"));
      if (byMark && !this.#followsMarks()) throw new NotPossible(say("mark-not-followed"));
      if (action === "send") {
        const wanted = machine === null ? undefined : machines.findByAeTitle(machine);
        if (machine !== null && wanted === undefined) throw new NotPossible(say("send-no-machine"));
        if (wanted !== undefined && !wanted.admitted) throw new NotPossible(say("send-machine-waits"));
        worklistItems.send(appointmentId, wanted?.id ?? null, by);
        audit.add(by, "appointment sent", `appointment ${appointmentId}`, { machineId: wanted?.id ?? null });
      } else {
        worklistItems.recall(appointmentId, by);
        audit.add(by, "appointment recalled", `appointment ${appointmentId}`);
      }
      return "";
    } catch (error) {
      if (error instanceof Refused) return error.message;
      throw error;
    }
  }
}

/** The answers to requests, as the clinic's program reads them; a mark that was not followed says again what is so. */
export async function answerRequests(sql: Sql, events: readonly OutboxEvent[], { store, boxId }: Box): Promise<void> {
  await sql`
    UPDATE sonodesk.requests r SET answered_at = now(), refusal = nullif(e.refusal, '')
    FROM jsonb_to_recordset(${rows(events)}::text::jsonb)
      AS e ("requestId" bigint, "requestedAt" bigint, refusal text)
    WHERE r.id = e."requestId" AND ${sql.unsafe(MICROSECONDS)} = e."requestedAt" AND r.answered_at IS NULL`;
  const marks = events.flatMap(({ payload }) => {
    const { mark } = payload as unknown as Answer;
    const appointment = mark === null ? undefined : store.appointments.find(mark.appointmentId);
    if (mark === null || appointment === undefined) return [];
    const { id, status, accessionNumber } = appointment;
    return [{ id, accessionNumber, sent: sentIn(status) ?? mark.before }];
  });
  if (marks.length === 0) return;
  await sql`
    SELECT sonodesk.mark_sent(${boxId}, e.id, e.sent, e."accessionNumber")
    FROM jsonb_to_recordset(${json(marks)}::text::jsonb) AS e (id text, sent boolean, "accessionNumber" text)`;
}

/** Those who listen on `sonodesk_results` hear whose results, or which appointment's way, have gone on. */
export async function announceResults(sql: Sql, events: readonly OutboxEvent[], boxId: string): Promise<void> {
  const changed = new Map(
    events.filter(({ aggregate }) => /^(study|appointment):/.test(aggregate)).map(({ aggregate, payload, type }) => [
      aggregate,
      { study: payload.studyInstanceUid ?? null, appointmentId: payload.appointmentId ?? null, type },
    ]),
  );
  if (changed.size === 0) return;
  await sql`
    SELECT pg_notify('sonodesk_results', jsonb_build_object('study', coalesce(e.study, s.study_instance_uid),
      'appointment', coalesce(sonodesk.clinic_appointment(${boxId}, e."appointmentId"), s.appointment_id),
      'event', e.type)::text)
    FROM jsonb_to_recordset(${JSON.stringify([...changed.values()])}::text::jsonb)
        AS e (study text, "appointmentId" text, type text)
      LEFT JOIN dicom_studies s ON s.study_instance_uid = e.study`;
}
