-- When the box last worked, by which a clock that is behind or far ahead shows; and when the schema's steps were taken.

CREATE TABLE heartbeat (
  id        INTEGER PRIMARY KEY CHECK (id = 1),
  newest    TEXT NOT NULL,   -- the latest time that the clock has shown
  leapt_at  TEXT             -- what it showed when it was last seen far ahead of that
) STRICT;
INSERT INTO heartbeat SELECT 1, coalesce(max(at), ''), NULL FROM audit_events;

CREATE TABLE migrations (
  number      INTEGER PRIMARY KEY,
  name        TEXT NOT NULL,
  applied_at  TEXT NOT NULL
) STRICT;
