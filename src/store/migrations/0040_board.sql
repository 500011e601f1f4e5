-- What reception knows of somebody who is booked, beside the booking: that they are here, that it is urgent, a note for
-- whoever scans, and the machine that it is meant for before it is sent.
ALTER TABLE appointments ADD COLUMN arrived_at TEXT;
ALTER TABLE appointments ADD COLUMN urgent INTEGER NOT NULL DEFAULT 0;
ALTER TABLE appointments ADD COLUMN note TEXT NOT NULL DEFAULT '';
ALTER TABLE appointments ADD COLUMN planned_machine_id TEXT REFERENCES machines(id) ON DELETE SET NULL;

-- Whoever is at a machine at midnight is still there the day after.
CREATE INDEX appointments_under_way ON appointments(date)
  WHERE status IN ('sent', 'seen by machine', 'in progress', 'images received');

-- What people are found by: words of their names in plain letters, what those sound like, ids, phone numbers. Made by the
-- program (person_keys.ts): of people who were here before a few at a time, in the background.
CREATE TABLE person_keys (
  key         TEXT NOT NULL,
  patient_id  TEXT NOT NULL REFERENCES patients(id) ON DELETE CASCADE ON UPDATE CASCADE,
  PRIMARY KEY (key, patient_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX person_keys_by_patient ON person_keys(patient_id, key);
ALTER TABLE patients ADD COLUMN keys_version INTEGER NOT NULL DEFAULT 0;
CREATE INDEX patients_without_keys ON patients(id) WHERE keys_version < 1;
