/*
 * Three clinics' tables, each of another kind: as a program with uuids and moments makes them, as an older hospital's
 * program does, and as somebody made them by hand. Everybody is made up.
 */

/** Uuids, a chart number beside, one name, moments, an enumeration, soft deletion, two branches, words by keys. */
export const MODERN = `
  CREATE TYPE visit_state AS ENUM ('requested', 'confirmed', 'waiting', 'finished', 'cancelled_by_clinic',
    'cancelled_by_patient', 'did_not_come_no_show');
  CREATE TABLE locations (id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text NOT NULL);
  CREATE TABLE practitioners (id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY, first_name text, last_name text);
  CREATE TABLE services (code varchar(8) PRIMARY KEY, title text NOT NULL);
  CREATE TABLE clients (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(), "mrNumber" varchar(24) NOT NULL UNIQUE, name text NOT NULL,
    date_of_birth date, sex char(1), mobile text, deleted_at timestamptz);
  CREATE TABLE bookings (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(), client_id uuid NOT NULL REFERENCES clients (id),
    practitioner_id integer REFERENCES practitioners (id), service_code varchar(8) REFERENCES services (code),
    location_id integer REFERENCES locations (id), starts_at timestamptz NOT NULL,
    state visit_state NOT NULL DEFAULT 'requested', is_deleted boolean NOT NULL DEFAULT false);
  CREATE TABLE accounts (
    id serial PRIMARY KEY, email text UNIQUE NOT NULL, password text NOT NULL, role text, disabled boolean DEFAULT false);
  INSERT INTO locations (name) VALUES ('Koregaon'), ('Baner');
  INSERT INTO practitioners (first_name, last_name) VALUES ('Meera', 'Iyer'), ('Arjun', 'Das');
  INSERT INTO services VALUES ('OB', 'Obstetric scan'), ('AB', 'Abdomen');
  INSERT INTO clients ("mrNumber", name, date_of_birth, sex, deleted_at)
    SELECT 'C-' || 1000 + n, 'Asha Devi ' || chr(64 + n) || 'oshi', date '1985-03-01' + n * 100, 'F',
      CASE WHEN n = 24 THEN now() END
    FROM generate_series(1, 24) n;
  INSERT INTO bookings (client_id, practitioner_id, service_code, location_id, starts_at, state, is_deleted)
    SELECT id, 1 + n % 2, (ARRAY['OB', 'AB'])[1 + n % 2], 1 + n % 2,
      date_trunc('day', now() AT TIME ZONE 'Asia/Kolkata') AT TIME ZONE 'Asia/Kolkata' + interval '9 hours 10 minutes'
        + n * interval '15 minutes',
      CASE WHEN n % 6 = 0 THEN 'cancelled_by_patient' ELSE 'confirmed' END::visit_state, n = 7
    FROM (SELECT id, row_number() OVER (ORDER BY "mrNumber")::int AS n FROM clients) c;`;

/** Another schema, other words, three names, an age, a coded sex, numbers in a queue for times. */
export const HOSPITAL = `
  CREATE SCHEMA his;
  CREATE TABLE his.patient_master (
    pat_key serial PRIMARY KEY, uhid varchar(16) UNIQUE, fname text, mname text, lname text, age integer, sex smallint);
  CREATE TABLE his.opd_visits (
    visit_no bigserial PRIMARY KEY, patient_id integer REFERENCES his.patient_master (pat_key), consultant varchar(40),
    dept varchar(10), visit_date date, slot varchar(6), state varchar(12), hospital_code varchar(4) NOT NULL);
  INSERT INTO his.patient_master (uhid, fname, mname, lname, age, sex)
    SELECT 'H' || 7000 + n, 'Suresh', CASE WHEN n % 2 = 0 THEN 'Mohan' END, 'Patil' || n, 20 + n, 1 + n % 2
    FROM generate_series(1, 20) n;
  INSERT INTO his.opd_visits (patient_id, consultant, dept, visit_date, slot, state, hospital_code)
    SELECT n, 'Dr Kulkarni', 'RAD', current_date, 'T' || n, CASE WHEN n = 5 THEN 'CANCELLED' ELSE 'OPEN' END, 'PN1'
    FROM generate_series(1, 20) n;`;

/** The names that are expected, but dates as text with the day first, and columns of small and large letters. */
export const BY_HAND = `
  CREATE TABLE patients (id serial PRIMARY KEY, first_name text, last_name text, birth_date text, gender text);
  CREATE TABLE appointments (
    id serial PRIMARY KEY, patient_id integer REFERENCES patients (id), "consultantName" text, department text,
    date text, time text, status text);
  INSERT INTO patients (first_name, last_name, birth_date, gender)
    SELECT 'Kavita', 'More' || n, (10 + n) || '/04/1979', 'female' FROM generate_series(1, 15) n;
  INSERT INTO appointments (patient_id, "consultantName", department, date, time, status)
    SELECT n, 'Dr Sane', 'USG', to_char(current_date, 'DD-MM-YYYY'), CASE WHEN n = 3 THEN 'after lunch' ELSE '10:30' END,
      'new'
    FROM generate_series(1, 14) n;
  INSERT INTO appointments (patient_id, "consultantName", department, date, time, status)
    VALUES (15, 'Dr Sane', 'USG', 'next week', '11:00', 'new'), (15, 'Dr Sane', 'USG', '25-12-2019', '11:00', 'new');`;
