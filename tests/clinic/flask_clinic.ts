import postgres from "postgres";
import { install } from "../../src/clinic/contract.ts";
import { readAddress } from "../../src/clinic/address.ts";
import { ClinicSession } from "../../src/clinic/session.ts";
import type { PostgresServer } from "./postgres_server.ts";

/**
 * The clinic's tables as its SQLAlchemy models make them: text ids for patients, no defaults for what the program
 * fills in. With `integerIds`, as other clinics have them.
 */
function flaskTables(integerIds: boolean): string {
  const patientId = integerIds ? "integer" : "varchar(20)";
  return `
    CREATE TABLE patients (
      id ${integerIds ? "serial" : "varchar(20)"} PRIMARY KEY,
      first_name varchar(100) NOT NULL,
      last_name varchar(100) NOT NULL,
      birth_date date,
      gender varchar(20),
      phone varchar(20),
      created_at timestamp NOT NULL
    );
    CREATE TABLE appointments (
      id serial PRIMARY KEY,
      patient_id ${patientId} NOT NULL REFERENCES patients (id),
      doctor varchar(100),
      department varchar(100),
      date date NOT NULL,
      time time NOT NULL,
      status varchar(20) DEFAULT 'scheduled',
      updated_at timestamp
    );
    CREATE TABLE users (
      id serial PRIMARY KEY,
      username varchar(80) NOT NULL UNIQUE,
      password_hash varchar(255) NOT NULL,
      role varchar(20) NOT NULL,
      is_active boolean DEFAULT true
    );
    CREATE TABLE audit_logs (id serial PRIMARY KEY, user_id integer REFERENCES users (id), action varchar(100), at timestamp);`;
}

export interface FixtureBooking {
  patientId?: string;
  firstName?: string;
  lastName?: string;
  birthDate?: string | null;
  gender?: string | null;
  /** Days from today, as the database counts them. */
  day?: number;
  time?: string;
  accessionNumber?: string | null;
}

/** A database of a clinic on a server, reached as its owner. */
export class FlaskClinic implements AsyncDisposable {
  static #count = 0;
  readonly server: PostgresServer;
  readonly name: string;
  sql: postgres.Sql;

  private constructor(server: PostgresServer, name: string) {
    this.server = server;
    this.name = name;
    this.sql = this.#connect();
  }

  /**
   * @param options.bare without any table: the clinic's program makes them
   * @param options.template the name of a clinic's database that nobody is connected to: this one begins as it is
   */
  static async create(
    server: PostgresServer,
    options: { integerIds?: boolean; installed?: boolean; template?: string; bare?: boolean } = {},
  ): Promise<FlaskClinic> {
    const name = `clinic_${++FlaskClinic.#count}`;
    const admin = postgres(server.url("postgres"), { max: 1, onnotice: () => {} });
    await admin.unsafe(`CREATE DATABASE ${name} TEMPLATE ${options.template ?? "template1"}`);
    await admin.end();
    const clinic = new FlaskClinic(server, name);
    if (options.template !== undefined || options.bare) return clinic;
    await clinic.sql.unsafe(flaskTables(options.integerIds ?? false));
    if (options.installed ?? true) await clinic.install();
    return clinic;
  }

  get ownerUrl(): string {
    return this.server.url(this.name);
  }

  /** The address with the box's own role. */
  get url(): string {
    return this.server.url(this.name, "sonodesk", "box");
  }

  urlAt(port: number): string {
    return this.server.url(this.name, "sonodesk", "box", port);
  }

  async install(): Promise<void> {
    const session = new ClinicSession(readAddress(this.ownerUrl));
    try {
      await install(session);
    } finally {
      session.close();
    }
    await this.sql.unsafe(`ALTER ROLE sonodesk PASSWORD 'box'`);
  }

  /** Books somebody; returns the appointment's id. */
  async book(booking: FixtureBooking = {}): Promise<string> {
    const { patientId = "P1", firstName = "Priya", lastName = "Sharma", birthDate = "1990-05-17", gender = "Female" } =
      booking;
    await this.sql`
      INSERT INTO patients (id, first_name, last_name, birth_date, gender, created_at)
      VALUES (${patientId}, ${firstName}, ${lastName}, ${birthDate}::text::date, ${gender}, now()) ON CONFLICT DO NOTHING`;
    const [row] = await this.sql`
      INSERT INTO appointments (patient_id, doctor, department, date, time)
      VALUES (${patientId}, 'Meera Iyer', 'Obstetrics', current_date + ${booking.day ?? 0}::int,
        ${booking.time ?? "10:00"}::text::time)
      RETURNING id::text`;
    if (booking.accessionNumber) {
      await this.sql`UPDATE appointments SET accession_number = ${booking.accessionNumber} WHERE id = ${row!.id}`;
    }
    return row!.id;
  }

  /** Many bookings of as many patients over the days of the window. */
  async bookMany(count: number): Promise<void> {
    await this.sql`
      INSERT INTO patients (id, first_name, last_name, birth_date, gender, created_at)
      SELECT 'M' || n, 'First' || n, 'Last' || n, date '1950-01-01' + n, (ARRAY['Female', 'm', NULL])[n % 3 + 1], now()
      FROM generate_series(1, ${count}::int) n`;
    await this.sql`
      INSERT INTO appointments (patient_id, doctor, department, date, time)
      SELECT 'M' || n, 'Meera Iyer', 'Radiology', current_date - 1 + n % 16, time '08:00' + n % 600 * interval '1 minute'
      FROM generate_series(1, ${count}::int) n`;
  }

  /** A copy of the database as it is, as a backup would have it; returns its name. */
  async backUp(): Promise<string> {
    const copy = `${this.name}_copy_${++FlaskClinic.#count}`;
    await this.#whileNobodyIsIn((admin) => admin.unsafe(`CREATE DATABASE ${copy} TEMPLATE ${this.name}`));
    return copy;
  }

  /** The database is what it was when the copy was made. */
  async restore(copy: string): Promise<void> {
    await this.#whileNobodyIsIn(async (admin) => {
      await admin.unsafe(`DROP DATABASE ${this.name} WITH (FORCE)`);
      await admin.unsafe(`CREATE DATABASE ${this.name} TEMPLATE ${copy}`);
    });
  }

  async #whileNobodyIsIn(work: (admin: postgres.Sql) => Promise<unknown>): Promise<void> {
    await this.sql.end({ timeout: 0 });
    const admin = postgres(this.server.url("postgres"), { max: 1, onnotice: () => {} });
    await admin.unsafe(`ALTER DATABASE ${this.name} ALLOW_CONNECTIONS false`);
    await admin`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = ${this.name}`;
    await work(admin);
    await admin.unsafe(`ALTER DATABASE ${this.name} ALLOW_CONNECTIONS true`);
    await admin.end();
    this.sql = this.#connect();
  }

  /** After the server was away. */
  async reconnect(): Promise<void> {
    await this.sql.end({ timeout: 0 });
    this.sql = this.#connect();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.sql.end({ timeout: 1 });
  }

  #connect(): postgres.Sql {
    return postgres(this.ownerUrl, { max: 2, onnotice: () => {}, max_lifetime: null });
  }
}
