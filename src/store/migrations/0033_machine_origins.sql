-- A machine is more than its AE title: where its calls come from.
CREATE TABLE machine_origins (
  machine_id  TEXT NOT NULL REFERENCES machines(id) ON DELETE CASCADE,
  kind        TEXT NOT NULL CHECK (kind IN ('address', 'certificate')),
  value       TEXT NOT NULL,    -- an IP address, or the subject of a certificate for DICOM over TLS
  state       TEXT NOT NULL CHECK (state IN ('allowed', 'asked', 'refused')),
  since       TEXT NOT NULL,
  called_at   TEXT,             -- the latest call; NULL: none yet
  PRIMARY KEY (machine_id, kind, value)
) STRICT, WITHOUT ROWID;
CREATE INDEX machine_origins_by_value ON machine_origins (kind, value);

-- 1: it called, and no person has touched it since. Such ones make room for each other.
ALTER TABLE machines ADD COLUMN only_heard INTEGER NOT NULL DEFAULT 0;
UPDATE machines SET only_heard = 1 WHERE admitted = 0 AND last_heard_at IS NOT NULL AND updated_at = created_at;
