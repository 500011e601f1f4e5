-- What the clinic's program is told over HTTP, in the order in which it happened: the latest, and what still waits.
CREATE TABLE webhook_messages (
  sequence INTEGER PRIMARY KEY,              -- of the outbox event that it tells
  id TEXT NOT NULL UNIQUE,                   -- of the same
  type TEXT NOT NULL,
  subject TEXT NOT NULL,                     -- whose it is: the event's aggregate
  happened_at TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('waiting', 'delivered', 'failed')),
  attempts INTEGER NOT NULL DEFAULT 0,
  first_at TEXT,                             -- when it was tried first
  last_at TEXT,                              -- and last
  status INTEGER,                            -- what was answered last; NULL where nothing was
  error TEXT
);
CREATE INDEX webhook_waiting ON webhook_messages (sequence) WHERE state = 'waiting';
