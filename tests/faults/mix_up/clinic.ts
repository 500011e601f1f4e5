import postgres from "postgres";
import { FlaskClinic } from "../../clinic/flask_clinic.ts";
import type { PostgresServer } from "../../clinic/postgres_server.ts";
import type { Claim, Human } from "./people.ts";
import { shownClaim } from "./people.ts";

/** An image as the clinic's own program finds it. */
export interface ClinicImage {
  sopInstanceUid: string;
  patient: Claim;
  /** The patient of the appointment that the study stands under there; undefined without one. */
  appointmentPatient: Claim | undefined;
  attention: string;
}

interface Row {
  id: string;
  patientId: string;
  firstName: string;
  lastName: string;
  birthDate: string | null;
  gender: string;
}

/** The clinic's database as its own program works with it, and whom each row is meant for. */
export class SimulatedClinic implements AsyncDisposable {
  #clinic: FlaskClinic;
  readonly #admin: postgres.Sql;
  /** Whose row it is, by patient id. */
  owners = new Map<string, Human>();
  #copy: { owners: Map<string, Human>; name: string } | undefined;
  #bookings = 0;
  restored = false;

  private constructor(clinic: FlaskClinic) {
    this.#clinic = clinic;
    this.#admin = postgres(clinic.server.url("postgres"), { max: 1, onnotice: () => {} });
  }

  /** @param template as `makeTemplate` gives it */
  static async create(server: PostgresServer, template: string): Promise<SimulatedClinic> {
    return new SimulatedClinic(await FlaskClinic.create(server, { template }));
  }

  /** An empty clinic's database that each life's begins as. @returns its name */
  static async makeTemplate(server: PostgresServer): Promise<string> {
    await using clinic = await FlaskClinic.create(server);
    return clinic.name;
  }

  get url(): string {
    return this.#clinic.url;
  }

  /** The clinic's program counts its patients: after a restore it gives an id again that it had given. */
  async register(human: Human): Promise<string> {
    const [row] = await this.#clinic.sql`
      SELECT coalesce(max(substr(id, 2)::int), 0) + 1 AS next FROM patients WHERE id ~ '^P[0-9]{1,4}$'`;
    const id = `P${row!.next}`;
    const name = human.names.at(-1)!;
    await this.#clinic.sql`
      INSERT INTO patients (id, first_name, last_name, birth_date, gender, created_at)
      VALUES (${id}, ${name.first.written}, ${name.last.written}, ${human.birthDate}::text::date, ${human.gender}, now())`;
    human.ids.add(id);
    this.owners.set(id, human);
    return id;
  }

  /** @returns the appointment's id */
  async book(patientId: string, day: number): Promise<string> {
    this.#bookings += 1;
    const time = `${String(8 + this.#bookings % 10).padStart(2, "0")}:${String(this.#bookings % 60).padStart(2, "0")}`;
    const [row] = await this.#clinic.sql`
      INSERT INTO appointments (patient_id, doctor, department, date, time)
      VALUES (${patientId}, 'Meera Iyer', 'Obstetrics', current_date + ${day}::int, ${time}::text::time)
      RETURNING id::text`;
    return row!.id;
  }

  /** The names and birth date that a human has now go into their rows. */
  async correct(human: Human): Promise<void> {
    const name = human.names.at(-1)!;
    const ids = [...human.ids].filter((id) => this.owners.get(id) === human);
    await this.#clinic.sql`
      UPDATE patients SET first_name = ${name.first.written}, last_name = ${name.last.written},
        birth_date = ${human.birthDate}::text::date WHERE id IN ${this.#clinic.sql(ids)}`;
  }

  /** Two rows of one human become one. @returns false where the database keeps the second */
  async merge(gone: string, kept: string): Promise<boolean> {
    await this.#clinic.sql`UPDATE appointments SET patient_id = ${kept} WHERE patient_id = ${gone}`;
    try {
      await this.#clinic.sql`DELETE FROM patients WHERE id = ${gone}`;
    } catch {
      return false; // something else refers to it
    }
    this.owners.delete(gone);
    return true;
  }

  async reassign(appointmentId: string, patientId: string): Promise<void> {
    await this.#clinic.sql`UPDATE appointments SET patient_id = ${patientId} WHERE id = ${appointmentId}`;
  }

  async cancel(appointmentId: string): Promise<void> {
    await this.#clinic.sql`UPDATE appointments SET status = 'cancelled' WHERE id = ${appointmentId}`;
  }

  async remove(appointmentId: string): Promise<void> {
    await this.#clinic.sql`DELETE FROM appointments WHERE id = ${appointmentId}`;
  }

  async appointments(): Promise<{ id: string; patientId: string }[]> {
    return await this.#clinic.sql`SELECT id::text, patient_id AS "patientId" FROM appointments ORDER BY id`;
  }

  /** The box's own id of a booking, where a box made it. */
  async boxIdsOf(appointmentId: string): Promise<string[]> {
    const rows = await this.#clinic.sql`
      SELECT box_appointment_id AS id FROM sonodesk.box_appointments WHERE appointment_id = ${appointmentId}`;
    return rows.map(({ id }) => id);
  }

  /** Ids that a box gave have come into the clinic's tables: whose they are follows from the box. */
  async learn(ownerOf: (row: Row) => Human | undefined): Promise<void> {
    const rows = await this.#clinic.sql<Row[]>`
      SELECT id, id AS "patientId", first_name AS "firstName", last_name AS "lastName", birth_date::text AS "birthDate",
        coalesce(gender, '') AS gender FROM patients ORDER BY id`;
    for (const row of rows) {
      if (this.owners.has(row.id)) continue;
      const owner = ownerOf(row);
      if (owner === undefined) continue;
      this.owners.set(row.id, owner);
      owner.ids.add(row.id);
    }
  }

  get hasCopy(): boolean {
    return this.#copy !== undefined;
  }

  /** Keeps a copy of the database as it is now. */
  async copy(): Promise<void> {
    const name = `${this.#clinic.name}_copy`;
    await this.#clinic.sql.end({ timeout: 1 });
    await this.#admin.unsafe(`DROP DATABASE IF EXISTS ${name}`);
    await this.#admin.unsafe(`CREATE DATABASE ${name} TEMPLATE ${this.#clinic.name}`);
    await this.#clinic.reconnect();
    this.#copy = { owners: new Map(this.owners), name };
  }

  /** Brings the copy back: what came since is gone. */
  async restore(): Promise<void> {
    const { owners, name } = this.#copy!;
    await this.#clinic.sql.end({ timeout: 1 });
    await this.#admin.unsafe(`DROP DATABASE ${this.#clinic.name} WITH (FORCE)`);
    await this.#admin.unsafe(`CREATE DATABASE ${this.#clinic.name} TEMPLATE ${name}`);
    await this.#clinic.reconnect();
    this.owners = new Map(owners);
    this.restored = true;
  }

  /** What the clinic's program shows of images. */
  async images(): Promise<ClinicImage[]> {
    const rows = await this.#clinic.sql<(Row & { uid: string; attention: string; booked: Omit<Row, "id"> | null })[]>`
      SELECT i.sop_instance_uid AS uid, coalesce(i.attention, '') AS attention, p.id AS "patientId",
        p.first_name AS "firstName", p.last_name AS "lastName", p.birth_date::text AS "birthDate", p.gender,
        (SELECT row_to_json(b) FROM (SELECT q.id AS "patientId", q.first_name AS "firstName", q.last_name AS "lastName",
            q.birth_date::text AS "birthDate", q.gender FROM appointments a JOIN patients q ON q.id = a.patient_id
          WHERE a.id::text = s.appointment_id) b) AS booked
      FROM dicom_images i JOIN dicom_series e ON e.id = i.series_id JOIN dicom_studies s ON s.id = e.study_id
        LEFT JOIN patients p ON p.id = s.patient_id`;
    return rows.map((row) => ({
      sopInstanceUid: row.uid,
      patient: claimOfRow(row),
      appointmentPatient: row.booked === null ? undefined : claimOfRow(row.booked),
      attention: row.attention,
    }));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#clinic.sql.end({ timeout: 1 });
    await this.#admin.unsafe(`DROP DATABASE ${this.#clinic.name} WITH (FORCE)`);
    if (this.#copy) await this.#admin.unsafe(`DROP DATABASE ${this.#copy.name} WITH (FORCE)`);
    await this.#admin.end({ timeout: 1 });
  }
}

export function claimOfRow(
  { patientId, firstName, lastName, birthDate, gender }: Omit<Row, "id">,
): Claim {
  return shownClaim({
    patientId,
    patientName: `${lastName}^${firstName}`,
    patientBirthDate: birthDate,
    patientSex: gender === "Female" ? "F" : gender === "Male" ? "M" : "",
  });
}
