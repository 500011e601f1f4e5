-- The house: who comes, what was sent to which machine, what came back, and who did it.
-- Times are ISO 8601 in UTC with milliseconds; dates and times of appointments are the clinic's own wall clock.

CREATE TABLE patients (
  id          TEXT PRIMARY KEY,               -- the clinic's patient id, DICOM PatientID
  first_name  TEXT NOT NULL,
  last_name   TEXT NOT NULL,
  birth_date  TEXT,                           -- YYYY-MM-DD
  gender      TEXT NOT NULL DEFAULT '',       -- the clinic's word; DICOM's letter is derived
  phone       TEXT NOT NULL DEFAULT '',
  source      TEXT NOT NULL,                  -- clinic | box | demo
  updated_at  TEXT NOT NULL
) STRICT;

CREATE TABLE machines (
  id             TEXT PRIMARY KEY,
  ae_title       TEXT NOT NULL UNIQUE,
  name           TEXT NOT NULL,
  room           TEXT NOT NULL DEFAULT '',
  address        TEXT NOT NULL DEFAULT '',
  port           INTEGER,                     -- where the machine itself listens, for C-ECHO and commitment reports
  modality       TEXT NOT NULL DEFAULT 'US',
  admitted       INTEGER NOT NULL DEFAULT 0,  -- 0: it knocked and waits, 1: it may connect
  last_heard_at  TEXT,
  last_query_at  TEXT,
  created_at     TEXT NOT NULL,
  updated_at     TEXT NOT NULL
) STRICT;

CREATE TABLE appointments (
  id                  TEXT PRIMARY KEY,
  patient_id          TEXT NOT NULL REFERENCES patients(id),
  doctor              TEXT NOT NULL DEFAULT '',
  department          TEXT NOT NULL DEFAULT '',
  description         TEXT NOT NULL DEFAULT '', -- what is to be scanned, in words
  date                TEXT NOT NULL,            -- YYYY-MM-DD
  time                TEXT NOT NULL,            -- HH:MM:SS
  accession_number    TEXT NOT NULL UNIQUE,
  study_instance_uid  TEXT NOT NULL UNIQUE,
  status              TEXT NOT NULL,
  status_changed_at   TEXT NOT NULL,
  source              TEXT NOT NULL,            -- clinic | box | demo
  created_at          TEXT NOT NULL,
  updated_at          TEXT NOT NULL
) STRICT;
CREATE INDEX appointments_by_day ON appointments(date, time);
CREATE INDEX appointments_by_patient ON appointments(patient_id, date);

-- Each step of an appointment's way, with its time and its cause.
CREATE TABLE appointment_steps (
  id              INTEGER PRIMARY KEY,
  appointment_id  TEXT NOT NULL REFERENCES appointments(id) ON DELETE CASCADE,
  status          TEXT NOT NULL,
  at              TEXT NOT NULL,
  cause           TEXT NOT NULL
) STRICT;
CREATE INDEX appointment_steps_by_appointment ON appointment_steps(appointment_id, id);

-- A scheduled procedure step sent to a machine, or to any (machine_id NULL). Recalling deletes it.
CREATE TABLE worklist_items (
  appointment_id  TEXT PRIMARY KEY REFERENCES appointments(id) ON DELETE CASCADE,
  machine_id      TEXT REFERENCES machines(id) ON DELETE SET NULL,
  step_id         TEXT NOT NULL,                -- Scheduled Procedure Step ID
  date            TEXT NOT NULL,                -- the appointment's day, kept here for the index
  time            TEXT NOT NULL,
  sent_at         TEXT NOT NULL,
  sent_by         TEXT NOT NULL,
  seen_at         TEXT,
  seen_by         TEXT                          -- calling AE title of the first machine that got it
) STRICT;
CREATE INDEX worklist_items_by_day ON worklist_items(date, time);

CREATE TABLE studies (
  study_instance_uid  TEXT PRIMARY KEY,
  patient_id          TEXT NOT NULL,            -- as the machine's objects say
  patient_name        TEXT NOT NULL,
  patient_birth_date  TEXT NOT NULL DEFAULT '',
  accession_number    TEXT NOT NULL DEFAULT '',
  study_date          TEXT NOT NULL DEFAULT '',  -- YYYY-MM-DD
  study_time          TEXT NOT NULL DEFAULT '',
  description         TEXT NOT NULL DEFAULT '',
  appointment_id      TEXT REFERENCES appointments(id) ON DELETE SET NULL,
  matched_by          TEXT NOT NULL DEFAULT '',  -- study instance uid | accession number | patient id and date | hand
  suggested_appointment_id TEXT REFERENCES appointments(id) ON DELETE SET NULL, -- likely, but a person must decide
  attention           TEXT NOT NULL DEFAULT '',  -- why a person should look, in words; empty when all is well
  received_at         TEXT NOT NULL,
  updated_at          TEXT NOT NULL
) STRICT;
CREATE INDEX studies_by_appointment ON studies(appointment_id);
CREATE INDEX studies_by_patient ON studies(patient_id, study_date);
CREATE INDEX studies_by_day ON studies(study_date);
CREATE INDEX studies_by_accession ON studies(accession_number) WHERE accession_number <> '';
CREATE INDEX studies_received ON studies(received_at);
CREATE INDEX studies_unmatched ON studies(received_at) WHERE appointment_id IS NULL;

CREATE TABLE series (
  series_instance_uid  TEXT PRIMARY KEY,
  study_instance_uid   TEXT NOT NULL REFERENCES studies(study_instance_uid),
  modality             TEXT NOT NULL DEFAULT '',
  number               INTEGER,
  description          TEXT NOT NULL DEFAULT '',
  body_part            TEXT NOT NULL DEFAULT '',
  received_at          TEXT NOT NULL
) STRICT;
CREATE INDEX series_by_study ON series(study_instance_uid);

CREATE TABLE instances (
  sop_instance_uid     TEXT PRIMARY KEY,
  series_instance_uid  TEXT NOT NULL REFERENCES series(series_instance_uid),
  sop_class_uid        TEXT NOT NULL,
  transfer_syntax_uid  TEXT NOT NULL,
  number               INTEGER,
  frames               INTEGER NOT NULL DEFAULT 0,   -- 0: not an image
  path                 TEXT NOT NULL UNIQUE,         -- below the archive folder
  size                 INTEGER NOT NULL,             -- of the file, bytes
  sha256               TEXT NOT NULL,                -- of the file, hex
  data_offset          INTEGER NOT NULL,             -- where the data set begins, after the file meta information
  patient_id           TEXT NOT NULL DEFAULT '',
  patient_name         TEXT NOT NULL DEFAULT '',
  attention            TEXT NOT NULL DEFAULT '',
  received_at          TEXT NOT NULL,
  received_from        TEXT NOT NULL,                -- calling AE title
  read_at              TEXT                          -- when the measurements of a report were read from it
) STRICT;
CREATE INDEX instances_unread ON instances(received_at) WHERE read_at IS NULL AND frames = 0;
CREATE INDEX instances_by_series ON instances(series_instance_uid);

-- The same SOP Instance UID came again with other bytes: the newer one leads, this one is kept.
CREATE TABLE superseded_instances (
  id                   INTEGER PRIMARY KEY,
  sop_instance_uid     TEXT NOT NULL,
  series_instance_uid  TEXT NOT NULL,
  transfer_syntax_uid  TEXT NOT NULL,
  path                 TEXT NOT NULL UNIQUE,
  size                 INTEGER NOT NULL,
  sha256               TEXT NOT NULL,
  data_offset          INTEGER NOT NULL,
  received_at          TEXT NOT NULL,
  received_from        TEXT NOT NULL,
  superseded_at        TEXT NOT NULL
) STRICT;
CREATE INDEX superseded_by_uid ON superseded_instances(sop_instance_uid);

CREATE TABLE measurements (
  id                  INTEGER PRIMARY KEY,
  study_instance_uid  TEXT NOT NULL REFERENCES studies(study_instance_uid),
  sop_instance_uid    TEXT NOT NULL REFERENCES instances(sop_instance_uid),
  position            INTEGER NOT NULL,           -- order in the report
  name                TEXT NOT NULL,
  code                TEXT NOT NULL DEFAULT '',   -- scheme:value
  value               TEXT NOT NULL,              -- the decimal as sent
  unit                TEXT NOT NULL DEFAULT '',
  site                TEXT NOT NULL DEFAULT '',
  laterality          TEXT NOT NULL DEFAULT '',
  context             TEXT NOT NULL DEFAULT '{}'  -- JSON: everything else that qualifies the value
) STRICT;
CREATE INDEX measurements_by_study ON measurements(study_instance_uid, position);
CREATE INDEX measurements_by_instance ON measurements(sop_instance_uid);

-- What the clinic's database must hear, written in the same transaction as the fact itself.
CREATE TABLE outbox (
  sequence      INTEGER PRIMARY KEY AUTOINCREMENT,
  id            TEXT NOT NULL UNIQUE,             -- UUIDv7
  aggregate     TEXT NOT NULL,                    -- appointment:<id> | study:<uid>
  type          TEXT NOT NULL,
  payload       TEXT NOT NULL,                    -- JSON
  created_at    TEXT NOT NULL,
  attempts      INTEGER NOT NULL DEFAULT 0,
  next_at       TEXT,
  last_error    TEXT,
  parked_at     TEXT,
  delivered_at  TEXT
) STRICT;
CREATE INDEX outbox_waiting ON outbox(aggregate, sequence) WHERE delivered_at IS NULL;

CREATE TABLE users (
  id             TEXT PRIMARY KEY,
  username       TEXT NOT NULL UNIQUE COLLATE NOCASE,
  display_name   TEXT NOT NULL DEFAULT '',
  role           TEXT NOT NULL CHECK (role IN ('receptionist', 'doctor', 'admin')),
  password_hash  TEXT NOT NULL,
  disabled       INTEGER NOT NULL DEFAULT 0,
  created_at     TEXT NOT NULL,
  updated_at     TEXT NOT NULL
) STRICT;

CREATE TABLE sessions (
  token_hash    TEXT PRIMARY KEY,
  user_id       TEXT NOT NULL REFERENCES users(id) ON DELETE CASCADE,
  created_at    TEXT NOT NULL,
  last_used_at  TEXT NOT NULL,
  expires_at    TEXT NOT NULL
) STRICT;

CREATE TABLE settings (
  name        TEXT PRIMARY KEY,
  value       TEXT NOT NULL,
  updated_at  TEXT NOT NULL
) STRICT;

CREATE TABLE audit_events (
  id       INTEGER PRIMARY KEY,
  at       TEXT NOT NULL,
  actor    TEXT NOT NULL,        -- user name, AE title or 'box'
  action   TEXT NOT NULL,
  subject  TEXT NOT NULL,
  detail   TEXT NOT NULL DEFAULT '{}'
) STRICT;
CREATE INDEX audit_events_by_time ON audit_events(at);
