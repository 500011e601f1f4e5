-- The audit shows when a row was removed or changed, and the associations that were.

ALTER TABLE audit_events ADD COLUMN hash TEXT NOT NULL DEFAULT '';  -- of the row and of the hash of the row before it

CREATE TABLE audit_chain (
  id            INTEGER PRIMARY KEY CHECK (id = 1),
  removed_id    INTEGER NOT NULL,   -- the last event that the box itself removed, and its hash: where the chain begins
  removed_hash  TEXT NOT NULL,
  last_id       INTEGER NOT NULL,   -- the last event, and its hash: where it ends
  last_hash     TEXT NOT NULL
) STRICT;
INSERT INTO audit_chain VALUES (1, 0, '', 0, '');

CREATE TABLE associations (
  id              INTEGER PRIMARY KEY,
  at              TEXT NOT NULL,     -- when it ended
  name            TEXT NOT NULL,     -- as the log has it
  ae_title        TEXT NOT NULL,     -- calling
  called_ae_title TEXT NOT NULL,
  address         TEXT NOT NULL,
  implementation  TEXT NOT NULL,
  outcome         TEXT NOT NULL,     -- released, or why it ended otherwise
  operations      INTEGER NOT NULL,
  bytes           INTEGER NOT NULL,  -- of data sets, received
  milliseconds    INTEGER NOT NULL
) STRICT;
