import assert from "node:assert/strict";
import postgres from "postgres";
import { readAddress } from "../../src/clinic/address.ts";
import { install, missingIn } from "../../src/clinic/contract.ts";
import { installSql } from "../../src/clinic/mapping/install_sql.ts";
import { ClinicSession } from "../../src/clinic/session.ts";
import { peerTest, run } from "../support/peers.ts";
import { until } from "../support/until.ts";
import { ClinicBox } from "./clinic_box.ts";
import { FlaskClinic } from "./flask_clinic.ts";
import { debianPrograms, PostgresServer } from "./postgres_server.ts";

async function missing(url: string): Promise<string[]> {
  const session = new ClinicSession(readAddress(url));
  try {
    return (await missingIn(session)).map(({ what }) => what);
  } finally {
    session.close();
  }
}

Deno.test("The SQL for the clinic's database", async (t) => {
  await using server = await PostgresServer.start();

  await t.step("is what the command prints", async () => {
    const main = new URL("../../main.ts", import.meta.url).pathname;
    const { code, text } = await run(Deno.execPath(), ["run", "-A", "--no-check", main, "clinic-sql"]);
    assert.equal(code, 0);
    assert.ok(text.includes(installSql().trim().slice(0, 2000)));
  });

  await t.step("begins again where somebody else's transaction and it waited for each other", async () => {
    await using clinic = await FlaskClinic.create(server);
    const others = postgres(clinic.ownerUrl, { max: 1, onnotice: () => {} });
    const session = new ClinicSession(readAddress(clinic.ownerUrl));
    try {
      // it is the SQL that the database ends, and not this
      await others.unsafe("SET deadlock_timeout = '60s'; BEGIN; LOCK TABLE measurements");
      const installed = install(session);
      await until("it waits for the table", async () => {
        const [row] = await clinic
          .sql`SELECT 1 FROM pg_locks WHERE relation = 'measurements'::regclass AND NOT granted`;
        return row !== undefined;
      });
      await others.unsafe("LOCK TABLE appointments; ROLLBACK");
      await installed;
      assert.deepEqual(await missing(clinic.url), []);
    } finally {
      session.close();
      await others.end();
    }
  });

  await t.step("makes what was missing, can be run again, and keeps what the clinic adapted", async () => {
    await using clinic = await FlaskClinic.create(server, { installed: false });
    assert.ok((await missing(clinic.ownerUrl)).includes("the function sonodesk.bookings"));
    await clinic.install();
    assert.deepEqual(await missing(clinic.ownerUrl), []);
    assert.deepEqual(await missing(clinic.url), [], "the box's role has the rights it needs");
    const [{ shipped }] = await clinic.sql`
      SELECT pg_get_functiondef('sonodesk.bookings(date,date,text[])'::regprocedure) AS shipped` as [
      { shipped: string },
    ];
    await clinic.sql.unsafe(shipped.replace("a.department::text", "'Adapted'"));
    const id = await clinic.book();
    await clinic.install();
    const [row] = await clinic.sql`SELECT department FROM sonodesk.bookings(NULL, NULL, ARRAY[${id}::text])`;
    assert.equal(row!.department, "Adapted");
  });

  await t.step(
    "a column that the clinic's program fills and the database does not: said before a walk-in is refused",
    async () => {
      await using clinic = await FlaskClinic.create(server);
      await clinic
        .sql`ALTER TABLE patients ADD COLUMN branch_code varchar(10) NOT NULL, ADD COLUMN "a (b" text NOT NULL`;
      const lacks = "a default for patients.branch_code, or a value for it in the function sonodesk.add_patient";
      assert.equal((await missing(clinic.url)).length, 2, "a name with odd signs is looked at, too");
      await clinic.sql`ALTER TABLE patients DROP COLUMN "a (b"`;
      assert.deepEqual(await missing(clinic.url), [lacks]);
      await using box = await ClinicBox.start({ url: clinic.url, checkEvery: 200 });
      const walkIn = box.walkIn({ firstName: "Anna", lastName: "Rao" });
      await box.until("it is said", () => box.link.status().sentence.includes("patients.branch_code"));
      await clinic.sql`ALTER TABLE patients ALTER COLUMN branch_code SET DEFAULT 'MAIN'`;
      await box.until("it is well", () => !box.link.status().sentence.includes("branch_code"));
      box.link.retry(`appointment:${walkIn.id}`);
      await box.untilDelivered();
      assert.equal((await clinic.sql`SELECT first_name FROM patients`)[0]!.first_name, "Anna");
    },
  );

  await t.step("a moment is not read in another zone than the clinic's without a word", async () => {
    await using clinic = await FlaskClinic.create(server);
    await clinic.sql`ALTER TABLE appointments ALTER COLUMN date TYPE timestamptz USING date`;
    await clinic.install();
    const zone = new Intl.DateTimeFormat().resolvedOptions().timeZone;
    await clinic.sql.unsafe(`ALTER DATABASE ${clinic.name} SET timezone TO '${zone}'`);
    assert.deepEqual(await missing(clinic.url), [], "the database's zone is the box's");
    const other = zone.startsWith("Asia/") ? "UTC" : "Asia/Kolkata";
    await clinic.sql.unsafe(`ALTER DATABASE ${clinic.name} SET timezone TO '${other}'`);
    assert.deepEqual(await missing(clinic.url), [
      "a time zone for appointments.date, which is chosen on the page Clinic tables",
    ]);
    const [{ shipped }] = await clinic.sql`
      SELECT pg_get_functiondef('sonodesk.bookings(date,date,text[])'::regprocedure) AS shipped` as [
      { shipped: string },
    ];
    await clinic.sql.unsafe(shipped.replace("a.date::text", `(a.date AT TIME ZONE '${zone}')::text`));
    assert.deepEqual(await missing(clinic.url), [], "the clinic says it in its own function");
  });

  await t.step("the clinic changes the type of every column that the box reads", async () => {
    await using clinic = await FlaskClinic.create(server);
    await using box = await ClinicBox.start({ url: clinic.url });
    await clinic.sql.unsafe(`
      ALTER TABLE patients ALTER id TYPE varchar(36), ALTER first_name TYPE text, ALTER last_name TYPE varchar(200),
        ALTER birth_date TYPE text, ALTER gender TYPE char(6);
      ALTER TABLE appointments ALTER id TYPE bigint, ALTER patient_id TYPE varchar(36), ALTER time TYPE varchar(10),
        ALTER doctor TYPE text, ALTER status TYPE text, ALTER accession_number TYPE text;
      ALTER TABLE users ALTER password_hash TYPE text;`);
    const id = await clinic.book();
    const { patient, studyInstanceUid } = await box.until("it is read", () => box.store.appointments.find(id));
    box.store.worklistItems.send(id, null, "reception");
    await box.receive({ patientId: patient.id, patientName: "Sharma^Priya", studyInstanceUid });
    await box.untilDelivered();
    const [study] = await clinic.sql`SELECT appointment_id FROM dicom_studies`;
    assert.equal(study!.appointment_id, id);
  });

  await t.step(
    "views of an older version go where they are as they were shipped; an adapted one stays, and is read",
    async () => {
      await using clinic = await FlaskClinic.create(server);
      await clinic.sql.unsafe(`
      DROP FUNCTION sonodesk.bookings(date, date, text[]), sonodesk.logins();
      CREATE VIEW sonodesk.schedule AS
        SELECT a.id AS appointment_id, a.patient_id, p.first_name, p.last_name, p.birth_date, p.gender,
          a.doctor, a.department, a.date, a.time, a.status, a.accession_number, a.updated_at AS updated_at
        FROM appointments a JOIN patients p ON p.id = a.patient_id;
      CREATE VIEW sonodesk.staff AS
        SELECT u.username, u.password_hash, u.role, coalesce(u.is_active, true) AS active FROM users u;
      GRANT SELECT ON sonodesk.schedule, sonodesk.staff TO sonodesk;`);
      const id = await clinic.book();
      await using box = await ClinicBox.start({ url: clinic.url });
      await box.until("the box of today reads the database of yesterday", () => box.store.appointments.find(id));
      assert.deepEqual(await missing(clinic.url), [
        "the function sonodesk.bookings instead of the view sonodesk.schedule",
      ]);
      await clinic.sql.unsafe(`
      CREATE OR REPLACE VIEW sonodesk.staff AS
        SELECT u.username, u.password_hash, 'doctor'::varchar(20) AS role, true AS active FROM users u`);
      await clinic.install();
      const views = await clinic.sql`SELECT relname FROM pg_class
      WHERE relnamespace = 'sonodesk'::regnamespace AND relkind = 'v' ORDER BY 1`;
      assert.deepEqual(views.map(({ relname }) => relname), ["appointment_status", "staff"]);
      await clinic.sql`INSERT INTO users (username, password_hash, role) 
        VALUES ('asha', ${"scrypt:32768:8:1$salt$" + "0".repeat(128)}, 'receptionist')`;
      await box.until("the adapted view is read", () => box.store.users.findByUsername("asha")?.role === "doctor");
      const other = await clinic.book({ patientId: "P2" });
      await box.until("so is the function", () => box.store.appointments.find(other));
    },
  );

  await t.step(
    "many bookings at once whose ids are long, and of letters of several bytes, can be entered",
    async () => {
      await using clinic = await FlaskClinic.create(server, { installed: false });
      await clinic.book();
      await clinic.sql`ALTER TABLE appointments ALTER COLUMN id DROP DEFAULT, ALTER COLUMN id TYPE text`;
      await clinic.install();
      // 50 are told by their ids, in less than the 8000 bytes of a notification
      const entered = await clinic.sql`
      INSERT INTO appointments (id, patient_id, date, time)
      SELECT n || repeat('अ', 100), 'P1', current_date, '10:00' FROM generate_series(1, 50) n RETURNING id`;
      assert.equal(entered.length, 50);
    },
  );

  await t.step("finds the clinic's tables in the schema where its owner has them", async () => {
    await using clinic = await FlaskClinic.create(server, { installed: false });
    await clinic.sql.unsafe(`
      CREATE SCHEMA "Front Desk";
      ALTER TABLE patients SET SCHEMA "Front Desk";
      ALTER TABLE appointments SET SCHEMA "Front Desk";
      ALTER TABLE users SET SCHEMA "Front Desk";
      ALTER ROLE postgres IN DATABASE ${clinic.name} SET search_path = "Front Desk";`);
    await clinic.reconnect();
    await clinic.install();
    assert.deepEqual(await missing(clinic.url), []);
    const id = await clinic.book();
    await using box = await ClinicBox.start({ url: clinic.url });
    const { studyInstanceUid } = await box.until("the booking is here", () => box.store.appointments.find(id));
    box.store.worklistItems.send(id, null, "reception");
    await box.receive({ patientId: "P1", patientName: "Sharma^Priya", studyInstanceUid });
    await box.untilDelivered();
    const [row] = await clinic.sql`SELECT appointment_id, mwl_sent FROM dicom_studies, appointments`;
    assert.deepEqual({ ...row }, { appointment_id: id, mwl_sent: true });
  });

  await t.step("fits tables that the clinic's own migration has made", async () => {
    await using clinic = await FlaskClinic.create(server, { installed: false });
    await clinic.sql.unsafe(`
      ALTER TABLE appointments ADD COLUMN mwl_sent boolean DEFAULT false;
      CREATE TABLE dicom_studies (id serial PRIMARY KEY, study_instance_uid varchar NOT NULL UNIQUE,
        patient_id varchar(20) REFERENCES patients (id), study_date date, study_description varchar,
        accession_number varchar, created_at timestamp NOT NULL, updated_at timestamp NOT NULL);
      CREATE TABLE measurements (id serial PRIMARY KEY, study_id integer REFERENCES dicom_studies (id),
        measurement_type varchar, value double precision, unit varchar, body_part varchar, notes text);`);
    await clinic.install();
    assert.deepEqual(await missing(clinic.url), []);
    await clinic.book();
    await using box = await ClinicBox.start({ url: clinic.url });
    await box.until("the booking is here", () => box.store.patients.find("P1"));
    await box.receive({ patientId: "P1", patientName: "Sharma^Priya" });
    await box.untilDelivered();
    assert.equal((await clinic.sql`SELECT FROM dicom_images`).length, 1);
  });

  await t.step("gives the box's role the least rights", async () => {
    await using clinic = await FlaskClinic.create(server);
    const sql = postgres(clinic.url, { max: 1 });
    try {
      for (
        const forbidden of [
          "SELECT * FROM patients",
          "SELECT * FROM users",
          "UPDATE appointments SET status = 'x'",
          "DELETE FROM dicom_studies",
          "DROP TABLE measurements",
          "CREATE TABLE mine (id int)",
        ]
      ) {
        await assert.rejects(sql.unsafe(forbidden), { code: "42501" }, forbidden);
      }
    } finally {
      await sql.end();
    }
    // and nobody else comes to the clinic's tables through its functions
    await clinic.sql.unsafe(`DROP ROLE IF EXISTS stranger; CREATE ROLE stranger LOGIN PASSWORD 'x'`);
    const stranger = postgres(server.url(clinic.name, "stranger", "x"), { max: 1 });
    try {
      await assert.rejects(stranger`SELECT sonodesk.mark_sent('b', '1', true, 'x')`, { code: "42501" });
    } finally {
      await stranger.end();
    }
  });

  await t.step(
    "functions of the clinic's owner run nothing of the box's role, those of an older version too",
    async () => {
      await using clinic = await FlaskClinic.create(server);
      const id = await clinic.book();
      // as they were installed before
      for (const name of ["add_patient(text, jsonb)", "add_appointment(text, jsonb, text)"]) {
        await clinic.sql.unsafe(`ALTER FUNCTION sonodesk.${name} SET search_path TO public`);
      }
      assert.deepEqual(await missing(clinic.url), ["functions of sonodesk that are safe from temporary tables"]);
      await clinic.install();
      assert.deepEqual(await missing(clinic.url), []);
      const sql = postgres(clinic.url, { max: 1, onnotice: () => {} });
      try {
        // what the functions touch, put where it is looked for first unless they say otherwise
        await sql.unsafe(`
      CREATE TEMP TABLE who (name text);
      GRANT ALL ON who TO PUBLIC;
      CREATE FUNCTION pg_temp.tell() RETURNS boolean LANGUAGE plpgsql AS
        'BEGIN INSERT INTO pg_temp.who VALUES (current_user); RETURN true; END';
      CREATE FUNCTION pg_temp.told() RETURNS trigger LANGUAGE plpgsql AS
        'BEGIN INSERT INTO pg_temp.who VALUES (current_user); RETURN NEW; END';
      CREATE TEMP TABLE appointments (id int, patient_id text, doctor text, department text, date date, time time,
        status text, mwl_sent boolean, accession_number text);
      INSERT INTO appointments (id) VALUES (${id});
      CREATE TRIGGER told BEFORE INSERT OR UPDATE ON appointments FOR EACH ROW EXECUTE FUNCTION pg_temp.told();
      CREATE TEMP VIEW patients AS SELECT 'P1' AS id, 'Priya' AS first_name, 'Sharma' AS last_name,
        date '1990-05-17' AS birth_date, 'F' AS gender WHERE pg_temp.tell();
      GRANT ALL ON appointments, patients TO PUBLIC;`);
        await sql`SELECT sonodesk.mark_sent('b', ${id}, true, 'A1')`;
        await sql`SELECT * FROM sonodesk.find_patient('b', 'P1', false)`;
        const patient = JSON.stringify({ id: "P1", boxMade: false, firstName: "Priya", lastName: "Sharma" });
        await sql`SELECT sonodesk.add_patient('b', ${patient}::text::jsonb)`;
        const booking = JSON.stringify({ id: "box-1", date: "2026-11-22", time: "10:00" });
        await sql`SELECT sonodesk.add_appointment('b', ${booking}::text::jsonb, 'P1')`;
        assert.deepEqual(
          [...await sql`SELECT * FROM pg_temp.who`],
          [],
          "nothing of the caller's ran with another's rights",
        );
        assert.equal(
          (await sql`SELECT FROM pg_temp.appointments`).length,
          1,
          "nothing was written to the caller's tables",
        );
      } finally {
        await sql.end();
      }
      const [row] = await clinic.sql`SELECT mwl_sent, accession_number FROM appointments WHERE id = ${id}`;
      assert.deepEqual({ ...row }, { mwl_sent: true, accession_number: "A1" }, "the clinic's own table was meant");
      assert.equal((await clinic.sql`SELECT FROM appointments`).length, 2);
    },
  );

  await t.step("a database without it gets told what is missing, and goes on once it is there", async () => {
    await using clinic = await FlaskClinic.create(server, { installed: false });
    const id = await clinic.book();
    await using box = await ClinicBox.start({ url: clinic.ownerUrl });
    box.store.audit.add("box", "began", "box");
    await box.until("it says so", () => box.link.status().state === "needs mending");
    assert.match(box.link.status().sentence, /run the SQL/);
    const tried = await box.link.test(clinic.ownerUrl);
    assert.equal(tried.ok, false);
    assert.match(tried.detail, /lacks the schema sonodesk and \d+ more/);
    assert.ok((await box.link.missing()).length > 3);
    await box.link.install(clinic.ownerUrl);
    await box.until("the booking is here", () => box.store.appointments.find(id));
    await box.untilDelivered();
    assert.equal((await box.link.test(clinic.ownerUrl)).ok, true);
    assert.equal((await box.link.test("mysql://x@y/z")).ok, false);
  });

  await t.step("without rights it is refused, and nothing is changed", async () => {
    await using clinic = await FlaskClinic.create(server);
    await using box = await ClinicBox.make({ url: undefined });
    await assert.rejects(box.link.install(clinic.url), /lacks something|must be owner|permission denied/);
    assert.deepEqual(await missing(clinic.url), []);
    assert.equal(box.link.status().state, "off");
  });

  await t.step("the address of the stored setting is used, and followed when it changes", async () => {
    await using clinic = await FlaskClinic.create(server);
    const id = await clinic.book();
    await using box = await ClinicBox.start({ url: undefined });
    assert.equal(box.link.status().state, "off");
    box.store.settings.set("SONODESK_CLINIC_DATABASE_URL", "nonsense");
    await box.until("the address is refused", () => box.link.status().state === "needs mending");
    assert.match(box.link.status().sentence, /write it as postgresql:/);
    box.store.settings.set("SONODESK_CLINIC_DATABASE_URL", clinic.url);
    await box.until("the booking is here", () => box.store.appointments.find(id));
    assert.ok(!box.link.status().address.includes("box@"), "no password is shown");
  });
});

peerTest("A walk-in, a booking and an image with Debian's own PostgreSQL", ["postgres"], async () => {
  await using server = await PostgresServer.start({ programs: debianPrograms() });
  await using clinic = await FlaskClinic.create(server);
  await clinic.install();
  await using box = await ClinicBox.start({ url: clinic.url });
  const id = await clinic.book();
  await box.until("the booking is here", () => box.store.appointments.find(id));
  box.walkIn({ firstName: "Asha", lastName: "Rao" });
  await box.receive({ patientId: "P1", patientName: "Sharma^Priya" });
  await box.untilDelivered();
  assert.equal((await clinic.sql`SELECT FROM patients`).length, 2);
  assert.equal((await clinic.sql`SELECT FROM dicom_images`).length, 1);
});
