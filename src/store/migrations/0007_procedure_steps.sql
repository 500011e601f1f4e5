-- What machines say they are doing (modality performed procedure step) and what they made, to hold against what came.

CREATE TABLE procedure_steps (
  sop_instance_uid    TEXT PRIMARY KEY,
  appointment_id      TEXT REFERENCES appointments(id) ON DELETE SET NULL,  -- NULL: unscheduled
  study_instance_uid  TEXT NOT NULL DEFAULT '',
  ae_title            TEXT NOT NULL,              -- of the machine
  status              TEXT NOT NULL CHECK (status IN ('IN PROGRESS', 'COMPLETED', 'DISCONTINUED')),
  patient_id          TEXT NOT NULL DEFAULT '',
  patient_name        TEXT NOT NULL DEFAULT '',
  reason              TEXT NOT NULL DEFAULT '',   -- why it was discontinued, in the machine's words
  attributes          BLOB NOT NULL,              -- the data set, Explicit VR Little Endian, UTF-8
  started_at          TEXT NOT NULL,
  ended_at            TEXT
) STRICT;
CREATE INDEX procedure_steps_by_appointment ON procedure_steps(appointment_id);
CREATE INDEX procedure_steps_by_study ON procedure_steps(study_instance_uid);

-- The objects that a step says the machine made.
CREATE TABLE procedure_step_instances (
  step_uid          TEXT NOT NULL REFERENCES procedure_steps(sop_instance_uid) ON DELETE CASCADE,
  sop_instance_uid  TEXT NOT NULL,
  sop_class_uid     TEXT NOT NULL,
  PRIMARY KEY (step_uid, sop_instance_uid)
) STRICT, WITHOUT ROWID;
