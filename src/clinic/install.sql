-- Sonodesk in the clinic's PostgreSQL (12 or newer): what the box reads, what it writes, and the role it does it with.
--
-- Run it in the clinic's database as the owner of its tables. Running it again changes nothing that is there:
--     psql "$DATABASE_URL" -v ON_ERROR_STOP=1 -f install.sql
--
{{for which tables}}

BEGIN;

-- The clinic is at work: rather fail than hold it up.
SET LOCAL lock_timeout = '10s';

CREATE SCHEMA IF NOT EXISTS sonodesk;

-- How tables with other names are read, as a settings page has it: all boxes of the clinic follow the one that is here.
CREATE TABLE IF NOT EXISTS sonodesk.mapping (
  one      boolean PRIMARY KEY DEFAULT true CHECK (one),
  mapping  jsonb NOT NULL,
  at       timestamptz NOT NULL
);
{{mapping kept}}

-- Everything goes where the clinic's own tables are. pg_temp is named so that it is looked at last: left out, it is looked
-- at first, and the functions below, which take this path over, would find what their caller put there.
SELECT set_config('search_path', relnamespace::regnamespace::text || ', pg_temp', true)
  FROM pg_class WHERE oid = {{'appointments'}}::regclass;

-- 1. Bookings ---------------------------------------------------------------------------------------------------

{{marks and indexes}}

-- SQLAlchemy fills these in the program, so the table has no default; a row that the box adds needs one.
DO $$
DECLARE
  stamp record;
BEGIN
  FOR stamp IN
    SELECT attrelid::regclass AS relation, attname AS name FROM pg_attribute
    WHERE attrelid IN ({{'patients'}}::regclass, {{'appointments'}}::regclass, to_regclass('dicom_studies'),
        to_regclass('dicom_series'), to_regclass('dicom_images'), to_regclass('measurements'))
      AND attname IN ('created_at', 'updated_at') AND NOT atthasdef AND NOT attisdropped
  LOOP
    EXECUTE format('ALTER TABLE %s ALTER COLUMN %I SET DEFAULT now()', stamp.relation, stamp.name);
  END LOOP;
END $$;

-- {{as shipped}}
-- What is read goes through functions, which no column's type depends on: a view keeps the clinic from changing one. The
-- views of an older version go where they are as they were shipped; one that was adapted stays, and is what the box reads.
DO $$
DECLARE
  shipped record;
BEGIN
  FOR shipped IN
    SELECT 'sonodesk.schedule' AS name, format(
      'SELECT a.id AS appointment_id, a.patient_id, p.first_name, p.last_name, p.birth_date, p.gender, a.doctor,
         a.department, a.date, a.time, a.status, a.accession_number, %s AS updated_at
       FROM appointments a JOIN patients p ON p.id = a.patient_id', stamp) AS definition
    FROM (VALUES ('a.updated_at'), ('NULL::timestamptz')) AS stamps (stamp)
    UNION ALL
    SELECT 'sonodesk.staff', format('SELECT u.username, u.password_hash, u.role, %s AS active FROM users u', active)
    FROM (VALUES ('true'), ('coalesce(u.is_active, true)'), ('coalesce(u.active, true)'),
      ('NOT coalesce(u.disabled, false)')) AS actives (active)
  LOOP
    CONTINUE WHEN to_regclass(shipped.name) IS NULL;
    BEGIN
      EXECUTE 'CREATE TEMPORARY VIEW sonodesk_shipped AS ' || shipped.definition;
    EXCEPTION WHEN undefined_column OR undefined_table OR datatype_mismatch OR undefined_function THEN
      CONTINUE; -- not of these tables
    END;
    IF pg_get_viewdef(to_regclass(shipped.name)) = pg_get_viewdef(to_regclass('pg_temp.sonodesk_shipped')) THEN
      EXECUTE 'DROP VIEW ' || shipped.name;
    END IF;
    DROP VIEW pg_temp.sonodesk_shipped;
  END LOOP;
END $$;
-- {{end}}
{{no views}}
DO $install$
DECLARE
  has_days boolean := {{has days}};
  of_days text := {{bookings of days}};
  -- a date kept as text may be no date: compared as text it spoils only its own row
  of_texts text := {{bookings of texts}};
BEGIN
  -- one that was adapted stays
  IF EXISTS (SELECT FROM pg_proc WHERE oid = to_regprocedure('sonodesk.bookings(date,date,text[])')
    AND {{is adapted}} AND prosrc NOT IN (of_days, of_texts)
    AND md5(prosrc) NOT IN ({{shipped before}}))
  THEN RETURN; END IF;
  -- Bookings as text: of some days, the last included, or those of some ids where `ids` is given.
  EXECUTE format(
    $function$
      CREATE OR REPLACE FUNCTION sonodesk.bookings(first_day date, last_day date, ids text[])
      RETURNS TABLE (appointment_id text, patient_id text, first_name text, last_name text, birth_date text, gender text,
        doctor text, department text, date text, "time" text, status text, accession_number text)
      LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path FROM CURRENT SET plan_cache_mode = force_custom_plan
      AS %L
    $function$,
    CASE WHEN has_days THEN of_days ELSE of_texts END);
  COMMENT ON FUNCTION sonodesk.bookings(date, date, text[]) IS
    'Bookings as Sonodesk reads them, every 15 seconds for the days from yesterday to in two weeks. The settings page '
    'makes it for your tables; adapted by hand, keep the names and the order of what it returns.';
END $install$;

-- Says at once that there is something to read, and in which table. Sonodesk reads without it too, only later.
CREATE OR REPLACE FUNCTION sonodesk.announce() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF current_setting('sonodesk.quiet', true) IS DISTINCT FROM 'on' THEN
    PERFORM pg_notify('sonodesk_schedule', coalesce(TG_ARGV[0], TG_TABLE_NAME));
  END IF;
  RETURN NULL;
END $$;

-- The same of bookings, and which: those are read alone, unless they are many. A statement that touched none says nothing.
CREATE OR REPLACE FUNCTION sonodesk.announce_bookings() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  ids jsonb;
BEGIN
  IF current_setting('sonodesk.quiet', true) IS NOT DISTINCT FROM 'on' THEN RETURN NULL; END IF;
  EXECUTE format('SELECT jsonb_agg(c.%1$I::text) FROM (SELECT %1$I FROM changed LIMIT 51) c', TG_ARGV[0]) INTO ids;
  IF ids IS NOT NULL THEN
    PERFORM pg_notify('sonodesk_schedule', CASE WHEN jsonb_array_length(ids) <= 50 AND octet_length(ids::text) < 7000
      THEN 'appointments ' || ids::text ELSE 'appointments' END);
  END IF;
  RETURN NULL;
END $$;

{{no triggers elsewhere}}DROP TRIGGER IF EXISTS sonodesk_schedule ON {{appointments}};
CREATE TRIGGER sonodesk_schedule AFTER INSERT ON {{appointments}} REFERENCING NEW TABLE AS changed
  FOR EACH STATEMENT EXECUTE FUNCTION sonodesk.announce_bookings({{'appointment key'}});
DROP TRIGGER IF EXISTS sonodesk_changed ON {{appointments}};
CREATE TRIGGER sonodesk_changed AFTER UPDATE ON {{appointments}} REFERENCING NEW TABLE AS changed
  FOR EACH STATEMENT EXECUTE FUNCTION sonodesk.announce_bookings({{'appointment key'}});
DROP TRIGGER IF EXISTS sonodesk_gone ON {{appointments}};
CREATE TRIGGER sonodesk_gone AFTER DELETE ON {{appointments}}
  FOR EACH STATEMENT EXECUTE FUNCTION sonodesk.announce('appointments');
-- Whoever is new may be whom something waits for; a statement that added or changed nobody says nothing.
CREATE OR REPLACE FUNCTION sonodesk.announce_people() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF current_setting('sonodesk.quiet', true) IS DISTINCT FROM 'on' AND EXISTS (SELECT FROM changed) THEN
    PERFORM pg_notify('sonodesk_schedule', CASE TG_OP WHEN 'INSERT' THEN 'new patients' ELSE 'patients' END);
  END IF;
  RETURN NULL;
END $$;

DROP TRIGGER IF EXISTS sonodesk_schedule ON {{patients}};
CREATE TRIGGER sonodesk_schedule AFTER UPDATE ON {{patients}} REFERENCING NEW TABLE AS changed
  FOR EACH STATEMENT EXECUTE FUNCTION sonodesk.announce_people();
DROP TRIGGER IF EXISTS sonodesk_new ON {{patients}};
CREATE TRIGGER sonodesk_new AFTER INSERT ON {{patients}} REFERENCING NEW TABLE AS changed
  FOR EACH STATEMENT EXECUTE FUNCTION sonodesk.announce_people();
{{triggers of words}}
-- 2. Logins -----------------------------------------------------------------------------------------------------

-- {{as shipped}}
DO $install$
DECLARE
  active text := 'true';
BEGIN
  IF to_regclass('users') IS NULL THEN RETURN; END IF;
  IF EXISTS (SELECT FROM pg_proc WHERE oid = to_regprocedure('sonodesk.logins()') AND {{is adapted}}) THEN RETURN; END IF;
  SELECT CASE attname WHEN 'disabled' THEN 'NOT coalesce(u.disabled, false)' ELSE format('coalesce(u.%I, true)', attname) END
    INTO active FROM pg_attribute
    WHERE attrelid = 'users'::regclass AND attname IN ('is_active', 'active', 'disabled') AND NOT attisdropped
      AND atttypid = 'boolean'::regtype
    LIMIT 1;
  EXECUTE format(
    $function$
      CREATE OR REPLACE FUNCTION sonodesk.logins()
      RETURNS TABLE (username text, password_hash text, role text, active boolean)
      LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path FROM CURRENT AS $body$
      #variable_conflict use_column
      BEGIN
        RETURN QUERY SELECT u.username::text, u.password_hash::text, u.role::text, %s FROM users u;
      END $body$
    $function$,
    coalesce(active, 'true'));
  COMMENT ON FUNCTION sonodesk.logins() IS
    'Who may sign in at the box with the password they have here: password_hash as werkzeug writes it, role '
    'receptionist, doctor or admin, active false to lock somebody out. Adapt it to your tables.';
END $install$;

DO $$
BEGIN
  IF to_regclass('users') IS NOT NULL THEN
    DROP TRIGGER IF EXISTS sonodesk_schedule ON users;
    CREATE TRIGGER sonodesk_schedule AFTER INSERT OR UPDATE OR DELETE ON users
      FOR EACH STATEMENT EXECUTE FUNCTION sonodesk.announce();
  END IF;
END $$;
-- {{end}}
{{logins}}
-- 3. Results ----------------------------------------------------------------------------------------------------

DO $$
DECLARE
  patient_key text := (SELECT atttypid::regtype::text FROM pg_attribute
    WHERE attrelid = {{'patients'}}::regclass AND attname = {{'patient key'}});
BEGIN
  EXECUTE format(
    $table$
      CREATE TABLE IF NOT EXISTS dicom_studies (
        id                  integer GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
        study_instance_uid  varchar(64) NOT NULL UNIQUE,
        patient_id          %s NOT NULL REFERENCES %s (%I),
        study_date          date,
        study_description   text,
        accession_number    varchar(16),
        created_at          timestamptz NOT NULL DEFAULT now(),
        updated_at          timestamptz NOT NULL DEFAULT now()
      )
    $table$,
    patient_key, {{'patients'}}, {{'patient key'}});
END $$;

{{same patients}}CREATE TABLE IF NOT EXISTS dicom_series (
  id                   integer GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
  series_instance_uid  varchar(64) NOT NULL UNIQUE,
  study_id             integer NOT NULL REFERENCES dicom_studies (id),
  modality             varchar(16),
  series_description   text,
  body_part            varchar(64),
  created_at           timestamptz NOT NULL DEFAULT now(),
  updated_at           timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE IF NOT EXISTS dicom_images (
  id                integer GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
  sop_instance_uid  varchar(64) NOT NULL UNIQUE,
  series_id         integer NOT NULL REFERENCES dicom_series (id),
  file_path         text,
  thumbnail_path    text,
  image_number      integer,
  created_at        timestamptz NOT NULL DEFAULT now(),
  updated_at        timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE IF NOT EXISTS measurements (
  id                integer GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
  study_id          integer NOT NULL REFERENCES dicom_studies (id),
  measurement_type  text NOT NULL,
  value             numeric NOT NULL,
  unit              text,
  body_part         text,
  notes             text,
  created_at        timestamptz NOT NULL DEFAULT now(),
  updated_at        timestamptz NOT NULL DEFAULT now()
);

-- What ours carry beyond what the clinic's developers planned, also where their own migration made the tables.
ALTER TABLE dicom_studies ADD COLUMN IF NOT EXISTS appointment_id text;
ALTER TABLE dicom_studies ADD COLUMN IF NOT EXISTS created_at timestamptz DEFAULT now();
ALTER TABLE dicom_studies ADD COLUMN IF NOT EXISTS updated_at timestamptz DEFAULT now();
ALTER TABLE dicom_series ADD COLUMN IF NOT EXISTS created_at timestamptz DEFAULT now();
ALTER TABLE dicom_series ADD COLUMN IF NOT EXISTS updated_at timestamptz DEFAULT now();
ALTER TABLE dicom_images ADD COLUMN IF NOT EXISTS attention text;
ALTER TABLE dicom_images ADD COLUMN IF NOT EXISTS created_at timestamptz DEFAULT now();
ALTER TABLE dicom_images ADD COLUMN IF NOT EXISTS updated_at timestamptz DEFAULT now();
ALTER TABLE measurements ADD COLUMN IF NOT EXISTS sop_instance_uid varchar(64);
ALTER TABLE measurements ADD COLUMN IF NOT EXISTS position integer;
ALTER TABLE measurements ADD COLUMN IF NOT EXISTS code text;
ALTER TABLE measurements ADD COLUMN IF NOT EXISTS laterality text;
ALTER TABLE measurements ADD COLUMN IF NOT EXISTS context jsonb;
ALTER TABLE measurements ADD COLUMN IF NOT EXISTS created_at timestamptz DEFAULT now();
ALTER TABLE measurements ADD COLUMN IF NOT EXISTS updated_at timestamptz DEFAULT now();

CREATE UNIQUE INDEX IF NOT EXISTS uq_dicom_studies_uid ON dicom_studies (study_instance_uid);
CREATE UNIQUE INDEX IF NOT EXISTS uq_dicom_series_uid ON dicom_series (series_instance_uid);
CREATE UNIQUE INDEX IF NOT EXISTS uq_dicom_images_uid ON dicom_images (sop_instance_uid);
CREATE UNIQUE INDEX IF NOT EXISTS uq_measurements_place ON measurements (sop_instance_uid, position);
CREATE INDEX IF NOT EXISTS ix_dicom_studies_patient_id ON dicom_studies (patient_id);
CREATE INDEX IF NOT EXISTS ix_dicom_studies_appointment_id ON dicom_studies (appointment_id);
CREATE INDEX IF NOT EXISTS ix_dicom_series_study_id ON dicom_series (study_id);
CREATE INDEX IF NOT EXISTS ix_dicom_images_series_id ON dicom_images (series_id);
CREATE INDEX IF NOT EXISTS ix_measurements_study_id ON measurements (study_id);

COMMENT ON COLUMN dicom_studies.appointment_id IS 'The appointment the box matched it to, appointments.id as text; empty while nobody knows';
COMMENT ON COLUMN dicom_images.file_path IS 'Below the archive folder of the box; the file itself: https://<box>/api/instances/<sop_instance_uid>/file';
COMMENT ON COLUMN dicom_images.thumbnail_path IS 'The address of the thumbnail on the box';
COMMENT ON COLUMN dicom_images.attention IS 'Why a person should look at this image before relying on it; empty when all is well';
COMMENT ON COLUMN measurements.position IS 'Its place in the report sop_instance_uid, from 0';
COMMENT ON COLUMN measurements.code IS 'What was measured, as scheme:value';
COMMENT ON COLUMN measurements.context IS 'Everything else that qualifies the value: fetus, method, selection and so on';

-- Duplicates that the clinic merges: appointments go to the patient who stays, and the other is deleted. Studies go along
-- with their appointment, where both are the same person by name and birth date; of anybody else the deletion is refused.
CREATE OR REPLACE FUNCTION sonodesk.studies_follow_merge() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
  UPDATE dicom_studies s SET patient_id = p.{{patient key}}, updated_at = now()
    FROM {{both tables}}
    WHERE s.patient_id = OLD.{{patient key}} AND a.{{appointment key}}::text = s.appointment_id
      AND p.{{patient key}} <> OLD.{{patient key}}
      AND lower({{p last}}) = lower({{OLD last}}) AND lower({{p first}}) = lower({{OLD first}})
      AND {{p birth}} = {{OLD birth}};
  RETURN OLD;
END $$;

DROP TRIGGER IF EXISTS sonodesk_studies_follow ON {{patients}};
CREATE TRIGGER sonodesk_studies_follow BEFORE DELETE ON {{patients}}
  FOR EACH ROW EXECUTE FUNCTION sonodesk.studies_follow_merge();

-- 4. What the box keeps here ---------------------------------------------------------------------------------------

-- Every event of the box whose effect is in this database. Effect and row are one transaction.
CREATE TABLE IF NOT EXISTS sonodesk.applied_events (
  event_id    uuid PRIMARY KEY,
  box_id      text NOT NULL,
  applied_at  timestamptz NOT NULL DEFAULT now()
);

-- An appointment's way, step by step: scheduled, sent, seen by machine, in progress, images received, completed, cancelled.
CREATE TABLE IF NOT EXISTS sonodesk.appointment_steps (
  id              bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
  event_id        uuid NOT NULL UNIQUE,
  box_id          text NOT NULL,
  appointment_id  text NOT NULL,            -- appointments.id as text
  status          text NOT NULL,
  at              timestamptz NOT NULL,
  cause           text NOT NULL
);
CREATE INDEX IF NOT EXISTS ix_appointment_steps_appointment ON sonodesk.appointment_steps (appointment_id, id);

CREATE OR REPLACE VIEW sonodesk.appointment_status AS
  SELECT DISTINCT ON (appointment_id) appointment_id, status, at, cause
  FROM sonodesk.appointment_steps ORDER BY appointment_id, id DESC;

-- Who did what at the box.
CREATE TABLE IF NOT EXISTS sonodesk.audit_events (
  id        bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
  event_id  uuid NOT NULL UNIQUE,
  box_id    text NOT NULL,
  at        timestamptz NOT NULL,
  actor     text NOT NULL,
  action    text NOT NULL,
  subject   text NOT NULL,
  detail    jsonb NOT NULL
);

ALTER TABLE sonodesk.audit_events ADD COLUMN IF NOT EXISTS not_copied text; -- why the clinic's own log does not have it

-- The same in the clinic's own audit_logs, where it has one: made once, for the columns that it has then. What cannot be
-- written there keeps nothing from the box, and says why in not_copied.
DO $install$
DECLARE
  log regclass := coalesce(to_regclass('audit_logs'), to_regclass('audit_log'));
  names text[] := '{}';
  contents text[] := '{}';
  has_action boolean := false;
  part record;
BEGIN
  IF log IS NULL OR to_regprocedure('sonodesk.copy_audit()') IS NOT NULL THEN RETURN; END IF;
  FOR part IN
    SELECT DISTINCT ON (meant.what) meant.what, a.attname AS name, format_type(a.atttypid, a.atttypmod) AS type
    FROM (VALUES ('at', '{created_at,at,timestamp,logged_at,occurred_at,time}'::text[]),
        ('user', '{user_id,actor_id}'), ('actor', '{username,user_name,actor}'),
        ('action', '{action,event,event_type,operation}'),
        ('entity', '{entity_type,resource_type,object_type,target_type,table_name,entity}'),
        ('id', '{entity_id,resource_id,object_id,target_id,record_id}'),
        ('detail', '{details,detail,data,metadata,changes,description}')) AS meant (what, called)
      JOIN pg_attribute a ON a.attrelid = log AND a.attname = ANY (meant.called) AND a.attnum > 0 AND NOT a.attisdropped
    ORDER BY meant.what, array_position(meant.called, a.attname::text)
  LOOP
    has_action := has_action OR part.what = 'action';
    names := names || quote_ident(part.name);
    contents := contents || format('(%s)::%s', CASE part.what
      WHEN 'at' THEN CASE WHEN part.type LIKE '%without time zone' THEN $$NEW.at AT TIME ZONE 'UTC'$$ ELSE 'NEW.at' END
      WHEN 'user' THEN CASE WHEN to_regclass('users') IS NULL THEN 'NULL'
        ELSE $$(SELECT u.id FROM users u WHERE to_jsonb(u) ->> 'username' = NEW.actor)$$ END
      WHEN 'actor' THEN 'NEW.actor'
      WHEN 'action' THEN 'NEW.action'
      WHEN 'entity' THEN $$regexp_replace(NEW.subject, ' [^ ]*$', '')$$
      WHEN 'id' THEN CASE WHEN part.type IN ('smallint', 'integer', 'bigint') THEN $$substring(NEW.subject FROM ' (\d{1,9})$')$$
        ELSE $$substring(NEW.subject FROM ' ([^ ]*)$')$$ END
      WHEN 'detail' THEN $$NEW.detail || jsonb_build_object('by', NEW.actor, 'box', NEW.box_id)$$ END, part.type);
  END LOOP;
  IF NOT has_action THEN RETURN; END IF;
  EXECUTE format(
    $function$
      CREATE FUNCTION sonodesk.copy_audit() RETURNS trigger
      LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $body$
      BEGIN
        INSERT INTO %s (%s) VALUES (%s);
        RETURN NEW;
      EXCEPTION WHEN OTHERS THEN
        NEW.not_copied := SQLERRM;
        RETURN NEW;
      END $body$
    $function$,
    log, array_to_string(names, ', '), array_to_string(contents, ', '));
  COMMENT ON FUNCTION sonodesk.copy_audit() IS
    'Writes what happened at the box into the clinic''s own log. Adapt it to your table; it stays when the SQL is run again.';
  CREATE TRIGGER sonodesk_copy_audit BEFORE INSERT ON sonodesk.audit_events
    FOR EACH ROW EXECUTE FUNCTION sonodesk.copy_audit();
END $install$;

-- Walk-ins: the id that a box gave while it was alone, and the one that the clinic has for the same.
CREATE TABLE IF NOT EXISTS sonodesk.box_patients (
  box_id          text NOT NULL,
  box_patient_id  text NOT NULL,
  patient_id      text NOT NULL,
  PRIMARY KEY (box_id, box_patient_id)
);
CREATE TABLE IF NOT EXISTS sonodesk.box_appointments (
  box_id              text NOT NULL,
  box_appointment_id  text NOT NULL,
  appointment_id      text NOT NULL,
  PRIMARY KEY (box_id, box_appointment_id)
);
-- patient_id is what the box is told, patient_key the key of the clinic's row, which stays when the former is another.
ALTER TABLE sonodesk.box_patients ADD COLUMN IF NOT EXISTS patient_key text;
DO $$
BEGIN
  -- by the function that gave them their ids
  IF to_regprocedure('sonodesk.patient_key(text)') IS NOT NULL THEN
    UPDATE sonodesk.box_patients SET patient_key = sonodesk.patient_key(patient_id)::text WHERE patient_key IS NULL;
  END IF;
END $$;
CREATE INDEX IF NOT EXISTS ix_box_appointments_appointment ON sonodesk.box_appointments (appointment_id);
CREATE INDEX IF NOT EXISTS ix_box_patients_patient ON sonodesk.box_patients (patient_id);

-- What the clinic's program asks of the box: sonodesk.send and sonodesk.recall write it, the box answers.
CREATE TABLE IF NOT EXISTS sonodesk.requests (
  id              bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
  appointment_id  text NOT NULL,            -- appointments.id as text
  action          text NOT NULL CHECK (action IN ('send', 'recall')),
  machine         text,                     -- its AE title; NULL for any
  by_mark         boolean NOT NULL DEFAULT false, -- the program set mwl_sent, which a setting of the box lets it or not
  requested_by    text NOT NULL,
  requested_at    timestamptz NOT NULL DEFAULT now(),
  box_id          text,                     -- the box that takes it
  answered_at     timestamptz,
  refusal         text                      -- why it was not done; empty when it was
);
CREATE INDEX IF NOT EXISTS ix_requests_open ON sonodesk.requests (id) WHERE answered_at IS NULL;
DROP TRIGGER IF EXISTS sonodesk_requests ON sonodesk.requests;
CREATE TRIGGER sonodesk_requests AFTER INSERT ON sonodesk.requests
  FOR EACH STATEMENT EXECUTE FUNCTION sonodesk.announce();

ALTER TABLE sonodesk.requests ADD COLUMN IF NOT EXISTS by_mark boolean NOT NULL DEFAULT false;

-- mwl_sent that somebody else than the box sets is asked of the box. No condition on the column stands in the trigger: it
-- would keep the clinic from changing the column's type.
CREATE OR REPLACE FUNCTION sonodesk.marks_are_requests() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
  IF current_setting('sonodesk.quiet', true) IS DISTINCT FROM 'on' AND coalesce(NEW.{{mark}}, false)
    IS DISTINCT FROM (CASE TG_OP WHEN 'UPDATE' THEN coalesce(OLD.{{mark}}, false) ELSE false END)
  THEN
    INSERT INTO sonodesk.requests (appointment_id, action, by_mark, requested_by)
      VALUES (NEW.{{mark id}}::text, CASE WHEN NEW.{{mark}} THEN 'send' ELSE 'recall' END, true, session_user);
  END IF;
  RETURN NULL;
END $$;
DROP TRIGGER IF EXISTS sonodesk_marks ON {{marked}};
CREATE TRIGGER sonodesk_marks AFTER INSERT OR UPDATE ON {{marked}}
  FOR EACH ROW EXECUTE FUNCTION sonodesk.marks_are_requests();

-- Puts an appointment on the list of a machine, by its AE title, or of any; the box does it a moment later, and answers in
-- sonodesk.requests. Returns the request's id.
CREATE OR REPLACE FUNCTION sonodesk.send(appointment text, machine text DEFAULT NULL) RETURNS bigint
LANGUAGE sql SECURITY DEFINER SET search_path FROM CURRENT AS $$
  INSERT INTO sonodesk.requests (appointment_id, action, machine, requested_by)
  VALUES (appointment, 'send', machine, session_user) RETURNING id
$$;
CREATE OR REPLACE FUNCTION sonodesk.send(appointment bigint, machine text DEFAULT NULL) RETURNS bigint
LANGUAGE sql AS $$ SELECT sonodesk.send(appointment::text, machine) $$;
CREATE OR REPLACE FUNCTION sonodesk.send(appointment uuid, machine text DEFAULT NULL) RETURNS bigint
LANGUAGE sql AS $$ SELECT sonodesk.send(appointment::text, machine) $$;

-- Takes it off the list.
CREATE OR REPLACE FUNCTION sonodesk.recall(appointment text) RETURNS bigint
LANGUAGE sql SECURITY DEFINER SET search_path FROM CURRENT AS $$
  INSERT INTO sonodesk.requests (appointment_id, action, requested_by)
  VALUES (appointment, 'recall', session_user) RETURNING id
$$;
CREATE OR REPLACE FUNCTION sonodesk.recall(appointment bigint) RETURNS bigint
LANGUAGE sql AS $$ SELECT sonodesk.recall(appointment::text) $$;
CREATE OR REPLACE FUNCTION sonodesk.recall(appointment uuid) RETURNS bigint
LANGUAGE sql AS $$ SELECT sonodesk.recall(appointment::text) $$;

-- 5. How the box reaches the clinic's tables ----------------------------------------------------------------------------
-- These run with the rights of whoever installed them, so that the box's own role needs none on the clinic's tables.

-- An id in the clinic's own type; NULL when it can be none.
DO $$
DECLARE
  noun record;
BEGIN
  FOR noun IN
    SELECT nouns.name, (SELECT atttypid::regtype::text FROM pg_attribute
        WHERE attrelid = relation::regclass AND attname = key) AS type
    FROM (VALUES ('patient_row', {{'patients'}}, {{'patient key'}}), ('patient_key', {{'patients'}}, {{'patient key'}}),
        ('appointment_key', {{'appointments'}}, {{'appointment key'}})) AS nouns (name, relation, key)
  LOOP
    EXECUTE format('DROP FUNCTION IF EXISTS sonodesk.%I(text)', noun.name);
    EXECUTE format(
      $function$
        CREATE FUNCTION sonodesk.%1$I(id text) RETURNS %2$s LANGUAGE plpgsql IMMUTABLE AS $body$
        BEGIN
          RETURN id::%2$s;
        EXCEPTION WHEN data_exception THEN
          RETURN NULL;
        END $body$
      $function$,
      noun.name, noun.type);
  END LOOP;
END $$;

{{patients by another id}}-- The clinic's patient for an id of the box. `booked_here`: the box gave the id itself.
DROP FUNCTION IF EXISTS sonodesk.find_patient(text, text, boolean);
CREATE FUNCTION sonodesk.find_patient(box text, wanted text, booked_here boolean)
RETURNS TABLE (patient_id text, first_name text, last_name text, birth_date text, gender text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path FROM CURRENT AS $$
  SELECT {{p id}}, {{p first}}, {{p last}}, {{p birth}}, {{p gender}} FROM {{patients}} p
  WHERE p.{{patient key}} = CASE WHEN find_patient.booked_here
    THEN (SELECT coalesce(sonodesk.patient_row(b.patient_key), sonodesk.patient_key(b.patient_id))
      FROM sonodesk.box_patients b WHERE b.box_id = find_patient.box AND b.box_patient_id = find_patient.wanted)
    ELSE sonodesk.patient_key(find_patient.wanted) END
$$;

{{people found}}
-- The clinic's appointment id, as text, for an id of the box.
CREATE OR REPLACE FUNCTION sonodesk.clinic_appointment(box text, wanted text) RETURNS text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path FROM CURRENT AS $$
  SELECT coalesce(
    (SELECT b.appointment_id FROM sonodesk.box_appointments b
      WHERE b.box_id = box AND b.box_appointment_id = wanted),
    wanted)
$$;

-- Reception has put the appointment on a machine's list, or taken it off.
CREATE OR REPLACE FUNCTION sonodesk.mark_sent(box text, appointment text, sent boolean, accession text) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path FROM CURRENT AS $$
{{mark it}}
$$;

-- Whether the table gives a new row a value in this column by itself.
DROP FUNCTION IF EXISTS sonodesk.gives_ids(regclass);
CREATE OR REPLACE FUNCTION sonodesk.gives_ids(relation regclass, name text DEFAULT 'id') RETURNS boolean
LANGUAGE sql STABLE AS $$
  SELECT atthasdef OR attidentity <> '' FROM pg_attribute WHERE attrelid = relation AND attname = gives_ids.name
$$;

DO $install$
BEGIN
  IF EXISTS (SELECT FROM pg_proc WHERE oid = to_regprocedure('sonodesk.add_patient(text,jsonb)') AND {{is adapted}})
  THEN RETURN; END IF;

  -- A walk-in's patient: {id, boxMade, firstName, lastName, birthDate, gender, phone}. Once for each id of a box.
  CREATE OR REPLACE FUNCTION sonodesk.add_patient(box text, patient jsonb) RETURNS text
  LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
  {{made}}<<v>>
  DECLARE
    wanted text := patient ->> 'id';
    is_box_made boolean := (patient ->> 'boxMade')::boolean;
    found_here record;
    fresh {{patients}}%ROWTYPE;
    columns text[] := {{patient columns}};
    names text;
    new_id text;
    new_key text;
  BEGIN
    SELECT b.patient_id INTO new_id FROM sonodesk.box_patients b
      WHERE b.box_id = add_patient.box AND b.box_patient_id = v.wanted;
    IF FOUND THEN RETURN new_id; END IF;

    SELECT p.{{patient key}}::text AS key, {{p id}} AS id, {{p first}} AS first_name, {{p last}} AS last_name,
        {{p birth}} AS birth_date
      INTO found_here FROM {{patients}} p WHERE p.{{patient key}} = sonodesk.patient_key(v.wanted);
    IF FOUND AND NOT is_box_made THEN
      -- reception typed an id that the clinic has: it must be the same person, and not a twin or a sibling
      IF lower({{name compared here}}) IS DISTINCT FROM lower({{name compared}})
        OR left(found_here.birth_date, 10) <> patient ->> 'birthDate'
      THEN
        RAISE EXCEPTION 'patient % has another name in the clinic''s database', wanted USING ERRCODE = 'SD001';
      END IF;
      INSERT INTO sonodesk.box_patients (box_id, box_patient_id, patient_id, patient_key)
        VALUES (add_patient.box, v.wanted, found_here.id, found_here.key);
      RETURN found_here.id;
    END IF;
    IF NOT is_box_made AND {{gives ids}} THEN
      -- the clinic would give it to somebody else one day
      RAISE EXCEPTION 'the clinic''s database has no patient %', wanted USING ERRCODE = 'SD001';
    END IF;
    {{fill patient}}
    -- another box may have given the same id to somebody else
    new_id := CASE WHEN found_here.key IS NULL THEN wanted ELSE wanted || '-' || left(box, 4) END;
    {{give ids}}
    SELECT string_agg(quote_ident(one), ', ') INTO names FROM unnest(columns) AS one;
    EXECUTE format($made$INSERT INTO %s AS p (%s) SELECT %s FROM (SELECT ($1).*) AS made RETURNING p.%I::text, p.%I::text$made$,
      {{'patients'}}, names, names, {{'patient key'}}, {{'patient id'}}) INTO new_key, new_id USING fresh;
    INSERT INTO sonodesk.box_patients (box_id, box_patient_id, patient_id, patient_key)
      VALUES (add_patient.box, v.wanted, v.new_id, v.new_key);
    RETURN new_id;
  END $$;
END $install$;

DO $install$
BEGIN
  IF EXISTS (SELECT FROM pg_proc
    WHERE oid = to_regprocedure('sonodesk.add_appointment(text,jsonb,text)') AND {{is adapted}})
  THEN RETURN; END IF;

  -- A walk-in's appointment: {id, doctor, department, date, time, accessionNumber}. Once for each id of a box.
  CREATE OR REPLACE FUNCTION sonodesk.add_appointment(box text, appointment jsonb, patient text) RETURNS text
  LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
  {{made}}<<v>>
  DECLARE
    wanted text := appointment ->> 'id';
    fresh {{appointments}}%ROWTYPE;
    columns text[] := {{appointment columns}};
    names text;
    new_id text;
  BEGIN
    SELECT b.appointment_id INTO new_id FROM sonodesk.box_appointments b
      WHERE b.box_id = add_appointment.box AND b.box_appointment_id = v.wanted;
    IF FOUND THEN RETURN new_id; END IF;

    {{fill appointment}}
    new_id := wanted;
    {{give appointment id}}
    SELECT string_agg(quote_ident(one), ', ') INTO names FROM unnest(columns) AS one;
    EXECUTE format('INSERT INTO %s AS a (%s) SELECT %s FROM (SELECT ($1).*) AS made RETURNING a.%I::text',
      {{'appointments'}}, names, names, {{'appointment key'}}) INTO new_id USING fresh;
    INSERT INTO sonodesk.box_appointments (box_id, box_appointment_id, appointment_id)
      VALUES (add_appointment.box, v.wanted, v.new_id);{{number beside}}
    RETURN new_id;
  END $$;
END $install$;

DO $install$
BEGIN
  IF EXISTS (SELECT FROM pg_proc WHERE oid = to_regprocedure('sonodesk.change_patient(text,jsonb)') AND {{is adapted}})
  THEN RETURN; END IF;

  -- A walk-in's patient was put right at the box: {id, firstName, lastName, birthDate, gender}, of which only what is other
  -- than before is there. Only somebody whom this box has added is changed.
  CREATE OR REPLACE FUNCTION sonodesk.change_patient(box text, patient jsonb) RETURNS void
  LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
  {{made}}<<v>>
  DECLARE
    wanted text := patient ->> 'id';
    fresh {{patients}}%ROWTYPE;
  BEGIN
    SELECT p.* INTO fresh FROM {{patients}} p WHERE p.{{patient key}} = (
      SELECT coalesce(sonodesk.patient_row(b.patient_key), sonodesk.patient_key(b.patient_id)) FROM sonodesk.box_patients b
      WHERE b.box_id = change_patient.box AND b.box_patient_id = v.wanted) FOR UPDATE;
    IF NOT FOUND THEN RETURN; END IF;
    {{change patient}}
    UPDATE {{patients}} p SET {{set patient}} WHERE p.{{patient key}} = v.fresh.{{patient key}};
  END $$;
END $install$;

DO $install$
BEGIN
  IF EXISTS (SELECT FROM pg_proc
    WHERE oid = to_regprocedure('sonodesk.change_appointment(text,jsonb,text)') AND {{is adapted}})
  THEN RETURN; END IF;

  -- A walk-in's appointment was changed at the box: {id, doctor, department, date, time, accessionNumber, cancelled}, of
  -- which only what is other than before is there. `patient` is whose it is now, NULL where that is as it was. Only a
  -- booking that this box has added is changed.
  CREATE OR REPLACE FUNCTION sonodesk.change_appointment(box text, appointment jsonb, patient text) RETURNS void
  LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
  {{made}}<<v>>
  DECLARE
    wanted text := appointment ->> 'id';
    whose text := patient;
    fresh {{appointments}}%ROWTYPE;
  BEGIN
    SELECT a.* INTO fresh FROM {{appointments}} a WHERE a.{{appointment key}} = (
      SELECT sonodesk.appointment_key(b.appointment_id) FROM sonodesk.box_appointments b
      WHERE b.box_id = change_appointment.box AND b.box_appointment_id = v.wanted) FOR UPDATE;
    IF NOT FOUND THEN RETURN; END IF;
    {{change appointment}}
    UPDATE {{appointments}} a SET {{set appointment}} WHERE a.{{appointment key}} = v.fresh.{{appointment key}};
    -- what another box has told of the first patient is not the second one's until that box has read this
    UPDATE dicom_studies s SET appointment_id = NULL, updated_at = now()
      WHERE s.appointment_id = v.fresh.{{appointment key}}::text AND s.patient_id <> sonodesk.patient_key(v.whose);
  END $$;
END $install$;

-- A function that was there before, of an older version or the clinic's own, looks at pg_temp last too.
DO $$
DECLARE
  definer record;
BEGIN
  FOR definer IN
    SELECT oid::regprocedure AS name,
      coalesce((SELECT substr(setting, length('search_path=') + 1) FROM unnest(proconfig) AS setting
        WHERE setting LIKE 'search_path=%'), current_setting('search_path')) AS path
    FROM pg_proc WHERE pronamespace = 'sonodesk'::regnamespace AND prosecdef
  LOOP
    IF definer.path !~ '\mpg_temp"?\s*$' THEN definer.path := definer.path || ', pg_temp'; END IF;
    EXECUTE format('ALTER FUNCTION %s SET search_path TO %s', definer.name, definer.path);
  END LOOP;
END $$;

-- 6. The box's role: the least rights that suffice -----------------------------------------------------------------------
-- It has no password yet, so nobody can use it:    ALTER ROLE sonodesk PASSWORD '…';

DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'sonodesk') THEN
    CREATE ROLE sonodesk LOGIN NOINHERIT CONNECTION LIMIT 10;
  END IF;
EXCEPTION WHEN insufficient_privilege THEN
  RAISE NOTICE 'this user may not create roles: have an administrator create the role sonodesk, then run this again';
END $$;

DO $$
DECLARE
  name text;
  sequence text;
  place text := current_schema();
BEGIN
  -- the clinic's own program reads and writes what is new in its schema
  FOREACH name IN ARRAY ARRAY['dicom_studies', 'dicom_series', 'dicom_images', 'measurements'] LOOP
    EXECUTE format('GRANT ALL ON %I TO %s', name,
      (SELECT relowner::regrole FROM pg_class WHERE oid = {{'appointments'}}::regclass));
  END LOOP;
  EXECUTE format('GRANT USAGE ON SCHEMA sonodesk TO %s',
    (SELECT relowner::regrole FROM pg_class WHERE oid = {{'appointments'}}::regclass));
  EXECUTE format('GRANT SELECT ON ALL TABLES IN SCHEMA sonodesk TO %s',
    (SELECT relowner::regrole FROM pg_class WHERE oid = {{'appointments'}}::regclass));

  REVOKE ALL ON ALL FUNCTIONS IN SCHEMA sonodesk FROM PUBLIC;
  EXECUTE format('GRANT EXECUTE ON FUNCTION sonodesk.send(text, text), sonodesk.send(bigint, text), sonodesk.send(uuid, text),
    sonodesk.recall(text), sonodesk.recall(bigint), sonodesk.recall(uuid) TO %s',
    (SELECT relowner::regrole FROM pg_class WHERE oid = {{'appointments'}}::regclass));
  {{grants beside}}IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'sonodesk') THEN RETURN; END IF;
  GRANT USAGE ON SCHEMA sonodesk TO sonodesk;
  EXECUTE format('GRANT USAGE ON SCHEMA %I TO sonodesk', place);
  GRANT SELECT ON sonodesk.box_patients, sonodesk.box_appointments, sonodesk.mapping TO sonodesk;
  FOREACH name IN ARRAY ARRAY['sonodesk.schedule', 'sonodesk.staff'] LOOP
    IF to_regclass(name) IS NOT NULL THEN EXECUTE format('GRANT SELECT ON %s TO sonodesk', name); END IF;
  END LOOP;
  IF to_regprocedure('sonodesk.logins()') IS NOT NULL THEN GRANT EXECUTE ON FUNCTION sonodesk.logins() TO sonodesk; END IF;
  GRANT EXECUTE ON FUNCTION sonodesk.bookings(date, date, text[]) TO sonodesk;
  GRANT SELECT, INSERT, DELETE ON sonodesk.applied_events TO sonodesk;
  GRANT SELECT, UPDATE ON sonodesk.requests TO sonodesk;
  GRANT SELECT, INSERT ON sonodesk.appointment_steps, sonodesk.audit_events TO sonodesk;
  GRANT SELECT, INSERT, UPDATE ON dicom_studies, dicom_series, dicom_images TO sonodesk;
  GRANT SELECT, INSERT, UPDATE, DELETE ON measurements TO sonodesk;
  FOREACH name IN ARRAY ARRAY['dicom_studies', 'dicom_series', 'dicom_images', 'measurements'] LOOP
    sequence := pg_get_serial_sequence(name, 'id');
    IF sequence IS NOT NULL THEN EXECUTE format('GRANT USAGE ON SEQUENCE %s TO sonodesk', sequence); END IF;
  END LOOP;
  GRANT EXECUTE ON FUNCTION sonodesk.patient_key(text), sonodesk.appointment_key(text),
    sonodesk.find_patient(text, text, boolean), sonodesk.search_people(jsonb, integer),
    sonodesk.clinic_appointment(text, text),
    sonodesk.mark_sent(text, text, boolean, text), sonodesk.add_patient(text, jsonb),
    sonodesk.add_appointment(text, jsonb, text), sonodesk.change_patient(text, jsonb),
    sonodesk.change_appointment(text, jsonb, text) TO sonodesk;
  IF has_schema_privilege('sonodesk', place, 'CREATE') THEN
    -- so PostgreSQL was before 15: whoever may put functions beside the clinic's tables is obeyed by what runs there
    RAISE WARNING 'everybody may make things in the schema %: close it with REVOKE CREATE ON SCHEMA % FROM PUBLIC, once '
      'nothing of the clinic needs that', place, quote_ident(place);
  END IF;
END $$;

COMMIT;
