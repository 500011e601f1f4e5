-- What machines asked the box to answer for (storage commitment), and the report that is owed to them.

CREATE TABLE commitments (
  id               INTEGER PRIMARY KEY,
  transaction_uid  TEXT NOT NULL,
  ae_title         TEXT NOT NULL,              -- of the machine that asked
  duplicate        INTEGER NOT NULL,           -- the Transaction UID was in use for other objects: all of it fails
  requested_at     TEXT NOT NULL,
  attempts         INTEGER NOT NULL DEFAULT 0,
  next_at          TEXT,                       -- when to report; NULL: once the machine has an address and port
  last_error       TEXT NOT NULL DEFAULT '',   -- why the report could not be given, in words
  reported_at      TEXT,
  given_up_at      TEXT
) STRICT;
CREATE INDEX commitments_by_transaction ON commitments(ae_title, transaction_uid);
CREATE INDEX commitments_owed ON commitments(next_at) WHERE reported_at IS NULL AND given_up_at IS NULL;

CREATE TABLE commitment_instances (
  commitment_id     INTEGER NOT NULL REFERENCES commitments(id) ON DELETE CASCADE,
  sop_instance_uid  TEXT NOT NULL,
  sop_class_uid     TEXT NOT NULL,
  failure           INTEGER,                   -- Failure Reason as last found; 0: committed, NULL: not looked at yet
  PRIMARY KEY (commitment_id, sop_instance_uid)
) STRICT, WITHOUT ROWID;

-- Where objects are forwarded to, and what waits to be sent there.

CREATE TABLE destinations (
  id            TEXT PRIMARY KEY,
  name          TEXT NOT NULL,
  ae_title      TEXT NOT NULL,                 -- called
  address       TEXT NOT NULL,
  port          INTEGER NOT NULL,
  tls           INTEGER NOT NULL,
  enabled       INTEGER NOT NULL,
  rules         TEXT NOT NULL,                 -- JSON: what is sent there; any rule is enough, none at all is everything
  last_sent_at  TEXT,
  next_at       TEXT,                          -- the destination is down: not tried before
  attempts      INTEGER NOT NULL DEFAULT 0,    -- in vain, one after the other
  last_error    TEXT NOT NULL DEFAULT '',
  created_at    TEXT NOT NULL,
  updated_at    TEXT NOT NULL
) STRICT;

CREATE TABLE forwards (
  sequence          INTEGER PRIMARY KEY AUTOINCREMENT,
  destination_id    TEXT NOT NULL REFERENCES destinations(id) ON DELETE CASCADE,
  sop_instance_uid  TEXT NOT NULL,
  needs_match       INTEGER NOT NULL,          -- waits until its study belongs to an appointment
  queued_at         TEXT NOT NULL,
  attempts          INTEGER NOT NULL DEFAULT 0,
  last_error        TEXT NOT NULL DEFAULT '',
  parked_at         TEXT,                      -- the destination will not take it; a person decides
  sent_at           TEXT,
  UNIQUE (destination_id, sop_instance_uid)
) STRICT;
CREATE INDEX forwards_waiting ON forwards(destination_id, sequence) WHERE sent_at IS NULL AND parked_at IS NULL;
CREATE INDEX forwards_parked ON forwards(destination_id, sequence) WHERE parked_at IS NOT NULL;
