-- Earlier versions of an object are checked like those that lead, and a study that was forgotten for want of a clinic's
-- database does not count as one that the clinic has.

ALTER TABLE superseded_instances ADD COLUMN verified_at TEXT;
ALTER TABLE superseded_instances ADD COLUMN damage TEXT NOT NULL DEFAULT '';   -- in words; empty when all is well
ALTER TABLE superseded_instances ADD COLUMN removed_at TEXT;                   -- its file was let go before it was superseded

CREATE TABLE outbox_forgotten (
  aggregate  TEXT PRIMARY KEY                -- whose events were let go before any database had them
) STRICT;
