-- Whose an object is: what it says itself, what was decided, and why a person should look.

-- Coded reasons to look at an object, a study or a booking; each is in force until it is settled.
CREATE TABLE attention (
  id                  INTEGER PRIMARY KEY,
  code                TEXT NOT NULL,
  parameters          TEXT NOT NULL,               -- JSON: what the reason's sentence names
  holds               TEXT NOT NULL,               -- '' | forwarding | leaving: what the object is kept from meanwhile
  sop_instance_uid    TEXT,                        -- exactly one of these three says what it is about
  study_instance_uid  TEXT,
  appointment_id      TEXT,
  beside_study_uid    TEXT,                        -- the study under whose UID an object of somebody else came
  since               TEXT NOT NULL,
  settled_at          TEXT,
  settled_by          TEXT,
  settled_because     TEXT
) STRICT;
CREATE INDEX attention_of_instance ON attention(sop_instance_uid) WHERE settled_at IS NULL AND sop_instance_uid IS NOT NULL;
CREATE INDEX attention_of_study ON attention(study_instance_uid) WHERE settled_at IS NULL AND study_instance_uid IS NOT NULL;
CREATE INDEX attention_of_appointment ON attention(appointment_id) WHERE settled_at IS NULL AND appointment_id IS NOT NULL;
CREATE INDEX attention_beside_study ON attention(beside_study_uid) WHERE settled_at IS NULL AND beside_study_uid IS NOT NULL;

INSERT INTO attention (code, parameters, holds, study_instance_uid, since)
  SELECT 'noted', json_object('text', attention), '', study_instance_uid, updated_at FROM studies WHERE attention <> '';
INSERT INTO attention (code, parameters, holds, sop_instance_uid, since)
  SELECT 'noted', json_object('text', attention), 'forwarding', sop_instance_uid, received_at FROM instances
  WHERE attention <> '';

-- What an object says of itself beyond its patient's id and name; it may be filed under another study.
ALTER TABLE instances ADD COLUMN claimed_sop_uid TEXT NOT NULL DEFAULT '';       -- '': the one it is kept under
ALTER TABLE instances ADD COLUMN claimed_series_uid TEXT NOT NULL DEFAULT '';
ALTER TABLE instances ADD COLUMN claimed_study_uid TEXT NOT NULL DEFAULT '';
ALTER TABLE instances ADD COLUMN patient_birth_date TEXT NOT NULL DEFAULT '';    -- YYYY-MM-DD
ALTER TABLE instances ADD COLUMN patient_sex TEXT NOT NULL DEFAULT '';           -- Patient's Sex (0010,0040)
ALTER TABLE instances ADD COLUMN accession_number TEXT NOT NULL DEFAULT '';
ALTER TABLE instances ADD COLUMN text_read_as TEXT NOT NULL DEFAULT '';          -- declared | machine | bytes
ALTER TABLE instances ADD COLUMN moved_by TEXT NOT NULL DEFAULT '';              -- who put it where it is; '': nobody did
CREATE INDEX instances_by_claimed_uid ON instances(claimed_sop_uid) WHERE claimed_sop_uid <> '';

ALTER TABLE studies ADD COLUMN patient_sex TEXT NOT NULL DEFAULT '';
-- Whose the study is by decision, and who decided: then the patient's columns above are that patient's.
ALTER TABLE studies ADD COLUMN decided_patient_id TEXT REFERENCES patients(id);
ALTER TABLE studies ADD COLUMN decided_by TEXT NOT NULL DEFAULT '';
ALTER TABLE studies ADD COLUMN decided_at TEXT;
CREATE INDEX studies_by_decision ON studies(decided_patient_id) WHERE decided_patient_id IS NOT NULL;

-- Which study keeps what comes under a Study Instance UID and these words for its patient.
CREATE TABLE study_claims (
  claimed_study_uid   TEXT NOT NULL,
  patient_id          TEXT NOT NULL,
  patient_name        TEXT NOT NULL,
  patient_birth_date  TEXT NOT NULL,
  patient_sex         TEXT NOT NULL,
  study_instance_uid  TEXT NOT NULL REFERENCES studies(study_instance_uid),
  notices             TEXT NOT NULL DEFAULT '[]',  -- JSON: what is told of each object under them until it is settled
  PRIMARY KEY (claimed_study_uid, patient_id, patient_name, patient_birth_date, patient_sex)
) STRICT, WITHOUT ROWID;
CREATE INDEX study_claims_by_study ON study_claims(study_instance_uid);
INSERT INTO study_claims (claimed_study_uid, patient_id, patient_name, patient_birth_date, patient_sex,
  study_instance_uid)
  SELECT study_instance_uid, patient_id, patient_name, patient_birth_date, '', study_instance_uid FROM studies;

-- Appointments beyond the first that a study was made for ("scanned together"), and those of a procedure step.
CREATE TABLE study_appointments (
  study_instance_uid  TEXT NOT NULL REFERENCES studies(study_instance_uid),
  appointment_id      TEXT NOT NULL REFERENCES appointments(id) ON DELETE CASCADE,
  PRIMARY KEY (study_instance_uid, appointment_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX study_appointments_by_appointment ON study_appointments(appointment_id);
CREATE TABLE procedure_step_appointments (
  step_uid        TEXT NOT NULL REFERENCES procedure_steps(sop_instance_uid) ON DELETE CASCADE,
  appointment_id  TEXT NOT NULL REFERENCES appointments(id) ON DELETE CASCADE,
  PRIMARY KEY (step_uid, appointment_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX procedure_step_appointments_by_appointment ON procedure_step_appointments(appointment_id);

-- UIDs and accession numbers that a machine has seen for one person and that no other gets.
CREATE TABLE retired_identities (
  study_instance_uid  TEXT PRIMARY KEY,
  accession_number    TEXT NOT NULL,
  appointment_id      TEXT NOT NULL,
  patient_id          TEXT NOT NULL,
  retired_at          TEXT NOT NULL
) STRICT;
CREATE INDEX retired_identities_by_accession ON retired_identities(accession_number);
CREATE INDEX retired_identities_by_appointment ON retired_identities(appointment_id);

-- One person under two ids: what is of this one is of that one.
ALTER TABLE patients ADD COLUMN merged_into TEXT REFERENCES patients(id);
CREATE INDEX patients_merged ON patients(merged_into) WHERE merged_into IS NOT NULL;

-- How a person was described before: what a machine took from its list then still names them so.
CREATE TABLE former_descriptions (
  patient_id          TEXT NOT NULL REFERENCES patients(id),
  patient_name        TEXT NOT NULL,               -- as DICOM has it
  patient_birth_date  TEXT NOT NULL,               -- YYYY-MM-DD, or ''
  patient_sex         TEXT NOT NULL,
  until               TEXT NOT NULL,
  PRIMARY KEY (patient_id, patient_name, patient_birth_date, patient_sex)
) STRICT, WITHOUT ROWID;

-- Objects go there as they came, without what a person has corrected.
ALTER TABLE destinations ADD COLUMN as_they_came INTEGER NOT NULL DEFAULT 0;
