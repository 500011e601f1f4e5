-- Storage commitment that the box asks of its destinations: what was sent is there for good.

ALTER TABLE destinations ADD COLUMN commits INTEGER;     -- whether it offers storage commitment; NULL: not known yet

ALTER TABLE forwards ADD COLUMN asks_commitment INTEGER NOT NULL DEFAULT 0;  -- it was sent, and is to be asked about
ALTER TABLE forwards ADD COLUMN committed_at TEXT;                           -- the destination answers for it
CREATE INDEX forwards_to_ask ON forwards(destination_id) WHERE asks_commitment = 1;

CREATE TABLE forward_commitments (
  id               INTEGER PRIMARY KEY,
  destination_id   TEXT NOT NULL REFERENCES destinations(id) ON DELETE CASCADE,
  transaction_uid  TEXT NOT NULL UNIQUE,
  created_at       TEXT NOT NULL,
  requested_at     TEXT,                       -- the destination took the request; its report is awaited
  next_at          TEXT NOT NULL,              -- when to ask, or to ask again
  attempts         INTEGER NOT NULL DEFAULT 0,
  last_error       TEXT NOT NULL DEFAULT '',
  answered_at      TEXT,
  given_up_at      TEXT
) STRICT;
CREATE INDEX forward_commitments_open ON forward_commitments(destination_id, next_at)
  WHERE answered_at IS NULL AND given_up_at IS NULL;

CREATE TABLE forward_commitment_instances (
  commitment_id     INTEGER NOT NULL REFERENCES forward_commitments(id) ON DELETE CASCADE,
  sop_instance_uid  TEXT NOT NULL,
  sop_class_uid     TEXT NOT NULL,
  PRIMARY KEY (commitment_id, sop_instance_uid)
) STRICT, WITHOUT ROWID;
CREATE INDEX forward_commitment_instances_by_uid ON forward_commitment_instances(sop_instance_uid);
