-- What reception knows of somebody who is booked, beside the booking: that they are here, that it is urgent, a note for
-- whoever scans, and the machine that it is meant for before it is sent.
ALTER TABLE appointments ADD COLUMN arrived_at TEXT;
ALTER TABLE appointments ADD COLUMN urgent INTEGER NOT NULL DEFAULT 0;
ALTER TABLE appointments ADD COLUMN note TEXT NOT NULL DEFAULT '';
ALTER TABLE appointments ADD COLUMN planned_machine_id TEXT REFERENCES machines(id) ON DELETE SET NULL;

-- Whoever is at a machine at midnight is still there the day after.
CREATE INDEX appointments_under_way ON appointments(date)
  WHERE status IN ('sent', 'seen by machine', 'in progress', 'images received');
