-- What the archive's own checks have found: when a file was last read against its hash, and what is wrong with it.

ALTER TABLE instances ADD COLUMN verified_at TEXT;
ALTER TABLE instances ADD COLUMN damage TEXT NOT NULL DEFAULT '';      -- in words; empty when all is well
ALTER TABLE instances ADD COLUMN removed_at TEXT;                      -- the retention rule has removed the file

CREATE INDEX instances_damaged ON instances(sop_instance_uid) WHERE damage <> '';
CREATE INDEX instances_by_verification ON instances(verified_at);
